"""Bring every part to one level, so that parts of equal volume are equally loud with every instrument and sound font.

General MIDI fixes no levels: one instrument differs by 10 dB between two sound fonts, and with the pedal a chord grows
in one and not in the other. Loudness is therefore measured on what a part plays, while it plays.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from ...core import EXPRESSION, VOLUME, Control, Note, Part
from ...runtime import buffers
from .. import loudness

#: The loudness of a part with the highest volume and notes of VELOCITY, in LUFS.
LEVEL_LUFS = -20.0
VELOCITY = 84
HIGHEST = 127
#: Changes are multiples of a step, so that one other note leaves a part as it is, and are limited; both in dB.
STEP_DB, MOST_DB = 0.5, 24.0
#: Where in a note controllers are read, and the share of the mean power below which loudness leaves sound out.
POINTS, GATE = (0.125, 0.375, 0.625, 0.875), 0.1


def level(
    samples: np.ndarray, sample_rate: int, part: Part, notes: Sequence[Note], controls: Sequence[Control]
) -> None:
    """Scale the sound of a part in place by `gain`.

    Parameters
    ----------
    samples : np.ndarray
        (m, 2): the part in the hall.
    sample_rate : int
        Samples per second.
    part : Part
        Its volume counts.
    notes, controls
        Of this part; VOLUME and EXPRESSION count.
    """
    factor = np.float32(gain(loudness.integrated(samples, sample_rate), part, notes, controls))
    for chunk in buffers.chunks(samples):
        samples[chunk] *= factor


def gain(measured_lufs: float | None, part: Part, notes: Sequence[Note], controls: Sequence[Control]) -> float:
    """Return the factor that brings a part of a measured loudness to its level; 1 for silence.

    Volume, expression, velocities and what changes within the part stay as they are written: a soft part stays soft.

    Examples
    --------
    >>> note = Note(0, 60, 84, 0, 960)
    >>> gain(-26.0, Part("flute", 73, 127), [note], []), gain(None, Part("flute", 73), [], [])
    (1.9952623149688795, 1.0)
    """
    if measured_lufs is None or not notes:
        return 1.0
    change = LEVEL_LUFS + written_db(part, notes, controls) - measured_lufs
    return float(10 ** (max(-MOST_DB, min(MOST_DB, STEP_DB * round(change / STEP_DB))) / 20))


def written_db(part: Part, notes: Sequence[Note], controls: Sequence[Control]) -> float:
    """Return how loud the notes of a part are written, in dB.

    General MIDI has amplitudes follow the square of velocity, volume and expression. Their power is averaged over time
    as loudness is: without what is more than 10 dB softer than the mean.
    """
    volume, expression = (_Curve(controls, each) for each in (VOLUME, EXPRESSION))
    powers, lengths = [], []
    for note in notes:
        for place in POINTS:
            tick = note.start + round(place * note.length)
            amplitude = volume(tick, part.volume) * expression(tick, HIGHEST) / HIGHEST**2 * note.velocity / VELOCITY
            powers.append(max(amplitude, 1e-3) ** 4)
            lengths.append(max(note.length, 1))
    power, length = np.array(powers), np.array(lengths)
    loud = power > GATE * np.average(power, weights=length)
    return 10 * math.log10(float(np.average(power[loud], weights=length[loud])))


class _Curve:
    """The values of a controller over time."""

    def __init__(self, controls: Sequence[Control], controller: int) -> None:
        changes = sorted((each.tick, each.value) for each in controls if each.controller == controller)
        self._ticks, self._values = [each[0] for each in changes], [each[1] for each in changes]

    def __call__(self, tick: int, before: int) -> int:
        place = bisect_right(self._ticks, tick)
        return self._values[place - 1] if place else before
