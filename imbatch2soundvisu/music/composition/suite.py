"""A tour as a suite: the piece of each part, one after the other on one grid, played by one band with many soloists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...core import TICKS_PER_BEAT, Control, ImageSequence, Note, Part, Score, Timeline

#: Melodic parts of a suite; MIDI has channels for 15, and there may be other music beside it.
MOST_PARTS = 11
#: Which roles share one player first, where there are more; soloists at last.
SHARED = ("Accents", "Pad", "Bass", "Chords", "Melody")


def movements(sequence: ImageSequence) -> list[ImageSequence]:
    """The sequences that a tour joins, in its order, as their own albums have them; none where it is no tour."""
    if len(sequence.sections) < 2 or len(sequence.section_names) != len(sequence.sections):
        return []
    edges = [*sequence.sections, len(sequence)]
    profiles = {profile.name: profile for profile in sequence.profiles}
    return [
        replace(
            sequence,
            table=sequence.table.select(range(a, b)),
            values=sequence.values[a:b],
            part=name,
            profile=profiles.get(name),
            sections=(),
            section_names=(),
        )
        for name, a, b in zip(sequence.section_names, edges[:-1], edges[1:], strict=True)
    ]


def grids(timeline: Timeline, lengths: Iterable[int]) -> list[Timeline]:
    """The grid of each movement, of so many images each."""
    found, first = [], 0
    for n in lengths:
        found.append(replace(timeline, beats=timeline.beats[first : first + n]))
        first += n
    return found


def joined(timeline: Timeline, pieces: Sequence[Score], names: Sequence[str]) -> Score:
    """The movements one after the other. Equal parts are one; where there are too many, roles share a player.

    Decisions are told by their place in the whole, with the name of the movement as their section.
    """
    parts, seats = _seated(pieces)
    notes: list[Note] = []
    controls: list[Control] = []
    told: list[dict[str, Any]] = []
    beat = 0
    for piece, seat, name in zip(pieces, seats, names, strict=True):
        tick = beat * TICKS_PER_BEAT
        notes += [replace(note, part=seat[note.part], start=note.start + tick) for note in piece.notes]
        controls += [replace(each, part=seat[each.part], tick=each.tick + tick) for each in piece.controls]
        rows = [_moved(row, timeline, beat, len(told) + i) for i, row in enumerate(piece.decisions)]
        told += [row | {"section": name} for row in rows]
        beat += piece.timeline.total_beats
    return replace(
        pieces[0],
        timeline=timeline,
        parts=parts,
        notes=tuple(sorted(notes, key=lambda note: (note.start, note.part, note.pitch))),
        controls=tuple(sorted(controls, key=lambda each: (each.tick, each.part, each.controller))),
        decisions=tuple(told),
    )


def _moved(row: Mapping[str, Any], timeline: Timeline, beats: int, place: int) -> dict[str, Any]:
    """The decision of the image at `place`, told of a movement that begins so many beats later."""
    at = (row["bar"] - 1) * timeline.beats_per_bar + row["beat"] - 1 + beats
    bar, beat = divmod(at, timeline.beats_per_bar)
    frame, sample = at * timeline.frames_per_beat, at * timeline.samples_per_beat
    return {**row, "position": place + 1, "bar": bar + 1, "beat": beat + 1, "frame": frame, "sample": sample}


def _seated(pieces: Sequence[Score]) -> tuple[tuple[Part, ...], list[dict[int, int]]]:
    """(all players, for each piece the place of its parts among them).

    Who plays least goes first; another of the same role plays for them, one of the same piece where there is one.
    """
    players = list(dict.fromkeys(part for piece in pieces for part in piece.parts))
    played = Counter(piece.parts[note.part] for piece in pieces for note in piece.notes)
    for role in SHARED:
        chairs = [part for part in players if _role(part) == role and not part.drums]
        for extra in sorted(chairs, key=lambda part: played[part])[: max(0, len(chairs) - 1)]:
            if sum(not part.drums for part in players) > MOST_PARTS:
                players.remove(extra)
    seats = []
    for piece in pieces:
        staying = [part for part in (*piece.parts, *players) if part in players]
        own = [p if p in players else next(q for q in staying if _role(q) == _role(p)) for p in piece.parts]
        seats.append({i: players.index(part) for i, part in enumerate(own)})
    return tuple(players), seats


def _role(part: Part) -> str:
    return part.name.partition(":")[0]
