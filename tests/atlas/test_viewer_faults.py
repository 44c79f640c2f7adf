"""What newcomers stumbled over in the page of a map: each of it with real events in a browser."""

from __future__ import annotations

import io
import shutil

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import SequencePlan
from imbatch2soundvisu.atlas.data import AtlasData, Metadata
from imbatch2soundvisu.atlas.layouts import Layout
from imbatch2soundvisu.atlas.viewer import MapPath, write_viewer
from imbatch2soundvisu.core import FeatureInfo, FeatureTable, ImageRecord
from tests.atlas.pages import corners, drag, is_quiet, middle, mouse, opened, until
from tests.report.browser import in_browser

pytestmark = in_browser

COUNT = 24
NOTE = "6 of 24 images have no date and are not shown in this layout"
PHONE = {"width": 390}
RED = [200, 30, 30]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A map of 24 landscape images, red ones without a date, and a silent path."""
    root, out = tmp_path_factory.mktemp("images"), tmp_path_factory.mktemp("viewer")
    records = []
    for i in range(COUNT):
        path = root / f"{i:02}.png"
        Image.new("RGB", (150, 60), tuple(RED) if i % 4 == 0 else (30, 30, 120 + 5 * i)).save(path)
        records.append(ImageRecord(path, f"{i:032x}", 150, 60, name=path.name))
    columns = {
        "hue": np.where(np.arange(COUNT) % 2, np.nan, 120.4), "warmth": np.full(COUNT, -1e-7),
        "aspect": np.full(COUNT, 2.5),
        "luminance": np.linspace(0, 1, COUNT), "date": np.full(COUNT, 1.7e9), "made": np.linspace(0, 1.7e9, COUNT),
    }  # fmt: skip
    units = {"hue": "degrees", "aspect": "ratio", "date": "date", "made": "date"}
    info = {name: FeatureInfo(name, units.get(name, "")) for name in columns}
    known = np.arange(COUNT) % 4 > 0
    dates = np.array([f"{1900 + i}-01-01" for i in range(COUNT)], "datetime64[s]")
    dates[~known] = np.datetime64("NaT")
    texts = tuple(f"{i:02}.png" for i in range(COUNT))
    metadata = Metadata(
        title=tuple(f"number n{i}e" for i in range(COUNT)), dates=dates, category=("",) * COUNT, text=("",) * COUNT,
        precision=tuple("year" if each else "" for each in known), link=("",) * COUNT,
        tags=tuple(("Archaeological", *(f"subject {k:03}" for k in range(100 * (i == 0)))) for i in range(COUNT)),
        columns={"filename": texts, "grid_col": ("3",) * COUNT, "photographer": ("Bell",) * COUNT},
    )  # fmt: skip
    data = AtlasData(
        FeatureTable(tuple(records), columns, info=info), np.eye(COUNT, 4, dtype=np.float32), "test", metadata
    )
    rows, across = np.divmod(np.arange(COUNT), 6)
    grid = Layout("grid", np.stack((across, rows), axis=1).astype(float), spaced=True)
    line = np.stack((np.arange(COUNT), np.zeros(COUNT)), axis=1).astype(float)
    line[~known] = np.nan
    quality = {"trustworthiness": 0.91}
    timeline = Layout("timeline by year", line, spaced=True, quality=quality, notes=(NOTE,))
    path = MapPath("silent", (0, 23, 5, 18), (0.0, 60.0, 120.0, 180.0), 240.0)
    write_viewer(out, data, [grid, timeline], title="A map", paths=[path])
    return out


def page(browser, folder, state="", **options):
    return opened(browser, (folder / "index.html").as_uri() + state, **options)


def pixels_of(tab):
    tab.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"), int)


def reds(tab):
    """Number of pixels of the images without a date."""
    return int((np.abs(pixels_of(tab) - RED).max(axis=2) < 25).sum())


@pytest.mark.parametrize("renderer", ["canvas", "webgl2"])
@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_images_without_a_place_fade_out_when_the_layout_changes_and_in_again(browser, folder, renderer, motion):
    tab = page(browser, folder, f"?renderer={renderer}")
    tab.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": motion}])
    until(tab, "atlas.map.renderer.slotOf.size && !atlas.map.asked")
    before = reds(tab)
    assert before > 1000
    tab.press("l")
    if motion != "reduce":
        until(tab, "atlas.map.change && atlas.map.share(performance.now()) > 0.2")
        share = tab.run("(share => [atlas.map.drawnOpacities(share)[0], atlas.map.drawnOpacities(share)[1]])(0.75)")
        assert share == [0.25, 1]
    until(tab, "atlas.map.layout === 1 && !atlas.map.change && !atlas.map.asked")
    assert reds(tab) == 0, "no image stays where the layout before had it"
    tab.press("L")
    until(tab, "atlas.map.layout === 0 && !atlas.map.change && !atlas.map.asked")
    assert reds(tab) == pytest.approx(before, rel=0.05)
    assert is_quiet(tab)


def test_a_selection_as_a_plan_keeps_all_images_in_their_order(browser, folder):
    tab = page(browser, folder)
    tab.click("[data-tool=rectangle]")
    first, _, last, _ = corners(tab, 0, 8)
    drag(tab, first, last)
    tab.press("Escape")
    for image in (23, 13):
        mouse(tab, "Pressed", *middle(tab, image), modifiers=8)
        mouse(tab, "Released", *middle(tab, image), modifiers=8)
    tab.click("#select-plan")
    until(tab, "document.querySelector('#plan').open")
    plan = eval(tab.run("document.querySelector('#plan-text').value"), {"SequencePlan": SequencePlan})
    wanted = [f"{i:02}.png" for i in (0, 1, 2, 6, 7, 8, 23, 13)]
    assert [list(plan.order), plan.limit] == [wanted, None]
    plan.check()


OPEN = "['#filters', '#panel', '#selection'].map(name => !document.querySelector(name).hidden)"


@pytest.mark.parametrize("focus", ["body", "#frame", "#filter", "#layouts", "[aria-label='luminance, lowest']"])
def test_escape_closes_the_innermost_first(browser, folder, focus):
    tab = page(browser, folder)
    tab.run("atlas.selection.set([3]); atlas.panel.show(5)")
    tab.click("#filter")
    until(tab, f"{OPEN}.every(Boolean) && document.querySelector('#filters input[type=range]')")
    tab.run("document.querySelector('#filters select').value = 'luminance'")
    tab.run("document.querySelector('#filters select').dispatchEvent(new Event('change'))")
    until(tab, "document.querySelector(\"[aria-label='luminance, lowest']\")")
    tab.run(f'document.activeElement.blur(); document.querySelector("{focus}").focus()')
    if focus == "body":
        tab.click("[data-tool=lasso]")
        tab.press("Escape")
        assert not tab.run("atlas.selection.isBusy")
    seen = []
    for _ in range(3):
        tab.press("Escape")
        seen.append(tab.run(OPEN))
    assert seen == [[True, False, True], [False, False, True], [False, False, False]]
    assert is_quiet(tab)


@pytest.mark.parametrize("focus", ["body", "#frame", "#paths", "#follow", "#seek", "link"])
def test_space_plays_and_pauses_the_path_from_everywhere(browser, folder, focus):
    tab = page(browser, folder, "#path=0" if focus == "link" else "")
    if focus == "#paths":
        tab.run("document.querySelector('#paths').focus()")
        tab.press("ArrowDown")
    elif focus != "link":
        tab.run("atlas.player.choose(0)")
        tab.run(f'document.querySelector("{focus}").focus()')
    for mode in ("play", "idle"):
        tab.press(" ")
        assert tab.run("atlas.player.mode") == mode
    tab.click("#play")
    assert tab.run("atlas.player.mode") == "play"
    tab.press(" ")
    assert tab.run("atlas.player.mode") == "idle", "the button with the focus is not pressed as well"
    tab.click("#filter")
    tab.press(" ")
    assert tab.run("[atlas.player.mode, document.querySelector('#filters').hidden]") == ["play", False]


def test_keys_leave_fields_of_text_and_buttons_reached_by_tab_alone(browser, folder):
    tab = page(browser, folder, "#path=0")
    tab.press("/")
    for key in "l f0 r":
        tab.press(key)
    state = "[atlas.map.layout, atlas.player.mode, document.querySelector('#filters').hidden]"
    assert tab.run(f"[document.querySelector('#search').value, ...{state}]") == ["l f0 r", 0, "idle", True]
    tab.press("Tab")
    assert tab.run("document.activeElement.id") == "filter"
    tab.press(" ")
    assert tab.run(state) == [0, "idle", False], "a button with the focus of the keyboard is pressed by Space"


@pytest.mark.parametrize("options", [{"width": 1280}, PHONE])
def test_nothing_covers_an_image_of_the_whole_map_or_one_that_is_enlarged(browser, folder, options):
    tab = page(browser, folder, "#path=0", **options)
    tab.press("0")
    covered = """atlas.map.at.points.length && [...Array(24).keys()].filter(image => {
      const [left, top, width, height] = atlas.map.boxOf(image);
      const isOver = (name) => { const element = document.querySelector(name), box = element.getBoundingClientRect();
        return box.width && getComputedStyle(element).visibility === 'visible' &&
          box.left < left + width && box.right > left && box.top < top + height && box.bottom > top; };
      const isSeen = left + width > 0 && left < innerWidth && top + height > 0 && top < innerHeight;
      return isSeen && ['header', '#minimap', '#player'].some(isOver);
    })"""
    until(tab, "getComputedStyle(document.querySelector('#minimap')).opacity === '0' || innerWidth < 640")
    assert tab.run(covered) == []
    for layout in (1, 0):  # the bar is higher for the one, which says more
        tab.press("l")
        until(tab, f"atlas.map.layout === {layout} && !atlas.map.asked")
        assert tab.run(covered) == []
        assert tab.run("atlas.map.camera.isFitted()")
    tab.run("atlas.map.flyToImage(8, 0.9)")
    until(tab, "!atlas.map.asked")
    assert 8 not in tab.run(covered)
    assert tab.run("atlas.map.boxOf(8)[2]") > 0.75 * options["width"]
    tab.run("atlas.map.camera.set({scale: 250, x: 1, y: 1}); atlas.map.redraw()")
    if options is not PHONE:
        until(tab, "getComputedStyle(document.querySelector('#minimap')).opacity === '1'")


@pytest.mark.parametrize("options", [{"width": 1280}, PHONE])
def test_a_path_that_plays_is_well_seen_and_the_zoom_of_the_user_stays(browser, folder, options):
    tab = page(browser, folder, "#path=0", **options)
    tab.press(" ")
    until(tab, "atlas.map.camera.scale > 100 && !atlas.map.asked")
    smaller = tab.run("Math.min(...atlas.map.camera.free)")
    share = tab.run("Math.max(...atlas.map.boxOf(atlas.player.lit).slice(2))") / smaller
    assert 0.28 < share < 0.4
    tab.press("-")
    tab.press("-")
    own = tab.run("atlas.map.camera.scale")
    tab.click("#next")
    until(tab, "atlas.player.lit === 23 && !atlas.map.asked")
    assert tab.run("atlas.map.camera.scale") == pytest.approx(own)
    left, top = middle(tab, 23)
    assert 0 < left < options["width"]
    assert 80 < top < 740


@pytest.mark.parametrize("options", [{"width": 1280}, PHONE])
def test_what_a_layout_leaves_out_is_said_whole(browser, folder, options):
    tab = page(browser, folder, "#layout=1", **options)
    said = tab.run("document.querySelector('#about').textContent")
    assert said == f"near images are alike: 0.91 of 1 · {NOTE}"
    box = "(element => [element.scrollWidth <= element.clientWidth, element.getBoundingClientRect().height > 15])"
    assert tab.run(f"{box}(document.querySelector('#about'))") == [True, True]
    assert tab.run("document.documentElement.scrollWidth") <= options["width"]


def test_a_search_offers_a_layout_that_has_what_it_found(browser, folder):
    tab = page(browser, folder, "#layout=1")
    tab.press("/")
    tab.send("Input.insertText", text="n20e")
    until(tab, "document.querySelector('#matches').textContent.includes('no place')")
    assert tab.run("document.querySelector('#matches').textContent") == "It has no place in this layout. Show in grid"
    tab.click("#matches button")
    until(tab, "atlas.map.layout === 0 && document.querySelector('#matches').hidden")
    left, top = middle(tab, 20)
    assert 0 < left < 1000
    assert 90 < top < 800


def test_a_search_leads_to_what_is_out_of_view(browser, folder):
    tab = page(browser, folder)
    tab.run("atlas.map.flyToImage(0, 0.9)")
    tab.press("/")
    tab.send("Input.insertText", text="n22e")
    until(tab, "document.querySelector('#matches').textContent === 'The match is out of view. Go to it'")
    tab.press("Enter")
    until(tab, "document.querySelector('#matches').hidden")
    left, top = middle(tab, 22)
    assert 0 < left < 1000
    assert 90 < top < 800
    assert is_quiet(tab)


def test_the_gap_around_an_image_is_that_image(browser, folder):
    tab = page(browser, folder)
    x, y = middle(tab, 8)
    left, top, width, height = tab.run("atlas.map.boxOf(8)")
    mouse(tab, "Pressed", x, top - 0.4 * height)
    mouse(tab, "Released", x, top - 0.4 * height)
    until(tab, "atlas.panel.image === 8 && !document.querySelector('#panel').hidden")


def test_the_page_says_what_it_is_and_what_it_needs(browser, folder, tmp_path):
    tab = page(browser, folder)
    icon = tab.run("document.querySelector('link[rel=icon]').href")
    description = tab.run("document.querySelector('meta[name=description]').content")
    assert icon.startswith("data:image/svg")
    assert description.startswith("A map")
    shutil.copy(folder / "index.html", tmp_path)
    alone = opened(browser, (tmp_path / "index.html").as_uri(), "!document.querySelector('#problem').hidden")
    assert "whole folder" in alone.run("document.querySelector('#problem').textContent")


def test_all_tags_can_be_reached_and_labels_are_useful(browser, folder):
    tab = page(browser, folder)
    tab.press("f")
    until(tab, "document.querySelector('.searchable button')")
    assert tab.run("document.querySelectorAll('.searchable button').length") == 101
    labels = (
        "[...document.querySelectorAll('.treemap button')].map(each => each.querySelector('span')?.textContent || '')"
    )
    assert "Archaeological" in tab.run(labels)
    narrow = """[...document.querySelectorAll('.treemap span')].filter(each => each.classList.contains('long') &&
      each.clientWidth < 40).length"""
    assert tab.run(narrow) == 0, "no label of a letter and an ellipsis"
    tab.click("[aria-label='Search tags']")
    tab.send("Input.insertText", text="ject 097")
    until(tab, "document.querySelectorAll('.searchable button').length === 1")
    tab.click(".searchable button")
    until(tab, "document.querySelector('#matching').textContent === '1 of 24 images'")
    kept = "document.querySelector('[aria-label=\"Search tags\"]').value"
    pressed = "document.querySelector('.searchable button').getAttribute('aria-pressed')"
    until(tab, f"{pressed} === 'true'")
    assert tab.run(kept) == "ject 097", "what was searched for stays"
    for _ in range(2):  # the first empties the field
        tab.run("document.querySelector('[aria-label=\"Search tags\"]').focus()")
        tab.press("Escape")
    assert tab.run("document.querySelector('#filters').hidden")
    assert is_quiet(tab)


def test_values_are_formatted_and_what_says_nothing_is_left_out(browser, folder):
    tab = page(browser, folder)
    tab.run("atlas.panel.show(0)")
    rows = """Object.fromEntries([...document.querySelectorAll('#panel tr')]
      .map(row => [...row.children].map(each => each.textContent)))"""
    until(tab, "document.querySelector('#panel tr')")
    assert tab.run(rows) == {
        "photographer": "Bell", "hue": "120°", "warmth": "0.000", "aspect": "2.50", "luminance": "0.000",
        "made": "1970-01-01 00:00",
    }  # fmt: skip
    tab.run("atlas.panel.show(1)")
    until(tab, "document.querySelector('#panel h1').textContent === 'number n1e'")
    assert "hue" not in tab.run(rows)
    tab.press("f")
    until(tab, "document.querySelector('#filters select')")
    offered = tab.run("[...document.querySelector('#filters [aria-label=feature]').options].map(each => each.value)")
    assert offered == ["luminance", "made"], "features that are the same for all images are no filters"


def test_the_focus_stays_on_what_was_chosen_in_the_drawer(browser, folder):
    tab = page(browser, folder)
    tab.press("f")
    until(tab, "document.querySelector('.searchable button')")
    tab.run("document.querySelector('.treemap button').focus()")
    chosen = tab.run("document.activeElement.getAttribute('aria-label')")
    tab.press("Enter")
    until(tab, "document.querySelector('.treemap button').getAttribute('aria-pressed') === 'true'")
    until(tab, f"document.activeElement.getAttribute('aria-label') === {chosen!r}")


def test_after_a_reset_of_the_graphics_card_the_page_is_drawn_with_a_canvas(browser, folder):
    tab = page(browser, folder, "?renderer=webgl2#layout=1")
    assert tab.run("atlas.map.renderer.kind") == "webgl2"
    tab.browser.events.clear()
    tab.run("atlas.map.renderer.context.getExtension('WEBGL_lose_context').loseContext()")
    tab.browser.wait_for("Page.loadEventFired", tab.session)
    until(tab, "window.atlas?.map.renderer.kind === 'canvas' && atlas.map.layout === 1")


def test_a_tour_ends_where_the_path_then_plays_on(browser, folder):
    tab = page(browser, folder, "#path=0")
    until(tab, "!document.querySelector('#player').hidden")
    tab.run("atlas.player.tour(); atlas.player.play(); atlas.player.tour()")
    ticks = """new Promise(done => { let n = 0; const tick = atlas.player.tick;
      atlas.player.tick = function () { n += 1; tick.call(this); }; let frames = 0;
      const next = () => (frames += 1) < 20 ? requestAnimationFrame(next) : done(n / frames);
      requestAnimationFrame(next) })"""
    assert tab.run(ticks) < 1.5, "one loop, not one for each begin"
