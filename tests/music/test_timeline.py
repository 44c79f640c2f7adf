"""The grid: whole samples per frame, whole frames per beat, whole beats per image."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.core import Timing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music import durations
from imbatch2soundvisu.music.timeline import FREE_SHARE, NEARLY_EVEN, WIDER_RANGE_BPM, build, sample_rate
from imbatch2soundvisu.music.timeline_request import SLOWEST_BPM

FPS = st.sampled_from([12, 24, 25, 30, 50, 60, Fraction(24_000, 1001), Fraction(30_000, 1001), Fraction(60_000, 1001)])


@pytest.mark.parametrize(("fps", "rate"), [(25, 44_100), (30, 44_100), (60, 44_100), (24, 48_000), (12, 44_100)])
def test_sample_rate_makes_a_frame_whole(fps: int, rate: int) -> None:
    assert sample_rate(fps) == rate
    assert rate % fps == 0


def test_a_whole_frame_rate_may_be_a_float() -> None:
    grid = build(4, 30.0, Timing(1.0, weights=[1, 2, 3, 4]))  # type: ignore[arg-type]
    assert grid == build(4, 30, Timing(1.0, weights=[1, 2, 3, 4]))
    assert type(grid.fps) is int


@pytest.mark.parametrize("fps", [0, -5, 23, 29.5, 11, Fraction(23_000, 1001), Fraction(59, 2)])
def test_frame_rates_that_divide_no_sample_rate_are_refused(fps: float) -> None:
    with pytest.raises(ConfigError, match="24, 25, 28, 30"):
        build(4, fps)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fps", "exact", "samples"),
    [
        (23.976, Fraction(24_000, 1001), 2002),
        ("30000/1001", Fraction(30_000, 1001), Fraction(8008, 5)),
        (Fraction(60_000, 1001), Fraction(60_000, 1001), Fraction(4004, 5)),
    ],
)
def test_ntsc_frame_rates_are_exact(fps: Any, exact: Fraction, samples: Any) -> None:
    grid = build(300, fps, 1.0)
    assert (grid.fps, grid.sample_rate, grid.samples_per_frame) == (exact, 48_000, samples)
    assert grid.seconds == grid.total_frames / exact
    assert grid.samples_at(960 * grid.total_beats) == grid.total_samples == round(grid.total_frames * samples)
    assert 84 <= grid.tempo_bpm <= 132


@settings(max_examples=120, deadline=None)
@given(
    n=st.integers(1, 200),
    fps=FPS,
    seconds=st.none() | st.floats(0.2, 12),
    beats=st.none() | st.integers(2, 9),
    seed=st.none() | st.integers(0, 99),
)
def test_every_cut_is_on_a_frame_a_beat_and_a_sample(
    n: int, fps: int, seconds: float | None, beats: int | None, seed: int | None
) -> None:
    if seconds is not None and beats is not None and (seconds * fps < beats or seconds > 60 / SLOWEST_BPM * beats):
        beats = None
    weights = None if seed is None else np.random.default_rng(seed).random(n)
    grid = build(n, fps, Timing(seconds, beats, weights=weights))
    assert len(grid.beats) == n
    assert all(beats >= 1 for beats in grid.beats)
    assert grid.sample_rate == grid.samples_per_frame * fps
    exact = [frame * grid.samples_per_frame for frame in grid.start_frames.tolist()]
    assert all(
        abs(sample - at) <= Fraction(1, 2) for sample, at in zip(grid.start_samples.tolist(), exact, strict=True)
    )
    assert grid.start_seconds == pytest.approx([float(at / grid.sample_rate) for at in exact], rel=1e-12)
    assert (grid.start_frames == grid.start_beats * grid.frames_per_beat).all()
    assert grid.start_samples[-1] == grid.total_samples
    assert abs(Fraction(grid.total_samples) - grid.seconds * grid.sample_rate) <= Fraction(1, 2)
    if seconds is not None and beats is None:  # long images may give a few frames for a good tempo
        assert abs(float(grid.seconds) / n - seconds) * fps <= 3.5 + seconds / 6


@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
def test_round_durations_are_met_exactly_at_a_musical_tempo(seconds: float) -> None:
    grid = build(10, 30, seconds)
    assert grid == build(10, 30, Timing(seconds_per_image=seconds))
    assert grid.seconds == Fraction(10) * Fraction(seconds)
    assert 84 <= grid.tempo_bpm <= 132


def test_a_bar_fits_the_images() -> None:
    assert build(8, 30, beats_per_image=3).beats_per_bar == 3
    assert build(8, 30, beats_per_image=6).beats_per_bar == 3
    assert build(8, 30, beats_per_image=2).beats_per_bar == 4
    assert build(3, 30, beats_per_image=[3, 4, 5]).beats_per_bar == 4
    assert build(8, 30, Timing(beats_per_image=3, weights=range(8))).beats_per_bar == 3


def test_required_beats_and_tempo_are_met() -> None:
    assert build(3, 30, beats_per_image=[2, 4, 8]).beats == (2, 4, 8)
    assert build(5, 30, 1.0, tempo_bpm=100).tempo_bpm == 100
    assert build(4, 30, Timing(beats_per_image=3)).beats == (3, 3, 3, 3)


@pytest.mark.parametrize(("seconds", "beats"), [(1.0, 2), (1.0, 1), (2.0, 5), (4.0, 2), (1.5, 3), (0.4, 4)])
def test_the_tempo_follows_beats_and_seconds(seconds: float, beats: int) -> None:
    grid = build(9, 30, Timing(seconds, beats))
    assert set(grid.beats) == {beats}
    assert grid.seconds == 9 * Fraction(seconds).limit_denominator(100)
    assert grid.tempo_bpm == pytest.approx(60 * beats / seconds)


def test_beats_follow_seconds_and_a_tempo() -> None:
    assert set(build(9, 30, Timing(4.0), tempo_bpm=90).beats) == {6}
    assert set(build(9, 30, Timing(0.7), tempo_bpm=90).beats) == {1}


@settings(max_examples=120, deadline=None)
@given(
    n=st.integers(2, 300),
    fps=FPS,
    share=st.floats(0.25, 5),
    beats=st.none() | st.integers(1, 8),
    seed=st.none() | st.integers(0, 9),
)
def test_a_total_is_met_to_the_nearest_beat(
    n: int, fps: int, share: float, beats: int | None, seed: int | None
) -> None:
    if beats is not None and share > 60 / SLOWEST_BPM * beats:
        beats = None
    weights = None if seed is None or beats == 1 else np.random.default_rng(seed).random(n)
    grid = build(n, fps, Timing(total_seconds=share * n, beats_per_image=beats, weights=weights))
    assert abs(grid.total_frames - share * n * fps) <= grid.frames_per_beat / 2 + 0.5
    if weights is None:
        assert max(grid.beats) - min(grid.beats) <= 1


@pytest.mark.parametrize("total", [10, 30, 45, 60, 90, 120, 300])
def test_totals_that_a_musical_beat_divides_are_met_exactly(total: int) -> None:
    grid = build(48, 30, Timing(total_seconds=total))
    assert grid.seconds == total
    equal = max(grid.beats.count(beats) for beats in set(grid.beats))
    assert equal >= 36  # most images have equal durations
    assert grid.beats[0] == grid.beats[1]


@settings(max_examples=120, deadline=None)
@given(n=st.integers(2, 60), fps=FPS, seconds=st.integers(10, 180))
def test_totals_are_exact_where_a_musical_beat_divides_them_nearly_evenly(n: int, fps: int, seconds: int) -> None:
    slow, fast = WIDER_RANGE_BPM
    beats = [b for b in range(n, seconds * 3) if seconds * fps % b == 0 and slow <= 60 * b / seconds <= fast]
    even = [b for b in beats if min(b % n, n - b % n) <= NEARLY_EVEN * b]
    grid = build(n, fps, Timing(total_seconds=seconds))
    if even:
        assert grid.seconds == seconds
        assert grid.total_beats in even


def test_a_total_is_exact_where_a_beat_more_or_less_is_little() -> None:
    grid = build(4, 30, Timing(total_seconds=45))
    assert grid.seconds == 45
    assert max(grid.beats) - min(grid.beats) == 1


def test_a_total_misses_a_frame_rather_than_doubling_many_images() -> None:
    # 900 frames are 60 beats of 15: two for eight of 52 images, and one for the others
    grid = build(52, 30, Timing(total_seconds=30))
    assert 0 < abs(grid.total_frames - 900) <= 2
    assert max(grid.beats.count(beats) for beats in set(grid.beats)) > 52 - 8


def test_total_and_beats_need_no_rounding_where_they_fit() -> None:
    assert build(4, 30, beats_per_image=4, timing=Timing(total_seconds=8)).seconds == 8
    assert build(4, 30, Timing(total_seconds=8, beats_per_image=4)).beats == (4, 4, 4, 4)


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
@pytest.mark.parametrize("preferred_bpm", [72, 88, 100, 112, 120, 126, 140])
def test_without_a_duration_the_length_follows_the_tempo(fps: int, preferred_bpm: float) -> None:
    free, bound = (build(8, fps, timing, preferred_bpm=preferred_bpm) for timing in (Timing(), Timing(1.0)))
    low, high = FREE_SHARE
    assert low <= free.seconds / 8 <= high + 1e-9
    assert abs(np.log(free.tempo_bpm / preferred_bpm)) <= abs(np.log(bound.tempo_bpm / preferred_bpm)) + 1e-9
    if 100 <= preferred_bpm <= 126:  # rounding to frames, and to a length around a second
        assert abs(free.frames_per_beat - 60 * fps / preferred_bpm) <= max(1, 0.05 * free.frames_per_beat)
    if preferred_bpm == 120 and fps != 25:  # 25 frames per second have 115 beats per minute
        assert free.seconds == 8


@pytest.mark.parametrize(("tempo_bpm", "beats"), [(60, 1), (72, 2), (80, 2), (120, 2), (150, 3)])
def test_a_required_tempo_alone_makes_images_longer_rather_than_shorter(tempo_bpm: float, beats: int) -> None:
    assert set(build(8, 30, Timing(), tempo_bpm=tempo_bpm).beats) == {beats}


def test_preferred_tempi_are_met_without_a_duration() -> None:
    calm, lively = build(8, 30, preferred_bpm=88), build(8, 30, preferred_bpm=126)
    assert calm.tempo_bpm < 106 < lively.tempo_bpm
    assert build(8, 30, Timing(1.0), preferred_bpm=88).seconds == 8  # a required duration is met


def test_preferred_tempo_decides_between_equals() -> None:
    assert build(4, 30, 2.0, preferred_bpm=88).tempo_bpm == 90
    assert build(4, 30, 2.0, preferred_bpm=126).tempo_bpm == 120


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0, "fps": 30}, "at least one image"),
        ({"n": 3, "fps": 30, "timing": 0.001}, "shorter than a frame"),
        ({"n": 3, "fps": 30, "timing": float("nan")}, "shorter than a frame"),
        ({"n": 3, "fps": 30, "beats_per_image": [1, 2]}, "2 numbers for 3 images"),
        ({"n": 3, "fps": 30, "beats_per_image": [1, 2, 0.5]}, "whole numbers"),
        ({"n": 3, "fps": 30, "beats_per_image": 0}, "whole number"),
        ({"n": 3, "fps": 30, "tempo_bpm": -1}, "tempo_bpm"),
        ({"n": 300, "fps": 30, "timing": Timing(total_seconds=1)}, "less than a frame"),
        ({"n": 3, "fps": 30, "timing": Timing(1.0, total_seconds=3)}, "give one of them"),
        ({"n": 3, "fps": 30, "timing": Timing(1.0, 2), "tempo_bpm": 90}, "make 120 beats per minute"),
        ({"n": 3, "fps": 30, "timing": Timing(None, 2, 3.0), "tempo_bpm": 90}, "one of the three"),
        ({"n": 3, "fps": 30, "timing": Timing(0.1, 9)}, "less than a frame for each of 9"),
        ({"n": 48, "fps": 30, "timing": Timing(total_seconds=20), "tempo_bpm": 60}, "less than a beat each"),
        ({"n": 2, "fps": 30, "timing": Timing(total_seconds=1.4), "tempo_bpm": 60}, "less than a beat each"),
        (
            {"n": 6, "fps": 30, "timing": Timing(0.3), "tempo_bpm": 60},
            "one beat \\(1.00 s\\) of the 60 beats",
        ),
        ({"n": 6, "fps": 30, "timing": Timing(None, 1, 240)}, "make 1.5 beats per minute; music needs 20 or more"),
        ({"n": 6, "fps": 30, "timing": Timing(None, 1, 3600)}, "make 0.1 beats per minute"),
        ({"n": 6, "fps": 30, "timing": Timing(4.0, 1)}, "beats_per_image = 1 and seconds_per_image = 4 make 15"),
        (
            {"n": 2, "fps": 30, "timing": Timing(7.0), "beats_per_image": [1, 2]},
            "seconds_per_image = 7 make 13",
        ),
        ({"n": 3, "fps": 30, "timing": Timing(beats_per_image=1, weights=[1, 2, 3])}, "no beat to give"),
        ({"n": 3, "fps": 30, "timing": Timing(weights=[1, 2])}, "for 3 images"),
        ({"n": 3, "fps": 30, "timing": Timing(weights=[1, 2, -1])}, "from 0"),
        ({"n": 3, "fps": 30, "timing": Timing(weights=[1, 2, float("inf")])}, "from 0"),
        ({"n": 2, "fps": 30, "timing": Timing(weights=["a", "b"])}, "numbers"),  # type: ignore[list-item]
    ],
)
def test_contradictory_requests_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build(**arguments)


def test_consistent_requests_are_met() -> None:
    assert build(6, 30, Timing(3.0, 1)).tempo_bpm == build(6, 30, Timing(None, 1, 18)).tempo_bpm == SLOWEST_BPM
    assert build(6, 30, Timing(0.75), tempo_bpm=60).seconds == 6  # the nearest possible
    assert build(6, 30, Timing(None, 1, 240), audible_beat=False).seconds == 240
    assert build(3, 30, Timing(1.0, 2), tempo_bpm=120).seconds == 3
    assert build(3, 30, Timing(1.0, 2), tempo_bpm=118).tempo_bpm == 120  # the nearest possible


@settings(max_examples=100, deadline=None)
@given(
    n=st.integers(1, 60), fps=FPS, seconds=st.none() | st.sampled_from([1.0, 1.5, 2.0, 3.0]), seed=st.integers(0, 99)
)
def test_weights_move_beats_within_blocks_and_keep_bars(n: int, fps: int, seconds: float | None, seed: int) -> None:
    weights = np.random.default_rng(seed).random(n) ** 3
    even, varied = build(n, fps, Timing(seconds)), build(n, fps, Timing(seconds, weights=weights))
    assert (varied.frames_per_beat, varied.beats_per_bar) == (even.frames_per_beat, even.beats_per_bar)
    assert varied.total_beats == even.total_beats
    for block in (slice(*edges) for edges in durations.blocks(n)):
        assert sum(varied.beats[block]) == sum(even.beats[block])
        beats = np.array(varied.beats[block])
        if np.ptp(beats):
            usual = even.beats[0]
            assert weights[block][beats == 2 * usual].min() > weights[block][beats < usual].mean()


def test_images_that_are_not_halved_keep_their_place_in_the_bar() -> None:
    grid = build(24, 30, Timing(1.0, weights=np.random.default_rng(4).random(24) ** 2))
    usual = build(24, 30, Timing(1.0)).beats[0]
    assert set(grid.beats) == {usual // 2, usual, 2 * usual}
    for start, beats in zip(grid.start_beats, grid.beats, strict=False):
        assert beats < usual or start % usual == 0


def test_higher_weights_last_longer_on_average() -> None:
    weights = np.random.default_rng(0).permutation(64) + 1.0
    for seconds in (0.5, 0.7, 1.0, 1.5, 2.0):
        beats = np.array(build(64, 30, Timing(seconds, weights=weights)).beats)
        light, heavy = beats[weights <= 16].mean(), beats[weights > 48].mean()
        assert heavy > 1.3 * light


@pytest.mark.parametrize("seconds", [0.3, 0.5, 0.7])
def test_images_too_short_for_two_beats_keep_their_mean(seconds: float) -> None:
    grid = build(16, 30, Timing(seconds, weights=range(16)))
    assert set(grid.beats) == {1, 2}
    assert float(grid.seconds) / 16 == pytest.approx(seconds, abs=0.02)


def test_a_changed_weight_changes_its_own_block_alone() -> None:
    weights = np.random.default_rng(1).random(40)
    changed = weights.copy()
    lightest = 16 + int(np.argmin(weights[16:24]))
    changed[lightest] = 50.0
    before, after = (np.array(build(40, 30, Timing(1.0, weights=each)).beats) for each in (weights, changed))
    moved = np.flatnonzero(before != after)
    assert (before[lightest], after[lightest]) == (1, 4)
    assert moved.min() >= 16
    assert moved.max() < 24


def test_equal_and_unknown_weights_give_equal_durations() -> None:
    nan = float("nan")
    for weights in ([3.0] * 9, [0.0] * 9, [nan] * 9, [nan, 2.0, 2.0] * 3):
        for timing in (
            Timing(1.0, weights=weights),
            Timing(0.5, weights=weights),
            Timing(total_seconds=13, weights=weights),
        ):
            assert build(9, 30, timing) == build(9, 30, Timing(timing.seconds_per_image, None, timing.total_seconds))
    some = build(8, 30, Timing(1.0, weights=[1, 1, nan, 9, 1, 1, 1, 1])).beats
    assert some[3] == 4
    assert some[2] == 2  # unknown weights keep the usual duration


@pytest.mark.parametrize("n", [9, 10, 17, 18])
def test_one_or_two_images_left_over_can_last_longer_too(n: int) -> None:
    weights = np.ones(n)
    weights[-1] = 9
    beats = build(n, 30, Timing(1.0, weights=weights)).beats
    assert beats[-1] == 2 * max(beats[:-1])
    assert sum(beats) == build(n, 30, Timing(1.0)).total_beats


def test_two_images_and_equal_blocks_have_equal_durations() -> None:
    assert build(2, 30, Timing(1.0, weights=[1, 9])) == build(2, 30, Timing(1.0))
    assert build(16, 30, Timing(1.0, weights=[1] * 8 + [9] * 8)) == build(16, 30, Timing(1.0))


def test_in_a_halved_pair_the_higher_weight_gets_the_longer_half() -> None:
    for light, heavy in ((1.0, 1.5), (1.5, 1.0)):
        beats = durations.weighted(9, [light, heavy, 9.0])
        assert beats == ((1, 2, 6) if light < heavy else (2, 1, 6))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 10])
def test_odd_numbers_of_images_and_beats_work(count: int) -> None:
    for beats in (2, 3, 5, 7, 8):
        grid = build(count, 30, Timing(beats_per_image=beats, weights=np.arange(count) % 4))
        assert sum(grid.beats) == beats * count
        assert min(grid.beats) >= 1
