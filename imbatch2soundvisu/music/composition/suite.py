"""A tour as a suite: the music of each cluster, one after the other on one timeline, with a limited set of parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...core import TICKS_PER_BEAT, Control, ImageSequence, Note, Part, Score, Timeline

#: Melodic parts of a suite; MIDI has channels for 15, and another style may be mixed in.
MAX_PARTS = 11
#: Roles whose parts are merged, in this order, if there are more; soloists last.
MERGED = ("Accents", "Pad", "Bass", "Chords", "Melody")


def suite_sections(sequence: ImageSequence) -> list[ImageSequence]:
    """Return the sequences that a tour joins, as their own albums have them; empty if it is not a tour."""
    if len(sequence.sections) < 2 or len(sequence.section_names) != len(sequence.sections):
        return []
    edges = [*sequence.sections, len(sequence)]
    profiles = {profile.name: profile for profile in sequence.profiles}
    return [
        replace(
            sequence,
            table=sequence.table.select(range(a, b)),
            values=sequence.values[a:b],
            cluster=name,
            profile=profiles.get(name),
            sections=(),
            section_names=(),
        )
        for name, a, b in zip(sequence.section_names, edges[:-1], edges[1:], strict=True)
    ]


def section_timelines(timeline: Timeline, lengths: Iterable[int]) -> list[Timeline]:
    """Return the timeline of each section, of so many images each."""
    found, first = [], 0
    for n in lengths:
        found.append(timeline.part(first, first + n))
        first += n
    return found


def join_sections(timeline: Timeline, scores: Sequence[Score], names: Sequence[str]) -> Score:
    """Return the sections of a suite as one score.

    Equal parts become one. If there are more than MAX_PARTS, parts of the same role are merged. Decisions get their
    position in the whole, and the name of the section under "section".

    Parameters
    ----------
    timeline : Timeline
        Of the whole.
    scores : sequence of Score
    names : sequence of str
        Of the sections.
    """
    parts, assignments = assign_parts(scores)
    notes: list[Note] = []
    controls: list[Control] = []
    decisions: list[dict[str, Any]] = []
    beat = 0
    for score, part_of, name in zip(scores, assignments, names, strict=True):
        tick = beat * TICKS_PER_BEAT
        notes += [replace(note, part=part_of[note.part], start=note.start + tick) for note in score.notes]
        controls += [replace(each, part=part_of[each.part], tick=each.tick + tick) for each in score.controls]
        rows = [_shifted(row, timeline, beat, len(decisions) + i) for i, row in enumerate(score.decisions)]
        decisions += [row | {"section": name} for row in rows]
        beat += score.timeline.total_beats
    return replace(
        scores[0],
        timeline=timeline,
        parts=parts,
        notes=tuple(sorted(notes, key=lambda note: (note.start, note.part, note.pitch))),
        controls=tuple(sorted(controls, key=lambda each: (each.tick, each.part, each.controller))),
        decisions=tuple(decisions),
    )


def _shifted(row: Mapping[str, Any], timeline: Timeline, beats: int, image: int) -> dict[str, Any]:
    """The decision of an image of a section that begins at beat `beats` of the whole."""
    at = (row["bar"] - 1) * timeline.beats_per_bar + row["beat"] - 1 + beats
    bar, beat = divmod(at, timeline.beats_per_bar)
    frame = int(timeline.frame_at(at))
    return {
        **row,
        "position": image + 1,
        "bar": bar + 1,
        "beat": beat + 1,
        "frame": frame,
        "sample": timeline.sample_of_frame(frame),
    }


def assign_parts(scores: Sequence[Score]) -> tuple[tuple[Part, ...], list[dict[int, int]]]:
    """Return the parts of a suite, and for each score {its part: that of the suite}.

    If there are more than MAX_PARTS, those with the fewest notes are merged into another of the same role, if possible
    of the same score.
    """
    kept = _kept_parts(scores)
    assignments = []
    for score in scores:
        present = [part for part in (*score.parts, *kept) if part in kept]
        assigned = [p if p in kept else next(q for q in present if _role(q) == _role(p)) for p in score.parts]
        assignments.append({i: kept.index(part) for i, part in enumerate(assigned)})
    return tuple(kept), assignments


def _kept_parts(scores: Sequence[Score]) -> list[Part]:
    parts = list(dict.fromkeys(part for score in scores for part in score.parts))
    notes = Counter(score.parts[note.part] for score in scores for note in score.notes)
    for role in MERGED:
        same_role = [part for part in parts if _role(part) == role and not part.drums]
        for extra in sorted(same_role, key=lambda part: notes[part])[: max(0, len(same_role) - 1)]:
            if sum(not part.drums for part in parts) > MAX_PARTS:
                parts.remove(extra)
    return parts


def _role(part: Part) -> str:
    return part.name.partition(":")[0]
