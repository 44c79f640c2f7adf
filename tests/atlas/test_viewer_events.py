"""The page of a map in a browser with real events: mouse, wheel, touch of keys, from disk and from a server."""

from __future__ import annotations

import csv
import io
import json
import time

import numpy as np
import pytest

from imbatch2soundvisu import SequencePlan
from tests.atlas.pages import COUNT, NASTY, PHRASE, corners, drag, is_quiet, middle, mouse, opened, until
from tests.report.browser import in_browser

pytestmark = in_browser

IN_ROWS = "at[2 * a + 1] - at[2 * b + 1] || at[2 * a] - at[2 * b]"
STATE = """({
  layout: atlas.map.layout, view: ['x', 'y', 'scale'].map(name => atlas.map.camera[name].toFixed(3)),
  text: atlas.filters.text, chosen: Object.values(atlas.filters.chosen).map(set => [...set].sort()),
  ranges: JSON.stringify(atlas.filters.ranges), shown: [...atlas.filters.keep].join(''),
  selected: [...atlas.selection.images].sort((a, b) => a - b), image: atlas.panel.image,
  panel: document.querySelector('#panel h1')?.textContent, path: atlas.player.number, lit: atlas.player.lit,
  seconds: atlas.player.time.toFixed(2), drawer: document.querySelector('#filters').hidden,
  matching: document.querySelector('#matching').textContent, search: document.querySelector('#search').value,
})"""


def test_drag_and_wheel_lead_to_the_original(browser, map_address):
    tab = opened(browser, map_address)
    x, y = middle(tab, 12)
    drag(tab, (x, y), (x + 40, y + 25), (x + 80, y + 50))
    assert np.allclose(middle(tab, 12), (x + 80, y + 50), atol=2)
    for _ in range(7):
        mouse(tab, "Wheel", *middle(tab, 12), deltaX=0, deltaY=-240)
    until(tab, "atlas.map.photos.elements.get(12)?.naturalWidth === 200")
    assert tab.run("atlas.map.boxOf(12)[3]") > 500
    assert is_quiet(tab)


def test_filters_by_tag_year_and_text(browser, map_address):
    tab = opened(browser, map_address)
    tab.click("#filter")
    until(tab, "document.querySelector('.treemap button')")
    tab.click(".treemap button[title='odd: 20']")
    until(tab, "document.querySelector('#matching').textContent === '20 of 40 images'")
    tab.run("document.querySelector('.histogram').scrollIntoView({block: 'center', behavior: 'instant'})")
    handle = tab.run("document.querySelector('[aria-label=\"date, lowest\"]').getBoundingClientRect().toJSON()")
    y = handle["y"] + handle["height"] / 2
    drag(tab, (handle["x"] + 7, y), (handle["x"] + handle["width"] / 4, y), (handle["x"] + handle["width"] / 2, y))
    until(tab, "document.querySelector('#matching').textContent === '10 of 40 images'")
    tab.click("#clear")
    until(tab, "document.querySelector('#matching').textContent === '40 images'")
    tab.click("#search")
    tab.send("Input.insertText", text="blaue")
    until(tab, "document.querySelector('#matching').textContent === '10 of 40 images'")
    assert tab.run("[...atlas.filters.keep].map((each, i) => each ? i : -1).filter(i => i >= 0)") == list(
        range(0, 40, 4)
    )
    assert tab.run("[atlas.map.opacities[0], atlas.map.opacities[1] < 0.2]") == [1, True]
    assert is_quiet(tab)


