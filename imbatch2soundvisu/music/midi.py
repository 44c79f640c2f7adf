"""Scores as Standard MIDI Files, type 1: named tracks, tempo, signatures, controllers, a marker on every image.

Ticks in the file are those of the music's own beat: where it is not the grid's, times are converted, so that other
programs show the true tempo and bars, and every event stays at its second. A beat longer than a file can say (16.7 s)
is written as two, four or more.
"""

from __future__ import annotations

import math
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from numbers import Integral
from pathlib import Path
from typing import Any

from midiutil import MIDIFile
from midiutil.MidiFile import FLATS, MAJOR, MINOR, SHARPS, GenericEvent, writeVarLength

from ..core import DRUM_CHANNEL, PAN, REVERB, TICKS_PER_BEAT, VOLUME, Note, Score
from ..core.errors import MakeError
from ..runtime import files
from .theory import Key, parse_key

MELODIC_CHANNELS = tuple(c for c in range(16) if c != DRUM_CHANNEL)
#: How far the pitch wheel reaches either way, as General MIDI has it.
BEND_RANGE_CENTS = 200
#: Ticks that a note may ring after its end; a channel is not bent before.
RINGING = TICKS_PER_BEAT // 2
LONGEST_MARKER = 80
#: Microseconds a beat that a file can say: three bytes.
LONGEST_BEAT_US = 0xFFFFFF
#: The least and the greatest whole number that a note, a part and a controller may say.
NOTE_RANGES = {"pitch": (0, 127), "velocity": (1, 127)}
PART_RANGES = dict.fromkeys(("program", "volume", "pan", "reverb"), (0, 127))
CONTROL_RANGES = dict.fromkeys(("controller", "value"), (0, 127))


class Marker(GenericEvent):
    """A marker (meta event 6), which MIDIUtil itself does not have. It is written as MIDIUtil's own events are."""

    evtname = "Marker"
    sec_sort_order = 1

    def __init__(self, tick: int, text: str, insertion_order: int = 0) -> None:
        self.text = text.encode("ascii", "replace")
        super().__init__(tick, insertion_order)

    def serialize(self, previous_event_tick: int) -> bytes:
        """Delta time, FF 06, length, text."""
        delta = bytes(writeVarLength(self.tick - previous_event_tick))
        return delta + struct.pack("BB", 0xFF, 0x06) + bytes(writeVarLength(len(self.text))) + self.text


def check(score: Score) -> None:
    """Raise MakeError for a note, a part or a controller that nothing can play, naming the style, it and its range."""
    there = {"part": (0, len(score.parts) - 1)}
    for kind, each, ranges in (
        ("part", score.parts, PART_RANGES),
        ("note", score.notes, NOTE_RANGES | there),
        ("control", score.controls, CONTROL_RANGES | there),
    ):
        for number, one in enumerate(each, 1):
            _check_one(score.style, f"{kind} {number}", one, ranges)


def _check_one(style: str, which: str, one: Any, ranges: Mapping[str, tuple[int, int]]) -> None:
    for name, (least, most) in ranges.items():
        value = getattr(one, name)
        if not (isinstance(value, Integral) and least <= int(value) <= most):
            raise MakeError(
                f"{style or 'music'}: {which} has {name}={value!r}; it must be a whole number from {least} to {most}"
            )


def write(path: Path, score: Score, names: Sequence[str] = ()) -> None:
    """Write `score` to `path`, whole or not at all; the same score gives the same bytes.

    names : of the images, for their markers. Notes with cents are bent on channels of their own, as far as there are
    channels. Raises MakeError when there are more melodic parts than MIDI has channels, and as `check` does.
    """
    check(score)
    file = MIDIFile(
        len(score.parts), removeDuplicates=False, deinterleave=False, adjust_origin=False, file_format=1,
        ticks_per_quarternote=TICKS_PER_BEAT, eventtime_is_ticks=True,
    )  # fmt: skip
    ticks = _clock(score)
    _write_head(file, score, names, ticks)
    lanes = voices(score, len(MELODIC_CHANNELS))
    channels = _channels(score, [len(each) for each in lanes])
    for index, part in enumerate(score.parts):
        file.addTrackName(index, 0, _ascii(part.name))
        for channel, notes in zip(channels[index], lanes[index], strict=True):
            file.addProgramChange(index, channel, 0, part.program)
            for controller, value in ((VOLUME, part.volume), (PAN, part.pan), (REVERB, part.reverb)):
                file.addControllerEvent(index, channel, 0, controller, value)
            for note, bend in zip(notes, bends(notes), strict=True):
                start, end = ticks(note.start), ticks(note.start + note.length)
                if bend is not None:
                    file.addPitchWheelEvent(index, channel, start, bend)
                file.addNote(index, channel, note.pitch, start, max(1, end - start), note.velocity)
    for control in score.controls:
        for channel in channels[control.part]:
            file.addControllerEvent(control.part, channel, ticks(control.tick), control.controller, control.value)
    with files.atomic(path) as partial, open(partial, "wb") as stream:
        file.writeFile(stream)


