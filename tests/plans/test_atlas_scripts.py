"""Scripts in every field of a run with a map, opened in Chromium: nothing of them runs, there or in the gallery."""

from __future__ import annotations

import csv
import io
import json

import pytest

import imbatch2soundvisu as i2s
from tests.plans.test_atlas import atlas
from tests.report.browser import Browser, in_browser
from tests.small import small_plan

pytestmark = in_browser

TAG = "<img src=x onerror=globalThis.ran=1>"
#: Ends of attributes, elements, scripts, comments and templates.
HARSH = (
    f"\"'>{TAG}</script><script>globalThis.ran=2</script><svg onload='globalThis.ran=3'>--><a href=\"javascript:"
    'globalThis.ran=4">x</a></textarea></title>{{7*7}}${globalThis.ran=5}\u2028&lt;img src=x onerror=ran()&gt;'
)
COLUMNS = ("title", "date", "category", "tags", "link", "text", "note", HARSH)
#: Opens what the page has to show, and returns what ran.
EVERYTHING = """(async () => {
  const wait = (ms) => new Promise(done => setTimeout(done, ms));
  for (let image = 0; image < 4; image++) {
    atlas.panel.show(image);
    await wait(30);
  }
  document.querySelector('#filter').click();
  await wait(60);
  await atlas.filters.setText('img');
  for (let layout = 0; layout < atlas.map.layouts.length; layout++) {
    atlas.map.showLayout(layout);
    await wait(30);
  }
  for (const link of document.querySelectorAll('a[href]'))
    if (link.protocol === 'javascript:') return 'a link is a script';
  await wait(60);
  return globalThis.ran ?? 'nothing ran';
})()"""


@pytest.fixture
def made(tmp_path, folder):
    """A run whose images, table and plans have scripts in their names and values."""
    for number, path in enumerate(sorted(folder.iterdir())[:4]):
        path.rename(folder / f"{number}{TAG}.jpg")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("id", *COLUMNS))
    for number in range(3):
        writer.writerow((f"{number}{TAG}", *(f"{HARSH} {number}" for _ in COLUMNS)))
    writer.writerow((f"3{TAG}", "title", "1901", "javascript:globalThis.ran=6", "a;b", "javascript:globalThis.ran=7"))
    (tmp_path / "about.csv").write_text(text.getvalue(), encoding="utf-8")
    name = HARSH.replace("\u2028", "")
    plans = [
        i2s.SequencePlan(f"path {name}", order="luminance", limit=4, outputs=["midi"]),
        atlas(layouts=["pca", "timeline", "islands"], metadata=tmp_path / "about.csv"),
        small_plan(name="plain", outputs=["midi"]),
    ]
    return i2s.run(plans, root=folder, outputs=tmp_path / "outputs", cache=tmp_path / "cache")


def test_nothing_of_the_metadata_runs(tmp_path, made):
    assert made.problems == ()
    text = (tmp_path / "outputs" / "map" / "map" / "data" / "texts-0.js").read_text(encoding="ascii")
    titles = json.loads(text.partition(",")[2].rpartition(")")[0])["titles"]
    assert sum("onerror" in title for title in titles) >= 3, "the texts are there"
    browser = Browser(tmp_path / "profile")
    try:
        tab = browser.open(tmp_path / "outputs" / "map" / "map" / "index.html")
        tab.run("new Promise(d => { const l = () => globalThis.atlas?.isReady ? d() : setTimeout(l, 15); l(); })")
        assert tab.run(EVERYTHING) == "nothing ran"
        shown = tab.run("document.body.innerText")
        assert "onerror=globalThis.ran=1" in shown, "they are shown as text"
        assert tab.complaints() == []
        gallery = browser.open(tmp_path / "outputs" / "index.html")
        gallery.run("new Promise(done => setTimeout(done, 300))")
        assert gallery.run("globalThis.ran ?? 'nothing ran'") == "nothing ran"
        assert "onerror=globalThis.ran=1" in gallery.run("document.body.innerText")
        assert gallery.complaints() == []
    finally:
        browser.close()
