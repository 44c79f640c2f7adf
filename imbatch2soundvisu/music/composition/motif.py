"""The motif of a theme: the rhythm and the contour of its idea of two bars, of what goes on from it, and its upbeat."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import rhythms
from .rhythms import Rhythm, RhythmStyle

#: Contours of an idea: (position in [0, 1], scale steps from its middle).
CONTOURS = {
    "arch": ((0.0, -2.0), (0.6, 3.5), (1.0, 0.0)),
    "falling": ((0.0, 3.0), (0.25, 3.5), (1.0, -3.0)),
    "rising": ((0.0, -3.0), (0.8, 3.0), (1.0, 2.0)),
    "wave": ((0.0, -1.0), (0.3, 2.5), (0.65, -2.5), (1.0, 1.0)),
    "valley": ((0.0, 2.0), (0.5, -2.5), (1.0, 2.0)),
    "call": ((0.0, -3.0), (0.2, 2.5), (0.5, 1.0), (1.0, -2.0)),
}
#: The contour of a theme that contrasts with another.
CONTRASTS = {
    "arch": "valley", "falling": "rising", "rising": "falling", "wave": "call", "valley": "arch", "call": "wave"
}  # fmt: skip
#: Share of ideas with a note held over the bar line, and of those that begin after the downbeat.
TIED, LATE = 0.3, 0.12
#: Bars of which the one most like the first bar of a motif is taken.
ALIKE = 4
#: How many more or fewer notes per quarter other themes have than theme A.
MORE_NOTES = {"A": 0.0, "B": -0.3, "C": 0.35, "D": 0.0}


@dataclass(frozen=True, slots=True)
class Motif:
    """The motif of a theme.

    Parameters
    ----------
    pickup : Rhythm
        Notes before the downbeat, with starts below 0; empty for none.
    idea : Rhythm
        Two bars.
    bars : tuple of Rhythm
        Two bars that go on from the idea.
    contour : str
        A name in CONTOURS.
    drift : int
        Scale steps by which the idea is moved where it is sequenced, 1 or -1.
    """

    pickup: Rhythm
    idea: Rhythm
    bars: tuple[Rhythm, Rhythm]
    contour: str
    drift: int

    def curve(self, position: float) -> float:
        """Return the contour at a position of the idea, in scale steps from its middle."""
        points = CONTOURS[self.contour]
        return float(np.interp(position, [x for x, _ in points], [y for _, y in points]))

    def augmented(self, bar: int) -> Motif:
        """Return the motif with the first bar of its idea in notes of twice the length; bar : ticks."""
        return replace(self, idea=tuple((2 * start, 2 * length) for start, length in self.idea if start < bar))

    def with_signature(self, signature: tuple[bool, ...]) -> Motif:
        """Return the motif with the first beats of its idea divided as a signature says."""
        return replace(self, idea=rhythms.signed(self.idea, signature))


def invent(
    style: RhythmStyle,
    pickups: float,
    theme: str,
    rng: np.random.Generator,
    of: Motif | None = None,
    taken_up: float = 0.85,
) -> Motif:
    """Return a random motif.

    Parameters
    ----------
    style : RhythmStyle
    pickups : float
        The probability of a pickup, [0, 1].
    theme : str
        "A" to "D".
    rng : numpy.random.Generator
    of : Motif, optional
        The motif from which it is derived: the second bar has the rhythm of its first, and the contour contrasts.
    taken_up : float
        The probability that what follows the idea has its rhythm, [0, 1].
    """
    own = replace(style, notes_per_quarter=max(0.5, style.notes_per_quarter + MORE_NOTES[theme]))
    first = rhythms.bar(own, rng)
    second = _second_bar(first, own, rng) if of is None or rng.random() < 0.6 else _bar_of(of.idea, own)
    idea = rhythms.joined((first, second), style.bar)
    draw = rng.random()
    idea = rhythms.tied(idea, style.bar) if draw < TIED else idea
    if draw > 1 - LATE and len(first) > 2:
        idea = idea[1:]
    third = first if rng.random() < taken_up else _like(first, own, rng)
    fourth = first if rng.random() < taken_up / 2 else _like(first, own, rng)
    upbeat = rhythms.pickup(style, rng) if rng.random() < pickups else ()
    if of is None:
        contour = list(CONTOURS)[int(rng.integers(len(CONTOURS)))]
    else:
        contour = CONTRASTS[of.contour] if theme != "C" else "wave"
    return Motif(upbeat, idea, (third, fourth), contour, int(rng.choice((-1, 1))))


def _like(first: Rhythm, style: RhythmStyle, rng: np.random.Generator) -> Rhythm:
    """Of several bars the one with the most onsets in common with another, so that the rhythm stays recognizable."""
    onsets = {start for start, _ in first}
    drawn = [rhythms.bar(style, rng) for _ in range(ALIKE)]
    return min(drawn, key=lambda each: len(onsets ^ {start for start, _ in each}))


def _second_bar(first: Rhythm, style: RhythmStyle, rng: np.random.Generator) -> Rhythm:
    """A bar that ends calmly; it begins like the first one half of the time."""
    groups = style.groups
    calm = replace(style, notes_per_quarter=0.7)
    if len(groups) == 1:
        return rhythms.bar(calm, rng)
    edge = sum(groups[:-1]) * rhythms.TICKS_PER_BEAT
    head = (
        tuple(note for note in first if note[0] < edge)
        if rng.random() < 0.75
        else rhythms.bar(style, rng, sum(groups[:-1]))
    )
    cut = tuple((start, min(length, edge - start)) for start, length in head)
    tail = rhythms.bar(calm, rng, groups[-1])
    return (*cut, *((edge + start, length) for start, length in tail))


def _bar_of(idea: Rhythm, style: RhythmStyle) -> Rhythm:
    """The first bar of an idea, cut at its end."""
    return tuple((start, min(length, style.bar - start)) for start, length in idea if 0 <= start < style.bar)
