"""What is where in a score: the chords it declares, its melody, what sounds at a tick, in a span, in a bar.

Chords are those the score declares: `decisions[i]["chords"]`, names that share image i's beats evenly, or
`["chord"]`. Parts are told apart by how their names begin ("Melody: flute", "Bass", "Accents").
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core import TICKS_PER_BEAT, Note, Score
from .. import theory

#: Ticks by which a note may miss its beat and still belong to it: 20 ms at 120 beats a minute.
SLACK = TICKS_PER_BEAT // 24
SIXTEENTH = TICKS_PER_BEAT // 4

_CHORD = re.compile(r"([A-G])(#+|b+|)([^/]*)(?:/.*)?")


@dataclass(frozen=True, slots=True)
class Span:
    """Ticks `start` to `end` (excluded) under one chord. tones : its pitch classes, None where none is declared."""

    start: int
    end: int
    tones: frozenset[int] | None = None


def spans(score: Score) -> tuple[Span, ...]:
    """The declared chords in time, neighbours of the same tones joined; one span an image where none is declared."""
    found: list[Span] = []
    starts = score.timeline.start_beats.tolist()
    for i, (beat, beats) in enumerate(zip(starts[:-1], score.timeline.beats, strict=True)):
        decision = score.decisions[i] if i < len(score.decisions) else {}
        names = decision.get("chords") or [decision.get("chord")]
        edges = [(beat + k * beats // len(names)) * TICKS_PER_BEAT for k in range(len(names) + 1)]
        for name, a, b in zip(names, edges[:-1], edges[1:], strict=True):
            tones = chord_tones(name) if isinstance(name, str) else None
            if found and tones is not None and found[-1].tones == tones:
                found[-1] = Span(found[-1].start, b, tones)
            else:
                found.append(Span(a, b, tones))
    return tuple(found)


def chord_tones(name: str) -> frozenset[int] | None:
    """The pitch classes of a chord's name, None for one that is not understood.

    >>> sorted(chord_tones("Bbm7"))
    [1, 5, 8, 10]
    """
    match = _CHORD.fullmatch(name)
    if not match or match[3] not in theory.QUALITIES:
        return None
    root = "C.D.EF.G.A.B".index(match[1]) + match[2].count("#") - match[2].count("b")
    return frozenset((root + step) % 12 for step in theory.QUALITIES[match[3]])


def melody(score: Score) -> tuple[Note, ...]:
    """The tune in time, one note at a time: the part named so, or the highest note at each onset."""
    named = set(parts_of(score, "melody"))
    top: dict[int, Note] = {}
    for n in sorted(pitched(score), key=lambda n: (n.start, n.pitch)):
        if not named or n.part in named:
            top[n.start] = n
    return tuple(top.values())


def pitched(score: Score) -> list[Note]:
    """All notes but those of drums."""
    return [n for n in score.notes if not score.parts[n.part].drums]


def parts_of(score: Score, role: str) -> list[int]:
    """The parts whose names begin with a role, drums never."""
    return [i for i, p in enumerate(score.parts) if not p.drums and p.name.lower().startswith(role)]


def tones_at(chords: Sequence[Span], tick: int) -> frozenset[int]:
    """The pitch classes of the chord that is declared at a tick; none where none is."""
    here = bisect_right(chords, tick + SLACK, key=lambda span: span.start) - 1
    return (chords[here].tones if here >= 0 and tick + SLACK < chords[here].end else None) or frozenset()


def sounding(notes: Iterable[Note], tick: int) -> list[int]:
    """The pitches that sound just after a tick, ascending."""
    return sorted({n.pitch for n in notes if n.start <= tick + SLACK < n.start + n.length})


def under(notes: Iterable[Note], span: Span) -> list[int]:
    """The pitches that start in a span, or are held through half of it, ascending."""
    middle = (span.start + span.end) // 2
    return sorted(
        {n.pitch for n in notes if span.start <= n.start + SLACK < span.end or n.start < middle < n.start + n.length}
    )


def onsets(score: Score) -> np.ndarray:
    """(whole bars, sixteenths) int64: how many notes start there."""
    per_bar = score.timeline.beats_per_bar * 4
    bars = score.timeline.total_beats // score.timeline.beats_per_bar
    steps = np.array([round(n.start / SIXTEENTH) for n in score.notes], np.intp)
    return np.bincount(steps[steps < bars * per_bar], minlength=bars * per_bar).reshape(bars, per_bar)
