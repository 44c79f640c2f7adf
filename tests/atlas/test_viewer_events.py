"""The page of a map in a browser with real events: mouse, wheel, touch of keys, from disk and from a server."""

from __future__ import annotations

import csv
import functools
import http.server
import io
import json
import threading
import time
import wave

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import SequencePlan
from imbatch2soundvisu.atlas.data import AtlasData, Metadata
from imbatch2soundvisu.atlas.layouts import Label, Layout
from imbatch2soundvisu.atlas.viewer import MapPath, write_viewer
from imbatch2soundvisu.core import Clusters, FeatureTable, ImageRecord
from tests.conftest import photo
from tests.report.browser import Browser, in_browser

pytestmark = in_browser

COUNT = 40
#: Texts that must be shown as they are and never run.
NASTY = "\"'><img src=x onerror=\"document.title='run'\"></script><script>document.title='run'</script>&amp;"
IN_ROWS = "at[2 * a + 1] - at[2 * b + 1] || at[2 * a] - at[2 * b]"
PHRASE = f"like “a ship {NASTY}”"
STATE = """({
  layout: atlas.map.layout, view: ['x', 'y', 'scale'].map(name => atlas.map.camera[name].toFixed(3)),
  text: atlas.filters.text, chosen: Object.values(atlas.filters.chosen).map(set => [...set].sort()),
  ranges: JSON.stringify(atlas.filters.ranges), shown: [...atlas.filters.keep].join(''),
  selected: [...atlas.selection.images].sort((a, b) => a - b), image: atlas.panel.image,
  panel: document.querySelector('#panel h1')?.textContent, path: atlas.player.number, lit: atlas.player.lit,
  seconds: atlas.player.time.toFixed(2), drawer: document.querySelector('#filters').hidden,
  matching: document.querySelector('#matching').textContent, search: document.querySelector('#search').value,
})"""


#: Counts workers, and pictures that are decoded in the thread of the page.
COUNTED = """globalThis.made = {workers: 0, bitmaps: 0};
const make = globalThis.createImageBitmap, Made = globalThis.Worker;
globalThis.createImageBitmap = (...given) => { made.bitmaps += 1; return make(...given); };
globalThis.Worker = class extends Made { constructor(...given) { super(...given); made.workers += 1; } };"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The viewer of 40 images with metadata, two layouts and a path with sound."""
    root = tmp_path_factory.mktemp("images")
    records = []
    for i in range(COUNT):
        path = root / f"{i:02}.png"
        Image.fromarray(photo(i, 300 if i % 2 else 200, 200)).save(path)
        records.append(ImageRecord(path, f"{i:032x}", 300 if i % 2 else 200, 200, name=path.name))
    similarity = np.where(np.arange(COUNT) == 4, np.nan, np.arange(COUNT) * 7 % COUNT / COUNT)
    table = FeatureTable(tuple(records), {"luminance": np.linspace(0, 1, COUNT), PHRASE: similarity})
    rng = np.random.default_rng(0)
    out = tmp_path_factory.mktemp("viewer")
    data = AtlasData(
        table, rng.normal(size=(COUNT, 4)).astype(np.float32), "test", _metadata(),
        Clusters(np.arange(COUNT) % 3, ("", NASTY, "third"), "test"), phrases=(PHRASE,),
    )  # fmt: skip
    rows, columns = np.divmod(np.arange(COUNT), 8)
    grid = Layout("grid", np.stack((columns, rows), axis=1).astype(float), spaced=True)
    apart = Layout(
        NASTY, rng.permutation(COUNT)[:, None] * [1.0, 0.4] + rng.normal(size=(COUNT, 2)), (Label(NASTY, 0, 0, 9),)
    )
    sounding = MapPath(NASTY, (3, 17, 8, 30, 21, 5), tuple(0.6 * i for i in range(6)), 3.6, str(_sound(root / "a.wav")))
    assert write_viewer(out, data, [grid, apart], title="A map", paths=[sounding]) == ()
    return out


def _metadata():
    years = np.array([f"{1900 + i}-01-01" for i in range(COUNT)], "datetime64[s]")
    return Metadata(
        title=tuple(f"{NASTY} {'red' if i % 4 else 'Bläue'} {i}" for i in range(COUNT)), dates=years,
        precision=("year",) * COUNT, category=tuple(("", 'a "b"', NASTY)[i % 3] for i in range(COUNT)),
        tags=tuple(("odd", NASTY) if i % 2 else ("", "it's") for i in range(COUNT)),
        link=("javascript:document.title='run'",) * COUNT, text=(NASTY,) * COUNT, columns={NASTY: (NASTY,) * COUNT},
    )  # fmt: skip


