"""A run in stages: file names of any bytes, labels that are none, paths through links, and what is logged."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli import stages
from imbatch2soundvisu.core.errors import ConfigError

SMALL = {"outputs": ["tables"], "music": None, "order": "luminance"}
STRANGE = os.fsdecode(b"b\xe9b\xe9.jpg")


def sizes(result) -> dict[str, int]:
    """The number of images in the sequence of each cluster."""
    return {each.entry["cluster"]: len(each.entry["images"]) for each in result.results if each.entry["cluster"]}


@pytest.fixture
def strange(folder) -> Path:
    """The folder, with one name that is not UTF-8."""
    try:
        (folder / "image-03.jpg").rename(folder / STRANGE)
    except OSError:
        pytest.skip("this file system takes no such names")
    return folder


def test_names_that_are_not_utf8_pass_through_all_stages(strange, tmp_path):
    collection = stages.index(strange, "index.csv")
    assert {record.path for record in stages._collection("index.csv")} == {record.path for record in collection}
    for file in ("vectors.npz", "vectors.npy"):
        vectors, paths = stages.embed("index.csv", file)
        assert str(strange / STRANGE) in paths
    stages.cluster("vectors.npz", "labels.csv", by=i2s.KMeans(2))
    result = stages.album("index.csv", "labels.csv", **SMALL)
    assert result.exit_code == 0
    assert sum(sizes(result).values()) == len(collection) == len(vectors)


@pytest.mark.parametrize("nothing", [None, float("nan"), np.float32("nan"), "", " ", -1, -1.0, "-1", "-1.0", "nan"])
def test_an_empty_label_puts_an_image_in_no_cluster(folder, tmp_path, nothing):
    names = sorted(folder.iterdir())
    labels = {str(path): nothing if i < 2 else i % 2 for i, path in enumerate(names)}
    result = stages.album(folder, labels, tmp_path / "mapping", **SMALL)
    assert sizes(result) == {"cluster 0": 5, "cluster 1": 5}
    rows = "".join(f"{path},{'' if label is None else label}\n" for path, label in labels.items())
    (tmp_path / "labels.csv").write_text(f"image_path,cluster\n{rows}")
    assert sizes(stages.album(folder, tmp_path / "labels.csv", tmp_path / "table", **SMALL)) == sizes(result)
    with pytest.raises(ConfigError, match="none of the 12 images has a label"):
        stages.album(folder, dict.fromkeys(labels, nothing), **SMALL)


def test_an_image_is_found_by_another_path_to_it(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    stages.index(tmp_path / "link", "index.csv")
    labels = {str(path): i % 2 for i, path in enumerate(sorted(folder.iterdir()))}
    assert sizes(stages.album("index.csv", labels, **SMALL)) == {"cluster 0": 6, "cluster 1": 6}


def test_clusterings_are_accepted_by_name_class_and_instance(tmp_path):
    rng = np.random.default_rng(0)
    paths = [f"{tmp_path}/{name}/{i}.jpg" for name in "ab" for i in range(6)]
    vectors = np.repeat(np.eye(2), 6, axis=0) + rng.normal(0, 0.01, (12, 2))
    for by in ("hierarchical", "folder", "kmeans", i2s.KMeans):
        found = stages.cluster((vectors, paths), by=by)
        assert found.notes is not None
    assert stages.cluster((vectors, paths), by="folder").names == ("a", "b")
    relative = [path.removeprefix(f"{tmp_path}/") for path in paths]
    assert stages.cluster((vectors, relative), by="folder").names == ("a", "b")
    with pytest.raises(ConfigError, match=r"unknown clustering 'kmean'.*'kmeans'"):
        stages.cluster((vectors, paths), by="kmean")


def test_a_reduction_logs_the_variance_it_keeps(caplog):
    vectors = np.random.default_rng(0).normal(size=(9, 5))
    with caplog.at_level("INFO", "imbatch2soundvisu"):
        reduced = stages.reduce((vectors, [f"{i}.jpg" for i in range(9)]), by=i2s.PCA(2))
    assert reduced.shape == (9, 2)
    assert "PCA: 2 of 5 dimensions keep" in caplog.text


def test_a_line_break_in_a_name_is_part_of_it(folder, tmp_path):
    (folder / "image-03.jpg").rename(folder / "two\nlines.jpg")
    stages.index(folder, "index.csv")
    labels = {str(path): i % 2 for i, path in enumerate(sorted(folder.iterdir()))}
    result = stages.album("index.csv", labels, **SMALL)
    assert result.exit_code == 0
    assert sum(each["size"] for each in result.results[0].entry["clusters"]["clusters"]) == 12


def test_labels_by_name_and_the_environment_does_not_interfere(folder, tmp_path, monkeypatch):
    stages.index(folder, "index.csv")
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(tmp_path / "elsewhere"))
    labels = {path.name: "ab"[i % 2] for i, path in enumerate(sorted(folder.iterdir()))}
    result = stages.album("index.csv", labels, **SMALL)
    assert {each.entry["cluster"] for each in result.results} == {"", "a", "b"}


def test_an_embedding_is_accepted_by_name(folder):
    vectors, paths = stages.embed(folder, on="look")
    assert len(vectors) == len(paths) == 12
    with pytest.raises(ConfigError, match="Did you mean 'look'"):
        stages.embed(folder, on="lok")


def test_relative_folders_and_labels_of_any_kind(folder):
    relative = Path(os.path.relpath(folder))
    stages.embed(relative, "deep/embeddings.npz")
    stages.cluster("deep/embeddings.npz", "deep/er/labels.csv", by=i2s.KMeans(2))
    result = stages.album(relative, "deep/er/labels.csv", **SMALL)
    assert {each.entry["cluster"] for each in result.results} == {"", "cluster 0", "cluster 1"}
    names = [path.name for path in sorted(folder.iterdir())]
    labels = {name: [1.0, "cat", None][i % 3] for i, name in enumerate(names)}
    result = stages.album(relative, labels, "other", **SMALL)
    assert {each.entry["cluster"] for each in result.results} == {"", "cluster 1", "cat"}
