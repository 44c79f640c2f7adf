"""Ensembles, drums, and who plays when."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT
from imbatch2soundvisu.music.analysis.measures import melody
from imbatch2soundvisu.music.composition.choices import choose_ensemble
from imbatch2soundvisu.music.composition.drums import CRASH, HAT
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.composition.genres import GENRES
from imbatch2soundvisu.music.composition.instruments import DRUMS
from imbatch2soundvisu.music.composition.moods import MOODS, NEUTRAL
from imbatch2soundvisu.music.styles import Composed
from tests.music.composition.pieces import drafted, of_part
from tests.music.scores import images, music, part


class TestPlayers:
    def test_an_ensemble_by_name_and_as_an_instance_is_the_same(self) -> None:
        wanted = images(20)
        by_name, own = (music(wanted, Composed(ensemble=each)) for each in ("low", ENSEMBLES["low"]))
        assert by_name == own
        assert music(wanted, Composed(ensemble="bells")).parts != own.parts

    def test_a_user_defined_ensemble_plays_in_its_range(self) -> None:
        low = replace(ENSEMBLES["low"], melody=replace(ENSEMBLES["low"].melody, name="tuba", program=58))
        low = replace(low, second=low.melody, range=(40, 52))
        score = music(images(20), Composed(ensemble=low))
        tubas = [each for each in score.parts if each.name == "Melody: tuba"]
        assert {each.program for each in tubas} == {58}
        assert 38 <= np.mean([n.pitch for n in melody(score)]) <= 54

    def test_warm_and_cool_collections_differ_in_ensemble(self) -> None:
        def temperatures(warmth: float) -> set[float]:
            wanted = images(20, warmth=np.linspace(warmth, warmth + 0.01, 20))
            return {drafted(wanted, Composed(genre="song"), seed=seed).ensemble.temperature for seed in range(6)}

        assert max(temperatures(-0.1)) < min(temperatures(0.1))

    def test_only_dark_collections_have_the_low_ensemble(self) -> None:
        temperature = ENSEMBLES["low"].temperature
        names, draws = NEUTRAL.ensembles, (0.0, 0.5, 0.99)
        found = [{choose_ensemble(names, temperature, light, draw) for draw in draws} for light in (0.2, 0.8)]
        assert "low" in found[0]
        assert "low" not in found[1]

    def test_there_are_at_most_max_parts_melodic_parts(self) -> None:
        pieces = [music(images(32, seed), Composed(mood)) for seed in range(3) for mood in (None, *MOODS)]
        assert max(sum(not each.drums for each in score.parts) for score in pieces) <= Composed.max_parts

    def test_moods_differ(self) -> None:
        wanted = images(32)
        count = {mood: len(music(wanted, Composed(mood)).notes) for mood in MOODS}
        assert count["calm"] < count["lively"]
        major = {m: sum(d["mode"] == "major" for d in music(wanted, Composed(m)).decisions) for m in ("bright", "dark")}
        assert major["bright"] > major["dark"]
        for mood in (*MOODS.values(), NEUTRAL):
            assert set(mood.ensembles) <= set(ENSEMBLES)

    def test_intensity_is_louder_and_fuller(self) -> None:
        pieces = [[music(images(32, seed), Composed(intensity=each)) for seed in range(3)] for each in (0.0, 0.5, 1.0)]
        loud = [np.mean([n.velocity for score in scores for n in score.notes]) for scores in pieces]
        many = [sum(len(score.notes) for score in scores) for scores in pieces]
        assert loud[0] + 5 < loud[1] < loud[2] - 5
        assert many[0] < many[1] < many[2]


def _song(mood: str | None = None, **parameters: float) -> Composed:
    return Composed(mood, genre="song", drums=True, **parameters)


class TestDrums:
    @pytest.mark.parametrize(("style", "plays"), [
        (Composed(genre="song"), False), (Composed(genre="song", drums=True), True), (Composed("lively"), True),
        (Composed("lively", drums=False), False), (Composed(genre="bossa"), True), (Composed(genre="chorale"), False),
    ])  # fmt: skip
    def test_they_play_where_they_are_wanted(self, style: Composed, plays: bool) -> None:
        score = music(images(32), style)
        assert any(each.drums for each in score.parts) is plays
        assert ("drums" in score.summary) is plays

    def test_they_are_as_loud_as_the_music_around_them(self) -> None:
        ratios = []
        for mood in (None, *MOODS):
            for intensity in (0.0, 0.5, 1.0):
                score = music(images(24, 1), _song(mood, intensity=intensity))
                own, others = (
                    [n.velocity for n in score.notes if score.parts[n.part].drums is drums] for drums in (True, False)
                )
                if len(own) >= 16:  # fewer say little
                    ratios.append(np.mean(own) / np.mean(others))
        assert min(ratios) > 0.7
        assert max(ratios) < 1.05
        assert max(ratios) < 1.3 * min(ratios)

    def test_they_follow_the_dynamics_of_the_images(self) -> None:
        rising = images(32, saturation=np.linspace(0.03, 0.13, 32), edge_density=np.full(32, 0.5))
        draft = drafted(rising, Composed(genre="song", drums=True, mapping={"density": None}, intensity=1.0))
        hats = [n.velocity for n in of_part(draft.notes(), DRUMS) if n.pitch == HAT and n.start % TICKS_PER_BEAT == 0]
        assert len(hats) >= 24
        assert np.mean(hats[-8:]) > np.mean(hats[:8]) + 15

    def test_a_calm_piece_has_a_soft_final_crash(self) -> None:
        """Its last stroke is at most as loud as the others, its cymbal as the other notes on the same cut."""
        crashes = []
        for style in (_song("calm", intensity=0.2), _song("lively", intensity=0.8)):
            score = music(images(24), style)
            last = score.timeline.start_ticks[-2]
            struck = {n.pitch: n.velocity for n in part(score, "drums") if n.start == last}
            before = max((n.velocity for n in part(score, "drums") if n.start < last), default=127)
            accent = max(n.velocity for n in score.notes if n.start == last and not score.parts[n.part].drums)
            crashes.append((struck[CRASH], struck[CRASH] <= accent, max(struck.values()) <= before))
        calm, lively = crashes
        assert calm[1:] == (True, True)
        assert lively[0] > calm[0] + 25

    def test_they_change_no_other_part_than_the_chords(self) -> None:
        """A kit reduces the notes of the chords only."""
        wanted = images(32)
        with_kit, without = (drafted(wanted, Composed(genre="song", drums=each)) for each in (True, False))
        assert with_kit.melody == without.melody
        assert with_kit.plan == without.plan
        assert with_kit.bass == without.bass

    def test_they_wait_for_busy_phrases(self) -> None:
        density = np.random.default_rng(1).permutation(np.linspace(0.3, 0.5, 48))
        density[16:24] = 0.02  # one plain phrase
        draft = drafted(images(48, edge_density=density), _song())
        hits = of_part(draft.notes(), DRUMS)
        starts = draft.timeline.start_beats.tolist()
        spans = [(starts[a], starts[b]) for a, b in ((16, 24), (24, 32))]
        plain, busy = (sum(a <= n.start / TICKS_PER_BEAT < b for n in hits) for a, b in spans)
        assert [draft.plan.slots[p.first].beat for p in draft.plan.phrases][2:5] == [starts[i] for i in (16, 24, 32)]
        assert plain <= 2  # a crash, at most
        assert busy >= 16

    def test_they_fill_before_a_new_phrase(self) -> None:
        """The last beat of a phrase has a drum that the others do not have."""
        tutti = replace(GENRES["song"], textures=("melody and chords", "tutti"))
        draft = drafted(images(48, edge_density=np.linspace(0.5, 0.9, 48)), Composed(genre=tutti, drums=True))
        hits = of_part(draft.notes(), DRUMS)
        filled = 0
        closing = {passage.phrase: passage for passage in draft.passages}
        for index, phrase in enumerate(draft.plan.phrases[:-1]):
            if closing[index].pause or not closing[index].texture.drums:
                continue
            first, last = draft.plan.slots[phrase.first], draft.plan.slots[phrase.last - 1]
            end = last.beat + last.beats
            within = {n.pitch for n in hits if first.beat + 1 <= n.start / TICKS_PER_BEAT < end - 1}
            before = {n.pitch for n in hits if end - 1 <= n.start / TICKS_PER_BEAT < end}
            filled += bool(before - within)
            assert not within or before - within
        assert filled >= 1
