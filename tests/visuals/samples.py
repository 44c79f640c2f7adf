"""Small images, records and sequences for the tests of what is drawn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from imbatch2soundvisu.core import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence


def scene(seed: int, width: int = 96, height: int = 64) -> np.ndarray:
    """An image with gradients, edges and some noise, (height, width, 3) uint8."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (4, 6, 3)).astype(np.uint8)
    smooth = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    smooth[height // 3 : height // 2, width // 4 : width // 2] = rng.integers(0, 256, 3)
    return np.clip(smooth + rng.integers(-6, 7, smooth.shape), 0, 255).astype(np.uint8)


def save(path: Path, pixels: np.ndarray, name: str | None = None) -> ImageRecord:
    """Write an image, and return its record."""
    Image.fromarray(pixels).save(path)
    return ImageRecord(path, path.stem, pixels.shape[1], pixels.shape[0], name=name or path.name)


def sequence(records: list[ImageRecord], values: np.ndarray | None = None) -> ImageSequence:
    """A sequence by luminance, which rises evenly unless values are given."""
    shown = np.linspace(0, 1, len(records)) if values is None else values
    criterion = Criterion("look", 10.0, 20.0, 9.0, 1.0, 2.0, 0.9)
    return ImageSequence("a plan", FeatureTable(tuple(records)), shown, FeatureInfo("luminance"), criterion)
