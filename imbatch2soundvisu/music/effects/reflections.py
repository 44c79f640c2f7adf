"""A concert hall as impulse responses: early reflections by mirrored sources, the late reverberation as decaying noise.

Early reflections are those of a box-shaped hall [1]_, and a head shadows the far ear [2]_. The late part is noise,
independent in both channels, which decays in each octave by itself, the high ones sooner, as in real halls. It is made
from a fixed seed.

References
----------
.. [1] Allen and Berkley, "Image method for efficiently simulating small-room acoustics", Journal of the Acoustical
   Society of America 65, 1979.
.. [2] Brown and Duda, "A structural model for binaural sound synthesis", IEEE Transactions on Speech and Audio
   Processing 6, 1998.
"""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np

from .equalizers import filtered, high_pass

SPEED_OF_SOUND = 343.0
#: Width, length and height of the hall in metres, and the place of the listener, a little beside the middle, so that
#: reflections of the two side walls arrive one after the other.
HALL = (21.0, 29.0, 11.0)
LISTENER = (9.6, 12.0, 1.5)
#: Height of the instruments above the floor.
SOURCE_HEIGHT = 1.3
#: What walls (left, right, back, front, floor, ceiling) reflect.
REFLECTION = ((0.9, 0.9), (0.55, 0.65), (0.25, 0.5))
MAX_ORDER, EARLY_S = 3, 0.09
#: A reflection loses what is above this frequency, once for each wall.
WALL_HZ = 6500.0
#: A head shadows the far ear: the pole, and the zero of a sound from the side.
SHADOW_HZ, OPEN_HZ = 900.0, 2000.0
#: Octaves of the late part with the time in seconds in which they decay by 60 dB.
DECAY_S = {125: 1.5, 250: 1.6, 500: 1.6, 1000: 1.5, 2000: 1.35, 4000: 1.1, 8000: 0.8, 16000: 0.55}
LATE_S, LATE_START_S, LATE_RISE_S = 1.9, 0.022, 0.05
LATE_HIGH_PASS_HZ = 220.0
#: Between these frequencies the late part is as loud as its source.
MIDDLE_HZ = (300, 3000)
SEED = 20260128


def gains(place: float) -> tuple[float, float]:
    """Return the factors of left and right of a place from -1 (left) to 1 (right); their power is the same everywhere.

    Examples
    --------
    >>> [round(each, 3) for each in gains(0)], [round(each, 3) for each in gains(1)]
    ([0.707, 0.707], [0.0, 1.0])
    """
    angle = (min(max(place, -1.0), 1.0) + 1) * math.pi / 4
    return math.cos(angle), math.sin(angle)


def direct(place: float, length: int, sample_rate: int) -> np.ndarray:
    """Return the (length, 2) impulse response of sound that arrives at both ears without a reflection.

    The far ear has less treble and hears the low tones up to 0.1 ms later, as behind a head, but in phase enough that
    both channels may be added.

    Parameters
    ----------
    place : float
        From -1 (left) to 1 (right).
    length : int
        Number of samples.
    sample_rate : int
        Samples per second.
    """
    found = np.zeros((length, 2))
    found[0] = gains(place)
    far = 0 if place > 0 else 1
    found[:, far] = _shadowed(found[:, far], abs(place), sample_rate)
    return found


def early(place: float, distance: float, length: int, sample_rate: int) -> np.ndarray:
    """Return the (length, 2) early reflections of a source, relative to its direct sound.

    Parameters
    ----------
    place : float
        As in `direct`.
    distance : float
        From the listener in metres; reflections of far sources are stronger relative to the direct sound.
    length, sample_rate : int
        As in `direct`.
    """
    angle = math.radians(50) * place
    x, y = LISTENER[0] + distance * math.sin(angle), LISTENER[1] + distance * math.cos(angle)
    by_order = np.zeros((MAX_ORDER + 1, length + 2, 2))
    axes_of_source = zip((x, y, SOURCE_HEIGHT), HALL, REFLECTION, strict=True)
    for axes in itertools.product(*(_mirrored(*each) for each in axes_of_source)):
        order = sum(each[1] for each in axes)
        away = [each[0] - ear for each, ear in zip(axes, LISTENER, strict=True)]
        far = math.sqrt(sum(each * each for each in away))
        at = (far - distance) / SPEED_OF_SOUND * sample_rate
        if 0 < order <= MAX_ORDER and 1 <= at < length:
            loudness = distance / far * math.prod(each[2] for each in axes)
            side = away[0] / math.hypot(away[0], away[1])
            _add(by_order[order], at, loudness * np.array(gains(1.15 * side)))
    total = np.zeros((length, 2))
    for order in range(MAX_ORDER, 0, -1):
        total = _absorbed(total + by_order[order, :length], sample_rate)
    return total * _fade_out(length)[:, None]


