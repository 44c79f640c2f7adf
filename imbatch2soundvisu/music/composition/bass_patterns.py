"""The patterns of a bass, in eighths, for metres of two, three, five and seven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: (eighth of the group, tone): in every group of so many eighths.
_Pattern = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class BassPattern:
    """The notes of a bass in a bar, besides the root as a chord begins.

    Parameters
    ----------
    description : str
    four, three, six : tuple of (int, str)
        Eighth and tone ("root", "fifth", "octave", or "alternate": root and fifth in turn) in a group of four eighths
        (of two, cut), three, and six.
    length : float
        Of a note as a share of the time to the next, [0, 1].
    """

    description: str
    four: _Pattern = ()
    three: _Pattern = ()
    six: _Pattern = ()
    length: float = 1.0

    def bar(self, groups: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Yield (eighth of the bar, tone)."""
        begin = 0
        for eighths in groups:
            own = {6: self.six, 3: self.three}.get(eighths, self.four)
            yield from ((begin + at, tone) for at, tone in own if at < eighths)
            begin += eighths


#: The patterns by name; "walking", "drone", "together" and "moving" are written note by note.
PATTERNS = {
    "held": BassPattern("the root, held while the chord lasts"),
    "line": BassPattern(
        "a line that moves with the chords", ((0, "root"),), ((0, "root"),), ((0, "root"), (4, "fifth"))
    ),
    "two": BassPattern(
        "root and fifth in turn, on each group of beats",
        ((0, "alternate"),), ((0, "alternate"),), ((0, "alternate"),), 0.8
    ),
    "waltz": BassPattern(
        "root and fifth in turn, short, on the first beat",
        ((0, "alternate"),), ((0, "alternate"),), ((0, "alternate"),), 0.5
    ),
    "bossa": BassPattern(
        "root and fifth, syncopated",
        ((0, "root"), (3, "fifth")), ((0, "root"), (2, "fifth")), ((0, "root"), (3, "fifth")), 0.9
    ),
    "driving": BassPattern(
        "eighths on the root, with octaves",
        ((0, "root"), (1, "root"), (2, "octave"), (3, "root")), ((0, "root"), (1, "root"), (2, "octave")),
        ((0, "root"), (2, "root"), (3, "octave"), (4, "root")), 0.7,
    ),
    "ostinato": BassPattern(
        "a short pattern of root, octave and fifth",
        ((0, "root"), (3, "octave")), ((0, "root"), (1, "fifth")), ((0, "root"), (3, "octave"), (5, "fifth")), 0.8
    ),
    "habanera": BassPattern(
        "the bass of a tango",
        ((0, "root"), (3, "fifth")), ((0, "root"), (2, "fifth")), ((0, "root"), (3, "fifth"), (4, "root")), 0.7
    ),
    "rocking": BassPattern(
        "root and fifth, gently", ((0, "root"), (2, "fifth")), ((0, "root"),), ((0, "root"), (4, "fifth")), 1.0
    ),
}  # fmt: skip
WALKING, DRONE, TOGETHER, MOVING = "walking", "drone", "together", "moving"
#: What all basses play, by name.
BASSES = {
    **{name: pattern.description for name, pattern in PATTERNS.items()},
    WALKING: "a note on every beat, in steps towards the next root",
    TOGETHER: "the lowest of four voices, in the rhythm of the melody",
    MOVING: "the lowest of four voices, with passing notes",
    DRONE: "a fifth held throughout",
}
