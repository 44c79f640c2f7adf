"""The pass that measures how well an image is focused, at a size at which a slight blur is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core import FeatureInfo
from .passes import PASSES

_SIGMA = 1.2  # px: details of this extent are measured, finer ones are mostly noise
_STRONGEST = 0.9  # the gradients above this quantile are edges, whose steepness tells a blur


@PASSES.register("focus")
@dataclass(frozen=True)
class Focus:
    """Measure how well an image is focused: the steepness of its edges, without what noise adds.

    It compares images of the same scene, such as those of a burst: neither defocus nor motion of the camera gives
    steeper edges, and noise does not either.

    Parameters
    ----------
    input_size : int
        Long side, in pixels, at which images are decoded.

    References
    ----------
    Pertuz, Puig & Garcia 2013, "Analysis of focus measure operators for shape-from-focus" (gradient energy);
    Immerkær 1996, "Fast noise variance estimation".
    """

    input_size: int = 1024
    columns: ClassVar[Mapping[str, FeatureInfo]] = {
        "focus": FeatureInfo("focus", "", 0.0, description="steepness of edges without noise, for bursts")
    }
    batch_size: ClassVar[int] = 4
    thread_safe: ClassVar[bool] = True

    def measure(self, batch: Sequence[np.ndarray]) -> list[dict[str, float]]:
        """Return the focus of each image, in grey levels a pixel."""
        return [{"focus": float(f"{_focus(rgb):.6g}")} for rgb in batch]


def _focus(rgb: np.ndarray) -> float:
    import cv2

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), _SIGMA)
    across, down = cv2.Scharr(smooth, cv2.CV_32F, 1, 0) / 32, cv2.Scharr(smooth, cv2.CV_32F, 0, 1) / 32
    energy = across**2 + down**2
    edges = energy[energy >= np.quantile(energy, _STRONGEST)]
    due_to_noise = 2 * noise_variance(grey) / (8 * np.pi * _SIGMA**4)
    return float(np.sqrt(max(0.0, float(edges.mean()) - due_to_noise)))


def noise_variance(grey: np.ndarray) -> float:
    """Return an estimate of the variance of the noise of an image, (h, w) float32."""
    import cv2

    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, cv2.CV_32F, mask))
    return float((np.median(response) / 0.6745 / 6) ** 2)
