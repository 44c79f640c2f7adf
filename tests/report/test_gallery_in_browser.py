"""The gallery in Chromium; skipped where it is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from imbatch2soundvisu.report import gallery
from tests.report.browser import SEEK, Browser, in_browser, width_of
from tests.report.manifests import (
    ATTACK,
    BECAUSE,
    HOSTILE,
    cluster_entry,
    manifest_of,
    unknown_entry,
    with_files,
    with_roll,
)


@in_browser
def test_the_cursor_follows_the_video(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, manifest_of(with_files(tmp_path))))
    assert tab.now() == {
        "number": "1", "name": "a.jpg", "shown": "0.100", "bar": "1.1", "chord": "chord0", "why": "reason 0",
    }  # fmt: skip
    for seconds, number, name in ((1.2, "3", "c.jpg"), (0.5, "2", "b.jpg"), (1.99, "4", "d.jpg")):
        assert tab.run(SEEK % seconds) == pytest.approx(seconds)
        assert (tab.now()["number"], tab.now()["name"]) == (number, name)
        left = tab.run("parseFloat(document.querySelector('#result-1 .cursor').style.left)")
        assert left == pytest.approx(50 * seconds, abs=0.1)
        assert tab.run("document.querySelector('tr[aria-current] button').textContent") == number
        assert tab.run("document.querySelector('.curve').getAttribute('aria-valuenow')") == number
    assert tab.complaints() == []


@in_browser
def test_playing_moves_the_cursor_to_the_last_image(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, manifest_of(with_files(tmp_path))))
    seen = tab.run("""new Promise(done => {
      const video = document.querySelector('video'), seen = new Set();
      const look = new MutationObserver(() => seen.add(document.querySelector('[data-now=number]').textContent));
      look.observe(document.querySelector('.now'), {subtree: true, childList: true, characterData: true});
      video.addEventListener('ended', () => done([...seen]), {once: true});
      video.muted = true; video.playbackRate = 2; video.play();
    })""")
    assert seen[-1] == "4"
    assert {"2", "3"} <= set(seen)


@in_browser
def test_curve_keys_and_rows_jump(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, manifest_of(with_files(tmp_path))))
    tab.click(".curve", 0.6)
    assert tab.now()["name"] == "c.jpg"
    assert tab.run("document.querySelector('video').currentTime") == pytest.approx(1.0, abs=0.04)
    tab.press("ArrowRight")
    assert tab.now()["name"] == "d.jpg"
    tab.press("ArrowRight")
    assert tab.now()["name"] == "d.jpg"
    for _ in range(2):
        tab.press("ArrowLeft")
    assert tab.now()["name"] == "b.jpg"
    tab.run("document.querySelector('.score').open = true")
    tab.click(".score tbody tr:nth-child(1) .why")
    assert tab.now()["number"] == "1"


@in_browser
def test_only_one_result_plays_and_space_pauses_it(browser: Browser, tmp_path: Path) -> None:
    made = with_files(tmp_path)
    tab = browser.open(gallery.write(tmp_path, manifest_of(made, made | {"plan": "again"})))
    playing = "[...document.querySelectorAll('video')].map(video => !video.paused)"
    assert tab.run(playing) == [False, False]
    tab.run("document.querySelectorAll('video').forEach(video => { video.loop = true; video.muted = true; })")
    started = "new Promise(done => document.querySelectorAll('video')[%d].addEventListener('play', done, {once: true}))"
    tab.run("window.waiting = " + started % 0 + "; null")
    tab.press("j")
    tab.press(" ")
    tab.run("waiting.then(() => null)")
    assert tab.run(playing) == [True, False]
    tab.run("window.waiting = " + started % 1 + "; null")
    tab.press("j")
    tab.press(" ")
    tab.run("waiting.then(() => null)")
    assert tab.run(playing) == [False, True]
    tab.press(" ")
    assert tab.run(playing) == [False, False]


@in_browser
def test_gif_and_video_change_places(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, manifest_of(with_files(tmp_path))))
    tab.click("[data-show=gif]")
    assert tab.run("[document.querySelector('video').hidden, document.querySelector('.gif').hidden]") == [True, False]
    assert tab.run(width_of(".gif")) == 32
    tab.click(".curve", 0.1)
    assert tab.run("[document.querySelector('video').hidden, document.querySelector('.gif').hidden]") == [False, True]


@in_browser
def test_help_and_the_enlarged_sheet_open_and_close(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, manifest_of(with_files(tmp_path))))
    opened = "document.querySelector('dialog[open]')?.id ?? ''"
    tab.press("?")
    assert tab.run(opened) == "help"
    tab.press("Escape")
    assert tab.run(opened) == ""
    tab.click(".sheet")
    assert tab.run(opened) == "enlarged"
    assert tab.run(width_of("#enlarged img")) == 320


@in_browser
def test_hostile_names_run_no_script(browser: Browser, tmp_path: Path) -> None:
    attacked = with_files(
        tmp_path, plan=ATTACK, cluster=HOSTILE[1], images=HOSTILE, problems=HOSTILE, values=[0.1] * 6, shown=HOSTILE,
        starts_s=[i / 3 for i in range(6)], decisions=[{"bar": 1, "chord": name, "why": name} for name in HOSTILE],
    )  # fmt: skip
    tab = browser.open(gallery.write(tmp_path, manifest_of(attacked, problems=HOSTILE)))
    for index, name in enumerate(HOSTILE):
        tab.click(".curve", (index + 0.5) / 6)
        assert tab.now()["name"].replace("\ufffd", "\udcff") == name
    assert tab.run("document.querySelectorAll('script').length") == 2
    assert tab.run("document.querySelectorAll('img[src=x], [onerror], [onmouseover]').length") == 0
    assert tab.complaints() == []


@in_browser
def test_a_phone_needs_no_sideways_scrolling(browser: Browser, tmp_path: Path) -> None:
    long = "W" * 120
    made = with_files(tmp_path, plan=long, images=[f"{long}/{long}.jpg"] * 4, problems=[long])
    problems = {"collection": {"root": f"/{long}", "skipped": [{"path": long, "reason": long}]}}
    rows = [{"cluster": long, "size": 3, "description": long, "colour": "#123456"}]
    report = cluster_entry(plan=long, clusters={"by": long, "notes": [long], "clusters": rows})
    tab = browser.open(
        gallery.write(tmp_path, manifest_of(made, report, unknown_entry(tmp_path), **problems)), width=360
    )
    tab.run("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert tab.run("document.documentElement.scrollWidth") <= 360
    assert tab.run("document.querySelector('video').getBoundingClientRect().width") >= 300


@in_browser
def test_the_playhead_moves_over_the_roll_and_a_click_jumps(browser: Browser, tmp_path: Path) -> None:
    made = with_roll(tmp_path, decisions=[{"because": [BECAUSE[i % 2]]} for i in range(4)])
    tab = browser.open(gallery.write(tmp_path, manifest_of(made)))
    place = "document.querySelector('#result-1 .roll-cursor').offsetLeft + 1"
    for seconds in (0.0, 1.2, 2.0):
        tab.run(SEEK % seconds) if seconds else None
        assert tab.run(place) == pytest.approx(40 + 320 * seconds / 2, abs=1.5)
    sides = "[playhead.offsetTop, playhead.offsetTop + playhead.offsetHeight]"
    head = tab.run(
        f"(() => {{ const playhead = document.querySelector('#result-1 .roll-cursor'); return {sides}; }})()"
    )
    assert head == pytest.approx([25, 100], abs=1), "from the ruler to the bottom"
    tab.click(".roll-sheet", (40 + 320 * 0.8) / 400)
    assert tab.run("document.querySelector('video').currentTime") == pytest.approx(1.6, abs=0.02)
    assert tab.now()["number"] == "4"
    assert "subject scale" in tab.run("document.querySelector('[data-because]').textContent")
    tab.click(".roll-sheet", 0.01)
    assert tab.now()["number"] == "1"
    assert "the tune around D4" in tab.run("document.querySelector('[data-because]').textContent")
    assert tab.complaints() == []


@in_browser
def test_a_wide_roll_scrolls_within_its_box_and_keeps_the_playhead_in_view(browser: Browser, tmp_path: Path) -> None:
    made = with_roll(tmp_path) | {"roll": {"width": 4000, "height": 1000, "left": 400, "right": 3600}}
    tab = browser.open(gallery.write(tmp_path, manifest_of(made)), width=390)
    assert tab.run("document.documentElement.scrollWidth") <= 390
    tab.run(SEEK % 1.9)
    seen = tab.run(
        "(roll => document.querySelector('.roll-cursor').getBoundingClientRect().left"
        " - roll.getBoundingClientRect().left)(document.querySelector('.roll'))"
    )
    assert 0 <= seen <= 390
    assert tab.run("document.querySelector('.roll').scrollLeft") > 2000


@in_browser
def test_opening_the_reasons_of_a_row_does_not_jump(browser: Browser, tmp_path: Path) -> None:
    made = with_roll(tmp_path, decisions=[{"because": BECAUSE}] * 4)
    tab = browser.open(gallery.write(tmp_path, manifest_of(made)))
    tab.run("document.querySelector('.score').open = true")
    tab.click(".score tbody tr:nth-child(3) summary", 0.1)
    assert tab.run("document.querySelectorAll('.score tbody details[open]').length") == 1
    assert tab.now()["number"] == "1"
    tab.click(".score tbody tr:nth-child(3) th")
    assert tab.now()["number"] == "3"


@in_browser
def test_light_and_dark_differ(browser: Browser, tmp_path: Path) -> None:
    page = gallery.write(tmp_path, manifest_of(with_files(tmp_path)))
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = browser.open(page), browser.open(page, dark=True)
    assert light.run(ground) == "rgb(252, 252, 251)"
    assert dark.run(ground) == "rgb(16, 16, 18)"
    assert light.screenshot() != dark.screenshot()


@in_browser
def test_a_result_of_an_unknown_kind_plays_and_is_enlarged(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, manifest_of(unknown_entry(tmp_path), with_files(tmp_path))))
    assert tab.run("document.querySelectorAll('#result-1 :is(.curve, .now, .score)').length") == 0
    playing = """new Promise((done, fail) => {
      const media = document.querySelector('#result-1 %s');
      media.muted = true; media.loop = true;
      media.addEventListener('playing', () => done(true), {once: true});
      media.addEventListener('error', () => fail(media.error.message));
      media.play();
    })"""
    assert tab.run(playing % "video")
    assert tab.run(playing % "audio")
    assert tab.run("document.querySelector('#result-1 video').paused"), "one at a time"
    tab.click("#result-1 .sheet")
    assert tab.run("document.querySelector('dialog[open]').id") == "enlarged"
    assert tab.run(width_of("#enlarged img")) == 64
    assert tab.run("document.querySelector('#enlarged-title').textContent") == "hologram: Depth field"
    assert tab.complaints() == []


@in_browser
def test_the_filter_hides_what_does_not_match(browser: Browser, tmp_path: Path) -> None:
    made = [with_files(tmp_path) | {"plan": f"plan {n}", "summary": "Ébène" if n == 4 else ""} for n in range(11)]
    tab = browser.open(gallery.write(tmp_path, manifest_of(*made)))
    search = "(field => { field.value = %r; field.dispatchEvent(new Event('input')); })"
    search += "(document.querySelector('[data-filter]'))"
    shown = "[...document.querySelectorAll('%s:not([hidden])')].map(each => each.id || each.dataset.entry)"
    tab.run(search % "EBENE plan")
    assert tab.run(shown % ".result") == tab.run(shown % "[data-entry]") == ["result-5"]
    assert tab.run("document.querySelector('[data-filter-count]').textContent") == "1 of 11 results"
    tab.press("j")
    assert tab.run("document.activeElement.id") == "result-5"
    tab.run(search % "")
    assert len(tab.run(shown % ".result")) == 11
    assert tab.complaints() == []


@in_browser
@pytest.mark.parametrize("width", [390, 1200])
def test_a_vertical_film_fits_the_window_without_bars(browser: Browser, tmp_path: Path, width: int) -> None:
    tab = browser.open(gallery.write(tmp_path, manifest_of(with_files(tmp_path))), width=width)
    tab.run("document.querySelector('.stage').style.setProperty('--aspect', '9 / 16'); null")
    box = tab.run("document.querySelector('.stage').getBoundingClientRect().toJSON()")
    assert box["height"] <= 0.81 * 800
    assert box["width"] / box["height"] == pytest.approx(9 / 16, rel=0.01)