def _sound(path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22_050, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(np.arange(int(3.6 * 22_050)) / 10)).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def server(folder):
    """Address of a static server of the viewer."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}/index.html"
        served.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    made = Browser(tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture(params=["file", "server"])
def address(request, folder):
    """The page from disk, and from a server."""
    return (folder / "index.html").as_uri() if request.param == "file" else request.getfixturevalue("server")


def opened(browser, address, ready="globalThis.atlas?.isReady", **options):
    tab = browser.open(address, width=options.pop("width", 1000), **options)
    until(tab, ready)
    return tab


def until(tab, condition, seconds=15):
    """Wait in the page until a condition holds."""
    script = f"""new Promise((done, fail) => {{
      const start = Date.now();
      const isLate = () => Date.now() - start > {seconds * 1000};
      const look = () => ({condition}) ? done() : isLate() ? fail(new Error('never')) : setTimeout(look, 15);
      look();
    }})"""
    tab.run(script)


def mouse(tab, kind, x, y, **options):
    tab.send(
        "Input.dispatchMouseEvent", type=f"mouse{kind}", x=x, y=y, **({"button": "left", "clickCount": 1} | options)
    )


def drag(tab, *points):
    mouse(tab, "Pressed", *points[0])
    for point in points[1:]:
        mouse(tab, "Moved", *point, buttons=1)
    mouse(tab, "Released", *points[-1])


def middle(tab, image):
    left, top, width, height = tab.run(f"atlas.map.boxOf({image})")
    return left + width / 2, top + height / 2


def corners(tab, first, last):
    """Places around a block of the grid, on the screen."""
    (x0, y0), (x1, y1) = middle(tab, first), middle(tab, last)
    half = tab.run("atlas.map.camera.scale") / 2
    return (x0 - half, y0 - half), (x1 + half, y0 - half), (x1 + half, y1 + half), (x0 - half, y1 + half)


def is_quiet(tab):
    """Nothing failed, nothing of the metadata ran."""
    events = [event for event in tab.browser.events if event.get("sessionId") == tab.session]
    said = [event["params"]["type"] for event in events if event.get("method") == "Runtime.consoleAPICalled"]
    said = [kind for kind in said if kind in ("error", "warning", "assert")]
    return not said and tab.complaints() == [] and tab.run("document.title") == "A map"


def test_drag_and_wheel_lead_to_the_original(browser, address):
    tab = opened(browser, address)
    x, y = middle(tab, 12)
    drag(tab, (x, y), (x + 40, y + 25), (x + 80, y + 50))
    assert np.allclose(middle(tab, 12), (x + 80, y + 50), atol=2)
    for _ in range(7):
        mouse(tab, "Wheel", *middle(tab, 12), deltaX=0, deltaY=-240)
    until(tab, "atlas.map.photos.elements.get(12)?.naturalWidth === 200")
    assert tab.run("atlas.map.boxOf(12)[3]") > 500
    assert is_quiet(tab)


def test_filters_by_tag_year_and_text(browser, address):
    tab = opened(browser, address)
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


def test_rectangle_and_lasso_select_and_export(browser, address, tmp_path):
    tab = opened(browser, address)
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
def test_the_image_under_the_cursor_keeps_its_place_when_the_layout_changes(browser, folder, seen):
    tab = opened(browser, folder / "index.html")
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


def test_a_path_plays_with_its_sound_and_lights_the_image_that_sounds(browser, address):
    tab = opened(browser, address)
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


def test_a_link_brings_the_same_state(browser, address):
    tab = opened(browser, address)
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
def test_a_link_of_another_map_opens_what_is_there(browser, folder, hash):
    tab = opened(browser, f"{(folder / 'index.html').as_uri()}#{hash}")
    assert tab.run("[...atlas.filters.keep].every(Boolean) && atlas.map.layout === 0")
    assert tab.run("[...atlas.selection.images].every(image => image === 3)")
    assert is_quiet(tab)


def test_the_keyboard_is_enough(browser, folder):
    tab = opened(browser, folder / "index.html")
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


def test_images_are_filtered_and_sorted_by_their_similarity_to_a_phrase(browser, folder):
    tab = opened(browser, folder / "index.html")
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


def test_sheets_are_decoded_beside_the_drawing(browser, address):
    tab = browser.open("data:text/html,")
    tab.send("Page.addScriptToEvaluateOnNewDocument", source=COUNTED)
    tab.send("Page.navigate", url=f"{address}?renderer=canvas")
    until(tab, "globalThis.atlas?.isReady && atlas.map.renderer.slotOf.size")
    assert tab.run("[made.workers, made.bitmaps]") == [1, 0]


def test_a_browser_without_module_workers_shows_the_same(browser, folder):
    tab = browser.open("data:text/html,")
    tab.send("Page.addScriptToEvaluateOnNewDocument", source=COUNTED + "; globalThis.Worker = undefined")
    tab.send("Page.navigate", url=f"{(folder / 'index.html').as_uri()}?renderer=canvas")
    until(tab, "globalThis.atlas?.isReady && atlas.map.renderer.slotOf.size")
    assert tab.run("[made.workers, made.bitmaps > 0]") == [0, True]


@pytest.mark.parametrize("scale", [3, 4.5, 9, 18, 26, 44])
def test_a_canvas_draws_thumbnails_of_all_sizes_where_they_are(browser, folder, scale):
    tab = opened(browser, f"{(folder / 'index.html').as_uri()}?renderer=canvas")
    tab.run("atlas.map.camera.scale = 60; atlas.map.redraw()")
    until(tab, "atlas.map.renderer.slotOf.size && !atlas.map.asked")
    tab.run("for (const id of ['labels', 'minimap', 'photos']) document.getElementById(id).style.display = 'none'")
    tab.run(f"Object.assign(atlas.map.camera, {{scale: {scale}, x: 3.5, y: 2}}); atlas.map.redraw()")
    until(tab, "!atlas.map.asked")
    pixels = np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"), float)
    for image in (12, 13, 27):
        left, top, width, height = tab.run(f"atlas.map.boxOf({image})")
        box = pixels[round(top) : round(top + height), round(left) : round(left + width)]
        wanted = photo(image, 300 if image % 2 else 200, 200)
        small = np.asarray(Image.fromarray(wanted).resize(box.shape[1::-1], Image.Resampling.BOX), float)
        assert np.abs(box.mean(axis=(0, 1)) - wanted.mean(axis=(0, 1))).max() < 22, (image, scale)
        assert np.abs(box - small).mean() < (45 if scale < 10 else 30), (image, scale)


def test_a_screen_reader_finds_names_and_news(browser, folder):
    tab = opened(browser, folder / "index.html")
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


def test_embedded_pages_have_few_controls(browser, server):
    tab = opened(browser, f"{server}?embed=1")
    shown = "name => getComputedStyle(document.querySelector(name)).display !== 'none'"
    assert tab.run(f"['#layouts', '.buttons', '#search', '#minimap'].map({shown})") == [True, False, False, False]
    assert is_quiet(tab)


@pytest.mark.parametrize("renderer", ["webgl2", "canvas"])
def test_both_renderers_draw_the_image_where_it_is(browser, server, renderer):
    tab = opened(browser, f"{server}?renderer={renderer}")
    assert tab.run("atlas.map.renderer.kind") == renderer
    until(tab, "atlas.map.renderer.slotOf.size && !atlas.map.asked")
    x, y = middle(tab, 12)
    pixels = np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"), float)
    around = pixels[int(y) - 20 : int(y) + 20, int(x) - 20 : int(x) + 20]
    wanted = np.asarray(Image.fromarray(photo(12, 200, 200)).resize((110, 110)), float)[35:75, 35:75]
    assert np.abs(around - wanted).mean() < 25
    for _ in range(3):
        mouse(tab, "Wheel", x, y, deltaX=0, deltaY=-240)
    until(tab, "atlas.map.photos.elements.get(12)?.naturalWidth")
    assert is_quiet(tab)


@pytest.mark.parametrize(("width", "dark"), [(400, True), (400, False), (1200, True)])
def test_nothing_covers_the_map_but_its_bars(browser, folder, width, dark):
    tab = opened(browser, folder / "index.html", width=width, dark=dark)
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


def test_the_bar_stays_one_row_when_images_are_filtered(browser, folder):
    tab = opened(browser, folder / "index.html", width=1200)
    height = "document.querySelector('header').offsetHeight"
    before = tab.run(height)
    tab.run("atlas.filters.toggle('tag', 'odd')")
    until(tab, "!document.querySelector('#clear').hidden")
    assert tab.run(height) == before < 60


def test_names_at_the_edge_of_the_map_are_whole(browser, folder):
    tab = opened(browser, folder / "index.html", width=390)
    name = "Object.assign(atlas.map.manifest.layouts[0], {labels: [['A long name of a cluster', -0.4, 2, 3]]})"
    tab.run(f"{name}; atlas.map.redraw()")
    until(tab, "document.querySelector('#labels span')?.textContent.startsWith('A long')")
    assert tab.run("document.querySelector('#labels span').getBoundingClientRect().left") >= 0


def test_the_drawer_of_filters_does_not_cover_the_whole_map_but_one_that_was_moved_stays(browser, folder):
    tab = opened(browser, folder / "index.html")
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
