"""The report of groups: files, links, numbers and words that agree with each other, and any name as text."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import clustering
from imbatch2soundvisu.core import Clusters, FeatureInfo, FeatureTable, ImageRecord, Result
from imbatch2soundvisu.core.errors import MissingExtra
from imbatch2soundvisu.report import clusters
from imbatch2soundvisu.runtime import ownership
from imbatch2soundvisu.visuals import plots
from tests.conftest import photo
from tests.report.test_gallery import ATTACK, HOSTILE, Browser, _Page, files_of, in_browser, links, text_of

NAMES = ("dark ones", "bright ones")


class _NoUmap:
    def reduce(self, points: np.ndarray, seed: int) -> Any:
        raise MissingExtra("umap-learn", "maps", "UMAP()")


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A UMAP costs ten seconds to import: only one test has it."""
    if not request.node.name.startswith("test_with_umap"):
        monkeypatch.setattr(clusters, "UMAP", _NoUmap)


def table_of(folder: Path, names: list[str] | None = None) -> FeatureTable:
    paths = sorted(folder.glob("*.jpg"))
    told = names or [path.name for path in paths]
    rng, n = np.random.default_rng(0), len(paths)
    brightness = np.repeat([0.2, 0.8], [n - n // 2, n // 2]) + rng.normal(0, 0.02, n)
    vectors = np.column_stack([brightness, rng.normal(0, 0.02, (n, 3))]).astype(np.float32)
    return FeatureTable(
        tuple(ImageRecord(path, str(i), 120, 80, name=told[i]) for i, path in enumerate(paths)),
        columns={"luminance": brightness, "hue": np.full(n, np.nan)},
        vectors={"look": vectors},
        info={
            "luminance": FeatureInfo("luminance", "share", 0.0, 1.0, description="OKLab L"),
            "hue": FeatureInfo("hue", "degrees", 0.0, 360.0, True),
        },
    )


def groups_of(table: FeatureTable, noise: int = 0, names: tuple[str, ...] = NAMES) -> Clusters:
    labels = (table["luminance"] > 0.5).astype(np.intp)
    labels[:noise] = -1
    points = table.vectors["look"]
    quality = clustering.quality(points, labels, others=[labels])
    return Clusters(labels, names, "k-means, k = 2, on look", "look", points, quality, ("The elbow is at 2.",))


def pieces_of(folder: Path, table: FeatureTable, groups: Clusters) -> list[Result]:
    made = []
    for name, rows in groups:
        place = folder / f"part {len(made)}"
        place.mkdir(parents=True)
        (place / "sequence.mp4").write_bytes(b"film")
        images = [table.records[row].name for row in rows[:2]]
        account = {"plan": "families", "part": name, "images": images}
        made.append(Result(place, account, {"mp4": "sequence.mp4", "gif": "gone.gif"}))
    (folder / "tour").mkdir()
    (folder / "tour" / "sequence.mp4").write_bytes(b"film")
    return [*made, Result(folder / "tour", {"plan": "families", "part": "tour"}, {"mp4": "sequence.mp4"})]


def write(
    out: Path, table: FeatureTable, groups: Clusters, pieces: list[Result] | None = None, **more: Any
) -> dict[str, str]:
    profiles = clustering.profiles(table, groups)
    return clusters.write(out, "families", table, groups, profiles, [1, 0], pieces or [], **more)


def page(out: Path) -> str:
    return (out / "summary_report.html").read_text(encoding="utf-8")


def test_every_file_is_there_and_every_link_of_the_page_leads_somewhere(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    groups, out = groups_of(table), tmp_path / "out"
    told = write(out, table, groups, pieces_of(out, table, groups))
    assert set(told) == {"report", "report_text", "assignments", "map_pca", "silhouettes", "sizes"}
    assert all((out / name).stat().st_size > 0 for name in told.values())
    html = page(out)
    linked = {unquote(link) for link in links(html) if not link.startswith(("#", "data:", ".."))}
    assert linked == {
        *(name for kind, name in told.items() if kind != "report"),
        "part 0/sequence.mp4", "part 1/sequence.mp4", "tour/sequence.mp4",
    }  # fmt: skip
    assert all((out / name).is_file() for name in linked)
    targets = {attrs["id"] for _, attrs in _Page(html).elements if "id" in attrs}
    assert {link[1:] for link in links(html) if link.startswith("#")} <= targets
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []


def test_the_page_asks_nothing_of_any_server_and_runs_nothing(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    write(tmp_path, table, groups_of(table))
    html = page(tmp_path)
    assert not re.search(r"(https?:)?//[\w-]+\.\w|@import|url\(|<script", html)
    assert "script-src 'none'" in html


def test_same_groups_same_bytes(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    groups = groups_of(table, noise=1)
    told = [write(tmp_path / place, table, groups) for place in ("one", "two")]
    assert told[0] == told[1]
    for name in told[0].values():
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_page_and_text_tell_each_part_in_its_order_and_what_is_true_of_it(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    write(tmp_path, table, groups_of(table))
    text = (tmp_path / "summary_report.txt").read_text(encoding="utf-8")
    html = page(tmp_path)
    sections = [text_of(each) for each in re.findall(r'(?s)<section class="family".*?</section>', html)]
    blocks = re.findall(r"(?s)\d\. .*?\n(?=\n)", text)
    for head in (text_of(html), text):
        assert "The elbow is at 2." in head
        assert "k-means, k = 2, on look" in head
        assert "12 images in 2 parts" in head
    for bright, dark in (sections, blocks):
        for told, name, word in ((bright, "bright ones", "brighter"), (dark, "dark ones", "darker")):
            assert name in told
            assert word in told
            assert "6 images" in told
    luminance = table["luminance"]
    here, rest = (f"{luminance[side].mean():.3f}" for side in (luminance > 0.5, luminance < 0.5))
    assert f"luminance {here} {rest}" in sections[0]
    assert f"luminance {here} ({rest})" in blocks[0]


def test_quality_is_told_beside_chance(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    groups = groups_of(table)
    assert groups.quality is not None
    write(tmp_path, table, groups)
    told = f"Silhouette {groups.quality.silhouette:.2f}, shuffled labels "
    assert told in text_of(page(tmp_path))
    assert "no clearer than chance" not in page(tmp_path)
    assert "not that there are gaps between them" in text_of(page(tmp_path))
    assert "one even cloud beats shuffled labels too" in text_of(page(tmp_path))
    worse = dataclasses.replace(groups.quality, silhouette=groups.quality.silhouette_random)
    write(tmp_path, table, dataclasses.replace(groups, quality=worse))
    assert "no clearer than chance" in text_of(page(tmp_path))
    assert "not that there are gaps" not in text_of(page(tmp_path))


def test_the_table_tells_every_image(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    groups = groups_of(table, noise=2)
    out = tmp_path / "out"
    write(out, table, groups, pieces_of(out, table, groups))
    with open(out / "cluster_assignments.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:2] == ["image_path", "cluster"]
    assert [row["image_path"] for row in rows] == [record.name for record in table.records]
    assert [int(row["cluster_number"]) for row in rows] == groups.labels.tolist()
    assert {row["cluster"] for row in rows} == {*NAMES, "in no part"}
    for name in NAMES:
        medoids = [row for row in rows if row["cluster"] == name and row["is_medoid"] == "1"]
        assert [float(row["distance_to_medoid"]) for row in medoids] == [0.0]
        assert all(row["is_representative"] == "1" for row in medoids)
        assert sum(row["in_album"] == "1" for row in rows if row["cluster"] == name) == 2
    noise = [row for row in rows if row["cluster_number"] == "-1"]
    assert {(row["silhouette"], row["distance_to_medoid"], row["is_medoid"]) for row in noise} == {("", "", "0")}


def test_the_account_is_json_with_the_parts_in_their_order(folder: Path) -> None:
    table = table_of(folder)
    groups = dataclasses.replace(
        groups_of(table, noise=1), sweep=({"k": np.float64(2.0), "silhouette": np.float64("nan")},)
    )
    told = clusters.account(table, groups, clustering.profiles(table, groups), np.array([1, 0]))
    told = json.loads(json.dumps(told, allow_nan=False))
    assert [(part["part"], part["number"], part["order"]) for part in told["parts"]] == [
        ("bright ones", 1, 0), ("dark ones", 0, 1),
    ]  # fmt: skip
    assert [part["colour"] for part in told["parts"]] == [plots.palette(2)[1], plots.palette(2)[0]]
    assert told["noise"] == [table.records[0].name]
    assert told["sweep"] == [{"k": 2, "silhouette": None}]
    assert set(told) == {"by", "space", "notes", "quality", "sweep", "parts", "noise"}
    assert told["parts"][0]["silhouette"] > 0.5


def test_hostile_names_stay_text(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder, [*HOSTILE, *HOSTILE])
    groups = dataclasses.replace(groups_of(table, names=(ATTACK, HOSTILE[1])), by=ATTACK, notes=(ATTACK,))
    told = clusters.write(tmp_path, ATTACK, table, groups, clustering.profiles(table, groups), [0, 1])
    assert (tmp_path / told["assignments"]).stat().st_size > 0
    elements = _Page(page(tmp_path)).elements
    assert not [tag for tag, _ in elements if tag == "script"]
    assert not [attrs for _, attrs in elements if any(key.startswith("on") for key in attrs)]
    assert ATTACK not in page(tmp_path)


def test_groups_that_looked_at_no_distances_have_a_report_too(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    bare = dataclasses.replace(groups_of(table), points=None, quality=None)
    with ownership.guarding(tmp_path):
        told = write(tmp_path, table, bare)
    assert set(told) == {"report", "report_text", "assignments", "map_pca", "sizes"}
    assert "nothing is measured" in text_of(page(tmp_path))
    nothing = dataclasses.replace(table, vectors={}, columns={}, info={})
    with ownership.guarding(tmp_path):
        told = write(tmp_path, nothing, bare)
    assert set(told) == {"report", "report_text", "assignments", "sizes"}
    assert not (tmp_path / "clusters_pca.png").exists(), "the map of an earlier report must not stay"


def test_a_tree_and_a_sweep_are_drawn_where_there_are_some(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    tree = clustering.Hierarchical(2).group(table, np.random.default_rng(0)).tree
    sweep = tuple({"k": float(k), "silhouette": 0.5, "inertia": 1 / k} for k in (2, 3))
    told = write(tmp_path, table, dataclasses.replace(groups_of(table), tree=tree, sweep=sweep))
    assert {"dendrogram", "sweep"} <= set(told)
    assert "dendrogram.png" in files_of(page(tmp_path))


def test_a_image_without_a_vector_is_not_on_the_map_but_in_the_table(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    points = table.vectors["look"].copy()
    points[0] = np.nan
    groups = dataclasses.replace(groups_of(table, noise=1), points=points)
    assert "map_pca" in write(tmp_path, table, groups)
    assert table.records[0].name in (tmp_path / "cluster_assignments.csv").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_stays_small_for_sixty_parts_of_noise(tmp_path: Path) -> None:
    path = tmp_path / "noise.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)).save(path)
    n = 720
    records = tuple(ImageRecord(path, str(i), 300, 300, name=f"{i}.jpg") for i in range(n))
    labels = np.arange(n) % 60
    points = np.random.default_rng(1).normal(size=(n, 3)).astype(np.float32) + 9 * labels[:, None]
    table = FeatureTable(records, vectors={"look": points})
    groups = Clusters(labels.astype(np.intp), tuple(f"part {i}" for i in range(60)), "labels", "look", points)
    clusters.write(tmp_path, "sixty", table, groups, clustering.profiles(table, groups), range(60))
    assert (tmp_path / "summary_report.html").stat().st_size < 5_000_000
    images = [attrs for tag, attrs in _Page(page(tmp_path)).elements if tag == "img" and "data:" in attrs["src"]]
    assert len(images) >= 60 * 4
    assert all(len(attrs["src"]) > 100 and attrs["alt"] for attrs in images)


@pytest.mark.slow
def test_with_umap_there_is_a_second_map(tmp_path: Path) -> None:
    pytest.importorskip("umap")
    root = tmp_path / "images"
    root.mkdir()
    for seed in range(20):
        Image.fromarray(photo(seed)).save(root / f"{seed:02}.jpg")
    table = table_of(root)
    told = write(tmp_path, table, groups_of(table))
    assert told["map_umap"] == "clusters_umap.png"
    first = (tmp_path / "clusters_umap.png").read_bytes()
    write(tmp_path, table, groups_of(table))
    assert (tmp_path / "clusters_umap.png").read_bytes() == first


@in_browser
def test_a_phone_needs_no_sideways_scrolling(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder, ["W" * 150 + f"{i}.jpg" for i in range(12)])
    groups = groups_of(table, names=("W" * 150, "V" * 150))
    profiles = clustering.profiles(table, groups)
    spoken = [dataclasses.replace(each, phrases=(("W" * 150, 0.2),)) for each in profiles]
    clusters.write(tmp_path, "W" * 150, table, groups, spoken, [0, 1])
    browser = Browser(tmp_path / "profile")
    try:
        tab = browser.open(tmp_path / "summary_report.html", width=360)
        tab.run("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
        assert tab.run("document.documentElement.scrollWidth") <= 360
    finally:
        browser.close()
