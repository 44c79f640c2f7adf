"""Scores as Standard MIDI Files, type 1: named tracks, tempo, signatures, controllers, a marker on every picture."""

from __future__ import annotations

import struct
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from midiutil import MIDIFile
from midiutil.MidiFile import FLATS, MAJOR, MINOR, SHARPS, GenericEvent, writeVarLength

from .. import files
from ..errors import MakeError
from ..records import TICKS_PER_BEAT, Note, Score
from .theory import Key, parse_key

VOLUME, PAN, REVERB = 7, 10, 91
DRUM_CHANNEL = 9
MELODIC_CHANNELS = tuple(c for c in range(16) if c != DRUM_CHANNEL)


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


def write(path: Path, score: Score) -> None:
    """Write `score` to `path`, whole or not at all; the same score gives the same bytes.

    Raises MakeError when there are more melodic parts than MIDI has channels.
    """
    file = MIDIFile(
        len(score.parts), removeDuplicates=False, deinterleave=False, adjust_origin=False, file_format=1,
        ticks_per_quarternote=TICKS_PER_BEAT, eventtime_is_ticks=True,
    )  # fmt: skip
    _write_head(file, score)
    channels = _channels(score)
    for index, part in enumerate(score.parts):
        channel = channels[index]
        file.addTrackName(index, 0, _ascii(part.name))
        file.addProgramChange(index, channel, 0, part.program)
        for controller, value in ((VOLUME, part.volume), (PAN, part.pan), (REVERB, part.reverb)):
            file.addControllerEvent(index, channel, 0, controller, value)
    for note in merged(score.notes):
        file.addNote(note.part, channels[note.part], note.pitch, note.start, note.length, note.velocity)
    with files.atomic(path) as partial, open(partial, "wb") as stream:
        file.writeFile(stream)


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


def _write_head(file: MIDIFile, score: Score) -> None:
    """The tempo track: title, tempo, time and key signature, markers."""
    timeline, head = score.timeline, file.tracks[0]
    head.addTrackName(0, _ascii(f"{score.style} in {score.key}".strip()), insertion_order=-2)
    file.addTempo(0, 0, timeline.tempo_bpm)
    file.addTimeSignature(0, 0, timeline.beats_per_bar, 2, 24)
    tonic, mode = parse_key(score.key)
    fifths = Key(tonic, mode or "major").fifths
    file.addKeySignature(0, 0, abs(fifths), SHARPS if fifths >= 0 else FLATS, MINOR if mode == "minor" else MAJOR)
    for i, tick in enumerate(timeline.start_ticks[:-1].tolist()):
        chord = score.decisions[i].get("chord", "") if i < len(score.decisions) else ""
        head.eventList.append(Marker(tick, f"picture {i + 1} {chord}".strip(), i))


def _channels(score: Score) -> list[int]:
    """A MIDI channel for each part; drum parts share channel 10 (9 from 0)."""
    melodic = sum(not part.drums for part in score.parts)
    if melodic > len(MELODIC_CHANNELS):
        raise MakeError(f"the score has {melodic} melodic parts; MIDI has channels for {len(MELODIC_CHANNELS)}")
    free = iter(MELODIC_CHANNELS)
    return [DRUM_CHANNEL if part.drums else next(free) for part in score.parts]


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
