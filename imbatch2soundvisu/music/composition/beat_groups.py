"""Music for images that do not begin on beats, or not on bars: composed for groups, with an accent for each image."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ...core import TICKS_PER_BEAT, ImageSequence, Note, Part, Score, Timeline
from .. import theory
from ..analysis.score_queries import chord_starts, chord_tones
from ..metred import fits
from .instruments import STRUCK

#: A group of images that share beats lasts at least so long, in seconds, so that chords do not change faster.
LEAST_S = 0.75
#: A group of images that share bars lasts at most so long, in seconds; else they are composed for one by one.
MOST_S = 12.0
#: How much softer than the accent of a group those of its further images are, and the softest.
SOFTER, SOFTEST = 14, 34
#: A note that ends this near to the end, in ticks, sounds until it.
NEAR_END = TICKS_PER_BEAT // 8


@dataclass(frozen=True)
class BeatGroups:
    """Images in groups that each last whole beats, and whole bars where several images of whole beats do.

    Parameters
    ----------
    timeline : Timeline
        One "image" for each group, of whole beats; it ends on the last whole beat of the images' own timeline.
    firsts : tuple of int
        The first image of each group.
    """

    timeline: Timeline
    firsts: tuple[int, ...]

    def group_of(self, image: int) -> int:
        """Return the index of the group of an image."""
        return bisect.bisect_right(self.firsts, image) - 1


def beat_groups(timeline: Timeline) -> BeatGroups | None:
    """Return the groups of a timeline on which images share beats or bars, or which ends between beats; else None.

    Examples
    --------
    >>> from ...core import ExactTimeline
    >>> half = Fraction(1, 2)
    >>> groups = beat_groups(ExactTimeline(30, 44_100, 18, (half, half, half, half, 1, 1)))
    >>> groups.firsts, groups.timeline.beats
    ((0, 4), (2, 2))
    >>> beat_groups(Timeline(30, 44_100, 15, (2,) * 7, 3, signature="3/4")).firsts
    (0, 3, 6)
    """
    starts = [Fraction(each) for each in itertools.accumulate(timeline.beats, initial=0)]
    if all(each.denominator == 1 for each in starts):
        count = _images_to_a_bar(timeline)
        if count == 1:
            return None
        firsts = [*range(0, len(timeline.beats) - 1, count), len(timeline.beats) - 1]
    elif all(each.denominator == 1 for each in starts[:-1]) and timeline.beats[-1] >= 1:
        firsts = list(range(len(timeline.beats)))
    else:
        firsts = _shared(starts, timeline)
    edges = [int(starts[first]) for first in firsts] + [int(starts[-1])]
    beats = tuple(max(1, b - a) for a, b in itertools.pairwise(edges))
    return BeatGroups(replace(timeline, beats=beats), tuple(firsts))


def _images_to_a_bar(timeline: Timeline) -> int:
    """How many images of equal length it takes until one begins with a bar again; 1 where they fit the metre."""
    each, bar = timeline.beats[0], timeline.beats_per_bar
    even = len(timeline.beats) > 1 and all(beats == each for beats in timeline.beats[:-1])
    if not even or fits(timeline.metre, each):
        return 1
    count = bar // math.gcd(int(each), bar)
    return count if count * each * 60 / timeline.tempo_bpm <= MOST_S and len(timeline.beats) > count else 1


def _shared(starts: Sequence[Fraction], timeline: Timeline) -> list[int]:
    """The first image of each group: on a beat, at least LEAST_S after that of the one before and before the end.

    Of more beats than one, groups begin on the accents of the metre, or after two bars.
    """
    tempo_bpm, metre = timeline.tempo_bpm, timeline.metre
    least = next((each for each in (1, 2) if each * 60 / tempo_bpm >= LEAST_S), 4)
    firsts = [0]
    for i, start in enumerate(starts[1:-1], 1):
        since = start - starts[firsts[-1]]
        on_accent = least == 1 or start % metre.beats_per_bar in metre.accents or since >= 2 * metre.beats_per_bar
        if start.denominator == 1 and since >= least and starts[-1] - start >= least and on_accent:
            firsts.append(i)
    last = next((i for i, start in enumerate(starts[:-1]) if start == starts[-2] // 1), 0)
    if last > firsts[-1] and starts[-1] - starts[last] >= least:  # the last chord begins with the last image's beat
        firsts[-1 if starts[last] - starts[firsts[-1]] < least and len(firsts) > 1 else len(firsts) :] = [last]
    return firsts


def grouped_sequence(sequence: ImageSequence, groups: BeatGroups) -> ImageSequence:
    """Return a sequence with one row for each group: the first image, with the mean features of all of its images."""
    table = sequence.table
    grouped = replace(table.select(groups.firsts), unfiltered=table.unfiltered or table)
    circular = {name for name in table.columns if name == "hue" or (name in table.info and table.info[name].circular)}
    columns = {
        name: values[list(groups.firsts)] if name in circular else _means(values, groups)
        for name, values in table.columns.items()
    }
    values = sequence.values[list(groups.firsts)] if sequence.driver.circular else _means(sequence.values, groups)
    sections = [groups.group_of(section) for section in sequence.sections]
    kept = [i for i, section in enumerate(sections) if section not in sections[:i]]
    names = tuple(sequence.section_names[i] for i in kept) if len(sequence.section_names) == len(sections) else ()
    return replace(
        sequence,
        table=replace(grouped, columns=columns),
        values=values,
        sections=tuple(sections[i] for i in kept),
        section_names=names,
    )


def _means(values: np.ndarray, groups: BeatGroups) -> np.ndarray:
    """(groups,) means of the defined values of each group; NaN where there is none."""
    known = np.isfinite(values)
    sums = np.add.reduceat(np.where(known, values, 0.0), groups.firsts)
    counts = np.add.reduceat(known.astype(np.int64), groups.firsts)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def for_images(score: Score, timeline: Timeline, groups: BeatGroups, sequence: ImageSequence) -> Score:
    """Return the score of groups as that of their images: with an accent on every cut, and sounding to the end."""
    notes = [*_to_the_end(score, timeline), *_accents(score, timeline, groups)]
    return replace(
        score,
        timeline=timeline,
        notes=tuple(sorted(notes, key=lambda note: (note.start, note.part, note.pitch))),
        decisions=tuple(_decision(score, timeline, groups, sequence, i) for i in range(len(sequence))),
    )


def _to_the_end(score: Score, timeline: Timeline) -> list[Note]:
    """The notes, those of the last chord as long as the last image."""
    composed, end = score.timeline.total_beats * TICKS_PER_BEAT, int(timeline.start_ticks[-1])
    found = []
    for note in score.notes:
        ends = note.start + note.length
        sustained = composed - NEAR_END <= ends <= composed and not score.parts[note.part].drums
        until = end if sustained else min(ends, end)
        if note.start < until:
            found.append(replace(note, length=until - note.start))
    return found


def _accents(score: Score, timeline: Timeline, groups: BeatGroups) -> list[Note]:
    """A soft accent for each further image of a group: the tones of its chord upwards from what marks the group."""
    starts, heads = timeline.start_ticks.tolist(), _marks(score)
    found = []
    for group, (first, end) in enumerate(itertools.pairwise([*groups.firsts, len(timeline.beats)])):
        head = heads.get(starts[first])
        if head is None:
            continue
        for k, image in enumerate(range(first + 1, end), 1):
            pitch = _arpeggio(head.pitch, _chord(score, group, starts, image, (first, end)), k)
            length = starts[image + 1] - starts[image]
            found.append(Note(head.part, pitch, max(SOFTEST, head.velocity - SOFTER), starts[image], length))
    return found


def _marks(score: Score) -> dict[int, Note]:
    """{tick: the accent that begins there, else the highest struck note, in another part than the melody}."""
    ranks = [_rank(part) for part in score.parts]
    ordered = sorted((n for n in score.notes if ranks[n.part]), key=lambda n: (ranks[n.part], n.pitch))
    other = max((k for k, rank in enumerate(ranks) if rank > 1), key=lambda k: ranks[k], default=None)
    found = {note.start: note for note in ordered}
    if other is None:
        return found
    return {tick: note if ranks[note.part] > 1 else replace(note, part=other) for tick, note in found.items()}


def _rank(part: Part) -> int:
    """0 for parts that mark no cut, 1 for a struck melody, 2 for other struck parts, 3 for accents."""
    if part.drums or part.program not in STRUCK or part.name.startswith("Bass"):
        return 0
    return 1 if part.name.startswith("Melody") else 3 if part.name.startswith("Accents") else 2


def _arpeggio(pitch: int, chord: str | None, k: int) -> int:
    """The k-th tone of a chord from a pitch up and down again: 1, 3, 5, 3 ..."""
    tones = sorted(chord_tones(chord) or ()) if chord else []
    if not tones:
        return pitch
    step = (0, 1, 2, 1)[k % 4]
    return min(theory.scale_step(pitch, step, tones), 120)


def _chord(score: Score, group: int, starts: Sequence[int], image: int, span: tuple[int, int]) -> str | None:
    """The chord of a group as an image of it begins."""
    return _chords_of_image(score, group, starts, image, span)[0][0]


def _chords_of_image(
    score: Score, group: int, starts: Sequence[int], image: int, span: tuple[int, int]
) -> list[tuple[str | None, float]]:
    """The chords of a group that sound while an image of it is shown, and for how many beats."""
    decision = score.decisions[group] if group < len(score.decisions) else {}
    chords = decision.get("chords") or [decision.get("chord")]
    first, end = starts[span[0]], starts[span[1]]
    begins = chord_starts(decision, max(end - first, 1) / TICKS_PER_BEAT, len(chords))
    shown = [(starts[each] - first) / TICKS_PER_BEAT for each in (image, image + 1)]
    place = bisect.bisect_right(begins, shown[0]) - 1
    edges = [shown[0], *(begin for begin in begins[place + 1 :] if begin < shown[1]), shown[1]]
    return [(chords[place + k], b - a) for k, (a, b) in enumerate(itertools.pairwise(edges))]


def _decision(score: Score, timeline: Timeline, groups: BeatGroups, sequence: ImageSequence, i: int) -> dict[str, Any]:
    """The decision of an image: that of its group, at its own place."""
    group = groups.group_of(i)
    first, end = groups.firsts[group], [*groups.firsts, len(sequence)][group + 1]
    bar, beat = timeline.bar_and_beat(i)
    found = {
        **score.decisions[group],
        "position": i + 1,
        "bar": bar,
        "beat": beat,
        "frame": int(timeline.start_frames[i]),
        "sample": int(timeline.start_samples[i]),
    }
    if end - first == 1:
        return found
    value = float(sequence.values[i])
    found |= {"value": round(value, 6) if np.isfinite(value) else None, "shares_with": [first + 1, end]}
    chords = _chords_of_image(score, group, timeline.start_ticks.tolist(), i, (first, end))
    return found | {
        "chord": chords[0][0],
        "chords": [name for name, _ in chords],
        "chord_beats": [int(beats) if beats % 1 == 0 else round(beats, 6) for _, beats in chords],
        "why": f"images {first + 1} to {end} together: {found['why']}",
    }
