"""The overview of a cluster report in the gallery."""

from __future__ import annotations

import math
import re
from pathlib import Path

from PIL import Image

from tests.report.html import Page, text_of
from tests.report.manifests import ATTACK, cluster_entry, page_of, sequence_entry


def test_clusters_have_an_overview_with_links_to_the_results_of_the_clusters(tmp_path: Path) -> None:
    Image.new("RGB", (80, 60)).save(tmp_path / "clusters_pca.png")
    Image.new("RGB", (80, 60)).save(tmp_path / "sizes.png")
    (tmp_path / "summary_report.html").write_text("report")
    entry = cluster_entry(
        files={"report": "summary_report.html", "sizes": "sizes.png", "map_pca": "clusters_pca.png", "gone": "gone.csv"}
    )
    elsewhere = sequence_entry(plan="other", cluster="bright")
    html = page_of(tmp_path, elsewhere, entry, sequence_entry(plan="clusters", cluster="dark"))
    text = text_of(html)
    assert "5 images in 2 clusters by k-means, k = 2, on look" in text
    assert "Silhouette 0.21 (shuffled labels −0.03)" in text
    assert "The elbow is at 2." in text
    assert "Open: Cluster report" in text
    assert "gone.csv is missing" in text
    rows = re.findall(r'(?s)<(a|div) class="contents-row"( href="#result-3")?>(.*?)</\1>', html)
    assert [text_of(row).split() for _, _, row in rows] == [
        ["dark", "3", "images", "darker,", "warmer"],
        ["bright", "1", "image", "brighter"],
        ["in", "no", "cluster", "1", "image"],
    ]
    assert [bool(link) for _, link, _ in rows] == [True, False, False]
    heroes = [attrs["href"] for _, attrs in Page(html).elements if attrs.get("class") == "hero"]
    assert heroes == ["clusters_pca.png"]
    swatches = [
        attrs["style"] for _, attrs in Page(html).elements if attrs.get("class") == "swatch" and "style" in attrs
    ]
    assert swatches == ["background:#123456", "background:#abcdef", "background:#123456"]
    assert "x.jpg" not in text


def test_an_overview_is_made_of_incomplete_and_of_hostile_data(tmp_path: Path) -> None:
    empty = text_of(page_of(tmp_path, cluster_entry(clusters={"by": "folder"})))
    assert "0 images in 0 clusters by folder" in empty
    rows = [{"cluster": ATTACK, "description": ATTACK, "colour": "red;background:url(x)", "size": None}, {}]
    clusters = {"by": ATTACK, "notes": [ATTACK], "quality": {"silhouette": math.nan}, "clusters": rows}
    html = page_of(tmp_path, cluster_entry(clusters=clusters), sequence_entry(plan="clusters", cluster=ATTACK))
    assert ATTACK not in html
    assert "url(" not in html
    assert [tag for tag, _ in Page(html).elements].count("script") == 2
