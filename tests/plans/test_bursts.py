"""Of a burst, the sharpest image is kept, whatever its noise."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.clustering import bursts, not_sharpest
from imbatch2soundvisu.core import FeatureTable, ImageRecord
from imbatch2soundvisu.datasets.duplicates import PERCEPTUAL_HASH
from imbatch2soundvisu.features.focus import Focus
from imbatch2soundvisu.plans.selecting import rows_kept
from tests.made_shots import made_burst, textures


def test_the_sharpest_of_made_bursts_has_the_highest_focus():
    rng = np.random.default_rng(0)
    right = 0
    for image in textures(12, seed=1):
        frames, sharpest = made_burst(image, rng)
        right += int(np.argmax([each["focus"] for each in Focus().measure(frames)])) == sharpest
    assert right == 12


def test_noise_is_not_sharpness():
    image = cv2.GaussianBlur(textures(1)[0], (0, 0), 3)
    noisy = np.clip(image + np.random.default_rng(0).normal(scale=8, size=image.shape), 0, 255).astype(np.uint8)
    clean, with_noise = (each["focus"] for each in Focus().measure([image, noisy]))
    assert with_noise == pytest.approx(clean, rel=0.1)


def table_of(layouts, seconds, focus):
    start = datetime(2024, 5, 1, 12)
    records = tuple(
        ImageRecord(Path(f"{i}"), f"{i}", 4, 3, start + timedelta(seconds=s), "exif", name=f"{i}")
        for i, s in enumerate(seconds)
    )
    rng = np.random.default_rng(0)
    known = {each: rng.normal(size=256) for each in dict.fromkeys(layouts)}
    hashes = np.array([[*(known[each] / np.linalg.norm(known[each])), 0.5, 0, 0, 0.2] for each in layouts])
    return FeatureTable(records, {"focus": np.array(focus, float)}, {PERCEPTUAL_HASH: hashes.astype(np.float32)})


def test_a_burst_ends_with_a_pause_and_with_another_scene():
    table = table_of("aaaabb", [0, 1, 2, 9, 10, 11], [1, 3, 2, 1, 5, np.nan])
    assert [burst.tolist() for burst in bursts(table)] == [[0, 1, 2], [3], [4, 5]]
    assert not_sharpest(table).tolist() == [0, 2, 5]
    undated = replace(table, records=tuple(replace(r, taken_from="file") for r in table.records))
    assert [len(burst) for burst in bursts(undated)] == [4, 2]


def test_a_plan_keeps_the_sharpest(tmp_path):
    rng, expected = np.random.default_rng(2), []
    for number, image in enumerate(textures(3, seed=5)):
        frames, sharpest = made_burst(image, rng, 3)
        expected.append(f"{number}-{sharpest}.png")
        for i, frame in enumerate(frames):
            cv2.imwrite(str(tmp_path / f"{number}-{i}.png"), frame)
    plan = i2s.SequencePlan("best", order="name", unique="burst")
    table = i2s.measure(i2s.discover(tmp_path), sorted(plan.needs.features), embeddings=())
    assert [table.names[row] for row in rows_kept(plan, table)] == expected
    assert plan.sequence(table).note == "6 left out as bursts"
