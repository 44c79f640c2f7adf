"""Orchestration: which layers play in each half of a phrase, by name of a texture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core import TICKS_PER_BEAT
from .form import FINAL, Phrase
from .harmony import HarmonicPlan
from .hashed_random import HashedRandom
from .textures import CLOSE, TEXTURES, Texture

#: How much more the densities of phrases differ in the music than in the means of their images.
CONTRAST = 2.0
#: How far the middle of that is the mean of the piece, not that of all images.
OWN_MEAN = 0.7
#: The fewest bars of a phrase with two textures.
SHORTEST_BARS = 3
#: Cumulative shares of the phrases with the same texture in both halves, with a much denser one in the second half, a
#: denser one, and a sparser one; the others have a much sparser one.
STEADY, MUCH_FULLER, FULLER, THINNER = 0.2, 0.5, 0.7, 0.85
#: Share of new sections that a general pause precedes.
PAUSES = 0.6


@dataclass(frozen=True, slots=True)
class Passage:
    """A phrase or half of one, in one texture.

    Parameters
    ----------
    first, last : int
        Slots; `last` is excluded.
    name : str
        In TEXTURES.
    phrase : int
        Index of its phrase.
    half : int
        Of the phrase, 0 or 1.
    pause : int
        Ticks before its end in which only the melody may play.
    """

    first: int
    last: int
    name: str
    phrase: int
    half: int = 1
    pause: int = 0

    @property
    def texture(self) -> Texture:
        """The row of TEXTURES."""
        return TEXTURES[self.name]


@dataclass(frozen=True)
class OrchestrationSettings:
    """What the textures of a piece depend on besides its phrases.

    Parameters
    ----------
    names : tuple of str
        Names in TEXTURES to choose from, sparse to dense.
    density : (phrases, 2) array
        In [0, 1], of both halves of each phrase; see `contrasted`.
    middles : (phrases,) sequence of int or None
        The first slot of the second half of each; None for a phrase in one texture.
    climax : int
        Index of the phrase with the climax.
    beats_per_bar : int
    close : str
        "full" or "thin": how the last phrase ends.
    cadence : str
        The texture of the last cadence.
    opening : str
        "thin" or "full": how the first phrase begins.
    """

    names: tuple[str, ...]
    density: np.ndarray
    middles: Sequence[int | None]
    climax: int
    beats_per_bar: int
    close: str = "full"
    cadence: str = CLOSE
    opening: str = "thin"


def plan_passages(plan: HarmonicPlan, settings: OrchestrationSettings, draws: HashedRandom) -> tuple[Passage, ...]:
    """Return the texture of every half of a phrase.

    Dense phrases have dense textures. Of equally dense ones, the second half of the climax has the fullest, the first
    phrase and those after the climax thinner ones. Where both halves of a phrase are equally dense, one may be fuller
    than the other, so that layers enter and leave within it.

    Parameters
    ----------
    plan : HarmonicPlan
    settings : OrchestrationSettings
    draws : HashedRandom
        Decides between equally suitable textures, phrase by phrase.
    """
    passages: list[Passage] = []
    for index, (phrase, middle) in enumerate(zip(plan.phrases, settings.middles, strict=True)):
        draw = draws.unit(plan.slots[phrase.first].image, "course")
        names = _halves(index, plan, settings, draw)
        pause = _pause(plan, index, draws)
        if middle is None:
            passages.append(Passage(phrase.first, phrase.last, names[-1], index, 1, pause))
        else:
            passages.append(Passage(phrase.first, middle, names[0], index, 0))
            passages.append(Passage(middle, phrase.last, names[1], index, 1, pause))
    return tuple(_with_cadence(plan, passages, settings))


def contrasted(density: np.ndarray) -> np.ndarray:
    """Return mean densities of phrases, [0, 1], which differ about as much as those of single images.

    Mostly around their own mean, to a tenth, so that pieces of busy images have sparse phrases, too.

    Examples
    --------
    >>> contrasted(np.array([0.4, 0.5, 0.6])).round(3).tolist()
    [0.31, 0.5, 0.69]
    """
    middle = OWN_MEAN * round(float(np.mean(density)), 1) + (1 - OWN_MEAN) * 0.5
    return np.asarray(0.5 + 0.5 * np.tanh(2 * CONTRAST * (density - middle)))


def _halves(index: int, plan: HarmonicPlan, settings: OrchestrationSettings, draw: float) -> tuple[str, str]:
    """The textures of the two halves of a phrase; the same one in phrases of fewer than SHORTEST_BARS."""
    names, levels, count = settings.names, settings.density[index], len(plan.phrases)
    most = len(names) - 1
    usual, second = (round(float(level) * most) for level in levels)
    first = usual
    if levels[0] == levels[1] and draw >= STEADY:
        change = (2 if draw < MUCH_FULLER else 1) if draw < FULLER else -1 if draw < THINNER else -2
        first, second = usual - change, usual + change
    is_last = index == count - 1
    if index == 0 and settings.opening == "full":
        first = max(first, _driven(names))
        second = max(second, _driven(names))
    elif index == 0 and count > 1:
        first = first - 2
    elif index == settings.climax:
        second = most
    elif index == settings.climax + 1 and not is_last:
        first = min(first, usual - 2)
    if is_last and settings.close == "full":
        second = most
    if _beats(plan, plan.phrases[index]) < SHORTEST_BARS * settings.beats_per_bar:
        first = second = usual
    return names[min(max(first, 0), most)], names[min(max(second, 0), most)]


def _driven(names: tuple[str, ...]) -> int:
    """The index of the sparsest texture with drums, of the densest one where none has them."""
    return next((k for k, name in enumerate(names) if TEXTURES[name].drums), len(names) - 1)


def _beats(plan: HarmonicPlan, phrase: Phrase) -> int:
    first, last = plan.slots[phrase.first], plan.slots[phrase.last - 1]
    return last.beat + last.beats - first.beat


def _with_cadence(plan: HarmonicPlan, passages: list[Passage], settings: OrchestrationSettings) -> list[Passage]:
    """The passages with bass and chords under the last two chords, whatever plays before them."""
    *before, last = passages
    first = max(plan.changes[-2:][0], last.first)
    closing = replace(last, first=first, name=settings.cadence)
    return [*before, *([replace(last, last=first)] if first > last.first else []), closing]


def _pause(plan: HarmonicPlan, index: int, draws: HashedRandom) -> int:
    """Ticks of a general pause before the next phrase, if that is a new section."""
    phrase = plan.phrases[index]
    if phrase.cadence == FINAL or index + 1 == len(plan.phrases):
        return 0
    is_section = plan.phrases[index + 1].theme != phrase.theme
    last = plan.slots[phrase.last - 1]
    if not is_section or last.beats < 2 or draws.unit(last.image, "pause") >= PAUSES:
        return 0
    return TICKS_PER_BEAT


def suited(names: Sequence[str], suitable: Sequence[str]) -> tuple[str, ...]:
    """Return the names of textures that suit an ensemble: those of a genre among `suitable`, else all suitable ones.

    Canons are only for genres that have them, since their harmony repeats.

    Examples
    --------
    >>> suited(("solo", "duet", "tutti"), ("solo", "chorale", "tutti"))
    ('solo', 'tutti')
    >>> suited(("drone",), ("solo", "canon", "chorale"))
    ('solo', 'chorale')
    """
    kept = tuple(name for name in names if not suitable or name in suitable)
    if len(set(kept)) > 1 or not suitable:
        return kept
    return tuple(name for name in suitable if name in names or TEXTURES[name].counter != "canon")
