"""What the melody of a piece depends on, and what follows from it for single notes."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...core import TICKS_PER_BEAT
from .. import theory
from . import phrase_layout
from .form import FINAL, HALF, Phrase
from .harmony import HarmonicPlan
from .hashed_random import HashedRandom
from .phrase_layout import FREE, IDEA, Event
from .rhythms import RhythmStyle
from .tune import Place

#: How much what follows an idea keeps to its first statement, 1 for as much as the idea itself.
SOFT_PULL = 0.5


@dataclass(frozen=True)
class MelodySettings:
    """What the melody of a piece depends on.

    Parameters
    ----------
    plan : HarmonicPlan
    style : RhythmStyle
    bass : sequence of int
        Pitch of each slot.
    register : (slots,) array
        The pitch around which the melody lies, by the images.
    limits : (int, int)
        Lowest and highest pitch.
    pickups, rests : float
        See `genres.Genre`.
    ornaments : (slots,) array
        How usual ornaments are, by the images, [0, 1].
    draws : HashedRandom
        Chooses the ornaments, image by image.
    structure : str
        A name in `phrase_structures.STRUCTURES`.
    seed : tuple of int
        Of the themes.
    signature : tuple of bool
        Of theme A, see `themes.Theme`; empty for none.
    """

    plan: HarmonicPlan
    style: RhythmStyle
    bass: Sequence[int]
    register: np.ndarray
    limits: tuple[int, int]
    pickups: float
    rests: float
    ornaments: np.ndarray
    draws: HashedRandom
    structure: str
    seed: tuple[int, ...]
    signature: tuple[bool, ...] = ()

    @cached_property
    def scales(self) -> list[tuple[int, ...]]:
        """(slots,) the pitch classes of the melody over each chord."""
        return [theory.melody_scale(chord) for chord in self.plan.chords]

    @cached_property
    def tones(self) -> list[frozenset[int]]:
        """(slots,) the pitch classes of each chord that the melody may have."""
        pairs = zip(self.plan.chords, self.scales, strict=True)
        return [frozenset(chord.pitch_classes) & set(scale) or frozenset(scale) for chord, scale in pairs]

    @cached_property
    def heads(self) -> list[int]:
        """The first ticks of the chords."""
        return [self.plan.starts[i] for i in self.plan.changes]

    @cached_property
    def image_starts(self) -> list[int]:
        """The first ticks of the images."""
        slots = self.plan.slots
        return [self.plan.starts[i] for i in range(len(slots)) if i == 0 or slots[i].image != slots[i - 1].image]

    def span(self, phrase: Phrase) -> tuple[int, int]:
        """Return the first tick of a phrase and its end."""
        after = self.plan.starts[phrase.last] if phrase.last < len(self.plan.starts) else self.plan.end
        return self.plan.starts[phrase.first], after

    def middle(self, phrase: Phrase) -> int:
        """Return the first slot of the second half of a phrase, counted in images."""
        images = sorted({slot.image for slot in self.plan.slots[phrase.first : phrase.last]})
        half = images[(len(images) + 1) // 2 if len(images) > 1 else 0]
        return next(k for k in range(phrase.first, phrase.last) if self.plan.slots[k].image == half)

    def centre(self, first: int, last: int) -> float:
        """Return the mean register of slots."""
        by_image = {slot.image: float(self.register[k]) for k, slot in enumerate(self.plan.slots[first:last], first)}
        return sum(by_image.values()) / len(by_image)

    def opening(self, phrase: Phrase) -> float:
        """Return the register of the idea of a phrase."""
        last = self.middle(phrase) if self.plan.follows_halves and len(phrase) > 1 else phrase.last
        return self.centre(phrase.first, max(last, phrase.first + 1))

    def body(self, phrase: Phrase) -> int:
        """Return the ticks of a phrase before its cadence."""
        layout = self.layout(phrase, 0)
        return (layout.beats - phrase_layout.cadence_beats(layout, self.style.beats)) * TICKS_PER_BEAT

    def layout(self, phrase: Phrase, reserved: int) -> phrase_layout.Layout:
        """Return the dimensions of a phrase; reserved : ticks for the pickup of the next one."""
        start, end = self.span(phrase)
        beats, last = (end - start) // TICKS_PER_BEAT, self.plan.slots[phrase.last - 1].beats
        last = last if last < beats else max(1, beats // 2)
        return phrase_layout.Layout(beats, last, phrase.cadence == FINAL, reserved, self.rests)

    def split(self, event: Event, start: int) -> list[Event]:
        """Return a note, in two where it is held into a chord with fewer than two tones in common."""
        begin, end = start + event.start, start + event.start + event.length
        index = bisect.bisect_right(self.heads, begin)
        if index == len(self.heads) or self.heads[index] >= end:
            return [event]
        head = self.heads[index]
        one, two = (self.tones[self.plan.slot_at(tick)] for tick in (begin, head))
        if len(one & two) > 1:
            return [event]
        later = Event(event.start + head - begin, end - head, FREE, is_again=True)
        return [replace(event, length=head - begin), *self.split(later, start)]

    def place(
        self, event: Event, start: int, centre: float, wanted: int | None = None, allowed: frozenset[int] = frozenset()
    ) -> Place:
        """Return a note whose pitch is sought; start : of its phrase."""
        begin = start + event.start
        slot, last = self.plan.slot_at(begin), self.plan.slot_at(begin + event.length - 1)
        later = self.tones[slot + 1 : last + 1]
        held = frozenset.intersection(*later) or later[-1] if later else frozenset()
        return Place(
            frozenset(self.scales[slot]), self.tones[slot], held, self.weight(event, begin, slot),
            self.bass[slot], centre, wanted, 1.0 if event.kind == IDEA else SOFT_PULL, allowed,
        )  # fmt: skip

    def weight(self, event: Event, begin: int, slot: int) -> int:
        """Return 2 on a strong beat, 1 on another beat or for a long note, else 0."""
        beat, off = divmod(begin, TICKS_PER_BEAT)
        if self.plan.starts[slot] == begin or (off == 0 and self.style.metre.strength(beat)):
            return 2
        return 1 if off == 0 or event.length >= TICKS_PER_BEAT else 0

    def allowed(self, phrase: Phrase, event: Event, is_last: bool) -> frozenset[int]:
        """Return the pitch classes with which a phrase may close; empty for all."""
        start, end = self.span(phrase)
        slot = self.plan.slot_at(start + event.start)
        chord = self.plan.chords[slot]
        count = len(self.plan.slots)
        usual = chord.melody_tones or self.scales[slot]
        opens = self.plan.starts[slot] == start + event.start
        if slot == count - 1 and is_last:
            tones: Sequence[int] = (chord.root,)
        elif slot == count - 2 and opens:
            tones = chord.pitch_classes[1:3]
        elif slot == phrase.last - 1 and opens:
            tones = chord.pitch_classes[:3] if phrase.cadence == HALF else chord.pitch_classes[:2]
        else:
            return frozenset()
        return frozenset(tones) & set(usual) or frozenset(usual)
