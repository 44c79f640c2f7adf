"""An album in which every part has its own theme: keys that are related, tempi, players and motifs that differ."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ...core import ImageSequence, Score, Timeline, Timing, tempo_text
from .. import theory
from ..performance import perform
from ..timeline import build
from . import explanations, suite, themes
from .composed import ATTEMPTS, Composed, chosen
from .draft import Draft
from .harmony import Plan
from .motif import SHORTEST_S, Cell

#: Tempi that a length asked for may lead to.
WIDEST_BPM = (66.0, 150.0)


@dataclass(frozen=True)
class ClusterTheme:
    """A theme for each part of a split, from its size, variance, brightness and saturation against those of the others.

    Bright parts are in the major, dark ones in the minor; on the tour each is in a key next to the one before it: a
    fifth up where it is brighter, a fifth down where it is darker, or the relative where the mode turns. Saturation and
    variance make it quick (78 to 132 beats a minute, as the length of the images allows), variance makes it intense,
    warmth chooses who plays, never those of the two parts before. Tune, chords, bass and accents always play; with size
    a pad (else only in the last cadence), a second soloist and drums join. Within a part, the music follows the
    images as that of `Composed` does.

    Each part's theme begins with a rhythm that no other part of its album has, three beats long, four in albums of
    seven parts and more, five from fifteen on, and so forth. It is heard whole where the first phrase has as many beats
    before the last image, and where a beat lasts long enough to be halved (0.24 s); in quicker music each part has a
    motif and progressions drawn for itself.

    A tour is a suite: the theme of each part after that of the one before, at one tempo, over one band. Without a split
    the sequence is taken as the only part. Same in, same out.
    """

    most_parts: ClassVar[int] = suite.MOST_PARTS

    def timeline(self, sequence: ImageSequence, fps: int, pace: Timing) -> Timeline:
        """The grid nearest to the part's tempo on which images last as asked."""
        tempo, n = _tempo(sequence), len(sequence)
        if pace.seconds_per_image is not None and pace.beats_per_image is None:
            beats = _beats(pace.seconds_per_image, tempo, 1 if pace.weights is None else 2)
            if beats is not None:
                return build(n, fps, replace(pace, beats_per_image=beats))
        return build(n, fps, pace, preferred_bpm=tempo)

    def state(self, sequence: ImageSequence) -> list[Any]:
        """What the theme depends on besides the sequence's own numbers: the other parts, and all images."""
        if parts := suite.movements(sequence):
            return [self.state(part) for part in parts]
        theme = themes.theme_of(sequence)
        own = [value for value in vars(theme).values() if not isinstance(value, theory.Key)]
        return [theme.key.name, *own, *Composed().state(sequence)]

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """The score: same sequence, timeline and generator state, same notes.

        Raises ValueError when the timeline is that of another number of images.
        """
        if len(timeline.beats) != len(sequence):
            raise ValueError(f"a timeline of {len(timeline.beats)} images for a sequence of {len(sequence)}")
        if parts := suite.movements(sequence):
            return self._suite(parts, timeline)
        theme = themes.theme_of(sequence)
        style = Composed(
            key=theme.key.name, ensemble=theme.ensemble, intensity=theme.intensity, drums=theme.layers == 4
        )
        seed = int(rng.integers(2**62))
        first = 0 if _can_halve(60 / timeline.tempo_bpm) else ATTEMPTS * theme.place
        plain = (style.draft(sequence, timeline, seed, first + k) for k in range(ATTEMPTS))
        draft, score = chosen((_ThemeDraft.of(each, theme) for each in plain), "ClusterTheme")
        facts = themes.told(theme)
        told = tuple(explanations.decision(draft, i) | facts for i in range(len(sequence)))
        summary = f"{themes.why(theme)}. {explanations.summary(draft)}"
        return perform(replace(score, summary=summary, decisions=told), seed)

    def _suite(self, parts: Sequence[ImageSequence], timeline: Timeline) -> Score:
        """The piece of each part after that of the one before, with the chance that it has in its own album."""
        grids = suite.grids(timeline, map(len, parts))
        pieces = [self.compose(part, grid, part.chance()) for part, grid in zip(parts, grids, strict=True)]
        told = [
            f"{part.part} in {piece.key} for {piece.decisions[0]['soloist']}"
            for part, piece in zip(parts, pieces, strict=True)
        ]
        summary = f"A suite at {tempo_text(timeline.tempo_bpm)} beats a minute: {'; '.join(told)}."
        return replace(suite.joined(timeline, pieces, [part.part for part in parts]), summary=summary)


