"""Time for title and end cards: to the music, a card is a number of further images.

The style makes the timeline of the images and of that many copies of the first and last image, and composes for them.
So cuts from and to a card are on beats, images stay as even as without cards, and a total duration stays exact,
whatever the style.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ..core import FrameRate, ImageSequence, Music, Score, TempoTimeline, Timeline, Timing
from ..core.errors import ConfigError

#: Cards take at most this share of a required total duration.
MOST_OF_TOTAL = 0.8
#: A card that is longer than requested by this factor is shortened to whole beats.
MOST_STRETCHED = 1.34
#: Shortest beat in seconds that is one, and not the unit of a grid of frames.
_SHORTEST_BEAT_S = 0.25


@dataclass(frozen=True)
class CardSlots:
    """How many images the cards of a sequence count as.

    Parameters
    ----------
    title, end : int
        Images that the title card and the end card count as; 0 without the card.
    title_s, end_s : float
        The requested durations in seconds.
    """

    title: int = 0
    end: int = 0
    title_s: float = 0.0
    end_s: float = 0.0

    def padded(self, sequence: ImageSequence) -> ImageSequence:
        """Return the sequence with copies of its first and last image for the cards."""
        if not (self.title or self.end):
            return sequence
        n = len(sequence)
        rows = np.r_[np.zeros(self.title, int), np.arange(n), np.full(self.end, n - 1)]
        sections = tuple(each + self.title if each else 0 for each in sequence.sections)
        return replace(sequence, table=sequence.table.select(rows), values=sequence.values[rows], sections=sections)

    def timeline(self, grid: Timeline) -> Timeline:
        """Return the timeline of the images alone, with the beats of the cards, from that of the padded sequence."""
        last = len(grid.beats) - self.end
        beats = list(grid.beats[self.title : last])
        title, end = sum(grid.beats[: self.title]), sum(grid.beats[last:])
        kept_title, kept_end = _shortened(grid, title, self.title_s), _shortened(grid, end, self.end_s, sum(grid.beats))
        beats[0] += title - kept_title
        beats[-1] += end - kept_end
        return replace(grid, beats=tuple(beats), title_beats=kept_title, end_beats=kept_end)

    def is_shortened(self, grid: Timeline) -> bool:
        """Whether the first image is shown earlier than the music has it, since the title card is shorter than that."""
        return self.title > 0 and self.timeline(grid).title_beats != sum(grid.beats[: self.title])

    def score(self, score: Score, timeline: Timeline) -> Score:
        """Return the score of the padded sequence with the decisions of its images only."""
        if not (self.title or self.end):
            return score
        rows = score.decisions[self.title : self.title + len(timeline.beats)]
        numbered: list[dict[str, Any]] = [
            {**row, "position": i + 1} if "position" in row else {**row} for i, row in enumerate(rows)
        ]
        if score.decisions and numbered:
            first = score.decisions[0]
            numbered[0].update((key, first[key]) for key in ("tempo_notes", "metre_notes") if key in first)
        return replace(score, timeline=timeline, decisions=tuple(numbered))


def _shortened(grid: Timeline, beats: int, seconds: float, last: int = 0) -> Any:
    """The beats of a card: fewer than its images have, where these last much longer than requested.

    They are whole, to the nearest frame where beats are no whole number of frames. `last` is the beat on which a card
    at the end is over.
    """
    whole = _seconds_of_card(grid, beats, last)
    if not beats or whole / float(beats) < _SHORTEST_BEAT_S or whole <= MOST_STRETCHED * seconds:
        return beats
    counts = range(1, int(beats) + 1)
    exact = [k for k in counts if grid.frame_at(abs(last - k)).denominator == 1]
    for found in (exact, counts):
        kept = min(found, key=lambda k: abs(_seconds_of_card(grid, k, last) - seconds), default=beats)
        within = max(whole / float(beats) / 2, (MOST_STRETCHED - 1) * seconds)
        if abs(_seconds_of_card(grid, kept, last) - seconds) <= within:
            break
    cut = round(grid.frame_at(abs(last - kept)))
    return kept if kept in exact or kept == beats else abs(last - grid.beat_at(cut))


def _seconds_of_card(grid: Timeline, beats: int | Fraction, last: int | Fraction) -> float:
    """How long so many beats are at the start, or before the beat `last`, in seconds."""
    frames = grid.frame_at(last) - grid.frame_at(last - beats) if last else grid.frame_at(beats)
    return float(frames / Fraction(grid.fps))


def slots(
    style: Music, sequence: ImageSequence, fps: FrameRate, timing: Timing, title_s: float = 0.0, end_s: float = 0.0
) -> CardSlots:
    """Return how many images cards of the given durations count as.

    Parameters
    ----------
    style : Music
        What makes the timeline.
    sequence : ImageSequence
        The images.
    fps : int or Fraction
        Frames per second.
    timing : Timing
        How long images last; a total duration includes the cards.
    title_s, end_s : float
        Durations in seconds; 0 without the card.

    Raises
    ------
    ConfigError
        If the cards leave too little of a required total duration.
    """
    if not (title_s or end_s):
        return CardSlots()
    check_total(timing.total_seconds, title_s, end_s)
    each, last = _durations(style, sequence, fps, timing, title_s + end_s)
    title = max(1, round(title_s / each)) if title_s else 0
    end = 1 + max(0, round((end_s - last) / each)) if end_s else 0
    return CardSlots(title, end, title_s, end_s)


def _durations(
    style: Music, sequence: ImageSequence, fps: FrameRate, timing: Timing, cards_s: float
) -> tuple[float, float]:
    """How long an image lasts on average, and how long the last one, in seconds."""
    n = len(sequence)
    if isinstance(timing.total_seconds, int | float):
        even = (timing.total_seconds - cards_s) / n
        try:
            grid = style.timeline(sequence, fps, replace(timing, total_seconds=even * n))
        except ConfigError:
            return even, even
    else:
        grid = style.timeline(sequence, fps, timing)
        even = float(grid.seconds) / n
    if n == 1 or not isinstance(grid, TempoTimeline):
        return even, even
    starts = grid.start_seconds.tolist()
    return (starts[-2] - starts[0]) / (n - 1), starts[-1] - starts[-2]


def check_total(total_s: float | str | None, title_s: float, end_s: float) -> None:
    """Raise ConfigError if cards take more than MOST_OF_TOTAL of a total duration."""
    if isinstance(total_s, int | float) and title_s + end_s > MOST_OF_TOTAL * total_s:
        raise ConfigError(
            f"title and end card take {title_s + end_s:g} of total_seconds={total_s:g} and leave too little for the "
            "images: use shorter cards or a longer total"
        )


def padded_weights(weights: Sequence[float] | None, cards: CardSlots) -> tuple[float, ...] | None:
    """Return the weights of the padded sequence: those of cards are undefined, which counts as the mean."""
    if weights is None or not (cards.title or cards.end):
        return None if weights is None else tuple(weights)
    nan = float("nan")
    return (*(nan,) * cards.title, *weights, *(nan,) * cards.end)
