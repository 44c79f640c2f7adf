"""Overtones of instruments whose samples have none: bandwidth extension, and the high shelf that an instrument needs.

Small sound fonts store many instruments at low sample rates, so that they stop between 4 and 8 kHz. The missing octave
is made from the one below: a full-wave rectifier doubles frequencies, its output keeps the loudness of each note, and
of a single note it is harmonic [1]_. Nothing is added where nothing plays, so that there is no hiss.

References
----------
.. [1] Larsen and Aarts, "Audio Bandwidth Extension", Wiley, 2004, chapter 3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...runtime import buffers

#: The octave from which overtones are made, the lowest and the highest frequency of them, and that above which the
#: energy is measured, clear of the octave below.
SOURCE_HZ, LOWEST_HZ, TOP_HZ, TREBLE_HZ = (3000.0, 6000.0), 6000.0, 13_000.0, 6500.0
#: Orders of the filters at these frequencies.
SOURCE_ORDER, LOWEST_ORDER, TOP_ORDER, TREBLE_ORDER = 2, 4, 1, 8
#: The most that natural instruments fall from one octave to the next up there, in dB.
STEEPEST_DB = 14.0
#: Gains are multiples of this, so that one other note leaves a part as it is.
STEP_DB = 1.0
#: Energy above TREBLE_HZ, in dB of the whole, from which an instrument needs no shelf, and the lowest shelf of brighter
#: ones.
BRIGHT_DB, LOWEST_DB = -24.0, -4.0


@dataclass(frozen=True)
class Powers:
    """The energy of a part: of the whole, of the source octave, above TREBLE_HZ, and of the overtones of gain 1."""

    whole: float = 0.0
    source: float = 0.0
    treble: float = 0.0
    overtones: float = 0.0


def extend(samples: np.ndarray, sample_rate: int) -> float:
    """Add overtones in place where a part falls by more than STEEPEST_DB above TREBLE_HZ.

    Parameters
    ----------
    samples : np.ndarray
        (m, 2) float32: a part as the synthesizer plays it.
    sample_rate : int
        Samples per second.

    Returns
    -------
    float
        The energy above TREBLE_HZ in dB of the whole, then; -inf for silence and at sample rates without that band.
    """
    if sample_rate < 2.5 * TREBLE_HZ:
        return -math.inf
    powers = _powers(samples, sample_rate)
    gain = _gain(powers)
    if gain:
        for chunk, _, overtones in _overtones(samples, sample_rate):
            samples[chunk] += np.float32(gain) * overtones[:, None]
    treble = powers.treble + gain**2 * powers.overtones
    return 10 * math.log10(treble / powers.whole) if treble > 0 else -math.inf


def needed_shelf_db(shelf_db: float, share_db: float) -> float:
    """Return the gain of the high shelf that a part needs: 0 at a share of BRIGHT_DB above TREBLE_HZ, less beyond.

    Parameters
    ----------
    shelf_db : float
        The gain of the shelf for dull instruments.
    share_db : float
        As `extend` returns it.

    Examples
    --------
    >>> [needed_shelf_db(7.0, share) for share in (-40.0, -28.3, -24.0, -10.0)]
    [7.0, 4.0, 0.0, -4.0]
    """
    if not math.isfinite(share_db):
        return shelf_db
    return min(shelf_db, max(LOWEST_DB, STEP_DB * round((BRIGHT_DB - share_db) / STEP_DB)))


def _gain(powers: Powers) -> float:
    """The factor of the overtones; 0 where there are enough."""
    missing = powers.source * 10 ** (-STEEPEST_DB / 10) - powers.treble
    if missing <= 0 or powers.overtones <= 0:
        return 0.0
    decibels = 10 * math.log10(missing / powers.overtones)
    return float(10 ** (STEP_DB * round(decibels / STEP_DB) / 20))


def _powers(samples: np.ndarray, sample_rate: int) -> Powers:
    from scipy.signal import butter, sosfilt

    high = butter(TREBLE_ORDER, TREBLE_HZ, "highpass", fs=sample_rate, output="sos")
    state, sums = np.zeros((len(high), 2)), np.zeros(4)
    for chunk, source, overtones in _overtones(samples, sample_rate):
        mono = _mono(samples[chunk])
        treble, state = sosfilt(high, mono, zi=state)
        sums += [float(each @ each) for each in (mono, source, treble, overtones)]
    return Powers(*sums.tolist())


def _overtones(samples: np.ndarray, sample_rate: int) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """(chunk, source octave, overtones of gain 1), each (k,), of consecutive chunks, of both channels together."""
    from scipy.signal import butter, sosfilt

    source = butter(SOURCE_ORDER, SOURCE_HZ, "bandpass", fs=sample_rate, output="sos")
    lowest = butter(LOWEST_ORDER, LOWEST_HZ, "highpass", fs=sample_rate, output="sos")
    top = butter(TOP_ORDER, min(TOP_HZ, 0.45 * sample_rate), "lowpass", fs=sample_rate, output="sos")
    filters = (source, np.concatenate([lowest, top]))
    states = [np.zeros((len(each), 2)) for each in filters]
    for chunk in buffers.chunks(samples):
        octave, states[0] = sosfilt(filters[0], _mono(samples[chunk]), zi=states[0])
        overtones, states[1] = sosfilt(filters[1], np.abs(octave), zi=states[1])
        yield chunk, octave, overtones


def _mono(samples: np.ndarray) -> np.ndarray:
    return samples.mean(axis=1, dtype=np.float64)
