"""How loud the instruments of a sound font are, so that parts of equal volume are equally loud with every font."""

from __future__ import annotations

import functools

import numpy as np

from ..core import PAN, VOLUME, Part
from . import loudness
from .engines import Engine
from .synthesizers import BLOCK, opened

#: Pitches at which instruments, those of the bass, and drum kits are measured, and the velocity.
PITCHES, LOW_PITCHES, DRUMS = (55, 64, 73), (33, 40, 45), (36, 38, 42)
LOW_PROGRAMS = frozenset({*range(32, 40), 43, 58})
VELOCITY = 84
#: Duration of a note, and of the silence after it, in seconds.
NOTE_S, PAUSE_S = 1.0, 0.4
SAMPLE_RATE = 44_100
#: What every instrument is brought to, and the largest change, in dB.
LEVEL_LUFS, MOST_DB = -24.0, 18.0


def gain(engine: Engine, part: Part) -> float:
    """Return the factor that makes an instrument of the engine's sound font as loud as all others.

    Parameters
    ----------
    engine : Engine
        The synthesizer.
    part : Part
        Its program and whether it plays drums; its volume does not matter.
    """
    font = engine.soundfont.stat()
    measured = measured_lufs(engine, font.st_size, font.st_mtime_ns, part.program, part.drums)
    return float(10 ** (max(-MOST_DB, min(MOST_DB, LEVEL_LUFS - measured)) / 20))


@functools.lru_cache(maxsize=512)
def measured_lufs(engine: Engine, size: int, modified_ns: int, program: int, drums: bool) -> float:
    """Return the loudness of an instrument: the mean over three notes of the loudest 0.4 s, in LUFS.

    Parameters
    ----------
    engine : Engine
        The synthesizer.
    size, modified_ns : int
        Of the sound font: another one may have the same name.
    program : int
        General MIDI program.
    drums : bool
        Whether it is a drum kit.
    """
    pitches = DRUMS if drums else LOW_PITCHES if program in LOW_PROGRAMS else PITCHES
    played, total = (round(seconds * SAMPLE_RATE / BLOCK) for seconds in (NOTE_S, NOTE_S + PAUSE_S))
    with opened(engine, SAMPLE_RATE, program, drums, [0]) as open_synth:
        synth, samples = open_synth.synth, np.zeros((total * BLOCK * len(pitches), 2), np.float32)
        synth.cc(0, VOLUME, 127)
        synth.cc(0, PAN, 64)
        for number, pitch in enumerate(pitches):
            first = number * total
            synth.noteon(0, pitch, VELOCITY)
            open_synth.render(samples, first, first + played)
            synth.noteoff(0, pitch)
            open_synth.render(samples, first + played, first + total)
    found = [loudness.loudest(each, SAMPLE_RATE) for each in np.split(samples, len(pitches))]
    return float(np.mean([each for each in found if each is not None] or [LEVEL_LUFS]))
