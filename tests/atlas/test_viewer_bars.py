"""What stands around a map: bars, drawers, names, and what a screen reader finds."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.atlas.pages import drag, is_quiet, opened, until
from tests.report.browser import in_browser

pytestmark = in_browser


def test_a_screen_reader_finds_names_and_news(browser, map_folder):
    tab = opened(browser, map_folder / "index.html")
    tab.click("#filter")
    tab.run("atlas.panel.show(3)")
    tab.run("atlas.player.choose(0)")
    nodes = tab.send("Accessibility.getFullAXTree")["nodes"]
    roles = ("button", "combobox", "searchbox", "slider", "checkbox", "application", "image", "link")
    named = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if node.get("role")]
    controls = [(role, name) for role, name in named if role in roles]
    assert len(controls) > 25
    assert [role for role, name in controls if not name.strip()] == []
    assert (
        "application",
        "A map: map of images. Arrow keys pan, plus and minus zoom, Enter shows the image in the middle.",
    ) in named
    assert "status" in [role for role, _ in named]


def test_embedded_pages_have_few_controls(browser, map_server):
    tab = opened(browser, f"{map_server}?embed=1")
    shown = "name => getComputedStyle(document.querySelector(name)).display !== 'none'"
    assert tab.run(f"['#layouts', '.buttons', '#search', '#minimap'].map({shown})") == [True, False, False, False]
    assert is_quiet(tab)


@pytest.mark.parametrize(("width", "dark"), [(400, True), (400, False), (1200, True)])
def test_nothing_covers_the_map_but_its_bars(browser, map_folder, width, dark):
    tab = opened(browser, map_folder / "index.html", width=width, dark=dark)
    tab.run("atlas.panel.show(3)")
    until(tab, "document.querySelector('#panel img').complete")
    box = {
        name: tab.run(f"document.querySelector('{name}').getBoundingClientRect().toJSON()")
        for name in ("header", "#panel")
    }
    assert box["header"]["bottom"] <= (70 if width < 500 else 130)
    assert box["#panel"]["top"] >= box["header"]["bottom"]
    assert tab.run("document.documentElement.scrollWidth") <= width
    pixels = np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))
    paper = [20, 20, 22] if dark else [244, 242, 238]
    assert pixels[int(box["header"]["bottom"]) + 12, 20].tolist() == paper, "the paper of the map, no black box"


def test_the_bar_stays_one_row_when_images_are_filtered(browser, map_folder):
    tab = opened(browser, map_folder / "index.html", width=1200)
    height = "document.querySelector('header').offsetHeight"
    before = tab.run(height)
    tab.run("atlas.filters.toggle('tag', 'odd')")
    until(tab, "!document.querySelector('#clear').hidden")
    assert tab.run(height) == before < 60


def test_names_at_the_edge_of_the_map_are_whole(browser, map_folder):
    tab = opened(browser, map_folder / "index.html", width=390)
    name = "Object.assign(atlas.map.manifest.layouts[0], {labels: [['A long name of a cluster', -0.4, 2, 3]]})"
    tab.run(f"{name}; atlas.map.redraw()")
    until(tab, "document.querySelector('#labels span')?.textContent.startsWith('A long')")
    assert tab.run("document.querySelector('#labels span').getBoundingClientRect().left") >= 0


def test_the_drawer_of_filters_does_not_cover_the_whole_map_but_one_that_was_moved_stays(browser, map_folder):
    tab = opened(browser, map_folder / "index.html")
    edge = "document.querySelector('#filters').getBoundingClientRect().right"
    tab.click("#filter")
    until(tab, "!atlas.map.asked")
    assert tab.run(f"atlas.map.boxOf(0)[0] >= {edge} && atlas.map.camera.seesAll()")
    tab.click("#filters-close")
    drag(tab, *[(600 + 20 * i, 500) for i in range(4)])
    view = "[atlas.map.camera.x, atlas.map.camera.y, atlas.map.camera.scale]"
    before = tab.run(view)
    tab.click("#filter")
    assert tab.run(view) == before
