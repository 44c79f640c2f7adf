"""Metres: how beats make bars, which of them have accents, and how a beat divides."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Metre:
    """A metre.

    Parameters
    ----------
    name : str
        The time signature, such as "6/8".
    groups : tuple of int
        Beats of each group of a bar. The first beat of a group has an accent, that of the bar the strongest.
    division : int, default 2
        Equal parts of a beat: 2, or 3 in compound metres.
    quarters : Fraction, default 1
        Quarter notes of a beat: 3/2 where it is a dotted quarter, 1/2 where it is an eighth.

    Examples
    --------
    >>> METRES["6/8"].beats_per_bar, METRES["6/8"].sixteenths, METRES["7/8"].accents
    (2, 6, (0, 3, 5))
    """

    name: str
    groups: tuple[int, ...]
    division: int = 2
    quarters: Fraction = Fraction(1)

    def __str__(self) -> str:
        return self.name

    @property
    def beats_per_bar(self) -> int:
        return sum(self.groups)

    @property
    def numerator(self) -> int:
        """The upper number of the time signature."""
        return int(self.name.split("/")[0])

    @property
    def denominator(self) -> int:
        """The lower number of the time signature."""
        return int(self.name.split("/")[1])

    @property
    def sixteenths(self) -> int:
        """Sixteenth notes of a beat."""
        return int(4 * self.quarters)

    @property
    def pulse(self) -> int:
        """Beats of what is counted: two where the beat is an eighth, else one."""
        return max(1, int(1 / self.quarters))

    @property
    def accents(self) -> tuple[int, ...]:
        """The beats of a bar, from 0, that have an accent."""
        return tuple(itertools.accumulate(self.groups[:-1], initial=0))

    def strength(self, beat: int) -> int:
        """Return how strong a beat, counted from the first of any bar, is: 2 as a bar begins, 1 as a group does, 0."""
        position = beat % self.beats_per_bar
        return 2 if position == 0 else 1 if position in self.accents else 0


#: The metres by name.
METRES = {
    each.name: each
    for each in (
        Metre("4/4", (2, 2)),
        Metre("3/4", (3,)),
        Metre("2/4", (2,)),
        Metre("5/4", (3, 2)),
        Metre("7/4", (4, 3)),
        Metre("6/8", (2,), 3, Fraction(3, 2)),
        Metre("9/8", (3,), 3, Fraction(3, 2)),
        Metre("12/8", (2, 2), 3, Fraction(3, 2)),
        Metre("7/8", (3, 2, 2), 2, Fraction(1, 2)),
    )
}


def simple_metre(beats_per_bar: int) -> Metre:
    """Return the metre of so many quarter notes per bar.

    Examples
    --------
    >>> simple_metre(3).name, simple_metre(11).groups
    ('3/4', (11,))
    """
    name = f"{beats_per_bar}/4"
    return METRES.get(name) or Metre(name, (beats_per_bar,))
