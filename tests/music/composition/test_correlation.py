"""Composed music rises and falls with the features of the images."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from imbatch2soundvisu.core import TICKS_PER_BEAT
from imbatch2soundvisu.music.analysis.feature_correlation import counterparts, group_means, phrase_groups, phrases_of
from imbatch2soundvisu.music.analysis.measures import melody
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.theory import DOMINANT, TONIC
from tests.music.composition.pieces import CASES, drafted, soloist_of
from tests.music.scores import composed, images, music, part, sequence


class TestFollowing:
    @pytest.mark.parametrize("name", ["rising", "falling, dark", "random walk, calm", "three hundred"])
    def test_register_and_loudness_follow_the_values_where_there_is_nothing_else(self, name: str) -> None:
        values, style, seconds = CASES[name]
        score = composed(values, style, seconds)
        groups = phrase_groups([decision["phrase"] for decision in score.decisions])
        sounding, level = counterparts(score, groups), group_means(np.asarray(values), groups)
        assert spearmanr(level, sounding["pitch"]).statistic > 0.75
        assert spearmanr(level, sounding["velocity"]).statistic >= 0.8

    def test_sections_of_one_phrase_each_are_different_phrases(self) -> None:
        score = composed(np.arange(20.0))
        decisions = tuple({"phrase": "A", "section": "cd"[i // 10]} for i in range(20))
        groups = phrases_of(replace(score, decisions=decisions))
        assert groups.tolist() == phrase_groups(["A"] * 10 + ["B"] * 10).tolist()
        assert groups.tolist() != phrase_groups(["A"] * 20).tolist()

    def test_dark_is_minor_bright_is_major_and_the_mode_does_not_flicker(self) -> None:
        song = Composed(genre="song")
        modes = [d["mode"] for d in music(images(48, luminance=np.linspace(0.3, 0.9, 48)), song).decisions]
        assert modes[0] == "minor"
        assert modes[-1] == "major"
        assert sum(a != b for a, b in itertools.pairwise(modes)) == 1
        noisy = [d["mode"] for d in music(images(64, seed=3), song).decisions]
        assert sum(a != b for a, b in itertools.pairwise(noisy)) <= 8

    def test_where_the_order_has_no_values_the_music_follows_the_images(self) -> None:
        score = music(sequence(np.full(24, np.nan), luminance=np.linspace(0.3, 0.9, 24)))
        assert "luminance" in score.summary
        levels = [d["level"] for d in score.decisions]
        assert levels == sorted(levels)
        assert levels[-1] - levels[0] > 0.5
        assert score.decisions[0]["value"] is None

    def test_circular_values_have_no_jump_at_360_degrees(self) -> None:
        """The order goes once round, so the level of the last image is near that of the first."""
        score = music(sequence((np.arange(24) * 15.0 + 200) % 360, circular=True))
        levels = [d["level"] for d in score.decisions]
        assert abs(levels[0] - levels[-1]) <= max(abs(b - a) for a, b in itertools.pairwise(levels))

    def test_the_second_soloist_has_the_melody_of_warm_images(self) -> None:
        warmth = np.where(np.arange(32) < 16, -0.05, 0.1) + np.linspace(0, 0.01, 32)
        score = music(images(32, warmth=warmth), Composed(ensemble="salon"))
        half = score.timeline.start_ticks[16]
        cool, warm = ENSEMBLES["salon"].melody.name, ENSEMBLES["salon"].second.name
        assert [d["soloist"] for d in score.decisions] == [cool] * 16 + [warm] * 16
        assert max(n.start for n in melody(score) if n in soloist_of(score, cool) and n.start < half) < half
        starts = [n.start for n in soloist_of(score, warm)]
        assert sum(start >= half for start in starts) >= 16
        assert min(starts) >= half - 2 * TICKS_PER_BEAT  # a pickup

    def test_where_images_jump_the_accent_is_stronger_and_doubled(self) -> None:
        vectors = np.cumsum(np.tile([[0.35, 0.0], [0.45, 0.0]], (12, 1)), axis=0).astype(np.float32)
        vectors[9:] += (0.0, 2.0)  # where no phrase can begin
        wanted = images(24, saturation=np.full(24, 0.08), contrast=np.full(24, 0.2))
        wanted = replace(wanted, table=replace(wanted.table, vectors={"look": vectors}))
        score = music(wanted, Composed(mapping={"dynamics": None}))
        accents = [
            [n.velocity for n in part(score, "accents") if n.start == tick] for tick in score.timeline.start_ticks[:-1]
        ]
        within = [i for i, d in enumerate(score.decisions) if i and d["phrase"] == score.decisions[i - 1]["phrase"]]
        assert 9 in within
        assert len(accents[9]) == 2
        others = [i for i in within if i != 9]
        assert {len(accents[i]) for i in others} <= {0, 1}
        assert max(accents[9]) > max(velocity for i in others for velocity in accents[i])

    def test_far_images_have_more_reverberation(self) -> None:
        score = music(images(24, subject_scale=np.linspace(0.55, 0.1, 24)))
        chords = next(i for i, each in enumerate(score.parts) if each.name.startswith("Chords"))
        values = [c.value for c in score.controls if c.part == chords and c.controller == 91]
        assert len(values) == 24
        assert values == sorted(values)
        assert values[-1] > 2 * values[0]

    def test_decisions_have_the_levels_that_were_followed(self) -> None:
        wanted = images(24)
        features = drafted(wanted).features
        for i, decision in enumerate(music(wanted).decisions):
            rows = {row["parameter"]: row for row in decision["because"]}
            assert set(rows) == {parameter for parameter, source in features.sources.items() if source} - {"tempo"}
            for parameter, row in rows.items():
                assert row["level"] == round(float(features.levels[parameter][i]), 3)
                assert row["feature"] == features.sources[parameter]

    def test_tension_rises_with_what_is_high_loud_and_full(self) -> None:
        """For chords of the same function."""
        rising = {"luminance": (0.5, 0.8), "saturation": (0.03, 0.13), "edge_density": (0.13, 0.31)}
        wanted = images(48, **{name: np.linspace(*span, 48) for name, span in rising.items()})
        decisions = music(wanted).decisions
        resting = [d["tension"] for d in decisions if d["degree"].removesuffix("add9") in ("I", "i")]
        assert len(resting) >= 5
        assert resting == sorted(resting)
        assert resting[-1] > resting[0] + 0.25

    def test_tension_is_higher_on_dominants_than_at_rest(self) -> None:
        wanted = images(64)
        draft = drafted(wanted)
        stated = [d["tension"] for d in music(wanted).decisions]
        jobs = {job: [] for job in (TONIC, DOMINANT)}
        for i, decision in enumerate(music(wanted).decisions):
            degree = decision["degree"]
            if degree.rstrip("7") == "V":
                jobs[DOMINANT].append(stated[i])
            elif degree.removesuffix("add9") in ("I", "i"):
                jobs[TONIC].append(stated[i])
        assert min(len(each) for each in jobs.values()) >= 4
        assert np.mean(jobs[DOMINANT]) > np.mean(jobs[TONIC]) + 0.2
        assert draft.plan.home.name == music(wanted).key
