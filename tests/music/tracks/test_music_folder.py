"""The tracks of music/: their properties, that they loop, and which images get which."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence
from imbatch2soundvisu.music import loudness
from imbatch2soundvisu.music.tracks import Analysis, Track, analyse, analysis_cache, cached_analysis, spectra

MUSIC = Path(__file__).resolve().parents[3] / "music"
#: From the liveliest to the calmest.
NAMES = ("market-day", "bright-morning", "old-harbour", "afternoon-waltz", "deep-water", "night-window")
LIVELY, CALM = NAMES[:2], NAMES[4:]
MOST_BYTES = 300_000
#: What a track is chosen by, of images.
FEATURES = ("luminance", "colourfulness", "contrast", "saturation")


@pytest.fixture(scope="module")
def maker() -> Iterator[ModuleType]:
    """make_tracks.py, which is not in the package."""
    spec = importlib.util.spec_from_file_location("make_tracks", MUSIC / "make_tracks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, module)  # where dataclasses look for it
        spec.loader.exec_module(module)
        yield module


@pytest.fixture(scope="module")
def analyses() -> dict[str, Analysis]:
    return {name: cached_analysis(MUSIC / f"{name}.ogg") for name in NAMES}


@pytest.fixture(scope="module")
def albums(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ImageSequence]:
    """Of the built-in sample, what is both bright and colourful, and what is both dark and muted: by thirds."""
    collection = i2s.discover(None, cache=i2s.Cache(tmp_path_factory.mktemp("cache")))
    table = i2s.measure(collection, FEATURES, embeddings=())
    light, colour = table.columns["luminance"], table.columns["colourfulness"]
    kept = {
        "bright": (light >= np.quantile(light, 2 / 3)) & (colour >= np.quantile(colour, 2 / 3)),
        "dark": (light <= np.quantile(light, 1 / 3)) & (colour <= np.quantile(colour, 1 / 3)),
    }
    return {name: sequence(name, table.select(np.flatnonzero(rows))) for name, rows in kept.items()}


def sequence(name: str, table: FeatureTable) -> ImageSequence:
    nothing = Criterion("nothing", 0, 0, 0, 0, 0)
    return ImageSequence(name, table, np.arange(len(table.records)), FeatureInfo("value"), nothing)


def album(luminance: float, colourfulness: float, contrast: float, saturation: float) -> ImageSequence:
    records = tuple(ImageRecord(Path(f"{i}.jpg"), str(i), 4, 3) for i in range(8))
    values = dict(zip(FEATURES, (luminance, colourfulness, contrast, saturation), strict=True))
    return sequence("album", FeatureTable(records, {name: np.full(8, value) for name, value in values.items()}))


def test_the_folder_contains_the_tracks_of_the_script(maker):
    assert sorted(path.stem for path in Track(MUSIC).paths()) == sorted(maker.TRACKS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_track_is_small_and_consists_of_whole_bars(name, maker):
    path, recipe = MUSIC / f"{name}.ogg", maker.TRACKS[name]
    file = soundfile.info(path)
    assert path.stat().st_size <= MOST_BYTES
    assert (file.format, file.channels) == ("OGG", 2)
    assert 40 <= file.duration <= 60
    score = maker.compose(name, recipe)
    assert recipe.images * recipe.beats % score.timeline.beats_per_bar == 0
    assert score.timeline.total_beats == recipe.images * recipe.beats
    assert file.duration == pytest.approx(float(score.timeline.seconds), abs=1 / file.samplerate)


@pytest.mark.parametrize("name", NAMES)
def test_a_track_has_its_loudness_and_loops_without_a_click(name, maker):
    samples, rate = soundfile.read(MUSIC / f"{name}.ogg")
    assert loudness.integrated(samples, rate) == pytest.approx(maker.TRACKS[name].loudness_lufs, abs=0.5)
    assert 20 * math.log10(np.abs(samples).max()) <= -1
    jumps = np.abs(np.diff(samples, axis=0))
    assert np.abs(samples[0] - samples[-1]).max() <= np.quantile(jumps, 0.95), "no click where the end meets the start"


@pytest.mark.parametrize("name", NAMES)
def test_estimated_tempo_and_metre_are_those_of_the_score(name, maker, analyses):
    written = maker.compose(name, maker.TRACKS[name])
    assert analyses[name].tempo_bpm == pytest.approx(written.bpm, rel=0.02)
    assert analyses[name].beats_per_bar == written.timeline.beats_per_bar
    assert analyses[name].has_beat


@pytest.mark.parametrize("name", NAMES)
def test_estimated_key_is_that_of_the_score(name, maker, analyses):
    assert analyses[name].key_label == maker.TRACKS[name].style.key


@pytest.mark.parametrize(
    ("name", "key"), [("hungarian_dance5_lively.ogg", "G minor"), ("sugar_plum_fairy_mysterious.ogg", "E minor")]
)
def test_estimated_keys_of_the_shared_tracks_are_correct(name, key, shared_data):
    assert cached_analysis(shared_data("D-music") / name).key_label == key


def test_tracks_differ_in_energy_brightness_and_tempo(analyses):
    energies = [analyses[name].energy for name in NAMES]
    assert energies == sorted(energies, reverse=True)
    assert analyses["market-day"].loudness_lufs - analyses["night-window"].loudness_lufs >= 6
    for quality in ("brightness", "onset_rate"):
        least = min(getattr(analyses[name], quality) for name in LIVELY)
        most = max(getattr(analyses[name], quality) for name in CALM)
        assert least > 1.2 * most, quality
    assert analyses["market-day"].tempo_bpm > 1.6 * analyses["deep-water"].tempo_bpm
    assert analyses["market-day"].mode > 0 > analyses["deep-water"].mode


def test_bright_lively_images_get_lively_tracks_and_dark_muted_ones_calm(albums):
    assert all(len(each) >= 12 for each in albums.values())
    chosen = {name: Path(Track(MUSIC).choose(images).name).stem for name, images in albums.items()}
    assert chosen["bright"] in LIVELY
    assert chosen["dark"] in CALM


def test_shared_tracks_are_chosen_by_energy(albums, shared_data):
    chosen = {name: Track(shared_data("D-music")).choose(images) for name, images in albums.items()}
    bright, dark = (chosen[name].analysis for name in ("bright", "dark"))
    assert len(chosen["bright"].ranking) == 5
    for quality in ("energy", "brightness", "onset_rate"):
        assert getattr(bright, quality) > getattr(dark, quality), quality


def test_the_choice_is_reproducible(albums, monkeypatch):
    before = {name: Track(MUSIC).choose(images) for name, images in albums.items()}
    monkeypatch.setattr(analysis_cache, "_in_memory", type(analysis_cache._in_memory)(100))
    assert {name: Track(MUSIC).choose(images) for name, images in albums.items()} == before


@pytest.mark.parametrize(
    ("look", "name"),
    [
        ((0.8, 80, 0.10, 0.16), "market-day"),
        ((0.6, 75, 0.2, 0.08), "bright-morning"),
        ((0.8, 15, 0.2, 0.08), "old-harbour"),
        ((0.6, 42, 0.18, 0.08), "afternoon-waltz"),
        ((0.35, 20, 0.10, 0.10), "night-window"),
        ((0.4, 15, 0.25, 0.02), "deep-water"),
    ],
)
def test_each_track_is_chosen_for_some_images(look, name):
    assert Track(MUSIC).choose(album(*look)).name == f"{name}.ogg"


@pytest.mark.slow
def test_unusable_files_do_not_change_the_choice(albums, tmp_path):
    for name in NAMES:
        (tmp_path / f"{name}.ogg").write_bytes((MUSIC / f"{name}.ogg").read_bytes())
    (tmp_path / "broken.ogg").write_bytes((MUSIC / "market-day.ogg").read_bytes()[:100])
    soundfile.write(tmp_path / "silent.wav", np.zeros(220_500), 22_050)
    tune, rate = soundfile.read(MUSIC / "deep-water.ogg", dtype="float32")
    soundfile.write(tmp_path / "blink.wav", tune[: rate // 5], rate)
    for name, images in albums.items():
        found = Track(tmp_path).choose(images)
        assert found.ranking == Track(MUSIC).choose(images).ranking, name
        assert {each for each, _ in found.left_out} == {"broken.ogg", "silent.wav", "blink.wav"}


def test_a_repeated_track_is_analysed_like_the_track(tmp_path, analyses, monkeypatch):
    monkeypatch.setattr(spectra, "MAX_DURATION_S", 100.0)
    tune, rate = soundfile.read(MUSIC / "deep-water.ogg", dtype="float32")
    with soundfile.SoundFile(tmp_path / "repeated.wav", "w", rate // 4, 1) as file:
        for _ in range(4):
            file.write(tune[::4].mean(axis=1))
    found = analyse(tmp_path / "repeated.wav")
    assert found.truncated
    assert found.tempo_bpm == pytest.approx(analyses["deep-water"].tempo_bpm, rel=0.02)
    assert found.mode < 0


def test_moods_choose_fitting_tracks():
    sequences = album(0.6, 42, 0.18, 0.08)
    chosen = {mood: Track(MUSIC, mood=mood).choose(sequences).name for mood in ("upbeat", "calm", "neutral")}
    assert chosen == {"upbeat": "market-day.ogg", "calm": "night-window.ogg", "neutral": "afternoon-waltz.ogg"}
