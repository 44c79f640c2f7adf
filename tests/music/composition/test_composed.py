"""`Composed`: rules of composition, on sequences of many shapes."""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

import imbatch2soundvisu
from imbatch2soundvisu.core import TICKS_PER_BEAT, Score, Timeline, Timing
from imbatch2soundvisu.music import key_names, voice_leading
from imbatch2soundvisu.music.analysis.measures import melody, voice_motion
from imbatch2soundvisu.music.analysis.score_queries import ONSET_TOLERANCE
from imbatch2soundvisu.music.composition import composer
from imbatch2soundvisu.music.composition.genres import GENRES
from imbatch2soundvisu.music.composition.instruments import BASS, ROLES
from imbatch2soundvisu.music.composition.mapping import MAPPING
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.theory import Key, chord
from tests.music.composition.pieces import CASES, drafted, of_part, pitch_classes, struck
from tests.music.scores import images, part, sequence


class TestEveryPiece:
    def test_notes_lie_on_the_timeline(self, piece: Score) -> None:
        end = piece.timeline.total_beats * TICKS_PER_BEAT
        assert all(0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 and n.length > 0 for n in piece.notes)
        assert all(n.start >= 0 and n.start + n.length <= end for n in piece.notes)
        assert list(piece.notes) == sorted(piece.notes, key=lambda n: (n.start, n.part, n.pitch))

    def test_every_part_plays_and_says_its_role(self, piece: Score) -> None:
        assert {n.part for n in piece.notes} == set(range(len(piece.parts)))
        assert {c.part for c in piece.controls} <= set(range(len(piece.parts)))
        assert all(each.name.split(":")[0] in ROLES for each in piece.parts)

    def test_every_cut_has_a_struck_note(self, piece: Score) -> None:
        cuts = set(piece.timeline.start_ticks[:-1].tolist())
        assert cuts <= {n.start for n in struck(piece)}
        assert {n.start for n in part(piece, "accents")} <= cuts

    def test_the_melody_has_a_note_on_most_downbeats_and_rests(self, piece: Score) -> None:
        """It may begin after a rest, hold a note over a bar line, and breathe at the ends of phrases."""
        bar, end = piece.timeline.beats_per_bar * TICKS_PER_BEAT, piece.timeline.total_beats * TICKS_PER_BEAT
        notes = part(piece, "melody")
        starts = np.array([n.start for n in notes])
        downbeats = range(0, end, bar)
        if len(downbeats) >= 8:  # the performance moves onsets by up to 10 ms; human excerpts have 0.41 to 1
            assert np.mean([np.abs(starts - tick).min() <= ONSET_TOLERANCE for tick in downbeats]) >= 0.5
        phrases = len([1 for a, b in itertools.pairwise(piece.decisions) if a["phrase"] != b["phrase"]])
        rests = [b.start - a.start - a.length for a, b in itertools.pairwise(notes)]
        assert sum(rest >= TICKS_PER_BEAT // 5 for rest in rests) >= phrases

    def test_chords_last_half_an_image_to_several(self, piece: Score) -> None:
        """They do not change with every image, at most once a beat, and their beats add up."""
        for decision, beats in zip(piece.decisions, piece.timeline.beats, strict=True):
            assert sum(decision["chord_beats"]) == beats
            assert len(decision["chord_beats"]) == len(decision["chords"]) <= beats
            assert decision["chords"][0] == decision["chord"]
        pairs = list(itertools.pairwise(piece.decisions))
        held = sum(before["chords"][-1] == after["chord"] for before, after in pairs)
        assert len(pairs) < 16 or 0.1 <= held / len(pairs) <= 0.8

    def test_the_last_image_is_an_authentic_cadence(self, piece: Score) -> None:
        last, before = piece.decisions[-1], piece.decisions[-2]
        key = Key(key_names.parse_key_name(last["key"])[0], last["mode"])
        assert last["degree"] in ("I", "i")
        assert before["chords"][-1].split("/")[0].removesuffix("7") == chord(key, "V").name
        start = piece.timeline.start_ticks[-2]
        closing = [n for n in (*melody(piece), *part(piece, "bass")) if n.start == start]
        assert {n.pitch % 12 for n in closing} == {key.tonic}
        assert key_names.parse_key_name(piece.key)[0] == key.tonic

    def test_the_melody_starts_each_image_on_a_chord_tone(self, piece: Score) -> None:
        """Both soloists, if there are two."""
        for tick, decision in zip(piece.timeline.start_ticks[:-1].tolist(), piece.decisions, strict=True):
            sounding = {n.pitch % 12 for n in part(piece, "melody") if n.start == tick}
            assert sounding <= pitch_classes(decision["chord"])

    def test_inner_voices_move_little(self, piece: Score) -> None:
        if len(piece.decisions) < 20:
            pytest.skip("too short for a mean motion")
        assert voice_motion(piece) <= 3

    def test_decisions_are_complete_and_plain(self, piece: Score) -> None:
        json.dumps(piece.decisions, allow_nan=False)
        assert len(piece.decisions) == len(piece.timeline.beats)
        needed = {"value", "level", "bar", "beat", "chord", "degree", "mode", "register", "velocity", "melody", "why"}
        for i, decision in enumerate(piece.decisions):
            assert needed <= set(decision)
            assert 0 <= decision["level"] <= 1
            assert (decision["bar"], decision["beat"]) == piece.timeline.bar_and_beat(i)
            assert all(isinstance(name, str) for name in decision["melody"])
            assert "\n" not in decision["why"]
        assert 2 * sum(bool(decision["melody"]) for decision in piece.decisions) >= len(piece.decisions)
        assert piece.summary.endswith(".")

    def test_decisions_match_the_notes_of_each_image(self, piece: Score) -> None:
        time = piece.timeline
        for i, (decision, (a, b)) in enumerate(zip(piece.decisions, itertools.pairwise(time.start_ticks), strict=True)):
            assert (decision["frame"], decision["sample"]) == (time.start_frames[i], time.start_samples[i])
            onsets = {round(n.start / ONSET_TOLERANCE / 2) for n in part(piece, "melody") if a <= n.start < b}
            assert len(decision["melody"]) == len(onsets)  # two soloists may play together
            marks = [n.velocity for n in struck(piece) if n.start == a]
            assert abs(decision["accent"] - max(marks)) <= 4  # the performance changes velocities

    def test_decisions_have_reasons(self, piece: Score) -> None:
        for decision in piece.decisions:
            assert len({row["parameter"] for row in decision["because"]}) == len(decision["because"])
            for row in decision["because"]:
                assert set(row) == {"feature", "value", "level", "parameter", "outcome"}
                assert row["parameter"] in MAPPING
                assert row["feature"]
                assert row["outcome"]
                assert 0 <= row["level"] <= 1
            assert 0 <= decision["tension"] <= 1

    def test_the_summary_names_every_instrument(self, piece: Score) -> None:
        missing = [each.name for each in piece.parts if each.name.split(": ")[-1].lower() not in piece.summary]
        assert not missing


@pytest.mark.parametrize("name", CASES)
def test_outer_voices_have_no_parallel_fifths_or_octaves(name: str) -> None:
    """At every onset of the melody or the bass, as written."""
    values, style, seconds = CASES[name]
    draft = drafted(sequence(values), style, seconds, seed=len(name))
    upper = [(n.start, n.start + n.length, n.pitch) for n in draft.melody]
    lower = [(n.start, n.start + n.length, n.pitch) for n in of_part(draft.notes(), BASS)]

    def at(voice: list[tuple[int, int, int]], tick: int) -> int | None:
        """The lowest pitch that sounds, or of those within the last beat the one that sounded last."""
        near = [(min(end, tick + 1), -pitch) for start, end, pitch in voice if start <= tick < end + TICKS_PER_BEAT]
        return -max(near)[1] if near else None

    for a, b in itertools.pairwise(sorted({start for start, _, _ in (*upper, *lower)})):
        pitches = at(upper, a), at(upper, b), at(lower, a), at(lower, b)
        if None not in pitches:
            assert not voice_leading.is_parallel(pitches[:2], pitches[2:]), (a, b)


#: Every phrase has every layer, so that each line runs in proportion to the images.
ALL_LAYERS = replace(GENRES["song"], textures=("tutti",))


def test_composing_is_linear_in_the_number_of_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line runs in proportion to the images, and the timeline is summed equally often."""
    monkeypatch.setattr(composer, "ATTEMPTS", 1)
    sums = 0
    whole = Timeline.start_beats.fget  # type: ignore[attr-defined]
    package = str(Path(imbatch2soundvisu.__file__).parent)

    def start_beats(self: Timeline) -> np.ndarray:
        nonlocal sums
        sums += 1
        return whole(self)

    monkeypatch.setattr(Timeline, "start_beats", property(start_beats))

    def steps(n: int) -> tuple[Counter[tuple[str, int]], int]:
        nonlocal sums
        lines: Counter[tuple[str, int]] = Counter()

        def count(frame: FrameType, event: str, _: object) -> Callable:
            lines[frame.f_code.co_filename, frame.f_lineno] += event == "line"
            return count

        style, wanted, before = Composed(drums=True, genre=ALL_LAYERS), images(n), sys.gettrace()
        grid, sums = style.timeline(wanted, 30, Timing(1.0)), 0
        sys.settrace(lambda frame, *_: count if frame.f_code.co_filename.startswith(package) else None)
        try:
            style.compose(wanted, grid, np.random.default_rng(0))
        finally:
            sys.settrace(before)
        return lines, sums

    steps(60)  # fills the caches
    (few, few_sums), (many, many_sums) = steps(60), steps(240)
    assert few.total() > 60
    # four times as many, plus a margin for what only some images have; pairs of images would be sixteen times as many
    assert not [line for line, times in many.items() if times > 8 * few[line] + 240]
    assert many_sums == few_sums
