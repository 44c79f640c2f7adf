"""Sequences without images, and what a style of music makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imbatch2soundvisu.core import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence, Note, Score, Timing
from imbatch2soundvisu.music import composition
from imbatch2soundvisu.music.styles import Composed


def sequence(values: Sequence[float] | np.ndarray, circular: bool = False, **columns: np.ndarray) -> ImageSequence:
    values = np.asarray(values, dtype=np.float64)
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(values.size))
    table = FeatureTable(records, columns)
    driver = FeatureInfo("hue" if circular else "place", circular=circular)
    return ImageSequence("test", table, values, driver, Criterion("x", 1, 1, 1, 1, 1))


def composed(values: Sequence[float] | np.ndarray, style: Any = None, seconds: float = 1.0, seed: int = 0) -> Score:
    return music(sequence(values), style, seconds, seed)


def images(n: int, seed: int = 0, **columns: np.ndarray) -> ImageSequence:
    """`n` images as ordinary ones are, every feature apart from every other; `columns` in place of some."""
    rng = np.random.default_rng(seed)
    spans = {
        "luminance": (0.5, 0.8),
        "saturation": (0.03, 0.13),
        "edge_density": (0.13, 0.31),
        "warmth": (-0.01, 0.03),
        "subject_scale": (0.15, 0.45),
        "hue": (10.0, 50.0),
    }
    found = {name: rng.permutation(np.linspace(low, high, n)) for name, (low, high) in spans.items()}
    return sequence(np.arange(n), **{**found, **columns})


def music(wanted: ImageSequence, style: Any = None, seconds: float | None = 1.0, seed: int = 0) -> Score:
    style = style or Composed()
    return style.compose(wanted, style.timeline(wanted, 30, Timing(seconds)), np.random.default_rng(seed))


def written(wanted: ImageSequence, style: Any = None, seconds: float | None = 1.0, seed: int = 0) -> Score:
    """The same before players take their liberties with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition.composed, "perform", lambda score, _: score)
        return music(wanted, style, seconds, seed)


def part(score: Score, role: str) -> list[Note]:
    """The notes in time of all parts whose names begin so."""
    playing = {i for i, each in enumerate(score.parts) if each.name.lower().startswith(role)}
    return sorted((n for n in score.notes if n.part in playing), key=lambda n: (n.start, n.pitch))
