"""Timelines in a metre: cuts on its accents, bars and beats, tempi, and time signatures in MIDI files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest

from imbatch2soundvisu.core import METRES, TICKS_PER_BEAT, Timing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music import midi
from imbatch2soundvisu.music.analysis.score_queries import onset_counts
from imbatch2soundvisu.music.metred import fits, in_metre, patterns
from imbatch2soundvisu.music.styles import ClusterTheme, Composed
from imbatch2soundvisu.music.tempo_range import Tempi
from tests.music.scores import images

NAMES = ["4/4", "3/4", "2/4", "5/4", "6/8", "7/8", "9/8", "12/8"]


def quick(metre: str) -> Tempi:
    pulse = METRES[metre].pulse
    return Tempi(80 * pulse, 160 * pulse, 120 * pulse)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("timing", [Timing(), Timing(2.0), Timing(total_seconds=61.0), Timing(weights=range(20))])
def test_every_cut_is_on_an_accent_or_bars_are_divided_evenly(name: str, timing: Timing) -> None:
    metre = METRES[name]
    grid = in_metre(20, 30, timing, quick(name), metre)
    if grid is None:
        assert timing.weights is not None or timing.total_seconds is not None
        return
    assert (grid.metre.name, grid.beats_per_bar) == (name, metre.beats_per_bar)
    assert 80 <= grid.pulse_bpm <= 160
    if timing.total_seconds:
        assert grid.seconds == 61
    starts = grid.start_beats[:-1]
    if timing.weights is None and grid.beats[0] > 1:
        assert all(int(start) % metre.beats_per_bar in metre.accents for start in starts)


@pytest.mark.parametrize(("name", "beats"), [("3/4", {3}), ("6/8", {2}), ("5/4", {5}), ("7/8", {7})])
def test_images_of_two_seconds_last_a_bar_where_the_tempo_allows(name: str, beats: set[int]) -> None:
    bpm = 30 * METRES[name].beats_per_bar
    grid = in_metre(12, 30, Timing(2.0), Tempi(0.9 * bpm, 1.1 * bpm, bpm), METRES[name])
    assert grid is not None
    assert set(grid.beats) == beats


def test_given_beats_choose_or_refuse_a_metre() -> None:
    assert fits(METRES["3/4"], 6)
    assert not fits(METRES["6/8"], 3)
    assert in_metre(9, 30, Timing(beats_per_image=2), quick("3/4"), METRES["3/4"]) is None
    grid = in_metre(9, 30, Timing(beats_per_image=3), quick("3/4"), METRES["3/4"])
    assert grid is not None
    assert grid.metre.name == "3/4"


def test_groups_of_unequal_length_are_images_of_unequal_length() -> None:
    assert (3, 2) in patterns(METRES["5/4"])
    assert (3, 4) in patterns(METRES["7/8"])
    grid = in_metre(8, 30, Timing(), Tempi(230, 260, 240), METRES["7/8"])
    assert grid is not None
    assert grid.beats == (3, 4) * 4


@pytest.mark.parametrize("name", NAMES)
def test_a_midi_file_shows_the_signature_and_the_tempo_of_its_beat(name: str, tmp_path: Path) -> None:
    metre, wanted = METRES[name], images(16)
    style = Composed(metre=name, genre="song", mood="bright")
    grid = style.timeline(wanted, 30, Timing())
    if grid.metre.name != name:
        grid = in_metre(16, 30, Timing(), quick(name), metre) or grid
    score = style.compose(wanted, grid, np.random.default_rng(0))
    midi.write(tmp_path / "a.mid", score)
    file = mido.MidiFile(tmp_path / "a.mid")
    metas = {m.type: m for m in reversed(file.tracks[0])}  # the first of each kind
    signature = metas["time_signature"]
    assert f"{signature.numerator}/{signature.denominator}" == name
    per_beat = file.ticks_per_beat * metre.quarters
    assert per_beat == TICKS_PER_BEAT
    assert signature.clocks_per_click == 24 * metre.quarters
    quarters = mido.tempo2bpm(metas["set_tempo"].tempo)
    assert quarters == pytest.approx(float(score.bpm * metre.quarters), rel=1e-4)
    assert file.length == pytest.approx(float(grid.seconds), abs=0.3)


@pytest.mark.parametrize("name", NAMES)
def test_bars_are_counted_in_the_metre(name: str) -> None:
    metre, wanted = METRES[name], images(16)
    grid = in_metre(16, 30, Timing(), quick(name), metre)
    assert grid is not None
    score = Composed().compose(wanted, grid, np.random.default_rng(0))
    places = [divmod(int(start), metre.beats_per_bar) for start in grid.start_beats[:-1]]
    assert [(d["bar"] - 1, d["beat"] - 1) for d in score.decisions] == places
    assert f"in {name}" in score.summary
    counts = onset_counts(score)
    assert counts.shape == (grid.total_beats // metre.beats_per_bar, metre.beats_per_bar * metre.sixteenths)


def test_a_metre_that_does_not_fit_is_replaced_and_said() -> None:
    style = Composed(metre="6/8")
    wanted = images(20)
    score = style.compose(wanted, style.timeline(wanted, 30, Timing(0.2)), np.random.default_rng(0))
    assert score.timeline.metre.name == "4/4"
    assert "do not fit 6/8" in score.summary
    assert "do not fit 6/8" in score.decisions[0]["tempo_notes"][0]
    with pytest.raises(ConfigError, match="7/8"):
        Composed(metre="11/16")


def test_plans_differ_in_metre_and_tempo() -> None:
    """Of 24 plans over all moods, a quarter are not in four, and there are eight tempi or more."""
    grids = [
        Composed(mood).timeline(replace(images(30), plan=f"plan {k}"), 30, Timing())
        for k in range(6)
        for mood in (None, "bright", "calm", "dark", "lively")
    ]
    assert sum(grid.metre.name not in ("4/4", "2/4") for grid in grids) >= len(grids) / 4
    assert len({round(grid.pulse_bpm, 1) for grid in grids}) >= 8
    assert all(0.75 <= np.diff(grid.start_seconds)[:-2].mean() <= 1.55 for grid in grids)


def test_a_cluster_theme_has_a_metre_of_its_plan() -> None:
    found = {ClusterTheme().timeline(replace(images(30), plan=f"plan {k}"), 30, Timing()).metre.name for k in range(12)}
    assert len(found) > 1
