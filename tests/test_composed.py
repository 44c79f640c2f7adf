"""The composer: what a musician would check, on sequences of many shapes."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from imbatch2soundvisu.composing import curves
from imbatch2soundvisu.composing.ensembles import ACCENT, BASS, ENSEMBLES, MELODY, MOODS, NEUTRAL, PAD
from imbatch2soundvisu.errors import WishError
from imbatch2soundvisu.records import (
    TICKS_PER_BEAT,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Music,
    Note,
    Pace,
    Score,
    Timeline,
)
from imbatch2soundvisu.sound import theory
from imbatch2soundvisu.sound.theory import Key, chord
from imbatch2soundvisu.styles import STYLES, Composed, Silent


def sequence(values: np.ndarray | list[float], circular: bool = False, **columns: np.ndarray) -> ImageSequence:
    values = np.asarray(values, dtype=np.float64)
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(values.size))
    driver = FeatureInfo("hue" if circular else "luminance", circular=circular)
    return ImageSequence("test", FeatureTable(records, columns), values, driver, Criterion("x", 1, 1, 1, 1, 1))


def score(
    values: np.ndarray | list[float],
    style: Composed | None = None,
    seconds: float = 1.0,
    seed: int = 0,
    **kwargs: object,
) -> Score:
    style, wanted = style or Composed(), sequence(values, **kwargs)  # type: ignore[arg-type]
    return style.compose(wanted, style.timeline(wanted, 30, Pace(seconds)), np.random.default_rng(seed))


def part(piece: Score, index: int) -> list[Note]:
    return sorted((n for n in piece.notes if n.part == index), key=lambda n: n.start)


RANDOM = np.random.default_rng(11)
CASES: dict[str, tuple] = {
    "rising": (np.linspace(0, 1, 48), None, 1.0),
    "falling, dark": (np.linspace(1, 0, 24), Composed("dark"), 2.0),
    "erratic, lively": (RANDOM.random(36), Composed("lively"), 1.0),
    "walk, calm": (np.cumsum(RANDOM.normal(size=60)), Composed("calm"), 1.0),
    "two": ([0.0, 1.0], None, 1.0),
    "three": ([1.0, 0.0, 2.0], None, 1.0),
    "five": ([1.0, 0.0, 2.0, 2.0, 0.5], None, 1.0),
    "seven of one beat": (RANDOM.random(7), Composed("bright"), 0.5),
    "one beat each": (RANDOM.random(40), None, 0.5),
    "two of one beat": ([3.0, 1.0], None, 0.5),
    "eight beats each": (RANDOM.random(12), None, 4.0),
    "faster than music": (RANDOM.random(30), None, 0.2),
    "constant": (np.full(16, 7.0), None, 1.5),
    "undefined": (np.full(20, np.nan), None, 3.0),
    "holes": (np.where(np.arange(30) % 4 == 0, np.nan, np.arange(30)), None, 1.0),
    "three hundred": (np.sin(np.arange(300) / 20), None, 0.5),
}


@pytest.fixture(scope="module", params=list(CASES))
def piece(request: pytest.FixtureRequest) -> Score:
    values, style, seconds = CASES[request.param]
    return score(values, style, seconds, seed=len(request.param))


def test_notes_lie_on_the_timeline(piece: Score) -> None:
    end = piece.timeline.total_beats * TICKS_PER_BEAT
    assert all(0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 and n.length > 0 for n in piece.notes)
    assert all(n.start >= 0 and n.start + n.length <= end for n in piece.notes)


def test_every_cut_has_an_accent_a_bass_note_and_a_melody_note(piece: Score) -> None:
    cuts = set(piece.timeline.start_ticks[:-1].tolist())
    assert {n.start for n in part(piece, ACCENT)} == cuts
    assert cuts <= {n.start for n in part(piece, BASS)}
    assert cuts <= {n.start for n in part(piece, MELODY)}


def test_the_chord_changes_on_every_cut(piece: Score) -> None:
    for before, after in itertools.pairwise(piece.decisions):
        assert before["chord"] != after["chord"]
        assert before["chords"][-1] != after["chord"]


def test_the_last_picture_is_an_authentic_cadence(piece: Score) -> None:
    last, before = piece.decisions[-1], piece.decisions[-2]
    key = Key(theory.parse_key(last["key"])[0], last["mode"])
    assert last["degree"] in ("I", "i")
    assert before["chords"][-1].removesuffix("7") == chord(key, "V").name
    start = piece.timeline.start_ticks[-2]
    closing = [n for n in part(piece, BASS) if n.start == start] + [n for n in part(piece, MELODY) if n.start == start]
    assert {n.pitch % 12 for n in closing} == {key.tonic}
    assert theory.parse_key(piece.key)[0] == key.tonic


def test_outer_voices_have_no_parallel_fifths_or_octaves(piece: Score) -> None:
    upper, lower = part(piece, MELODY), part(piece, BASS)
    ticks = sorted({n.start for n in upper} | {n.start for n in lower})

    def at(voice: list[Note], tick: int) -> int:
        return [n for n in voice if n.start <= tick][-1].pitch

    for a, b in itertools.pairwise(ticks):
        assert not theory.is_parallel((at(upper, a), at(upper, b)), (at(lower, a), at(lower, b))), (a, b)


def test_the_tune_starts_each_picture_on_a_chord_tone(piece: Score) -> None:
    tune = {n.start: n.pitch for n in part(piece, MELODY)}
    for tick, decision in zip(piece.timeline.start_ticks[:-1].tolist(), piece.decisions, strict=True):
        assert tune[tick] % 12 in pitch_classes(decision["chord"])


def pitch_classes(name: str) -> set[int]:
    """The pitch classes of a chord by its name."""
    root = name[: 1 + len(name[1:]) - len(name[1:].lstrip("#b"))]
    shift = root.count("#") - root.count("b")
    return {("C.D.EF.G.A.B".index(root[0]) + shift + step) % 12 for step in theory.QUALITIES[name[len(root) :]]}


def test_inner_voices_move_little(piece: Score) -> None:
    pads = part(piece, PAD)
    if len(piece.decisions) < 20:
        pytest.skip("too short to speak of motion")
    ticks = [t for t in piece.timeline.start_ticks[:-1].tolist() if t >= pads[0].start]
    chords = [sorted(n.pitch for n in pads if n.start <= t < n.start + n.length) for t in ticks]
    motion = [abs(p - q) for a, b in itertools.pairwise(chords) for p, q in zip(a, b, strict=True)]
    assert np.mean(motion) <= 3


def test_the_account_is_complete_and_plain(piece: Score) -> None:
    json.dumps(piece.decisions, allow_nan=False)
    assert len(piece.decisions) == len(piece.timeline.beats)
    needed = {"value", "level", "bar", "beat", "chord", "degree", "mode", "register", "velocity", "melody", "why"}
    for i, decision in enumerate(piece.decisions):
        assert needed <= set(decision)
        assert 0 <= decision["level"] <= 1
        assert (decision["bar"], decision["beat"]) == piece.timeline.bar_and_beat(i)
        assert decision["melody"]
        assert "\n" not in decision["why"]
    assert piece.summary.endswith(".")


def test_the_account_says_what_is_played_at_each_picture(piece: Score) -> None:
    time, tune = piece.timeline, part(piece, MELODY)
    for i, (decision, (a, b)) in enumerate(zip(piece.decisions, itertools.pairwise(time.start_ticks), strict=True)):
        assert (decision["frame"], decision["sample"]) == (time.start_frames[i], time.start_samples[i])
        assert len(decision["melody"]) == sum(a <= n.start < b for n in tune)
        assert decision["accent"] == max(n.velocity for n in piece.notes if n.part == ACCENT and n.start == a)


def test_composing_takes_as_many_more_steps_as_there_are_more_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in lines run, and in walks over the whole timeline."""
    walks = 0
    whole = Timeline.start_beats.fget  # type: ignore[attr-defined]

    def start_beats(self: Timeline) -> np.ndarray:
        nonlocal walks
        walks += 1
        return whole(self)

    monkeypatch.setattr(Timeline, "start_beats", property(start_beats))

    def steps(n: int) -> tuple[int, int]:
        nonlocal walks
        lines = walks = 0

        def count(*_: object) -> Callable:
            nonlocal lines
            lines += 1
            return count

        before = sys.gettrace()
        sys.settrace(count)
        try:
            score(np.random.default_rng(0).random(n))
        finally:
            sys.settrace(before)
        return lines, walks

    steps(100)  # what is remembered between pieces is there from here on
    (few, few_walks), (many, many_walks) = steps(100), steps(400)
    assert many < 5 * few
    assert many_walks == few_walks


