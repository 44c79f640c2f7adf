"""Loudness of composed pieces."""

from __future__ import annotations

import pytest

from imbatch2soundvisu.music.composition.dynamics import dynamic, velocity_of
from tests.music.composition.pieces import drafted
from tests.music.scores import images


class TestDynamics:
    def test_every_phrase_swells_and_comes_back(self) -> None:
        draft = drafted(images(32))
        soft, loud = draft.mood.velocity
        swell = draft.loudness - (soft + draft.levels["dynamics"] * (loud - soft))
        assert len(draft.plan.phrases) == 4
        for phrase in draft.plan.phrases:
            own = swell[phrase.first : phrase.last]
            assert own == pytest.approx(own[::-1])
            assert own.max() - own[0] > 1.5
            assert own.max() == own[len(own) // 2]
            assert abs(own).max() < 4  # far less than what the images do

    def test_velocities_are_midi_values(self) -> None:
        assert [velocity_of(each) for each in (-3, 0.4, 63.6, 130)] == [1, 1, 64, 127]
        assert [dynamic(each) for each in (40, 70, 90, 127)] == ["pp", "mp", "f", "ff"]
