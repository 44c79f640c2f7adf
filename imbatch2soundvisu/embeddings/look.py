"""Vectors whose distances mean how unlike two images look, without weights to download."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import ConfigError
from ..features import Pixels
from . import _blocks

Block = Callable[[Pixels], np.ndarray]

#: The blocks that see colour, and those that see form: weight, and the typical squared distance of two photographs.
COLOUR: dict[Block, tuple[float, float]] = {_blocks.layout: (1, 0.15), _blocks.palette: (1, 0.7)}
FORM: dict[Block, tuple[float, float]] = {
    _blocks.form: (2, 1.3),
    _blocks.edges: (1, 0.35),
    _blocks.grain: (1, 0.15),
}


@dataclass(frozen=True)
class Look:
    """Colour, layout, form and texture of the image itself: unit vectors whose distances mean unlikeness to the eye.

    colour : share of colour in the mean squared distance of two images, [0, 1]; the rest is form and texture.
    docs/look.md says what was measured. Raises ConfigError for a share outside of [0, 1].
    """

    colour: float = 0.4

    def __post_init__(self) -> None:
        if not 0 <= self.colour <= 1:
            raise ConfigError(f"Look(colour={self.colour!r}): the share of colour is a number from 0 (form alone) to 1")

    @property
    def name(self) -> str:
        return "look" if self == Look() else f"look-{self.colour:g}"

    @property
    def key(self) -> str:
        return f"look-3-{self.colour:g}"

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """(h, w, 3) uint8 sRGB images -> (n, d) float32, rows of length 1."""
        return np.stack([self.of_pixels(Pixels(rgb)) for rgb in images])

    def of_pixels(self, pixels: Pixels) -> np.ndarray:
        """(d,) float32 of length 1, from the planes that features share."""
        joined = np.concatenate([block(pixels) * np.float32(scale) for block, scale in self._scales().items()])
        # the last bits depend on the machine
        return np.round(joined / np.linalg.norm(joined), 6).astype(np.float32)

    def _scales(self) -> dict[Block, float]:
        """What each block is multiplied by, so that its squared distances are its share of the whole."""
        found = {}
        for blocks, share in ((COLOUR, self.colour), (FORM, 1 - self.colour)):
            total = sum(weight for weight, _ in blocks.values())
            for block, (weight, typical) in blocks.items():
                found[block] = float(np.sqrt(share * weight / total / typical))
        return found