def test_rectangle_and_lasso_select_and_export(browser, map_address, tmp_path):
    tab = opened(browser, map_address)
    tab.browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.click("[data-tool=rectangle]")
    first, _, last, _ = corners(tab, 9, 18)
    drag(tab, first, last)
    assert tab.run("[...atlas.selection.images].sort((a, b) => a - b)") == [9, 10, 17, 18]
    tab.click("#select-csv")
    path, end = tmp_path / "selection.csv", time.monotonic() + 10
    while not (path.exists() and path.stat().st_size) and time.monotonic() < end:
        until(tab, "true")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert [row["name"] for row in rows] == ["09.png", "10.png", "17.png", "18.png"]
    assert rows[0] == {"name": "09.png", "title": f"{NASTY} red 9", "date": "1909"}
    tab.click("[data-tool=lasso]")
    a, b, c, d = corners(tab, 27, 29)
    drag(tab, a, b, c, d, a)
    assert tab.run("[...atlas.selection.images].sort((a, b) => a - b)") == [27, 28, 29]
    tab.click("#select-plan")
    until(tab, "document.querySelector('#plan').open")
    plan = eval(tab.run("document.querySelector('#plan-text').value"), {"SequencePlan": SequencePlan})
    assert list(plan.order) == ["27.png", "28.png", "29.png"]
    assert is_quiet(tab)


@pytest.mark.parametrize("seen", ["part", "whole"])
def test_the_image_under_the_cursor_keeps_its_place_when_the_layout_changes(browser, map_folder, seen):
    tab = opened(browser, map_folder / "index.html")
    tab.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "no-preference"}])
    x, y = middle(tab, 12)
    if seen == "part":
        for _ in range(3):
            mouse(tab, "Wheel", x, y, deltaX=0, deltaY=-200)
    mouse(tab, "Moved", x, y, button="none")
    x, y = middle(tab, 12)
    tab.run("document.querySelector('#frame').focus()")
    tab.press("l")
    until(tab, "atlas.map.change?.anchor === 12 && atlas.map.time(performance.now()) > 0.1")
    if seen == "part":
        assert np.allclose(middle(tab, 12), (x, y), atol=3)
    until(tab, "!atlas.map.change")
    if seen == "part":
        assert np.allclose(middle(tab, 12), (x, y), atol=1)
    assert tab.run("atlas.map.camera.seesAll()") == (seen == "whole")
    assert is_quiet(tab)


def test_a_path_plays_with_its_sound_and_lights_the_image_that_sounds(browser, map_address):
    tab = opened(browser, map_address)
    tab.run("document.querySelector('#paths').focus()")
    tab.press("ArrowDown")
    until(tab, "atlas.player.number === 0")
    tab.click("#play")
    until(tab, "atlas.player.audio.currentTime > 1.3")
    at, lit = tab.run("[atlas.player.audio.currentTime, atlas.player.lit]")
    rows = (3, 17, 8, 30, 21, 5)
    assert lit in (rows[int(at / 0.6)], rows[max(0, int((at - 0.1) / 0.6))]), "a frame later at most"
    before = tab.run("atlas.player.audio.currentTime")
    until(tab, f"atlas.player.audio.currentTime > {before} + 0.3")
    tab.click("#play")
    assert tab.run("atlas.player.audio.paused")
    tab.click("#next")
    at, lit = tab.run("[atlas.player.audio.currentTime, atlas.player.lit]")
    assert at == pytest.approx(rows.index(lit) * 0.6, abs=0.01)
    assert is_quiet(tab)


def test_a_link_brings_the_same_state(browser, map_address):
    tab = opened(browser, map_address)
    tab.run("atlas.map.showLayout(1)")
    tab.click("#filter")
    for group, name in (("tag", NASTY), ("category", 'a "b"'), ("cluster", NASTY), ("cluster", "")):
        tab.run(f"atlas.filters.toggle({group!r}, {name!r})")
    tab.run("atlas.filters.setRange('date', [-20000, -14000])")
    tab.click("#search")
    tab.send("Input.insertText", text="red")
    until(tab, "atlas.filters.text === 'red'")
    tab.run("atlas.selection.set([2, 5, 11])")
    tab.run("atlas.panel.show(7)")
    tab.run("atlas.player.choose(0); atlas.player.seek(1.25)")
    tab.run("atlas.map.camera.set({x: 3.5, y: 1.25, scale: 61.5}); atlas.map.emit('view')")
    until(tab, "decodeURIComponent(location.hash).includes('61.5') && location.hash.includes('image=7')")
    until(tab, "atlas.player.audio.readyState > 0 && !atlas.player.audio.seeking")
    before, link = tab.run(STATE), tab.run("location.href")
    again = opened(browser, link)
    until(again, "atlas.player.audio.readyState > 0 && !atlas.player.audio.seeking")
    assert again.run(STATE) == before
    assert is_quiet(again)


