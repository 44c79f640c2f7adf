"""How close a mosaic is to its target, near and from afar, and how its images are used."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..core.text import plural
from .options import MosaicOptions
from .painting.strips import painted
from .placed_tiles import PlacedTiles
from .similarity import Likeness, likeness, seen_from

#: Distance of the eye in widths of the image: a print 50 cm wide from 20 m, or a thumbnail of 1.5 cm at arm's length.
DISTANCE = 40.0
#: A larger mosaic is compared at this size.
_MOST_PIXELS = 1_500_000
#: Mean colour difference from afar (CIEDE2000) up to which a mosaic is called so.
_CLOSENESS = (
    (2.5, "very close to the target from afar"),
    (5.0, "close to the target from afar"),
    (10.0, "fairly close to the target from afar"),
    (math.inf, "not close to the target from afar (more images, smaller tiles or more tint bring it closer)"),
)


@dataclass(frozen=True)
class Measured:
    """A mosaic beside its target.

    Parameters
    ----------
    near : Likeness
        Of the pixels as they are.
    far : Likeness
        Of what the eye sees from a distance.
    images : int
        Distinct images that are used; variants of one image, and copies of its file, count once.
    most_uses : int
        How often the image that is used most is used.
    """

    near: Likeness
    far: Likeness
    images: int
    most_uses: int


@dataclass(frozen=True)
class Fidelity:
    """How close a mosaic is to its target, beside two others with the same tiles in the same cells.

    Parameters
    ----------
    mosaic : Measured
        The mosaic.
    best_match : Measured
        The most similar tile in each cell, without limits, tint and opacity.
    random : Measured
        A random tile in each cell.
    available : int
        Distinct images among the tiles.
    distance : float
        Distance of the eye in widths of the image.
    """

    mosaic: Measured
    best_match: Measured
    random: Measured
    available: int
    distance: float = DISTANCE

    def as_dict(self) -> dict[str, Any]:
        """Return all figures as dictionaries and numbers that JSON can hold, rounded to what can be relied on."""
        return _rounded(dataclasses.asdict(self))

    @property
    def summary(self) -> str:
        """One line in plain language."""
        words = next(words for limit, words in _CLOSENESS if self.mosaic.far.delta_e <= limit)
        most = self.mosaic.most_uses
        uses = "each once" if most == 1 else f"one up to {plural(most, 'time')}"
        return f"{words}; {self.mosaic.images} of {plural(self.available, 'image')} used, {uses}"


def fidelity_of(mosaic: PlacedTiles, best_match: PlacedTiles, distance: float = DISTANCE) -> Fidelity:
    """Return how close a mosaic is to its target.

    Parameters
    ----------
    mosaic : PlacedTiles
        The mosaic.
    best_match : PlacedTiles
        The same cells and tiles, by `plain_options`.
    distance : float
        Distance of the eye in widths of the image.
    """
    draws = np.random.default_rng(mosaic.options.seed).integers(0, len(mosaic.codebook), len(mosaic.cells))
    random = dataclasses.replace(best_match, chosen=draws.astype(np.int32))
    own, best, drawn = (measured(each, distance) for each in (mosaic, best_match, random))
    return Fidelity(own, best, drawn, len(np.unique(mosaic.codebook.rows)), distance)


def plain_options(options: MosaicOptions) -> MosaicOptions:
    """Return options for the most similar tile in each cell, as it is; the variants are in the codebook already."""
    plain = MosaicOptions()
    names = (
        "best_k", "randomness", "max_uses", "min_distance", "use_all", "flip", "rotate", "tint", "palette", "opacity",
    )  # fmt: skip
    return dataclasses.replace(options, **{name: getattr(plain, name) for name in names})


def measured(mosaic: PlacedTiles, distance: float = DISTANCE) -> Measured:
    """Compare a mosaic with its target, at the target's resolution; a large one at about 1.5 megapixels.

    Parameters
    ----------
    mosaic : PlacedTiles
        The mosaic.
    distance : float
        Distance of the eye in widths of the image.
    """
    width, height = mosaic.cells.canvas_size()
    pixels = painted(mosaic, min(1.0, math.sqrt(_MOST_PIXELS / (width * height))))
    target = mosaic.cells.part_of(mosaic.target)
    if target.shape != pixels.shape:
        target = cv2.resize(target, pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
    far = likeness(seen_from(pixels, distance), seen_from(target, distance))
    uses = _uses(mosaic)
    return Measured(likeness(pixels, target), far, len(uses), int(uses.max()))


def _uses(mosaic: PlacedTiles) -> np.ndarray:
    """How often each image is used that is used, (k,); variants and copies of a file count together."""
    return np.unique(mosaic.codebook.rows[mosaic.chosen], return_counts=True)[1]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return round(value, 4) if isinstance(value, float) else value