@pytest.mark.parametrize("name", ["rising", "falling, dark", "walk, calm", "three hundred"])
def test_register_and_loudness_follow_the_values(name: str) -> None:
    values, style, seconds = CASES[name]
    piece = score(values, style, seconds)
    starts = piece.timeline.start_ticks
    tune = part(piece, MELODY)
    height = [np.mean([n.pitch for n in tune if a <= n.start < b]) for a, b in itertools.pairwise(starts)]
    loudness = [d["velocity"] for d in piece.decisions]
    assert spearmanr(values, height).statistic > 0.75
    assert spearmanr(values, loudness).statistic > 0.9


def test_dark_is_minor_bright_is_major_and_the_mode_does_not_flicker() -> None:
    piece = score(np.linspace(0, 1, 48))
    modes = [d["mode"] for d in piece.decisions]
    assert modes[0] == "minor"
    assert modes[-1] == "major"
    assert sum(a != b for a, b in itertools.pairwise(modes)) == 1
    noisy = score(np.random.default_rng(3).random(64))
    assert sum(a["mode"] != b["mode"] for a, b in itertools.pairwise(noisy.decisions)) <= 8


def test_the_motif_comes_back() -> None:
    piece = score(np.random.default_rng(5).permutation(32) / 32, Composed("bright"), 2.0, edge_density=np.full(32, 0.5))
    starts = piece.timeline.start_ticks
    tune = part(piece, MELODY)
    rhythms = [
        tuple(round((n.start - a) / TICKS_PER_BEAT, 2) for n in tune if a <= n.start < b)
        for a, b in itertools.pairwise(starts)
    ]
    pairs = list(itertools.pairwise(rhythms))
    commonest = max(pairs.count(pair) for pair in pairs)
    assert commonest >= 3
    assert len(set(rhythms)) >= 4


