"""What the page of a map draws: by WebGL and on a canvas, from sheets that are decoded beside it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.atlas.pages import is_quiet, middle, mouse, opened, until
from tests.conftest import photo
from tests.report.browser import in_browser

pytestmark = in_browser

#: Counts workers, and pictures that are decoded in the thread of the page.
COUNTED = """globalThis.made = {workers: 0, bitmaps: 0};
const make = globalThis.createImageBitmap, Made = globalThis.Worker;
globalThis.createImageBitmap = (...given) => { made.bitmaps += 1; return make(...given); };
globalThis.Worker = class extends Made { constructor(...given) { super(...given); made.workers += 1; } };"""


def test_sheets_are_decoded_beside_the_drawing(browser, map_address):
    tab = browser.open("data:text/html,")
    tab.send("Page.addScriptToEvaluateOnNewDocument", source=COUNTED)
    tab.send("Page.navigate", url=f"{map_address}?renderer=canvas")
    until(tab, "globalThis.atlas?.isReady && atlas.map.renderer.slotOf.size")
    assert tab.run("[made.workers, made.bitmaps]") == [1, 0]


def test_a_browser_without_module_workers_shows_the_same(browser, map_folder):
    tab = browser.open("data:text/html,")
    tab.send("Page.addScriptToEvaluateOnNewDocument", source=COUNTED + "; globalThis.Worker = undefined")
    tab.send("Page.navigate", url=f"{(map_folder / 'index.html').as_uri()}?renderer=canvas")
    until(tab, "globalThis.atlas?.isReady && atlas.map.renderer.slotOf.size")
    assert tab.run("[made.workers, made.bitmaps > 0]") == [0, True]


@pytest.mark.parametrize("scale", [3, 4.5, 9, 18, 26, 44])
def test_a_canvas_draws_thumbnails_of_all_sizes_where_they_are(browser, map_folder, scale):
    tab = opened(browser, f"{(map_folder / 'index.html').as_uri()}?renderer=canvas")
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


@pytest.mark.parametrize("renderer", ["webgl2", "canvas"])
def test_both_renderers_draw_the_image_where_it_is(browser, map_server, renderer):
    tab = opened(browser, f"{map_server}?renderer={renderer}")
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
