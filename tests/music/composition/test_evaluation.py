"""Evaluation of drafts: a score as composed has no problems, one that was damaged has."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Score
from imbatch2soundvisu.music.analysis.measures import groove_consistency, structure
from imbatch2soundvisu.music.composition import composer
from imbatch2soundvisu.music.composition.evaluation import (
    MONOTONOUS,
    NO_MOTIF,
    NO_STRUCTURE,
    RESTLESS,
    evaluate,
    penalty,
    uncorrelated,
)
from imbatch2soundvisu.music.composition.feature_levels import feature_levels
from imbatch2soundvisu.music.composition.mapping import resolve_mapping
from imbatch2soundvisu.music.styles import Composed
from tests.music.scores import images, music, written

IMAGES = images(48)
FEATURES = feature_levels(IMAGES, resolve_mapping(None))
LABELS = [decision["phrase"] for decision in music(IMAGES).decisions]


@pytest.fixture(scope="module")
def piece() -> Score:
    return written(IMAGES, seconds=1.0)


def bars(score: Score) -> list[list[Note]]:
    """The notes of each bar, counted from its beginning."""
    bar = score.timeline.beats_per_bar * TICKS_PER_BEAT
    found: list[list[Note]] = [[] for _ in range(-(-score.timeline.total_beats * TICKS_PER_BEAT // bar))]
    for note in score.notes:
        found[note.start // bar].append(replace(note, start=note.start % bar))
    return found


def from_bars(score: Score, order: list[list[Note]]) -> Score:
    bar = score.timeline.beats_per_bar * TICKS_PER_BEAT
    notes = [replace(n, start=n.start + i * bar) for i, each in enumerate(order) for n in each]
    return replace(score, notes=tuple(sorted(notes, key=lambda n: (n.start, n.part, n.pitch))))


def shuffled(score: Score, seed: int) -> Score:
    order = bars(score)
    return from_bars(score, [order[i] for i in np.random.default_rng(seed).permutation(len(order))])


def test_a_score_as_written_has_no_problems(piece: Score) -> None:
    assert evaluate(piece, FEATURES, LABELS) == []


def test_splitting_into_bars_and_joining_them_changes_nothing(piece: Score) -> None:
    assert from_bars(piece, bars(piece)).notes == piece.notes


def test_a_shuffled_score_does_not_follow_its_images(piece: Score) -> None:
    problems = evaluate(shuffled(piece, 0), FEATURES)
    assert {uncorrelated(name) for name in ("register", "dynamics", "density")} <= set(problems)


def test_shuffled_bars_have_less_structure(piece: Score) -> None:
    found = [structure(shuffled(piece, seed)) for seed in range(8)]
    assert sum(each < structure(piece) for each in found) >= 6


def test_bars_that_do_not_repeat_are_a_problem(piece: Score) -> None:
    """Bars in random order repeat about as much as other random orders, so at least half of them have the problem."""
    found = [NO_STRUCTURE in evaluate(shuffled(piece, seed), FEATURES, LABELS) for seed in range(8)]
    assert sum(found) >= 4
    assert NO_STRUCTURE not in evaluate(piece, FEATURES, LABELS)


def test_a_melody_without_a_motif_is_a_problem(piece: Score) -> None:
    """Each melody note is moved at random within an octave, so that hardly three intervals are the same twice."""
    rng = np.random.default_rng(4)
    solo = {i for i, each in enumerate(piece.parts) if each.name.startswith("Melody")}
    notes = [replace(n, pitch=n.pitch + int(rng.integers(-6, 7))) if n.part in solo else n for n in piece.notes]
    assert NO_MOTIF in evaluate(replace(piece, notes=tuple(notes)), FEATURES, LABELS)
    assert NO_MOTIF not in evaluate(piece, FEATURES, LABELS)


def test_the_same_bar_again_and_again_is_monotonous(piece: Score) -> None:
    same = from_bars(piece, [bars(piece)[4]] * len(bars(piece)))
    assert groove_consistency(same) == 1
    assert MONOTONOUS in evaluate(same, FEATURES, LABELS)


def test_another_rhythm_in_every_bar_is_restless(piece: Score) -> None:
    rng = np.random.default_rng(2)
    sixteenth = TICKS_PER_BEAT // 4
    steps = piece.timeline.total_beats * 4
    notes = [Note(0, 60, 80, int(s) * sixteenth, sixteenth) for s in np.flatnonzero(rng.random(steps) < 0.5)]
    assert RESTLESS in evaluate(replace(piece, notes=tuple(notes)), FEATURES, LABELS)


def test_a_constant_velocity_follows_no_feature(piece: Score) -> None:
    flat = replace(piece, notes=tuple(replace(n, velocity=80) for n in piece.notes))
    assert evaluate(flat, FEATURES, LABELS) == [uncorrelated("dynamics")]


def test_a_parameter_set_to_none_need_not_follow() -> None:
    style = Composed(mapping={"register": None, "dynamics": None})
    problems = evaluate(written(IMAGES, style), feature_levels(IMAGES, resolve_mapping(style.mapping)))
    assert not {uncorrelated("register"), uncorrelated("dynamics")} & set(problems)


def test_a_short_score_need_not_follow() -> None:
    few = images(12)
    backwards = from_bars(written(few), bars(written(few))[::-1])
    problems = evaluate(backwards, feature_levels(few, resolve_mapping(None)))
    assert not {uncorrelated(name) for name in ("register", "dynamics", "density")} & set(problems)


def test_a_missing_motif_weighs_half() -> None:
    assert penalty([]) == 0
    assert penalty([NO_MOTIF]) < penalty([RESTLESS]) < penalty([RESTLESS, NO_MOTIF])


def test_a_draft_with_problems_is_composed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two attempts have problems, the third has none: the third is kept."""
    asked: list[Score] = []

    def judge(score: Score, *_: object) -> list[str]:
        asked.append(score)
        return ["bad"] * (3 - len(asked))

    monkeypatch.setattr(composer, "evaluate", judge)
    kept = written(IMAGES)
    assert len(asked) == 3
    assert kept.notes == asked[2].notes != asked[0].notes


def test_of_attempts_with_problems_the_one_with_the_lowest_penalty_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Score] = []

    def judge(score: Score, *_: object) -> list[str]:
        asked.append(score)
        return ["bad"] * (1 if len(asked) == 2 else 2)

    monkeypatch.setattr(composer, "evaluate", judge)
    monkeypatch.setattr(composer, "evaluate_melody", lambda *_: [])
    kept = written(IMAGES)
    assert len(asked) == composer.ATTEMPTS
    assert kept.notes == asked[1].notes


def test_later_drafts_get_other_layers_only_if_their_melody_may_be_better(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Score] = []

    def judge(score: Score, *_: object) -> list[str]:
        asked.append(score)
        return ["bad"]

    melodies = itertools.chain([["bad"], []], itertools.repeat(["bad"]))
    monkeypatch.setattr(composer, "evaluate", judge)
    monkeypatch.setattr(composer, "evaluate_melody", lambda *_: next(melodies))
    kept = written(IMAGES)
    assert len(asked) == 2
    assert kept.notes == asked[0].notes


def test_another_attempt_has_another_motif_and_the_same_key_and_ensemble() -> None:
    style = Composed()
    first, second = (style.draft(IMAGES, music(IMAGES).timeline, 7, attempt) for attempt in (0, 1))
    assert first.motif != second.motif
    assert first.plan.home == second.plan.home
    assert first.ensemble == second.ensemble
