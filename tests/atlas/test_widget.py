"""The map as a widget of a notebook: its state, the files it hands over, and the page in a browser."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.atlas.data import AtlasData, Metadata
from imbatch2soundvisu.atlas.layouts import Layout
from imbatch2soundvisu.atlas.viewer import MapPath, write_viewer
from imbatch2soundvisu.core import Clusters, Collection, FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError, MissingExtra
from tests.atlas.pages import drag, until, write_sound
from tests.conftest import photo
from tests.report.browser import Tab, in_browser, served

pytest.importorskip("anywidget")
from imbatch2soundvisu.atlas.viewer import widget as module
from imbatch2soundvisu.atlas.viewer.widget import AtlasWidget

COUNT = 24


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A viewer of 24 images on a grid of 6 x 4, a second layout, metadata and a path; and their records."""
    root, out = tmp_path_factory.mktemp("images"), tmp_path_factory.mktemp("viewer")
    records = []
    for i in range(COUNT):
        Image.fromarray(photo(i, 200, 200)).save(root / f"{i:02}.png")
        records.append(ImageRecord(root / f"{i:02}.png", f"{i:032x}", 200, 200, name=f"{i:02}.png"))
    table = FeatureTable(tuple(records), {"luminance": np.linspace(0, 1, COUNT)})
    years = np.array([f"{1900 + i}-01-01" for i in range(COUNT)], "datetime64[s]")
    nothing = ("",) * COUNT
    metadata = Metadata(
        title=tuple(f"image {i}" for i in range(COUNT)), dates=years, precision=("year",) * COUNT, category=nothing,
        tags=tuple(("odd",) if i % 2 else ("even", "x") for i in range(COUNT)), link=nothing, text=nothing,
    )  # fmt: skip
    clusters = Clusters(np.arange(COUNT) % 3, ("first", "second", "third"), "test")
    data = AtlasData(
        table, np.random.default_rng(0).normal(size=(COUNT, 4)).astype(np.float32), "test", metadata, clusters
    )
    rows, columns = np.divmod(np.arange(COUNT), 6)
    grid = Layout("grid", np.stack((columns, rows), axis=1).astype(float), spaced=True)
    other = Layout("other", np.stack((rows, columns), axis=1).astype(float), spaced=True)
    path = MapPath("path", (3, 1), (0.0, 1.8), 3.6, str(write_sound(root / "a.wav")))
    write_viewer(out, data, [grid, other], title="A map", paths=[path])
    return out / "index.html", table


@pytest.fixture
def shown(made):
    return AtlasWidget(made[0])


def test_the_page_and_python_have_the_same_state(shown):
    seen = []
    shown.observe(lambda change: seen.append((change["name"], change["new"])), ["selection", "layout_name", "filters"])
    shown.set_state(
        {"_selected": [3, 1], "_layout": 1, "_filters": {"tag": ["odd"], "date": ["1903-01-01", "1909-12-31"]}}
    )
    assert shown.selection == ["01.png", "03.png"]
    assert shown.layout_name == "other"
    assert shown.filters == {"tag": ["odd"], "date": ["1903-01-01", "1909-12-31"]}
    assert {name for name, _ in seen} == {"selection", "layout_name", "filters"}
    shown.set_state({"_shown": [3, 5]})
    assert shown.shown == ["03.png", "05.png"]
    shown.set_state({"_shown": None})
    assert shown.shown == list(shown.names)


def test_python_sets_what_the_page_shows(shown):
    shown.selection = ["05.png", "02.png", "05.png"]
    shown.layout_name = "other"
    shown.filters = {"text": " 1 ", "cluster": "second", "luminance": (0, 0.5), "date": ("1901", "1902-03")}
    state = shown.get_state()
    assert state["_selected"] == [2, 5]
    assert state["_layout"] == 1
    assert state["_filters"] == {
        "text": "1", "cluster": ["second"], "luminance": [0.0, 0.5], "date": ["1901-01-01", "1902-03-31"],
    }  # fmt: skip
    shown.filters = {}
    assert shown.get_state()["_filters"] == {}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("selection", ["5.png"], "unknown image '5.png'. Did you mean"),
        ("layout_name", "grids", "unknown layout 'grids'. Did you mean 'grid'"),
        ("filters", {"tags": "odd"}, "unknown filter 'tags'. Did you mean 'tag'"),
        ("filters", {"tag": ["od"]}, "unknown tag 'od'. Did you mean 'odd'"),
        ("filters", {"luminance": 0.5}, "two numbers"), ("filters", {"luminance": (1, 0)}, "lower number first"),
        ("filters", {"date": "1901"}, "two dates"), ("filters", {"date": ("1902", "1901")}, "earlier date first"),
    ],
)  # fmt: skip
def test_what_the_map_does_not_have_is_refused(shown, name, value, message):
    before = shown.get_state()
    with pytest.raises(ConfigError, match=message):
        setattr(shown, name, value)
    assert {key: shown.get_state()[key] for key in ("_selected", "_layout", "_filters")} == {
        key: before[key] for key in ("_selected", "_layout", "_filters")
    }