@pytest.mark.parametrize("hash", ["layout=-1", "layout=1.5&image=-2", "range=gone:0:1", "select=-1,x,2.5,3&path=0.5"])
def test_a_link_of_another_map_opens_what_is_there(browser, map_folder, hash):
    tab = opened(browser, f"{(map_folder / 'index.html').as_uri()}#{hash}")
    assert tab.run("[...atlas.filters.keep].every(Boolean) && atlas.map.layout === 0")
    assert tab.run("[...atlas.selection.images].every(image => image === 3)")
    assert is_quiet(tab)


def test_the_keyboard_is_enough(browser, map_folder):
    tab = opened(browser, map_folder / "index.html")
    tab.run("document.querySelector('#frame').focus()")
    x, scale = tab.run("[atlas.map.camera.x, atlas.map.camera.scale]")
    tab.press("+")
    tab.press("ArrowRight")
    assert tab.run(f"[atlas.map.camera.x > {x}, atlas.map.camera.scale > {scale}]") == [True, True]
    tab.press("Enter")
    until(tab, "!document.querySelector('#panel').hidden")
    assert tab.run("document.querySelector('#status').textContent") == tab.run(
        "document.querySelector('#panel h1').textContent"
    )
    tab.press("Escape")
    assert tab.run("document.querySelector('#panel').hidden")
    tab.press("/")
    assert tab.run("document.activeElement.id") == "search"
    seen = []
    for _ in range(8):
        tab.press("Tab")
        seen.append(tab.run("document.activeElement.id || document.activeElement.dataset.tool"))
    assert {"filter", "rectangle", "lasso", "random", "whole"} <= set(seen)


def test_images_are_filtered_and_sorted_by_their_similarity_to_a_phrase(browser, map_folder):
    tab = opened(browser, map_folder / "index.html")
    tab.click("#filter")
    until(tab, "document.querySelector('[aria-label=phrase]')")
    assert tab.run("document.querySelector('[aria-label=phrase]').selectedOptions[0].text") == PHRASE.removeprefix(
        "like "
    )
    assert tab.run("[...document.querySelector('[aria-label=feature]').options].map(each => each.text)") == [
        "luminance"
    ]
    tab.click("section:has([aria-label=phrase]) .sorting button")
    until(tab, f"atlas.map.manifest.layouts[atlas.map.layout].orderedBy === {json.dumps(PHRASE)}")
    rows = tab.run(f"(at => [...Array({COUNT}).keys()].sort((a, b) => {IN_ROWS}))(atlas.map.at.points)")
    similarity = {i: -1 if i == 4 else i * 7 % COUNT for i in range(COUNT)}
    assert rows == sorted(range(COUNT), key=lambda i: -similarity[i]), "the image without a value is the last"
    tab.run(f"atlas.filters.setRange({json.dumps(PHRASE)}, [0.5, 1])")
    until(tab, "document.querySelector('#matching').textContent === '19 of 40 images'")
    until(tab, "location.hash.includes('order=') && location.hash.includes('range=')")
    before, link = tab.run(STATE), tab.run("location.href")
    again = opened(browser, link)
    assert again.run(STATE) == before
    assert again.run("document.querySelector('#layouts').selectedOptions[0].text") == f"by {PHRASE}"
    assert is_quiet(again)
