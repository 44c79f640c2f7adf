"""Scores as Standard MIDI Files, type 1: named tracks, tempo, signatures, controllers, a marker for every image.

MIDIUtil writes the notes and controllers, mido the tempo track. Ticks in the file are those of the music's own beat:
where it is not the beat of the grid, times are converted, so that other programs show the true tempo and bars, and
every event stays at its second. Where the tempo of the grid changes, the tempo track has an event. A beat longer than
a file can hold (16.7 s) is written as two, four or more.

Where the beat of the metre is no quarter note, a quarter of the file has more or fewer ticks than TICKS_PER_BEAT: 640
in 6/8, whose beat is a dotted quarter.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import DRUM_CHANNEL, PAN, REVERB, TICKS_PER_BEAT, VOLUME, Note, Score
from ..core.errors import MakeError
from ..runtime import files
from .key_names import named_key
from .theory import MAJOR, MINOR

if TYPE_CHECKING:
    import mido
    from midiutil import MIDIFile

MELODIC_CHANNELS = tuple(c for c in range(16) if c != DRUM_CHANNEL)
#: Range of the pitch wheel in either direction, the default of General MIDI.
BEND_RANGE_CENTS = 200
#: Ticks that a note may sound after its end; its channel is not bent within them.
RINGING = TICKS_PER_BEAT // 2
LONGEST_MARKER = 80
#: Longest beat that a file can hold, in microseconds: three bytes.
LONGEST_BEAT_US = 0xFFFFFF
#: Lowest and highest whole number of the fields of notes, parts and controllers.
NOTE_RANGES = {"pitch": (0, 127), "velocity": (1, 127)}
PART_RANGES = dict.fromkeys(("program", "volume", "pan", "reverb"), (0, 127))
CONTROL_RANGES = dict.fromkeys(("controller", "value"), (0, 127))
#: Key signatures by mode, from seven flats to seven sharps.
SIGNATURES = {
    "major": ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#"),
    "minor": ("Abm", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m", "D#m", "A#m"),
}
#: Bytes of the header chunk of a file, and of the type and length of a track chunk.
_HEADER, _CHUNK_HEAD = 14, 8


def check(score: Score) -> None:
    """Raise MakeError for a field of a note, part or controller that MIDI does not allow, with its range."""
    part_range = {"part": (0, len(score.parts) - 1)}
    for kind, items, ranges in (
        ("part", score.parts, PART_RANGES),
        ("note", score.notes, NOTE_RANGES | part_range),
        ("control", score.controls, CONTROL_RANGES | part_range),
    ):
        for number, item in enumerate(items, 1):
            _check_item(score.style, f"{kind} {number}", item, ranges)


def _check_item(style: str, label: str, item: Any, ranges: Mapping[str, tuple[int, int]]) -> None:
    for name, (least, most) in ranges.items():
        value = getattr(item, name)
        if not (isinstance(value, Integral) and least <= int(value) <= most):
            raise MakeError(
                f"{style or 'music'}: {label} has {name}={value!r}; it must be a whole number from {least} to {most}"
            )


def write(path: Path, score: Score, names: Sequence[str] = ()) -> None:
    """Write a score as a MIDI file, atomically. The same score gives the same bytes.

    Parameters
    ----------
    path : Path
        The file to write.
    score : Score
        The music. Notes with `cents` are bent on additional channels, as far as there are channels.
    names : sequence of str, optional
        (n,) names of the images, for their markers.

    Raises
    ------
    MakeError
        For more than 15 melodic parts, and as `check`.
    OSError
        If the file cannot be written.
    """
    check(score)
    notes = io.BytesIO()
    _notes_file(score).writeFile(notes)
    with files.atomic(path) as partial:
        partial.write_bytes(_with_tempo_track(notes.getvalue(), _tempo_track(score, names)))


def _notes_file(score: Score) -> MIDIFile:
    """The parts, each on a track: name, instrument, notes, controllers."""
    from midiutil import MIDIFile

    file = MIDIFile(
        len(score.parts), removeDuplicates=False, deinterleave=False, adjust_origin=False, file_format=1,
        ticks_per_quarternote=int(TICKS_PER_BEAT / score.timeline.metre.quarters), eventtime_is_ticks=True,
    )  # fmt: skip
    ticks, parts = _tick_converter(score), voices(score, len(MELODIC_CHANNELS))
    channels = _channels(score, [len(each) for each in parts])
    for index, part in enumerate(score.parts):
        file.addTrackName(index, 0, _ascii(part.name))
        for channel, notes in zip(channels[index], parts[index], strict=True):
            file.addProgramChange(index, channel, 0, part.program)
            for controller, value in ((VOLUME, part.volume), (PAN, part.pan), (REVERB, part.reverb)):
                file.addControllerEvent(index, channel, 0, controller, value)
            _add_notes(file, index, channel, notes, ticks)
    for control in score.controls:
        for channel in channels[control.part]:
            file.addControllerEvent(control.part, channel, ticks(control.tick), control.controller, control.value)
    return file


def _add_notes(file: MIDIFile, index: int, channel: int, notes: Sequence[Note], ticks: Callable[[int], int]) -> None:
    for note, bend in zip(notes, bends(notes), strict=True):
        start, end = ticks(note.start), ticks(note.start + note.length)
        if bend is not None:
            file.addPitchWheelEvent(index, channel, start, bend)
        file.addNote(index, channel, note.pitch, start, max(1, end - start), note.velocity)


def _tempo_track(score: Score, names: Sequence[str]) -> mido.MidiTrack:
    """Title, tempi, time and key signature, and a marker for every image."""
    from mido import MetaMessage, MidiTrack

    halvings, ticks, metre = _halvings(score), _tick_converter(score), score.timeline.metre
    # bars count quarter notes; halves where a beat is written as two quarters
    denominator = max(1, metre.denominator >> halvings)
    starts = [ticks(tick) for tick in score.timeline.start_ticks.tolist()]
    markers = [MetaMessage("marker", text=_marker(score, names, i), time=at) for i, at in enumerate(starts[:-1])]
    tempi = [MetaMessage("set_tempo", tempo=each, time=tick) for tick, each in _tempi(score)]
    head = [
        MetaMessage("track_name", name=_ascii(" in ".join(filter(None, (score.style, score.key))))),
        MetaMessage(
            "time_signature", numerator=metre.numerator, denominator=denominator,
            clocks_per_click=int(24 * metre.quarters) << min(halvings, 2), notated_32nd_notes_per_beat=8,
        ),
        *(markers[:1] if starts[0] == 0 else ()),
    ]  # fmt: skip
    if score.key:
        head.append(MetaMessage("key_signature", key=_signature(score.key)))
    later = sorted([*tempi[1:], *markers[starts[0] == 0 :]], key=lambda message: message.time)
    events = [*head, tempi[0], *later]
    times = [0, *(message.time for message in events)]
    return MidiTrack([each.copy(time=each.time - before) for each, before in zip(events, times, strict=False)])


def _tempi(score: Score) -> list[tuple[int, int]]:
    """(tick in the file, microseconds of a quarter note) from the start, and wherever the tempo changes."""
    scale, changes, quarters = 2 ** _halvings(score), score.timeline.tempo_changes, score.timeline.metre.quarters
    if score.tempo_bpm is not None or len(changes) == 1:
        return [(0, int(60_000_000 / (score.bpm * scale) / quarters))]
    frame_us = 1_000_000 / Fraction(score.timeline.fps) / scale / quarters
    return [(beat * TICKS_PER_BEAT * scale, round(frames * frame_us)) for beat, frames in changes]


def _with_tempo_track(data: bytes, track: mido.MidiTrack) -> bytes:
    """A MIDI file with its first track replaced. The bytes of the others stay as they are."""
    from mido import MidiFile

    stream = io.BytesIO()
    MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, tracks=[track]).save(file=stream)
    length = int.from_bytes(data[_HEADER + 4 : _HEADER + _CHUNK_HEAD], "big")
    return data[:_HEADER] + stream.getvalue()[_HEADER:] + data[_HEADER + _CHUNK_HEAD + length :]


def _signature(key: str) -> str:
    """The key signature; of a mode, the one of the major key with the same sharps or flats."""
    named = named_key(key.removeprefix("about "))
    return SIGNATURES[MINOR if named.mode == MINOR else MAJOR][named.fifths + 7]


def _marker(score: Score, names: Sequence[str], image: int) -> str:
    """The number of an image, its chord and its file name."""
    chord = score.decisions[image].get("chord") if image < len(score.decisions) else None
    name = _ascii(names[image]) if image < len(names) else ""
    text = " ".join(filter(None, (f"image {image + 1}", str(chord or ""), name)))[:LONGEST_MARKER]
    return text.encode("ascii", "replace").decode("ascii")


def voices(score: Score, most: int | None = None) -> list[list[list[Note]]]:
    """Return for each part its notes, merged and in time, in one list per channel that they need.

    A part needs several channels where notes of different `cents` sound together.

    Parameters
    ----------
    score : Score
        The music.
    most : int, optional
        Highest number of melodic lists in all; where they do not suffice, a note takes the list that is free first.

    Returns
    -------
    list of list of list of Note
        Indexed by part, then by voice, then by note.
    """
    by_part: list[list[Note]] = [[] for _ in score.parts]
    for note in merged(score.notes):
        by_part[note.part].append(note)
    spare = None if most is None else max(0, most - sum(not part.drums for part in score.parts))
    found = []
    for part, notes in zip(score.parts, by_part, strict=True):
        lists = [notes] if part.drums else _by_tuning(notes, None if spare is None else 1 + spare)
        spare = None if spare is None else spare - len(lists) + 1
        found.append(lists)
    return found


def _by_tuning(notes: Iterable[Note], most: int | None) -> list[list[Note]]:
    """Notes in lists such that no channel is bent while one of its notes sounds."""
    lists: list[list[Note]] = [[]]
    ends = [0]
    for note in notes:
        tuned = [i for i, each in enumerate(lists) if not each or each[-1].cents == note.cents]
        free = [i for i, end in enumerate(ends) if end + RINGING <= note.start]
        if not tuned and not free and (most is None or len(lists) < most):
            lists.append([])
            ends.append(0)
            tuned = [len(lists) - 1]
        chosen = min(tuned or free or range(len(lists)), key=ends.__getitem__)
        lists[chosen].append(note)
        ends[chosen] = max(ends[chosen], note.start + note.length)
    return lists


def bends(notes: Iterable[Note]) -> list[int | None]:
    """Return the pitch wheel [-8192, 8191] to set before each note of one channel, None where it does not change."""
    found: list[int | None] = []
    current = 0
    for note in notes:
        wheel = min(max(round(note.cents * 8192 / BEND_RANGE_CENTS), -8192), 8191)
        found.append(None if wheel == current else wheel)
        current = wheel
    return found


def merged(notes: Iterable[Note]) -> list[Note]:
    """Return the notes in order of time, those of one part and pitch without overlaps.

    An earlier note ends where the next begins. Two that begin together become one, with the longer length and the
    higher velocity. MIDI cannot distinguish overlapping notes of one pitch, and MIDIUtil fails on them.
    """
    by_pitch: dict[tuple[int, int], list[Note]] = defaultdict(list)
    for note in sorted(notes, key=lambda n: (n.start, n.part, n.pitch, n.length)):
        same = by_pitch[note.part, note.pitch]
        if same and same[-1].start == note.start:
            same[-1] = replace(
                note, velocity=max(same[-1].velocity, note.velocity), length=max(same[-1].length, note.length)
            )
            continue
        if same and same[-1].start + same[-1].length > note.start:
            same[-1] = replace(same[-1], length=note.start - same[-1].start)
        same.append(note)
    flat = [note for same in by_pitch.values() for note in same if note.length > 0]
    return sorted(flat, key=lambda n: (n.start, n.part, n.pitch))


def _tick_converter(score: Score) -> Callable[[int], int]:
    """From ticks of the grid to ticks of the music's own beat, or a fraction of it, at the tempo in the file."""
    halvings = _halvings(score)
    if score.tempo_bpm is None and (not halvings or len(score.timeline.tempo_changes) > 1):
        return lambda tick: tick * 2**halvings
    microseconds = int(60_000_000 / (score.bpm * 2**halvings))  # whole microseconds, as in the file
    ratio = Fraction(TICKS_PER_BEAT * 1_000_000, microseconds)
    return lambda tick: round(score.timeline.seconds_at(tick) * ratio)


def _halvings(score: Score) -> int:
    """How often a beat has to be halved to be no longer than LONGEST_BEAT_US."""
    longest = 60_000_000 / score.bpm
    if score.tempo_bpm is None:
        longest = max(float(frames / Fraction(score.timeline.fps)) for _, frames in score.timeline.tempo_changes) * 1e6
    return max(0, math.ceil(math.log2(longest / LONGEST_BEAT_US)))


def _channels(score: Score, counts: Sequence[int]) -> list[list[int]]:
    """The MIDI channels of each part, `counts` of them; drum parts share channel 10 (9 from 0)."""
    melodic = sum(not part.drums for part in score.parts)
    if melodic > len(MELODIC_CHANNELS):
        raise MakeError(f"the score has {melodic} melodic parts; MIDI has channels for {len(MELODIC_CHANNELS)}")
    free = iter(MELODIC_CHANNELS)
    return [
        [DRUM_CHANNEL] if part.drums else [next(free) for _ in range(n)]
        for part, n in zip(score.parts, counts, strict=True)
    ]


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
