"""Accents: a struck note on every cut, where no other struck note begins there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...core import TICKS_PER_BEAT, Note
from .. import theory
from .instruments import ACCENT, AUDIBLE, BASS, STRUCK, range_of
from .piece import Piece

#: How far above the highest inner voice an accent lies where the melody does not begin.
ABOVE = 7


@dataclass(frozen=True, slots=True)
class Mark:
    """What marks a cut.

    Parameters
    ----------
    velocity : int
        Of the loudest struck note.
    added : tuple of Note
        Accents that are not notes of another layer.
    """

    velocity: int
    added: tuple[Note, ...] = ()


def mark_cuts(piece: Piece, slots: Sequence[int], notes: Iterable[Note]) -> dict[int, Mark]:
    """Return what marks the cut of each image, by its first slot.

    A struck note of melody or chords that begins there is enough. Otherwise, and where the images jump, an accent is
    added: it doubles the melody, or else strikes a chord tone above the chords.

    Parameters
    ----------
    piece : Piece
    slots : sequence of int
    notes : iterable of Note
        Of all other layers.
    """
    struck, begins = _by_start(piece, notes)
    found: dict[int, Mark] = {}
    for slot in (k for k in slots if piece.plan.first_of(k) == k):
        tick = piece.plan.slots[slot].beat * TICKS_PER_BEAT
        loudest = struck.get(tick, 0)
        if loudest >= AUDIBLE and not piece.doubled_accents[slot]:
            found[slot] = Mark(loudest)
        else:
            added = tuple(_accents(piece, slot, tick, begins.get(tick, set())))
            found[slot] = Mark(max(n.velocity for n in added), added)
    return found


def loudest_struck(piece: Piece, notes: Iterable[Note]) -> dict[int, int]:
    """Return {tick: velocity of the loudest struck note that begins there}."""
    return _by_start(piece, notes)[0]


def _by_start(piece: Piece, notes: Iterable[Note]) -> tuple[dict[int, int], dict[int, set[int]]]:
    """({tick: loudest struck note}, {tick: pitches that begin})."""
    parts = piece.parts
    struck: dict[int, int] = {}
    begins: dict[int, set[int]] = {}
    for note in notes:
        begins.setdefault(note.start, set()).add(note.pitch)
        if parts[note.part].program in STRUCK and note.part != BASS:
            struck[note.start] = max(struck.get(note.start, 0), note.velocity)
    return struck, begins


def _accents(piece: Piece, slot: int, tick: int, begins: set[int]) -> list[Note]:
    """One accent; two at a jump."""
    low, high = range_of(piece.ensemble.accent)
    harmony, velocity = piece.plan.chords[slot], piece.accents[slot]
    tones = harmony.pitch_classes[:3]
    top = piece.index.begins.get(tick)
    if top is None or top % 12 not in tones:
        above = piece.index.melody_at(tick)
        top = theory.nearest_pitch(piece.pad_voicings[slot][-1] + ABOVE, tones)
        if above is not None:
            top = min(top, above - min((above - tone) % 12 for tone in tones))
    top += 12 * max(0, -((top - low) // 12))
    top -= 12 * max(0, -((high - top) // 12))
    length = min(piece.plan.slots[slot].beats, 2) * TICKS_PER_BEAT // 2
    notes = [Note(ACCENT, top, velocity, tick, length)]
    if piece.doubled_accents[slot]:
        second = theory.nearest_pitch(top - 7 if top - 7 >= low else top + 7, set(tones) - {top % 12})
        notes.append(Note(ACCENT, second, max(1, velocity - 8), tick, length))
    return notes