def test_the_selection_is_a_collection_or_a_table(made, shown):
    table = made[1]
    collection = Collection(
        Path("root"), table.records, 24, duplicates=(("02.png", "03.png", "04.png"), ("05.png", "06.png"))
    )
    shown.select(["04.png", "02.png", "05.png"])
    assert shown.selected(collection).names == ("02.png", "04.png", "05.png")
    assert shown.selected(collection).duplicates == (("02.png", "04.png"),)
    assert shown.selected(table)["luminance"].tolist() == table["luminance"][[2, 4, 5]].tolist()
    shown.select(shown.selected(table).select([0]))
    assert shown.selection == ["02.png"]
    with pytest.raises(ConfigError, match=r"1 of the selected images are not in .*02.png"):
        shown.selected(replace(collection, records=table.records[5:]))
    assert "24 images, 1 selected" in repr(shown)


def test_only_files_of_the_map_are_handed_over(shown, monkeypatch):
    sent = []
    monkeypatch.setattr(shown, "send", lambda content, buffers: sent.append((content, buffers)))
    (shown._folder.parent / "secret.txt").write_text("secret", encoding="utf-8")
    for path in ("index.html", "../secret.txt", "/etc/passwd", "data", "data/none.js"):
        shown._handle_custom_msg({"view": "v", "id": 1, "path": path}, [])
    assert [bool(buffers) for _, buffers in sent] == [True, False, False, False, False]
    assert sent[0][0] == {"view": "v", "id": 1}
    assert sent[0][1][0].startswith(b"<!doctype html>")


def test_a_plan_gives_the_widget_of_its_map(tmp_path, made, monkeypatch):
    plan = i2s.AtlasPlan("map")
    with pytest.raises(ConfigError, match="make the map first"):
        plan.widget(tmp_path)
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "map").symlink_to(made[0].parent)
    assert plan.widget(tmp_path, height=300).height == 300
    monkeypatch.delitem(sys.modules, module.__name__)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(MissingExtra, match=r"AtlasPlan.widget\(\) needs the package 'anywidget'.*\[notebook\]"):
        plan.widget(tmp_path)


#: A notebook: a model with the state of the widget, whose files come from the server as Python would send them.
NOTEBOOK = """<!doctype html><body style="margin: 0"><div id="cell"></div><script type="module">
import widget from "/widget.js";
const listeners = [], state = STATE;
const emit = (name, ...values) => listeners.filter(each => each[0] === name).forEach(each => each[1](...values));
globalThis.model = {
  get: name => state[name], on: (name, call) => listeners.push([name, call]), off: () => {}, save_changes: () => {},
  set(name, value) {
    if (JSON.stringify(state[name]) === JSON.stringify(value)) return;
    state[name] = value;
    emit(`change:${name}`);
  },
  async send(message) {
    const answer = await fetch(`/map/${message.path}`);
    const buffers = answer.ok ? [new DataView(await answer.arrayBuffer())] : [];
    emit("msg:custom", {view: message.view, id: message.id}, buffers);
  },
};
globalThis.state = state;
widget.render({model, el: document.querySelector("#cell")});
</script>"""


@pytest.fixture(scope="module")
def notebook(made, tmp_path_factory):
    """Address of a page that has the widget as a notebook would, without origin for its frame."""
    site = tmp_path_factory.mktemp("site")
    (site / "map").symlink_to(made[0].parent)
    (site / "widget.js").write_bytes(Path(module.__file__).with_name("widget.js").read_bytes())
    widget = AtlasWidget(made[0], height=700)
    widget.layout_name = "other"
    widget.layout_name = "grid"
    widget.selection = ["07.png"]
    state = {name: value for name, value in widget.get_state().items() if name[0] == "_" or name == "height"}
    names = ("height", "_selected", "_layout", "_filters", "_shown")
    text = NOTEBOOK.replace("STATE", json.dumps({name: state[name] for name in names}))
    (site / "index.html").write_text(text, encoding="utf-8")

    with served(site) as address:
        yield f"{address}/index.html"


