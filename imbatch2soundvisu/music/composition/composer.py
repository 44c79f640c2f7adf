"""The composer of `Composed` and `ClusterTheme`: from a sequence to drafts, and to the score of the best one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ...core import Control, ImageSequence, Note, Part, Score, Timeline
from ..performance import perform
from ..scales import parse_key
from . import explanations
from .beat_groups import beat_groups, for_images, grouped_sequence
from .choices import genre_of, row_of
from .draft import Draft
from .ensembles import ENSEMBLES, Ensemble, choose_ensemble
from .evaluation import evaluate, penalty
from .feature_levels import FeatureLevels, feature_levels
from .form import divide_into_phrases
from .harmony import HarmonySettings, plan_harmony
from .hashed_random import HashedRandom
from .motif import invent
from .settings import ComposerSettings

#: Drafts that are tried until one has no problems.
ATTEMPTS = 8
#: Semitones of the circle of fifths, on the hue circle: red is C, yellow D, green E ..., thirty degrees per fifth.
CIRCLE_OF_FIFTHS = tuple(range(0, 84, 7))


def compose(settings: ComposerSettings, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
    """Return the performed score of the best of ATTEMPTS drafts.

    Raises
    ------
    ValueError
        If the timeline is for another number of images.
    """
    check_length(sequence, timeline)
    seed = int(rng.integers(2**62))
    style = f"Composed, {settings.mood_name}" if settings.mood_name else "Composed"
    drafts = (make_draft(settings, sequence, timeline, seed, k) for k in range(ATTEMPTS))
    draft, score = best_draft(drafts, style)
    decisions = tuple(explanations.decision(draft, i) for i in range(len(sequence)))
    return perform(replace(score, summary=explanations.summary(draft), decisions=decisions), seed)


def compose_for_images(
    settings: ComposerSettings, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator
) -> Score:
    """Return the score of a timeline on which images may also share beats; see `compose` and `beat_groups`."""
    check_length(sequence, timeline)
    groups = beat_groups(timeline)
    if groups is None:
        return compose(settings, sequence, timeline, rng)
    score = compose(settings, grouped_sequence(sequence, groups), groups.timeline, rng)
    return for_images(score, timeline, groups, sequence)


def make_draft(
    settings: ComposerSettings, sequence: ImageSequence, timeline: Timeline, seed: int, attempt: int = 0
) -> Draft:
    """Return everything that is decided before the notes are written.

    Parameters
    ----------
    settings : ComposerSettings
    sequence : ImageSequence
    timeline : Timeline
    seed : int
    attempt : int
        Another motif and other model progressions for each number.
    """
    features, mood = feature_levels(sequence, settings.mapping), settings.mood
    draws = HashedRandom(seed, [record.digest for record in sequence.records])
    rng = np.random.default_rng(seed)
    tonic, mode = _tonic(settings, features, rng)
    ensemble = _ensemble(settings, features, float(rng.random()))
    mode_level = features.levels["mode"] + mood.mode_bias
    phrases = divide_into_phrases(timeline, mode_level, features.levels["accent"], tonic, mode, sequence.sections)
    harmony = _harmony_settings(settings, features, tonic, mode)
    plan = plan_harmony(timeline, phrases, harmony, draws, np.random.default_rng([seed, 1, tonic, attempt]))
    beats = Counter(slot.beats for slot in plan.slots).most_common(1)[0][0]
    bar = timeline.beats_per_bar
    motif = invent(beats, bar if bar > 2 else 2 * bar, np.random.default_rng([seed, 2, tonic, attempt]))
    intensity, has_drums = settings.intensity, settings.has_drums
    genre = row_of(genre_of(settings, sequence, timeline.metre.name))
    return Draft(sequence, timeline, features, mood, ensemble, plan, draws, motif, intensity, has_drums, genre)


def _tonic(settings: ComposerSettings, features: FeatureLevels, rng: np.random.Generator) -> tuple[int, str | None]:
    tonic, mode = (None, None) if settings.key is None else parse_key(settings.key)
    return tonic_from_hue(features.hue, int(rng.integers(-1, 2))) if tonic is None else tonic, mode


def _harmony_settings(
    settings: ComposerSettings, features: FeatureLevels, tonic: int, mode: str | None
) -> HarmonySettings:
    brightness = np.where(np.isfinite(features.values["colour"]), features.levels["colour"], np.nan)
    return HarmonySettings(tonic, mode, features.levels["tension"], brightness, settings.mood.colour)


def _ensemble(settings: ComposerSettings, features: FeatureLevels, draw: float) -> Ensemble:
    if isinstance(settings.ensemble, Ensemble):
        return settings.ensemble
    warmth, brightness = features.whole["timbre"], features.whole["register"]
    return ENSEMBLES[settings.ensemble or choose_ensemble(settings.mood_name, warmth, brightness, draw)]


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
