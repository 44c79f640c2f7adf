"""A FluidSynth synthesizer with one instrument, and what it renders."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.errors import EngineMissing
from ..runtime import buffers
from .engines import UNREADABLE, Engine, fluidsynth, loading

#: FluidSynth takes events at the edges of blocks of this many samples.
BLOCK = 64
GAIN = 0.35
DRUM_BANK = 128
#: Its effects are off, since each part sounds in the hall of `effects`, and it loads only the samples that it plays.
SETTINGS = {
    "synth.chorus.active": 0,
    "synth.reverb.active": 0,
    "synth.cpu-cores": 1,
    "synth.polyphony": 256,
    "synth.dynamic-sample-loading": 1,
}


@dataclass(frozen=True)
class Synthesizer:
    """An open synthesizer.

    Parameters
    ----------
    synth : fluidsynth.Synth
        The one of pyfluidsynth, for events.
    write : callable
        fluid_synth_write_float, which pyfluidsynth does not bind; unlike the 16-bit function it never clips.
    """

    synth: Any
    write: Any

    def render(self, buffer: np.ndarray, first: int, last: int) -> None:
        """Render blocks `first` to `last` (excluded) into (m, 2) float32 samples."""
        data, step = buffer.ctypes.data, buffers.CHUNK // BLOCK
        for start in range(first, last, step):
            count = min(step, last - start)
            self.write(self.synth.synth, count * BLOCK, data, 2 * start * BLOCK, 2, data, 2 * start * BLOCK + 1, 2)
        if first // step != last // step:
            buffers.release(buffer)


@contextlib.contextmanager
def opened(
    engine: Engine, sample_rate: int, program: int, drums: bool, channels: Sequence[int]
) -> Iterator[Synthesizer]:
    """Yield a synthesizer with an instrument on some channels.

    Parameters
    ----------
    engine : Engine
        The library and the sound font.
    sample_rate : int
        Samples per second.
    program : int
        General MIDI program; the first one where the font does not have it.
    drums : bool
        Whether it is the number of a drum kit.
    channels : sequence of int
        MIDI channels, from 0; there may be more than 16.

    Raises
    ------
    EngineMissing
        If the sound font cannot be read.
    """
    fluid = fluidsynth(engine.library)
    with loading:
        synth = fluid.Synth(gain=GAIN, samplerate=sample_rate, channels=16 * (max(channels) // 16 + 1), **SETTINGS)
    try:
        font = synth.sfload(str(engine.soundfont))
        if font < 0:
            raise EngineMissing(f"FluidSynth cannot read the sound font {engine.soundfont}: {UNREADABLE}")
        bank = DRUM_BANK if drums else 0
        for channel in channels:
            if synth.program_select(channel, font, bank, program) != 0:
                synth.program_select(channel, font, bank, 0)
        yield Synthesizer(synth, _write_float(fluid))
    finally:
        synth.delete()


def _write_float(fluid: Any) -> Any:
    function = fluid._fl.fluid_synth_write_float
    function.restype = ctypes.c_int
    pointer, whole = ctypes.c_void_p, ctypes.c_int
    function.argtypes = [pointer, whole, pointer, whole, whole, pointer, whole, whole]
    return function
