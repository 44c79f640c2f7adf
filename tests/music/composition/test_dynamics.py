"""Loudness of composed pieces."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from imbatch2soundvisu.music.composition.dynamics import dynamic, loudness, velocity_of
from imbatch2soundvisu.music.composition.form import Phrase
from imbatch2soundvisu.music.theory import Key
from tests.music.composition.pieces import drafted
from tests.music.scores import images


class TestDynamics:
    def test_phrases_follow_their_images_and_swell(self) -> None:
        draft = drafted(images(48))
        level, phrases = draft.levels["dynamics"], draft.plan.phrases
        assert len(phrases) >= 4
        means = [draft.loudness[p.first : p.last].mean() for p in phrases]
        images_means = [level[p.first : p.last].mean() for p in phrases]
        assert spearmanr(means, images_means).statistic >= 0.8
        for phrase in phrases:
            flat = loudness(np.full(len(level), 0.5), (50, 100), 0.5, phrases)[phrase.first : phrase.last]
            assert flat == pytest.approx(flat[::-1])
            assert flat.max() == flat[len(flat) // 2]
            assert 1.5 < flat.max() - flat[0] < 5

    def test_a_phrase_goes_towards_the_loudness_of_the_next(self) -> None:
        key = Key(0, "major")
        phrases = (Phrase("A", 0, 10, key, "half"), Phrase("B", 10, 20, key, "final"))
        rising = loudness(np.repeat([0.2, 0.8], 10), (50, 100), 0.5, phrases)
        falling = loudness(np.repeat([0.8, 0.2], 10), (50, 100), 0.5, phrases)
        plain = loudness(np.full(20, 0.2), (50, 100), 0.5, phrases)
        assert (np.diff((rising - plain)[5:10]) > 0).all()
        assert (np.diff(falling[5:10]) < 0).all()
        assert rising[:6] == pytest.approx(plain[:6])

    def test_a_changed_image_changes_the_loudness_only_near_it(self) -> None:
        draft = drafted(images(48))
        level = draft.levels["dynamics"].copy()
        place = draft.plan.phrases[2].first + 1
        level[place] = 1 - level[place]
        soft_loud, phrases = draft.mood.velocity, draft.plan.phrases
        before = loudness(draft.levels["dynamics"], soft_loud, 0.5, phrases)
        differs = np.flatnonzero(before != loudness(level, soft_loud, 0.5, phrases))
        assert differs.min() >= phrases[1].last - 0.5 * len(phrases[1])
        assert differs.max() < phrases[2].last

    def test_velocities_are_midi_values(self) -> None:
        assert [velocity_of(each) for each in (-3, 0.4, 63.6, 130)] == [1, 1, 64, 127]
        assert [dynamic(each) for each in (40, 70, 90, 127)] == ["pp", "mp", "f", "ff"]
