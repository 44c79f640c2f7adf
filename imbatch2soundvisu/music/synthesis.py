"""Render scores with FluidSynth, in process, with events on the sample grid of the timeline."""

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

from ..core import DRUM_CHANNEL, PAN, SUSTAIN, VOLUME, Audio, Control, Note, Part, Score, Timeline
from ..core.errors import EngineMissing
from ..runtime import buffers
from .effects import convolution, stage
from .engines import UNREADABLE, Engine, find_engine, find_soundfont, fluidsynth, loading
from .midi import bends, voices

__all__ = ["Engine", "find_engine", "find_soundfont", "release_sample", "render", "render_part", "scale_to_headroom"]

#: FluidSynth takes events at the edges of blocks of this many samples.
BLOCK = 64
GAIN = 0.35
#: Parts that are rendered in parallel.
WORKERS = 2
#: The controller value of the middle of the stage, where the synthesizer plays: `effects.stage` places the parts.
CENTRE = 64
#: Highest sample of a rendering.
HEADROOM = 0.97
DRUM_BANK = 128
#: Notes that sound into the end are released this share of the last image before it, at most so many seconds.
RELEASE_SHARE, RELEASE_S = 0.4, 1.2
#: Kinds of events, in the order in which those of one block are played, as in MIDI files.
CONTROL, OFF, BEND, ON = range(4)

_Event = TypeVar("_Event", Note, Control)


def render(score: Score, engine: Engine | None = None, limit_peak: bool = True) -> Audio:
    """Return the sound of the notes of a score, exactly as long as its timeline.

    The sum of its parts, each rendered separately (see `render_part`), two in parallel.

    Parameters
    ----------
    score : Score
        The music; its recordings are ignored.
    engine : Engine, optional
        The synthesizer; None: `find_engine()`.
    limit_peak : bool, default True
        Whether to scale sound that is too loud, so that it stays within [-1, 1].

    Returns
    -------
    Audio
        (total_samples, 2) float32. The same score and engine give the same samples.

    Raises
    ------
    EngineMissing
        If there is no synthesizer or no sound font.
    """
    engine = engine or find_engine()
    samples = buffers.scratch(score.timeline.total_samples)
    parts = sorted({note.part for note in score.notes})
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="play") as pool:
        for first in range(0, len(parts), WORKERS):
            for rendered in pool.map(functools.partial(render_part, score, engine), parts[first : first + WORKERS]):
                for chunk in buffers.chunks(samples):
                    samples[chunk] += rendered[chunk]
    if limit_peak:
        scale_to_headroom(samples)
    return Audio(samples, score.timeline.sample_rate, engine.name)


def scale_to_headroom(samples: np.ndarray) -> None:
    """Scale samples in place where their peak exceeds HEADROOM."""
    peak = max((float(np.abs(samples[chunk]).max()) for chunk in buffers.chunks(samples)), default=0.0)
    if peak > HEADROOM:
        for chunk in buffers.chunks(samples):
            samples[chunk] *= np.float32(HEADROOM / peak)


def render_part(score: Score, engine: Engine, part: int) -> np.ndarray:
    """Return the sound of one part, not scaled.

    A synthesizer plays only this part, because FluidSynth's voices depend on what they played before: rendered
    together, a part would sound different depending on the others. Notes start, and controllers change, within half a
    block (0.7 ms) of their place on the sample grid. Notes that sound into the end are released a little before it (see
    `release_sample`), so that they decay naturally.

    Parameters
    ----------
    score : Score
        The music.
    engine : Engine
        The synthesizer.
    part : int
        Index into `score.parts`.

    Returns
    -------
    np.ndarray
        (total_samples, 2) float32.
    """
    total = score.timeline.total_samples
    blocks = -(-total // BLOCK)
    buffer = buffers.scratch(blocks * BLOCK)
    notes, controls = tuple(_events_of(score.notes, part)), tuple(_events_of(score.controls, part))
    lists = voices(replace(score, parts=(score.parts[part],), notes=notes, controls=()))[0]
    channels = [i if i < DRUM_CHANNEL else i + 1 for i in range(len(lists))]
    with _synth(engine, score.timeline.sample_rate, score.parts[part], channels) as (fluid, synth):
        schedule = _schedule(score.timeline, dict(zip(channels, lists, strict=True)), controls)
        _play(fluid, synth, schedule, buffer, blocks)
    convolution.convolve(buffer[:total], stage.paths(score.parts[part], controls, score.timeline))
    return buffer[:total]


def release_sample(timeline: Timeline) -> int:
    """Return the sample at which notes that sound into the end are released: 0.4 of the last image, at most 1.2 s,
    before the end."""
    release = min(RELEASE_SHARE * timeline.last_samples, RELEASE_S * timeline.sample_rate)
    return timeline.total_samples - round(release)


def _events_of(events: Iterable[_Event], part: int) -> Iterator[_Event]:
    """The notes or controls of one part, as those of part 0."""
    return (replace(event, part=0) for event in events if event.part == part)


def _schedule(
    timeline: Timeline, notes_by_channel: Mapping[int, Sequence[Note]], controls: Iterable[Control]
) -> Iterator[tuple[int, list[tuple[int, int, int, int]]]]:
    """(block, [(kind, channel, pitch or controller or wheel, velocity or value)]) in the order in which they play."""
    release = round(release_sample(timeline) / BLOCK)
    events: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)

    def block_of(tick: int) -> int:
        return round(timeline.samples_at(tick) / BLOCK)

    for channel, notes in notes_by_channel.items():
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
            events[block] += [(CONTROL, ch, control.controller, control.value) for ch in notes_by_channel]
    for block in sorted(events):
        yield block, sorted(events[block])