@functools.lru_cache(maxsize=4)
def late(sample_rate: int) -> np.ndarray:
    """Return the (m, 2) late reverberation of the hall, float64: as loud as its source in the middle octaves."""
    from scipy.signal import butter, sosfilt

    count = round(LATE_S * sample_rate)
    time = np.arange(count) / sample_rate
    noise = np.random.default_rng(SEED).standard_normal((count, 2))
    total = np.zeros((count, 2))
    for octave, decay in DECAY_S.items():
        low, high = octave / math.sqrt(2), octave * math.sqrt(2)
        if high < 0.49 * sample_rate:
            band = butter(2, (low, high), "bandpass", fs=sample_rate, output="sos")
        elif low < 0.49 * sample_rate:
            band = butter(2, low, "highpass", fs=sample_rate, output="sos")
        else:
            continue
        total += sosfilt(band, noise, axis=0) * np.exp(-math.log(1000) * time / decay)[:, None]
    rise = np.clip((time - LATE_START_S) / LATE_RISE_S, 0, 1)
    total *= (np.sin(0.5 * math.pi * rise) ** 2 * _fade_out(count))[:, None]
    total = filtered(total, [high_pass(LATE_HIGH_PASS_HZ, sample_rate)])
    power = np.abs(np.fft.rfft(total, axis=0)) ** 2
    middle = slice(*(round(hertz * LATE_S) for hertz in MIDDLE_HZ))
    return total / np.sqrt(2 * power[middle].mean(axis=0))


def _mirrored(place: float, size: float, reflection: tuple[float, float]) -> list[tuple[float, int, float]]:
    """(coordinate, number of reflections, factor) of the mirrored sources along one axis."""
    found = []
    for k in range(-MAX_ORDER, MAX_ORDER + 1):
        images = (abs(k) // 2, abs(k) - abs(k) // 2)  # at the near and at the far wall, whichever comes first
        at_low, at_high = images if k > 0 else images[::-1]
        coordinate = k * size + (place if k % 2 == 0 else size - place)
        found.append((coordinate, abs(k), reflection[0] ** at_low * reflection[1] ** at_high))
    return found


def _add(response: np.ndarray, at: float, factors: np.ndarray) -> None:
    """Add an impulse between two samples."""
    whole, part = divmod(at, 1.0)
    response[int(whole)] += (1 - part) * factors
    response[int(whole) + 1] += part * factors


def _absorbed(response: np.ndarray, sample_rate: int) -> np.ndarray:
    """A response after one wall."""
    from scipy.signal import lfilter

    keep = math.exp(-2 * math.pi * WALL_HZ / sample_rate)
    return lfilter([1 - keep], [1, -keep], response, axis=0)


def _shadowed(response: np.ndarray, amount: float, sample_rate: int) -> np.ndarray:
    """A response at an ear that is turned away: one pole and one zero, which also delay."""
    from scipy.signal import bilinear, lfilter

    pole = 2 * math.pi * (OPEN_HZ + (SHADOW_HZ - OPEN_HZ) * amount)
    b, a = bilinear([1 / (2 * math.pi * OPEN_HZ), 1], [1 / pole, 1], fs=sample_rate)
    return lfilter(b, a, response)


def _fade_out(length: int) -> np.ndarray:
    """1, then a raised cosine to 0 in the last fifth."""
    place = np.clip((np.arange(length) / length - 0.8) / 0.2, 0, 1)
    return 0.5 + 0.5 * np.cos(math.pi * place)
