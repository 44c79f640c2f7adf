"""Measuring: each value once per image content and code, on any executor, whatever fails."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import config
from imbatch2soundvisu.core import FeatureInfo, Needs, Region
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.datasets import discover, images
from imbatch2soundvisu.embeddings import Look
from imbatch2soundvisu.features import PASSES, Measurement, default_features, feature
from imbatch2soundvisu.measurement import embed, measure, measure_for, measuring, with_measurements
from imbatch2soundvisu.runtime.cache import Cache
from tests.conftest import photo


def test_every_feature_from_one_decode_and_none_the_second_time(folder, tmp_path, monkeypatch):
    decoded = []
    original = images.decode
    monkeypatch.setattr(images, "decode", lambda path, *options: decoded.append(path) or original(path, *options))
    collection = discover(folder)
    with Cache(tmp_path / "cache") as cache:
        table = measure(collection, cache=cache)
    assert len(decoded) == 12
    assert set(table.columns) == set(default_features())
    for name in ("renamed.jpg", "copied.jpg"):
        shutil.copy(folder / "image-00.jpg", folder / name)
    (folder / "image-00.jpg").unlink()
    with Cache(tmp_path / "cache") as cache:
        again = measure(discover(folder), cache=cache)
    assert len(decoded) == 12
    assert len(again) == 13
    assert again["luminance"][again_index(again, "copied.jpg")] == table["luminance"][0]


def again_index(table, name: str) -> int:
    return [record.name for record in table.records].index(name)


def test_a_changed_file_and_a_changed_feature_are_measured_again(folder, tmp_path):
    for factor in (1.0, 2.0):
        feature()(_scaled(factor))
        with Cache(tmp_path / "cache") as cache:
            table = measure(discover(folder), ["mine"], cache=cache)
        assert table["mine"].tolist() == [factor] * 12
    Image.new("RGB", (9, 9), "white").save(folder / "image-05.jpg")
    with Cache(tmp_path / "cache") as cache:
        assert measure(discover(folder), ["luminance"], cache=cache)["luminance"][5] > 0.99


def _scaled(factor: float):
    def mine(pixels):
        """One, times something."""
        return 1.0 * factor

    return mine


def test_a_feature_that_fails_is_undefined_and_names_its_own_line(folder):
    @feature()
    def broken(pixels):
        raise ValueError("no idea")

    table = measure(discover(folder), ["broken", "luminance"])
    assert np.isnan(table["broken"]).all()
    assert np.isfinite(table["luminance"]).all()
    assert table.problems == (
        f"{__file__}:{broken.__code__.co_firstlineno + 2}: feature 'broken' failed on 12 of 12 images: "
        "ValueError: no idea (first on image-00.jpg)",
    )


def test_an_image_that_cannot_be_decoded_leaves_the_collection(folder):
    path = folder / "image-02.jpg"
    path.write_bytes(path.read_bytes()[:700])
    collection = discover(folder)
    table = measure(collection)
    assert len(table) == 11
    assert with_measurements(collection, table).skipped[0].name == "image-02.jpg"
    assert np.isnan(embed(collection, Look())[2]).all()


def test_settings_that_change_measurements_measure_again(folder, tmp_path, monkeypatch):
    with Cache(tmp_path / "cache") as cache:
        before = measure(discover(folder, cache=cache), cache=cache)
        monkeypatch.setattr(config, "MEASURE_SIZE", 32)
        after = measure(discover(folder, cache=cache), cache=cache)
    assert (before["sharpness"] != after["sharpness"]).all()


def test_two_embeddings_give_two_spaces(folder):
    table = measure(discover(folder), ["luminance"], embeddings=(Look(), Look(colour=0.8)))
    assert not np.allclose(table.vectors["look"], table.vectors["look-0.8"])
    assert np.array_equal(table.vectors["look"], measure(discover(folder), ()).vectors["look"])


def test_two_measurements_in_parallel_do_not_mix(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "WORTH_PROCESSES", 2)
    other = tmp_path / "other"
    other.mkdir()
    for seed in range(20, 32):
        Image.fromarray(photo(seed)).save(other / f"{seed}.png")
    alone = [measure(discover(root))["luminance"].tolist() for root in (folder, other)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda root: measure(discover(root))["luminance"].tolist(), (folder, other)))
    assert together == alone


def test_forked_and_threaded_work_give_the_same(folder, monkeypatch):
    collection = discover(folder)
    threaded = measure(collection)
    monkeypatch.setattr(measuring, "WORTH_PROCESSES", 2)
    forked = measure(collection)
    for name, values in threaded.columns.items():
        np.testing.assert_array_equal(values, forked[name])
    np.testing.assert_array_equal(threaded.vectors["look"], forked.vectors["look"])


def test_an_argument_that_is_not_a_collection_is_refused():
    with pytest.raises(ConfigError, match="takes a collection"):
        measure("photos")


@pytest.mark.parametrize("name", ["luminence", "fine_detial"])
def test_an_unknown_column_is_refused_with_the_nearest(folder, name):
    PASSES.register("detail")(Detail)
    with pytest.raises(ConfigError, match="Did you mean '(luminance|fine_detail)'"):
        measure(discover(folder), [name])


calls: list[list[tuple[int, ...]]] = []


@dataclass(frozen=True)
class Detail:
    """Detail at 512 px, and the longer side it was measured at."""

    broken: str = ""
    input_size = 512
    batch_size = 5
    columns = {"fine_detail": FeatureInfo("fine_detail", "", 0.0), "side_px": FeatureInfo("side_px", "px", 1.0)}

    def measure(self, batch):
        calls.append([image.shape for image in batch])
        if self.broken and any(image.mean() > 250 for image in batch):
            raise ValueError(self.broken)
        return [{"fine_detail": float(image.std()), "side_px": max(image.shape)} for image in batch]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Seven images of 700 px; the sixth is white, the first upright only after EXIF orientation."""
    root = tmp_path / "large"
    root.mkdir()
    for seed in range(7):
        image = Image.fromarray(photo(seed, 700, 300)) if seed != 5 else Image.new("RGB", (700, 300), "white")
        exif = Image.Exif()
        exif[0x0112] = 6 if seed == 0 else 1
        image.save(root / f"{seed}.jpg", exif=exif)
    calls.clear()
    return root


