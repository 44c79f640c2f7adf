"""Times of frames: exact fractions of a second, on the grid of a constant frame rate where there is one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

#: Share of the frames that must lie on the grid of a rate, so that it is that of the video.
_ON_GRID = 0.95
_HIGHEST_RATE = 1000
#: A stated rate may be so many times the mean one, since frames may be missing.
_MOST_MISSING = 4
_USUAL_RATE = Fraction(25)
#: Time scales beyond it are not written; MP4 has 32 bits for them.
_FINEST = 10_000_000


@dataclass(frozen=True)
class Clock:
    """From time stamps of a container to times.

    Containers round time stamps, WebM to milliseconds: frames of a constant rate are put back to their exact times.

    Parameters
    ----------
    base : Fraction
        Seconds of a unit of time stamps.
    first : Fraction
        Time of the first frame in seconds.
    rate : Fraction
        Frames a second: the mean, where it is variable.
    constant : bool
        Whether frames lie on the grid of `rate`.
    """

    base: Fraction
    first: Fraction
    rate: Fraction
    constant: bool

    @property
    def tick(self) -> Fraction:
        """The largest step of which all times are multiples, in seconds; a ten-millionth, where it is smaller.

        Examples
        --------
        >>> Clock(Fraction(1, 1000), Fraction(3, 1000), Fraction(24), True).tick
        Fraction(1, 3000)
        """
        tick = common_step(self.base, 1 / self.rate) if self.constant else self.base
        return tick if tick.numerator == 1 and tick.denominator <= _FINEST else Fraction(1, _FINEST)

    def time(self, stamp: int) -> Fraction:
        """Return the time of a stamp, on the grid when it is within one unit of it."""
        return self._on_grid(stamp) if self.constant and self.is_on_grid(stamp) else stamp * self.base

    def is_on_grid(self, stamp: int) -> bool:
        """Return whether a stamp is within one unit of the time of a frame at the constant rate."""
        return abs(self._on_grid(stamp) - stamp * self.base) <= self.base

    def length(self, stated: Fraction) -> Fraction:
        """Return the duration of a frame for the one that its container states, in seconds; 0 for none."""
        if not self.constant:
            return stated or 1 / self.rate
        return max(1, round(stated * self.rate)) / self.rate

    def _on_grid(self, stamp: int) -> Fraction:
        return self.first + round((stamp * self.base - self.first) * self.rate) / self.rate


def common_step(first: Fraction, second: Fraction) -> Fraction:
    """Return the greatest common divisor of two fractions.

    Examples
    --------
    >>> common_step(Fraction(1, 24), Fraction(1, 1000))
    Fraction(1, 3000)
    """
    step = math.gcd(first.numerator * second.denominator, second.numerator * first.denominator)
    return Fraction(step, first.denominator * second.denominator)


def clock_of(stamps: Sequence[int], base: Fraction, rates: Iterable[Fraction | None]) -> Clock:
    """Return the clock of a video.

    Parameters
    ----------
    stamps : sequence of int
        Time stamps of its packets, in any order.
    base : Fraction
        Seconds of a unit of them.
    rates : iterable of Fraction or None
        Frame rates that the file states, the most reliable first.
    """
    stated = [Fraction(rate) for rate in rates if rate and 0 < rate <= _HIGHEST_RATE]
    ordered = sorted(set(stamps))
    first = ordered[0] * base if ordered else Fraction(0)
    mean = _mean_rate(ordered, base)
    for rate in stated:
        clock = Clock(base, first, rate, True)
        possible = mean is None or rate <= _MOST_MISSING * mean
        if possible and sum(map(clock.is_on_grid, ordered)) >= _ON_GRID * len(ordered):
            return clock
    return Clock(base, first, mean or (stated or [_USUAL_RATE])[0], False)


def _mean_rate(ordered: Sequence[int], base: Fraction) -> Fraction | None:
    if len(ordered) < 2:
        return None
    return ((len(ordered) - 1) / ((ordered[-1] - ordered[0]) * base)).limit_denominator(1001)
