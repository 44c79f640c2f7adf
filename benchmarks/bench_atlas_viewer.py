"""How the page of a map with many images opens and moves, by the browser's own timing.

    python -m benchmarks.bench_atlas_viewer [--count 100000] [--renderer auto webgl2 canvas] [--photos FOLDER]

Records are made up: the sheets of their thumbnails are written as for real images, from coloured noise or from crops
of photos. Without a graphics card the page draws with a 2-d canvas, unless it is asked for WebGL.
The "peer" is what a user can expect: open within 5 s, 30 frames a second, memory below 1 GB.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from imbatch2soundvisu.atlas.data import AtlasData, Metadata
from imbatch2soundvisu.atlas.layouts import Layout
from imbatch2soundvisu.atlas.viewer import ViewerOptions, write_viewer
from imbatch2soundvisu.core import Clusters, FeatureTable, ImageRecord
from imbatch2soundvisu.datasets import images
from tests.report.browser import CHROMIUM, Browser, Tab

WORDS = (
    "river",
    "mountain",
    "portrait",
    "flower",
    "ship",
    "tower",
    "street",
    "bird",
    "forest",
    "letter",
    "map",
    "coat",
)
OPEN_S, FRAME_MS, WAIT_S, MEMORY_MB = 5.0, 1000 / 30, 1.0, 1000


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Seconds to open, milliseconds of a frame and megabytes, each beside what is expected; none without Chromium."""
    if CHROMIUM is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "page", 100_000)
        return [row for renderer in ("auto",) for row in _rows(Path(folder), renderer)]


def _rows(folder: Path, renderer: str) -> list[dict[str, Any]]:
    found = measured(folder / "page", folder / f"profile-{renderer}", renderer)
    against = f"expected, {renderer}"
    return [
        {"what": f"map of 100,000: {name}", "ours": value, "peer": peer, "ratio": peer / value, "note": against}
        for name, value, peer in (
            ("opens, s", found["open_s"], OPEN_S),
            *((f"{kind}, ms of a frame", found[kind], FRAME_MS) for kind in ("pan", "zoom", "layout")),
            ("no thumbnail of 64 px while panning, s", max(found["unsharp_s"], 0.01), WAIT_S),
            ("memory of the process of the page, MB", found["page_MB"], MEMORY_MB),
        )
    ]  # fmt: skip


