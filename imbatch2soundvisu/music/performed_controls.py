"""The controllers of a performance: the sustain pedal, swells of held chords, and the diminuendo of the last chord."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from ..core import EXPRESSION, SUSTAIN, TICKS_PER_BEAT, Control, Note, Score
from .analysis.measures import Span

#: The pedal goes down this long after a new chord, and stays up in chords shorter than the second number.
PEDAL_AFTER_S, PEDAL_LEAST_S = 0.06, 0.35
#: Chords of at least SWELL_LEAST_S rise from expression SOFT by SWELL and return to it.
SOFT, SWELL, SWELL_LEAST_S = 108, 16, 1.2
#: General MIDI programs: pianos, electric pianos, vibraphone and harp have a pedal; strings, voices and pads swell.
PEDALLED = frozenset({0, 1, 2, 3, 4, 5, 11, 46})
SWELLING = frozenset({44, *range(48, 55), *range(88, 96)})
#: Programs whose notes do not decay by themselves: organs, bowed strings, voices, brass, reeds, pipes, leads and pads.
SUSTAINED = SWELLING | frozenset({*range(16, 24), *range(40, 45), *range(56, 88), 109, 110})
#: The last chord begins at LOUD, stays so for a share of its length, and fades to FADED, about 14 dB softer.
LOUD, FADED, STAYS = 127, 56, 0.15
#: Steps of a diminuendo per beat, and how much of the last chord it takes, before the notes are released.
STEPS, DIMINUENDO = 4, 0.72
#: Beats without a note of any part but the melody from which the pedal is up.
PAUSE_BEATS = 0.9
#: First words of the names of parts without pedal: they use tones outside the chord.
UNPEDALLED = ("melody", "bass", "accent")


def controls_of(score: Score, chords: Sequence[Span], beat: float) -> list[Control]:
    """Return the controllers of a performance.

    Chord parts of pianos, harps and vibraphones get the sustain pedal from just after each chord to the next one or to
    a general pause, where all their notes are chord tones. Long chords of strings, voices and pads swell. Whatever does
    not decay by itself fades in the last chord.

    Parameters
    ----------
    score : Score
        As it is written.
    chords : sequence of Span
    beat : float
        Ticks of a beat.
    """
    last = int(score.timeline.start_ticks[-2]) or max(note.start for note in score.notes)
    fading = [*_diminuendo(score, last)]
    faded = {control.part for control in fading}
    swells = [c for c in _swells(score, chords, beat) if c.part not in faded or c.tick < last or c.tick == 0]
    return [*_pedal(score, chords, _silences(score, beat)), *swells, *fading]


def _diminuendo(score: Score, last: int) -> Iterator[Control]:
    """Expression that falls over the last chord, in the parts that hold it; `last` is the tick where it begins."""
    end = int(score.timeline.start_ticks[-1])
    length = DIMINUENDO * (end - last)
    for index, part in enumerate(score.parts):
        notes = [note for note in score.notes if note.part == index]
        holds = any(note.start + note.length > last + length for note in notes)
        if part.drums or part.program not in SUSTAINED or not holds:
            continue
        loud = SOFT if part.program in SWELLING else LOUD
        if part.program not in SWELLING:
            yield Control(index, EXPRESSION, loud, 0)
        count = max(4, round(STEPS * length / TICKS_PER_BEAT))
        for k in range(1, count + 1):
            place = max(0.0, k / count - STAYS) / (1 - STAYS)
            yield Control(index, EXPRESSION, round(loud * (FADED / LOUD) ** place), last + round(k * length / count))


def _silences(score: Score, beat: float) -> list[int]:
    """The ticks from which for PAUSE_BEATS no part sounds but melody and drums."""
    own = {k for k, part in enumerate(score.parts) if not part.drums and not part.name.lower().startswith("melody")}
    found, end = [], 0
    for note in sorted((n for n in score.notes if n.part in own), key=lambda n: n.start):
        if note.start - end >= PAUSE_BEATS * beat:
            found.append(end)
        end = max(end, note.start + note.length)
    return found


def _pedal(score: Score, chords: Sequence[Span], silences: Sequence[int]) -> Iterator[Control]:
    """Pedal down just after each chord of a pedalled part, up at the next or as a pause begins.

    Only where all its notes are chord tones.
    """
    for index, part in enumerate(score.parts):
        if part.drums or part.program not in PEDALLED or part.name.lower().startswith(UNPEDALLED):
            continue
        played = sorted((n for n in score.notes if n.part == index), key=lambda n: n.start)
        starts, end = [n.start for n in played], 0
        sounding: list[Note] = []
        for span in chords:
            ms = TICKS_PER_BEAT / (1000 * score.timeline.beat_seconds_at(span.start))
            down, begin = span.start + round(PEDAL_AFTER_S * 1000 * ms), end
            end = bisect_left(starts, span.end)
            sounding = [n for n in (*sounding, *played[begin:end]) if n.start + n.length > down - 1]
            fits = span.tones is not None and all(n.pitch % 12 in span.tones for n in sounding)
            if fits and sounding and span.end - span.start >= PEDAL_LEAST_S * 1000 * ms:
                pause = silences[k] if (k := bisect_left(silences, down)) < len(silences) else span.end
                yield Control(index, SUSTAIN, 127, down)
                yield Control(index, SUSTAIN, 0, min(pause, span.end))


def _swells(score: Score, chords: Sequence[Span], beat: float) -> Iterator[Control]:
    """An arch of expression over each long chord of strings, voices and pads, with the same value at both ends."""
    for index, part in enumerate(score.parts):
        if part.drums or part.program not in SWELLING or not any(n.part == index for n in score.notes):
            continue
        yield Control(index, EXPRESSION, SOFT, 0)
        for span in chords:
            length = span.end - span.start
            steps = max(2, round(2 * length / beat))
            if length * score.timeline.beat_seconds_at(span.start) < SWELL_LEAST_S * TICKS_PER_BEAT:
                continue
            for k in range(1, steps + 1):
                height = SOFT + round(SWELL * math.sin(math.pi * k / steps))
                yield Control(index, EXPRESSION, height, span.start + k * length // steps)
