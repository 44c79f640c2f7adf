"""Tracks of one's own: what is heard in them, which is chosen for which images, and how they are cut to them."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence, Score, Timing
from imbatch2soundvisu.core.errors import ConfigError, EngineMissing, MakeError
from imbatch2soundvisu.music import mastering, midi, mixing, synthesis
from imbatch2soundvisu.music.tracks import (
    MOODS,
    Track,
    analyse,
    analysis,
    analysis_cache,
    analysis_of,
    fitting,
    keys,
    matching,
    remembering,
    spectra,
)
from imbatch2soundvisu.report import decision_table
from imbatch2soundvisu.runtime.cache import Cache
from imbatch2soundvisu.runtime.fingerprints import fingerprint
from imbatch2soundvisu.visuals.pianoroll.lanes import told_beats

RATE = 22_050
FPS = 30
HALF_FRAME_S = 0.5 / FPS
#: Beats that are heard may lie so far from those that were played.
HEARD_S = 0.03
ALBUMS = {
    "bright": {"luminance": 0.8, "colourfulness": 75.0, "contrast": 0.16, "saturation": 0.15},
    "dark": {"luminance": 0.3, "colourfulness": 12.0, "contrast": 0.12, "saturation": 0.03},
}


def album(n: int = 12, **features: float) -> ImageSequence:
    """A sequence of `n` images of which only these features are known, each scattered a little."""
    scatter = np.linspace(0.95, 1.05, n)
    columns = {name: value * scatter for name, value in features.items()}
    records = tuple(ImageRecord(Path(f"{i}.jpg"), f"{i}-{sorted(features.items())}", 4, 3) for i in range(n))
    nothing = Criterion("nothing", 0, 0, 0, 0, 0)
    return ImageSequence("plan", FeatureTable(records, columns), np.arange(n), FeatureInfo("value"), nothing)


def ring(pitch: float, seconds: float, decay: float, harmonics: int) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    rich = sum(np.sin(2 * np.pi * pitch * h * time) / h for h in range(1, harmonics + 1))
    return rich * np.exp(-decay * time)


def struck(beats_s: np.ndarray, seconds: float, bar: int = 4, chords: str = "major") -> np.ndarray:
    """Saw-like notes on every beat, C F G C by the bar, with a bass note where a bar begins."""
    samples = 0.001 * np.random.default_rng(1).normal(size=round(seconds * RATE))
    third = 4 if chords == "major" else 3
    for k, at in enumerate(beats_s):
        root = (0, 5, 7, 0)[(k // bar) % 4]
        tone = 0.2 * ring(261.6 * 2 ** ((root + (0, third, 7, 12)[k % bar]) / 12), 0.3, 12, 20)
        if k % bar == 0:
            tone = tone + 0.5 * ring(65.4 * 2 ** (root / 12), 0.3, 8, 3)
        first = round(at * RATE)
        length = min(len(tone), len(samples) - first)
        samples[first : first + length] += tone[:length]
    return samples


def lively(seconds: float = 30.0, tempo_bpm: float = 120.0, lead_s: float = 0.0, bar: int = 4) -> np.ndarray:
    return struck(np.arange(lead_s, seconds - 0.3, 60 / tempo_bpm), seconds, bar)


def calm(seconds: float = 30.0) -> np.ndarray:
    """A minor chord of soft sines that swell slowly."""
    time = np.arange(round(seconds * RATE)) / RATE
    swell = [0.6 + 0.4 * np.sin(2 * np.pi * rate * time) for rate in (0.031, 0.047, 0.07, 0.093)]
    return 0.05 * sum(s * np.sin(2 * np.pi * f * time) for s, f in zip(swell, (110, 130.8, 164.8, 220), strict=True))


def halfway(seconds: float = 30.0) -> np.ndarray:
    """Between both: plucked notes once a second."""
    samples = calm(seconds)
    for at in range(1, int(seconds) - 1):
        tone = 0.1 * ring(220 * 2 ** ((0, 3, 7)[at % 3] / 12), 0.8, 4, 4)
        samples[at * RATE : at * RATE + len(tone)] += tone
    return samples


@pytest.fixture(scope="module")
def music(tmp_path_factory) -> Path:
    """A folder of three tracks, one of them in a folder of its own, and a text."""
    folder = tmp_path_factory.mktemp("music")
    (folder / "more").mkdir()
    soundfile.write(folder / "lively.ogg", lively(), RATE)
    soundfile.write(folder / "more" / "calm.flac", calm(), RATE)
    soundfile.write(folder / "halfway.wav", halfway(), RATE)
    (folder / "read me.txt").write_text("no track")
    return folder


def track_of(tmp_path: Path, samples: np.ndarray, name: str = "track.flac") -> Track:
    soundfile.write(tmp_path / name, samples, RATE)
    return Track(tmp_path, file=tmp_path / name)


def made(track: Track, sequence: ImageSequence, pace: Timing | None = None) -> Score:
    return track.compose(sequence, track.timeline(sequence, FPS, pace or Timing()), np.random.default_rng(0))


def cuts_s(score: Score) -> np.ndarray:
    return score.timeline.start_frames / score.timeline.fps


# What is heard


@pytest.mark.parametrize(("tempo_bpm", "lead_s"), [(120.0, 0.0), (97.0, 1.7), (140.0, 0.35)])
def test_beats_are_found_where_they_are_played(tmp_path, tempo_bpm, lead_s):
    soundfile.write(tmp_path / "a.wav", lively(30, tempo_bpm, lead_s), RATE)
    found = analyse(tmp_path / "a.wav")
    beat = 60 / tempo_bpm
    off = [abs((at - lead_s) / beat - round((at - lead_s) / beat)) * beat for at in found.beats_s]
    assert found.tempo_bpm == pytest.approx(tempo_bpm, rel=0.01)
    assert max(off) <= HEARD_S
    assert len(found.beats_s) == pytest.approx((30 - 0.3 - lead_s) / beat, abs=1.5)
    assert found.has_beat
    assert found.confidence > 0.9
    assert found.begins_s == pytest.approx(lead_s, abs=0.05)


@pytest.mark.parametrize("bar", [3, 4])
@pytest.mark.parametrize("pickup", [0, 1, 2])
def test_bars_begin_where_bass_and_harmony_change(tmp_path, bar, pickup):
    beats = np.arange(0.2, 39, 0.5)
    samples = struck(beats[pickup:], 40, bar)
    for at in beats[:pickup]:  # an upbeat, without bass
        tone = 0.2 * ring(392, 0.3, 12, 20)
        samples[round(at * RATE) : round(at * RATE) + len(tone)] += tone
    soundfile.write(tmp_path / "a.wav", samples, RATE)
    found = analyse(tmp_path / "a.wav")
    assert (found.beats_per_bar, found.downbeat) == (bar, pickup)


def test_a_tempo_that_changes_is_followed(tmp_path):
    beats = np.cumsum(np.linspace(0.55, 0.48, 60))
    soundfile.write(tmp_path / "a.wav", struck(beats, beats[-1] + 1), RATE)
    found = analyse(tmp_path / "a.wav")
    off = [np.abs(beats - at).min() for at in found.beats_s]
    assert np.mean(np.array(off) <= HEARD_S) > 0.95


def test_what_has_no_beat_is_not_trusted(tmp_path):
    rng = np.random.default_rng(3)
    tracks = {
        "pad": calm(),
        "noise": 0.1 * rng.normal(size=20 * RATE),
        "scattered": struck(np.cumsum(rng.exponential(0.5, 60)), 45),
    }
    for name, samples in tracks.items():
        soundfile.write(tmp_path / f"{name}.wav", samples, RATE)
        assert not analyse(tmp_path / f"{name}.wav").has_beat, name


def test_modes_are_told_apart_in_every_key(tmp_path):
    for tonic, name in ((0, "C"), (6, "F#"), (9, "A")):
        for chords in ("major", "minor"):
            profile = keys.MAJOR if chords == "major" else keys.MINOR
            key, lead, mode = keys.key_of(np.roll(profile, tonic))
            assert key == f"{name} {chords}"
            assert lead > keys.SURE
            assert (mode > 0) == (chords == "major")
    modes = {}
    for chords in ("major", "minor"):
        soundfile.write(tmp_path / f"{chords}.wav", struck(np.arange(0, 29, 0.5), 30, chords=chords), RATE)
        modes[chords] = analyse(tmp_path / f"{chords}.wav").mode
    assert modes["major"] > 0 > modes["minor"]


def test_a_ringing_bass_and_a_loud_bar_do_not_decide_the_key():
    chroma = np.tile(np.roll(keys.MINOR, 2)[:, None], 100)
    chroma[9, :40] *= 6  # its fifth
    chroma[:, 60:70] = 50 * np.roll(keys.MINOR, 9)[:, None]
    assert keys.key_of(chroma.sum(axis=1))[0] == "A minor"
    assert keys.key_of(keys.weights(chroma))[0] == "D minor"


def test_a_key_that_is_not_certain_is_told_so(tmp_path):
    track = track_of(tmp_path, 0.1 * np.random.default_rng(3).normal(size=20 * RATE))
    assert track.choose(album()).analysis.key_lead < keys.SURE
    score = made(track, album())
    assert score.key.startswith("about ")
    assert score.key in score.summary
    assert score.decisions[0]["key"] == score.key
    midi.write(tmp_path / "a.mid", score)
    head = mido.MidiFile(tmp_path / "a.mid").tracks[0]
    assert [each.key for each in head if each.type == "key_signature"]
    sure = made(track_of(tmp_path, lively(), "lively.flac"), album())
    assert "about" not in sure.key + sure.summary


def test_lively_music_measures_livelier(music):
    fast, slow = analysis_of(music / "lively.ogg"), analysis_of(music / "more" / "calm.flac")
    for axis in ("energy", "brightness", "onset_rate", "mode"):
        assert getattr(fast, axis) > getattr(slow, axis), axis


def test_what_is_heard_does_not_depend_on_the_volume(tmp_path):
    soundfile.write(tmp_path / "loud.wav", lively(), RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "soft.wav", 0.1 * lively(), RATE, subtype="FLOAT")
    loud, soft = analyse(tmp_path / "loud.wav"), analyse(tmp_path / "soft.wav")
    assert loud.loudness_lufs - soft.loudness_lufs == pytest.approx(20, abs=0.1)
    for name in ("brightness", "onset_rate", "dynamics", "tempo_bpm", "confidence", "mode"):
        assert getattr(loud, name) == pytest.approx(getattr(soft, name), rel=0.02, abs=0.02), name


def test_dynamics_are_the_difference_between_soft_and_loud(tmp_path):
    noise = 0.3 * np.random.default_rng(2).normal(size=40 * RATE)
    noise[: 20 * RATE] *= 10 ** (-12 / 20)
    soundfile.write(tmp_path / "a.wav", noise, RATE)
    assert analyse(tmp_path / "a.wav").dynamics == pytest.approx(12, abs=1)


# What is remembered


@pytest.fixture
def forgotten(monkeypatch) -> list[Path]:
    """Nothing is remembered from other tests; what is listened to from now on."""
    monkeypatch.setattr(analysis_cache, "_heard", type(analysis_cache._heard)())
    heard, listen = [], analysis.analyse
    monkeypatch.setattr(analysis, "analyse", lambda path: heard.append(path) or listen(path))
    return heard


def test_a_track_is_listened_to_once_whatever_it_is_called(tmp_path, forgotten):
    soundfile.write(tmp_path / "one.flac", lively(8), RATE)
    (tmp_path / "silence.wav").write_bytes(b"nothing")
    with Cache(tmp_path / "cache") as store, remembering(store):
        first = analysis_of(tmp_path / "one.flac")
        with pytest.raises(MakeError, match="silence.wav cannot be played"):
            analysis_of(tmp_path / "silence.wav")
    analysis_cache._heard.clear()
    (tmp_path / "one.flac").rename(tmp_path / "two.flac")
    (tmp_path / "silence.wav").rename(tmp_path / "hush.wav")
    with Cache(tmp_path / "cache") as store, remembering(store):
        assert analysis_of(tmp_path / "two.flac") == first
        with pytest.raises(MakeError, match="hush.wav cannot be played"):
            analysis_of(tmp_path / "hush.wav")
    assert len(forgotten) == 2
    soundfile.write(tmp_path / "two.flac", calm(8), RATE)
    assert analysis_of(tmp_path / "two.flac") != first
    assert len(forgotten) == 3


@pytest.mark.parametrize("kept", [None, 3, [], {"mode": 1}, {"refused": "is silent"}])
def test_what_a_memory_does_not_know_is_listened_to(tmp_path, forgotten, kept):
    class Memory:
        def get(self, key):
            return kept

        def put(self, key, value):
            json.dumps(value)

    soundfile.write(tmp_path / "one.flac", lively(8), RATE)
    with remembering(Memory()):
        if kept == {"refused": "is silent"}:
            with pytest.raises(MakeError, match="one.flac is silent"):
                analysis_of(tmp_path / "one.flac")
        else:
            assert analysis_of(tmp_path / "one.flac").has_beat
    assert len(forgotten) == (0 if kept == {"refused": "is silent"} else 1)


def test_listening_is_told_for_what_was_not_heard_before(music, tmp_path, forgotten):
    told: list[tuple[str, int, int]] = []
    with Cache(tmp_path / "cache") as store, remembering(store, lambda *each: told.append(each)):
        Track(music).choose(album())
        assert told == [("listening", done, 3) for done in range(4)]
        analysis_cache._heard.clear()
        Track(music).choose(album())
        assert len(told) == 4, "the store remembers them all"
        soundfile.write(tmp_path / "new.wav", lively(5), RATE)
        Track(tmp_path, file="new.wav").choose(album())
        assert told[4:] == [("listening", 0, 1), ("listening", 1, 1)]


def test_what_was_heard_is_no_part_of_what_a_style_is(music, forgotten):
    before = fingerprint(Track)
    analysis_of(music / "lively.ogg")
    assert forgotten
    assert fingerprint(Track) == before


# Which is chosen


def test_bright_albums_get_lively_tracks_and_dark_ones_calm(music):
    assert Track(music).choose(album(**ALBUMS["bright"])).name == "lively.ogg"
    assert Track(music).choose(album(**ALBUMS["dark"])).name == "more/calm.flac"


def test_the_choice_is_told_with_all_distances(music):
    score = made(Track(music), album(**ALBUMS["bright"]))
    ranking = score.decisions[0]["ranking"]
    assert {each["track"] for each in ranking} == {"lively.ogg", "halfway.wav", "more/calm.flac"}
    distances = [each["distance"] for each in ranking]
    assert distances == sorted(distances)
    assert ranking[0]["track"] == score.decisions[0]["track"] == "lively.ogg"
    assert all(f"{each['track']} {each['distance']:.2f}" in score.summary for each in ranking)
    assert "bright" in score.decisions[0]["why"]
    assert score.recordings[0].path == music / "lively.ogg"
    json.dumps(score.decisions, allow_nan=False)


def test_the_same_wish_makes_the_same_choice(music, forgotten):
    sequence = album(**ALBUMS["dark"])
    first = made(Track(music), sequence)
    analysis_cache._heard.clear()
    assert made(Track(music), sequence) == first
    assert made(Track(str(music)), sequence) == first


def test_a_track_is_told_by_its_place_beside_the_wish(music):
    told = made(Track(music, mood="upbeat"), album(**ALBUMS["dark"])).decisions[0]
    assert {told["place"][axis] for axis in ("energy", "onset_rate")} == {1.0}, "the liveliest of three"
    assert set(told["wished"]) <= set(told["place"]) == set(matching.AXES)
    alone = made(Track(file=music / "lively.ogg"), album(**ALBUMS["dark"])).decisions[0]
    assert alone["place"] == {}, "among one there is no place"


def test_upbeat_is_the_liveliest_whatever_its_dynamics():
    lively, second = dict.fromkeys(matching.AXES, 1.0), dict.fromkeys(matching.AXES, 0.75)
    for dynamics in (0.0, 0.5, 1.0):
        wish = matching.MOODS["upbeat"]
        far = [matching.distance(place, wish) for place in (lively | {"dynamics": dynamics}, second)]
        assert far[0] < far[1]


def test_moods_overrule_the_images(music):
    dark = album(**ALBUMS["dark"])
    assert Track(music, mood="upbeat").choose(dark).name == "lively.ogg"
    assert Track(music, mood="calm").choose(album(**ALBUMS["bright"])).name == "more/calm.flac"
    assert {Track(music, mood=mood).choose(dark).wish.mood for mood in MOODS} == set(MOODS)


def test_albums_have_the_moods_that_their_looks_suggest():
    looks = {
        "upbeat": ALBUMS["bright"],
        "calm": ALBUMS["dark"],
        "dynamic": {"luminance": 0.62, "colourfulness": 75.0, "contrast": 0.3, "saturation": 0.05},
        "neutral": {"luminance": 0.615, "colourfulness": 46.0, "contrast": 0.16, "saturation": 0.09},
    }
    found = {mood: matching.wish_of(album(**look), 1.0).mood for mood, look in looks.items()}
    assert found == {mood: mood for mood in MOODS}


def test_every_feature_and_the_pace_move_the_wish():
    middle = {"luminance": 0.615, "colourfulness": 46.0, "contrast": 0.16, "saturation": 0.0885}
    before = matching.wish_of(album(**middle), 1.0).axes
    for name, (_, high) in matching.ANCHORS.items():
        after = matching.wish_of(album(**middle | {name: high}), 1.0).axes
        moved = {axis for axis, takes in matching.WANTED.items() if name in takes}
        assert {axis for axis in after if after[axis] > before[axis] + 0.05} == moved, name
    fast = matching.wish_of(album(**middle), 0.4).axes
    assert fast["onset_rate"] > before["onset_rate"]
    assert fast["mode"] == before["mode"]
    unknown = matching.wish_of(album(), 1.0)
    assert set(unknown.axes.values()) == {0.5}


def test_one_track_and_tracks_that_are_alike_work(tmp_path, music):
    copies = tmp_path / "copies"
    copies.mkdir()
    for name in ("b.ogg", "a.ogg"):
        (copies / name).write_bytes((music / "lively.ogg").read_bytes())
    assert Track(copies).choose(album(**ALBUMS["dark"])).name == "a.ogg"
    (copies / "a.ogg").unlink()
    alone = Track(copies).choose(album(**ALBUMS["dark"]))
    assert alone.name == "b.ogg"
    assert len(alone.ranking) == 1


def test_a_track_by_name_is_taken(music):
    for wish in (Track(file=music / "halfway.wav"), Track(music, file="halfway.wav")):
        assert wish.choose(album(**ALBUMS["bright"])).path == music / "halfway.wav"


@pytest.mark.parametrize(("look", "name"), [("bright", "lets_go_fishin_song.ogg"), ("dark", "sugar_plum")])
def test_shared_tracks_fit_as_people_would_say(shared_data, look, name):
    chosen = Track(shared_data("D-music")).choose(album(**ALBUMS[look]))
    assert chosen.name.startswith(name)
    assert len(chosen.ranking) == 5
    assert not chosen.left_out


def test_the_readme_says_what_each_quality_follows():
    told = re.sub(r"\s+", " ", (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8"))
    sentence = told.split("takes the one nearest to the images: ")[1].split(".")[0]
    for axis, clause in zip(matching.AXES, sentence.split("; "), strict=True):
        assert clause.startswith({"onset_rate": "onsets"}.get(axis, axis))
        assert set(re.findall(r"\w+", clause.split(" by ")[1])) - {"and"} == set(matching.WANTED[axis]), axis


# How it is cut


def test_cuts_lie_on_the_beats_and_the_end_on_a_bar(tmp_path):
    score = made(track_of(tmp_path, lively(60, 97, 1.7)), album(20))
    beat = 60 / 97
    places = cuts_s(score) / beat
    assert np.abs(places - np.rint(places)).max() * beat <= HALF_FRAME_S + HEARD_S
    assert np.diff(np.rint(places))[:-1].tolist() == [2] * 19
    assert np.rint(places[-1]) % 4 == 0
    assert all(each["on_beat"] and each["off_beat_ms"] <= 1000 * HALF_FRAME_S + 0.1 for each in score.decisions)
    assert [(each["bar"], each["beat"]) for each in score.decisions[:4]] == [(1, 1), (1, 3), (2, 1), (2, 3)]
    assert score.tempo_bpm == pytest.approx(97, rel=0.01)
    assert score.timeline.sample_rate == 44_100
    start = score.recordings[0].stretches[0].source / 44_100
    assert start == pytest.approx(1.7, abs=HEARD_S), "what is before the first bar is left out"


@pytest.mark.parametrize(
    ("pace", "beats"),
    [
        (Timing(beats_per_image=4), [4] * 12),
        (Timing(seconds_per_image=2.0), [4] * 12),
        (Timing(seconds_per_image=0.25), [0.5] * 12),
        (Timing(weights=[1, 1, 1, 9, 1, 1, 1, 1, 1, 1, 9, 1]), [2, 2, 2, 4, 2, 2, 1, 1, 1, 1, 4, 2]),
    ],
)
def test_a_pace_is_kept_in_beats(tmp_path, pace, beats):
    score = made(track_of(tmp_path, lively(60)), album(12), pace)
    found = np.diff(np.rint(cuts_s(score) / 0.25)) / 2
    assert found[:-1].tolist() == beats[:-1]
    if pace.seconds_per_image is None:
        assert cuts_s(score)[-1] / 2.0 == pytest.approx(round(cuts_s(score)[-1] / 2.0), abs=0.03), "whole bars of 2 s"


@pytest.mark.parametrize("seconds", [0.04, 0.1, 0.41, 0.6, 0.75, 1.1, 3.3])
@pytest.mark.parametrize("tempo_bpm", [66.0, 120.0])
def test_seconds_are_met_whatever_the_tempo(tmp_path, seconds, tempo_bpm):
    track = track_of(tmp_path, lively(60, tempo_bpm))
    whole = float(made(track, album(36), Timing(seconds_per_image=seconds)).timeline.seconds)
    assert whole == pytest.approx(36 * max(seconds, 1 / FPS), rel=fitting.EVEN, abs=1 / FPS)


@pytest.mark.parametrize("total", [1.6, 2.0, 5.0])
def test_a_total_of_short_images_is_met_too(tmp_path, total):
    score = made(track_of(tmp_path, lively(10, 66)), album(48), Timing(total_seconds=total))
    assert float(score.timeline.seconds) == pytest.approx(total, abs=0.25)


@pytest.mark.parametrize(
    "pace",
    [{}, {"seconds_per_image": 0.35}, {"seconds_per_image": 1.3}, {"beats_per_image": 3}, {"total_seconds": 13.0}],
)
@pytest.mark.parametrize("samples", [lively(60, 76), calm(20)])
def test_weights_do_not_change_how_long_the_film_is(tmp_path, pace, samples):
    track, shown = track_of(tmp_path, samples), album(13)
    even = track.timeline(shown, FPS, Timing(**pace))
    for weights in (range(13), [1, 9] * 6 + [1]):
        varied = track.timeline(shown, FPS, Timing(**pace, weights=list(weights)))
        assert varied.total_frames == even.total_frames
        assert max(varied.beats) > 1.4 * min(varied.beats)


@pytest.mark.parametrize("total", [13.0, 17.3, 47.0])
def test_a_total_is_met_to_the_beat(tmp_path, total):
    score = made(track_of(tmp_path, lively(30)), album(12), Timing(total_seconds=total))
    assert abs(float(score.timeline.seconds) - total) <= 0.25 + HALF_FRAME_S + HEARD_S
    assert all(each["on_beat"] for each in score.decisions)


def test_without_a_beat_images_last_exactly_as_asked(tmp_path):
    track = track_of(tmp_path, calm(20))
    score = made(track, album(12), Timing(seconds_per_image=0.7))
    np.testing.assert_allclose(cuts_s(score), 0.7 * np.arange(13), atol=1e-9)
    assert score.decisions[0]["bar"] is None
    assert "not certain" in score.decisions[0]["why"]
    longer = made(track, album(8), Timing(seconds_per_image=1.0, weights=[1, 1, 9, 1, 1, 1, 1, 1]))
    lasts = np.diff(cuts_s(longer))
    assert float(longer.timeline.seconds) == 8.0
    assert np.argmax(lasts) == 2


def test_another_styles_timeline_is_played_as_it_is(music):
    sequence = album(10, **ALBUMS["bright"])
    grid = i2s.Composed(tempo_bpm=100).timeline(sequence, FPS, Timing())
    score = Track(music).compose(sequence, grid, np.random.default_rng(0))
    assert score.timeline is grid
    assert sum(stretch.length for stretch in score.recordings[0].stretches) >= grid.total_samples
    on = sum(each["on_beat"] for each in score.decisions)
    assert on < 10, "100 beats are not 120"
    assert f"{on} of 10 cuts on its beats" in score.summary


@pytest.mark.parametrize("samples", [lively(12, 97, 0.4), calm(12), lively(3.5), calm(3.2)])
def test_a_short_track_goes_round_without_a_click_or_a_gap(tmp_path, samples):
    track = track_of(tmp_path, samples)
    score = made(track, album(60))
    stretches, total = score.recordings[0].stretches, score.timeline.total_samples
    assert len(stretches) > 4
    assert stretches[-1].at + stretches[-1].length == total
    for one, two in zip(stretches[:-1], stretches[1:], strict=True):
        assert two.at == one.at + one.length - one.fade_out
        assert two.fade_in == one.fade_out > 0
    sound = mixing.play(score).samples[:, 0]
    jumps, seams = np.abs(np.diff(sound)), [each.at for each in stretches[1:]]
    near = np.zeros(len(jumps), bool)
    for seam, each in zip(seams, stretches[1:], strict=True):
        near[max(seam - 50, 0) : seam + each.fade_in + 50] = True
    body = slice(0, total - stretches[-1].fade_out)
    assert jumps[body][near[body]].max() <= 1.5 * jumps[body][~near[body]].max()
    seconds = (total - stretches[-1].fade_out) // 44_100
    level = np.sqrt(np.square(sound[: seconds * 44_100]).reshape(seconds, -1).mean(axis=1))
    assert level.min() > 0.25 * level.max()


def test_a_loop_keeps_its_beat_and_does_not_drift(tmp_path):
    score = made(track_of(tmp_path, lively(15, 97, 0.4)), album(300))
    assert float(score.timeline.seconds) > 300
    sound = mixing.play(score).samples
    soundfile.write(tmp_path / "played.wav", sound[-30 * 44_100 : -4 * 44_100], 44_100)
    beats = np.array(analyse(tmp_path / "played.wav").beats_s)[2:-2]
    shift = float(score.timeline.seconds) - 30
    for at in cuts_s(score)[-20:-6]:
        assert np.abs(beats + shift - at).min() <= HALF_FRAME_S + HEARD_S
    assert all(each["on_beat"] for each in score.decisions)


def test_no_turn_of_a_loop_is_shorter_than_a_frame(tmp_path):
    found = track_of(tmp_path, lively(15, 97, 0.4)).choose(album()).analysis
    way = fitting.route(found)
    for turn in range(3):
        frames = int((way.leave_s - way.start_s + turn * way.loop_s) * FPS) + 1  # ends within a frame of a jump
        grid = fitting.Timeline(FPS, 44_100, 1, (frames,))
        played = fitting.stretches(found, way, grid, True)
        assert played[-1].at + played[-1].length == grid.total_samples
        assert played[-1].fade_out == pytest.approx(44_100 * 4 * 60 / 97, rel=0.02), "a bar"


def test_a_waltz_is_drawn_in_three_on_any_grid(tmp_path):
    track = track_of(tmp_path, lively(40, 120, bar=3))
    sequence = album(12)
    own = made(track, sequence)
    other = i2s.Composed(tempo_bpm=100).timeline(sequence, FPS, Timing())
    for score in (own, track.compose(sequence, other, np.random.default_rng(0))):
        assert score.timeline.beats_per_bar == 4
        opens = [opens for _, opens in told_beats(score)]
        assert len(opens) >= 12
        assert np.diff(np.flatnonzero(opens)).tolist() == [3] * (sum(opens) - 1)


def test_the_loop_jumps_where_the_music_is_alike(tmp_path):
    theme, bridge = struck(np.arange(0, 15.9, 0.5), 16), struck(np.arange(0, 7.9, 0.5), 8, chords="minor") * 0.3
    way = fitting.route(track_of(tmp_path, np.concatenate((theme, theme, bridge))).choose(album()).analysis)
    assert way.loop_s == pytest.approx(8 * round(way.loop_s / 8), abs=0.05), "the four chords go round in 8 s"
    assert way.leave_s <= 33, "not in the bridge, which is not alike"


def test_the_end_fades_unless_the_track_ends(tmp_path):
    track = track_of(tmp_path, lively(30))
    cut, whole = made(track, album(8)), made(track, album(12), Timing(total_seconds=29.5))
    assert cut.recordings[0].stretches[-1].fade_out >= 44_100
    assert whole.recordings[0].stretches[-1].fade_out < 4_410


def test_recordings_are_brought_to_one_loudness(tmp_path):
    for factor in (0.1, 1.0):
        score = made(track_of(tmp_path, factor * lively(), f"{factor}.wav"), album(30))
        found = mastering.loudness(mixing.play(score).samples, 44_100)
        assert found == pytest.approx(-20, abs=1.0)


# What can go wrong


def test_odd_tracks_are_left_out_and_told(tmp_path, music):
    (tmp_path / "good.ogg").write_bytes((music / "lively.ogg").read_bytes())
    (tmp_path / "broken.mp3").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "empty.wav").write_bytes(b"")
    soundfile.write(tmp_path / "silent.flac", np.zeros(10 * RATE), RATE)
    soundfile.write(tmp_path / "blink.wav", lively(0.2), RATE)
    soundfile.write(tmp_path / "nearly.wav", np.concatenate((lively(1), np.zeros(9 * RATE))), RATE)
    (tmp_path / ".hidden.wav").write_bytes(b"")
    score = made(Track(tmp_path), album(**ALBUMS["bright"]))
    assert score.recordings[0].path.name == "good.ogg"
    told = {each["track"]: each["reason"] for each in score.decisions[0]["left_out"]}
    assert set(told) == {"broken.mp3", "empty.wav", "silent.flac", "blink.wav", "nearly.wav"}
    assert "cannot be played" in told["broken.mp3"]
    assert "silent" in told["silent.flac"]
    assert "0.2 s" in told["blink.wav"]
    assert all(name in score.summary for name in told)
    (tmp_path / "good.ogg").unlink()
    with pytest.raises(MakeError, match=r"no track in .* can be used: .*Put music there"):
        Track(tmp_path).timeline(album(), FPS, Timing())


def test_all_that_is_left_out_is_told_of_a_mix_too(tmp_path, music):
    for k in range(12):
        (tmp_path / f"broken{k:02}.mp3").write_bytes(b"abc%d" % k * 100)
    (tmp_path / "good.ogg").write_bytes((music / "lively.ogg").read_bytes())
    sequence, rng = album(8), np.random.default_rng(0)
    alone = made(Track(tmp_path), sequence)
    assert "broken07.mp3" in alone.summary
    assert alone.summary.endswith("; and 4 more.")
    mixed = i2s.Mix(i2s.Sonified(feature=None), Track(tmp_path))
    twice = i2s.Mix(mixed, Track(music))
    for style, folders in ((Track(tmp_path), 1), (mixed, 1), (twice, 2)):
        score = style.compose(sequence, style.timeline(sequence, FPS, Timing()), rng)
        found = decision_table.rankings({}, score.decisions)
        assert len(found) == folders
        assert found[0]["ranking"] == [
            {"track": "good.ogg", "distance": found[0]["ranking"][0]["distance"], "chosen": True}
        ]
        assert [each["path"] for each in found[0]["left_out"]] == [f"broken{k:02}.mp3" for k in range(12)]
        assert all("cannot be played" in each["reason"] for each in found[0]["left_out"])


def test_one_track_that_cannot_be_played_is_told_by_itself(tmp_path):
    (tmp_path / "broken.mp3").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(MakeError, match=r"^broken\.mp3 cannot be played: [^']*$") as refused:
        Track(file=tmp_path / "broken.mp3").timeline(album(), FPS, Timing())
    assert "Put music" not in str(refused.value)


def test_names_that_are_no_text_are_told_and_lose_nothing(tmp_path, folder, music):
    own = os.fsencode(tmp_path / "own")
    os.mkdir(own)
    try:
        with open(own + b"/caf\xe9.ogg", "wb") as file:
            file.write((music / "lively.ogg").read_bytes())
        with open(own + b"/na\xefve.mp3", "wb") as file:
            file.write(b"nothing")
    except OSError:
        pytest.skip("names here are text")
    plan = i2s.SequencePlan("walk", music=Track(tmp_path / "own"), size=(64, 48), gif=False, video=False)
    result = i2s.run([plan], root=folder, outputs=tmp_path / "out", cache=tmp_path / "cache")
    assert result.problems == ()
    first, told = result.pieces[0].account["decisions"][0], result.pieces[0].account["music"]
    assert first["track"] == "caf\\xe9.ogg"
    assert first["left_out"][0]["track"] == "na\\xefve.mp3"
    assert "cannot be played" in first["left_out"][0]["reason"]
    assert "na" not in first["left_out"][0]["reason"].replace("cannot", "")
    assert told["engine"] == "caf\\xe9.ogg"
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8").replace("<wbr>", "")
    assert "caf\\xe9.ogg" in page
    assert "\ufffd" not in page


@pytest.mark.slow
def test_an_hour_is_heard_in_part_and_in_little_memory(tmp_path):
    with soundfile.SoundFile(tmp_path / "hour.flac", "w", RATE, 1) as file:
        minute = lively(60).astype(np.float32)
        for _ in range(60):
            file.write(minute)
    tracemalloc.start()
    try:
        found = analyse(tmp_path / "hour.flac")
        score = made(Track(tmp_path), album(40))
        sound = mixing.play(score).samples
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.longer
    assert found.duration_s == spectra.LISTENED_S
    assert found.tempo_bpm == pytest.approx(120, rel=0.01)
    assert np.abs(sound).max() > 0.01
    assert peak < 3600 * RATE * 8 / 2, "half of what the hour would take"
    assert "more than" in score.summary


def test_a_file_in_place_of_the_folder_is_told_where_it_goes(music):
    file = music / "lively.ogg"
    with pytest.raises(ConfigError, match=re.escape(f"that is a file, not a folder: Track(file={str(file)!r})")):
        Track(file).paths()


def test_wishes_that_cannot_be_granted_are_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "MUSIC", tmp_path / "music")
    plan = i2s.SequencePlan("walk", music=Track())
    with pytest.raises(ConfigError, match="there is no folder .*music.*Put music there"):
        plan.check()
    with pytest.raises(ConfigError, match=re.escape(f"there is no folder {str(tmp_path / 'nowhere')!r}")):
        Track("nowhere").paths()
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "notes.txt").write_text("none")
    with pytest.raises(ConfigError, match=r"has no tracks.*MP3.*OGG"):
        plan.check()
    with pytest.raises(ConfigError, match="there is no such file"):
        i2s.SequencePlan("walk", music=Track(file="none.mp3")).check()
    with pytest.raises(ConfigError, match="unknown mood 'upbaet'. Did you mean 'upbeat'"):
        Track(mood="upbaet")
    with pytest.raises(ConfigError, match="a path is wanted"):
        Track(folder=3)
    (tmp_path / "music" / "a.mp3").write_bytes(b"not listened to yet")
    plan.check()
    with pytest.raises(ConfigError, match="frames a second"):
        dataclasses.replace(plan, fps=31).check()


def test_the_tracks_that_come_with_the_program_are_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "MUSIC", "music")
    beside = Path(i2s.__file__).parents[1] / "music"
    assert {path.parent for path in Track().paths()} == {beside}
    (tmp_path / "music").mkdir()  # where tests run
    with pytest.raises(ConfigError, match="has no tracks"):
        Track().paths()


@pytest.mark.parametrize("other", [{"seconds_per_image": 1.0}, {"total_seconds": 20.0}])
def test_a_track_has_its_own_tempo(music, other):
    wishes = {"beats_per_image": 2, **other}
    with pytest.raises(ConfigError, match="leave one of the two to follow"):
        i2s.SequencePlan("walk", music=Track(music), **wishes).check()
    with pytest.raises(ConfigError, match="leave one of the two to follow"):
        Track(music).timeline(album(), FPS, Timing(**wishes))
    i2s.SequencePlan("walk", music=i2s.Mix(i2s.Sonified(), Track(music)), **wishes).check()


def test_beats_that_a_track_does_not_have_are_told(tmp_path):
    track = track_of(tmp_path, calm(20))
    assert "beats_per_image = 4 left aside" in made(track, album(), Timing(beats_per_image=4)).summary
    assert "aside" not in made(track, album(), Timing(seconds_per_image=1.0)).summary


def test_weights_that_are_none_are_refused(tmp_path):
    track = track_of(tmp_path, lively(10))
    with pytest.raises(ConfigError, match="weights"):
        track.timeline(album(4), FPS, Timing(weights=[1, 2]))
    with pytest.raises(ConfigError, match="less than a frame"):
        track.timeline(album(4), FPS, Timing(total_seconds=0.1))
    with pytest.raises(ConfigError, match="shorter than a frame"):
        track.timeline(album(4), FPS, Timing(seconds_per_image=0.01))


# In a run


def test_a_run_plays_a_track_without_an_engine_and_keeps_what_is_unchanged(folder, tmp_path, music, monkeypatch):
    def missing():
        raise EngineMissing("no engine")

    monkeypatch.setattr(synthesis, "find_engine", missing)
    own = tmp_path / "own"
    own.mkdir()
    (own / "lively.ogg").write_bytes((music / "lively.ogg").read_bytes())
    plan = i2s.SequencePlan("walk", music=Track(own), size=(64, 48), gif=False)

    def run() -> i2s.Result:
        result = i2s.run([plan], root=folder, outputs=tmp_path / "out", cache=tmp_path / "cache")
        assert result.problems == ()
        return result.pieces[0]

    first = run()
    assert {"wav", "mid", "mp4", "csv", "decisions"} <= set(first.files)
    markers = [each.text for each in mido.MidiFile(first.path("mid")).tracks[0] if each.type == "marker"]
    assert len(markers) == 12, "without notes, it still tells a sequencer where the images are"
    samples, rate = soundfile.read(first.path("wav"))
    assert len(samples) == round(first.account["seconds"] * rate)
    assert np.abs(samples).max() > 0.1
    assert first.account["tempo_bpm"] == pytest.approx(120, rel=0.01)
    rows = first.path("csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[4:6] for row in rows[1:3]] == [["1", "1"], ["1", "3"]]
    assert run().kept
    (own / "calm.flac").write_bytes((music / "more" / "calm.flac").read_bytes())
    assert not run().kept
    os.utime(own / "calm.flac", (1, 1))
    assert not run().kept


@pytest.mark.slow
def test_pieces_with_tracks_are_kept_from_one_process_to_the_next(folder, tmp_path):
    soundfile.write(tmp_path / "own.wav", lively(6), RATE)
    wish = f"i2s.Track(file={str(tmp_path / 'own.wav')!r}), gif=False, video=False)"
    script = f"""
import imbatch2soundvisu as i2s
plans = [i2s.SequencePlan(name, order, music={wish} for name, order in (("one", "name"), ("two", "luminance"))]
found = i2s.run(plans, root={str(folder)!r}, outputs={str(tmp_path / "out")!r}, cache={str(tmp_path / "cache")!r})
print([piece.kept for piece in found.pieces])
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(i2s.__file__).parents[1])}
    told = [
        subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert [each.splitlines()[-1] for each in told] == ["[False, False]", "[True, True]"]
