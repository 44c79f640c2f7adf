"""Scores as sound: FluidSynth, in process, scheduled on the timeline's own sample grid."""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from ..core import DRUM_CHANNEL, PAN, REVERB, SUSTAIN, VOLUME, Audio, Control, Note, Part, Score, Timeline
from ..core.errors import EngineMissing
from ..runtime import buffers
from .engines import UNREADABLE, Engine, find_engine, find_soundfont, fluidsynth, loading
from .midi import bends, voices

__all__ = ["Engine", "find_engine", "find_soundfont", "release_sample", "render", "render_part"]

#: FluidSynth takes events at the edges of blocks of this many samples.
BLOCK = 64
GAIN = 0.35
#: Parts that are played at the same time.
TOGETHER = 2
REVERB_ROOM: dict[str, float] = {"roomsize": 0.55, "damping": 0.35, "width": 0.8, "level": 0.42}
#: The highest sample a rendering may have.
HEADROOM = 0.97
DRUM_BANK = 128
#: What sounds into the end is let go this share of the last image before it, at most so many seconds.
RELEASE_SHARE, RELEASE_S = 0.4, 1.2
#: Kinds of events, in the order in which those of one block are played: as in MIDI files.
CONTROL, OFF, BEND, ON = range(4)

_Event = TypeVar("_Event", Note, Control)


def render(score: Score, engine: Engine | None = None, guarded: bool = True) -> Audio:
    """Play `score`: (total_samples, 2) float32, exactly as long as the timeline.

    The sum of its parts, each played by itself (see `render_part`), two at a time. guarded : scaled where that is too
    loud, never beyond [-1, 1]. Same score and engine, same samples. Raises EngineMissing where nothing can play.
    """
    engine = engine or find_engine()
    samples = buffers.scratch(score.timeline.total_samples)
    playing = sorted({note.part for note in score.notes})
    with ThreadPoolExecutor(TOGETHER, thread_name_prefix="play") as pool:
        for first in range(0, len(playing), TOGETHER):
            for alone in pool.map(functools.partial(render_part, score, engine), playing[first : first + TOGETHER]):
                for piece in buffers.pieces(samples):
                    samples[piece] += alone[piece]
    peak = max((float(np.abs(samples[piece]).max()) for piece in buffers.pieces(samples)), default=0.0)
    if guarded and peak > HEADROOM:
        for piece in buffers.pieces(samples):
            samples[piece] *= np.float32(HEADROOM / peak)
    return Audio(samples, score.timeline.sample_rate, engine.name)