def test_harmony_is_not_three_chords() -> None:
    pieces = [score(np.linspace(0, 1, 32), seed=seed) for seed in range(6)]
    assert min(len({d["chord"] for d in piece.decisions}) for piece in pieces) >= 9
    assert len({tuple(d["degree"] for d in piece.decisions) for piece in pieces}) == 6
    cadences = [d["why"] for piece in pieces for d in piece.decisions if "half cadence" in d["why"]]
    assert len(cadences) >= 6


def test_same_in_same_out_and_another_seed_another_piece() -> None:
    values = np.linspace(0, 1, 20)
    assert score(values, seed=4) == score(values, seed=4)
    assert score(values, seed=4).notes != score(values, seed=5).notes


def test_hue_is_read_round_the_wheel() -> None:
    near = curves.unit(np.array([359.0, 1.0, 180.0, 90.0]), circular=True)
    assert near is not None
    assert abs(near[0] - near[1]) < 0.4
    assert near[3] == max(near)
    piece = score((np.arange(24) * 15.0 + 200) % 360, circular=True)
    assert len(piece.decisions) == 24


def test_the_key_comes_from_the_hue_or_from_the_wish() -> None:
    red = score(np.linspace(0, 1, 12), hue=np.full(12, 2.0))
    yellow = score(np.linspace(0, 1, 12), hue=np.full(12, 61.0))
    assert red.key.startswith("C ")
    assert yellow.key.startswith("D ")
    pinned = score(np.linspace(0, 1, 48), Composed(key="Eb minor"))
    assert pinned.key == "Eb minor"
    assert {d["mode"] for d in pinned.decisions} == {"minor"}


def test_where_the_order_has_no_values_the_music_follows_the_pictures() -> None:
    piece = score(np.full(24, np.nan), luminance=np.linspace(0, 1, 24))
    assert "luminance" in piece.summary
    assert piece.decisions[0]["level"] < 0.1 < 0.9 < piece.decisions[-1]["level"]
    assert piece.decisions[0]["value"] is None