def frame_of(tab):
    """The page in the frame of the widget, which scripts of the tab cannot look into."""
    tab.send("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
    tab.browser.wait_for("Target.attachedToTarget", tab.session)
    attached = [e["params"] for e in tab.browser.events if e.get("method") == "Target.attachedToTarget"]
    frame = Tab(tab.browser, [each["sessionId"] for each in attached if each["targetInfo"]["type"] == "iframe"][-1])
    frame.send("Runtime.enable")
    until(frame, "globalThis.atlas?.isReady")
    return frame


@pytest.fixture
def opened(browser, notebook):
    """The notebook, and the page in its widget."""
    tab = browser.open(notebook, width=1000)
    until(tab, "document.querySelector('iframe').srcdoc")
    return tab, frame_of(tab)


def around(frame, first, last):
    """Two corners of a rectangle around a block of the grid, in the tab: the frame begins at 0, 0."""
    (x0, y0, *_), (x1, y1, w, h) = (frame.run(f"atlas.map.boxOf({image})") for image in (first, last))
    return (x0 - 3, y0 - 3), (x1 + w + 3, y1 + h + 3)


def failed(*tabs):
    events = [e for tab in tabs for e in tab.browser.events if e.get("sessionId") == tab.session]
    said = [e for e in events if e.get("method") == "Runtime.consoleAPICalled"]
    return [e for e in events if e.get("method") == "Runtime.exceptionThrown"] + [
        e for e in said if e["params"]["type"] in ("error", "warning")
    ]


@in_browser
def test_what_is_selected_filtered_and_shown_comes_to_python(opened):
    tab, frame = opened
    assert frame.run("[location.href, origin]") == ["about:srcdoc", "null"], "it cannot reach the notebook"
    assert frame.run("[...atlas.selection.images]") == [7], "what Python had selected before it was shown"
    frame.click("[data-tool=rectangle]")
    drag(tab, *around(frame, 8, 15))
    until(tab, "JSON.stringify(state._selected) === '[8,9,14,15]'")
    frame.click("[data-tool=rectangle]")
    frame.click("#search")
    tab.send("Input.insertText", text="image 2")
    until(tab, "state._filters.text === 'image 2' && state._shown")
    assert tab.run("state._shown") == [2, 12, 20, 21, 22, 23], "12.png as well"
    frame.run("document.querySelector('#frame').focus()")
    tab.press("l")
    until(tab, "state._layout === 1")
    frame.click("#filter")
    until(frame, "document.querySelector('.treemap button')")
    frame.click(".treemap button[title='odd: 12']")
    until(tab, "JSON.stringify(state._shown) === '[21,23]' && state._filters.tag[0] === 'odd'")
    frame.click("#clear")
    until(tab, "state._shown === null && !Object.keys(state._filters).length")
    assert failed(tab, frame) == []


@in_browser
def test_python_changes_what_the_page_shows(opened):
    tab, frame = opened
    tab.run("model.set('_selected', [3, 11])")
    until(frame, "atlas.selection.images.size === 2 && atlas.selection.images.has(11)")
    tab.run("model.set('_layout', 1)")
    until(frame, "atlas.map.layout === 1")
    given = {"text": "image", "cluster": ["second"], "luminance": [0, 0.5], "date": ["1901-01-01", "1909-12-31"]}
    tab.run(f"model.set('_filters', {json.dumps(given)})")
    until(frame, "document.querySelector('#matching').textContent === '3 of 24 images'")
    until(tab, "JSON.stringify(state._shown) === '[1,4,7]'")
    assert tab.run("state._filters") == given, "as Python gave them"
    assert frame.run("document.querySelector('#search').value") == "image"
    tab.run("model.set('_filters', {})")
    until(frame, "document.querySelector('#matching').textContent === '24 images'")
    tab.run("model.set('height', 400)")
    assert tab.run("document.querySelector('iframe').clientHeight") == 400
    assert failed(tab, frame) == []


@in_browser
def test_images_and_sounds_come_through_the_widget(opened):
    _, frame = opened
    frame.run("atlas.panel.show(5)")
    until(frame, "document.querySelector('#panel img')?.naturalWidth === 200")
    frame.run("atlas.map.camera.set({x: 2, y: 1, scale: 150}); atlas.map.emit('view'); atlas.map.redraw()")
    until(frame, "[...atlas.map.photos.elements.values()].some(each => each.naturalWidth === 200)")
    frame.run("atlas.player.choose(0)")
    until(frame, "atlas.player.audio.duration > 3")
    assert frame.run("atlas.player.audio.src.startsWith('blob:')")


@in_browser
def test_no_other_page_is_taken_for_a_widget(browser, notebook):
    tab = browser.open(notebook.replace("index.html", "map/index.html"))
    until(tab, "globalThis.atlas?.isReady")
    tab.run("globalThis.received = 0; globalThis.channel = new MessageChannel()")
    tab.run("channel.port1.onmessage = () => { received += 1; }; postMessage('atlas', '*', [channel.port2])")
    tab.run("atlas.selection.set([1])")
    tab.run("new Promise(done => setTimeout(done, 200))")
    assert tab.run("received") == 0
