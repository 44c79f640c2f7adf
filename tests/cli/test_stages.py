"""The road in stages: names of any bytes, labels that mean nothing, paths over links, and what there is to say."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli import stages
from imbatch2soundvisu.core.errors import ConfigError

SMALL = {"video": False, "gif": False, "music": None, "order": "luminance"}
STRANGE = os.fsdecode(b"b\xe9b\xe9.jpg")


def parts(result) -> dict[str, int]:
    return {piece.account["part"]: len(piece.account["images"]) for piece in result.pieces if piece.account["part"]}


@pytest.fixture
def strange(folder) -> Path:
    """The folder, with one name that is not UTF-8."""
    try:
        (folder / "image-03.jpg").rename(folder / STRANGE)
    except OSError:
        pytest.skip("this file system takes no such names")
    return folder


def test_names_that_are_no_utf8_go_all_the_way(strange, tmp_path):
    collection = stages.index(strange, "index.csv")
    assert {record.path for record in stages._collection("index.csv")} == {record.path for record in collection}
    for file in ("vectors.npz", "vectors.npy"):
        vectors, paths = stages.embed("index.csv", file)
        assert str(strange / STRANGE) in paths
    stages.cluster("vectors.npz", "labels.csv", by=i2s.KMeans(2))
    result = stages.album("index.csv", "labels.csv", **SMALL)
    assert result.exit_code == 0
    assert sum(parts(result).values()) == len(collection) == len(vectors)


@pytest.mark.parametrize("nothing", [None, float("nan"), np.float32("nan"), "", " ", -1, -1.0, "-1", "-1.0", "nan"])
def test_what_is_no_label_is_no_part_in_a_mapping_and_in_a_table(folder, tmp_path, nothing):
    names = sorted(folder.iterdir())
    labels = {str(path): nothing if i < 2 else i % 2 for i, path in enumerate(names)}
    result = stages.album(folder, labels, tmp_path / "mapping", **SMALL)
    assert parts(result) == {"cluster 0": 5, "cluster 1": 5}
    rows = "".join(f"{path},{'' if label is None else label}\n" for path, label in labels.items())
    (tmp_path / "labels.csv").write_text(f"image_path,cluster\n{rows}")
    assert parts(stages.album(folder, tmp_path / "labels.csv", tmp_path / "table", **SMALL)) == parts(result)
    with pytest.raises(ConfigError, match="none of the 12 images has a label"):
        stages.album(folder, dict.fromkeys(labels, nothing), **SMALL)


def test_a_image_is_the_same_by_another_path(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    stages.index(tmp_path / "link", "index.csv")
    labels = {str(path): i % 2 for i, path in enumerate(sorted(folder.iterdir()))}
    assert parts(stages.album("index.csv", labels, **SMALL)) == {"cluster 0": 6, "cluster 1": 6}


def test_groupings_go_by_name_as_they_do_in_a_split(tmp_path):
    rng = np.random.default_rng(0)
    paths = [f"{tmp_path}/{family}/{i}.jpg" for family in "ab" for i in range(6)]
    vectors = np.repeat(np.eye(2), 6, axis=0) + rng.normal(0, 0.01, (12, 2))
    for by in ("hierarchical", "folder", "kmeans", i2s.KMeans):
        groups = stages.cluster((vectors, paths), by=by)
        assert groups.notes is not None
    assert stages.cluster((vectors, paths), by="folder").names == ("a", "b")
    relative = [path.removeprefix(f"{tmp_path}/") for path in paths]
    assert stages.cluster((vectors, relative), by="folder").names == ("a", "b")
    with pytest.raises(ConfigError, match=r"unknown clustering 'kmean'.*'kmeans'"):
        stages.cluster((vectors, paths), by="kmean")


def test_a_reduction_says_what_it_kept(caplog):
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
    assert sum(part["size"] for part in result.pieces[0].account["groups"]["parts"]) == 12


def test_labels_by_the_names_of_the_index_and_no_environment_in_the_way(folder, tmp_path, monkeypatch):
    stages.index(folder, "index.csv")
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(tmp_path / "elsewhere"))
    labels = {path.name: "ab"[i % 2] for i, path in enumerate(sorted(folder.iterdir()))}
    result = stages.album("index.csv", labels, **SMALL)
    assert {piece.account["part"] for piece in result.pieces} == {"", "a", "b"}


def test_an_embedding_goes_by_its_name(folder):
    vectors, paths = stages.embed(folder, on="look")
    assert len(vectors) == len(paths) == 12
    with pytest.raises(ConfigError, match="Did you mean 'look'"):
        stages.embed(folder, on="lok")


def test_relative_folders_and_labels_of_any_kind(folder):
    relative = Path(os.path.relpath(folder))
    stages.embed(relative, "deep/embeddings.npz")
    stages.cluster("deep/embeddings.npz", "deep/er/labels.csv", by=i2s.KMeans(2))
    result = stages.album(relative, "deep/er/labels.csv", **SMALL)
    assert {piece.account["part"] for piece in result.pieces} == {"", "cluster 0", "cluster 1"}
    names = [path.name for path in sorted(folder.iterdir())]
    labels = {name: [1.0, "cat", None][i % 3] for i, name in enumerate(names)}
    result = stages.album(relative, labels, "other", **SMALL)
    assert {piece.account["part"] for piece in result.pieces} == {"", "cluster 1", "cat"}
