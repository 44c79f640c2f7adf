"""Shots begin at cuts, dissolves and fades, and not where the camera or a subject moves."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.clustering import Shots, cluster
from imbatch2soundvisu.clustering.shot_boundaries import cuts, gradual
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.datasets.videos import video_frames
from imbatch2soundvisu.measurement import measure
from imbatch2soundvisu.runtime.cache import Cache
from tests.made_shots import Shot, film, textures

#: First frames of shots of the 30 s clip, by eye, of 720 frames at 24 a second. It begins with a fade from black.
CUTS = (283, 376, 551)
#: Of `D-frames-bbb`: names of files.
FIRST_OF_FOLDER = ["frame_0001.jpg", "frame_0025.jpg", "frame_0032.jpg", "frame_0047.jpg"]


def write(frames, folder):
    for i, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"frame {i:03}.png"), frame[..., ::-1])
    return discover(folder)


def found(collection, shots=Shots()):  # noqa: B008
    with Cache(None) as cache:
        table = measure(collection, ["shot_change", "residual_change"], embeddings=(), cache=cache)
    return shots.cluster(table, np.random.default_rng(0)), table


def starts(clusters):
    return [int(clusters.rows(number)[0]) for number in range(len(clusters))]


@pytest.fixture(scope="module")
def made():
    """Shots with pans, zooms, a subject and jitter."""
    rng, photos = np.random.default_rng(0), textures(6)
    return [
        Shot(photos[0], 9, (0.4, 0.5, 0.5), (0.6, 0.45, 0.5)).render(rng),
        Shot(photos[1], 8, (0.5, 0.5, 0.6), (0.5, 0.5, 0.5), subject=0.4).render(rng),
        Shot(photos[2], 8, (0.45, 0.5, 0.5), (0.5, 0.55, 0.5), shake=1.0).render(rng),
        Shot(photos[3], 10, (0.5, 0.4, 0.5), (0.5, 0.6, 0.5)).render(rng),
    ]


def test_cuts_are_found_and_motion_is_none(made, tmp_path):
    frames, truth = film(made)
    clusters, _ = found(write(frames, tmp_path))
    assert starts(clusters) == [0, *truth]
    assert clusters.ordered
    assert clusters.names == ("shot 1", "shot 2", "shot 3", "shot 4")


@pytest.fixture(scope="module")
def slow():
    """Two shots of a slow camera."""
    rng, (one, other) = np.random.default_rng(1), textures(2)
    pans = Shot(one, 12, (0.45, 0.5, 0.5), (0.5, 0.5, 0.5)), Shot(other, 12, (0.5, 0.5, 0.5), (0.5, 0.45, 0.5))
    return [each.render(rng) for each in pans]


def test_a_dissolve_is_one_boundary_in_its_middle(slow, tmp_path):
    frames, truth = film(slow, [6])
    at = starts(found(write(frames, tmp_path))[0])
    assert len(at) == 2
    assert abs(at[1] - truth[0]) <= 1
    assert starts(found(discover(tmp_path), Shots(dissolves=False))[0]) == [0]


def test_a_fade_out_and_in_is_one_boundary_and_a_fade_at_the_beginning_is_none(slow, tmp_path):
    share = np.linspace(0, 1, 12)
    rise, fall = (
        [np.uint8(frame * s) for frame, s in zip(shot, shares, strict=True)]
        for shot, shares in zip(slow, (share, share[::-1]), strict=True)
    )
    at = starts(found(write([*rise, *fall, np.zeros_like(rise[0]), *rise], tmp_path))[0])
    assert len(at) == 3
    assert at[1] == 12
    assert abs(at[2] - 24) <= 1


def test_each_folder_begins_a_shot_and_filters_change_nothing(made, tmp_path):
    for name, frames in (("a", made[0][:4]), ("b", [*made[0][4:], *made[1][:4]])):
        (tmp_path / name).mkdir()
        write(frames, tmp_path / name)
    clusters, table = found(discover(tmp_path))
    assert starts(clusters) == [0, 4, 9]
    part = replace(table.select([0, 5, 11, 12]), unfiltered=table)
    assert Shots().cluster(part, np.random.default_rng(0)).labels.tolist() == [0, 1, 2, 2]
    assert Shots().cluster(part.select([2, 3]), np.random.default_rng(0)).names == ("shot 3",)


def test_the_order_of_rows_does_not_matter(made, tmp_path):
    clusters, table = found(write(film(made[:2])[0], tmp_path))
    turned = Shots().cluster(table.select(np.arange(len(table))[::-1]), np.random.default_rng(0))
    np.testing.assert_array_equal(turned.labels[::-1], clusters.labels)


def test_short_shots_are_joined(made, tmp_path):
    frames = [*made[0], *made[1][:2], *made[2]]
    collection = write(frames, tmp_path)
    assert starts(found(collection)[0]) == [0, 9, 11]
    assert starts(found(collection, Shots(shortest=3))[0]) == [0, 11]


def test_the_threshold_adapts_to_what_moves_around():
    quiet, busy = np.full(20, 0.01), np.full(20, 0.15)
    for changes, expected in ((quiet, [10]), (busy, [])):
        changes[10] = 0.5
        assert cuts(changes).nonzero()[0].tolist() == expected
        assert cuts(changes, threshold=0.4).nonzero()[0].tolist() == [10]


def test_no_images_and_one_image():
    assert cuts(np.array([np.nan])).tolist() == [False]
    assert gradual(np.array([np.nan]), np.array([np.nan]), np.zeros((1, 256)), np.zeros(1, bool)) == []


@pytest.mark.parametrize("wrong", [{"threshold": 0}, {"threshold": 1.5}, {"shortest": 0}, {"shortest": True}])
def test_invalid_parameters_are_refused(wrong):
    with pytest.raises(ConfigError, match="Shots"):
        Shots(**wrong)


def test_cuts_of_a_folder_of_frames_as_seen_by_eye(shared_data):
    collection = discover(shared_data("D-frames-bbb"))
    clusters, table = found(collection)
    assert [table.records[row].label for row in starts(clusters)] == FIRST_OF_FOLDER


@pytest.mark.slow
@pytest.mark.parametrize("per_second", [2, 3])
def test_cuts_of_a_video_as_seen_by_eye(shared_data, tmp_path, per_second):
    video = shared_data("D-video") / "big_buck_bunny_0_30.webm"
    collection = discover(video_frames(video, tmp_path, per_second=per_second))
    clusters, table = found(collection)
    moments = [float(record.label.split()[-1][:-5]) for record in table.records]
    expected = [next(row for row, s in enumerate(moments) if s * 24 >= cut - 0.5) for cut in CUTS]
    assert starts(clusters) == [0, *expected]
    assert clusters.names[1] == "shot 2, 0:00:12" if per_second == 2 else "shot 2, 0:00:11"


@pytest.mark.slow
def test_a_video_without_cuts_is_one_shot(shared_data, tmp_path):
    collection = discover(video_frames(shared_data("D-video") / "bigbuckbunny_5s_51audio.mp4", tmp_path, per_second=4))
    assert len(found(collection)[0]) == 1


def test_a_notebook_clusters_by_name(made, tmp_path):
    table = measure(write(film(made[:2])[0], tmp_path), (), embeddings=())
    with Cache(None) as cache:
        assert len(cluster(table, "shots", cache=cache)) == 2
