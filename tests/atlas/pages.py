"""A map in a browser for tests: its page from disk and from a server, mouse and places."""

from __future__ import annotations

import wave

import numpy as np
from PIL import Image

from imbatch2soundvisu.atlas.data import AtlasData, Metadata
from imbatch2soundvisu.atlas.layouts import Label, Layout
from imbatch2soundvisu.atlas.viewer import MapPath, write_viewer
from imbatch2soundvisu.core import Clusters, FeatureTable, ImageRecord
from tests.conftest import photo

COUNT = 40
#: Texts that must be shown as they are and never run.
NASTY = "\"'><img src=x onerror=\"document.title='run'\"></script><script>document.title='run'</script>&amp;"
PHRASE = f"like “a ship {NASTY}”"


def write_map(root, out):
    """Write the viewer of 40 images, made in `root`, with metadata, two layouts and a path with sound."""
    records = []
    for i in range(COUNT):
        path = root / f"{i:02}.png"
        Image.fromarray(photo(i, 300 if i % 2 else 200, 200)).save(path)
        records.append(ImageRecord(path, f"{i:032x}", 300 if i % 2 else 200, 200, name=path.name))
    similarity = np.where(np.arange(COUNT) == 4, np.nan, np.arange(COUNT) * 7 % COUNT / COUNT)
    table = FeatureTable(tuple(records), {"luminance": np.linspace(0, 1, COUNT), PHRASE: similarity})
    rng = np.random.default_rng(0)
    data = AtlasData(
        table, rng.normal(size=(COUNT, 4)).astype(np.float32), "test", _metadata(),
        Clusters(np.arange(COUNT) % 3, ("", NASTY, "third"), "test"), phrases=(PHRASE,),
    )  # fmt: skip
    rows, columns = np.divmod(np.arange(COUNT), 8)
    grid = Layout("grid", np.stack((columns, rows), axis=1).astype(float), spaced=True)
    apart = Layout(
        NASTY, rng.permutation(COUNT)[:, None] * [1.0, 0.4] + rng.normal(size=(COUNT, 2)), (Label(NASTY, 0, 0, 9),)
    )
    sounding = MapPath(
        NASTY, (3, 17, 8, 30, 21, 5), tuple(0.6 * i for i in range(6)), 3.6, str(write_sound(root / "a.wav"))
    )
    assert write_viewer(out, data, [grid, apart], title="A map", paths=[sounding]) == ()


def _metadata():
    years = np.array([f"{1900 + i}-01-01" for i in range(COUNT)], "datetime64[s]")
    return Metadata(
        title=tuple(f"{NASTY} {'red' if i % 4 else 'Bläue'} {i}" for i in range(COUNT)), dates=years,
        precision=("year",) * COUNT, category=tuple(("", 'a "b"', NASTY)[i % 3] for i in range(COUNT)),
        tags=tuple(("odd", NASTY) if i % 2 else ("", "it's") for i in range(COUNT)),
        link=("javascript:document.title='run'",) * COUNT, text=(NASTY,) * COUNT, columns={NASTY: (NASTY,) * COUNT},
    )  # fmt: skip


def write_sound(path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22_050, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(np.arange(int(3.6 * 22_050)) / 10)).astype("<i2").tobytes())
    return path


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
