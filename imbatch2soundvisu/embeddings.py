"""Vectors whose distances mean how unlike two pictures look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .features import to_oklab


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
        return f"look-1-{self.grid}"

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """(h, w, 3) uint8 sRGB pictures -> (n, 3 grid²) float32."""
        scale = np.array([1.0, 2.0, 2.0], np.float32) / self.grid
        return np.stack([self._cells(rgb) * scale for rgb in images]).reshape(len(images), -1).astype(np.float32)

    def _cells(self, rgb: np.ndarray) -> np.ndarray:
        """(grid, grid, 3) OKLab, by way of a finer grid, since the mean of colours is not the colour of their mean."""
        fine = cv2.resize(rgb, (4 * self.grid, 4 * self.grid), interpolation=cv2.INTER_AREA)
        return cv2.resize(to_oklab(fine), (self.grid, self.grid), interpolation=cv2.INTER_AREA)


#: Every embedding there is, by the name that `on=` takes.
EMBEDDINGS: dict[str, type] = {"look": Look}