def write(folder: Path, count: int, photos: Path | None = None, large: bool = False) -> None:
    """Write a page of so many records: a grid, a cloud, and columns; thumbnails of noise, or crops of photos."""
    rng = np.random.default_rng(0)
    records = tuple(ImageRecord(Path(f"{i}.jpg"), f"{i:032x}", 3, 2, name=f"{i:06}.jpg") for i in range(count))
    groups = rng.integers(0, 20, count)
    centres = rng.normal(size=(20, 2)) * 9
    cloud = centres[groups] + rng.normal(size=(count, 2))
    side = int(np.ceil(np.sqrt(count)))
    grid = np.empty((count, 2))
    grid[np.lexsort((cloud[:, 1], cloud[:, 0].round()))] = np.stack(np.divmod(np.arange(count), side), axis=1)
    columns = np.stack((groups * 60.0 + rng.integers(0, 50, count), rng.integers(0, count // 800 + 2, count)), axis=1)
    table = FeatureTable(records, {name: rng.random(count) for name in ("luminance", "hue", "saturation")})
    metadata = _metadata(rng, count, groups)
    data = AtlasData(table, rng.random((count, 4), np.float32), "noise", metadata, _clusters(groups))
    layouts = [Layout("grid", grid, spaced=True), Layout("cloud", cloud), Layout("columns", columns, spaced=True)]
    folder.mkdir(parents=True, exist_ok=True)
    write_viewer(folder, data, layouts, title="many images", options=ViewerOptions(read=_reader(photos, large)))


def _metadata(rng: np.random.Generator, count: int, groups: np.ndarray) -> Metadata:
    days = np.datetime64("1900-01-01", "s") + rng.integers(0, 40_000, count).astype("timedelta64[D]")
    said = rng.integers(0, len(WORDS), (count, 4)).tolist()
    title = tuple(" ".join(WORDS[k] for k in each) + f" {i}" for i, each in enumerate(said))
    tags = tuple(tuple(sorted({WORDS[k] for k in each[:2]})) for each in said)
    text = tuple(f"{each}, seen from the other side of the valley on a clear day" for each in title)
    category = tuple(f"category {each}" for each in (groups // 3).tolist())
    return Metadata(
        title=title, dates=days, precision=("day",) * count, category=category, tags=tags, link=("",) * count,
        text=text, columns={"place": text},
    )  # fmt: skip


def _clusters(groups: np.ndarray) -> Clusters:
    return Clusters(groups, tuple(f"cluster {i}" for i in range(20)), "made up")


def _reader(photos: Path | None, large: bool) -> Callable[[ImageRecord, int], np.ndarray]:
    """Images as arrays: noise of 64 px, or crops of photos."""
    if photos is None:
        return lambda record, _: _noise(int(record.digest, 16))
    files = sorted(path for path in photos.rglob("*") if path.suffix.lower() in (".jpg", ".png"))[:60]
    held = [images.decode(path, 1600).rgb for path in files]

    def crop(record: ImageRecord, _: int) -> np.ndarray:
        number = int(record.digest, 16)
        rng, source = np.random.default_rng(number), held[number % len(held)]
        side = int(min(source.shape[:2]) * rng.uniform(0.2, 0.9))
        top, left = (int(rng.integers(0, size - side + 1)) for size in source.shape[:2])
        found = source[top : top + side, left : left + side]
        return found if large else found[:: max(1, side // 128), :: max(1, side // 128)]

    return crop


def _noise(number: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[0:40, 0:60][..., None] / 60
    mixed = rng.random(3) + rows * rng.uniform(-1, 1, 3) + columns * rng.uniform(-1, 1, 3)
    return (255 * np.clip(mixed, 0, 1)).astype(np.uint8)


_READY = """new Promise(done => {
  const look = () => globalThis.atlas?.isReady ? done() : setTimeout(look, 10);
  look();
})"""
_OWN = "(all => all.sort((a, b) => a - b)[all.length >> 1])(atlas.map.timings.slice(-60).map(each => each[1]))"
_FRAMES = """new Promise(done => {
  const times = [], start = performance.now(), map = atlas.map;
  let step = 0;
  %s
  const look = (now) => {
    times.push(now);
    if (now - start > %d) return done(times.slice(1).map((time, i) => time - times[i]));
    step += 1;
    %s
    map.redraw();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""
_MOVES = {
    "pan": ("map.fit()", "map.camera.panBy(Math.sin(step / 9) * 30, Math.cos(step / 9) * 20)"),
    "zoom": ("map.fit()", "map.camera.zoomAt(step % 80 < 40 ? 1.12 : 1 / 1.12, 500, 400)"),
    "layout": ("map.fit(); map.showLayout((map.layout + 1) % 3)", ""),
}


# Seconds for which an image in view was without its small and its larger thumbnail, the longest of all, in a pan.
_WAITS = """new Promise(done => {
  const {map} = atlas, since = {16: new Map(), 64: new Map()}, longest = {16: 0, 64: 0}, start = performance.now();
  const held = {16: map.renderer.smallSheets, 64: map.renderer.slotOf}, each = {16: 16384, 64: 1024};
  map.camera.set({x: map.camera.bounds.left + 12, y: map.camera.bounds.top + 8, scale: 40});
  const look = (now) => {
    const inView = map.inView();
    for (const side of [16, 64]) {
      const before = since[side];
      since[side] = new Map();
      for (const image of inView) {
        if (held[side].has(Math.floor(map.places[image] / each[side]))) continue;
        since[side].set(image, before.get(image) ?? now);
        longest[side] = Math.max(longest[side], now - since[side].get(image));
      }
    }
    if (now - start > 6000) return done([longest[16] / 1000, longest[64] / 1000]);
    map.camera.panBy(-9, -6);
    map.redraw();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def measured(page: Path, profile: Path, renderer: str, seconds: float = 3) -> dict[str, float]:
    """Open a page and move it; returns seconds to open, the median and 95th percentile of frames in ms, and memory."""
    browser = Browser(profile)
    try:
        browser.open("data:text/html,<p>an empty page")
        empty = _page_memory(browser)
        began = time.monotonic()
        address = (page / "index.html").resolve().as_uri() + f"?renderer={renderer}"
        tab = browser.open(address, width=1200)
        motion = [{"name": "prefers-reduced-motion", "value": "no-preference"}]
        tab.send("Emulation.setEmulatedMedia", features=motion)
        tab.run(_READY)
        found = {"open_s": time.monotonic() - began, "opened_MB": _page_memory(browser)}
        for name, (first, each) in _MOVES.items():
            frames = np.array(tab.run(_FRAMES % (first, 1000 * (1.2 if name == "layout" else seconds), each)))
            found |= {name: float(np.median(frames)), f"{name}_p95": float(np.percentile(frames, 95))}
            found[f"{name}_own"] = tab.run(_OWN)
        tab.run("atlas.map.showLayout(0, {animate: false})")
        found["blank_s"], found["unsharp_s"] = tab.run(_WAITS)
        found["search_s"] = _timed(tab, "atlas.filters.setText('river bird')")
        found["search_again_s"] = _timed(tab, "atlas.filters.setText('river ship')")
        found["tag_ms"] = 1000 * _timed(tab, "atlas.filters.toggle('tag', 'river')")
        found |= {"page_MB": _page_memory(browser), "empty_page_MB": empty}
        found["scripts_MB"] = tab.run("performance.memory.usedJSHeapSize") / 1e6
        found["processes_MB"] = _resident(browser)
        return found
    finally:
        browser.close()


def _timed(tab: Tab, script: str) -> float:
    """Seconds of a script in the page."""
    before = "const start = performance.now()"
    return tab.run(f"(async () => {{ {before}; await {script}; return (performance.now() - start) / 1000; }})()")


def _page_memory(browser: Browser) -> float:
    """Memory of the process that draws the page, with its share of what it has in common with others (PSS), in MB.

    It is the largest of the renderers of the browser; 0 where the system does not say.
    """
    import psutil

    found = [0.0]
    for each in psutil.Process(browser._process.pid).children(recursive=True):
        rollup = Path(f"/proc/{each.pid}/smaps_rollup")
        if "--type=renderer" in " ".join(each.cmdline()) and rollup.is_file():
            said = dict(line.split(":", 1) for line in rollup.read_text().splitlines()[1:])
            found.append(int(said["Pss"].split()[0]) / 1000)
    return max(found)


def _resident(browser: Browser) -> float:
    """Memory of all processes of the browser that no other process has, in MB; 0 where the system does not say."""
    import psutil

    own = psutil.Process(browser._process.pid)
    return sum(each.memory_full_info().uss for each in (own, *own.children(recursive=True))) / 1e6


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--renderer", nargs="+", default=["auto", "webgl2"])
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--page", type=Path, help="a page that is there, or where to write it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = arguments.page or Path(folder) / "page"
        if not (page / "index.html").is_file():
            write(page, arguments.count, arguments.photos)
        for renderer in arguments.renderer:
            found = measured(page, Path(folder) / f"profile-{renderer}", renderer)
            print(renderer, {name: round(value, 2) for name, value in found.items()})


if __name__ == "__main__":
    main()
