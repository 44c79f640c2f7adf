"""Themes, keys and tempi of composed pieces."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Timing
from imbatch2soundvisu.music import key_names
from imbatch2soundvisu.music.composition.genres import TEMPI_BPM
from imbatch2soundvisu.music.composition.moods import NEUTRAL
from imbatch2soundvisu.music.styles import Composed
from tests.music.composition.pieces import FREE_TIMING, drafted
from tests.music.scores import images, music


class TestThemes:
    def test_the_motif_returns_with_its_theme(self) -> None:
        """Statements of theme A have the rhythm of its idea; theme B has another one."""
        draft = drafted(images(32), Composed(mapping={"density": None}))
        two_bars = 2 * draft.timeline.beats_per_bar * TICKS_PER_BEAT
        opening = {}
        for k, phrase in enumerate(draft.plan.phrases):
            start = draft.plan.slots[phrase.first].beat * TICKS_PER_BEAT
            own = [n.start - start for n in draft.melody if n.phrase == k]
            opening[phrase.label] = [at for at in own if 0 <= at < two_bars]
        assert set(opening) == {"A", "A'", "B", "A''"}
        assert opening["A"][1:] == opening["A'"][1:] != opening["B"][1:], "the first entry may be late"
        assert set(opening["A'"]) <= set(opening["A''"]), "it is ornamented"
        assert len(set(np.diff(opening["A"]))) > 1

    def test_the_progression_returns_with_its_theme(self) -> None:
        """The first half of its phrases in one key has the same chords, for as long; other themes have others."""
        other = []
        for seed in range(6):
            draft = drafted(images(32, seed), seed=seed)
            plan = draft.plan
            opening = {}
            for phrase in plan.phrases:
                start = plan.slots[phrase.first].beat
                half = start + 8
                within = [k for k in range(phrase.first, phrase.last) if plan.slots[k].beat < half]
                changes = [(plan.slots[k].beat - start, plan.chords[k].root, plan.chords[k].key) for k in within]
                opening[phrase.label] = [
                    each for i, each in enumerate(changes) if i == 0 or each[1:] != changes[i - 1][1:]
                ]
            assert opening["A"] == opening["A'"] == opening["A''"]
            other.append(opening["A"] != opening["B"])
        assert all(other)

    def test_harmony_is_not_three_chords(self) -> None:
        pieces = [music(images(32, seed), seed=seed) for seed in range(6)]
        counts = [len({name for d in score.decisions for name in d["chords"]}) for score in pieces]
        assert min(counts) >= 6
        assert np.mean(counts) >= 9
        assert len({tuple(d["degree"] for d in score.decisions) for score in pieces}) == 6
        cadences = [d["why"] for score in pieces for d in score.decisions if "half cadence" in d["why"]]
        assert len(cadences) >= 6

    def test_it_is_deterministic_and_depends_on_the_seed(self) -> None:
        wanted = images(20)
        assert music(wanted, seed=4) == music(wanted, seed=4)
        assert music(wanted, seed=4).notes != music(wanted, seed=5).notes


class TestKey:
    @pytest.mark.parametrize(("hue", "centre"), [(2.0, 0), (61.0, 2)])
    def test_the_tonics_of_a_session_lie_around_that_of_the_hue(self, hue: float, centre: int) -> None:
        """A fifth is thirty degrees of hue: red is C, yellow is D; a plan is up to four fifths away."""
        wanted = images(12, hue=np.full(12, hue))
        keys = [key_names.parse_key_name(music(wanted, seed=seed).key)[0] for seed in range(16)]
        fifths = {((tonic - centre) * 7 + 5) % 12 - 5 for tonic in keys}
        assert fifths <= set(range(-4, 5))
        assert len(fifths) >= 5

    def test_a_given_key_is_kept_with_its_mode(self) -> None:
        rising = images(48, luminance=np.linspace(0.3, 0.9, 48))
        pinned = music(rising, Composed(key="Eb minor"))
        assert pinned.key == "Eb minor"
        assert {d["mode"] for d in pinned.decisions} == {"minor"}
        free = music(rising, Composed(key="Eb"))
        assert free.key.startswith("Eb ")
        assert {d["mode"] for d in free.decisions} == {"major", "minor"}


class TestTempo:
    @staticmethod
    def tempo(style: Composed | None = None, timing: Timing = FREE_TIMING, **columns: np.ndarray) -> float:
        return (style or Composed()).timeline(images(24, **columns), 30, timing).tempo_bpm

    def test_light_and_saturated_images_are_quicker_than_dark_and_pale_ones(self) -> None:
        light = self.tempo(luminance=np.linspace(0.75, 0.95, 24), saturation=np.linspace(0.15, 0.3, 24))
        usual = self.tempo()
        dark = self.tempo(luminance=np.linspace(0.1, 0.4, 24), saturation=np.linspace(0, 0.02, 24))
        assert NEUTRAL.tempi_bpm[0] <= dark < usual < light <= NEUTRAL.tempi_bpm[1]

    def test_moods_differ_in_tempo(self) -> None:
        assert self.tempo(Composed("calm")) < self.tempo() <= self.tempo(Composed("lively"))

    @pytest.mark.parametrize("bpm", [*TEMPI_BPM, 75, 100, 150])
    def test_a_given_tempo_is_kept_to_the_frame(self, bpm: float) -> None:
        frames = 30 * 60 / bpm
        assert abs(30 * 60 / self.tempo(Composed(tempo_bpm=bpm)) - frames) <= 0.5

    def test_what_the_tempo_follows_can_be_changed(self) -> None:
        columns = {"edge_density": np.linspace(0.5, 0.9, 24), "luminance": np.linspace(0.1, 0.4, 24)}
        assert self.tempo(Composed(mapping={"tempo": "edge_density"}), **columns) > self.tempo(**columns)
