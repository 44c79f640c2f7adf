"""The composer of `ClusterTheme`: the draft of a cluster with its theme, and the suite of a tour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from ...core import ExactTimeline, FrameRate, ImageSequence, Score, TempoTimeline, Timeline, Timing, tempo_text
from .. import theory
from ..metred import in_metre
from ..performance import perform
from ..ritardando import with_ritardando
from ..tempo_range import Tempi, in_range
from ..timeline import build
from . import choices, explanations, suite, themes
from .beat_groups import beat_groups, for_images, grouped_sequence
from .composed import Composed
from .composer import ATTEMPTS, attempts, best_draft, check_length, make_draft
from .draft import Draft
from .rhythms import SHORTEST_S
from .rubato import rubato_of
from .tempo_notes import with_notes
from .textures import TEXTURES

#: Tempi that a requested duration may lead to.
TEMPO_RANGE_BPM = (66.0, 150.0)
#: How much the tempo yields; as `Genre.rubato`.
RUBATO = 0.5


def theme_timeline(sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
    """Return the timeline nearest to the tempo of the cluster on which images last as asked, in a metre of the plan.

    The tempo yields before the last image, and where the clusters of a tour end.
    """
    settings = Composed().settings
    return with_ritardando(
        lambda each: _steady(sequence, fps, each), fps, timing,
        lambda steady: rubato_of(settings, sequence, steady, RUBATO),
    )  # fmt: skip


def _steady(sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
    """The timeline at one tempo."""
    tempo, n = _tempo(sequence), len(sequence)
    for genre, metre in choices.possible(Composed().settings, sequence):
        slow, quick = max(TEMPO_RANGE_BPM[0], genre.tempi_bpm[0]), min(TEMPO_RANGE_BPM[1], genre.tempi_bpm[1])
        tempi = Tempi(*(metre.pulse * each for each in (slow, quick, tempo)))
        found = in_metre(n, fps, timing, tempi, metre) if slow <= tempo <= quick else None
        if found is not None:
            return found
    if timing.seconds_per_image is not None and timing.beats_per_image is None:
        beats = beats_per_image(timing.seconds_per_image, tempo, 1 if timing.weights is None else 2)
        if beats is not None:
            return build(n, fps, replace(timing, beats_per_image=beats))
    return in_range(n, fps, timing, Tempi(*TEMPO_RANGE_BPM, tempo))


def theme_state(sequence: ImageSequence) -> list[Any]:
    """Return what the theme depends on besides the sequence, as plain values; of a tour, of each section."""
    if sections := suite.suite_sections(sequence):
        return [theme_state(section) for section in sections]
    theme = themes.theme_of(sequence)
    numbers = [value for value in vars(theme).values() if not isinstance(value, theory.Key)]
    return [theme.key.name, *numbers, *Composed().state(sequence)]


def compose_theme(sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
    """Return the score of a cluster, or the suite of a tour.

    Raises
    ------
    ValueError
        If the timeline is for another number of images.
    """
    check_length(sequence, timeline)
    groups = beat_groups(timeline)
    if groups is None:
        return _compose(sequence, timeline, rng)
    score = _compose(grouped_sequence(sequence, groups), groups.timeline, rng)
    return with_notes(for_images(score, timeline, groups, sequence), TEMPO_RANGE_BPM, None)


def _compose(sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
    if sections := suite.suite_sections(sequence):
        return _compose_suite(sections, timeline)
    theme = themes.theme_of(sequence)
    drums = theme.layers == 4
    style = Composed(key=theme.key.name, ensemble=theme.ensemble, intensity=theme.intensity, drums=drums)
    seed = int(rng.integers(2**62))
    has_whole_beats = isinstance(timeline, TempoTimeline) or not isinstance(timeline, ExactTimeline)
    has_signature = _can_halve(60 / timeline.tempo_bpm) and has_whole_beats
    first = 0 if has_signature else ATTEMPTS * theme.index  # a short piece may not hold a whole signature
    plain = (make_draft(style.settings, sequence, timeline, seed, first + k) for k in range(attempts(len(sequence))))
    draft, score = best_draft((ThemeDraft.of(each, theme) for each in plain), "ClusterTheme")
    values = themes.theme_values(theme)
    decisions = tuple(explanations.decision(draft, i) | values for i in range(len(sequence)))
    summary = f"{themes.describe_theme(theme)}. {explanations.summary(draft)}"
    return perform(replace(score, summary=summary, decisions=decisions), seed)


def _compose_suite(sections: Sequence[ImageSequence], timeline: Timeline) -> Score:
    """The score of each section after that of the one before, each with the generator of its own album."""
    timelines = suite.section_timelines(timeline, map(len, sections))
    scores = [_compose(part, grid, part.rng()) for part, grid in zip(sections, timelines, strict=True)]
    names = [section.cluster for section in sections]
    described = [
        f"{name} in {score.key} for {score.decisions[0]['soloist']}" for name, score in zip(names, scores, strict=True)
    ]
    summary = f"A suite at {tempo_text(timeline.tempo_bpm)} bpm: {'; '.join(described)}."
    return replace(suite.join_sections(timeline, scores, names), summary=summary)


@dataclass(frozen=True)
class ThemeDraft(Draft):
    """A draft whose theme A begins with the signature of the cluster, with as many layers as the cluster has."""

    theme_signature: tuple[bool, ...] = ()
    layers: int = 4

    @classmethod
    def of(cls, plain: Draft, theme: themes.Theme) -> ThemeDraft:
        """Return a plain draft with the theme of a cluster."""
        own = {each.name: getattr(plain, each.name) for each in fields(Draft)}
        can_halve = _can_halve(plain.seconds_per_beat)
        signature = theme.signature if can_halve else (False,) * len(theme.signature)
        return cls(**own, theme_signature=signature, layers=theme.layers)

    @property
    def signature(self) -> tuple[bool, ...]:
        """The rhythm with which theme A begins; beats are not halved where that is shorter than a note may be."""
        return self.theme_signature

    @cached_property
    def uses_second_soloist(self) -> tuple[bool, ...]:
        """(phrases,) one soloist for small clusters, both for larger ones, alternating if the images prefer one."""
        by_warmth = super().uses_second_soloist
        if self.has_one_soloist:
            return by_warmth
        if self.layers < 3:
            return (self.features.whole["timbre"] >= 0.5,) * len(by_warmth)
        if len(set(by_warmth)) > 1:
            return by_warmth
        return tuple(second != bool(i % 2) for i, second in enumerate(by_warmth))

    @cached_property
    def textures(self) -> tuple[str, ...]:
        """Textures without held chords for small clusters, and without a countermelody for those below the largest."""
        fewer = [
            name
            for name in super().textures
            if (self.layers > 1 or not TEXTURES[name].inner) and (self.layers > 2 or not TEXTURES[name].counter)
        ]
        return tuple(fewer) or super().textures[:1]


def _can_halve(seconds_per_beat: float) -> bool:
    """Whether half a beat is as long as a melody note must be."""
    return seconds_per_beat / 2 >= SHORTEST_S


def _tempo(sequence: ImageSequence) -> float:
    """The tempo of the cluster in bpm; of a tour, the mean over its images."""
    sections = suite.suite_sections(sequence) or [sequence]
    return sum(themes.theme_of(section).tempo_bpm * len(section) for section in sections) / len(sequence)


def beats_per_image(seconds: float, tempo_bpm: float, least: int) -> int | None:
    """Return the beats per image, of a usual metre, that bring the tempo nearest to `tempo_bpm`.

    Parameters
    ----------
    seconds : float
        Duration of an image.
    tempo_bpm : float
    least : int
        Fewest beats.

    Returns
    -------
    int or None
        None if none gives a tempo in TEMPO_RANGE_BPM.

    Examples
    --------
    >>> beats_per_image(3.0, 80, 1), beats_per_image(0.2, 100, 1)
    (4, None)
    """
    slow, quick = TEMPO_RANGE_BPM
    usual = [each for each in range(least, 65) if each < 5 or each % 2 == 0 or each % 3 == 0]
    musical = [each for each in usual if slow <= 60 * each / seconds <= quick]
    return min(musical, key=lambda each: abs(math.log(60 * each / seconds / tempo_bpm)), default=None)
