"""The report of a clustering: files, links, numbers and text that agree with each other, and any name as text."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image
from scipy.cluster.hierarchy import linkage

from imbatch2soundvisu import clustering
from imbatch2soundvisu.core import Clusters, FeatureInfo, FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import MissingExtra
from imbatch2soundvisu.report.clusters import REPORT_FILES, ClusterReportData, report_data, write_cluster_report
from imbatch2soundvisu.report.file_views import VIEWERS
from imbatch2soundvisu.visuals import plots
from tests.conftest import photo
from tests.report.browser import Browser, in_browser
from tests.report.html import Page, files_of, links, text_of
from tests.report.manifests import ATTACK, HOSTILE

NAMES = ("dark ones", "bright ones")


@dataclass(frozen=True)
class Made:
    """A result as far as a report needs it."""

    folder: Path
    entry: Mapping[str, Any]
    files: Mapping[str, str]
    kept: bool = False
    problems: tuple[str, ...] = field(default=())


def table_of(folder: Path, names: list[str] | None = None) -> FeatureTable:
    paths = sorted(folder.glob("*.jpg"))
    names = names or [path.name for path in paths]
    rng, n = np.random.default_rng(0), len(paths)
    brightness = np.repeat([0.2, 0.8], [n - n // 2, n // 2]) + rng.normal(0, 0.02, n)
    vectors = np.column_stack([brightness, rng.normal(0, 0.02, (n, 3))]).astype(np.float32)
    return FeatureTable(
        tuple(ImageRecord(path, str(i), 120, 80, name=names[i]) for i, path in enumerate(paths)),
        columns={"luminance": brightness, "hue": np.full(n, np.nan)},
        vectors={"look": vectors},
        info={
            "luminance": FeatureInfo("luminance", "share", 0.0, 1.0, description="OKLab L"),
            "hue": FeatureInfo("hue", "degrees", 0.0, 360.0, True),
        },
    )


def clusters_of(table: FeatureTable, noise: int = 0, names: tuple[str, ...] = NAMES) -> Clusters:
    labels = (table["luminance"] > 0.5).astype(np.intp)
    labels[:noise] = -1
    points = table.vectors["look"]
    quality = clustering.quality(points, labels, others=[labels])
    return Clusters(labels, names, "k-means, k = 2, on look", "look", points, quality, ("The elbow is at 2.",))


def results_of(folder: Path, table: FeatureTable, clusters: Clusters) -> list[Made]:
    made = []
    for name, rows in clusters:
        place = folder / f"cluster {len(made)}"
        place.mkdir(parents=True)
        (place / "sequence.mp4").write_bytes(b"video")
        images = [table.records[row].name for row in rows[:2]]
        entry = {"plan": "two", "cluster": name, "images": images}
        made.append(Made(place, entry, {"mp4": "sequence.mp4", "gif": "gone.gif"}))
    (folder / "tour").mkdir()
    (folder / "tour" / "sequence.mp4").write_bytes(b"video")
    return [*made, Made(folder / "tour", {"plan": "two", "cluster": "tour"}, {"mp4": "sequence.mp4"})]


def content_of(
    table: FeatureTable, clusters: Clusters, results: list[Made] | None = None, **changes: Any
) -> ClusterReportData:
    profiles = clustering.profiles(table, clusters)
    content = ClusterReportData("two", table, clusters, profiles, [1, 0], results or [])
    return dataclasses.replace(content, **changes)


def write(
    out: Path, table: FeatureTable, clusters: Clusters, results: list[Made] | None = None, **changes: Any
) -> dict[str, str]:
    return write_cluster_report(out, content_of(table, clusters, results, **changes))


def page(out: Path) -> str:
    return (out / "summary_report.html").read_text(encoding="utf-8")


def test_every_file_is_written_and_every_link_of_the_page_leads_to_one(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    clusters, out = clusters_of(table), tmp_path / "out"
    made = write(out, table, clusters, results_of(out, table, clusters))
    assert set(made) == {"report", "report_text", "assignments", "map_pca", "silhouettes", "sizes"}
    assert all((out / name).stat().st_size > 0 for name in made.values())
    html = page(out)
    linked = {unquote(link) for link in links(html) if not link.startswith(("#", "data:", ".."))}
    assert linked == {
        *(name for kind, name in made.items() if kind != "report"),
        "cluster 0/sequence.mp4", "cluster 1/sequence.mp4", "tour/sequence.mp4",
    }  # fmt: skip
    assert all((out / name).is_file() for name in linked)
    targets = {attrs["id"] for _, attrs in Page(html).elements if "id" in attrs}
    assert {link[1:] for link in links(html) if link.startswith("#")} <= targets
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []


def test_a_missing_umap_learn_leaves_out_its_map(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def reduce(self, points: np.ndarray, seed: int) -> Any:
            raise MissingExtra("umap-learn", "maps", "UMAP()")

    monkeypatch.setattr(clustering, "UMAP", Missing)
    table = table_of(folder)
    made = write_cluster_report(tmp_path, content_of(table, clusters_of(table)), umap_seed=0)
    assert "map_pca" in made
    assert "map_umap" not in made


def test_every_file_of_the_report_has_a_label_and_a_viewer() -> None:
    assert all(file.label and file.viewer in VIEWERS for file in REPORT_FILES.values())


def test_the_page_needs_no_server_and_no_script(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    write(tmp_path, table, clusters_of(table))
    html = page(tmp_path)
    assert not re.search(r"(https?:)?//[\w-]+\.\w|@import|url\(|<script", html)
    assert "script-src 'none'" in html


def test_the_same_clusters_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    clusters = clusters_of(table, noise=1)
    made = [write(tmp_path / place, table, clusters) for place in ("one", "two")]
    assert made[0] == made[1]
    for name in made[0].values():
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_page_and_text_describe_each_cluster_in_the_order_of_the_route(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    write(tmp_path, table, clusters_of(table))
    text = (tmp_path / "summary_report.txt").read_text(encoding="utf-8")
    html = page(tmp_path)
    sections = [text_of(each) for each in re.findall(r'(?s)<section class="cluster".*?</section>', html)]
    blocks = re.findall(r"(?s)\d\. .*?\n(?=\n)", text)
    for head in (text_of(html), text):
        assert "The elbow is at 2." in head
        assert "k-means, k = 2, on look" in head
        assert "12 images in 2 clusters" in head
    for bright, dark in (sections, blocks):
        for text_block, name, word in ((bright, "bright ones", "brighter"), (dark, "dark ones", "darker")):
            assert name in text_block
            assert word in text_block
            assert "6 images" in text_block
    luminance = table["luminance"]
    here, rest = (f"{luminance[side].mean():.3f}" for side in (luminance > 0.5, luminance < 0.5))
    assert f"luminance {here} {rest}" in sections[0]
    assert f"luminance {here} ({rest})" in blocks[0]


def test_the_verdict_compares_the_clusters_with_shuffled_labels(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    clusters = clusters_of(table)
    assert clusters.quality is not None
    write(tmp_path, table, clusters)
    text = text_of(page(tmp_path))
    assert "This does not mean that there are gaps between the clusters." in text
    assert "no clearer than a random assignment" not in text
    assert f"Silhouette {clusters.quality.silhouette:.2f}" in text, "in the table of measures"
    worse = dataclasses.replace(clusters.quality, silhouette=clusters.quality.silhouette_random)
    write(tmp_path, table, dataclasses.replace(clusters, quality=worse))
    assert "no clearer than a random assignment" in text_of(page(tmp_path))
    assert "gaps between the clusters" not in text_of(page(tmp_path))


def test_statistics_are_below_the_clusters_or_folded_away(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    write(tmp_path, table, clusters_of(table))
    above = page(tmp_path).split('id="quality"')[0]
    visible = text_of(re.sub(r"(?s)<details.*?</details>", "", above)).lower()
    assert "silhouette" not in visible
    assert "variance" not in visible.replace("of the variance", "")


def test_the_assignments_have_a_row_for_every_image(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    clusters = clusters_of(table, noise=2)
    out = tmp_path / "out"
    write(out, table, clusters, results_of(out, table, clusters))
    with open(out / "cluster_assignments.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:2] == ["image_path", "cluster"]
    assert [row["image_path"] for row in rows] == [record.name for record in table.records]
    assert [int(row["cluster_number"]) for row in rows] == clusters.labels.tolist()
    assert {row["cluster"] for row in rows} == {*NAMES, "in no cluster"}
    for name in NAMES:
        medoids = [row for row in rows if row["cluster"] == name and row["is_medoid"] == "1"]
        assert [float(row["distance_to_medoid"]) for row in medoids] == [0.0]
        assert all(row["is_representative"] == "1" for row in medoids)
        assert sum(row["in_album"] == "1" for row in rows if row["cluster"] == name) == 2
    noise = [row for row in rows if row["cluster_number"] == "-1"]
    assert {(row["silhouette"], row["distance_to_medoid"], row["is_medoid"]) for row in noise} == {("", "", "0")}


def test_report_data_is_json_with_the_clusters_in_the_order_of_the_route(folder: Path) -> None:
    table = table_of(folder)
    sweep = ({"k": np.float64(2.0), "silhouette": np.float64("nan")},)
    clusters = dataclasses.replace(clusters_of(table, noise=1), sweep=sweep)
    data = json.loads(json.dumps(report_data(content_of(table, clusters)), allow_nan=False))
    assert set(data) == {"by", "space", "notes", "quality", "sweep", "clusters", "noise"}
    assert [(each["cluster"], each["number"], each["position"]) for each in data["clusters"]] == [
        ("bright ones", 1, 0), ("dark ones", 0, 1),
    ]  # fmt: skip
    assert [each["colour"] for each in data["clusters"]] == [plots.palette(2)[1], plots.palette(2)[0]]
    assert data["clusters"][0]["description"] == ", ".join(data["clusters"][0]["differences"])
    assert "brighter" in data["clusters"][0]["differences"]
    assert data["clusters"][0]["silhouette"] > 0.5
    assert data["noise"] == [table.records[0].name]
    assert data["sweep"] == [{"k": 2, "silhouette": None}]


def test_clusters_that_the_route_leaves_out_come_last(folder: Path) -> None:
    table = table_of(folder)
    content = content_of(table, clusters_of(table, noise=1), route=[1])
    assert [(each.name, each.position) for each in content.summaries] == [
        ("bright ones", 0), ("dark ones", None), ("in no cluster", None),
    ]  # fmt: skip


def test_hostile_names_are_escaped(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder, [*HOSTILE, *HOSTILE])
    clusters = dataclasses.replace(clusters_of(table, names=(ATTACK, HOSTILE[1])), by=ATTACK, notes=(ATTACK,))
    made = write(tmp_path, table, clusters, plan_name=ATTACK)
    assert (tmp_path / made["assignments"]).stat().st_size > 0
    elements = Page(page(tmp_path)).elements
    assert not [tag for tag, _ in elements if tag == "script"]
    assert not [attrs for _, attrs in elements if any(key.startswith("on") for key in attrs)]
    assert ATTACK not in page(tmp_path)


def test_a_clustering_without_distances_has_a_report_without_measures(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    bare = dataclasses.replace(clusters_of(table), points=None, quality=None)
    made = write(tmp_path, table, bare)
    assert set(made) == {"report", "report_text", "assignments", "map_pca", "sizes"}
    assert "there are no measures" in text_of(page(tmp_path))
    nothing = dataclasses.replace(table, vectors={}, columns={}, info={})
    made = write(tmp_path, nothing, bare)
    assert set(made) == {"report", "report_text", "assignments", "sizes"}
    assert "clusters_pca.png" not in links(page(tmp_path)), "an earlier map is not of these clusters"


def test_a_tree_and_a_sweep_are_plotted(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    tree = linkage(table.vectors["look"], "average")
    sweep = tuple({"k": float(k), "silhouette": 0.5, "inertia": 1 / k} for k in (2, 3))
    made = write(tmp_path, table, dataclasses.replace(clusters_of(table), tree=tree, sweep=sweep))
    assert {"dendrogram", "sweep"} <= set(made)
    assert "dendrogram.png" in files_of(page(tmp_path))


def test_an_image_without_a_vector_is_not_on_the_map_but_in_the_table(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    points = table.vectors["look"].copy()
    points[0] = np.nan
    clusters = dataclasses.replace(clusters_of(table, noise=1), points=points)
    assert "map_pca" in write(tmp_path, table, clusters)
    assert table.records[0].name in (tmp_path / "cluster_assignments.csv").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_stays_small_for_sixty_clusters_of_noise(tmp_path: Path) -> None:
    path = tmp_path / "noise.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)).save(path)
    n = 720
    records = tuple(ImageRecord(path, str(i), 300, 300, name=f"{i}.jpg") for i in range(n))
    labels = np.arange(n) % 60
    points = np.random.default_rng(1).normal(size=(n, 3)).astype(np.float32) + 9 * labels[:, None]
    table = FeatureTable(records, vectors={"look": points})
    clusters = Clusters(labels.astype(np.intp), tuple(f"cluster {i}" for i in range(60)), "labels", "look", points)
    write(tmp_path, table, clusters, route=range(60))
    assert (tmp_path / "summary_report.html").stat().st_size < 5_000_000
    images = [attrs for tag, attrs in Page(page(tmp_path)).elements if tag == "img" and "data:" in attrs["src"]]
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
    content = content_of(table, clusters_of(table))
    made = write_cluster_report(tmp_path, content, umap_seed=0)
    assert made["map_umap"] == "clusters_umap.png"
    first = (tmp_path / "clusters_umap.png").read_bytes()
    write_cluster_report(tmp_path, content, umap_seed=0)
    assert (tmp_path / "clusters_umap.png").read_bytes() == first


@in_browser
def test_a_phone_needs_no_sideways_scrolling(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder, ["W" * 150 + f"{i}.jpg" for i in range(12)])
    clusters = clusters_of(table, names=("W" * 150, "V" * 150))
    profiles = clustering.profiles(table, clusters)
    named = [dataclasses.replace(each, phrases=(("W" * 150, 0.2),)) for each in profiles]
    write(tmp_path, table, clusters, plan_name="W" * 150, profiles=named)
    browser = Browser(tmp_path / "profile")
    try:
        tab = browser.open(tmp_path / "summary_report.html", width=360)
        tab.run("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
        assert tab.run("document.documentElement.scrollWidth") <= 360
    finally:
        browser.close()
