"""The page of a mosaic in a browser, with real events."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.mosaic.page import write_page
from tests.conftest import photo
from tests.report.browser import in_browser

pytestmark = in_browser
BAD = "<img src=x onerror=document.title=1>&.png"
TARGET = photo(99, 90, 70)


@pytest.fixture(scope="module")
def mosaics(tmp_path_factory):
    """A page of rectangles and one of hexagons, with the mosaics that they show."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "photos").mkdir()
    for seed in range(12):
        Image.fromarray(photo(seed)).save(folder / "photos" / (BAD if seed == 3 else f"{seed:02}.png"))
    made = {}
    for tiling in ("grid", "hexagon"):
        made[tiling] = i2s.mosaic(TARGET, folder / "photos", tile=(10, 10), tiling=tiling, best_k=6, seed=1)
        write_page(folder / tiling, made[tiling], 12, title="A mosaic")
    return folder, made


@pytest.fixture
def page(browser, mosaics):
    return browser.open(mosaics[0] / "grid/index.html")


def name_at(tab, x, y):
    """The name that the card shows after the mouse is there."""
    tab.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    return tab.run("document.getElementById('card').hidden ? null : document.getElementById('name').textContent")


def centre(tab, cell):
    """Where the middle of a cell is on the screen."""
    return tab.run(
        f"(([x, y, w, h], view, box) => [box.left + (x + w / 2 - view.x) * view.scale,"
        f" box.top + (y + h / 2 - view.y) * view.scale])"
        f"(viewer.cells.box({cell}), viewer.view, viewer.canvas.getBoundingClientRect())"
    )


def place(tab):
    return tab.run("[viewer.view.scale, viewer.view.x, viewer.view.y]")


def click(tab, x, y):
    for kind in ("mousePressed", "mouseReleased"):
        tab.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, x=x, y=y)


def drawn(tab):
    """Wait until every tile of the pyramid that is asked for is drawn."""
    tab.run(
        "new Promise(done => { const look = () => [...viewer.pyramid.images.values()].every(each => each.ready)"
        " && !viewer.waiting ? done() : requestAnimationFrame(look); requestAnimationFrame(look); })"
    )


@pytest.mark.parametrize("tiling", ["grid", "hexagon"])
def test_each_tile_shows_its_name(browser, mosaics, tiling):
    folder, made = mosaics
    tab, made = browser.open(folder / tiling / "index.html"), made[tiling]
    for cell in range(0, len(made.cells), 7):
        left, top, width, height = made.cells.boxes[cell].tolist()
        if left >= 0 and top >= 0 and left + width <= 90 and top + height <= 70:
            assert name_at(tab, *centre(tab, cell)) == made.codebook.records[made.chosen[cell]].name
    assert tab.complaints() == []
    assert tab.run("document.title") == "A mosaic"


def test_the_mosaic_is_drawn(page, mosaics):
    drawn(page)
    expected = mosaics[1]["grid"].pixels(1)
    shown = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    scale, x, y = place(page)
    box = page.run("viewer.canvas.getBoundingClientRect().toJSON()")
    x0, y0 = box["left"] - x * scale, box["top"] - y * scale
    part = Image.fromarray(shown).crop((round(x0), round(y0), round(x0 + 1080 * scale), round(y0 + 840 * scale)))
    small = np.asarray(part.resize((90, 70), Image.Resampling.BOX)).astype(int)
    assert np.abs(small - expected).mean() < 8


def test_wheel_drag_and_keys(page):
    start = place(page)
    page.send("Input.dispatchMouseEvent", type="mouseWheel", x=600, y=400, deltaX=0, deltaY=-240)
    zoomed = place(page)
    assert zoomed[0] > 1.5 * start[0]
    for kind, x, y in (
        ("mousePressed", 600, 400),
        ("mouseMoved", 650, 430),
        ("mouseMoved", 700, 460),
        ("mouseReleased", 700, 460),
    ):
        page.send("Input.dispatchMouseEvent", type=kind, button="left", buttons=1, clickCount=1, x=x, y=y)
    moved = place(page)
    assert moved[0] == zoomed[0]
    assert moved[1] == pytest.approx(zoomed[1] - 100 / zoomed[0], abs=1)
    assert moved[2] == pytest.approx(zoomed[2] - 60 / zoomed[0], abs=1)
    assert page.run("document.getElementById('card').hidden || !document.querySelector('.card.pinned')")
    page.press("+")
    assert place(page)[0] == pytest.approx(1.6 * zoomed[0])
    page.press("ArrowRight")
    assert place(page)[1] > moved[1]
    page.press("0")
    assert place(page) == pytest.approx(start)
    page.click("#in")
    assert place(page)[0] == pytest.approx(2 * start[0])
    page.click("#whole")
    assert place(page) == pytest.approx(start)
    assert page.complaints() == []


