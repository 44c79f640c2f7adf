"""Data sets of torchvision as folders, against a stand-in and the real package."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import datasets
from imbatch2soundvisu.core.errors import ConfigError, MakeError
from tests.conftest import photo
from tests.datasets.downloads.stand_ins import jpeg, tree


def test_torchvision_files_are_unchanged_where_the_class_has_a_loader(vision, tmp_path):
    folder = datasets.torchvision("Flowers102", cache=tmp_path / "cache")
    assert tree(folder) == [
        "pink primrose/image_00000.jpg", "pink primrose/image_00003.jpg", "pink_primrose/image_00001.jpg",
        "pink_primrose/image_00004.jpg", "tiger lily/image_00002.jpg", "tiger lily/image_00005.jpg",
    ]  # fmt: skip
    assert (folder / "tiger lily/image_00005.jpg").read_bytes() == jpeg(5)
    assert datasets.torchvision("Flowers102", "test", cache=tmp_path / "cache") != folder


def test_a_limit_is_spread_over_the_whole_set(vision, tmp_path):
    folder = datasets.torchvision("CIFAR10", "test", limit=4, cache=tmp_path / "cache")
    assert tree(folder) == ["car/000005.png", "car/000007.png", "plane/000000.png", "plane/000002.png"]
    assert np.array_equal(np.asarray(Image.open(folder / "car/000007.png")), photo(7, 8, 8))
    other = datasets.torchvision("CIFAR10", "train", limit=4, cache=tmp_path / "cache")
    assert np.array_equal(np.asarray(Image.open(other / "car/000007.png")), photo(17, 8, 8))


@pytest.mark.parametrize(
    ("name", "options", "kind", "message"),
    [
        ("flowers102", {}, ConfigError, "Did you mean 'Flowers102'?"),
        ("os", {}, ConfigError, "unknown torchvision data set"),
        ("Flowers102", {"split": "valid"}, ConfigError, "Valid values are {'train', 'val', 'test'}"),
        ("CIFAR10", {"split": "val"}, ConfigError, "takes split='train' or 'test', not 'val'"),
        ("VisionDataset", {"split": "train"}, ConfigError, "takes no split"),
        ("CIFAR10", {"colour": 1}, ConfigError, "colour"),
        ("MovingMNIST", {}, MakeError, "ndarray of shape (20, 1, 8, 8)"),
    ],
)
def test_invalid_torchvision_requests_give_one_line(vision, tmp_path, name, options, kind, message):
    with pytest.raises(kind) as error:
        datasets.torchvision(name, cache=tmp_path / "cache", **options)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_the_real_torchvision(tmp_path):
    pytest.importorskip("torchvision")
    folder = datasets.torchvision("FakeData", size=4, image_size=(3, 8, 9), num_classes=2, cache=tmp_path / "cache")
    images = list(datasets.discover(folder))
    assert [(image.width, image.height) for image in images] == [(9, 8)] * 4