def test_a_pass_runs_when_a_plan_needs_one_of_its_columns_and_then_once(large, tmp_path):
    PASSES.register("detail")(Detail)
    collection = discover(large)
    with Cache(tmp_path / "cache") as cache:
        assert "fine_detail" not in measure(collection, cache=cache).columns
        assert not calls
        table = measure_for(collection, Needs(frozenset({"fine_detail"})), cache=cache)
        assert set(table.columns) == {*default_features(), "fine_detail", "side_px"}
        assert table["side_px"].tolist() == [512] * 7
        assert sorted(len(shapes) for shapes in calls) == [2, 5]
        assert {shape for shapes in calls for shape in shapes} == {(512, 219, 3), (219, 512, 3)}
        assert table.info["side_px"].unit == "px"
        calls.clear()
        again = measure(collection, ["fine_detail"], cache=cache)
        assert not calls
    assert np.array_equal(again["fine_detail"], table["fine_detail"])


def test_a_pass_that_fails_on_one_image_of_a_batch_is_undefined_for_that_one_only(large):
    table = measure(discover(large), (), passes=[Detail("too bright")])
    assert np.flatnonzero(np.isnan(table["fine_detail"])).tolist() == [5]
    [problem] = table.problems
    assert problem.startswith(f"{__file__}:")
    assert problem.endswith("pass 'detail' failed on 1 of 7 images: ValueError: too bright (first on 5.jpg)")


@dataclass(frozen=True)
class Boxes:
    """A vector and a region of each image but the first."""

    input_size = 64

    def measure(self, batch):
        return [Measurement(vector=image.mean(axis=(0, 1)), regions=[Region(0.1, 0.2, 0.3, 0.4)]) for image in batch]


def test_a_pass_may_give_vectors_and_regions(large, tmp_path):
    PASSES.register("boxes")(Boxes)
    with Cache(tmp_path / "cache") as cache:
        for _ in range(2):
            table = measure(discover(large), (), embeddings=(), passes=["boxes"], cache=cache)
            assert table.vectors["boxes"].shape == (7, 3)
            assert table.vectors["boxes"][5] == pytest.approx([255] * 3)
            assert table.regions["boxes"] == ((Region(0.1, 0.2, 0.3, 0.4),),) * 7
    assert len(table.select([1, 2]).regions["boxes"]) == 2


def test_a_pass_with_too_few_results_is_a_failure(large):
    class Short(Detail):
        def measure(self, batch):
            return []

    table = measure(discover(large), (), passes=[Short()])
    assert np.isnan(table["fine_detail"]).all()
    assert "gave 0 results for 1 images" in table.problems[0]


def test_plans_can_order_by_the_column_of_a_pass(large):
    from imbatch2soundvisu import SequencePlan

    PASSES.register("detail")(Detail)
    plan = SequencePlan("by detail", order="-fine_detail", music=None)
    plan.check()
    assert "fine_detail" in plan.needs.features
    table = measure_for(discover(large), plan.needs | Needs(embeddings=(Look(),)))
    values = plan.sequence(table).values
    assert (np.diff(values) <= 0).all()
