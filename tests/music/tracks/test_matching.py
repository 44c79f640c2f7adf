"""Which track is chosen for which images."""

from __future__ import annotations

import json

import pytest

from imbatch2soundvisu.music.tracks import (
    MOODS,
    Track,
    matching,
)
from tests.music.tracks.synthetic import (
    ALBUMS,
    album,
    made,
)


def test_bright_images_get_lively_tracks_and_dark_ones_calm(music):
    assert Track(music).choose(album(**ALBUMS["bright"])).name == "lively.ogg"
    assert Track(music).choose(album(**ALBUMS["dark"])).name == "more/calm.flac"


def test_decisions_contain_all_distances(music):
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


def test_decisions_contain_target_and_position_of_the_track(music):
    first = made(Track(music, mood="upbeat"), album(**ALBUMS["dark"])).decisions[0]
    assert {first["place"][axis] for axis in ("energy", "onset_rate")} == {1.0}, "the liveliest of three"
    assert set(first["target"]) <= set(first["place"]) == set(matching.AXES)
    alone = made(Track(file=music / "lively.ogg"), album(**ALBUMS["dark"])).decisions[0]
    assert not {"place", "ranking"} & set(alone), "a track that is named has no rank"


def test_upbeat_is_the_liveliest_whatever_its_dynamics():
    lively, second = dict.fromkeys(matching.AXES, 1.0), dict.fromkeys(matching.AXES, 0.75)
    for dynamics in (0.0, 0.5, 1.0):
        target = matching.MOODS["upbeat"]
        far = [matching.distance(place, target) for place in (lively | {"dynamics": dynamics}, second)]
        assert far[0] < far[1]


def test_a_mood_replaces_the_images(music):
    dark = album(**ALBUMS["dark"])
    assert Track(music, mood="upbeat").choose(dark).name == "lively.ogg"
    assert Track(music, mood="calm").choose(album(**ALBUMS["bright"])).name == "more/calm.flac"
    assert {Track(music, mood=mood).choose(dark).target.mood for mood in MOODS} == set(MOODS)


def test_images_map_to_the_nearest_mood():
    features = {
        "upbeat": ALBUMS["bright"],
        "calm": ALBUMS["dark"],
        "dynamic": {"luminance": 0.62, "colourfulness": 75.0, "contrast": 0.3, "saturation": 0.05},
        "neutral": {"luminance": 0.615, "colourfulness": 46.0, "contrast": 0.16, "saturation": 0.09},
    }
    found = {mood: matching.target_mood(album(**values), 1.0).mood for mood, values in features.items()}
    assert found == {mood: mood for mood in MOODS}


def test_every_feature_and_the_image_rate_change_the_target():
    middle = {"luminance": 0.615, "colourfulness": 46.0, "contrast": 0.16, "saturation": 0.0885}
    before = matching.target_mood(album(**middle), 1.0).axes
    for name, (_, high) in matching.ANCHORS.items():
        after = matching.target_mood(album(**middle | {name: high}), 1.0).axes
        moved = {axis for axis, weights in matching.MIXTURES.items() if name in weights}
        assert {axis for axis in after if after[axis] > before[axis] + 0.05} == moved, name
    fast = matching.target_mood(album(**middle), 0.4).axes
    assert fast["onset_rate"] > before["onset_rate"]
    assert fast["mode"] == before["mode"]
    unknown = matching.target_mood(album(), 1.0)
    assert set(unknown.axes.values()) == {0.5}


def test_single_and_identical_tracks_can_be_chosen(tmp_path, music):
    copies = tmp_path / "copies"
    copies.mkdir()
    for name in ("b.ogg", "a.ogg"):
        (copies / name).write_bytes((music / "lively.ogg").read_bytes())
    assert Track(copies).choose(album(**ALBUMS["dark"])).name == "a.ogg"
    (copies / "a.ogg").unlink()
    alone = Track(copies).choose(album(**ALBUMS["dark"]))
    assert alone.name == "b.ogg"
    assert len(alone.ranking) == 1


def test_a_named_file_is_used(music):
    for track in (Track(file=music / "halfway.wav"), Track(music, file="halfway.wav")):
        assert track.choose(album(**ALBUMS["bright"])).path == music / "halfway.wav"


@pytest.mark.parametrize(("look", "name"), [("bright", "lets_go_fishin_song.ogg"), ("dark", "sugar_plum")])
def test_shared_tracks_are_chosen_for_fitting_images(shared_data, look, name):
    chosen = Track(shared_data("D-music")).choose(album(**ALBUMS[look]))
    assert chosen.name.startswith(name)
    assert len(chosen.ranking) == 5
    assert not chosen.left_out
