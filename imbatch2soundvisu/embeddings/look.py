"""`Look`: an embedding computed from the image itself, without weights to download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import ConfigError
from .registry import EMBEDDINGS

if TYPE_CHECKING:
    from ..features import Pixels


@EMBEDDINGS.register("look")
@dataclass(frozen=True)
class Look:
    """Unit vectors of colour, layout, form and texture, whose distances follow perceived differences.

    The descriptors and what was measured with them are in docs/look.md.

    Parameters
    ----------
    colour : float
        Share of colour in the mean squared distance of two images, in [0, 1]; the rest is form and texture.

    Raises
    ------
    ConfigError
        For a share outside of [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> black, white = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)
    >>> Look().embed([black, white]).shape
    (2, 570)
    """

    colour: float = 0.4

    def __post_init__(self) -> None:
        if not 0 <= self.colour <= 1:
            raise ConfigError(f"Look(colour={self.colour!r}): the share of colour is a number from 0 (form alone) to 1")

    @property
    def name(self) -> str:
        """Name of its vectors in a table."""
        return "look" if self == Look() else f"look-{self.colour:g}"

    @property
    def key(self) -> str:
        """Name and version in the cache."""
        return f"look-3-{self.colour:g}"

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Return a unit vector for each image, (n, 570) float32.

        Parameters
        ----------
        images : sequence of ndarray, each (h, w, 3) uint8
            sRGB.
        """
        from ..features import Pixels

        return np.stack([self.of_pixels(Pixels(rgb)) for rgb in images])

    def of_pixels(self, pixels: Pixels) -> np.ndarray:
        """Return the unit vector of one image, (570,) float32, from the planes that features share."""
        from ._blocks import scales

        joined = np.concatenate([block(pixels) * np.float32(scale) for block, scale in scales(self.colour).items()])
        # the last bits depend on the machine
        return np.round(joined / np.linalg.norm(joined), 6).astype(np.float32)
