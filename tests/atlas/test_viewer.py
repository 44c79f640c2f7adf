"""The viewer of a map: its files, and the page in a browser."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.atlas.data import AtlasData, Metadata
from imbatch2soundvisu.atlas.layouts import Label, Layout
from imbatch2soundvisu.atlas.viewer import ViewerOptions, write_viewer
from imbatch2soundvisu.core import Clusters, FeatureTable, ImageRecord
from tests.conftest import photo
from tests.report.browser import in_browser

NASTY = "<img src=x onerror=\"document.title='run'\"></script><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def viewer(tmp_path_factory):
    """The viewer of 30 images on a grid and in two columns."""
    root = tmp_path_factory.mktemp("images")
    records = []
    for i in range(30):
        path = root / f"{i:02}.png"
        Image.fromarray(photo(i, 90 if i % 2 else 60, 60)).save(path)
        records.append(ImageRecord(path, f"{i:032x}", 90 if i % 2 else 60, 60, name=path.name))
    (root / "07.png").write_bytes(b"no image")
    table = FeatureTable(tuple(records), {"luminance": np.linspace(0, 1, 30)})
    metadata = Metadata.of_table(table)
    metadata = Metadata(
        **{**{name: getattr(metadata, name) for name in ("dates", "precision", "category", "link", "text")}},
        title=(NASTY,) * 30, tags=(("a", NASTY),) + (("a",),) * 29, columns={NASTY: (NASTY,) * 30},
    )  # fmt: skip
    rng = np.random.default_rng(0)
    data = AtlasData(table, rng.normal(size=(30, 4)).astype(np.float32), "test", metadata)
    rows, columns = np.divmod(np.arange(30), 6)
    grid = Layout("grid", np.stack((columns, rows), axis=1).astype(float), spaced=True)
    halves = np.stack((np.arange(30) % 2 * 3.0, np.arange(30) // 2 * -1.0), axis=1)
    halves[3] = np.nan
    out = tmp_path_factory.mktemp("viewer")
    problems = write_viewer(out, data, [grid, Layout("columns", halves, (Label(NASTY, 0, 1, 15),))], title=NASTY)
    return out, problems, data


def value_of(path):
    text = path.read_text(encoding="ascii")
    return json.loads(re.fullmatch(r"atlasData\(\"[^\"]+\",(.*)\);\n", text, re.DOTALL)[1])


def numbers(text, kind):
    return np.frombuffer(base64.b64decode(text), kind)


def test_the_data_is_that_of_the_images(viewer):
    out, problems, data = viewer
    manifest = value_of(out / "data" / "atlas.js")
    assert manifest["count"] == 30
    assert sorted(numbers(manifest["places"], "<u4").tolist()) == list(range(30))
    assert numbers(manifest["aspects"], "<f4")[:2].tolist() == [1, 1.5]
    assert np.allclose(numbers(value_of(out / "data" / "layout-0.js"), "<f4")[:4], [0, 0, 1, 0])
    luminance = numbers(value_of(out / "data" / "features.js")["luminance"], "<f4")
    assert np.allclose(luminance, data.table["luminance"])
    assert problems == ("07.png: not an image",) or "07.png" in problems[0]


def test_clusters_are_named_where_most_of_their_images_are(viewer, tmp_path):
    _, _, data = viewer
    named = replace(data, clusters=Clusters(np.arange(30) // 10, ("low", "", "high"), "test"))
    points = np.stack((np.arange(30.0), np.arange(30) % 10), axis=1)
    layouts = [Layout("map", points, spaced=True), Layout("own", points, (Label("a", 1, 2, 3),), spaced=True)]
    write_viewer(tmp_path, named, layouts, title="map")
    found = [each["labels"] for each in value_of(tmp_path / "data" / "atlas.js")["layouts"]]
    assert found == [[["low", 4.5, 4.5, 10], ["high", 24.5, 4.5, 10]], [["a", 1, 2, 3]]]


def test_the_most_alike_images_are_the_nearest(viewer):
    out, _, data = viewer
    found = numbers(value_of(out / "data" / "nearest.js"), "<i4").reshape(30, 8)
    far = np.linalg.norm(data.vectors[:, None] - data.vectors, axis=2)
    np.fill_diagonal(far, np.inf)
    assert np.array_equal(found, np.argsort(far, axis=1)[:, :8])


def test_sheets_have_the_images_in_their_places(viewer):
    out, _, data = viewer
    sheet = value_of(out / "data" / "sheet-64-0.js").partition(",")[2]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet))), float)
    places = numbers(value_of(out / "data" / "atlas.js")["places"], "<u4")
    for image in (0, 5, 29):
        place = int(places[image])
        cell = pixels[place // 32 * 64 :][:64, place % 32 * 64 :][:, :64]
        wanted = np.asarray(Image.open(data.table.records[image].path).resize((64, 64)), float)
        assert np.abs(cell - wanted).mean() < 8


def opened(browser, out, renderer="webgl2"):
    """The page with its first layout shown."""
    tab = browser.open((out / "index.html").as_uri() + f"?renderer={renderer}", width=1000)
    ready = "globalThis.atlas?.isReady"
    tab.run(f"new Promise(done => {{ const look = () => {ready} ? done() : setTimeout(look, 20); look(); }})")
    return tab


def pause(tab, milliseconds=300):
    """Let the page draw."""
    tab.run(f"new Promise(done => setTimeout(done, {milliseconds}))")


@in_browser
@pytest.mark.parametrize("renderer", ["webgl2", "canvas"])
def test_the_page_shows_moves_and_changes_layouts(viewer, browser, renderer):
    tab = opened(browser, viewer[0], renderer)
    pause(tab)
    assert tab.run("atlas.map.renderer.kind") == renderer
    assert tab.run("document.title") == NASTY, "nothing in the metadata runs"
    before = tab.run("atlas.map.camera.scale")
    tab.send("Input.dispatchMouseEvent", type="mouseWheel", x=500, y=400, deltaX=0, deltaY=-240)
    pause(tab)
    assert tab.run("atlas.map.camera.scale") > before
    tab.run("atlas.map.showLayout(1)")
    tab.run("atlas.map.fit()")
    pause(tab)
    assert tab.run("atlas.map.layout") == 1
    assert tab.run("document.querySelector('#labels span').textContent") == NASTY
    pixels = np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 500, "images are drawn"
    assert tab.complaints() == []


def press_mouse(tab, x, y, clicks=1, **options):
    """Click a place of the page so many times in a row."""
    for number in range(1, clicks + 1):
        for kind in ("mousePressed", "mouseReleased"):
            tab.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=number, **options)


@in_browser
def test_a_click_shows_an_image_in_the_panel_and_a_double_click_fills_the_screen_with_it(viewer, browser):
    tab = opened(browser, viewer[0])
    left, top, width, height = tab.run("atlas.map.boxOf(8)")
    press_mouse(tab, left + width / 2, top + height / 2)
    pause(tab)
    assert tab.run("[atlas.panel.image, document.querySelector('#panel').hidden]") == [8, False]
    left, top, width, height = tab.run("atlas.map.boxOf(8)")
    press_mouse(tab, left + width / 2, top + height / 2, clicks=2)
    pause(tab)
    assert tab.run("atlas.map.imageAt(500, 400)") == 8
    assert tab.run("atlas.map.boxOf(8)[3]") > 400
    assert tab.run("document.querySelectorAll('#photos img').length") > 0


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_map_that_is_written_again_keeps_what_has_not_changed(viewer, tmp_path):
    _, _, data = viewer
    grid = Layout("grid", np.stack(np.divmod(np.arange(30), 6)[::-1], axis=1).astype(float), spaced=True)
    asked = []

    def read(record, long_side):
        asked.append(record.name)
        return photo(int(record.digest, 16), 90, 60)

    def write(name, data, earlier=None):
        (tmp_path / name).mkdir()
        asked.clear()
        options = ViewerOptions(read=read, earlier=earlier and tmp_path / earlier)
        write_viewer(tmp_path / name, data, [grid], title="map", options=options)
        return sorted(asked), files_of(tmp_path / name)

    first = write("first", data)
    assert len(first[0]) == 30
    assert write("again", data, "first") == ([], first[1]), "the same files, and no image is decoded"
    records = list(data.table.records)
    records[4] = replace(records[4], digest=f"{99:032x}")
    changed = replace(data, table=FeatureTable(tuple(records), dict(data.table.columns)))
    second, fresh = write("second", changed, "again"), write("fresh", changed)
    assert second == (["04.png"], fresh[1]), "as if nothing had been there"
    differing = {name for name in fresh[1] if fresh[1][name] != first[1][name]}
    sheets = {"data/sheet-16-0.js", "data/sheet-64-0.js"}
    assert differing == {"data/images/0/4.jpg", "data/thumbnails.json", *sheets}


def test_images_are_not_enlarged_and_as_large_as_asked_for(viewer, tmp_path):
    _, _, data = viewer
    write_viewer(
        tmp_path,
        data,
        [Layout("grid", np.arange(60.0).reshape(30, 2))],
        title="map",
        options=ViewerOptions(long_side=70),
    )
    sizes = [Image.open(tmp_path / "data" / "images" / "0" / f"{i}.jpg").size for i in (0, 1)]
    assert sizes == [(60, 60), (70, 47)]
