"""The bass in time: patterns by name over the bass line of the harmony, walking basses and drones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ...core import TICKS_PER_BEAT, Note
from .. import theory, voice_leading
from .bass_patterns import DRONE, MOVING, PATTERNS, TOGETHER, WALKING
from .dynamics import velocity_of
from .instruments import BASS
from .orchestration import Passage
from .piece import Piece
from .spans import ChordSpan

#: The widest interval within a walking bass, in semitones.
WIDEST = 7


def bass_part(piece: Piece, passage: Passage, name: str) -> list[Note]:
    """Return the bass of a passage.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    name : str
        In PATTERNS, or WALKING, DRONE, TOGETHER or MOVING.
    """
    spans = piece.index.chord_spans(passage)
    notes: list[Note] = []
    for k, span in enumerate(spans):
        after = piece.bass[span.last] if span.last < len(piece.bass) else None
        if name == DRONE and not _is_cadential(piece, span) and not _breaks_drone(piece, span):
            notes += _drone(piece, span)
            continue
        if after is None:  # the last chord is held
            notes += _played(piece, span, [(span.start, piece.bass[span.first])], 1.0)
            continue
        onsets = _onsets(piece, span, name, k)
        if name == WALKING:
            onsets = _walk(piece, span, [at for at, _ in onsets], after)
        notes += _played(piece, span, _legal(piece, onsets, after), PATTERNS.get(name, PATTERNS["held"]).length)
    return notes


def _breaks_drone(piece: Piece, span: ChordSpan) -> bool:
    """Whether the drone would make parallels with the melody into the bass of the cadence."""
    after = piece.bass[min(span.last, len(piece.bass) - 1)]
    return piece.index.makes_parallels(_drone_pitch(piece, span), after, span.end)


def _drone_pitch(piece: Piece, span: ChordSpan) -> int:
    return theory.nearest_pitch(41, (piece.plan.phrase_at(span.first).key.tonic,))


def _is_cadential(piece: Piece, span: ChordSpan) -> bool:
    return piece.plan.phrase_at(span.first).last - 2 <= span.last - 1


def _steps_of(piece: Piece, groups: tuple[int, ...]) -> list[int]:
    """The eighths on which a walking bass steps: each beat, or each group where beats are eighths."""
    if piece.eighths_per_beat == 1:
        return list(itertools.accumulate(groups[:-1], initial=0))
    return list(range(0, sum(groups), piece.eighths_per_beat))


def _onsets(piece: Piece, span: ChordSpan, name: str, k: int) -> list[tuple[int, int]]:
    """(tick, pitch) of a pattern over a chord: always its bass as it begins."""
    eighth, groups = piece.eighth, piece.groups
    bar = sum(groups) * eighth
    root = piece.bass[span.first]
    found = {span.start: root}
    if name == WALKING:
        ticks: list[tuple[int, str]] = [(at, "root") for at in _steps_of(piece, groups)]
    elif name in (TOGETHER, MOVING):
        struck = [(tick, root) for tick in piece.index.melody_beats(span)] or [(span.start, root)]
        return struck + (_passing(piece, span, struck[-1][0]) if name == MOVING else [])
    else:
        ticks = list(PATTERNS.get(name, PATTERNS["held"]).bar(groups))
    for first in range(span.start - span.start % bar, span.end, bar):
        for j, (at, tone) in enumerate(ticks):
            tick = first + at * eighth
            if span.start < tick < min(span.end, piece.index.starts[-1]):  # the last chord is held
                turn = (first // bar * len(ticks) + j + k) % 2
                found[tick] = _tone(piece, span, "fifth" if tone == "alternate" and turn else tone)
    return sorted(found.items())


def _passing(piece: Piece, span: ChordSpan, last: int) -> list[tuple[int, int]]:
    """A passing note before the next chord, where the bass goes to it by a third; last : tick of the note before."""
    after, root, tick = piece.bass[min(span.last, len(piece.bass) - 1)], piece.bass[span.first], span.end - piece.eighth
    pitch = voice_leading.passing_tone(root, after, theory.melody_scale(piece.plan.chords[span.first]))
    return [] if pitch is None or tick <= last else [(tick, pitch)]


def _tone(piece: Piece, span: ChordSpan, tone: str) -> int:
    root = piece.bass[span.first]
    if tone == "octave":
        return (
            root + 12 if root + 12 <= piece.bass_limits[1] else root - 12 if root - 12 >= piece.bass_limits[0] else root
        )
    if tone == "fifth":
        classes = piece.plan.chords[span.first].pitch_classes
        other = classes[2] if root % 12 != classes[2] else classes[0]
        options = [p for p in range(piece.bass_limits[0], piece.bass_limits[1] + 1) if p % 12 == other]
        return min(options, key=lambda p: (abs(p - root), p))
    return root


def _walk(piece: Piece, span: ChordSpan, ticks: list[int], after: int | None) -> list[tuple[int, int]]:
    """A line of steps and chord tones from the bass of a chord to that of the next, the cheapest one."""
    harmony = piece.plan.chords[span.first]
    scale, tones = theory.chord_scale(harmony), harmony.pitch_classes
    totals = {piece.bass[span.first]: (0.0, [piece.bass[span.first]])}
    for k in range(1, len(ticks)):
        fresh: dict[int, tuple[float, list[int]]] = {}
        for q in (p for p in range(piece.bass_limits[0], piece.bass_limits[1] + 1) if p % 12 in scale):
            own = (0.0 if q % 12 in tones else 0.6 if k % 2 else 1.4) + 0.05 * abs(q - 40)
            reach = [(c + _walk_cost(p, q), line) for p, (c, line) in totals.items() if abs(p - q) <= WIDEST]
            if not reach:
                continue
            best = min(reach)
            if k == len(ticks) - 1 and after is not None:
                own += 0.5 * max(0, abs(q - after) - 2) + (2.0 if q == after else 0.0)
            own += 0.2 * piece.draws.unit(piece.plan.slots[span.first].image, "walk", k, q)
            fresh[q] = best[0] + own, [*best[1], q]
        totals = fresh
    return list(zip(ticks, min(totals.values())[1], strict=True))


def _walk_cost(p: int, q: int) -> float:
    size = abs(p - q)
    return 2.5 if size == 0 else 0.0 if size <= 2 else 0.4 if size <= 5 else 1.5


def _legal(piece: Piece, onsets: list[tuple[int, int]], after: int | None) -> list[tuple[int, int]]:
    """The onsets without those that make parallels with the melody, arriving or leaving; the first one stays."""
    kept = onsets[:1]
    for (tick, pitch), following in itertools.zip_longest(onsets[1:], onsets[2:]):
        leaves = following[1] if following else after
        end = following[0] if following else None
        if not piece.index.makes_parallels(kept[-1][1], pitch, tick) and (
            leaves is None or end is None or not piece.index.makes_parallels(pitch, leaves, end)
        ):
            kept.append((tick, pitch))
    return kept


def _played(piece: Piece, span: ChordSpan, onsets: list[tuple[int, int]], share: float) -> Iterator[Note]:
    loud = piece.loudness[span.first]
    # the last one must not make parallels into the next chord
    while len(onsets) > 1 and span.last < len(piece.bass):
        if not piece.index.makes_parallels(onsets[-1][1], piece.bass[span.last], span.end):
            break
        onsets = onsets[:-1]
    ends = [tick for tick, _ in onsets[1:]] + [span.end]
    for (tick, pitch), end in zip(onsets, ends, strict=True):
        yield Note(
            BASS, pitch, velocity_of(loud - (0 if tick == span.start else 8)), tick, max(1, round((end - tick) * share))
        )


def _drone(piece: Piece, span: ChordSpan) -> Iterator[Note]:
    """The tonic and its fifth, or its octave in scales without one, struck in every bar."""
    key = piece.plan.phrase_at(span.first).key
    tonic = _drone_pitch(piece, span)
    above = 7 if (tonic + 7) % 12 in key.melody_scale else 12
    bar = piece.timeline.beats_per_bar * TICKS_PER_BEAT
    edges = sorted({span.start, *range(span.start + (-span.start) % bar, span.end, bar), span.end})
    for start, end in itertools.pairwise(edges):
        for pitch, softer in ((tonic, 4), (tonic + above, 10)):
            yield Note(BASS, pitch, velocity_of(piece.loudness[span.first] - softer), start, end - start)
