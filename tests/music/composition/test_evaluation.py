"""The second look: what holds together passes, what was taken apart does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Score
from imbatch2soundvisu.music.analysis.measures import groove_consistency, structure
from imbatch2soundvisu.music.composition import composed, feature_levels
from imbatch2soundvisu.music.composition.evaluation import faults
from imbatch2soundvisu.music.composition.mapping import links
from imbatch2soundvisu.music.styles import Composed
from tests.music.scores import images, music, written

IMAGES = images(48)
SEEN = feature_levels.read(IMAGES, links(None))


@pytest.fixture(scope="module")
def piece() -> Score:
    return written(IMAGES, seconds=1.0)


def bars(score: Score) -> list[list[Note]]:
    """The notes of each bar, from its own beginning."""
    bar = score.timeline.beats_per_bar * TICKS_PER_BEAT
    found: list[list[Note]] = [[] for _ in range(-(-score.timeline.total_beats * TICKS_PER_BEAT // bar))]
    for note in score.notes:
        found[note.start // bar].append(replace(note, start=note.start % bar))
    return found


def laid(score: Score, order: list[list[Note]]) -> Score:
    bar = score.timeline.beats_per_bar * TICKS_PER_BEAT
    notes = [replace(n, start=n.start + i * bar) for i, each in enumerate(order) for n in each]
    return replace(score, notes=tuple(sorted(notes, key=lambda n: (n.start, n.part, n.pitch))))


def test_a_piece_as_written_has_none(piece: Score) -> None:
    assert faults(piece, SEEN) == []


def test_taking_it_apart_and_putting_it_together_changes_nothing(piece: Score) -> None:
    assert laid(piece, bars(piece)).notes == piece.notes


def test_a_shuffled_piece_does_not_follow_its_images(piece: Score) -> None:
    order = bars(piece)
    np.random.default_rng(0).shuffle(order)  # type: ignore[arg-type]
    told = faults(laid(piece, order), SEEN)
    assert {f"its {name} hardly follows the images" for name in ("register", "dynamics", "density")} <= set(told)


def test_bars_that_do_not_come_back_are_told_of(piece: Score) -> None:
    """Most orders of the same bars have less of a form than the piece, and some no more than chance has."""
    rng, told = np.random.default_rng(1), []
    for _ in range(8):
        shuffled = laid(piece, [bars(piece)[i] for i in rng.permutation(len(bars(piece)))])
        told.append("its bars do not come back" in faults(shuffled, SEEN))
        assert structure(shuffled) < structure(piece)
        assert told[-1] or structure(shuffled) > 0
    assert sum(told) >= 4


def test_a_tune_without_a_motif_is_told_of(piece: Score) -> None:
    """Every tune note anywhere in its octave: hardly three intervals are the same twice."""
    rng = np.random.default_rng(4)
    solo = {i for i, each in enumerate(piece.parts) if each.name.startswith("Melody")}
    notes = [replace(n, pitch=n.pitch + int(rng.integers(-6, 7))) if n.part in solo else n for n in piece.notes]
    assert "its motif is hardly heard again" in faults(replace(piece, notes=tuple(notes)), SEEN)
    assert "its motif is hardly heard again" not in faults(piece, SEEN)


def test_one_bar_over_and_over_is_a_machine(piece: Score) -> None:
    same = laid(piece, [bars(piece)[4]] * len(bars(piece)))
    assert groove_consistency(same) == 1
    assert "its rhythm never changes" in faults(same, SEEN)


def test_another_rhythm_in_every_bar_is_restless(piece: Score) -> None:
    rng = np.random.default_rng(2)
    sixteenth = TICKS_PER_BEAT // 4
    steps = piece.timeline.total_beats * 4
    notes = [Note(0, 60, 80, int(s) * sixteenth, sixteenth) for s in np.flatnonzero(rng.random(steps) < 0.5)]
    assert "its rhythm is restless" in faults(replace(piece, notes=tuple(notes)), SEEN)


def test_one_loudness_for_all_images_follows_none(piece: Score) -> None:
    flat = replace(piece, notes=tuple(replace(n, velocity=80) for n in piece.notes))
    assert faults(flat, SEEN) == ["its dynamics hardly follows the images"]


def test_what_rests_and_what_is_short_need_not_follow() -> None:
    wanted = images(48)
    style = Composed(mapping={"register": None, "dynamics": None})
    seen = feature_levels.read(wanted, links(style.mapping))
    assert not [fault for fault in faults(written(wanted, style), seen) if "register" in fault or "dynamics" in fault]
    few = images(12)
    order = bars(written(few))[::-1]
    told = faults(laid(written(few), order), feature_levels.read(few, links(None)))
    assert not any("follows" in fault for fault in told)


def test_a_piece_with_faults_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two attempts are found bad, the third good: it is the third that is kept."""
    asked: list[Score] = []

    def judge(score: Score, _: feature_levels.FeatureLevels) -> list[str]:
        asked.append(score)
        return ["bad"] * (3 - len(asked))

    monkeypatch.setattr(composed, "faults", judge)
    kept = written(IMAGES)
    assert len(asked) == 3
    assert kept.notes == asked[2].notes != asked[0].notes


def test_of_attempts_that_all_have_faults_the_one_with_the_fewest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Score] = []

    def judge(score: Score, _: feature_levels.FeatureLevels) -> list[str]:
        asked.append(score)
        return ["bad"] * (1 if len(asked) == 2 else 2)

    monkeypatch.setattr(composed, "faults", judge)
    kept = written(IMAGES)
    assert len(asked) == composed.ATTEMPTS
    assert kept.notes == asked[1].notes


def test_another_attempt_is_another_motif_over_the_same_images() -> None:
    style = Composed()
    first, second = (style.draft(IMAGES, music(IMAGES).timeline, 7, attempt) for attempt in (0, 1))
    assert first.motif != second.motif
    assert first.plan.home == second.plan.home
    assert first.ensemble == second.ensemble
