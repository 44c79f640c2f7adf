"""Positions of the time axis and the heading."""

from __future__ import annotations

from pathlib import Path

from imbatch2soundvisu.core import Note, Part
from imbatch2soundvisu.visuals.pianoroll import geometry_of
from imbatch2soundvisu.visuals.pianoroll.part_colours import part_colours

from .samples import drawn, has_colour, score


def test_marks_of_moments_begin_below_title_and_legend() -> None:
    geometry = geometry_of(score(), 1)
    assert geometry.as_dict()["top"] == geometry.ruler.top
    assert 99 < geometry.as_dict()["top"] < geometry.images.top, "the legend's baseline is at 99"


def test_the_legend_names_every_part_that_plays(tmp_path: Path) -> None:
    parts = tuple(Part(f"A part with a long name, number {i}", i) for i in range(12))
    music = score(parts=parts, notes=tuple(Note(i, 60, 90, 0, 480) for i in range(12)))
    geometry, pixels = drawn(tmp_path, music)
    heading = pixels[: geometry.ruler.top]
    assert all(has_colour(heading, colour).any() for colour in part_colours(parts[:9]))
    assert geometry.ruler.top > geometry_of(score(), 1).ruler.top
