"""Velocities of a draft: the line of each phrase rises and falls in loudness with its pitch, above the other parts.

Performers play higher notes louder, and the ends of phrases softer [1]_. The mean over a phrase stays that of its
images, so that loudness follows them from phrase to phrase.

References
----------
.. [1] Friberg, Bresin and Sundberg, "Overview of the KTH rule system for musical performance", Advances in Cognitive
   Psychology 2, 2006: rules "high loud" and "phrase arch".
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core import TICKS_PER_BEAT, Metre, Note
from .dynamics import TRANSITION, part_means
from .form import Phrase, Slot
from .instruments import ACCENT, AUDIBLE, BASS, CHORDS, COUNTER, DRUMS, MELODY, PAD, SECOND

#: What is added to the velocity of each semitone above the mean of the phrase, and the most of it.
PER_SEMITONE, MOST = 0.7, 8.0
#: What is added to the highest note of a phrase, to its last note, and to the one before.
CLIMAX, LAST, LAST_BUT_ONE = 5.0, -8.0, -3.0
#: What is added on the first beat of a bar, on other accents, on beats, and between them.
METRICAL = (2.5, 1.0, 0.0, -1.5)
#: How much of the differences between the images of a phrase the melody has, whose line they would break.
WITHIN_PHRASE = 0.4
#: The velocity of the leading part relative to the mean, and of the others.
LEADING = 7.0
BALANCE = {MELODY: -3.0, SECOND: -3.0, CHORDS: -3.0, PAD: -5.0, BASS: 0.0, COUNTER: -3.0}
#: What is subtracted from accompanying parts for each of their notes per beat beyond FEW, and the most of it.
PER_NOTE, FEW, MOST_THICK = 0.8, 2.0, 4.0
#: Limits of velocities.
SOFTEST, LOUDEST = 18, 124
#: Notes on a cut that are as loud stay so: since performance may take away two.
SOFTEST_ON_CUT = AUDIBLE + 2


@dataclass(frozen=True)
class VelocityContext:
    """The phrases and the loudness of a draft.

    Parameters
    ----------
    phrases : sequence of Phrase
        Counted in slots.
    slots : sequence of Slot
    loudness : (slots,) array
        Velocity.
    parts : (slots,) int array
        The phrase, or part of one in pieces of few phrases, whose mean loudness is that of its images.
    melody : {(part, start, pitch): phrase}
        The notes of the melody, with the index of the phrase that each belongs to.
    metre : Metre
    cuts : frozenset of int
        Ticks on which notes stay audible as marks of a cut.
    """

    phrases: Sequence[Phrase]
    slots: Sequence[Slot]
    loudness: np.ndarray
    parts: np.ndarray
    melody: Mapping[tuple[int, int, int], int]
    metre: Metre
    cuts: frozenset[int] = frozenset()


def shaped(notes: Sequence[Note], context: VelocityContext) -> list[Note]:
    """Return the notes with the velocities of their phrases; drums and accents as they are.

    Parameters
    ----------
    notes : sequence of Note
        Their velocities count relative to the loudness of their slot, except in the leading part.
    context : VelocityContext
    """
    starts = [slot.beat * TICKS_PER_BEAT for slot in context.slots]
    phrase_starts = [starts[phrase.first] for phrase in context.phrases]
    by_phrase: dict[int, list[Note]] = defaultdict(list)
    marks: dict[int, list[int]] = defaultdict(list)
    for note in notes:
        at = max(0, bisect_right(phrase_starts, note.start) - 1)
        if note.part == ACCENT:
            marks[at].append(note.velocity)
        elif note.part != DRUMS:
            by_phrase[context.melody.get(_key(note), at)].append(note)
    found = [note for note in notes if note.part in (DRUMS, ACCENT)]
    for index, here in by_phrase.items():
        phrase = context.phrases[index]
        wanted = float(context.loudness[phrase.first : phrase.last].mean())
        # accents stay as they are, so that the other notes make up for them
        wanted += sum(wanted - velocity for velocity in marks[index]) / len(here)
        found += _of_phrase(here, context, phrase, starts, wanted)
    return found


def _key(note: Note) -> tuple[int, int, int]:
    return note.part, note.start, note.pitch


def _of_phrase(
    notes: Sequence[Note], context: VelocityContext, phrase: Phrase, starts: Sequence[int], wanted: float
) -> list[Note]:
    """The notes of a phrase with their velocities; their mean is the one wanted, wherever most notes are."""
    expression = _of_melody([note for note in notes if _key(note) in context.melody], context.metre)
    others = [note for note in notes if note not in expression]
    softer = _thickness(others, sum(context.slots[k].beats for k in range(phrase.first, phrase.last)))
    steady = context.loudness[phrase.first : phrase.first + math.ceil((1 - TRANSITION) * len(phrase))]
    mean, base, added = float(steady.mean()), [], []
    for note in notes:
        loud = float(context.loudness[max(0, bisect_right(starts, note.start) - 1)])
        if note in expression:
            base.append(mean + WITHIN_PHRASE * (loud - mean))
            added.append(expression[note])
        else:
            base.append(loud)
            added.append(round(note.velocity - loud) + BALANCE[note.part] - softer)
    slots = [max(phrase.first, bisect_right(starts, note.start) - 1) for note in notes]
    own = context.loudness[phrase.first : phrase.last]
    parts = part_means(own, context.parts[phrase.first : phrase.last]) + wanted - float(own.mean())
    velocity = np.array(base) + np.array(added)
    balanced = parts[np.array(slots) - phrase.first] + velocity - part_means(velocity, context.parts[slots])
    least = (min(note.velocity, SOFTEST_ON_CUT) if note.start in context.cuts else SOFTEST for note in notes)
    velocities = (min(max(round(each), low), LOUDEST) for each, low in zip(balanced.tolist(), least, strict=True))
    return [replace(note, velocity=velocity) for note, velocity in zip(notes, velocities, strict=True)]


def _thickness(notes: Sequence[Note], beats: int) -> float:
    """How much softer accompanying parts are, since they have many notes."""
    per_beat = sum(note.part in (CHORDS, PAD) for note in notes) / max(beats, 1)
    return min(max(PER_NOTE * (per_beat - FEW), 0.0), MOST_THICK)


def _of_melody(notes: Sequence[Note], metre: Metre) -> Mapping[Note, float]:
    """What is added to the loudness for each note of the melody of a phrase."""
    if not notes:
        return {}
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    mean = float(np.mean([note.pitch for note in ordered]))
    found = {}
    for note in ordered:
        height = min(max(PER_SEMITONE * (note.pitch - mean), -MOST), MOST)
        found[note] = LEADING + height + METRICAL[_metrical(note.start, metre)]
    found[max(ordered, key=lambda note: (note.pitch, note.length))] += CLIMAX
    for note, less in zip(reversed(ordered), (LAST, LAST_BUT_ONE), strict=False):
        found[note] += less if len(ordered) > 3 else 0.0
    return found


def _metrical(tick: int, metre: Metre) -> int:
    """The place in METRICAL of a tick."""
    beat, late = divmod(tick, TICKS_PER_BEAT)
    return 3 if late else 2 - metre.strength(beat)