def _play(
    fluid: ModuleType,
    synth: Any,
    schedule: Iterable[tuple[int, list[tuple[int, int, int, int]]]],
    buffer: np.ndarray,
    blocks: int,
) -> None:
    """Send the events to the synthesizer and render the blocks between them."""
    write_float = _write_float(fluid)
    senders = {
        CONTROL: synth.cc,
        OFF: lambda channel, pitch, _: synth.noteoff(channel, pitch),
        BEND: lambda channel, wheel, _: synth.pitch_bend(channel, wheel),
        ON: synth.noteon,
    }
    rendered = 0
    for block, events in schedule:
        if block >= blocks:
            break
        _render_blocks(write_float, synth, buffer, rendered, block)
        rendered = block
        for kind, *event in events:
            senders[kind](*event)
    _render_blocks(write_float, synth, buffer, rendered, blocks)


@contextlib.contextmanager
def _synth(engine: Engine, sample_rate: int, part: Part, channels: Sequence[int]) -> Iterator[tuple[ModuleType, Any]]:
    """A synthesizer with the instrument of a part on some channels."""
    fluid = fluidsynth(engine.library)
    with loading:
        synth = fluid.Synth(
            gain=GAIN, samplerate=sample_rate, channels=16 * (max(channels) // 16 + 1),
            **{
                "synth.chorus.active": 0, "synth.reverb.active": 0, "synth.cpu-cores": 1, "synth.polyphony": 256,
                "synth.dynamic-sample-loading": 1,
            },
        )  # fmt: skip
    try:
        font = synth.sfload(str(engine.soundfont))
        if font < 0:
            raise EngineMissing(f"FluidSynth cannot read the sound font {engine.soundfont}: {UNREADABLE}")
        bank = DRUM_BANK if part.drums else 0
        for channel in channels:
            if synth.program_select(channel, font, bank, part.program) != 0:
                synth.program_select(channel, font, bank, 0)
            for controller, value in ((VOLUME, part.volume), (PAN, CENTRE)):
                synth.cc(channel, controller, value)
        yield fluid, synth
    finally:
        synth.delete()


def _write_float(fluid: ModuleType) -> Any:
    """fluid_synth_write_float, which pyfluidsynth does not bind; unlike the 16-bit function it never clips."""
    function = fluid._fl.fluid_synth_write_float
    function.restype = ctypes.c_int
    pointer, whole = ctypes.c_void_p, ctypes.c_int
    function.argtypes = [pointer, whole, pointer, whole, whole, pointer, whole, whole]
    return function


def _render_blocks(write_float: Any, synth: Any, buffer: np.ndarray, first: int, last: int) -> None:
    """Render blocks `first` to `last` (excluded) into the buffer."""
    data, step = buffer.ctypes.data, buffers.CHUNK // BLOCK
    for start in range(first, last, step):
        count = min(step, last - start)
        write_float(synth.synth, count * BLOCK, data, 2 * start * BLOCK, 2, data, 2 * start * BLOCK + 1, 2)
    if first // step != last // step:
        buffers.release(buffer)
