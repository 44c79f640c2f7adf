"""Scores and sequences for the tests of piano rolls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from imbatch2soundvisu.core import (
    TICKS_PER_BEAT,
    Audio,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Note,
    Part,
    Score,
    Timeline,
)
from imbatch2soundvisu.visuals.pianoroll import draw
from imbatch2soundvisu.visuals.plots.canvas import rgb

PARTS = (Part("Melody: flute", 73), Part("Bass", 32), Part("Drums", 0, drums=True))
SHADES = [(210, 40, 40), (40, 170, 60), (50, 60, 200), (220, 200, 40)]
CLOSE = 6  # levels of a channel that a palette of 256 colours may be off


def coloured_sequence(folder: Path, count: int = 4, **columns: list[float]) -> ImageSequence:
    """Images of one colour each, in turn, ordered by luminance."""
    records = []
    for i, shade in enumerate(SHADES):
        Image.new("RGB", (90, 60), shade).save(folder / f"{i}.png")
    for i in range(count):
        records.append(ImageRecord(folder / f"{i % 4}.png", str(i), 90, 60, name=f"{i}.png"))
    values = {"luminance": np.linspace(0.1, 0.9, count)} | {k: np.array(v, np.float64) for k, v in columns.items()}
    table = FeatureTable(tuple(records), values, info={name: FeatureInfo(name) for name in values})
    return ImageSequence(
        "dark to bright", table, values["luminance"], FeatureInfo("luminance"), Criterion("look", 1, 1, 1, 1, 1)
    )


def score(count: int = 4, beats: int = 2, **changes: Any) -> Score:
    """A rising melody of one note per image over a held bass, and a drum on every cut."""
    grid = Timeline(30, 44_100, 15, (beats,) * count)
    notes = [Note(0, 60 + i, 40 + 20 * (i % 4), i * beats * TICKS_PER_BEAT, TICKS_PER_BEAT) for i in range(count)]
    notes += [Note(1, 40, 100, 0, count * beats * TICKS_PER_BEAT)]
    notes += [Note(2, 36, 90, i * beats * TICKS_PER_BEAT, 120) for i in range(count)]
    return replace(Score(grid, PARTS, tuple(notes)), **changes)


def drawn(folder: Path, music: Score, images: ImageSequence | None = None, audio: Audio | None = None) -> Any:
    """The geometry, and the file as (h, w, 3) int."""
    images = images or coloured_sequence(folder, len(music.timeline.beats))
    geometry = draw(folder / "roll.png", images, music, audio)
    return geometry, np.asarray(Image.open(folder / "roll.png").convert("RGB"), np.int64)


def has_colour(pixels: np.ndarray, ink: tuple[int, int, int] | str) -> np.ndarray:
    """Which pixels are of a colour."""
    wanted = rgb(ink) if isinstance(ink, str) else ink
    return np.abs(pixels - np.array(wanted)).max(axis=-1) <= CLOSE
