"""The second soloist: in thirds and sixths with the melody, a countermelody, or answers in its rests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ...core import TICKS_PER_BEAT, Note
from .. import theory, voice_leading
from .dynamics import velocity_of
from .melody_notes import MelodyNote
from .orchestration import Passage
from .piece import MOST_CONNECTED, Piece

#: Cost of each interval below the melody, in semitones: thirds, then sixths, then fourths and fifths.
BELOW = {3: 0.0, 4: 0.0, 8: 0.5, 9: 0.5, 5: 1.6, 7: 2.4, 6: 2.6, 10: 3.0, 12: 3.0}
FORBIDDEN = 30.0
#: How far the centre of a countermelody lies below the register of the melody.
COUNTER_BELOW = 8
#: Notes of an answer, at most.
ANSWER = 4


def in_thirds(piece: Piece, passage: Passage, part: int, limits: tuple[int, int]) -> list[Note]:
    """Return a third or a sixth below each melody note that begins on an eighth.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    part : int
    limits : (int, int)
        Lowest and highest pitch of the instrument.
    """
    eighth = piece.eighth
    chosen = [n for n in piece.index.melody_in(passage) if n.start % eighth == 0]
    notes: list[Note] = []
    for note, following in itertools.zip_longest(chosen, chosen[1:]):
        chord, before = piece.plan.chords[note.slot], notes[-1].pitch if notes else None
        is_strong = note.start % TICKS_PER_BEAT == 0
        scale = chord.melody_tones if is_strong else theory.melody_scale(chord)
        options = [
            (cost + (0.25 * abs(note.pitch - d - before) if before is not None else 0.0), note.pitch - d)
            for d, cost in BELOW.items()
            if (note.pitch - d) % 12 in (scale or chord.pitch_classes) and limits[0] <= note.pitch - d <= limits[1]
        ]
        if not options:
            continue
        length = min(following.start - note.start if following else note.length, max(note.length, eighth))
        velocity = velocity_of(piece.loudness[note.slot] - 7)
        notes.append(Note(part, min(options)[1], velocity, note.start, round(MOST_CONNECTED * length)))
    return notes


def countermelody(piece: Piece, passage: Passage, part: int, limits: tuple[int, int]) -> list[Note]:
    """Return a line that moves where the melody holds a note, below it, in steps and contrary motion.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    part : int
    limits : (int, int)
    """
    ticks = _counter_onsets(piece, passage)
    if not ticks:
        return []
    totals: dict[int, tuple[float, list[int]]] = {}
    for k, tick in enumerate(ticks):
        fresh: dict[int, tuple[float, list[int]]] = {}
        for q, own in _counter_options(piece, tick, limits):
            reach = [(c + _counter_move(piece, p, q, ticks[k - 1], tick), line) for p, (c, line) in totals.items()]
            cost, line = min(reach, default=(0.0, []))
            fresh[q] = cost + own, [*line, q]
        totals = fresh or totals
    _, line = min(totals.values())
    end = piece.index.end_of(passage)
    return [
        Note(part, pitch, velocity_of(piece.loudness[piece.index.slot_at(a)] - 8), a, round(MOST_CONNECTED * (b - a)))
        for pitch, a, b in zip(line, ticks, [*ticks[1:], end], strict=False)
    ]


def _counter_onsets(piece: Piece, passage: Passage) -> list[int]:
    """As chords begin, or an eighth later where the melody begins with them, and on beats without its onset.

    A chord with an onset of the melody on all of these has one more where the melody first holds a note.
    """
    taken = {n.start for n in piece.index.melody_in(passage)}
    found: list[int] = []
    for span in piece.index.chord_spans(passage):
        for tick in range(span.start, span.end, TICKS_PER_BEAT):
            late = tick + piece.eighth
            if tick not in taken or not found:
                found.append(tick)
            elif tick == span.start:
                found.append(tick if late in taken or late >= span.end else late)
        if found[-1] <= span.start and found[-1] in taken:
            free = (tick for tick in range(span.start, span.end, piece.eighth) if tick not in taken)
            found += itertools.islice(free, 1)
    return found


def _counter_options(piece: Piece, tick: int, limits: tuple[int, int]) -> Iterator[tuple[int, float]]:
    slot = piece.index.slot_at(tick)
    above, chord = piece.index.melody_at(tick), piece.plan.chords[slot]
    centre = min(max(piece.register[slot] - COUNTER_BELOW, limits[0] + 3), limits[1] - 3)
    for pitch in range(max(limits[0], round(centre) - 8), min(limits[1], round(centre) + 8) + 1):
        if pitch % 12 not in theory.melody_scale(chord):
            continue
        cost = 0.02 * (pitch - centre) ** 2 + (0.0 if pitch % 12 in chord.pitch_classes else 2.5)
        if above is not None:
            cost += 0.0 if above - pitch >= 3 else 4.0
            cost += 1.0 if (above - pitch) % 12 in (0, 7) else 3.0 if (above - pitch) % 12 in (1, 2, 10, 11) else 0.0
        yield pitch, cost


def _counter_move(piece: Piece, p: int, q: int, before: int, tick: int) -> float:
    size = abs(p - q)
    cost = 1.2 if size == 0 else 0.0 if size <= 2 else 0.5 if size <= 4 else 0.3 * size
    a, b = piece.index.melody_at(before), piece.index.melody_at(tick)
    if a is None or b is None:
        return cost
    if (b - a) * (q - p) > 0:
        cost += 0.4
    return cost + (FORBIDDEN if voice_leading.is_parallel((a, b), (p, q)) else 0.0)


def answer(piece: Piece, passage: Passage, part: int, limits: tuple[int, int]) -> list[Note]:
    """Return the last notes of the melody again in every rest or long note of it, in eighths, on the chord.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    part : int
    limits : (int, int)
    """
    melody = piece.index.melody_in(passage)
    notes: list[Note] = []
    eighth = piece.eighth
    for k, (start, end) in enumerate(piece.index.gaps(passage)):
        model = [n for n in melody if n.start < start][-ANSWER:]
        if k % 2 and passage.texture.chords == "answers" or not model:
            continue
        count = min(len(model), max(1, (end - start) // eighth))
        notes += _imitation(piece, model[-count:], (start, end), (part, limits))
    return notes


def canon(piece: Piece, passage: Passage, part: int, limits: tuple[int, int]) -> list[Note]:
    """Return what imitates the melody of the phrase of a passage; see `canons`.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    part : int
    limits : (int, int)
    """
    start, end, found = piece.index.starts[passage.first], piece.index.end_of(passage), piece.canons[passage.phrase]
    notes = [note for note in found.notes if start <= note[1] < end] if found else []
    softer = [velocity_of(piece.loudness[piece.index.slot_at(at)] - 3) for _, at, _ in notes]
    return [
        Note(part, pitch, velocity, at, max(1, round(MOST_CONNECTED * length)))
        for (pitch, at, length), velocity in zip(notes, softer, strict=True)
    ]


def _imitation(
    piece: Piece, model: list[MelodyNote], gap: tuple[int, int], voice: tuple[int, tuple[int, int]]
) -> Iterator[Note]:
    """The contour of a model in eighths from the begin of a gap; its first and last notes are chord tones."""
    (start, end), (part, (low, high)) = gap, voice
    eighth, shift = piece.eighth, 0
    while max(n.pitch for n in model) + shift > min(high, model[-1].pitch + 2) and shift > -24:
        shift -= 12
    for j, note in enumerate(model):
        tick = start + j * eighth
        slot = piece.index.slot_at(tick)
        chord = piece.plan.chords[slot]
        is_edge = j in (0, len(model) - 1)
        pitch = theory.nearest_pitch(note.pitch + shift, chord.pitch_classes if is_edge else theory.melody_scale(chord))
        length = (end - tick) if j == len(model) - 1 else eighth
        if low <= pitch <= high:
            yield Note(part, pitch, velocity_of(piece.loudness[slot] - 5), tick, round(0.9 * min(length, 2 * eighth)))