@dataclass(frozen=True)
class _ThemeDraft(Draft):
    """A draft whose theme A begins with the part's signature, for as many layers as the part has."""

    signature: tuple[bool, ...] = ()
    layers: int = 4

    @classmethod
    def of(cls, plain: Draft, theme: themes.Theme) -> _ThemeDraft:
        own = {each.name: getattr(plain, each.name) for each in fields(Draft)}
        return cls(**own, signature=theme.signature, layers=theme.layers)

    @cached_property
    def warm(self) -> tuple[bool, ...]:
        own = super().warm
        if self.layers < 3:
            return (self.reading.whole["timbre"] >= 0.5,) * len(own)
        if len(set(own)) > 1:
            return own
        return tuple(warm != bool(i % 2) for i, warm in enumerate(own))  # where none is called for, they take turns

    @cached_property
    def padded(self) -> list[bool]:
        last = len(self.plan.slots) - 2  # the closing cadence is full in every part
        return super().padded if self.layers > 1 else [k >= last for k in range(len(self.plan.slots))]

    @cached_property
    def cells(self) -> list[Cell]:
        return _signed(self.plan, super().cells, self.signature, self.seconds_per_beat)


def _signed(
    plan: Plan, cells: Sequence[Cell], signature: tuple[bool, ...], seconds_per_beat: float
) -> list[Cell]:  # fmt: skip
    """The cells with the signature in the first beats of each phrase of theme A; the last image keeps its own.

    Its beats stay whole where half of one is shorter than a note of the tune may be.
    """
    signed = list(cells)
    if not _can_halve(seconds_per_beat):
        signature = (False,) * len(signature)
    for phrase in plan.phrases:
        for k in range(phrase.first, min(phrase.last, len(cells) - 1)):
            place = plan.slots[k].beat - plan.slots[phrase.first].beat
            if phrase.theme == "A" and place < len(signature):
                signed[k] = _cell(cells[k], signature[place:])
    return signed


def _can_halve(seconds_per_beat: float) -> bool:
    """Whether half a beat is as long as a note of the tune must be."""
    return seconds_per_beat / 2 >= SHORTEST_S


def _cell(cell: Cell, signature: tuple[bool, ...]) -> Cell:
    """A cell with its first beats by the signature, and as it was where that has ended; its outline stays.

    >>> _cell(Cell((3.0, 1.0), (0, 2)), (True, False, False))
    Cell(rhythm=(0.5, 0.5, 1.0, 1.0, 1.0), shape=(0, 1, 0, 1, 2))
    """
    *before, beats = itertools.accumulate(cell.rhythm, initial=0.0)
    onsets = {at for at in before if at >= len(signature)}
    for beat, halved in enumerate(signature[: round(beats)]):
        onsets |= {float(beat), beat + 0.5} if halved else {float(beat)}
    edges = [*sorted(onsets), beats]
    shape: list[int] = []
    for at in edges[:-1]:
        step = cell.shape[bisect.bisect_right(before, at) - 1]
        shape.append(step + 1 if shape and shape[-1] == step else step)  # a note that is not there before is a turn
    return Cell(tuple(b - a for a, b in itertools.pairwise(edges)), tuple(shape))


def _tempo(sequence: ImageSequence) -> float:
    """The tempo of the part, beats a minute; of a tour, the mean of its parts, by how long they are."""
    parts = suite.movements(sequence) or [sequence]
    return sum(themes.theme_of(part).tempo_bpm * len(part) for part in parts) / len(sequence)


def _beats(seconds: float, tempo_bpm: float, least: int) -> int | None:
    """Beats an image, of a usual metre, whose tempo is nearest to the one wished for; None where none is musical."""
    slow, quick = WIDEST_BPM
    usual = [each for each in range(least, 65) if each < 5 or each % 2 == 0 or each % 3 == 0]
    musical = [each for each in usual if slow <= 60 * each / seconds <= quick]
    return min(musical, key=lambda each: abs(math.log(60 * each / seconds / tempo_bpm)), default=None)
