"""Timelines in a metre: cuts on its accents, bars and beats, tempi, and time signatures in MIDI files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest

from imbatch2soundvisu.core import METRES, TICKS_PER_BEAT, Timeline, Timing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music import midi
from imbatch2soundvisu.music.analysis.score_queries import onset_counts
from imbatch2soundvisu.music.composition.beat_groups import beat_groups
from imbatch2soundvisu.music.composition.form import make_slots
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


@pytest.mark.parametrize("seconds", [0.2, 0.33, 0.6, 0.75, 1.0, 1.2, 1.7, 2.4, 5.0])
@pytest.mark.parametrize("metre", ["4/4", "3/4", "6/8", "7/8", "5/4"])
def test_a_given_metre_is_kept_whatever_the_length_of_images(metre: str, seconds: float) -> None:
    for mood in ("bright", "calm"):
        for timing in (Timing(seconds), Timing(total_seconds=20 * seconds), Timing(seconds, weights=range(20))):
            grid = Composed(mood, metre=metre).timeline(images(20), 30, timing)
            assert grid.metre.name == metre
            mean = np.diff(grid.start_seconds)[:6].mean()
            assert timing.weights or timing.total_seconds or mean == pytest.approx(seconds, rel=0.06)


def test_a_given_metre_is_kept_with_given_beats_and_tempo() -> None:
    for timing in (Timing(beats_per_image=2), Timing(beats_per_image=4), Timing(beats_per_image=3, weights=range(20))):
        assert Composed("dark", metre="3/4").timeline(images(20), 30, timing).metre.name == "3/4"
    grid = Composed(metre="3/4", tempo_bpm=100).timeline(images(20), 30, Timing(1.2))
    assert (grid.metre.name, grid.tempo_bpm, set(grid.beats[:-1])) == ("3/4", 100, {2})


def test_images_that_do_not_begin_on_bars_share_them_and_that_is_said() -> None:
    """Images of two beats in 3/4: chords change with bars, and every cut has its accent all the same."""
    wanted, style = images(20), Composed(genre="waltz", tempo_bpm=120)
    score = style.compose(wanted, style.timeline(wanted, 30, Timing(1.0)), np.random.default_rng(0))
    groups = beat_groups(score.timeline)
    assert groups is not None
    assert set(groups.timeline.beats[:-2]) == {6}
    assert score.decisions[1]["shares_with"] == [1, 3]
    assert set(score.timeline.start_ticks[:-1].tolist()) <= {n.start for n in score.notes}
    assert "so every 3rd begins on a bar of 3/4; those of 1.5 s would last a bar" in score.summary
    with pytest.raises(ConfigError, match="7/8"):
        Composed(metre="11/16")


def test_slots_are_bars_where_images_last_several() -> None:
    for beats, metre, expected in ((12, "3/4", 3), (9, "3/4", 3), (10, "5/4", 5), (8, "4/4", 4)):
        grid = Timeline(30, 44_100, 12, (beats,) * 5, METRES[metre].beats_per_bar, signature=metre)
        assert {slot.beats for slot in make_slots(grid)[:-1]} == {expected}


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
