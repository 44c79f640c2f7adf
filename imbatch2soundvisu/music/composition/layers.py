"""The notes of all layers under the melody, passage by passage."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ...core import TICKS_PER_BEAT, Note
from ..theory import nearest_pitch
from . import accompaniment, bass_parts, counterpoint, drums, inner_voices
from .dynamics import velocity_of
from .instruments import CHORDS, DRUMS, HIGHEST, MELODY, PAD, SECOND, range_of
from .orchestration import Passage
from .piece import Piece
from .textures import with_drums

#: How the other soloist plays, by the name of a texture's `counter`.
COUNTERS = {
    "thirds": counterpoint.in_thirds,
    "countermelody": counterpoint.countermelody,
    "answer": counterpoint.answer,
    "canon": counterpoint.canon,
}


def steady_notes(piece: Piece, passage: Passage) -> list[Note]:
    """Return the notes of a passage whatever the density of its figure: of the other soloist, bass and inner voices.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    """
    end = piece.index.end_of(passage) - passage.pause
    layers = (_counter(piece, passage), _bass(piece, passage), _inner(piece, passage, end))
    return _before(piece, end, (note for layer in layers for note in layer))


def chord_notes(piece: Piece, passage: Passage, per_bar: float) -> list[Note]:
    """Return the notes of the chords of a passage: a figure, answers, and the last chord of the piece.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    per_bar : float
        Notes of the figure in a bar.
    """
    end = piece.index.end_of(passage) - passage.pause
    return _before(piece, end, _chords(piece, passage, per_bar, end))


def _before(piece: Piece, end: int, notes: Iterable[Note]) -> list[Note]:
    """The notes that begin before the general pause at the end of a passage, and stop where it begins."""
    kept = [replace(n, length=end - n.start) if n.start + n.length > end else n for n in notes if n.start < end]
    return one_at_a_time(kept) if piece.ensemble.has_voices else kept


def one_at_a_time(notes: Sequence[Note]) -> list[Note]:
    """Return the notes of players that play one at a time: each ends where the next of its part begins."""
    by_place = {(note.part, note.start): note for note in notes}  # of two that begin together the later in the list
    ordered = [by_place[place] for place in sorted(by_place)]
    found = []
    for note, after in itertools.zip_longest(ordered, ordered[1:]):
        is_followed = after is not None and after.part == note.part
        length = min(note.length, after.start - note.start) if is_followed else note.length
        found.append(replace(note, length=length))
    return found


def _counter(piece: Piece, passage: Passage) -> list[Note]:
    kind, (part, player) = passage.texture.counter, piece.counter_player
    inner = piece.ensemble.second_is_inner and (passage.texture.inner or piece.figure_of(passage))
    if not kind or inner or (part == PAD and passage.texture.inner):
        return []
    return COUNTERS[kind](piece, passage, part, range_of(player))


def _bass(piece: Piece, passage: Passage) -> list[Note]:
    name = passage.texture.bass
    return bass_parts.bass_part(piece, passage, piece.genre.bass if name == "genre" else name) if name else []


def _inner(piece: Piece, passage: Passage, end: int) -> Iterable[Note]:
    kind = passage.texture.inner
    has_voices = piece.ensemble.has_voices and piece.figure_of(passage)  # which the inner voices play
    return inner_voices.PLAYED[kind](piece, passage, end) if kind and not has_voices else ()


def _chords(piece: Piece, passage: Passage, per_bar: float, end: int) -> Iterator[Note]:
    last = piece.index.starts[-1]
    if passage.texture.chords == "answers":
        yield from accompaniment.answers(piece, passage, min(end, last))
    elif name := piece.figure_of(passage):
        yield from accompaniment.figure_part(piece, passage, name, per_bar, min(end, last))
    if passage.last == len(piece.plan.slots) and not piece.closes_in_voices:
        yield from accompaniment.closing_chord(piece, passage.last - 1, piece.closing_notes)


def with_leading_tone(piece: Piece, notes: Sequence[Note]) -> list[Note]:
    """Return the notes of a piece, with the third of the last chord but one where no part has it.

    The leading tone makes the cadence authentic. It is held in the part of the chords, in their register.
    """
    if len(piece.plan.changes) < 2:
        return list(notes)
    first, last = piece.plan.changes[-2:]
    start, end = (piece.plan.slots[k].beat * TICKS_PER_BEAT for k in (first, last))
    third = piece.plan.chords[first].pitch_classes[1]
    if any(start <= note.start < end and note.part != DRUMS and note.pitch % 12 == third for note in notes):
        return list(notes)
    above = min((n.pitch for n in notes if n.part in (MELODY, SECOND) and start <= n.start < end), default=HIGHEST)
    near = nearest_pitch(piece.chord_voicings[first][1], (third,))
    pitch = near if near < above else near - 12
    velocity = velocity_of(piece.loudness[first] - 8)
    return [*notes, Note(CHORDS, pitch, velocity, start, end - start)]


def drum_part(piece: Piece, passages: Sequence[Passage]) -> list[Note]:
    """Return the notes of the kit, in the passages whose texture has one; see `textures.with_drums`."""
    if not piece.has_drums:
        return []
    playing = with_drums(piece.textures)
    density = piece.phrase_density.copy()
    for passage in passages:
        if passage.name not in playing:
            density[passage.first : passage.last] = 0.0
    kit = drums.Kit(piece.genre.drums or drums.USUAL_PATTERN, piece.timeline.metre, piece.seconds_per_beat)
    pauses = {beat for p in passages for beat in _paused_beats(piece, p)}
    notes = drums.drum_notes(piece.plan, density.tolist(), piece.loudness.tolist(), kit)
    return [note for note in notes if note.start // TICKS_PER_BEAT not in pauses]


def _paused_beats(piece: Piece, passage: Passage) -> range:
    """The beats of the general pause at the end of a passage."""
    end = piece.index.end_of(passage)
    return range((end - passage.pause) // TICKS_PER_BEAT, end // TICKS_PER_BEAT)
