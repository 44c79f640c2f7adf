"""The gallery as text: links, escaping, the collection, and any kind of result."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.report import gallery
from imbatch2soundvisu.report.file_views import result_files
from tests.report.html import Page, files_of, links, text_of
from tests.report.manifests import (
    ATTACK,
    HOSTILE,
    LUMINANCE,
    manifest_of,
    page_of,
    sequence_entry,
    unknown_entry,
    with_files,
)


def test_every_link_leads_to_a_file_and_every_file_has_a_link(tmp_path: Path) -> None:
    made = with_files(tmp_path)
    html = page_of(tmp_path, made)
    assert files_of(html) == set(made["files"].values())
    assert all((tmp_path / name).is_file() for name in files_of(html))
    targets = {attrs["id"] for _, attrs in Page(html).elements if "id" in attrs}
    assert {link[1:] for link in links(html) if link.startswith("#")} <= targets


def test_the_page_needs_no_server(tmp_path: Path) -> None:
    html = page_of(tmp_path, with_files(tmp_path))
    assert not re.search(r"(https?:)?//[\w-]+\.\w|@import|url\(|fetch\(|XMLHttpRequest", html)
    assert "connect-src 'none'" in html


def test_odd_file_names_are_percent_encoded(tmp_path: Path) -> None:
    name = '50% of #1? it\'s "é" & <b>.mid'
    (tmp_path / "my result").mkdir()
    (tmp_path / "my result" / name).write_bytes(b"x")
    html = page_of(tmp_path, sequence_entry(files={"mid": f"my result/{name}"}))
    assert files_of(html) == {f"my result/{name}"}
    assert "my%20result/50%25%20of%20%231%3F%20it%27s%20%22%C3%A9%22%20%26%20%3Cb%3E.mid" in links(html)


@pytest.mark.parametrize("path", ["gone.mp4", "../secret.mp4", "/etc/hosts", "//server/x.mp4", "javascript:alert(1)"])
def test_a_missing_file_is_a_problem_and_not_a_link(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.mp4").write_bytes(b"x")
    html = page_of(tmp_path / "outputs", sequence_entry(files={"mp4": path}))
    assert files_of(html) == set()
    assert f"{path} is missing" in text_of(html)


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    attacked = sequence_entry(
        plan=ATTACK, cluster=ATTACK, images=HOSTILE[:4], criterion_text=ATTACK, problems=[ATTACK],
        decisions=[{"why": ATTACK, ATTACK: ATTACK}] * 4, music={"summary": ATTACK, "key": ATTACK},
        driver=LUMINANCE | {"name": ATTACK, "description": ATTACK, "unit": ATTACK},
    )  # fmt: skip
    html = page_of(tmp_path, attacked, problems=[ATTACK], versions={ATTACK: ATTACK}, made=ATTACK)
    tags = [tag for tag, _ in Page(html).elements]
    assert tags.count("script") == 2
    assert not [attrs for _, attrs in Page(html).elements if any(key.startswith("on") for key in attrs)]
    assert ATTACK not in html


def test_the_embedded_json_holds_any_name(tmp_path: Path) -> None:
    html = page_of(
        tmp_path, sequence_entry(images=HOSTILE, values=[math.nan, None, 0.5, math.inf, 1.0, 0.0], starts_s=[])
    )
    raw = re.search(r'(?s)id="data">(.*?)</script>', html)
    assert raw is not None
    assert not set("<>&\u2028\u2029") & set(raw[1])
    assert json.loads(raw[1])["results"][0]["names"] == HOSTILE
    assert "\ufffd.jpg" in text_of(html)


def test_the_collection_section_shows_counts_reasons_formats_and_dates(tmp_path: Path) -> None:
    text = text_of(page_of(tmp_path))
    expected = ("holiday", "notes.jpg", "not an image", "half.jpg", "60% of its rows", "copy.jpg", "JPEG", "landscape",
            "10 × 20", "2004-01-01", "the camera (EXIF)", "luminance", "0.400")  # fmt: skip
    assert [word for word in expected if word not in text] == []
    assert "the file's name" not in text


def test_a_page_is_made_without_results_with_a_failed_one_and_of_an_empty_manifest(tmp_path: Path) -> None:
    assert "No results were made" in text_of(page_of(tmp_path))
    failed = {"plan": "calm to storm", "files": {}, "problems": ["no sound font"]}
    text = text_of(page_of(tmp_path, failed, exit_code=1, problems=["calm to storm: no sound font"]))
    assert "This result could not be made" in text
    assert "Some results could not be made" in text
    assert "A collection of images" in gallery.write(tmp_path, {}).read_text(encoding="utf-8")


def test_a_result_of_an_unknown_kind_is_shown_by_its_viewers_and_labels(tmp_path: Path) -> None:
    html = page_of(tmp_path, unknown_entry(tmp_path))
    elements = Page(html).elements
    sources = {tag: attrs["src"] for tag, attrs in elements if tag in ("video", "audio") and "src" in attrs}
    assert sources == {"video": "holo/scan.mp4", "audio": "holo/hum.wav"}
    image = next(attrs for tag, attrs in elements if tag == "a" and attrs.get("class", "").startswith("sheet"))
    assert image["href"] == "holo/view.png"
    assert "data-enlarge" in image
    text = text_of(html)
    for expected in ("One hologram of 4 images", "Depth field", "Point cloud", "Resolution 4096 dpi", "Open: Notes"):
        assert expected in text
    assert files_of(html) == set(unknown_entry(tmp_path)["files"].values())


def test_a_result_of_images_alone_shows_the_first_of_them_large(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "mosaic.png")
    html = page_of(tmp_path, {"plan": "portrait", "files": {"mosaic": "mosaic.png"}})
    assert [attrs["href"] for _, attrs in Page(html).elements if attrs.get("class") == "hero"] == ["mosaic.png"]


@pytest.mark.parametrize(
    ("name", "given", "viewer"),
    [("a.mp4", None, "video"), ("a.PNG", None, "image"), ("a.ogg", None, "audio"), ("a.html", None, "page"),
     ("a.csv", None, "table"), ("a.dzi", None, "download"), ("a.png", "download", "download"),
     ("a.csv", "hologram", "table")],
)  # fmt: skip
def test_the_viewer_is_the_one_given_or_the_one_of_the_ending(
    tmp_path: Path, name: str, given: str | None, viewer: str
) -> None:
    (tmp_path / name).write_bytes(b"x")
    entry = {"files": {"kind": name}, "viewers": {} if given is None else {"kind": given}}
    assert [view.viewer for view in result_files(tmp_path, entry).views] == [viewer]


def test_the_card_shows_the_summary_and_folds_statistics_away(tmp_path: Path) -> None:
    html = page_of(tmp_path, sequence_entry(summary="4 images by luminance", about="darker, warmer"))
    folded = "".join(re.findall(r"(?s)<details.*?</details>", html))
    visible = text_of(re.sub(r"(?s)<details.*?</details>", "", html))
    assert "4 images by luminance" in visible
    assert "Compared with the other images: darker, warmer" in visible
    assert "Spearman" in folded
    assert "Spearman" not in visible


def test_the_same_manifest_gives_the_same_page_with_a_link_to_run_json(tmp_path: Path) -> None:
    made = with_files(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    first = page_of(tmp_path, made)
    assert page_of(tmp_path, made) == first
    assert "run.json" in links(first)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_animations_and_sound_do_not_start_by_themselves(tmp_path: Path) -> None:
    elements = Page(page_of(tmp_path, with_files(tmp_path))).elements
    assert not [attrs for _, attrs in elements if "autoplay" in attrs]
    assert not [attrs for tag, attrs in elements if tag == "img" and attrs.get("src", "").endswith(".gif")]


@pytest.mark.parametrize(("count", "preload"), [(2, "metadata"), (30, "none")])
def test_of_many_videos_none_is_loaded_before_it_is_near(tmp_path: Path, count: int, preload: str) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    elements = Page(page_of(tmp_path, *[sequence_entry(files={"mp4": "a.mp4"})] * count)).elements
    assert [attrs["preload"] for tag, attrs in elements if tag == "video" and "controls" in attrs] == [preload] * count


def test_colours_have_enough_contrast() -> None:
    css = (gallery.TEMPLATES / "gallery.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in blocks)
    pairs = [("ink", "ground"), ("soft", "ground"), ("soft", "raised"), ("accent", "ground"), ("on-accent", "accent"),
             ("warn", "warn-ground"), ("ink", "warn-ground")]  # fmt: skip
    for theme in (light, dark):
        assert {pair: True for pair in pairs} == {(a, b): contrast(theme[a], theme[b]) >= 4.5 for a, b in pairs}


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two sRGB colours (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_a_feature_has_a_histogram_and_every_file_a_download(tmp_path: Path) -> None:
    entry = with_files(tmp_path)
    counts = {"counts": [1, 4, 0, 2], "min": 0.2, "median": 0.4, "max": 0.6, "undefined": 0}
    page = Page(gallery.render(tmp_path, manifest_of(entry, features=[LUMINANCE | counts])))
    heights = [float(attrs["height"]) for tag, attrs in page.elements if tag == "rect" and attrs["width"] == "0.88"]
    assert heights == [25.0, 100.0, 50.0]
    assert ("i", {"style": "left:50.0%"}) in page.elements
    links = {attrs["href"] for tag, attrs in page.elements if tag == "a" and "download" in attrs}
    assert links == set(entry["files"].values())


@pytest.mark.parametrize(("count", "filterable"), [(10, False), (11, True)])
def test_many_results_are_grouped_by_plan_and_can_be_filtered(tmp_path: Path, count: int, filterable: bool) -> None:
    album = [sequence_entry(plan="album", cluster=f"cluster {n}") for n in range(3)]
    others = [sequence_entry(plan=f"plan {n}") for n in range(count - 3)]
    text = page_of(tmp_path, *others[:2], *album, *others[2:])
    assert any("data-filter" in attrs for _, attrs in Page(text).elements) == filterable
    assert text.count('class="group"') == (3 if filterable else 1)
    assert ("<h3>album" in text) == filterable


def test_a_result_without_images_has_a_thumbnail_of_one(tmp_path: Path) -> None:
    photo = "data:image/jpeg;base64,AAAA"
    page = page_of(tmp_path, sequence_entry(thumbnail=photo), sequence_entry(thumbnail="file:///etc/passwd"))
    assert page.count(f'<img src="{photo}"') == 1
    assert "passwd" not in page
