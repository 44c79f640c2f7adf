"""The notes of a melody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """A note of the melody.

    Parameters
    ----------
    pitch : int
    start, length : int
        Ticks.
    slot : int
        Index of the slot in which it starts.
    phrase : int
        Index of its phrase; a pickup belongs to the phrase after it.
    opens_slot : bool
        Whether it starts with the slot.
    """

    pitch: int
    start: int
    length: int
    slot: int
    phrase: int
    opens_slot: bool


def by_slot(notes: Sequence[MelodyNote]) -> dict[int, list[MelodyNote]]:
    """Return the notes that start in each slot, in time; an empty list for a slot without notes."""
    found: dict[int, list[MelodyNote]] = defaultdict(list)
    for note in notes:
        found[note.slot].append(note)
    return found
