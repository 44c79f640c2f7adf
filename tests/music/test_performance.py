"""Expressive performance stays close to the score, and depends on the place of each note only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core import EXPRESSION, SUSTAIN, TICKS_PER_BEAT, Note, Part, Score
from imbatch2soundvisu.music.agogics import FIRST_MS, HIGHEST_MS, breathed, delays
from imbatch2soundvisu.music.analysis.measures import chord_tones
from imbatch2soundvisu.music.performance import perform
from imbatch2soundvisu.music.performed_controls import SOFT
from imbatch2soundvisu.music.timeline import build

PARTS = (
    Part("Melody: flute", 73), Part("Chords: piano", 0), Part("Pad: strings", 48), Part("Bass: double bass", 32),
    Part("Drums", 0, drums=True),
)  # fmt: skip
CHORDS = ("C", "Am", "F", "G")
ROOTS = {"C": 48, "Am": 45, "F": 41, "G": 43}


def written(n: int = 8, beats: int = 4, foreign: bool = False) -> Score:
    """A plain score: a tune in eighths, broken chords, held chords, a bass, drums on and between the beats."""
    grid = build(n, 30, beats_per_image=[beats] * n, tempo_bpm=120)
    notes = []
    for i in range(n):
        start, velocity = i * beats * TICKS_PER_BEAT, 50 + 4 * i
        name = CHORDS[i % 4]
        tones = [60 + (pitch_class % 12) for pitch_class in sorted(chord_tones(name) or ())]
        for k in range(2 * beats):
            at = start + k * TICKS_PER_BEAT // 2
            notes.append(Note(0, 72 + (k * 2) % 7, velocity, at, round(TICKS_PER_BEAT // 2 * 0.96)))
            struck = tones[k % 3] + (1 if foreign and k == 3 else 0)
            notes.append(Note(1, struck, velocity - 8, at, TICKS_PER_BEAT // 2))
            notes.append(Note(4, 42, 60, at, 120))
        notes += [Note(2, pitch - 12, velocity - 14, start, beats * TICKS_PER_BEAT) for pitch in tones]
        notes.append(Note(3, ROOTS[name] - 12, velocity, start, beats * TICKS_PER_BEAT))
    return Score(grid, PARTS, tuple(notes), decisions=tuple({"chord": CHORDS[i % 4]} for i in range(n)))


@pytest.fixture(scope="module")
def pair() -> tuple[Score, Score]:
    before = written()
    return before, perform(before, 7)


def together(before: Score, after: Score) -> list[tuple[Note, Note]]:
    """Each note before and after: notes of one part and pitch keep their order."""

    def order(n: Note) -> tuple[int, int, int]:
        return n.part, n.pitch, n.start

    return list(zip(sorted(before.notes, key=order), sorted(after.notes, key=order), strict=True))


def test_performance_varies_and_is_reproducible(pair: tuple[Score, Score]) -> None:
    before, after = pair
    assert after == perform(before, 7)
    assert after != perform(before, 8)
    moved = [b.start != a.start for a, b in together(before, after)]
    louder = [b.velocity != a.velocity for a, b in together(before, after)]
    assert np.mean(moved) > 0.2
    assert np.mean(louder) > 0.4


def test_mean_velocity_of_each_image_is_kept(pair: tuple[Score, Score]) -> None:
    before, after = pair
    assert max(abs(b.velocity - a.velocity) for a, b in together(before, after)) <= 4
    starts = before.timeline.start_ticks.tolist()
    for first, last in zip(starts[:-1], starts[1:], strict=True):
        means = [
            sum(n.velocity for n in score.notes if first <= n.start < last and n.part != 4) for score in (before, after)
        ]
        assert means[0] == means[1]


def test_extreme_velocities_stay_in_range() -> None:
    grid = build(2, 30, beats_per_image=4, tempo_bpm=120)
    loud = Score(grid, PARTS, tuple(Note(0, 60, v, 480 * k, 400) for k, v in enumerate([127, 126, 1, 3, 125, 124, 2])))
    assert [n.velocity for n in perform(loud, 1).notes] == [127, 126, 1, 3, 125, 124, 2]


def test_onsets_on_cuts_stay_and_others_move_at_most_ten_ms_stressed_ones_more(pair: tuple[Score, Score]) -> None:
    before, after = pair
    cuts = set(before.timeline.start_ticks.tolist())
    ten_ms = 0.010 * before.timeline.tempo_bpm / 60 * TICKS_PER_BEAT
    stressed = delays(before)
    for a, b in together(before, after):
        more = stressed.get((a.part, a.start, a.pitch), 0.0) / 1000 * before.timeline.tempo_bpm / 60 * TICKS_PER_BEAT
        assert -ten_ms <= b.start - a.start <= ten_ms + more
        if a.start in cuts or (a.part == 4 and a.start % TICKS_PER_BEAT == 0):
            assert b.start == a.start
        else:
            assert b.start not in cuts
    assert sorted(np.searchsorted(sorted(cuts), [n.start for n in before.notes], "right")) == sorted(
        np.searchsorted(sorted(cuts), [n.start for n in after.notes], "right")
    )


def test_a_changed_image_changes_only_itself() -> None:
    one, span = written(), (4 * 4 * TICKS_PER_BEAT, 5 * 4 * TICKS_PER_BEAT)
    other = replace(
        one, notes=tuple(replace(n, pitch=n.pitch + (span[0] <= n.start < span[1] and n.part == 0)) for n in one.notes)
    )

    def outside(score: Score) -> list[Note]:
        last = span[0] - TICKS_PER_BEAT // 2  # whose length depends on the note after it
        return [n for n in score.notes if n.start < last - 20 or n.start >= span[1] - 20]

    assert outside(perform(one, 3)) == outside(perform(other, 3))
    assert perform(one, 3) != perform(other, 3)


def test_steps_are_tied_and_leaps_separated() -> None:
    grid = build(2, 30, beats_per_image=4, tempo_bpm=120)
    pitches = [72, 74, 65, 67, 68, 80, 79, 72]
    notes = tuple(Note(0, p, 80, k * TICKS_PER_BEAT, 922) for k, p in enumerate(pitches))
    played = sorted(perform(Score(grid, PARTS, notes), 1).notes, key=lambda n: n.start)
    ends = {n.pitch: n.start + n.length for n in played}
    assert ends[74] < 2 * TICKS_PER_BEAT - 48  # a ninth down
    assert ends[65] == 3 * TICKS_PER_BEAT  # a tone up
    assert ends[67] == 4 * TICKS_PER_BEAT
    rest = replace(notes[2], length=480)  # a breath stays a breath
    phrased = perform(Score(grid, PARTS, (*notes[:2], rest, *notes[3:])), 1).notes
    assert next(n.start + n.length for n in phrased if n.pitch == 65) == 2 * TICKS_PER_BEAT + 480


def pedal(score: Score, part: int) -> list[tuple[int, int]]:
    """(down, up) of every time a part's pedal is down."""
    events = [(c.tick, c.value) for c in score.controls if c.part == part and c.controller == SUSTAIN]
    assert [value for _, value in events] == [127, 0] * (len(events) // 2)
    return [(a, b) for (a, _), (b, _) in zip(events[::2], events[1::2], strict=True)]


def test_the_pedal_holds_one_harmony_at_a_time(pair: tuple[Score, Score]) -> None:
    before, after = pair
    edges = before.timeline.start_ticks.tolist()
    assert [up for _, up in pedal(after, 1)] == edges[1:]
    for (down, up), edge, decision in zip(pedal(after, 1), edges, before.decisions, strict=False):
        assert edge < down < edge + TICKS_PER_BEAT // 4
        caught = {n.pitch % 12 for n in after.notes if n.part == 1 and n.start < up - 20 and n.start + n.length > down}
        assert caught <= chord_tones(decision["chord"])
    assert {c.part for c in after.controls if c.controller == SUSTAIN} == {1}


def test_no_pedal_over_foreign_tones_nor_over_unknown_chords() -> None:
    assert not pedal(perform(written(foreign=True), 1), 1)
    assert not pedal(perform(replace(written(), decisions=()), 1), 1)


def test_long_chords_swell_and_return(pair: tuple[Score, Score]) -> None:
    _, after = pair
    last = after.timeline.start_ticks[-2]
    swells = [c for c in after.controls if c.controller == EXPRESSION and 0 < c.tick <= last]
    assert {c.part for c in swells} == {2}
    edges = set(after.timeline.start_ticks.tolist())
    at_edges = {c.value for c in swells if c.tick in edges}
    assert len(at_edges) == 1
    assert max(c.value for c in swells) >= at_edges.pop() + 10


def test_short_chords_do_not_swell() -> None:
    after = perform(written(beats=2), 7)
    last = after.timeline.start_ticks[-2]
    swells = [c for c in after.controls if c.controller == EXPRESSION and c.part == 2 and c.tick <= last]
    assert [(c.tick, c.value) for c in swells] == [(0, SOFT)]


def test_the_last_chord_fades_in_what_does_not_decay_by_itself() -> None:
    one = written()
    last, end = one.timeline.start_ticks[-2:].tolist()
    kept = [n for n in one.notes if n.start < last or n.part in (2, 3)]
    held = [Note(part, pitch, 80, last, end - last) for part, pitch in ((0, 79), (1, 67))]
    after = perform(replace(one, notes=(*kept, *held)), 1)
    fading = [c for c in after.controls if c.controller == EXPRESSION and c.tick > last]
    assert {c.part for c in fading} == {0, 2}  # not the piano, not the plucked bass
    for part in (0, 2):
        values = [c.value for c in fading if c.part == part]
        assert values == sorted(values, reverse=True)
        assert values[-1] < 0.5 * values[0]
        assert max(c.tick for c in fading if c.part == part) < end - 0.2 * (end - last)


def test_a_general_pause_is_silent() -> None:
    one = written()
    pause = (2 * 4 + 3) * TICKS_PER_BEAT, 3 * 4 * TICKS_PER_BEAT
    kept = [n for n in one.notes if n.part == 0 or not pause[0] <= n.start < pause[1]]
    cut = [replace(n, length=pause[0] - n.start) if n.start < pause[0] < n.start + n.length else n for n in kept]
    ups = [up for _, up in pedal(perform(replace(one, notes=tuple(cut)), 1), 1)]
    assert pause[0] in ups
    assert pause[1] not in ups


def test_no_pedal_while_a_held_note_is_foreign_to_the_chord() -> None:
    """A C held through C, Am and F, of which it is a chord tone, and G, of which it is not."""
    one = written()
    held = Note(1, 60, 60, one.timeline.start_ticks[0].item(), one.timeline.start_ticks[4].item())
    downs = [down for down, _ in pedal(perform(replace(one, notes=(*one.notes, held)), 1), 1)]
    edges = one.timeline.start_ticks.tolist()
    assert [sum(a <= down < b for down in downs) for a, b in zip(edges[:5], edges[1:6], strict=True)] == [1, 1, 1, 0, 1]


def test_an_empty_score_is_returned_unchanged() -> None:
    empty = Score(build(2, 30), PARTS, ())
    assert perform(empty, 1) == empty


class TestAgogics:
    def test_first_notes_after_a_breath_and_the_highest_note_come_late(self) -> None:
        grid = build(2, 30, beats_per_image=[8] * 2, tempo_bpm=100)
        half = TICKS_PER_BEAT // 2
        starts = [
            0,
            *(TICKS_PER_BEAT + half * k for k in range(6)),
            *(5 * TICKS_PER_BEAT + half + half * k for k in range(4)),
        ]
        pitches = [60, 62, 64, 67, 65, 64, 62, 60, 62, 69, 64]
        notes = tuple(Note(0, p, 80, s, half) for p, s in zip(pitches, starts, strict=True))
        late = delays(Score(grid, PARTS, notes, decisions=({"phrase": "A"}, {"phrase": "A"})))
        assert late == {
            (0, starts[1], 62): FIRST_MS,
            (0, starts[3], 67): HIGHEST_MS,
            (0, starts[7], 60): FIRST_MS,
            (0, starts[9], 69): HIGHEST_MS,
        }

    def test_nothing_on_a_cut_and_nothing_of_other_parts_comes_late(self) -> None:
        one = written()
        cuts = set(one.timeline.start_ticks.tolist())
        assert all(part == 0 and start not in cuts for part, start, _ in delays(one))

    def test_players_of_strings_and_winds_breathe_before_a_phrase(self) -> None:
        one = written()
        labels = ("A", "A", "A", "A", "B", "B", "B", "B")
        named = replace(
            one, decisions=tuple({**d, "phrase": each} for d, each in zip(one.decisions, labels, strict=True))
        )
        end = one.timeline.start_ticks[4]
        shorter = [(a, b) for a, b in zip(one.notes, breathed(one.notes, named), strict=True) if a != b]
        assert {a.part for a, _ in shorter} == {2}  # not the piano, not the plucked bass
        assert all(a.start + a.length == end and 0.7 * a.length < b.length < a.length for a, b in shorter)
        assert breathed(one.notes, one) == list(one.notes)
