"""The figurations of chords, in eighths, for metres of two, three, five and seven."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: For each eighth the voices that are struck: 0 lowest, 2 highest, 3 the lowest an octave higher; () is a rest.
Pattern = tuple[tuple[int, ...], ...]

ROOT, MIDDLE, TOP, ALL, UPPER, REST = (0,), (1,), (2,), (0, 1, 2), (1, 2), ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figuration.

    Parameters
    ----------
    description : str
    duple : Pattern
        One or four eighths, or a bar of eight; of one eighth: once per chord.
    three : Pattern
        Three eighths: a beat of 6/8, or three beats of 7/8.
    six : Pattern
        A bar of 3/4.
    """

    description: str
    duple: Pattern
    three: Pattern
    six: Pattern

    def bar(self, groups: tuple[int, ...]) -> Pattern:
        """Return the pattern of a bar whose groups have so many eighths.

        Examples
        --------
        >>> FIGURES["alberti"].bar((4, 4))
        ((0,), (2,), (1,), (2,), (0,), (2,), (1,), (2,))
        >>> FIGURES["waltz"].bar((6,)), FIGURES["waltz"].bar((3, 3))
        (((), (), (0, 1, 2), (), (0, 1, 2), ()), ((), (0, 1, 2), (0, 1, 2), (), (0, 1, 2), (0, 1, 2)))
        """
        if len(self.duple) == sum(groups):
            return self.duple
        return tuple(voices for group in groups for voices in self._group(group))

    def _group(self, eighths: int) -> Iterator[tuple[int, ...]]:
        if eighths == 6:
            yield from self.six
        elif eighths == 3:
            yield from self.three
        else:
            duple = self.duple if len(self.duple) > 1 else (*self.duple, REST, REST, REST)
            for k in range(eighths):
                yield duple[k % len(duple)]


#: The figures by name.
FIGURES: dict[str, Figure] = {
    "block": Figure("whole chords as they change", (ALL,), (ALL, REST, REST), (ALL, REST, REST, REST, REST, REST)),
    "sparse": Figure(
        "few single tones, upwards",
        (ROOT, REST, MIDDLE, TOP),
        (ROOT, MIDDLE, TOP),
        (ROOT, REST, MIDDLE, REST, TOP, REST),
    ),
    "drops": Figure(
        "a fifth or third, then a tone, with long rests",
        ((0, 2), REST, REST, MIDDLE),
        ((0, 2), REST, MIDDLE),
        ((0, 2), REST, REST, MIDDLE, TOP, REST),
    ),
    "harp": Figure(
        "broken chords up and down",
        (ROOT, MIDDLE, TOP, MIDDLE),
        (ROOT, MIDDLE, TOP),
        (ROOT, MIDDLE, TOP, (3,), TOP, MIDDLE),
    ),
    "broken": Figure(
        "low, high, middle, high", (ROOT, TOP, MIDDLE, TOP), (ROOT, TOP, MIDDLE), (ROOT, TOP, MIDDLE, TOP, MIDDLE, TOP)
    ),
    "alberti": Figure(
        "low, high, middle, high; in threes low, middle, high",
        (ROOT, TOP, MIDDLE, TOP),
        (ROOT, MIDDLE, TOP),
        (ROOT, TOP, MIDDLE, TOP, MIDDLE, TOP),
    ),
    "picked": Figure(
        "a picked guitar: bass notes and upper tones in turn",
        (ROOT, UPPER, ROOT, TOP, MIDDLE, TOP, ROOT, UPPER),
        (ROOT, UPPER, TOP),
        (ROOT, TOP, UPPER, TOP, MIDDLE, TOP),
    ),
    "waves": Figure(
        "broken chords over an octave, up and down",
        (ROOT, MIDDLE, TOP, (3,), TOP, MIDDLE, TOP, MIDDLE),
        (ROOT, MIDDLE, TOP),
        (ROOT, MIDDLE, TOP, (3,), TOP, MIDDLE),
    ),
    "stride": Figure(
        "chords on the second half of each group",
        (REST, ALL, REST, UPPER),
        (REST, REST, ALL),
        (REST, REST, ALL, REST, UPPER, REST),
    ),
    "push": Figure(
        "chords that come before the beat",
        (ALL, REST, REST, UPPER, REST, REST, UPPER, REST),
        (ALL, REST, UPPER),
        (ALL, REST, REST, UPPER, REST, UPPER),
    ),
    "pulse": Figure(
        "a chord on every eighth",
        (ALL, UPPER, UPPER, UPPER),
        (ALL, UPPER, UPPER),
        (ALL, UPPER, UPPER, UPPER, UPPER, UPPER),
    ),
    "waltz": Figure(
        "chords on the second and third beat",
        (REST, REST, ALL, REST),
        (REST, ALL, ALL),
        (REST, REST, ALL, REST, ALL, REST),
    ),
    "bossa": Figure(
        "a syncopated guitar",
        (ALL, REST, REST, UPPER, REST, REST, ALL, REST),
        (ALL, REST, UPPER),
        (ALL, REST, REST, UPPER, REST, UPPER),
    ),
    "comp": Figure(
        "a jazz piano between the beats",
        (REST, REST, REST, ALL, REST, REST, ALL, REST),
        (REST, REST, ALL),
        (REST, REST, ALL, REST, REST, UPPER),
    ),
    "habanera": Figure(
        "the rhythm of a tango",
        (ALL, REST, REST, UPPER, ALL, REST, ALL, REST),
        (ALL, REST, UPPER),
        (ALL, REST, ALL, REST, ALL, REST),
    ),
    "strum": Figure(
        "a strummed guitar",
        (ALL, REST, ALL, UPPER, REST, UPPER, ALL, UPPER),
        (ALL, REST, UPPER),
        (ALL, REST, UPPER, TOP, UPPER, TOP),
    ),
    "offbeats": Figure(
        "chords between the beats", (REST, ALL, REST, ALL), (REST, REST, ALL), (REST, ALL, REST, ALL, REST, ALL)
    ),
    "rocking": Figure(
        "low and high in turn", (ROOT, REST, UPPER, REST), (ROOT, REST, UPPER), (ROOT, REST, UPPER, REST, UPPER, REST)
    ),
    "ostinato": Figure(
        "an upward pattern across the beats",
        (ROOT, MIDDLE, TOP, ROOT, MIDDLE, TOP, ROOT, TOP),
        (ROOT, TOP, REST),
        (ROOT, MIDDLE, TOP, MIDDLE, TOP, MIDDLE),
    ),
    "repeated": Figure(
        "repeated thirds and sixths", ((0, 1), UPPER, (0, 1), UPPER), ((0, 1), UPPER, UPPER), (UPPER,) * 6
    ),
}
