"""Agogics: a melody comes in a little late after a breath and on the highest note of a phrase, and players breathe.

Performers shorten the last note before a new phrase [1]_. That the first note after a breath and the highest note of a
phrase are late, as agogic accents, is our own choice. Notes on a cut are never moved.

References
----------
.. [1] Friberg, Bresin and Sundberg, "Overview of the KTH rule system for musical performance", Advances in Cognitive
   Psychology 2, 2006: rule "phrase articulation".
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..core import TICKS_PER_BEAT, Note, Score

#: How late the first note after a breath and the highest note of a phrase are, in ms, and at most as a share of a
#: quarter note, so that no rhythm becomes another.
FIRST_MS, HIGHEST_MS, MOST_OF_QUARTER = 10.0, 16.0, 0.03
#: A rest of at least so many beats is a breath.
BREATH_BEATS = 0.2
#: The fewest notes between two breaths of which the highest is stressed.
FEWEST = 4
#: A note that ends with a phrase is shorter by so many seconds, and at most by a share of its length.
SHORTER_S, MOST_SHORTER = 0.12, 0.2
#: General MIDI programs of players who breathe or lift the bow: strings, voices, brass, reeds and pipes, fiddle.
BREATHING = frozenset({*range(40, 45), *range(48, 55), *range(56, 80), 110})

#: A note by its part, start and pitch.
_Place = tuple[int, int, int]


def delays(score: Score) -> Mapping[_Place, float]:
    """Return {(part, start, pitch): ms} for the notes of the melody that come late; none of them is on a cut.

    Parameters
    ----------
    score : Score
        As it is written.
    """
    starts = score.timeline.start_ticks.tolist()
    leading = {k for k, part in enumerate(score.parts) if part.name.lower().startswith("melody") and not part.drums}
    melody = sorted((note for note in score.notes if note.part in leading), key=lambda note: note.start)
    cuts = set(starts)
    stressed: list[tuple[Note, float]] = []
    for group in _groups(melody):
        stressed.append((group[0], FIRST_MS))
        for _, own in itertools.groupby(group, key=lambda note: _phrase(score, starts, note.start)):
            notes = list(own)
            if len(notes) >= FEWEST:
                stressed.append((max(notes, key=lambda note: (note.pitch, note.length)), HIGHEST_MS))
    most_ms = MOST_OF_QUARTER * 1000 / float(score.timeline.metre.quarters)
    return {
        (note.part, note.start, note.pitch): min(ms, most_ms * score.timeline.beat_seconds_at(note.start))
        for note, ms in stressed
        if note.start not in cuts
    }


def _phrase(score: Score, starts: Sequence[int], tick: int) -> object:
    """What names the phrase at a tick, by the decisions; its image where they name none."""
    image = max(0, bisect_right(starts, tick) - 1)
    return score.decisions[image].get("phrase", image) if image < len(score.decisions) else image


def _groups(melody: Sequence[Note]) -> Iterator[list[Note]]:
    """The notes between two breaths."""
    group: list[Note] = []
    for note in melody:
        if group and note.start - group[-1].start - group[-1].length >= BREATH_BEATS * TICKS_PER_BEAT:
            yield group
            group = []
        group.append(note)
    if group:
        yield group


def breathed(notes: Sequence[Note], score: Score) -> list[Note]:
    """Return the notes, those of players who breathe shorter where they end with a phrase.

    Parameters
    ----------
    notes : sequence of Note
    score : Score
        Its decisions name the phrase of each image.
    """
    starts, labels = score.timeline.start_ticks.tolist(), [each.get("phrase") for each in score.decisions]
    ends = {starts[k + 1] for k, (a, b) in enumerate(itertools.pairwise(labels)) if a != b}
    return [_shorter(note, score) if note.start + note.length in ends else note for note in notes]


def _shorter(note: Note, score: Score) -> Note:
    if score.parts[note.part].program not in BREATHING or score.parts[note.part].drums:
        return note
    most = SHORTER_S / score.timeline.beat_seconds_at(note.start) * TICKS_PER_BEAT
    return replace(note, length=note.length - round(min(most, MOST_SHORTER * note.length)))
