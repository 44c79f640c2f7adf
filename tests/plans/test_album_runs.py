"""Runs of plans with clusters: what is written, kept and removed."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import CollectionError, ConfigError
from imbatch2soundvisu.plans import result_cache
from imbatch2soundvisu.runtime import files, ownership

from .coloured import COLOURS, QUICK, SMALL, paint, plan


def test_a_run_writes_a_film_for_each_cluster_and_one_report(colours):
    result = i2s.run([plan(order="luminance", tour=True, **SMALL)], root=colours)
    assert result.exit_code == 0
    report, *parts = result.results
    assert [each.entry["cluster"] for each in parts][-1] == "tour"
    assert {each.entry["cluster"] for each in parts[:-1]} == {"cluster 1", "cluster 2", "cluster 3"}
    assert all(each.path("mp4").stat().st_size for each in parts)
    words = {each["cluster"]: ", ".join(each["differences"]) for each in report.entry["clusters"]["clusters"]}
    assert {each.entry["cluster"]: each.entry["about"] for each in parts} == words | {"tour": ""}
    assert {"report", "report_text", "assignments", "map_pca", "silhouettes", "sizes"} <= set(report.files)
    described = report.entry["clusters"]
    assert {each["cluster"]: each["size"] for each in described["clusters"]} == {
        "cluster 1": 6,
        "cluster 2": 5,
        "cluster 3": 4,
    }
    with open(report.path("assignments"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 15
    manifest = json.loads((result.outputs / "run.json").read_text(encoding="utf-8"))
    assert manifest["results"][0]["clusters"]["quality"]["silhouette"] > 0.3
    text = report.path("report_text").read_text(encoding="utf-8")
    assert all(part["description"] in " ".join(text.split()) for part in described["clusters"])
    assert "report" in (result.outputs / "index.html").read_text(encoding="utf-8")


def test_the_vectors_of_a_clustering_are_saved_for_other_programs(colours):
    report = i2s.run([plan(clusters=i2s.KMeans(3, reduce=i2s.PCA(4)))], root=colours).results[0]
    with np.load(report.path("embeddings"), allow_pickle=False) as saved:
        assert saved["embeddings"].shape[0] == saved["reduced"].shape[0] == len(saved["paths"]) == 15
        assert saved["reduced"].shape[1] == 4
        assert sorted(np.bincount(saved["labels"])) == [4, 5, 6]
    vectors, paths = i2s.load_embeddings(report.path("embeddings"))
    assert vectors.shape == (15, i2s.Look().embed([np.zeros((8, 8, 3), np.uint8)]).shape[1])
    assert Path(paths[0]).is_file()


def test_a_second_run_keeps_every_cluster_and_a_new_image_changes_only_its_own(colours, monkeypatch):
    plans = [plan(clusters="folder", order="luminance")]
    i2s.run(plans, root=colours)
    again = i2s.run(plans, root=colours)
    assert all(each.kept for each in again.results)
    paint(colours / "red", "red-new", COLOURS["red"], 7)
    third = i2s.run(plans, root=colours)
    kept = {each.entry["cluster"]: each.kept for each in third.results}
    assert kept == {"": False, "red": False, "green": True, "blue": True}


def test_folders_of_former_clusters_keep_only_files_of_the_user(colours):
    outputs = i2s.run([plan(clusters=i2s.KMeans(3))], root=colours).outputs
    own = outputs / "colours" / "cluster-3" / "my notes.txt"
    own.write_text("mine")
    i2s.run([plan(clusters=i2s.KMeans(2))], root=colours)
    assert sorted(p.name for p in (outputs / "colours").iterdir() if p.is_dir()) == [
        "cluster-1", "cluster-2", "cluster-3",
    ]  # fmt: skip
    assert [p.name for p in own.parent.iterdir()] == [own.name]


def test_a_cluster_that_cannot_be_ordered_does_not_stop_the_others(colours):
    for i in range(3):
        paint(colours / "grey", f"grey-{i}", (90, 90, 90), 0)
        Image.new("RGB", (60, 40), (90 + i, 90 + i, 90 + i)).save(colours / "grey" / f"grey-{i}.png")
    result = i2s.run([plan(clusters="folder", order="hue")], root=colours)
    assert {each.entry["cluster"] for each in result.results} == {"", "red", "green", "blue"}
    assert result.exit_code == 1
    assert any("cluster 'grey'" in problem and "'hue'" in problem for problem in result.problems)
    assert {each["cluster"] for each in result.results[0].entry["clusters"]["clusters"]} == {
        "red",
        "green",
        "blue",
        "grey",
    }


def test_a_cluster_may_be_named_tour(colours):
    for i in range(2):
        paint(colours / "tour", f"tour-{i}", (200, 200, 20), i)
    result = i2s.run([plan(clusters="folder", order="luminance", tour=True)], root=colours)
    parts = [each.entry["cluster"] for each in result.results]
    assert parts.count("tour") == 1
    assert parts[-1] == "tour of all"
    assert len(result.results[-1].entry["images"]) == 17
    assert len({each.folder for each in result.results}) == len(parts)


def test_another_order_is_made_again_even_when_it_gives_the_same_sequence(tmp_path):
    root = tmp_path / "three"
    for i in range(3):
        paint(root, f"p{i}", (40 + 60 * i, 60, 60), i)
    first = i2s.run([plan("a", clusters=None, order="luminance")], root=root).results[0]
    second = i2s.run([plan("a", clusters=None, order="name")], root=root).results[0]
    assert first.entry["images"] == second.entry["images"]
    assert not second.kept
    assert second.entry["by"] == "name"


def test_a_plan_that_loses_or_gains_clusters_leaves_no_old_files(colours):
    folder = i2s.run([plan("a", clusters="folder")], root=colours).results[0].folder
    assert (folder / "red").is_dir()
    whole = i2s.run([plan("a", clusters=None)], root=colours).results[0]
    assert {path.name for path in whole.folder.iterdir()} == {*whole.files.values(), "result.json"}
    again = i2s.run([plan("a", clusters="folder")], root=colours).results[0]
    there = {path.name for path in again.folder.iterdir() if path.is_file()}
    assert there == {*again.files.values(), "result.json"}


def test_more_clusters_than_images_stops_only_that_plan(colours):
    result = i2s.run([plan("too many", clusters=i2s.KMeans(40)), plan("all", clusters=None)], root=colours)
    assert result.exit_code == 1
    assert any("there are 15" in problem for problem in result.problems)
    assert [each.entry["plan"] for each in result.results] == ["all"]


def test_stages_read_the_files_of_the_stages_before(colours, tmp_path, monkeypatch):
    from imbatch2soundvisu.cli import stages

    monkeypatch.chdir(tmp_path)
    collection = stages.index(colours)
    vectors, paths = stages.embed("index.csv")
    assert len(collection) == len(paths) == len(vectors) == 15
    reduced = stages.reduce("embeddings.npz", by=i2s.PCA(4), plot="map.png")
    assert reduced.shape == (15, 4)
    assert Path("map.png").stat().st_size > 1000
    found = stages.cluster("reduced.npz", by=i2s.KMeans(3))
    assert sorted(found.sizes) == [4, 5, 6]
    result = stages.album("index.csv", "labels.csv", order="luminance", outputs=QUICK)
    assert result.exit_code == 0
    assert {each.entry["cluster"] for each in result.results} == {"", "cluster 0", "cluster 1", "cluster 2"}
    with pytest.raises(ConfigError, match="no column"):
        stages.album("index.csv", "index.csv")
    with pytest.raises(ConfigError, match="label"):
        stages.album("index.csv", {"elsewhere.png": 1})


def test_a_report_is_made_again_when_its_clusters_or_paths_change(colours, tmp_path):
    i2s.run([plan("a", clusters="folder")], root=colours)
    shorter = i2s.run([plan("a", clusters="folder", limit=2)], root=colours).results[0]
    assert not shorter.kept
    with open(shorter.path("assignments"), newline="", encoding="utf-8") as file:
        assert sum(int(row["in_album"]) for row in csv.DictReader(file)) == 6
    moved = colours.rename(tmp_path / "moved")
    again = i2s.run([plan("a", clusters="folder", limit=2)], root=moved)
    text = again.results[0].path("report_text").read_text(encoding="utf-8")
    assert "moved" in text


def test_what_a_killed_run_left_is_removed_by_the_next(colours):
    folder = i2s.run([plan("a", clusters=i2s.KMeans(3))], root=colours).outputs / "a"
    half = folder / "cluster-9"
    with ownership.guarding(folder.parent):
        result_cache.begin(half)
        files.write_text(half / "contact-sheet.jpg", "half an album")
        result_cache.begin(folder / "cluster-3")
    i2s.run([plan("a", clusters=i2s.KMeans(2))], root=colours)
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["cluster-1", "cluster-2"]
    with ownership.guarding(folder.parent):
        result_cache.begin(folder)
    whole = i2s.run([plan("a", clusters=None)], root=colours).results[0]
    assert {path.name for path in folder.iterdir()} == {*whole.files.values(), "result.json"}


def test_an_order_that_fails_on_one_cluster_costs_that_cluster_only(colours):
    def picky(table):
        if len(table) < 5:
            raise ValueError("too few")
        return table["luminance"]

    result = i2s.run([plan("a", clusters="folder", order=picky)], root=colours)
    assert {each.entry["cluster"] for each in result.results} == {"", "red", "green"}
    assert any("ValueError: too few" in problem for problem in result.problems)


def test_an_empty_collection_is_refused(colours):
    empty = replace(i2s.discover(colours), records=())
    with pytest.raises(CollectionError, match="no usable image"):
        i2s.run([plan()], root=empty)
