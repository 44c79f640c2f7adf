"""Parameters of `Composed`, and what a result depends on."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from imbatch2soundvisu.core import ImageSequence, Music, Timing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES, FIGURES
from imbatch2soundvisu.music.composition.instruments import Instrument
from imbatch2soundvisu.music.styles import STYLES, Composed, Silent
from tests.music.scores import images, music, sequence


class TestParameters:
    @pytest.mark.parametrize(
        "parameter",
        [
            {"mood": "brigth"}, {"key": "H dur"}, {"key": 3}, {"tempo_bpm": 29.9}, {"tempo_bpm": 240.1},
            {"tempo_bpm": True}, {"tempo_bpm": float("nan")}, {"ensemble": "orchestra"}, {"intensity": -0.1},
            {"intensity": 1.1}, {"intensity": "loud"}, {"mood": ["calm"]}, {"ensemble": ["lounge"]}, {"ensemble": 3},
            {"drums": "no"}, {"drums": 1},
        ],
    )  # fmt: skip
    def test_invalid_ones_are_refused(self, parameter: dict) -> None:
        with pytest.raises(ConfigError):
            Composed(**parameter)

    @pytest.mark.parametrize(
        ("change", "stated"),
        [
            ({"figures": ("typo", "push", "broken")}, "push"), ({"figures": ("push", "broken")}, "three"),
            ({"figures": (["push"], "push", "push")}, "push"), ({"range": (84, 60)}, "lower first"),
            ({"range": (96, 127)}, "108"), ({"range": 60}, "108"), ({"temperature": 2}, "0 to 1"),
            ({"melody": "flute"}, "Instrument"),
        ],
    )  # fmt: skip
    def test_an_ensemble_that_cannot_play_is_refused(self, change: dict, stated: str) -> None:
        with pytest.raises(ConfigError, match=stated):
            replace(ENSEMBLES["lounge"], **change)

    @pytest.mark.parametrize("change", [{"program": 300}, {"volume": -1}, {"pan": 64.0}, {"reverb": True}])
    def test_an_instrument_outside_midi_values_is_refused(self, change: dict) -> None:
        with pytest.raises(ConfigError, match=f"{next(iter(change))} .* 'horn' .*127"):
            Instrument(**{"name": "horn", "program": 60, "volume": 100} | change)

    def test_ensembles_at_the_ends_of_the_range_stay_within_midi(self) -> None:
        for ends in ((21, 40), (90, 108)):
            score = music(images(20), Composed(ensemble=replace(ENSEMBLES["band"], range=ends)))
            assert all(0 <= n.pitch <= 127 for n in score.notes)

    @pytest.mark.parametrize("figure", FIGURES)
    def test_every_figure_is_played(self, figure: str) -> None:
        own = replace(ENSEMBLES["band"], figures=(figure,) * 3)
        assert {d["figure"] for d in music(images(8), Composed(ensemble=own)).decisions} == {figure}

    @pytest.mark.parametrize(
        ("parameter", "stated"),
        [({"mood": "brigth"}, "Did you mean 'bright'"), ({"ensemble": "loow"}, "Did you mean 'low'")],
    )
    def test_a_misspelled_name_gets_a_suggestion(self, parameter: dict, stated: str) -> None:
        with pytest.raises(ConfigError, match=stated):
            Composed(**parameter)

    def test_a_timeline_of_another_length_is_refused(self) -> None:
        style = Composed()
        grid = style.timeline(sequence([1, 2, 3]), 30, Timing(1.0))
        with pytest.raises(ValueError, match="3 images"):
            style.compose(sequence([1, 2]), grid, np.random.default_rng(0))


class TestState:
    """The state by which a run decides whether a result is up to date."""

    @staticmethod
    def darker_half(hue: float = 30.0, light: float = 0.85) -> ImageSequence:
        """Thirty constant images of a collection whose other half varies."""
        luminance = np.concatenate([np.linspace(0.45, 0.6, 30), np.linspace(0.61, light, 30)])
        whole = images(60, luminance=luminance, hue=np.where(np.arange(60) < 30, 30.0, hue))
        table = replace(whole.table.select(range(30)), unfiltered=whole.table)
        return replace(whole, table=table, values=whole.values[:30])

    @pytest.mark.parametrize("other", [{"hue": 200.0}, {"light": 0.99}])
    def test_the_state_depends_on_the_whole_collection(self, other: dict[str, float]) -> None:
        one, two = self.darker_half(), self.darker_half(**other)
        assert music(one).notes != music(two).notes
        assert Composed().state(one) != Composed().state(two)
        assert Composed().state(one) == Composed().state(self.darker_half())
        json.dumps(Composed().state(one), allow_nan=False)


def test_styles_are_registered_frozen_documented_and_follow_the_protocol() -> None:
    names = {"composed", "cluster-theme", "cluster-profile", "sonified", "mix", "silent", "track"}
    assert set(STYLES) == names
    assert STYLES.resolve("composed") == Composed()
    assert STYLES.resolve(Composed) == Composed()
    for style in STYLES.values():
        assert (style.__doc__ or "").strip().splitlines()[0].endswith(".")
        assert isinstance(style(), Music)
    with pytest.raises(FrozenInstanceError):
        Composed().mood = "dark"  # type: ignore[misc]


def test_silence_is_exact_and_empty() -> None:
    wanted = sequence([1, 2, 3])
    grid = Silent().timeline(wanted, 30, Timing(3.1))
    assert float(grid.seconds) == pytest.approx(9.3)
    assert Silent().compose(wanted, grid, np.random.default_rng(0)) is None
