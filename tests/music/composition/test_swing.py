"""Swing moves the second eighth of a beat in every part, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Part, Score, Timeline, Timing
from imbatch2soundvisu.music.composition import genres
from imbatch2soundvisu.music.composition.swing import swung
from imbatch2soundvisu.music.styles import Composed
from tests.music.scores import images, written

GRID = Timeline(30, 44_100, 15, (2, 2))
EIGHTHS = tuple(Note(0, 60, 80, k * TICKS_PER_BEAT // 2, TICKS_PER_BEAT // 2) for k in range(8))


def test_second_eighths_come_as_late_as_asked_and_notes_touch_as_before() -> None:
    score = swung(Score(GRID, (Part("a", 0),), EIGHTHS), 2 / 3)
    assert [n.start for n in score.notes] == [0, 640, 960, 1600, 1920, 2560, 2880, 3520]
    assert [n.start + n.length for n in score.notes] == [640, 960, 1600, 1920, 2560, 2880, 3520, 3840]


def test_triplets_and_compound_metres_stay() -> None:
    triplets = tuple(replace(n, start=k * 320, length=320) for k, n in enumerate(EIGHTHS))
    assert [n.start % 960 for n in swung(Score(GRID, (Part("a", 0),), triplets), 0.6).notes[:2]] == [0, 320]
    compound = replace(GRID, beats_per_bar=2, signature="6/8")
    assert swung(Score(compound, (Part("a", 0),), EIGHTHS), 0.6).notes == EIGHTHS


def test_a_genre_with_swing_swings_and_its_cuts_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(genres.GENRES["song"], metres=("4/4",))
    for name, swing in (("straight", 0.5), ("swinging", 0.62)):
        monkeypatch.setitem(genres.GENRES, name, replace(row, swing=swing))
    straight, swinging = (written(images(16), Composed(genre=name)) for name in ("straight", "swinging"))
    places = {n.start % TICKS_PER_BEAT for n in swinging.notes}
    assert {n.start % TICKS_PER_BEAT for n in straight.notes} & {480}
    assert places & {round(0.62 * TICKS_PER_BEAT)}
    assert not places & {480}
    cuts = set(swinging.timeline.start_ticks[:-1].tolist())
    assert cuts <= {n.start for n in swinging.notes}


def test_images_that_share_beats_do_not_swing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(genres.GENRES, "swinging", replace(genres.GENRES["song"], swing=0.62))
    style, wanted = Composed(genre="swinging"), images(60)
    score = style.compose(wanted, style.timeline(wanted, 30, Timing(total_seconds=15)), np.random.default_rng(0))
    assert {n.start for n in score.notes} >= set(score.timeline.start_ticks[:-1].tolist())
