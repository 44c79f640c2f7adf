"""The page of an explorer in Chromium; skipped where it is not installed."""

from __future__ import annotations

import functools
import http.server
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.mosaic import explore
from tests.report.browser import in_browser

SHOWN = "document.getElementById('shown').getAttribute('src')"
#: Waits until the image of a scale is shown.
WAIT = """new Promise(done => {
  const image = document.getElementById('shown');
  const look = () => image.getAttribute('src').endsWith(%r) && image.complete ? done(image.naturalWidth)
    : requestAnimationFrame(look);
  look();
})"""


@pytest.fixture
def page(images):
    (written,) = explore("me.png", "tiles", 2, 6, page="scales.html")
    return written


def test_an_image_of_each_scale_is_beside_the_page(page, mosaics):
    names = sorted(path.name for path in Path("scales").iterdir())
    assert names == [*(f"scale-0{scale}.jpg" for scale in range(2, 7)), "target.jpg"]
    error = np.asarray(Image.open("scales/scale-04.jpg")).astype(int) - mosaics.at(4).pixels()
    assert np.abs(error).mean() < 3


def test_the_page_is_written_again(page):
    assert explore("me.png", "tiles", 2, 4, page="scales.html") == (page,)


def test_a_title_cannot_add_to_the_page(images):
    name = "<script>alert(1)</script>.png".replace("/", "_")
    Path("me.png").rename(name)
    explore(name, "tiles", 2, 3, page="scales.html")
    assert "<script>alert" not in Path("scales.html").read_text(encoding="utf-8")


@in_browser
def test_keys_change_the_scale(browser, page):
    tab = browser.open(page)
    assert tab.run(SHOWN) == "scales/scale-02.jpg"
    for key, scale in (
        ("ArrowRight", 3),
        ("ArrowRight", 4),
        ("ArrowLeft", 3),
        ("End", 6),
        ("ArrowRight", 6),
        ("Home", 2),
    ):
        tab.press(key)
        assert tab.run(WAIT % f"scale-0{scale}.jpg") == 120
        assert tab.run("document.getElementById('number').textContent") == str(scale)
    assert tab.run("document.getElementById('details').textContent") == "200 tiles of 6 × 8 px · scales/scale-02.jpg"
    tab.press("o")
    tab.run(WAIT % "target.jpg")
    tab.press("o")
    tab.run(WAIT % "scale-02.jpg")
    assert tab.complaints() == []


@in_browser
@pytest.mark.parametrize("width", [390, 1200])
def test_the_slider_changes_the_scale_and_all_fits(browser, page, width):
    tab = browser.open(page, width=width)
    tab.click("#scale", 0.99)
    tab.run(WAIT % "scale-06.jpg")
    tab.press("ArrowLeft")
    tab.run(WAIT % "scale-05.jpg")
    tab.click("#original")
    tab.run(WAIT % "target.jpg")
    over = "[document.documentElement.scrollWidth > innerWidth, document.documentElement.scrollHeight > innerHeight]"
    assert tab.run(over) == [False, False]
    assert tab.complaints() == []


@in_browser
def test_s_opens_the_image_that_is_shown(browser, page):
    tab = browser.open(page)
    tab.press("ArrowRight")
    tab.run(WAIT % "scale-03.jpg")
    tab.press("s")
    image = (Path("scales") / "scale-03.jpg").resolve().as_uri()
    while image not in {each["url"] for each in browser.send("Target.getTargets")["targetInfos"]}:
        assert tab.complaints() == []


@in_browser
def test_s_saves_the_image_of_a_page_from_the_web(browser, page, tmp_path):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tab, folder = browser.open(page), tmp_path / "downloads"
        browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder), eventsEnabled=True)
        browser.events.clear()
        tab.send("Page.navigate", url=f"http://127.0.0.1:{server.server_address[1]}/scales.html")
        browser.wait_for("Page.loadEventFired", tab.session)
        tab.press("s")
        while not any(e.get("params", {}).get("state") == "completed" for e in browser.events):
            tab.run("new Promise(done => setTimeout(done, 20))")
        server.shutdown()
    assert [path.name for path in folder.iterdir()] == ["me-scale-02.jpg"]
