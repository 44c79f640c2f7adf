"""Where the parts of a score sit on the stage, and how each is equalized: tables, and the paths made from them.

The place of a part from left to right is its controller `pan`; its role, the first word of its name, says the rest.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core import PAN, REVERB, Control, Part, Timeline
from . import equalizers, reflections
from .convolution import Paths

#: Frequency below which the difference of the channels is filtered out, by 12 dB per octave.
MONO_HZ, MONO_ORDER = 160.0, 2
#: Level of the late reverberation relative to the direct sound at the controller value 64, in dB.
LATE_DB = -4.0
#: Duration of a change of reverberation.
RAMP_S = 0.05
#: Frequency from which the shelf changes the level, there by half.
SHELF_HZ = 5500.0


@dataclass(frozen=True, slots=True)
class Seat:
    """How a role sounds in the hall.

    Parameters
    ----------
    distance : float
        From the listener in metres.
    width : float
        Half the distance between the left and the right channel of the instrument, [0, 1]: 1 is all of the stage.
    early : float
        Factor of the early reflections.
    high_pass : float
        Frequency in Hz; 0 for none.
    bells : tuple of (float, float, float)
        Peaks and dips: frequency in Hz, gain in dB, quality.
    shelf_db : float
        Gain above SHELF_HZ in dB, for dull instruments.
    has_overtones : bool
        Whether missing overtones are added.
    """

    distance: float = 5.0
    width: float = 0.5
    early: float = 1.0
    high_pass: float = 0.0
    bells: tuple[tuple[float, float, float], ...] = ()
    shelf_db: float = 0.0
    has_overtones: bool = False


#: The seats by the first word of a part's name. Chords and pads leave the octaves of the bass to it, and the pad those
#: where the ear listens to the melody.
SEATS = {
    "melody": Seat(7.0, 0.4, 1.55, 90.0, ((320.0, -1.0, 0.8), (3200.0, 2.0, 0.7)), 7.0, True),
    "countermelody": Seat(7.5, 0.4, 1.5, 90.0, ((320.0, -1.0, 0.8),), 6.0, True),
    "chords": Seat(7.5, 0.7, 1.5, 120.0, ((330.0, -3.0, 0.8), (1500.0, -1.0, 0.8)), 7.0, True),
    "pad": Seat(9.0, 1.0, 1.5, 130.0, ((330.0, -3.5, 0.7), (1400.0, -3.0, 0.7)), 6.0, True),
    "bass": Seat(5.0, 0.1, 0.4, 32.0, ((260.0, -2.0, 0.9),), 2.0),
    "accents": Seat(7.0, 0.5, 1.5, 150.0, (), 5.0, True),
    "drums": Seat(6.0, 0.7, 0.9, 30.0, ((300.0, -2.0, 0.8),), 2.0),
}
#: Parts without a role, such as those of a sonification.
OTHER = Seat(4.0, 0.4, 0.7)
#: Parts that are panned while they play keep the place that the synthesizer gives them.
PANNED = Seat(4.0, 1.0, 0.5)


def seat_of(part: Part, controls: Sequence[Control]) -> Seat:
    """Return the seat of a part by its role; PANNED where PAN leaves the place to the synthesizer."""
    return PANNED if is_panned(controls) else SEATS.get(part.name.partition(":")[0].strip().lower(), OTHER)


def paths(part: Part, controls: Sequence[Control], timeline: Timeline, seat: Seat | None = None) -> Paths:
    """Return the way of a part's sound to the listener.

    Parameters
    ----------
    part : Part
        Its name says the role, its `pan` the place, its `reverb` how much of the hall sounds.
    controls : sequence of Control
        Of this part: REVERB changes how much of the hall sounds, and PAN leaves the place to the synthesizer.
    timeline : Timeline
        The grid of the score.
    seat : Seat, optional
        None for that of the part.
    """
    seat = seat_of(part, controls) if seat is None else seat
    place = 0.0 if is_panned(controls) else (part.pan - 64) / 63
    left, right = _near(seat, place, timeline.sample_rate)
    return Paths(left, right, _late(seat, timeline.sample_rate), _send(part, controls, timeline))


def is_panned(controls: Sequence[Control]) -> bool:
    """Return whether a part moves from side to side while it plays."""
    return any(each.controller == PAN for each in controls)


@functools.lru_cache(maxsize=64)
def _near(seat: Seat, place: float, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Direct sound and early reflections of both channels of an instrument, as loud at any width."""
    length = round(reflections.EARLY_S * sample_rate)
    scale = 1 / (np.sqrt(2) * np.cos(seat.width * np.pi / 4))
    found = []
    for offset in (-seat.width, seat.width):
        at = max(-1.0, min(1.0, place + offset))
        response = reflections.direct(at, length, sample_rate)
        response += seat.early * reflections.early(at, seat.distance, length, sample_rate)
        found.append(_equalized(scale * response, seat, sample_rate).astype(np.float32))
    return found[0], found[1]


@functools.lru_cache(maxsize=16)
def _late(seat: Seat, sample_rate: int) -> np.ndarray:
    # halved, since both channels of the synthesizer are added
    return _equalized(0.5 * reflections.late(sample_rate), seat, sample_rate).astype(np.float32)


def _equalized(response: np.ndarray, seat: Seat, sample_rate: int) -> np.ndarray:
    """An impulse response with the equalization of a seat, and the same low tones in both channels."""
    from scipy.signal import butter, sosfilt

    sections = [equalizers.bell(*each, sample_rate) for each in seat.bells]
    if seat.high_pass:
        sections.append(equalizers.high_pass(seat.high_pass, sample_rate))
    if seat.shelf_db:
        sections.append(equalizers.high_shelf(SHELF_HZ, seat.shelf_db, sample_rate))
    response = equalizers.filtered(response, sections)
    middle, side = response.mean(axis=1), (response[:, 0] - response[:, 1]) / 2
    side = sosfilt(butter(MONO_ORDER, MONO_HZ, "highpass", fs=sample_rate, output="sos"), side)
    return np.stack([middle + side, middle - side], axis=1)


def _send(part: Part, controls: Sequence[Control], timeline: Timeline) -> Callable[[int, int], np.ndarray]:
    """How much of the hall sounds at each sample: the controller values, each reached in RAMP_S."""
    changes = sorted((timeline.samples_at(each.tick), each.value) for each in controls if each.controller == REVERB)
    ramp = max(1, round(RAMP_S * timeline.sample_rate))
    at, values = [0], [float(part.reverb)]
    for sample, value in changes:
        if sample <= at[-1]:
            values[-1] = float(value)
            continue
        at += [max(at[-1], sample - ramp), sample]
        values += [values[-1], float(value)]
    factor = 10 ** (LATE_DB / 20) / 64
    points, levels = np.array(at, np.float64), factor * np.array(values)

    def send(first: int, stop: int) -> np.ndarray:
        return np.interp(np.arange(first, stop), points, levels).astype(np.float32)

    return send
