"""Vectors whose distances mean how unlike two pictures look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..features import Pixels


@dataclass(frozen=True)
class Look:
    """Colour and layout, without weights to download: the picture as a grid of OKLab colours.

    A vector holds `grid` × `grid` cells of L, 2a, 2b, divided by `grid`, so that the distance of two pictures is the
    root-mean-square colour difference of their cells (Ottosson's ΔE OK with doubled chroma).
    """

    grid: int = 10

    @property
    def name(self) -> str:
        return "look" if self == Look() else f"look-{self.grid}"

    @property
    def key(self) -> str:
        return f"look-2-{self.grid}"

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """(h, w, 3) uint8 sRGB pictures -> (n, 3 grid²) float32."""
        return np.stack([self.of_pixels(Pixels(rgb)) for rgb in images])

    def of_pixels(self, pixels: Pixels) -> np.ndarray:
        """(3 grid²,) float32, from the small plane that features share."""
        cells = cv2.resize(pixels.small, (self.grid, self.grid), interpolation=cv2.INTER_AREA)
        return (cells * (np.array([1.0, 2.0, 2.0], np.float32) / self.grid)).ravel()
