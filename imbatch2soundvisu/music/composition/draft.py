"""A draft of a piece: its layers arranged, and all its notes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...core import REVERB, TICKS_PER_BEAT, Control, Note
from . import layers
from .accents import Mark, loudest_struck
from .arrangement import Arrangement, arrange
from .expression import VelocityContext, shaped
from .instruments import ACCENT, CHORDS, COUNTER, DRUMS, MELODY, SECOND
from .orchestration import Passage
from .piece import Piece

#: The least and most of a part's reverberation, by the level "space".
NEAR, FAR = 0.45, 1.6


@dataclass(frozen=True)
class Draft(Piece):
    """A piece with all its notes."""

    @cached_property
    def arrangement(self) -> Arrangement:
        """The layers under the melody."""
        return arrange(self, self.planned)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The texture of each phrase or half of one."""
        return self.arrangement.passages

    @cached_property
    def texture_of(self) -> list[Passage]:
        """(slots,) the passage of each."""
        return [passage for passage in self.passages for _ in range(passage.first, passage.last)]

    @cached_property
    def marks(self) -> dict[int, Mark]:
        """{first slot of each image: what marks its cut}, as loud as it is played."""
        pitched = [note for note in self._shaped if note.part != DRUMS]
        struck, slots = loudest_struck(self, pitched), self.plan.slots
        return {
            k: replace(mark, velocity=struck.get(slots[k].beat * TICKS_PER_BEAT, mark.velocity))
            for k, mark in self.arrangement.marks.items()
        }

    @property
    def melody_notes(self) -> list[Note]:
        """The notes of the melody, as written, before the layers under it are arranged."""
        return [self._melody_note(note) for note in self.melody]

    def notes(self) -> list[Note]:
        """Return every note, as written; parts are indexed as in `Ensemble.parts`."""
        return list(self._shaped)

    @cached_property
    def _shaped(self) -> list[Note]:
        """All notes, with the velocities of their phrases."""
        marks = self.arrangement.marks
        added = (note for mark in marks.values() for note in mark.added)
        tune = list(zip(self.melody, self.melody_notes, strict=True))
        pitched = [*(note for _, note in tune), *self.arrangement.notes, *added]
        notes = (*layers.with_leading_tone(self, pitched), *layers.drum_part(self, self.passages))
        melody = {(note.part, note.start, note.pitch): each.phrase for each, note in tune}
        cuts = frozenset(self.plan.slots[k].beat * TICKS_PER_BEAT for k in marks)
        context = VelocityContext(
            self.plan.phrases, self.plan.slots, self.loudness, self.phrase_of_slot, melody, self.timeline.metre, cuts
        )
        return shaped(notes, context)

    @cached_property
    def played(self) -> np.ndarray:
        """(slots,) the mean velocity of the pitched notes that start in each; the loudness where none does."""
        starts = np.array([slot.beat for slot in self.plan.slots]) * TICKS_PER_BEAT
        notes = [note for note in self._shaped if note.part != DRUMS]
        slots = np.maximum(np.searchsorted(starts, [note.start for note in notes], "right") - 1, 0)
        counts = np.bincount(slots, minlength=len(starts))
        sums = np.bincount(slots, [note.velocity for note in notes], len(starts))
        return np.where(counts > 0, sums / np.maximum(counts, 1), self.loudness)

    def controls(self) -> list[Control]:
        """Return the reverberation of each image: near and dry to far and wide."""
        space, parts = self.levels["space"], self.parts
        found: list[Control] = []
        for i, slot in enumerate(self.plan.slots):
            if self.plan.first_of(i) == i and self.features.sources["space"]:
                for part in (MELODY, SECOND, CHORDS, ACCENT, COUNTER):
                    value = min(127, round(parts[part].reverb * (NEAR + (FAR - NEAR) * space[i])))
                    found.append(Control(part, REVERB, value, slot.beat * TICKS_PER_BEAT))
        return found
