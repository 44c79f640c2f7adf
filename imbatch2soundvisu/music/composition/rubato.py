"""Where the tempo of a piece yields, and how much: by its genre and its sections."""

from __future__ import annotations

import itertools

from ...core import ImageSequence, Timeline
from ..ritardando import Rubato
from .beat_groups import beat_groups
from .choices import genre_of, row_of
from .feature_levels import feature_levels
from .form import divide_into_phrases
from .settings import ComposerSettings


def rubato_of(
    settings: ComposerSettings, sequence: ImageSequence, timeline: Timeline, amount: float | None = None
) -> Rubato:
    """Return how much and where the tempo of a timeline yields.

    Parameters
    ----------
    settings : ComposerSettings
    sequence : ImageSequence
    timeline : Timeline
        At one tempo.
    amount : float, optional
        [0, 1]; None for as the genre has it.
    """
    given = row_of(genre_of(settings, sequence, timeline.metre.name)).rubato if amount is None else amount
    return Rubato(given, section_starts(settings, sequence, timeline) if given else ())


def section_starts(settings: ComposerSettings, sequence: ImageSequence, timeline: Timeline) -> tuple[int, ...]:
    """Return the images with which sections begin, the first one left out: those of a tour, else other themes."""
    if len(sequence.sections) > 1:
        return tuple(sequence.sections[1:])
    if beat_groups(timeline) is not None or not sequence.table.columns:  # nothing is measured yet in a check
        return ()
    levels = feature_levels(sequence, {name: settings.mapping[name] for name in ("mode", "accent")}).levels
    phrases = divide_into_phrases(timeline, levels["mode"], levels["accent"], 0, None, sequence.sections)
    return tuple(after.first for before, after in itertools.pairwise(phrases) if after.theme != before.theme)
