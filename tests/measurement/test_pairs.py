"""Passes over neighbouring images: which pairs, decoded once, cached by both, the same from every executor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.config import resolve
from imbatch2soundvisu.core import Collection, FeatureInfo, ImageRecord, Needs
from imbatch2soundvisu.datasets import discover, images
from imbatch2soundvisu.features.motion import Motion
from imbatch2soundvisu.measurement import completed, measure, measure_for, unmeasured
from imbatch2soundvisu.measurement.jobs import PairJob, PassJob
from imbatch2soundvisu.measurement.pairs import previous
from imbatch2soundvisu.runtime.cache import Cache
from imbatch2soundvisu.runtime.executors import Processes, Serial, Threads
from tests.made_shots import Shot, textures


@dataclass(frozen=True)
class Brighter:
    """How much lighter an image is than the one before it."""

    input_size = 32
    pairs = True
    batch_size = 3
    columns = {"brighter": FeatureInfo("brighter", "")}

    def measure(self, batch):
        return [{"brighter": float(b.mean() - a.mean())} for a, b in batch]


@pytest.fixture
def shaded(tmp_path):
    """Ten images in two folders, each 10 levels lighter than the one before."""
    for i in range(10):
        folder = tmp_path / ("a" if i < 6 else "b")
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / f"img{i}.png"), np.full((24, 32, 3), 20 + 10 * i, np.uint8))
    return discover(tmp_path)


@pytest.fixture
def shot(tmp_path):
    rng = np.random.default_rng(0)
    for i, frame in enumerate(Shot(textures(1)[0], 9, (0.4, 0.5, 0.5), (0.5, 0.5, 0.5)).render(rng)):
        cv2.imwrite(str(tmp_path / f"frame {i}.png"), frame[..., ::-1])
    return discover(tmp_path)


def brighter(collection, cache=None):
    return measure(collection, (), embeddings=(), passes=[Brighter()], cache=cache)["brighter"]


def test_values_belong_to_the_second_image_and_the_first_of_a_folder_has_none(shaded):
    values = brighter(shaded)
    assert np.flatnonzero(np.isnan(values)).tolist() == [0, 6]
    assert np.nanmin(values) == np.nanmax(values) == 10


def test_the_order_of_the_records_does_not_matter(shaded):
    backwards = replace(shaded, records=shaded.records[::-1])
    np.testing.assert_array_equal(brighter(backwards)[::-1], brighter(shaded))


def record(name, taken=None, source="exif"):
    return ImageRecord(Path(name), name, 4, 3, taken, source if taken else "", name=name)


def test_images_of_a_folder_are_in_the_order_of_their_dates_or_names():
    start = datetime(2024, 5, 1)
    dated = [record(name, start + timedelta(seconds=s)) for name, s in (("b10", 0), ("b9", 0), ("a", 5), ("c", 2))]
    assert [r and r.name for r in previous(dated)] == ["b9", None, "c", "b10"]
    copied = [*dated[:3], record("c", start, "file")]
    assert [r and r.name for r in previous(copied)] == ["b9", "a", None, "b10"]


def test_each_image_is_decoded_once_a_run_and_nothing_the_second_time(shaded, monkeypatch, tmp_path):
    decoded = []
    decode = images.decode
    monkeypatch.setattr(images, "decode", lambda path, *rest: decoded.append(path.name) or decode(path, *rest))
    settings = replace(resolve(), jobs=1)
    with Cache(tmp_path / "cache") as cache:
        measure(shaded, (), embeddings=(), cache=cache, settings=settings)
        decoded.clear()
        needs = Needs(passes=(Brighter(),))
        assert unmeasured(shaded, Needs(), cache, settings) == 10  # the features were not measured
        table = measure(shaded, (), embeddings=(), passes=[Brighter()], cache=cache, settings=settings)
        assert len(decoded) == 8 + 3 + 1  # the pairs of both folders, and the first image of each further batch
        decoded.clear()
        measure_for(shaded, needs, cache=cache, settings=settings)
        decoded.clear()
        again = measure(shaded, (), embeddings=(), passes=[Brighter()], cache=cache, settings=settings)
        assert not decoded
        assert unmeasured(shaded, needs, cache, settings) == 0
    np.testing.assert_array_equal(table["brighter"], again["brighter"])


def test_a_new_image_between_two_is_measured_with_both(shaded, tmp_path):
    with Cache(None) as cache:
        brighter(shaded, cache)
        cv2.imwrite(str(tmp_path / "a" / "img2b.png"), np.full((24, 32, 3), 44, np.uint8))
        values = brighter(discover(tmp_path), cache)
    assert values[:5].tolist()[1:] == [10, 10, 4, 6]


def test_an_image_that_cannot_be_decoded_is_left_out(shaded, tmp_path):
    whole = (tmp_path / "a" / "img2.png").read_bytes()
    (tmp_path / "a" / "img2.png").write_bytes(whole[:45] + bytes(len(whole) - 45))
    values = brighter(discover(tmp_path))
    assert np.nanmax(values) == 20
    assert len(values) == 9


def test_of_equal_files_each_has_its_own_neighbour(tmp_path):
    for i, level in enumerate((10, 50, 10, 90, 10)):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.full((24, 32, 3), level, np.uint8))
    assert brighter(discover(tmp_path)).tolist()[1:] == [40, -40, 80, -80]


def test_every_executor_gives_the_same(shot):
    before = previous(shot.records)
    pairs = [(a, b) for a, b in zip(before, shot.records, strict=True) if a is not None]
    job = PairJob(PassJob(Motion(), resolve()))
    found = []
    for executor in (Serial(), Threads(2), Processes(2)):
        outcomes = [one for batch in executor.map_unordered(job, [pairs[:4], pairs[4:6], pairs[6:]]) for one in batch]
        found.append({one.record.name: one.measured for one in outcomes})
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 8


def test_features_of_a_selection_are_those_of_the_whole(shaded):
    from imbatch2soundvisu.features import PASSES

    PASSES.register("brighter")(Brighter)
    table = measure(shaded, (), embeddings=())
    selected = replace(table.select([0, 2, 5]), unfiltered=table)
    with Cache(None) as cache:
        done = completed(selected, Needs(frozenset({"brighter"})), cache=cache)
        assert done["brighter"].tolist()[1:] == [10, 10]
        alone = completed(table.select([0, 2, 5]), Needs(frozenset({"brighter"})), cache=cache)
        assert alone["brighter"].tolist()[1:] == [20, 30]


def test_features_of_the_table_of_a_selection_are_those_of_the_whole(shaded):
    from imbatch2soundvisu.features import add_feature

    def glow(table):
        """Luminance above the mean."""
        return table["luminance"] - table["luminance"].mean()

    glow.needs = {"luminance"}
    add_feature("glow", glow)
    whole = measure(shaded, ["luminance"], embeddings=())
    selected = replace(whole.select([0, 2, 5]), unfiltered=whole)
    with Cache(None) as cache:
        done = completed(selected, Needs(frozenset({"glow"})), cache=cache)
    assert done["glow"] == pytest.approx(done["luminance"] - whole["luminance"].mean())


def test_a_killed_run_goes_on_where_it_was(shot):
    """What is stored is not measured again: pairs one by one, in any state."""
    with Cache(None) as cache:
        part = Collection(shot.root, shot.records[:5])
        measure(part, ["motion"], embeddings=(), cache=cache)
        assert unmeasured(shot, Needs(frozenset({"motion"})), cache, resolve()) >= 4
        table = measure(shot, ["motion"], embeddings=(), cache=cache)
    np.testing.assert_array_equal(table["motion"], measure(shot, ["motion"], embeddings=())["motion"])
