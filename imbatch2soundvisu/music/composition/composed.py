"""`Composed`: tonal music composed for a sequence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...core import Control, ImageSequence, Note, Part, Score, Timeline, Timing
from .. import theory
from ..performance import perform
from ..style_registry import STYLES
from ..timeline import build
from . import explanations
from .draft import Draft
from .ensembles import ENSEMBLES, MOODS, NEUTRAL, ROLES, Ensemble, Mood, choose_ensemble
from .evaluation import evaluate, penalty
from .feature_levels import FeatureLevels, feature_levels
from .form import divide_into_phrases
from .harmony import HarmonySettings, plan_harmony
from .hashed_random import HashedRandom
from .mapping import FeatureExpression, check_features, resolve_mapping
from .motif import invent
from .validation import check_name, check_number, check_switch

TEMPO_LIMITS_BPM = (30.0, 240.0)
#: Tempo of the darkest, palest images, and of the lightest, most saturated ones.
SLOW_BPM, QUICK_BPM = 88.0, 132.0
#: How far the images change the tempo of a mood, either way.
MOOD_RANGE_BPM = 10.0
#: Drafts that are tried until one has no problems.
ATTEMPTS = 8
#: Semitones of the circle of fifths, on the hue circle: red is C, yellow D, green E ..., thirty degrees per fifth.
CIRCLE_OF_FIFTHS = tuple(range(0, 84, 7))


@STYLES.register("composed")
@dataclass(frozen=True)
class Composed:
    """Tonal music composed for the sequence: melody, chords and bass follow its images, with an accent on every cut.

    Parameters
    ----------
    mood : str, optional
        "bright", "calm", "dark" or "lively" (see `ensembles.MOODS`); None to follow the images alone.
    tempo_bpm : float, optional
        From 30 to 240; None for a tempo from the images and the duration of an image.
    key : str, optional
        "Eb", "A minor" ...; a mode given with it is kept throughout. None for a tonic from the mean hue.
    ensemble : str or Ensemble, optional
        A name in `ensembles.ENSEMBLES`, or your own; None to choose by the mood and the warmth of the images.
    intensity : float
        From 0 (sparse, soft) to 1 (dense, loud).
    drums : bool, optional
        Whether dense phrases have a drum kit; None for as the mood has it.
    mapping : mapping, optional
        What musical parameters follow, where it differs from `mapping.MAPPING`: {"register": "value",
        "dynamics": "-contrast", "space": None}.

    Raises
    ------
    ConfigError
        For a parameter out of range, with what is allowed.

    Examples
    --------
    >>> Composed(mood="calm", key="D minor").tempo_bpm is None
    True
    """

    mood: str | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    ensemble: str | Ensemble | None = None
    intensity: float = 0.5
    drums: bool | None = None
    mapping: Mapping[str, FeatureExpression] | None = None
    max_parts: ClassVar[int] = len(ROLES) - 1

    def __post_init__(self) -> None:
        if self.mood is not None:
            check_name("mood", self.mood, MOODS)
        if self.key is not None:
            theory.parse_key(self.key)
        if self.tempo_bpm is not None:
            check_number("tempo_bpm", self.tempo_bpm, TEMPO_LIMITS_BPM)
        if not isinstance(self.ensemble, Ensemble | None):
            check_name("ensemble", self.ensemble, ENSEMBLES)
        check_number("intensity", self.intensity, (0.0, 1.0))
        if self.drums is not None:
            check_switch("drums", self.drums)
        resolve_mapping(self.mapping)

    @property
    def character(self) -> Mood:
        """The row of MOODS, NEUTRAL without a mood."""
        return MOODS[self.mood] if self.mood else NEUTRAL

    def check(self, fps: int, timing: Timing) -> None:
        """Raise ConfigError if the mapping follows an unknown feature."""
        from ...features import FEATURES

        check_features(self.mapping, FEATURES)

    def state(self, sequence: ImageSequence) -> list[Any]:
        """Return what the music depends on besides the sequence: its levels among all images."""
        features = feature_levels(sequence, resolve_mapping(self.mapping))
        levels = {parameter: each.tolist() for parameter, each in features.levels.items()}
        return [features.hue, dict(features.whole), dict(features.sources), levels]

    def timeline(self, sequence: ImageSequence, fps: int, timing: Timing) -> Timeline:
        """Return the timeline of the sequence; see `music.timeline.build`.

        Raises
        ------
        ConfigError
            If the timing or the frame rate cannot be met.
        """
        return build(len(sequence), fps, timing, tempo_bpm=self.tempo_bpm, preferred_bpm=self._tempo(sequence))

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """Return the score; the same sequence, timeline and generator state give the same notes.

        A draft with problems (see `evaluation`) is composed again with another motif, up to ATTEMPTS times. The first
        of those with the lowest penalty is kept.

        Raises
        ------
        ValueError
            If the timeline is for another number of images.
        ConfigError
            If the mapping follows a feature that the table does not have.
        """
        check_length(sequence, timeline)
        seed = int(rng.integers(2**62))
        style = f"Composed, {self.mood}" if self.mood else "Composed"
        draft, score = best_draft((self.draft(sequence, timeline, seed, k) for k in range(ATTEMPTS)), style)
        decisions = tuple(explanations.decision(draft, i) for i in range(len(sequence)))
        return perform(replace(score, summary=explanations.summary(draft), decisions=decisions), seed)

    def draft(self, sequence: ImageSequence, timeline: Timeline, seed: int, attempt: int = 0) -> Draft:
        """Return everything that is decided before the notes are written.

        Parameters
        ----------
        sequence : ImageSequence
        timeline : Timeline
        seed : int
        attempt : int
            Another motif and other model progressions for each number.
        """
        check_features(self.mapping, sequence.table.columns)
        features = feature_levels(sequence, resolve_mapping(self.mapping))
        draws = HashedRandom(seed, [record.digest for record in sequence.records])
        rng = np.random.default_rng(seed)
        tonic, mode = self._tonic(features, rng)
        ensemble = self._ensemble(features, float(rng.random()))
        levels, mood = features.levels, self.character
        phrases = divide_into_phrases(
            timeline, levels["mode"] + mood.mode_bias, levels["accent"], tonic, mode, sequence.sections
        )
        settings = self._harmony_settings(features, tonic, mode)
        plan = plan_harmony(timeline, phrases, settings, draws, np.random.default_rng([seed, 1, tonic, attempt]))
        beats = Counter(slot.beats for slot in plan.slots).most_common(1)[0][0]
        motif = invent(beats, timeline.beats_per_bar, np.random.default_rng([seed, 2, tonic, attempt]))
        has_drums = mood.drums if self.drums is None else self.drums
        return Draft(sequence, timeline, features, mood, ensemble, plan, draws, motif, self.intensity, has_drums)

    def _tonic(self, features: FeatureLevels, rng: np.random.Generator) -> tuple[int, str | None]:
        if self.key:
            return theory.parse_key(self.key)
        return tonic_from_hue(features.hue, int(rng.integers(-1, 2))), None

    def _harmony_settings(self, features: FeatureLevels, tonic: int, mode: str | None) -> HarmonySettings:
        brightness = np.where(np.isfinite(features.values["colour"]), features.levels["colour"], np.nan)
        return HarmonySettings(tonic, mode, features.levels["tension"], brightness, self.character.colour)

    def _ensemble(self, features: FeatureLevels, draw: float) -> Ensemble:
        if isinstance(self.ensemble, Ensemble):
            return self.ensemble
        whole = features.whole
        return ENSEMBLES[self.ensemble or choose_ensemble(self.mood, whole["timbre"], whole["register"], draw)]

    def _tempo(self, sequence: ImageSequence) -> float:
        """The tempo from mood and images in bpm."""
        row = {"tempo": resolve_mapping(self.mapping)["tempo"]}
        share = feature_levels(sequence, row).whole["tempo"]
        if self.mood is None:
            return SLOW_BPM + share * (QUICK_BPM - SLOW_BPM)
        return self.character.tempo_bpm + (2 * share - 1) * MOOD_RANGE_BPM


def check_length(sequence: ImageSequence, timeline: Timeline) -> None:
    """Raise ValueError if a timeline is for another number of images than a sequence has."""
    if len(timeline.beats) != len(sequence):
        raise ValueError(f"a timeline of {len(timeline.beats)} images for a sequence of {len(sequence)}")


def best_draft(drafts: Iterable[Draft], style: str) -> tuple[Draft, Score]:
    """Return the first draft without problems, else the first with the lowest penalty, and its score.

    Parameters
    ----------
    drafts : iterable of Draft
        At least one. Those after the first without problems are not composed.
    style : str
        Name of the style, for the score.
    """
    best: tuple[float, Draft, Score] | None = None
    for draft in drafts:
        parts, notes, controls = used_parts(draft.ensemble.parts(), draft.notes(), draft.controls())
        score = Score(draft.timeline, parts, notes, draft.plan.home.name, style, controls=controls)
        cost = penalty(evaluate(score, draft.features))
        if best is None or cost < best[0]:
            best = cost, draft, score
        if not cost:
            break
    assert best is not None
    return best[1:]


def used_parts(
    parts: tuple[Part, ...], notes: list[Note], controls: list[Control]
) -> tuple[tuple[Part, ...], tuple[Note, ...], tuple[Control, ...]]:
    """Return the parts that have notes, with their notes and controls in time, renumbered."""
    playing = sorted({n.part for n in notes})
    index = {part: i for i, part in enumerate(playing)}
    renumbered = [replace(n, part=index[n.part]) for n in notes]
    kept = [replace(c, part=index[c.part]) for c in controls if c.part in index]
    return (
        tuple(parts[part] for part in playing),
        tuple(sorted(renumbered, key=lambda n: (n.start, n.part, n.pitch))),
        tuple(sorted(kept, key=lambda c: (c.tick, c.part, c.controller))),
    )


def tonic_from_hue(hue: float | None, offset: int = 0) -> int:
    """Return the tonic of a hue on the circle of fifths.

    Parameters
    ----------
    hue : float or None
        Degrees; None and NaN count as red.
    offset : int
        Fifths to add, so that the sequences of a collection are in related keys.

    Examples
    --------
    >>> tonic_from_hue(0), tonic_from_hue(60), tonic_from_hue(60, 1)
    (0, 2, 9)
    """
    known = hue if hue is not None and math.isfinite(hue) else 0.0
    return CIRCLE_OF_FIFTHS[(math.floor(known / 30 + 0.5) + offset) % 12] % 12
