"""The inner voices: chords held over the images, or voices that move with the melody, as in a chorale."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ...core import Note
from .dynamics import velocity_of
from .instruments import CHORDS, PAD
from .orchestration import Passage
from .piece import Piece

#: How much softer than the melody inner voices are.
SOFTER = 6


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
        voices = set(_voices(piece, span.first))
        notes += [sounding.pop(voice) for voice in list(sounding) if voice not in voices]
        for part, pitch in sorted(voices):
            begun = sounding.get((part, pitch))
            velocity = begun.velocity if begun else velocity_of(piece.loudness[span.first] - SOFTER)
            start = begun.start if begun else span.start
            sounding[part, pitch] = Note(part, pitch, velocity, start, stop - start)
    return notes + list(sounding.values())


def together(piece: Piece, passage: Passage, end: int) -> Iterator[Note]:
    """Yield the inner voices struck with the melody on beats, and as each chord begins.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    end : int
    """
    for span in piece.index.chord_spans(passage):
        ticks = [t for t in piece.index.melody_beats(span) if t < end]
        for start, stop in itertools.pairwise([*ticks, min(span.end, end)]):
            softer = SOFTER if start == span.start else SOFTER + 4
            for part, pitch in _voices(piece, span.first):
                yield Note(
                    part, pitch, velocity_of(piece.loudness[piece.index.slot_at(start)] - softer), start, stop - start
                )


def _voices(piece: Piece, slot: int) -> Iterator[tuple[int, int]]:
    """(part, pitch) of the inner voices: of one instrument, or of two with one voice each."""
    pitches = piece.pad_voicings[slot]
    if not piece.ensemble.has_voices:
        yield from ((PAD, pitch) for pitch in pitches)
    else:
        yield CHORDS, pitches[-1]
        yield PAD, pitches[-2]