def render_part(score: Score, engine: Engine, part: int) -> np.ndarray:
    """One part alone: (total_samples, 2) float32, as loud as it comes.

    Alone, because FluidSynth's voices keep a trace of what they played before, so a part would sound otherwise beside
    others. Every note starts, and every controller moves, within half a block (0.7 ms) of its place on the sample grid.
    What sounds into the end is let go a little before it (see `release_sample`), so that it dies away by itself.
    """
    total = score.timeline.total_samples
    blocks = -(-total // BLOCK)
    buffer = buffers.scratch(blocks * BLOCK)
    lanes = voices(replace(score, parts=(score.parts[part],), notes=tuple(_own(score.notes, part)), controls=()))[0]
    channels = [i if i < DRUM_CHANNEL else i + 1 for i in range(len(lanes))]
    with _synth(engine, score.timeline.sample_rate, score.parts[part], channels) as (fluid, synth):
        write_float = _writer(fluid)
        players = {
            CONTROL: synth.cc,
            OFF: lambda channel, pitch, _: synth.noteoff(channel, pitch),
            BEND: lambda channel, wheel, _: synth.pitch_bend(channel, wheel),
            ON: synth.noteon,
        }
        at = 0
        for block, events in _schedule(
            score.timeline, dict(zip(channels, lanes, strict=True)), _own(score.controls, part)
        ):
            if block >= blocks:
                break
            _write(write_float, synth, buffer, at, block)
            at = block
            for kind, *event in events:
                players[kind](*event)
        _write(write_float, synth, buffer, at, blocks)
    return buffer[:total]


def release_sample(timeline: Timeline) -> int:
    """The sample at which what sounds into the end is let go: 0.4 of the last image before it, at most 1.2 s."""
    last = timeline.beats[-1] * timeline.samples_per_beat
    return timeline.total_samples - round(min(RELEASE_SHARE * last, RELEASE_S * timeline.sample_rate))


def _own(events: Iterable[_Event], part: int) -> Iterator[_Event]:
    """The notes or controls of one part, as those of the only part there is."""
    return (replace(event, part=0) for event in events if event.part == part)


def _schedule(
    timeline: Timeline, lanes: Mapping[int, Sequence[Note]], controls: Iterable[Control]
) -> Iterator[tuple[int, list[tuple[int, int, int, int]]]]:
    """(block, [(kind, channel, pitch or controller or wheel, velocity or value)]) in the order in which they play.

    lanes : the notes of each channel.
    """
    release = round(release_sample(timeline) / BLOCK)
    events: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)

    def block_of(tick: int) -> int:
        return round(timeline.samples_at(tick) / BLOCK)

    for channel, notes in lanes.items():
        for note, wheel in zip(notes, bends(notes), strict=True):
            start, end = block_of(note.start), block_of(note.start + note.length)
            end = max(start + 1, min(end, release) if start < release else end)
            events[start].append((ON, channel, note.pitch, note.velocity))
            events[end].append((OFF, channel, note.pitch, 0))
            if wheel is not None:
                events[start].append((BEND, channel, wheel, 0))
        events[release].append((CONTROL, channel, SUSTAIN, 0))
    for control in controls:
        block = block_of(control.tick)
        if control.controller != SUSTAIN or block < release:
            events[block] += [(CONTROL, channel, control.controller, control.value) for channel in lanes]
    for block in sorted(events):
        yield block, sorted(events[block])


@contextlib.contextmanager
def _synth(engine: Engine, sample_rate: int, part: Part, channels: Sequence[int]) -> Iterator[tuple[ModuleType, Any]]:
    """A synthesizer with the part's instrument chosen on some channels."""
    fluid = fluidsynth(engine.library)
    with loading:
        synth = fluid.Synth(
            gain=GAIN, samplerate=sample_rate, channels=16 * (max(channels) // 16 + 1),
            **{
                "synth.chorus.active": 0, "synth.cpu-cores": 1, "synth.polyphony": 256,
                "synth.dynamic-sample-loading": 1,
            },
        )  # fmt: skip
    try:
        font = synth.sfload(str(engine.soundfont))
        if font < 0:
            raise EngineMissing(f"{engine.soundfont} is not a sound font that FluidSynth can read: {UNREADABLE}")
        synth.set_reverb(**REVERB_ROOM)
        bank = DRUM_BANK if part.drums else 0
        for channel in channels:
            if synth.program_select(channel, font, bank, part.program) != 0:
                synth.program_select(channel, font, bank, 0)
            for controller, value in ((VOLUME, part.volume), (PAN, part.pan), (REVERB, part.reverb)):
                synth.cc(channel, controller, value)
        yield fluid, synth
    finally:
        synth.delete()


def _writer(fluid: ModuleType) -> Any:
    """fluid_synth_write_float, which pyfluidsynth does not bind; unlike the 16-bit one it never clips."""
    function = fluid._fl.fluid_synth_write_float
    function.restype = ctypes.c_int
    pointer, whole = ctypes.c_void_p, ctypes.c_int
    function.argtypes = [pointer, whole, pointer, whole, whole, pointer, whole, whole]
    return function


def _write(write_float: Any, synth: Any, buffer: np.ndarray, first: int, last: int) -> None:
    """Render blocks `first` to `last` into the buffer."""
    data, step = buffer.ctypes.data, buffers.PIECE // BLOCK
    for start in range(first, last, step):
        count = min(step, last - start)
        write_float(synth.synth, count * BLOCK, data, 2 * start * BLOCK, 2, data, 2 * start * BLOCK + 1, 2)
    if first // step != last // step:
        buffers.release(buffer)