def voices(score: Score, most: int | None = None) -> list[list[list[Note]]]:
    """For each part one list of notes, merged and in time; several where notes of different cents sound together.

    most : melodic lists in all; where they do not suffice, a note takes over the list that was free first.
    """
    played: list[list[Note]] = [[] for _ in score.parts]
    for note in merged(score.notes):
        played[note.part].append(note)
    spare = None if most is None else max(0, most - sum(not part.drums for part in score.parts))
    found = []
    for part, notes in zip(score.parts, played, strict=True):
        lanes = [notes] if part.drums else _lanes(notes, None if spare is None else 1 + spare)
        spare = None if spare is None else spare - len(lanes) + 1
        found.append(lanes)
    return found


def _lanes(notes: Iterable[Note], most: int | None) -> list[list[Note]]:
    lanes: list[list[Note]] = [[]]
    ends = [0]
    for note in notes:
        tuned = [i for i, lane in enumerate(lanes) if not lane or lane[-1].cents == note.cents]
        free = [i for i, end in enumerate(ends) if end + RINGING <= note.start]
        if not tuned and not free and (most is None or len(lanes) < most):
            lanes.append([])
            ends.append(0)
            tuned = [len(lanes) - 1]
        at = min(tuned or free or range(len(lanes)), key=ends.__getitem__)
        lanes[at].append(note)
        ends[at] = max(ends[at], note.start + note.length)
    return lanes


def bends(notes: Iterable[Note]) -> list[int | None]:
    """The pitch wheel [-8192, 8191] before each note of one channel, None where it is there already."""
    found: list[int | None] = []
    now = 0
    for note in notes:
        wheel = min(max(round(note.cents * 8192 / BEND_RANGE_CENTS), -8192), 8191)
        found.append(None if wheel == now else wheel)
        now = wheel
    return found


def merged(notes: Iterable[Note]) -> list[Note]:
    """The notes in order of time, those of one part and pitch cut where the next begins.

    Two that begin together become one, the longer and louder of both. MIDI cannot tell overlapping notes of one
    pitch apart, and MIDIUtil fails on them.
    """
    lanes: dict[tuple[int, int], list[Note]] = defaultdict(list)
    for note in sorted(notes, key=lambda n: (n.start, n.part, n.pitch, n.length)):
        lane = lanes[note.part, note.pitch]
        if lane and lane[-1].start == note.start:
            lane[-1] = replace(
                note, velocity=max(lane[-1].velocity, note.velocity), length=max(lane[-1].length, note.length)
            )
            continue
        if lane and lane[-1].start + lane[-1].length > note.start:
            lane[-1] = replace(lane[-1], length=note.start - lane[-1].start)
        lane.append(note)
    flat = [note for lane in lanes.values() for note in lane if note.length > 0]
    return sorted(flat, key=lambda n: (n.start, n.part, n.pitch))


def _write_head(file: MIDIFile, score: Score, names: Sequence[str], ticks: Callable[[int], int]) -> None:
    """The tempo track: title, tempo, time and key signature, markers."""
    timeline, head = score.timeline, file.tracks[0]
    head.addTrackName(0, _ascii(" in ".join(filter(None, (score.style, score.key)))), insertion_order=-2)
    halvings = _halvings(score)
    file.addTempo(0, 0, score.bpm * 2**halvings)
    unit = max(0, 2 - halvings)  # bars count quarter notes (2); halves (1) where a beat is written as two quarters
    file.addTimeSignature(0, 0, timeline.beats_per_bar, unit, 24 << (2 - unit))
    if score.key:
        tonic, mode = parse_key(score.key.removeprefix("about "))
        fifths = Key(tonic, mode or "major").fifths
        file.addKeySignature(0, 0, abs(fifths), SHARPS if fifths >= 0 else FLATS, MINOR if mode == "minor" else MAJOR)
    for i, tick in enumerate(timeline.start_ticks[:-1].tolist()):
        chord = score.decisions[i].get("chord") if i < len(score.decisions) else None
        told = (f"image {i + 1}", str(chord or ""), _ascii(names[i]) if i < len(names) else "")
        head.eventList.append(Marker(ticks(tick), " ".join(filter(None, told))[:LONGEST_MARKER], i))


def _clock(score: Score) -> Callable[[int], int]:
    """From ticks of the grid to those of the music's own beat, or its part, at the tempo that the file can say."""
    halvings = _halvings(score)
    if score.tempo_bpm is None and not halvings:
        return lambda tick: tick
    microseconds = int(60_000_000 / (score.bpm * 2**halvings))  # MIDI has whole ones a beat, and MIDIUtil cuts
    ratio = Fraction(score.timeline.frames_per_beat * 1_000_000, score.timeline.fps * microseconds)
    return lambda tick: round(tick * ratio)


def _halvings(score: Score) -> int:
    """How often a beat is to be halved to be no longer than LONGEST_BEAT_US."""
    return max(0, math.ceil(math.log2(60_000_000 / (score.bpm * LONGEST_BEAT_US))))


def _channels(score: Score, wanted: Sequence[int]) -> list[list[int]]:
    """The MIDI channels of each part, as many as wanted; drum parts share channel 10 (9 from 0)."""
    melodic = sum(not part.drums for part in score.parts)
    if melodic > len(MELODIC_CHANNELS):
        raise MakeError(f"the score has {melodic} melodic parts; MIDI has channels for {len(MELODIC_CHANNELS)}")
    free = iter(MELODIC_CHANNELS)
    return [
        [DRUM_CHANNEL] if part.drums else [next(free) for _ in range(n)]
        for part, n in zip(score.parts, wanted, strict=True)
    ]


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