def test_a_click_keeps_the_photo(page, mosaics):
    made = mosaics[1]["grid"]
    x, y = centre(page, 20)
    click(page, x, y)
    name = made.codebook.records[made.chosen[20]].name
    other = next(cell for cell in range(21, len(made.cells)) if made.chosen[cell] != made.chosen[20])
    assert name_at(page, *centre(page, other)) == name
    assert (
        page.run("document.querySelector('#photo').decode().then(() => document.querySelector('#photo').naturalWidth)")
        == 120
    )
    count = int(np.count_nonzero(made.chosen == made.chosen[20]))
    if count > 1:
        assert page.run("document.getElementById('uses').textContent") == f"Show all {count} uses"
        page.click("#uses")
        assert page.run("viewer.marked.length") == count
    page.press("Escape")
    assert page.run("document.getElementById('card').hidden")
    assert page.run("viewer.marked") is None


def test_a_photo_is_found_by_its_name(page, mosaics):
    made = mosaics[1]["grid"]
    page.click("#find")
    for letter in "03.p"[:2]:
        page.press(letter)
    names = {record.name for record in made.codebook.records}
    assert "03.png" not in names
    assert page.run("document.getElementById('found').textContent") == "No photo has this name"
    page.press("Escape")
    page.run("document.getElementById('find').value = ''")
    page.press("1")
    shown = [made.codebook.records[tile].name for tile in made.chosen.tolist()]
    assert page.run("viewer.marked.length") == sum("1" in name for name in shown)


def test_the_keyboard_shows_the_photo_in_the_middle(page, mosaics):
    page.run("document.getElementById('mosaic').focus()")
    page.send("Input.dispatchKeyEvent", type="keyDown", key="Enter", windowsVirtualKeyCode=13, text="\r")
    made = mosaics[1]["grid"]
    assert page.run("document.querySelector('.card.pinned #name').textContent") in {
        r.name for r in made.codebook.records
    }


def test_fingers(browser, mosaics):
    tab = browser.open(mosaics[0] / "grid/index.html", width=390, dark=True)
    start = place(tab)
    assert tab.run("document.documentElement.scrollWidth") <= 390

    def touch(kind, *points):
        tab.send(
            "Input.dispatchTouchEvent",
            type=kind,
            touchPoints=[{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)],
        )

    touch("touchStart", (150, 400), (250, 400))
    touch("touchMove", (100, 400), (300, 400))
    touch("touchMove", (50, 400), (350, 400))
    touch("touchEnd")
    assert place(tab)[0] == pytest.approx(3 * start[0], rel=0.05)
    tab.press("0")
    x, y = centre(tab, 44)
    touch("touchStart", (x, y))
    touch("touchEnd")
    made = mosaics[1]["grid"]
    assert (
        tab.run("document.querySelector('.card.pinned #name').textContent")
        == made.codebook.records[made.chosen[44]].name
    )
    assert centre(tab, 44)[1] < tab.run("document.getElementById('card').getBoundingClientRect().top")
    assert tab.complaints() == []


@pytest.mark.parametrize("tiling", ["grid", "hexagon"])
def test_what_is_not_marked_is_dark(browser, mosaics, tiling):
    tab = browser.open(mosaics[0] / tiling / "index.html")
    drawn(tab)
    before = np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB")).astype(float)
    tab.run("viewer.find('05')")
    drawn(tab)
    after = np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB")).astype(float)
    made = mosaics[1][tiling]
    names = [made.codebook.records[tile].name for tile in made.chosen.tolist()]
    for cell in range(len(made.cells)):
        x, y = (round(each) for each in centre(tab, cell))
        left, top, width, height = made.cells.boxes[cell].tolist()
        if left >= 0 and top >= 5 and left + width <= 90 and top + height <= 70:
            one, other = (each[y - 3 : y + 3, x - 3 : x + 3].mean() for each in (before, after))
            assert other == pytest.approx(one if names[cell] == "05.png" else one * 0.34, abs=3)
