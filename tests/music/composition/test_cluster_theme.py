"""Themes of an album: they are unique, and the keys of adjacent clusters are related."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.core import (
    TICKS_PER_BEAT,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Profile,
    Score,
    Timing,
)
from imbatch2soundvisu.music import key_names
from imbatch2soundvisu.music.analysis import measures
from imbatch2soundvisu.music.composition import themes
from imbatch2soundvisu.music.composition.cluster_theme import ClusterTheme
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.composition.rhythms import SHORTEST_S, signed
from imbatch2soundvisu.music.composition.theme_composer import beats_per_image
from imbatch2soundvisu.plans import SequencePlan

RANDOM = np.random.default_rng(5)
IMAGES = 12


def profile(name: str, size: int = 30, variance: float = 0.001, hue: float = 30.0, **means: float) -> Profile:
    usual = {"luminance": 0.58, "saturation": 0.08, "warmth": 0.0, "hue": hue} | means
    return Profile(name, np.arange(size), 0.1, variance, usual, {}, (), {}, 0, (), ())


def album(*profiles: Profile) -> list[ImageSequence]:
    """The same images for every cluster, so that only the profiles differ."""
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(IMAGES))
    rng = np.random.default_rng(3)
    columns = {
        "luminance": rng.uniform(0.3, 0.8, IMAGES),
        "saturation": rng.uniform(0, 0.2, IMAGES),
        "edge_density": rng.uniform(0, 0.5, IMAGES),
    }
    nothing = Criterion("x", 1, 1, 1, 1, 1)
    one = ImageSequence("test", FeatureTable(records, columns), columns["luminance"], FeatureInfo("luminance"), nothing)
    return [replace(one, cluster=each.name, profile=each, profiles=profiles) for each in profiles]


def many(k: int) -> list[ImageSequence]:
    rng = np.random.default_rng(k)
    return album(
        *(
            profile(
                f"part {i}", int(rng.integers(5, 90)), float(rng.uniform(0.001, 0.0015)), float(rng.uniform(0, 360)),
                luminance=float(rng.uniform(0.3, 0.8)), saturation=float(rng.uniform(0, 0.2)),
                warmth=float(rng.normal(0, 0.03)),
            )
            for i in range(k)
        )
    )  # fmt: skip


def score(wanted: ImageSequence, timing: Timing | None = None) -> Score:
    style = ClusterTheme()
    return style.compose(wanted, style.timeline(wanted, 30, timing or Timing()), np.random.default_rng(7))


TIMINGS = {
    "as it likes": Timing(),
    "a beat": Timing(0.5),
    "faster than music": Timing(0.2),
    "two seconds": Timing(2.0),
    "four seconds": Timing(4.0),
    "by weight": Timing(weights=tuple(RANDOM.random(IMAGES))),
}


@pytest.mark.parametrize("timing", TIMINGS.values(), ids=TIMINGS)
def test_no_two_clusters_of_an_album_share_a_motif(timing: Timing) -> None:
    motifs = [measures.motif(score(each, timing)) for each in many(10)]
    enough = 6 if timing == Timing(0.2) else len(motifs)  # a few seconds hold three notes of a melody
    assert len(set(motifs)) >= enough


def test_equal_clusters_have_different_themes() -> None:
    alike = album(*(profile(f"part {i}") for i in range(8)))
    made = [score(each) for each in alike]
    assert len({measures.motif(each) for each in made}) == 8
    assert all(themes.theme_of(each).variance == 0.5 for each in alike)


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 8, 60, 200])
def test_signatures_are_unique(parts: int) -> None:
    found = themes.themes(themes._clusters(album(*(profile(f"part {i}") for i in range(parts)))[0]))
    signatures = [each.signature for each in found]
    assert len(set(signatures)) == parts
    assert len({len(each) for each in signatures}) == 1
    assert all(any(each) for each in signatures)


@pytest.mark.parametrize(("timing", "beats"), [(Timing(0.5), 1), (Timing(2.0), 3)])
def test_theme_a_begins_with_the_signature(timing: Timing, beats: int) -> None:
    for wanted in many(5):
        made, signature = score(wanted, timing), themes.theme_of(wanted).signature
        onsets = {round(4 * note.start / TICKS_PER_BEAT) / 4 for note in measures.melody(made)}  # as they were written
        assert [beat + 0.5 in onsets for beat in range(len(signature))] == list(signature)
        assert {float(beat) for beat in range(len(signature))} <= onsets


def test_no_melody_note_is_shorter_than_the_minimum() -> None:
    """Beats of the signature are not halved if half a beat is shorter."""
    for wanted in many(5):
        made = score(wanted, Timing(0.2))
        onsets = np.diff([note.start for note in measures.melody(made)]) / TICKS_PER_BEAT * 60 / made.bpm
        assert any(themes.theme_of(wanted).signature)
        assert min(onsets) >= SHORTEST_S - 0.02  # the performance moves onsets by up to 10 ms


@pytest.mark.parametrize(("parts", "beats"), [(1, 3), (6, 3), (7, 4), (14, 4), (15, 5)])
def test_signatures_are_as_long_as_documented(parts: int, beats: int) -> None:
    assert len(themes.theme_of(many(parts)[0]).signature) == beats


def test_a_rhythm_takes_the_signature_and_keeps_what_follows() -> None:
    beat = TICKS_PER_BEAT
    rhythm = ((-beat // 2, beat // 2), (0, 3 * beat // 2), (3 * beat // 2, beat // 2), (2 * beat, 2 * beat))
    pickup, *rest = signed(rhythm, (False, True))
    assert pickup == rhythm[0]
    assert [length / beat for _, length in rest] == [1.0, 0.5, 0.5, 2.0]
    assert signed(((0, beat),), (False, True)) == ((0, beat),)


class TestKeys:
    def test_neighbours_of_the_tour_share_at_least_six_notes(self) -> None:
        found = themes.themes(themes._clusters(many(40)[0]))
        for before, after in itertools.pairwise(found):
            shared = len(set(before.key.scale) & set(after.key.scale))
            assert before.key != after.key
            assert shared == (7 if before.key.mode != after.key.mode else 6)

    def test_brighter_is_a_fifth_up_darker_a_fifth_down_and_another_mode_the_relative(self) -> None:
        parts = themes._clusters(album(*(profile(str(i), hue=0.0) for i in range(5)))[0])
        keys = themes._keys(parts, np.array([0.6, 0.8, 0.7, 0.3, 0.2]))
        assert [key.name for key in keys] == ["C major", "G major", "C major", "A minor", "D minor"]

    def test_bright_clusters_are_in_major_and_dark_ones_in_minor(self) -> None:
        bright, dark = album(profile("bright", luminance=0.75), profile("dark", luminance=0.35))
        assert score(bright).key.endswith("major")
        assert score(dark).key.endswith("minor")

    def test_the_tonic_comes_from_the_hue_of_the_first(self) -> None:
        red, yellow = (themes.theme_of(album(profile("a", hue=hue, luminance=0.9))[0]).key for hue in (0.0, 62.0))
        assert (red.name, yellow.name) == ("C major", "D major")


class TestLevels:
    def test_variances_near_zero_are_distinguished(self) -> None:
        calm, middle, wild = (themes.theme_of(each) for each in album(
            profile("a", variance=0.00010), profile("b", variance=0.00011), profile("c", variance=0.00020)
        ))  # fmt: skip
        # half by rank (0, 1/2, 1), half by range (0, 1/10, 1)
        assert [each.variance for each in (calm, middle, wild)] == pytest.approx([0, 0.3, 1])
        assert calm.intensity < middle.intensity < wild.intensity

    def test_a_dark_album_stays_dark_and_still_has_its_brightest_part(self) -> None:
        parts = [themes.theme_of(each) for each in album(*(profile(str(i), luminance=0.2 + i / 50) for i in range(5)))]
        assert np.all(np.diff([each.brightness for each in parts]) > 0)
        assert parts[0].brightness < 0.1
        assert parts[-1].brightness < 0.6

    def test_saturation_and_variance_raise_the_tempo(self) -> None:
        plain, pure, both = album(
            profile("a", saturation=0.0), profile("b", saturation=0.3), profile("c", saturation=0.3, variance=0.002)
        )
        tempi = [themes.theme_of(each).tempo_bpm for each in (plain, pure, both)]
        assert tempi == sorted(tempi)
        assert 78 <= tempi[0] < tempi[1] < tempi[2] <= 132
        assert score(plain).bpm < score(both).bpm

    def test_larger_clusters_have_more_instruments(self) -> None:
        sizes = (10, 30, 30, 30, 50, 90)
        parts = album(*(profile(str(size) + str(i), size) for i, size in enumerate(sizes)))
        assert [themes.theme_of(each).layers for each in parts] == [1, 2, 2, 2, 3, 4]
        small, usual, _, _, larger, full = (score(each) for each in parts)
        pads = [[n.start for n in each.notes if each.parts[n.part].name.startswith("Pad")] for each in (small, full)]
        close = small.timeline.start_ticks[-3] - TICKS_PER_BEAT // 8  # the last cadence, as it is played
        assert all(start >= close for start in pads[0])  # none where the genre closes thinly
        assert min(pads[1]) < close
        soloists = [sum(part.name.startswith("Melody") for part in each.parts) for each in (small, usual, larger, full)]
        assert soloists == [1, 1, 2, 2]
        assert [any(part.drums for part in each.parts) for each in (usual, larger, full)] == [False, False, True]

    def test_only_dark_clusters_have_the_low_ensemble(self) -> None:
        of = {name: np.array([level]) for name, level in (("dark", 0.3), ("bright", 0.7))}
        warmth = np.array([ENSEMBLES["low"].temperature])
        assert themes._ensembles(warmth, of["dark"]) == ["low"]
        assert themes._ensembles(warmth, of["bright"]) != ["low"]

    def test_no_cluster_has_the_ensemble_of_the_two_before_it(self) -> None:
        names = [themes.theme_of(each).ensemble for each in many(30)]
        assert all(len(set(names[i : i + 3])) == 3 for i in range(28))


class TestTime:
    @pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0, 3.0, 5.0])
    def test_images_last_as_asked(self, seconds: float) -> None:
        for wanted in many(4):
            grid = ClusterTheme().timeline(wanted, 30, Timing(seconds))
            steady = grid.start_beats <= grid.tempo_changes[1][0]  # the images before the ritardando
            durations = np.diff(grid.start_seconds[steady])
            assert len(durations) >= IMAGES - 5
            assert durations == pytest.approx(seconds, rel=0.03)
            assert len(set(np.diff(grid.start_frames[steady]).tolist())) == 1

    def test_the_beats_are_those_of_the_nearest_tempo(self) -> None:
        assert beats_per_image(3.0, 80, 1) == 4  # 80 bpm, and 6 would be 120
        assert beats_per_image(3.0, 125, 1) == 6
        assert beats_per_image(1.0, 60, 1) == 2  # one would be 60, slower than any theme
        assert beats_per_image(0.2, 100, 1) is None

    def test_without_a_given_duration_clusters_differ_in_tempo(self) -> None:
        assert len({score(each).timeline.tempo_bpm for each in many(10)}) >= 3


class TestMusic:
    def test_it_is_tonal_follows_its_images_and_ends_with_a_cadence(self) -> None:
        for wanted in many(7):
            made = score(wanted)
            found = measures.measure_score(made, wanted)
            assert found["parallels_melody_bass"] == 0
            assert found["cadence"] == 1
            assert found["chord_tone_share"] > 0.9
            assert found["correlation_saturation"] > 0.7
            assert key_names.parse_key_name(made.key)[0] == themes.theme_of(wanted).key.tonic

    def test_it_is_deterministic_and_its_decisions_are_plain(self) -> None:
        wanted = many(3)[1]
        made = score(wanted)
        assert made == score(wanted)
        assert json.loads(json.dumps(made.decisions, allow_nan=False)) == list(made.decisions)
        assert made.decisions[0]["theme"] == "2 of 3"
        assert made.summary.startswith("Theme 2 of 3")

    def test_the_state_depends_on_the_other_clusters(self) -> None:
        style = ClusterTheme()
        one = album(profile("a", variance=0.001), profile("b", variance=0.002))[0]
        other = album(profile("a", variance=0.001), profile("b", variance=0.0005))[0]
        assert style.state(one) != style.state(other)
        json.dumps(style.state(one))

    def test_there_is_a_theme_without_clusters_and_for_noise(self) -> None:
        parts = many(3)
        noise = replace(parts[0], cluster="in no cluster", profile=None)
        alone = replace(noise, profiles=())
        assert themes.theme_of(alone).count == 1
        assert score(alone).summary.startswith("The only theme")
        assert themes.theme_of(noise).index == 3
        motifs = {measures.motif(score(each)) for each in (*parts, noise)}
        assert len(motifs) == 4

    def test_a_timeline_of_another_length_is_refused(self) -> None:
        wanted = many(2)[0]
        grid = ClusterTheme().timeline(wanted, 30, Timing())
        with pytest.raises(ValueError, match="images"):
            ClusterTheme().compose(wanted, grid.part(1, len(grid.beats)), np.random.default_rng(0))


def test_a_plan_with_clusters_has_a_theme_for_each() -> None:
    rng = np.random.default_rng(0)
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(24))
    columns = {"luminance": np.repeat([0.2, 0.5, 0.8], 8) + rng.normal(0, 0.01, 24), "saturation": rng.random(24) / 5}
    table = FeatureTable(records, columns, {"look": rng.normal(size=(24, 5)).astype(np.float32)})
    plan = SequencePlan("album", clusters=lambda table: np.repeat([0, 1, 2], 8), music=ClusterTheme(), tour=True)
    made = plan.album(table)
    places = [themes.theme_of(each).index for each in made.sequences]
    assert places == [0, 1, 2]
    assert made.tour is not None
    assert made.tour.profile is None
    assert themes.theme_of(made.tour).size == 24
