"""The inner voices: chords held over the images, or alto and tenor of four-part writing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...core import Note
from .. import theory, voice_leading
from .dynamics import velocity_of
from .instruments import CHORDS, PAD
from .orchestration import Passage
from .piece import Piece

#: How much softer than the melody inner voices are, and passing notes besides.
SOFTER, PASSING = 6, 4


def held(piece: Piece, passage: Passage, end: int) -> list[Note]:
    """Return chords held while they last; a tone of two chords is held over the change.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    end : int
        Tick up to which they sound.
    """
    sounding: dict[tuple[int, int], Note] = {}
    notes: list[Note] = []
    for span in piece.index.chord_spans(passage):
        stop = min(span.end, end)
        if stop <= span.start:
            break
        voices = set(players(piece, _pitches(piece, passage, span.first)))
        notes += [sounding.pop(voice) for voice in list(sounding) if voice not in voices]
        for part, pitch in sorted(voices):
            begun = sounding.get((part, pitch))
            velocity = begun.velocity if begun else velocity_of(piece.loudness[span.first] - SOFTER)
            start = begun.start if begun else span.start
            sounding[part, pitch] = Note(part, pitch, velocity, start, stop - start)
    return notes + list(sounding.values())


def _pitches(piece: Piece, passage: Passage, slot: int) -> tuple[int, ...]:
    if passage.texture.inner == "voices":
        return piece.four_voices.held[slot]
    pitches = piece.pad_voicings[slot]
    if passage.texture.inner != "full" or piece.ensemble.has_voices:
        return pitches
    above = pitches[0] + 12
    return (*pitches, above) if above <= piece.ceilings[slot] else pitches


def together(piece: Piece, passage: Passage, end: int) -> list[Note]:
    """Return alto and tenor struck with the melody on beats, and as each chord begins.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    end : int
    """
    notes: list[Note] = []
    for span in piece.index.chord_spans(passage):
        ticks = [t for t in piece.index.melody_beats(span) if t < end]
        for start, stop in itertools.pairwise([*ticks, min(span.end, end)]):
            softer = SOFTER if start == span.start else SOFTER + 4
            velocity = velocity_of(piece.loudness[piece.index.slot_at(start)] - softer)
            for part, pitch in players(piece, piece.four_voices.at(start)):
                notes.append(Note(part, pitch, velocity, start, stop - start))
    return notes


def moving(piece: Piece, passage: Passage, end: int) -> list[Note]:
    """Return alto and tenor as in `together`, with passing notes in eighths where they move by a third.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    end : int
    """
    chords = itertools.groupby(together(piece, passage, end), key=lambda note: note.start)
    moments = [list(notes) for _, notes in chords]
    found: list[Note] = []
    for here, following in itertools.zip_longest(moments, moments[1:], fillvalue=()):
        after = {k: note.pitch for k, note in enumerate(following)}
        for k, note in enumerate(here):
            pitch = _passing(piece, note, after[k]) if len(here) == len(after) else None
            if pitch is None:
                found.append(note)
                continue
            first = note.length - piece.eighth
            found.append(replace(note, length=first))
            softer = max(1, note.velocity - PASSING)
            found.append(replace(note, pitch=pitch, start=note.start + first, length=piece.eighth, velocity=softer))
    return found


def _passing(piece: Piece, note: Note, after: int) -> int | None:
    """The tone of the scale between a note and the next, which must not make parallels with the outer voices."""
    end, slot = note.start + note.length, piece.index.slot_at(note.start)
    pitch = voice_leading.passing_tone(note.pitch, after, theory.melody_scale(piece.plan.chords[slot]))
    if pitch is None or note.length < 2 * piece.eighth or end >= piece.index.end_of_piece:
        return None
    bass = piece.bass[slot], piece.bass[piece.index.slot_at(end)]
    clashes = piece.index.makes_parallels(pitch, after, end) or voice_leading.is_parallel((pitch, after), bass)
    return None if clashes else pitch


#: How inner voices play, by the name of a texture's `inner`.
PLAYED = {"held": held, "full": held, "voices": held, "together": together, "moving": moving}


def players(piece: Piece, pitches: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(part, pitch) of the inner voices: of one instrument, or of two with one voice each."""
    if not piece.ensemble.has_voices:
        yield from ((PAD, pitch) for pitch in pitches)
    else:
        yield CHORDS, pitches[-1]
        yield PAD, pitches[-2]
