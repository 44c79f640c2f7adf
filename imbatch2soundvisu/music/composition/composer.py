"""The composer of `Composed` and `ClusterTheme`: from a sequence to drafts, and to the score of the best one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ...core import Control, ImageSequence, Note, Part, Score, Timeline
from ..performance import perform
from . import explanations, phrase_structures
from .beat_groups import beat_groups, for_images, grouped_sequence
from .choices import ensemble_of, genre_of, has_kit, row_of
from .draft import Draft
from .evaluation import evaluate, evaluate_melody, penalty
from .feature_levels import FeatureLevels, feature_levels
from .form import divide_into_phrases
from .genres import Genre
from .harmony import HarmonySettings, plan_harmony
from .hashed_random import HashedRandom
from .keys import home_key, with_spelling, with_tonal_close
from .settings import ComposerSettings
from .swing import swung
from .titles import genre_name, piece_name, with_metre

#: Drafts that are tried until one has no problems: at most, at least, and images in all of them together between these.
ATTEMPTS, FEWEST_ATTEMPTS, IMAGES_TRIED = 10, 6, 500


def compose(
    settings: ComposerSettings,
    sequence: ImageSequence,
    timeline: Timeline,
    rng: np.random.Generator,
    may_swing: bool = True,
) -> Score:
    """Return the performed score of the best of several drafts, see `attempts`.

    Parameters
    ----------
    settings : ComposerSettings
    sequence : ImageSequence
    timeline : Timeline
    rng : numpy.random.Generator
    may_swing : bool, default True
        Whether a genre with swing swings.

    Raises
    ------
    ValueError
        If the timeline is for another number of images.
    """
    check_length(sequence, timeline)
    seed = int(rng.integers(2**62))
    genre = genre_of(settings, sequence, timeline.metre.name)
    named = settings.mood_name, genre_name(genre)
    style = ", ".join(("Composed", *filter(None, named)))
    drafts = (make_draft(settings, sequence, timeline, seed, k) for k in range(attempts(len(sequence))))
    draft, score = best_draft(drafts, style)
    piece = piece_name(settings.mood_name, genre)
    titled = with_metre(piece, draft.genre, timeline.metre.name)
    decisions = tuple({**explanations.decision(draft, i), "piece": titled} for i in range(len(sequence)))
    summary = f"{piece[0].upper()}{piece[1:]}: {explanations.summary(draft)}"
    score = replace(score, summary=summary, decisions=decisions)
    return perform(swung(score, draft.genre.swing) if may_swing else score, seed)


def attempts(images: int) -> int:
    """Return how many drafts of a piece of so many images are tried: the fewer the longer they take."""
    return min(ATTEMPTS, max(FEWEST_ATTEMPTS, IMAGES_TRIED // images))


def compose_for_images(
    settings: ComposerSettings, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator
) -> Score:
    """Return the score of a timeline on which images may also share beats or bars; see `compose` and `beat_groups`."""
    check_length(sequence, timeline)
    groups = beat_groups(timeline)
    if groups is None:
        return compose(settings, sequence, timeline, rng)
    is_whole = bool((timeline.start_beats[:-1] % 1 == 0).all())  # else images begin between beats
    score = compose(settings, grouped_sequence(sequence, groups), groups.timeline, rng, is_whole)
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
    genre = row_of(genre_of(settings, sequence, timeline.metre.name))
    tonic, mode = home_key(settings, genre, features, rng)
    ensemble = ensemble_of(settings, genre, features, float(rng.random()))
    mode_level = features.levels["mode"] + mood.mode_bias
    structure = phrase_structures.choose(genre.structures, features.whole["accent"], draw_structure(seed))
    phrases = divide_into_phrases(
        timeline, mode_level, features.levels["accent"], tonic, mode, sequence.sections, structure
    )
    phrases = with_tonal_close(phrases) if settings.key is None else phrases
    phrases = with_spelling(phrases, tonic, settings.key)
    harmony = _harmony_settings(settings, features, (tonic, mode), genre)
    harmony = replace(harmony, repeated=phrase_structures.STRUCTURES[structure].imitated)
    plan = plan_harmony(timeline, phrases, harmony, draws, np.random.default_rng([seed, 1, tonic, attempt]))
    themes = (seed, 2, tonic, attempt)
    intensity, has_drums = settings.intensity, has_kit(settings, genre)
    return Draft(
        sequence, timeline, features, mood, ensemble, plan, draws, themes, intensity, has_drums, genre, structure
    )


def draw_structure(seed: int) -> float:
    """Return the random number in [0, 1) that chooses the structure of phrases."""
    return float(np.random.default_rng([seed, 3]).random())


def _harmony_settings(
    settings: ComposerSettings, features: FeatureLevels, home: tuple[int, str | None], genre: Genre
) -> HarmonySettings:
    brightness = np.where(np.isfinite(features.values["colour"]), features.levels["colour"], np.nan)
    extensions = min(max(settings.mood.colour + genre.extensions - 1, 0), 2)
    return HarmonySettings(*home, features.levels["tension"], brightness, extensions, genre)


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
        phrases = [draft.plan.phrase_at(slots[0]).label for slots in draft.slots_of]
        if best is not None and best[0] <= penalty(evaluate_melody(_score_of_melody(draft), draft.features, phrases)):
            continue  # not better, whatever plays with its melody
        score = _score_of(draft, style)
        cost = penalty(evaluate(score, draft.features, phrases))
        if best is None or cost < best[0]:
            best = cost, draft, score
        if not cost:
            break
    assert best is not None
    return best[1:]


def _score_of(draft: Draft, style: str) -> Score:
    """The score of a draft, with its chords as decisions."""
    parts, notes, controls = used_parts(draft.parts, draft.notes(), draft.controls())
    harmony = tuple(explanations.chords(draft, slots) for slots in draft.slots_of)
    return Score(draft.timeline, parts, notes, draft.plan.home.name, style, decisions=harmony, controls=controls)


def _score_of_melody(draft: Draft) -> Score:
    """The melody of a draft alone."""
    parts, notes, _ = used_parts(draft.parts, draft.melody_notes, [])
    return Score(draft.timeline, parts, notes, draft.plan.home.name)


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
