"""Kaggle data sets as folders, against a stand-in of the client."""

from __future__ import annotations

import os

import pytest

from imbatch2soundvisu import datasets
from imbatch2soundvisu.core.errors import ConfigError
from tests.datasets.downloads.stand_ins import tree


def test_kaggle_images_keep_their_folders_and_bytes(kagglehub, tmp_path):
    folder = datasets.kaggle("some-one/butterflies", cache=tmp_path / "cache")
    assert tree(folder) == ["test/Image_1.jpg", "train/Image_1.jpg", "train/Image_2.jpg", "train/deep/no_ending.jpg"]
    for name in ("test/Image_1.jpg", "train/Image_1.jpg"):
        assert (folder / name).read_bytes() == (kagglehub.home / name).read_bytes()
    assert len(datasets.discover(folder)) == 4
    assert datasets.kaggle("some-one/butterflies", cache=tmp_path / "cache") == folder
    assert kagglehub.asked == ["some-one/butterflies"]


def test_kaggle_labels_come_from_a_csv_file(kagglehub, tmp_path):
    options = {"labels": "train.csv", "cache": tmp_path / "cache"}
    folder = datasets.kaggle("some-one/butterflies", folder="train", **options)
    assert tree(folder) == ["MONARCH/Image_1.jpg", "RED ADMIRAL/Image_2.jpg", "deep/no_ending.jpg"]
    with pytest.raises(ConfigError, match=r"Image_1\.jpg in train\.csv names 2 images"):
        datasets.kaggle("some-one/butterflies", **options)
    (kagglehub.home / "train.csv").write_text("file,width,height\nImage_2,3,4\n")
    with pytest.raises(ConfigError, match="no column of labels; its columns: file, width, height"):
        datasets.kaggle("some-one/butterflies", **options)
    (kagglehub.home / "train.csv").write_text("file,kind\nImage_2,b\n")
    assert "b/Image_2.jpg" in tree(datasets.kaggle("some-one/butterflies", **options))


def test_kaggle_files_are_copied_from_another_disk(kagglehub, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(18, "Invalid cross-device link")))
    assert len(tree(datasets.kaggle("some-one/butterflies", cache=tmp_path / "cache"))) == 4


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("butterflies", {}, "owner/name"),
        ("../../etc", {}, "owner/name"),
        ("no-body/nothing", {}, "Resource not found at URL: https://kaggle/no-body/nothing"),
        ("some-one/butterflies", {"folder": "valid"}, "has no 'valid'; it has: .hidden.jpg, readme.md, test"),
        ("some-one/butterflies", {"folder": "../.."}, "has no '../..'"),
        ("some-one/butterflies", {"labels": "labels.csv"}, "has no 'labels.csv'"),
        ("some-one/butterflies", {"limit": 0}, "limit=0"),
    ],
)
def test_invalid_kaggle_requests_give_one_line(kagglehub, tmp_path, name, options, message):
    with pytest.raises(ConfigError) as error:
        datasets.kaggle(name, cache=tmp_path / "cache", **options)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
