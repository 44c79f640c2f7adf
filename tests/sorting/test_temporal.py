"""A shuffled shot is put in order again; motions continue along a path of motions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from imbatch2soundvisu.core import FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features.motion.thumbnails import Thumbnail
from imbatch2soundvisu.sorting import MotionPath, TemporalOrder, criterion
from tests.made_shots import Shot, textures

PHOTOS = textures(2, seed=3)
PANS = {
    "fast": ((0.35, 0.5, 0.5), (0.6, 0.5, 0.5)),
    "less than a pixel": ((0.45, 0.5, 0.5), (0.48, 0.5, 0.5)),
    "closer": ((0.4, 0.45, 0.5), (0.5, 0.55, 0.42)),
}


def records(count):
    return tuple(ImageRecord(Path(f"{i:03}"), f"{i:03}", 320, 180, name=f"{i:03}") for i in range(count))


def shuffled(frames, seed=0):
    """A table of shuffled frames, and which frame each row is."""
    places = np.random.default_rng(seed).permutation(len(frames))
    vectors = np.array(Thumbnail().measure([frames[i] for i in places]))
    return FeatureTable(records(len(frames)), vectors={"thumbnail": vectors}), places


def ordered(order, table):
    return order.order(table, np.random.default_rng(0))


@pytest.mark.parametrize("pan", PANS)
def test_a_shuffled_pan_is_recovered(pan):
    frames = Shot(PHOTOS[0], 30, *PANS[pan], subject=0.3).render(np.random.default_rng(0), noise=6)
    table, places = shuffled(frames)
    tau = kendalltau(np.arange(30), places[ordered(TemporalOrder(), table)])[0]
    assert abs(tau) >= 0.95


def test_shots_are_not_mixed_and_names_decide_on_the_direction():
    rng = np.random.default_rng(0)
    one, other = (Shot(photo, 8, (0.45, 0.5, 0.5), (0.55, 0.5, 0.5)).render(rng) for photo in PHOTOS)
    table, places = shuffled([*one, *other])
    found = places[ordered(TemporalOrder(), table)]
    assert len(set((found[:8] < 8).tolist())) == 1
    named = FeatureTable(records(8), vectors={"thumbnail": np.array(Thumbnail().measure(one))})
    assert ordered(TemporalOrder(), named).tolist() == list(range(8))


def test_the_order_of_rows_does_not_matter():
    frames = Shot(PHOTOS[0], 8, (0.45, 0.5, 0.5), (0.55, 0.5, 0.5)).render(np.random.default_rng(0))
    table, _ = shuffled(frames)
    names = [table.names[row] for row in ordered(TemporalOrder(), table)]
    turned = table.select(np.arange(8)[::-1])
    assert [turned.names[row] for row in ordered(TemporalOrder(), turned)] == names


def moving(degrees, speeds):
    angles = np.radians(degrees)
    flow = np.stack([np.cos(angles) * speeds, -np.sin(angles) * speeds], axis=1)
    return FeatureTable(records(len(flow)), vectors={"optical_flow": np.tile(flow, 16).astype(np.float32)})


def test_motion_goes_on_in_its_direction():
    rng = np.random.default_rng(0)
    directions = rng.permutation(np.repeat([0.0, 90.0, 180.0], 8)) + rng.normal(scale=3, size=24)
    table = moving(directions, np.full(24, 0.02))
    rows = ordered(MotionPath(), table)
    kinds = np.rint(directions[rows] / 90)
    assert (np.diff(kinds) != 0).sum() == 2
    found = criterion(table.select(rows), "optical_flow")
    assert found.length < 0.25 * found.random


def test_images_without_motion_come_last():
    table = moving(np.array([0.0, 0.0, 180.0, 0.0, 0.0]), np.array([0.02, np.nan, 0.02, 0.01, np.nan]))
    rows = ordered(MotionPath(), table).tolist()
    assert rows[:3] in ([0, 3, 2], [2, 3, 0])
    assert rows[3:] == [1, 4]
    assert ordered(MotionPath(), moving(np.zeros(4), np.array([np.nan, 0.1, np.nan, 0.1]))).tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize("order", [TemporalOrder, MotionPath])
def test_few_images_and_invalid_parameters(order):
    table = FeatureTable(records(2), vectors={})
    assert ordered(order(), table).tolist() == [0, 1]
    with pytest.raises(ConfigError, match="effort above 0"):
        order(effort=0)
