"""Render scores with FluidSynth, in process, with events on the sample grid of the timeline."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np

from ..core import DRUM_CHANNEL, PAN, SUSTAIN, VOLUME, Audio, Control, Note, Score, Timeline
from ..runtime import buffers
from .effects import convolution, levels, overtones, stage
from .engines import Engine, find_engine, find_soundfont
from .midi import bends, voices
from .synthesizers import BLOCK, Synthesizer, opened

__all__ = ["Engine", "find_engine", "find_soundfont", "release_sample", "render", "render_part", "scale_to_headroom"]

#: Parts that are rendered in parallel.
WORKERS = 2
#: The controller value of the middle of the stage, where the synthesizer plays: `effects.stage` places the parts.
CENTRE = 64
#: Highest sample of a rendering.
HEADROOM = 0.97
#: Notes that sound into the end are released this share of the last image before it, at most so many seconds.
RELEASE_SHARE, RELEASE_S = 0.4, 0.9
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
                    buffers.release(rendered)
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
    player = score.parts[part]
    with opened(engine, score.timeline.sample_rate, player.program, player.drums, channels) as synthesizer:
        for channel in channels:
            for controller, value in ((VOLUME, player.volume), (PAN, CENTRE)):
                synthesizer.synth.cc(channel, controller, value)
        schedule = _schedule(score.timeline, dict(zip(channels, lists, strict=True)), controls)
        _play(synthesizer, schedule, buffer, blocks)
    samples = buffer[:total]
    seat = stage.seat_of(player, controls)
    if seat.has_overtones:
        shelf_db = overtones.needed_shelf_db(seat.shelf_db, overtones.extend(samples, score.timeline.sample_rate))
        seat = replace(seat, shelf_db=shelf_db)
    convolution.convolve(samples, stage.paths(player, controls, score.timeline, seat))
    levels.level(samples, score.timeline.sample_rate, player, notes, controls)
    return samples


def release_sample(timeline: Timeline) -> int:
    """Return the sample at which notes that sound into the end are released: 0.4 of the last image, at most 0.9 s,
    before the end, so that the hall rings after them."""
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
    synthesizer: Synthesizer,
    schedule: Iterable[tuple[int, list[tuple[int, int, int, int]]]],
    buffer: np.ndarray,
    blocks: int,
) -> None:
    """Send the events to the synthesizer and render the blocks between them."""
    synth, rendered = synthesizer.synth, 0
    senders = {
        CONTROL: synth.cc,
        OFF: lambda channel, pitch, _: synth.noteoff(channel, pitch),
        BEND: lambda channel, wheel, _: synth.pitch_bend(channel, wheel),
        ON: synth.noteon,
    }
    for block, events in schedule:
        if block >= blocks:
            break
        synthesizer.render(buffer, rendered, block)
        rendered = block
        for kind, *event in events:
            senders[kind](*event)
    synthesizer.render(buffer, rendered, blocks)