def test_moods_differ() -> None:
    values = np.random.default_rng(1).random(32)
    notes = {mood: len([n for n in score(values, Composed(mood)).notes if n.part == MELODY]) for mood in MOODS}
    assert notes["calm"] < notes["lively"]
    major = {m: sum(d["mode"] == "major" for d in score(values, Composed(m)).decisions) for m in ("bright", "dark")}
    assert major["bright"] > major["dark"]
    assert any(p.drums for p in score(values, Composed("lively")).parts)
    for mood in (*MOODS.values(), NEUTRAL):
        assert set(mood.ensembles) <= set(ENSEMBLES)


@pytest.mark.parametrize(
    "wish", [{"mood": "brigth"}, {"key": "H dur"}, {"key": 3}, {"tempo_bpm": 3}, {"tempo_bpm": 999}]
)
def test_impossible_wishes_are_refused_at_once(wish: dict) -> None:
    with pytest.raises(WishError):
        Composed(**wish)


def test_a_near_miss_is_told_the_right_name() -> None:
    with pytest.raises(WishError, match="Did you mean 'bright'"):
        Composed("brigth")


def test_styles_are_frozen_documented_and_fit_the_protocol() -> None:
    assert set(STYLES) >= {"Composed", "Silent"}
    for name, style in STYLES.items():
        assert style.__name__ == name
        assert (style.__doc__ or "").strip().splitlines()[0].endswith(".")
        assert isinstance(style(), Music)
    with pytest.raises(FrozenInstanceError):
        Composed().mood = "dark"  # type: ignore[misc]


def test_silence_is_exact_and_empty() -> None:
    wanted = sequence([1, 2, 3])
    grid = Silent().timeline(wanted, 30, Pace(3.1))
    assert float(grid.seconds) == pytest.approx(9.3)
    assert Silent().compose(wanted, grid, np.random.default_rng(0)) is None


def test_a_timeline_of_another_length_is_refused() -> None:
    style = Composed()
    with pytest.raises(ValueError, match="3 pictures"):
        style.compose(sequence([1, 2]), style.timeline(sequence([1, 2, 3]), 30, Pace(1.0)), np.random.default_rng(0))


class TestTheory:
    @pytest.mark.parametrize(
        ("key", "numeral", "name"),
        [
            (Key(0, "major"), "V", "G"),
            (Key(0, "major"), "♭VI", "Ab"),
            (Key(9, "minor"), "V", "E"),
            (Key(2, "minor"), "ii°", "Edim"),
            (Key(6, "minor"), "iv", "Bm"),
            (Key(7, "major"), "V7/vi", "B7"),
        ],
    )
    def test_chords(self, key: Key, numeral: str, name: str) -> None:
        assert chord(key, numeral).name == name

    @pytest.mark.parametrize(
        ("key", "fifths"),
        [(Key(0, "major"), 0), (Key(7, "major"), 1), (Key(5, "major"), -1), (Key(9, "minor"), 0), (Key(4, "minor"), 1)],
    )
    def test_signatures(self, key: Key, fifths: int) -> None:
        assert key.fifths == fifths

    def test_sevenths(self) -> None:
        major = Key(0, "major")
        names = [theory.seventh(chord(major, n)).name for n in ("I", "ii", "V", "vi")]
        assert names == ["Cmaj7", "Dm7", "G7", "Am7"]

    def test_leading_note_in_the_minor_without_augmented_second(self) -> None:
        scale = theory.chord_scale(chord(Key(9, "minor"), "V"))
        assert 8 in scale
        assert 7 not in scale
        assert 5 not in scale

    def test_note_names(self) -> None:
        assert theory.note_name(60, Key(0, "major")) == "C4"
        assert theory.note_name(59, Key(6, "major")) == "B3"
        assert theory.note_name(61, Key(2, "minor"), sharp=True) == "C#4"

    def test_voicing_moves_by_step_between_neighbours(self) -> None:
        first = theory.voicing((0, 4, 7), None, 58)
        second = theory.voicing((5, 9, 0), first, 58)
        assert sum(abs(a - b) for a, b in zip(first, second, strict=True)) <= 4
        assert {p % 12 for p in second} == {5, 9, 0}

    def test_parallels(self) -> None:
        assert theory.is_parallel((72, 74), (48, 50))
        assert theory.is_parallel((67, 65), (48, 46))
        assert not theory.is_parallel((72, 72), (48, 48))
        assert not theory.is_parallel((72, 71), (48, 50))
