"""A page that shows images from where they are, instead of copies."""

from __future__ import annotations

import json
import shutil

import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from tests.conftest import photo
from tests.report.browser import Browser, in_browser

NAMES = ("a #1 50%.png", "b.jpg", "c.tif", "d.webp", "e.gif", "f.bmp")


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "album" / "images"
    root.mkdir(parents=True)
    for i, name in enumerate(NAMES):
        Image.fromarray(photo(i, 300, 200)).save(root / name)
    return root


def run(root, **options):
    plan = i2s.AtlasPlan(
        "map", on="look", layouts=["pca"], grid=False, clusters=None, outputs=[i2s.AtlasPage(**options)]
    )
    made = i2s.run([plan], root=root, outputs=root.parent / "outputs", cache=root.parents[1] / "cache")
    assert made.problems == ()
    return made.results[0]


def addresses(result):
    text = (result.folder / "map" / "data" / "originals.js").read_text(encoding="ascii")
    return json.loads(text.partition(",")[2].rpartition(")")[0])


def copies(result):
    return sorted(path.name for path in (result.folder / "map" / "data" / "images").rglob("*.jpg"))


def test_only_formats_that_browsers_do_not_show_are_copied(root):
    copied = run(root)
    assert len(copies(copied)) == len(NAMES)
    linked = run(root, originals="link")
    assert not linked.kept
    names = ("a%20%231%2050%25.png", "b.jpg", "", "d.webp", "", "f.bmp")
    assert addresses(linked) == [name and f"../../../images/{name}" for name in names]
    assert copies(linked) == ["2.jpg", "4.jpg"]
    again = run(root, originals="link")
    assert again.kept


def test_a_changed_image_is_seen_in_the_sheets_of_a_linked_map(root):
    sheet = run(root, originals="link").folder / "map" / "data" / "sheet-64-0.js"
    before = sheet.read_bytes()
    Image.fromarray(photo(77, 300, 200)).save(root / "b.jpg")
    assert run(root, originals="link").folder == sheet.parents[2]
    assert sheet.read_bytes() != before


def test_moved_images_are_linked_again(root):
    first = run(root, originals="link")
    moved = root.with_name("moved")
    shutil.move(root, moved)
    second = run(moved, originals="link")
    assert (first.folder, second.kept) == (second.folder, False)
    assert addresses(second)[1] == "../../../moved/b.jpg"


def test_another_word_is_refused():
    with pytest.raises(ConfigError, match="link"):
        i2s.AtlasPlan("map", outputs=[i2s.AtlasPage(originals="linked")]).check()


@in_browser
def test_the_page_shows_the_file_itself_also_after_both_were_moved_together(root, tmp_path):
    result = run(root, originals="link")
    shutil.move(root.parent, tmp_path / "other place")
    page = tmp_path / "other place" / result.folder.relative_to(root.parent) / "map" / "index.html"
    browser = Browser(tmp_path / "profile")
    try:
        tab = browser.open(page)
        loaded = """new Promise(async done => {
          while (!globalThis.atlas?.isReady) await new Promise(next => setTimeout(next, 10));
          const found = [];
          for (let i = 0; i < 6; i += 1) {
            await atlas.panel.show(i);
            const image = document.querySelector('#panel img');
            await image.decode();
            found.push([image.naturalWidth, image.src.split('/').at(-1)]);
          }
          done(found);
        })"""
        found = tab.run(loaded)
        assert [width for width, _ in found] == [300] * 6
        assert [name for _, name in found] == ["a%20%231%2050%25.png", "b.jpg", "2.jpg", "d.webp", "4.jpg", "f.bmp"]
        assert tab.complaints() == []
    finally:
        browser.close()
