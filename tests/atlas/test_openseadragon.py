"""OpenSeadragon opens our pyramids from a static server: every level loads, and the pixels are those of the grid.

It runs where the environment variable OPENSEADRAGON names the file openseadragon.min.js:
`npm install openseadragon`, then OPENSEADRAGON=node_modules/openseadragon/build/openseadragon/openseadragon.min.js.
"""

from __future__ import annotations

import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.atlas.cell_images import CellImages
from imbatch2soundvisu.atlas.iiif import HERE
from imbatch2soundvisu.atlas.matrix import GridImage
from imbatch2soundvisu.atlas.pyramids import Pyramid, write_pyramid
from imbatch2soundvisu.visuals.large import Encoding
from tests.conftest import photo
from tests.report.browser import Browser, in_browser, served

SCRIPT = os.environ.get("OPENSEADRAGON", "")
pytestmark = [in_browser, pytest.mark.skipif(not os.path.isfile(SCRIPT), reason="OPENSEADRAGON names no file")]

#: The page of the guide, with what happened in `seen`.
PAGE = """<!doctype html><meta charset="utf-8"><title>viewer</title>
<style>body {{ margin: 0; }} #viewer {{ width: 800px; height: 600px; background: #fff; }}</style>
<div id="viewer"></div><script src="../openseadragon.js"></script><script>
const seen = {{levels: [], failed: [], open: false}};
(async () => {{
  const source = {source};
  const viewer = OpenSeadragon({{
    element: document.querySelector("#viewer"), tileSources: source, showNavigationControl: false,
    maxZoomPixelRatio: 4, drawer: "canvas", animationTime: 0.05,
  }});
  viewer.addHandler("open", () => {{ seen.open = true; }});
  for (const kind of ["open-failed", "tile-load-failed", "add-item-failed"])
    viewer.addHandler(kind, event => seen.failed.push(kind + " " + (event.message ?? "")));
  viewer.addHandler("tile-loaded", event => seen.levels.push(event.tile.level));
  globalThis.opened = viewer;
}})();
</script>"""
#: As in the guide: the address is where info.json was found.
FROM_HERE = """await (async () => {
  const place = new URL("../iiif/", location), info = await (await fetch(new URL("info.json", place))).json();
  return [{...info, id: place.href.replace(/\\/$/, "")}];
})()"""
READY = """new Promise((done, fail) => {
  const start = Date.now(), look = () => {
    const item = globalThis.opened?.world.getItemAt(0);
    if (seen.failed.length) return fail(new Error(seen.failed.join("; ")));
    if (item?.getFullyLoaded() && seen.open)
      return requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
    if (Date.now() - start > 15000) return fail(new Error("not loaded: " + JSON.stringify(seen)));
    setTimeout(look, 20);
  };
  look();
})"""
ZOOM = """(() => {
  const item = opened.world.getItemAt(0);
  opened.viewport.zoomTo(opened.viewport.imageToViewportZoom(%f), item.imageToViewportCoordinates(%d, %d), true);
  opened.viewport.panTo(item.imageToViewportCoordinates(%d, %d), true);
})()"""


@pytest.fixture(scope="module")
def image():
    """1,600 x 1,088 px in 320 cells."""
    pixels = np.stack([photo(i, 80, 68) for i in range(320)])
    cells = CellImages(pixels, None, np.arange(320), tuple(f"digest {i}" for i in range(320)))
    return GridImage(np.arange(320).reshape(16, 20), cells)


@pytest.fixture
def site(tmp_path):
    """(folder, address, paths that were not found) of a static server."""
    missing = []
    shutil.copy2(SCRIPT, tmp_path / "openseadragon.js")
    (tmp_path / "pages").mkdir()
    with served(tmp_path, missing) as address:
        yield tmp_path, address, missing


@pytest.mark.parametrize(
    ("source", "kind"), [("dzi", "jpeg"), ("dzi", "avif"), ("iiif", "jpeg"), ("iiif", "webp"), ("iiif here", "jpeg")]
)
def test_openseadragon_shows_every_level(tmp_path, image, site, source, kind):
    folder, address, missing = site
    encoding = Encoding(kind, 95)
    if source == "dzi":
        made = write_pyramid(folder / "deep-zoom" / "map.dzi", image, Pyramid(254, 1, encoding))
        value = '"../deep-zoom/map.dzi"'
    else:
        place = HERE if source == "iiif here" else f"{address}/iiif"
        made = write_pyramid(folder / "iiif" / "info.json", image, Pyramid(256, 0, encoding, address=place))
        value = FROM_HERE if place == HERE else '"../iiif/info.json"'
    (folder / "pages" / "index.html").write_text(PAGE.format(source=value), encoding="utf-8")
    browser = Browser(tmp_path / "profile")
    try:
        tab = browser.open(f"{address}/pages/index.html", width=800)
        tab.run(READY)
        assert tab.run("opened.world.getItemAt(0).source.dimensions.toString()") == "(1600,1088)"
        for level in range(made.levels):
            tab.run(ZOOM % (2.0 ** (1 - made.levels + level), 800, 544, 800, 544))
            tab.run(READY)
        levels = set(tab.run("seen.levels"))
        highest = tab.run("opened.world.getItemAt(0).source.maxLevel")
        assert highest == made.levels - 1
        assert set(range(highest - 3, highest + 1)) <= levels, "the four largest levels fill the view"
        shown = np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"), float)[:600, :800]
        exact = image.part(0, (400, 244, 1200, 844)).astype(float)
        assert np.abs(shown - exact).mean() < 8, "each pixel of the last level is where it is in the grid"
        assert missing == []
        assert tab.complaints() == []
    finally:
        browser.close()
