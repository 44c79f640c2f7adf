"""The tune of a theme, and where it lies in a phrase that states it."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .. import theory
from ..theory import Key
from .contours import direction
from .form import Phrase
from .melody_settings import MelodySettings
from .motif import Motif
from .phrase_layout import FREE, IDEA, SEQUENCE, Event

#: The most scale steps by which an idea is moved in a sequence, and the cost of each away from its drift.
SEQUENCE_REACH, SEQUENCE_STEP = 5, 0.6
#: Cost of a note of a moved theme that is outside its chord on a strong beat, and of other degrees than the theme has.
CLASH, OTHER_DEGREES = 3.0, 1.5


@dataclass(frozen=True)
class ThemeTune:
    """A theme as it is first found.

    Parameters
    ----------
    motif : Motif
    pitches : tuple of int
        Of its pickup and its idea.
    key : Key
    continuation : {int: int}
        What follows the idea in the first statement: pitches by the ticks from the start of the phrase.
    """

    motif: Motif
    pitches: tuple[int, ...]
    key: Key
    continuation: Mapping[int, int] = field(default_factory=dict)

    @property
    def inverted(self) -> tuple[int, ...]:
        """The pitches upside down, in scale steps around the first note of the idea."""
        degrees = [degree_of(pitch, self.key)[0] for pitch in self.pitches]
        axis = degrees[len(self.motif.pickup)]
        return tuple(pitch_of(2 * axis - degree, 0, self.key, self.key) for degree in degrees)

    def continued(self, events: Sequence[Event], line: Sequence[int], body: int) -> ThemeTune:
        """Return the theme with what follows its idea in a line, up to the tick `body` of the phrase."""
        pairs = zip(events, line, strict=True)
        found = {event.start: pitch for event, pitch in pairs if event.kind != IDEA and event.start < body}
        return replace(self, continuation=found)

    def wanted(
        self, settings: MelodySettings, phrase: Phrase, events: Sequence[Event], steps: int, offset: float
    ) -> list[int | None]:
        """Return the pitch of each note that the theme has; None for those that are free.

        offset : semitones by which what follows the idea is moved.
        """
        start = settings.span(phrase)[0]
        count = len(self.motif.pickup)
        degrees = [degree_of(pitch, self.key) for pitch in self.pitches]
        size, sequences = len(phrase.key.scale), self._sequences(settings, phrase, events, steps, offset)
        found: list[int | None] = []
        for k, event in enumerate(events):
            first = self.continuation.get(event.start) if event.kind != IDEA else None
            if first is not None:
                (step, altered), moved = degree_of(first, self.key), steps + round(offset * size / 12)
            elif event.kind == FREE:
                found.append(None)
                continue
            else:
                step, altered = degrees[event.index if event.start < 0 else event.index + count]
                moved = steps + sequences.get(k, 0)
            pitch = pitch_of(step + moved, 0 if moved % size else altered, phrase.key, self.key)
            found.append(theory.nearest_pitch(pitch, settings.scales[settings.plan.slot_at(start + event.start)]))
        return found

    def _sequences(
        self, settings: MelodySettings, phrase: Phrase, events: Sequence[Event], steps: int, offset: float
    ) -> dict[int, int]:
        """{note: scale steps by which the idea is moved} of sequences: near its drift, and on the chords."""
        start, count, found = settings.span(phrase)[0], len(self.motif.pickup), dict[int, int]()
        drift = round(offset / 2) or self.motif.drift
        numbered = [(k, event) for k, event in enumerate(events) if event.kind == SEQUENCE]
        for moved, group in itertools.groupby(numbered, key=lambda each: each[1].moved):
            notes = []
            for k, event in group:
                slot = settings.plan.slot_at(start + event.start)
                degree = steps + degree_of(self.pitches[event.index + count], self.key)[0]
                weight = settings.weight(event, start + event.start, slot)
                notes.append((k, degree, weight, settings.tones[slot]))

            def cost(step: int, moved: int = moved, notes: list[tuple[int, int, int, frozenset[int]]] = notes) -> float:
                pitches = (pitch_of(degree + step, 0, phrase.key, self.key) for _, degree, _, _ in notes)
                clashes = sum(w * (p % 12 not in t) for p, (_, _, w, t) in zip(pitches, notes, strict=True))
                return clashes + SEQUENCE_STEP * abs(step - drift * moved) + 0.1 * (step == 0)

            step = min(range(-SEQUENCE_REACH, SEQUENCE_REACH + 1), key=cost)
            found.update((k, step) for k, *_ in notes)
        return found

    def rises(self, events: Sequence[Event]) -> list[int | None]:
        """Return the direction of each note from the one before as the theme has it; None for those that are free."""
        count = len(self.motif.pickup)
        found: list[int | None] = [None] * len(events)
        for k, (before, event) in enumerate(itertools.pairwise(events), 1):
            if event.kind == FREE or event.kind != before.kind and before.start >= 0:
                continue
            a, b = (each.index if each.start < 0 else each.index + count for each in (before, event))
            found[k] = direction(self.pitches[a], self.pitches[b]) if b == a + 1 else None
        return found

    def shift(self, settings: MelodySettings, phrase: Phrase, events: Sequence[Event]) -> int:
        """Return the scale steps by which a theme is moved to lie in the register of a phrase, on its chords."""
        size, count = len(phrase.key.scale), len(self.motif.pickup)
        start, centre = settings.span(phrase)[0], settings.opening(phrase)
        ideas = [each for each in events if each.kind == IDEA and each.start >= 0]
        degrees = [degree_of(self.pitches[each.index + count], self.key)[0] for each in ideas]
        slots = [settings.plan.slot_at(start + each.start) for each in ideas]
        is_strong = [settings.weight(e, start + e.start, slot) == 2 for e, slot in zip(ideas, slots, strict=True)]
        tones = [settings.tones[slot] for slot in slots]
        low, high = settings.limits

        def cost(steps: int) -> tuple[float, int]:
            pitches = [pitch_of(degree + steps, 0, phrase.key, self.key) for degree in degrees]
            clashes = sum(s and p % 12 not in t for s, p, t in zip(is_strong, pitches, tones, strict=True))
            outside = max(0, low - min(pitches)) + max(0, max(pitches) - high)
            distance = 0.3 * abs(float(np.mean(pitches)) - centre)
            return distance + CLASH * clashes + outside + OTHER_DEGREES * (steps % size != 0), abs(steps)

        octaves = (0, -size, size, -2 * size, 2 * size)
        return min((steps + third for steps in octaves for third in (0, -2, 2)), key=cost) if ideas else 0


def degree_of(pitch: int, key: Key) -> tuple[int, int]:
    """Return (scale steps above the tonic of octave 0, semitones above that) of a pitch."""
    octave, above = divmod(pitch - key.tonic, 12)
    steps = [(pc - key.tonic) % 12 for pc in key.scale]
    index = bisect.bisect_right(steps, above) - 1
    return octave * len(steps) + index, above - steps[index]


def pitch_of(step: int, altered: int, key: Key, of: Key) -> int:
    """Return the pitch of a degree of the scale `of` in another key, no more than half an octave away from it."""
    octave, index = divmod(step, len(key.scale))
    tonic = of.tonic + (key.tonic - of.tonic + 6) % 12 - 6
    return 12 * octave + tonic + (key.scale[index] - key.tonic) % 12 + altered
