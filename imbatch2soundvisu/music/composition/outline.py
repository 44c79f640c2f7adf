"""What follows from images, form and genre before a note is written: levels, loudness, soloists, halves of phrases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core import TICKS_PER_BEAT, ImageSequence, Part, Timeline
from ..analysis.feature_correlation import phrase_groups
from . import dynamics, orchestration
from .dynamics import velocity_of
from .ensembles import ENSEMBLES, Ensemble
from .feature_levels import FeatureLevels
from .genres import Genre
from .harmony import HarmonicPlan
from .hashed_random import HashedRandom
from .moods import Mood
from .phrase_structures import STRUCTURES
from .scaling import REACH, with_wide_groups
from .spans import groups_in_eighths, ticks_of_eighth

#: Semitones from the centre of a phrase to the highest and the lowest pitch of its soloist, at least.
MARGIN = 4
#: The fewest images of a phrase that has halves.
SHORTEST_HALVED = 4
#: The least density of a phrase with which a piece with a full opening begins, so that drums play.
LEAST_DRIVEN = 0.45
#: The softest accent.
SOFTEST_ACCENT = 50.0
#: Level of a jump from which the accent is doubled.
STRONG_JUMP = 0.8
#: Mean level of a phrase from which the second soloist has the melody, and from which it keeps it.
WARM, STILL_WARM = 0.55, 0.45


@dataclass(frozen=True)
class PieceOutline:
    """What a piece is composed of, and what follows from that for its slots and phrases, computed at first use.

    Parameters
    ----------
    sequence : ImageSequence
    timeline : Timeline
    features : FeatureLevels
        Levels per image.
    mood : Mood
    ensemble : Ensemble
    plan : HarmonicPlan
    draws : HashedRandom
    theme_seed : tuple of int
        Of the themes.
    intensity : float
        In [0, 1].
    has_drums : bool
        Whether dense phrases have a drum kit.
    genre : Genre
    structure : str
        Of the phrases, a name in `phrase_structures.STRUCTURES`.
    """

    sequence: ImageSequence
    timeline: Timeline
    features: FeatureLevels
    mood: Mood
    ensemble: Ensemble
    plan: HarmonicPlan
    draws: HashedRandom
    theme_seed: tuple[int, ...]
    intensity: float
    has_drums: bool
    genre: Genre
    structure: str = "song"

    @property
    def seconds_per_beat(self) -> float:
        """Length of a beat."""
        return 60 / self.timeline.tempo_bpm

    @cached_property
    def slots_of(self) -> list[list[int]]:
        """(images,) the slots of each."""
        found: list[list[int]] = [[] for _ in self.timeline.beats]
        for i, slot in enumerate(self.plan.slots):
            found[slot.image].append(i)
        return found

    @cached_property
    def levels(self) -> dict[str, np.ndarray]:
        """{musical parameter: (slots,) in [0, 1]}."""
        images = [slot.image for slot in self.plan.slots]
        return {parameter: each[images] for parameter, each in self.features.levels.items()}

    @cached_property
    def density(self) -> np.ndarray:
        """(slots,) in [0, 1]: shifted by mood and intensity, with every difference between images kept."""
        shift = 0.5 * self.mood.density + 0.3 * (self.intensity - 0.5)
        return max(shift, 0.0) + self.levels["density"] * (1 - abs(shift))

    @cached_property
    def register(self) -> np.ndarray:
        """(slots,) the pitch around which the melody lies, with space above and below on the soloists' instruments."""
        (low, high), (least, most) = self.ensemble.range, self.ensemble.limits
        reach = REACH - 0.5
        ends = low - reach * (high - low), high + reach * (high - low)
        lowest, highest = np.clip(ends, least + MARGIN, most - MARGIN)
        levels = with_wide_groups(self.levels["register"], self.phrase_of_slot)
        return np.asarray(lowest + (levels + reach) / (1 + 2 * reach) * (highest - lowest))

    @cached_property
    def phrase_of_slot(self) -> np.ndarray:
        """(slots,) the phrase, or part of one, over which each slot follows the images; see `phrase_groups`."""
        labels = [self.plan.phrase_at(slots[0]).label for slots in self.slots_of]
        return phrase_groups(labels)[[slot.image for slot in self.plan.slots]]

    @cached_property
    def loudness(self) -> np.ndarray:
        """(slots,) velocity."""
        level, phrases = self.levels["dynamics"], self.plan.phrases
        return dynamics.loudness(level, self.mood.velocity, self.intensity, phrases, self.phrase_of_slot)

    @cached_property
    def phrase_density(self) -> np.ndarray:
        """(slots,) in [0, 1]: the mean density of the phrase; less as a piece opens thinly, and in theme B."""
        found = np.empty(len(self.plan.slots))
        for i, phrase in enumerate(self.plan.phrases):
            here = slice(phrase.first, phrase.last)
            is_thin = i == 0 and len(self.plan.phrases) > 1 and self.genre.opening == "thin"
            reduction = 0.18 if is_thin else 0.12 if phrase.theme == "B" else 0.0
            least = LEAST_DRIVEN if i == 0 and self.genre.opening == "full" else 0.0
            found[here] = np.clip(float(self.density[here].mean()) - reduction, least, 1)
        return found

    @property
    def has_one_soloist(self) -> bool:
        """Whether the first soloist has the melody throughout."""
        return self.genre.soloists == 1 or self.ensemble.second_is_inner

    @cached_property
    def uses_second_soloist(self) -> tuple[bool, ...]:
        """(phrases,) whether the second soloist, the one of warm images, has the melody.

        Never where a genre has one soloist, and where it has an inner voice to play.
        """
        is_warm = self.features.whole["timbre"] >= 0.5
        if self.has_one_soloist:
            return (False,) * len(self.plan.phrases)
        if STRUCTURES[self.structure].imitated:  # the other one imitates it
            return (is_warm,) * len(self.plan.phrases)
        level, found, last = self.levels["timbre"], [], is_warm
        for phrase in self.plan.phrases:
            mean = float(level[phrase.first : phrase.last].mean())
            found.append(mean >= WARM or (mean > STILL_WARM and last))
        return tuple(found)

    @cached_property
    def _phrase_register(self) -> np.ndarray:
        """(slots,) the mean register of its phrase, over which chords lie, so that they do not leap within one."""
        return self._of_phrases(self.register)

    def _of_phrases(self, values: np.ndarray) -> np.ndarray:
        """(slots,) the mean of its phrase."""
        means = [float(values[phrase.first : phrase.last].mean()) for phrase in self.plan.phrases]
        return np.repeat(means, [len(phrase) for phrase in self.plan.phrases])

    @property
    def follows_halves(self) -> bool:
        """Whether halves of phrases follow the images; see `HarmonicPlan.follows_halves`."""
        return self.plan.follows_halves

    @cached_property
    def half_levels(self) -> np.ndarray:
        """(phrases, 2) in [0, 1]: the mean density of the images of each half, or twice the phrase's, contrasted."""
        found = []
        for phrase, middle in zip(self.plan.phrases, self.middles, strict=True):
            both = (phrase.first, phrase.last)
            is_whole = middle is None or not self.follows_halves
            spans = (both, both) if is_whole else ((phrase.first, middle), (middle, phrase.last))
            found.append([self._mean_density(*span) for span in spans])
        return orchestration.contrasted(np.array(found))

    def _mean_density(self, first: int, last: int) -> float:
        heads = [k for k in range(first, last) if self.plan.first_of(k) == k]
        return float(self.density[heads].mean())

    @cached_property
    def middles(self) -> list[int | None]:
        """(phrases,) the slot in which the image in the middle begins; None in phrases of fewer than four images."""
        own = [[k for k in range(p.first, p.last) if self.plan.first_of(k) == k] for p in self.plan.phrases]
        return [each[(len(each) + 1) // 2] if len(each) >= SHORTEST_HALVED else None for each in own]

    @cached_property
    def climax(self) -> int:
        """The index of the phrase with the highest, loudest and densest images, in doubt a later one."""
        weight = self.levels["register"] + self.levels["dynamics"] + self.density
        means = [float(weight[p.first : p.last].mean()) for p in self.plan.phrases]
        return max(range(len(means)), key=lambda i: (means[i] + 0.1 * (0 < i < len(means) - 1), i))

    @cached_property
    def figures(self) -> list[str]:
        """(slots,) the figure of the accompaniment, where chords play: it changes from theme to theme."""
        is_own = self.ensemble not in ENSEMBLES.values()
        names = self.ensemble.figures if is_own or not self.genre.figures else self.genre.figures
        shift = {"A": 0, "B": 1, "C": 2, "D": 1}
        return [
            names[(self._overall_density + shift[p.theme]) % 3]
            for p in self.plan.phrases
            for _ in range(p.first, p.last)
        ]

    @cached_property
    def offbeats_first(self) -> list[bool]:
        """(slots,) whether the accompaniment plays between the beats: in dense music in A and C, else in B and D."""
        themes = [self.plan.phrase_at(i).theme for i in range(len(self.plan.slots))]
        return [(self._overall_density > 0) != (theme in "BD") for theme in themes]

    @property
    def _overall_share(self) -> float:
        """About [0, 1], by the density of all images, the mood and the intensity."""
        return self.features.whole["density"] + 0.5 * self.mood.density + 0.3 * (self.intensity - 0.5)

    @property
    def _overall_density(self) -> int:
        """0 to 2, by the density of all images."""
        share = self._overall_share
        return 0 if share < 0.35 else 1 if share < 0.65 else 2

    @cached_property
    def accents(self) -> list[int]:
        """(slots,) velocity of an accent: higher where the images jump or a phrase begins."""
        first = {p.first for p in self.plan.phrases}
        jump = self.levels["accent"]
        return [
            velocity_of(max(SOFTEST_ACCENT, v - 8) + 18 * jump[i] ** 2 + (6 if i in first else 0))
            for i, v in enumerate(self.loudness)
        ]

    @cached_property
    def doubled_accents(self) -> list[bool]:
        """(slots,) where the accent has two notes: at large jumps between images."""
        return [bool(jump > STRONG_JUMP) for jump in self.levels["accent"]]

    @cached_property
    def eighth(self) -> int:
        """Ticks of an eighth note."""
        return ticks_of_eighth(self.timeline)

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """Eighths of each group of a bar."""
        return groups_in_eighths(self.timeline)

    @property
    def eighths_per_beat(self) -> int:
        """Two, three in compound metres, or one where the beat is an eighth."""
        return TICKS_PER_BEAT // self.eighth

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the ensemble, whether they play or not."""
        return self.ensemble.parts(all(self.uses_second_soloist))

    @cached_property
    def closing_notes(self) -> int:
        """Notes of the arpeggiated last chord, by the density of the last image."""
        return 4 if self.genre.close == "thin" else round(3 + 5 * float(self.density[-1]))
