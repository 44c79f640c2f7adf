"""A draft of a piece: its layers arranged, and all its notes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...core import REVERB, TICKS_PER_BEAT, Control, Note
from . import layers
from .accents import Mark
from .arrangement import Arrangement, arrange
from .ensembles import ACCENT, CHORDS, COUNTER, MELODY, SECOND
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

    @property
    def marks(self) -> dict[int, Mark]:
        """{first slot of each image: what marks its cut}."""
        return self.arrangement.marks

    def notes(self) -> list[Note]:
        """Return every note, as written; parts are indexed as in `Ensemble.parts`."""
        added = (note for mark in self.marks.values() for note in mark.added)
        melody_notes = (self._melody_note(note) for note in self.melody)
        return [*melody_notes, *self.arrangement.notes, *layers.drum_part(self, self.passages), *added]

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
