"""Ornaments of a melody: runs of sixteenths and triplets between its notes, and turns, where the images are busy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...core import TICKS_PER_BEAT
from .. import theory
from .rhythms import RhythmStyle

#: Intervals that a run fills, in semitones, and with how many notes.
RUNS = {3: 1, 4: 1, 5: 2, 6: 2, 7: 3, 8: 3, 9: 4}
#: Share of ornaments that are triplets where they fit.
TRIPLETS = 0.35

#: A pitch with its start and its length in ticks.
Tone = tuple[int, int, int]


def ornamented(tone: Tone, following: int, scale: Sequence[int], style: RhythmStyle, draw: float) -> tuple[Tone, ...]:
    """Return a note with an ornament that leads to the pitch that follows; only the note where none fits.

    Parameters
    ----------
    tone : (int, int, int)
        Pitch, start and length.
    following : int
        The next pitch, without a rest between.
    scale : sequence of int
        Pitch classes of the added notes.
    style : RhythmStyle
    draw : float
        A random number in [0, 1) that chooses between sixteenths and triplets.

    Examples
    --------
    >>> from ...core import METRES
    >>> style = RhythmStyle(METRES["4/4"], 0.5, 1.5, 0.5)
    >>> ornamented((60, 0, 960), 65, (0, 2, 4, 5, 7, 9, 11), style, 0.9)
    ((60, 0, 480), (62, 480, 240), (64, 720, 240))
    """
    pitch, start, length = tone
    up = 1 if following > pitch else -1
    added = _turn(pitch, scale, length) if abs(following - pitch) <= 2 else _run(pitch, following, up, scale)
    short = _length(len(added), length, style, draw)
    if not added or not short:
        return (tone,)
    first = length - short * len(added)
    places = ((each, start + first + k * short, short) for k, each in enumerate(added))
    return ((pitch, start, first), *places)


def _run(pitch: int, following: int, up: int, scale: Sequence[int]) -> list[int]:
    """The notes of the scale between two pitches, the last of them if there are many."""
    steps: list[int] = []
    step: Callable[[int], int] = lambda k: theory.scale_step(pitch, k * up, scale)  # noqa: E731
    for k in range(1, 8):
        if (following - step(k)) * up <= 0:
            break
        steps.append(step(k))
    return steps[-RUNS.get(abs(following - pitch), 0) :] if abs(following - pitch) in RUNS else []


def _turn(pitch: int, scale: Sequence[int], length: int) -> list[int]:
    """The upper neighbour and the note again, for a long note."""
    return [theory.scale_step(pitch, 1, scale), pitch] if length >= TICKS_PER_BEAT else []


def _length(count: int, length: int, style: RhythmStyle, draw: float) -> int:
    """The length of each of the added notes; 0 where they do not fit."""
    sixteenth = TICKS_PER_BEAT // style.metre.sixteenths
    fits = count == 2 and length == TICKS_PER_BEAT and not style.is_compound and style.metre.sixteenths == 4
    each = TICKS_PER_BEAT // 3 if fits and draw < TRIPLETS else sixteenth
    return each if each >= style.shortest and count * each < length and length - count * each >= each else 0
