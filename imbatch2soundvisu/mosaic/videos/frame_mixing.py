"""The frame of the source, mixed into its mosaic: opacity and masks."""

from __future__ import annotations

import cv2
import numpy as np

from ...visuals.video import yuv
from ..layout.masks import mask_of
from .grid import FrameGrid


class FrameMixer:
    """Mixes frames of the source into those of the film.

    Parameters
    ----------
    grid : FrameGrid
        With `opacity` and `mask` of its options.

    Raises
    ------
    ConfigError, ImageError
        If the mask cannot be used.
    """

    def __init__(self, grid: FrameGrid) -> None:
        self._opacity = grid.options.opacity
        self.mask = mask_of(grid.options.mask, grid.shown)
        self._weights = None if self.mask is None else _planar_weights(grid.film_part(self.mask), 1 - self._opacity)

    @property
    def is_needed(self) -> bool:
        """Whether frames of the source are in the film."""
        return self._opacity > 0 or self._weights is not None

    def mixed(self, planar: np.ndarray, rgb: np.ndarray) -> np.ndarray:
        """Return a planar frame of the film with the frame of the source in it, (height, width, 3) uint8, sRGB."""
        source = yuv.to_planar(np.ascontiguousarray(rgb))
        if self._weights is None:
            return yuv.blend(planar, source, self._opacity)
        return np.asarray(cv2.blendLinear(planar, source, self._weights, 1 - self._weights))


def _planar_weights(mask: np.ndarray, most: float) -> np.ndarray:
    """The share of tiles in each sample of a planar frame, (3h/2, w) float32."""
    luma = np.ascontiguousarray(mask).astype(np.float32) * (most / 255)
    height, width = luma.shape
    chroma = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.concatenate((luma, np.tile(chroma.ravel(), 2).reshape(-1, width)))
