"""The pass that keeps a small grey version of each image, with which any two of them can be aligned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...core import FeatureInfo
from ..passes import PASSES

#: Width and height of a thumbnail in pixels, whatever the shape of the image.
SIDE = 64


@PASSES.register("thumbnail")
@dataclass(frozen=True)
class Thumbnail:
    """Keep a grey version of each image, stretched to 64 x 64 px, as its vector: 4,096 grey levels from 0 to 255."""

    input_size: int = 256
    columns: ClassVar[Mapping[str, FeatureInfo]] = {}
    batch_size: ClassVar[int] = 32
    thread_safe: ClassVar[bool] = True

    def measure(self, batch: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the thumbnail of each image, (4096,) float32."""
        import cv2

        found = []
        for rgb in batch:
            grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
            small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            found.append(np.round(small, 2).ravel())
        return found
