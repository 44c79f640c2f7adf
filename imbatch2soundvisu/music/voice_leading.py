"""Voice leading: parallel fifths and octaves, and voicings that move little. Pitches are MIDI numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

#: Perfect intervals in semitones, octaves removed.
PERFECT = (0, 7)
#: Minor and major third.
THIRDS = (3, 4)
#: Cost of a voice above the ceiling of a voicing.
TOO_HIGH = 4.0


def passing_tone(pitch: int, following: int, scale: Sequence[int]) -> int | None:
    """Return the tone of a scale between two pitches a third apart; None where there is none, and for other intervals.

    Examples
    --------
    >>> passing_tone(60, 64, (0, 2, 4, 5, 7, 9, 11)), passing_tone(60, 65, (0, 2, 4, 5, 7, 9, 11))
    (62, None)
    """
    low, high = sorted((pitch, following))
    between = (each for each in range(low + 1, high) if each % 12 in scale)
    return next(between, None) if high - low in THIRDS else None


def is_parallel(upper: tuple[int, int], lower: tuple[int, int]) -> bool:
    """Return whether two voices move in parallel fifths or octaves.

    Parameters
    ----------
    upper, lower : (int, int)
        The pitch of each voice before and after.

    Examples
    --------
    >>> is_parallel((67, 69), (60, 62)), is_parallel((67, 65), (60, 62))
    (True, False)
    """
    up, low = upper[1] - upper[0], lower[1] - lower[0]
    interval = (upper[0] - lower[0]) % 12
    return up * low > 0 and interval in PERFECT and (upper[1] - lower[1]) % 12 == interval


def voicing(
    pitch_classes: Sequence[int],
    previous: Sequence[int] | None,
    centre: float,
    voices: int = 3,
    ceiling: float = math.inf,
) -> tuple[int, ...]:
    """Return the voicing of a chord that moves least from `previous` and stays near `centre`, ascending.

    Parameters
    ----------
    pitch_classes : sequence of int
        Of the chord, root first; the fifth is left out if there are more tones than voices.
    previous : sequence of int or None
        The voicing before; None for none.
    centre : float
        Pitch; no voice is more than 10 semitones from it.
    voices : int
        How many tones to play.
    ceiling : float
        Pitch above which voices do not lie where they need not.

    Examples
    --------
    >>> voicing((5, 9, 0), (60, 64, 67), 62)
    (60, 65, 69)
    >>> voicing((5, 9, 0), (60, 64, 67), 58, ceiling=66)
    (57, 60, 65)
    """
    tones = list(pitch_classes)
    while len(tones) > voices:
        tones.pop(2 if len(tones) > 3 else 0)
    low, high = round(centre) - 10, round(centre) + 10
    options = [[p for p in range(low, high + 1) if p % 12 == pc] for pc in tones]
    candidates = (tuple(sorted(choice)) for choice in itertools.product(*options))
    return min(candidates, key=lambda arranged: _voicing_cost(arranged, previous, centre, ceiling))


def _voicing_cost(arranged: tuple[int, ...], previous: Sequence[int] | None, centre: float, ceiling: float) -> float:
    """Cost of spacing, of distance from the centre, of motion and of parallels between the voices."""
    gaps = [b - a for a, b in itertools.pairwise(arranged)]
    cost = 0.35 * abs(sum(arranged) / len(arranged) - centre) + TOO_HIGH * sum(p > ceiling for p in arranged)
    cost += 0.1 * sum(gaps) + sum(6.0 for gap in gaps if gap < 2) + sum(0.6 * (gap - 9) for gap in gaps if gap > 9)
    if previous is not None and len(previous) == len(arranged):
        moves = [abs(a - b) for a, b in zip(arranged, previous, strict=True)]
        cost += sum(moves) + 0.5 * max(moves)
        pairs = itertools.combinations(range(len(arranged)), 2)
        cost += 1.5 * sum(is_parallel((previous[j], arranged[j]), (previous[i], arranged[i])) for i, j in pairs)
    return cost
