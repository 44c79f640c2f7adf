"""Queries on a score: its declared chords, its melody, and the pitches at a tick, in a chord or in a bar.

The chords are those that the score declares: `decisions[i]["chords"]`, names that last `decisions[i]["chord_beats"]` or
share the beats of image i evenly, or `decisions[i]["chord"]`. The role of a part is how its name begins ("Melody:
flute", "Bass", "Accents").
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core import TICKS_PER_BEAT, Note, Score
from .. import theory

#: Ticks by which a note may miss its beat and still count as on it: 20 ms at 120 bpm.
ONSET_TOLERANCE = TICKS_PER_BEAT // 24
SIXTEENTH = TICKS_PER_BEAT // 4

_CHORD = re.compile(r"([A-G])(#+|b+|)([^/]*)(?:/.*)?")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time under one chord.

    Parameters
    ----------
    start, end : int
        Ticks; `end` is excluded.
    tones : frozenset of int, optional
        Pitch classes of the chord; None where no chord is declared.
    """

    start: int
    end: int
    tones: frozenset[int] | None = None


def spans(score: Score) -> tuple[Span, ...]:
    """Return the declared chords in time, adjacent ones of the same tones joined.

    An image without a declared chord is one span whose tones are None.
    """
    found: list[Span] = []
    starts, ticks = score.timeline.start_beats.tolist(), score.timeline.start_ticks.tolist()
    for i, (beat, beats) in enumerate(zip(starts[:-1], score.timeline.beats, strict=True)):
        names = _declared_chords(score, i)
        decision = score.decisions[i] if i < len(score.decisions) else {}
        inner = [int(beat + at) * TICKS_PER_BEAT for at in chord_starts(decision, beats, len(names))[1:]]
        edges = [ticks[i], *inner, ticks[i + 1]]
        for name, start, end in zip(names, edges[:-1], edges[1:], strict=True):
            tones = chord_tones(name) if isinstance(name, str) else None
            if found and tones is not None and found[-1].tones == tones:
                found[-1] = Span(found[-1].start, end, tones)
            else:
                found.append(Span(start, end, tones))
    return tuple(found)


def _declared_chords(score: Score, image: int) -> list[object]:
    decision = score.decisions[image] if image < len(score.decisions) else {}
    return decision.get("chords") or [decision.get("chord")]


def chord_starts(decision: Mapping[str, Any], beats: float, chords: int) -> list[float]:
    """Return the beat within an image at which each of its chords begins, from 0.

    Parameters
    ----------
    decision : mapping
        With "chord_beats", how long each chord lasts; without it, or with numbers that do not add up to the beats of
        the image, chords share its beats evenly.
    beats : float
        Of the image.
    chords : int

    Examples
    --------
    >>> chord_starts({"chord_beats": [3, 1]}, 4, 2), chord_starts({}, 4, 2)
    ([0, 3], [0.0, 2.0])
    """
    declared = decision.get("chord_beats")
    if (
        isinstance(declared, list | tuple)
        and len(declared) == chords
        and math.isclose(sum(declared), beats, abs_tol=1e-5)
    ):
        return [0, *itertools.accumulate(declared[:-1])]
    return [k * beats / chords for k in range(chords)]


def chord_tones(name: str) -> frozenset[int] | None:
    """Return the pitch classes of a chord name, None if it cannot be parsed.

    Examples
    --------
    >>> sorted(chord_tones("Bbm7"))
    [1, 5, 8, 10]
    """
    match = _CHORD.fullmatch(name)
    if not match or match[3] not in theory.QUALITIES:
        return None
    root = "C.D.EF.G.A.B".index(match[1]) + match[2].count("#") - match[2].count("b")
    return frozenset((root + step) % 12 for step in theory.QUALITIES[match[3]])


def melody(score: Score) -> tuple[Note, ...]:
    """Return the melody in time, one note per onset: of the parts named "Melody", else the highest notes."""
    named = set(parts_with_role(score, "melody"))
    top: dict[int, Note] = {}
    for n in sorted(pitched_notes(score), key=lambda n: (n.start, n.pitch)):
        if not named or n.part in named:
            top[n.start] = n
    return tuple(top.values())


def pitched_notes(score: Score) -> list[Note]:
    """Return all notes except those of drums."""
    return [n for n in score.notes if not score.parts[n.part].drums]


def parts_with_role(score: Score, role: str) -> list[int]:
    """Return the indices of the pitched parts whose name begins with `role`, in lower case."""
    return [i for i, p in enumerate(score.parts) if not p.drums and p.name.lower().startswith(role)]


def tones_at(chords: Sequence[Span], tick: int) -> frozenset[int]:
    """Return the pitch classes of the chord declared at a tick; empty where none is declared."""
    here = bisect_right(chords, tick + ONSET_TOLERANCE, key=lambda span: span.start) - 1
    return (chords[here].tones if here >= 0 and tick + ONSET_TOLERANCE < chords[here].end else None) or frozenset()


def sounding_at(notes: Iterable[Note], ticks: Iterable[int]) -> Iterator[list[int]]:
    """Yield, for each of the ascending ticks, the pitches that sound just after it, ascending.

    One pass over the notes, however many ticks there are.
    """
    waiting = sorted(notes, key=lambda n: n.start)
    sounding: list[Note] = []
    first = 0
    for tick in ticks:
        last = bisect_right(waiting, tick + ONSET_TOLERANCE, lo=first, key=lambda n: n.start)
        candidates = (*sounding, *waiting[first:last])
        sounding, first = [n for n in candidates if n.start + n.length > tick + ONSET_TOLERANCE], last
        yield sorted({n.pitch for n in sounding})


def pitches_per_span(notes: Iterable[Note], chords: Iterable[Span]) -> Iterator[list[int]]:
    """Yield, for each of the ascending spans, the pitches that start in it or sound at its middle, ascending.

    One pass over the notes, however many spans there are.
    """
    waiting = sorted(notes, key=lambda n: n.start)
    active: list[Note] = []
    first = 0
    for span in chords:
        last = bisect_right(waiting, span.end - 1, lo=first, key=lambda n: n.start)
        active = [n for n in (*active, *waiting[first:last]) if _may_count(n, span)]
        first = last
        yield sorted({n.pitch for n in active if _counts_in(n, span)})


def _may_count(note: Note, span: Span) -> bool:
    """Whether a note can still count in a span or one after it."""
    return note.start + note.length > span.start or note.start + ONSET_TOLERANCE >= span.start


def _counts_in(note: Note, span: Span) -> bool:
    middle = (span.start + span.end) // 2
    starts_here = span.start <= note.start + ONSET_TOLERANCE < span.end
    return starts_here or note.start < middle < note.start + note.length


def onset_counts(score: Score) -> np.ndarray:
    """Return how many notes start on each sixteenth, (whole bars, sixteenths per bar) int64."""
    metre = score.timeline.metre
    per_bar = metre.beats_per_bar * metre.sixteenths
    bars = score.timeline.total_beats // metre.beats_per_bar
    sixteenth = TICKS_PER_BEAT // metre.sixteenths
    steps = np.array([round(n.start / sixteenth) for n in score.notes], np.intp)
    return np.bincount(steps[steps < bars * per_bar], minlength=bars * per_bar).reshape(bars, per_bar)
