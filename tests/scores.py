"""Sequences without pictures, and what a style of music makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imbatch2soundvisu.records import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence, Pace, Score
from imbatch2soundvisu.styles import Composed


def sequence(values: Sequence[float] | np.ndarray, **columns: np.ndarray) -> ImageSequence:
    values = np.asarray(values, dtype=np.float64)
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(values.size))
    table = FeatureTable(records, columns)
    return ImageSequence("test", table, values, FeatureInfo("luminance"), Criterion("x", 1, 1, 1, 1, 1))


def composed(values: Sequence[float] | np.ndarray, style: Any = None, seconds: float = 1.0, seed: int = 0) -> Score:
    style, wanted = style or Composed(), sequence(values)
    return style.compose(wanted, style.timeline(wanted, 30, Pace(seconds)), np.random.default_rng(seed))
