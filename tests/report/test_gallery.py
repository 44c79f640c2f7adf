"""The gallery as text, and as a person meets it in Chromium (those tests skip where there is none)."""

from __future__ import annotations

import base64
import fcntl
import functools
import json
import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import av
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.report import gallery

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome here")

ATTACK = "<script>alert(1)</script>"
HOSTILE = [
    f"a/{ATTACK}.jpg",
    '"><img src=x onerror=alert(2)>.jpg',
    "' onmouseover='alert(3)' x='.png",
    "</script><script>alert(4)</script>.webp",
    "\u2028line\u2029ends 🦩 & é%20#?.jpg",
    "{{ 7*7 }} <!-- --> \udcff.jpg",
]
LUMINANCE = {"name": "luminance", "unit": "share", "low": 0.0, "high": 1.0, "circular": False, "description": "OKLab L"}
HUE = {"name": "hue", "unit": "degrees", "low": 0.0, "high": 360.0, "circular": True, "description": "HSV hue"}


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))


def links(html: str) -> list[str]:
    """Every address the page refers to, as written."""
    return [attrs[key] for _, attrs in _Page(html).elements for key in ("href", "src", "data-src") if key in attrs]


def files_of(html: str) -> set[str]:
    """The files beside the page that it refers to, decoded."""
    return {unquote(link) for link in links(html) if not link.startswith(("#", "data:"))}


def piece(**changes: Any) -> dict[str, Any]:
    names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    decisions = [
        {"value": 0.2 * i, "bar": 1, "beat": i + 1, "chord": f"chord{i}", "melody": ["C4", "E4"], "why": f"reason {i}"}
        for i in range(4)
    ]
    return {
        "plan": "dark to bright",
        "part": "",
        "folder": "dark",
        "images": names,
        "values": [0.1, 0.3, 0.5, 0.9],
        "shown": ["0.100", "0.300", "0.500", "0.900"],
        "driver": LUMINANCE,
        "criterion": {"space": "look", "length": 3.0, "random": 5.0, "best": 1.0, "mean_step": 1.0,
                      "largest_step": 2.0, "closeness": 0.5, "spearman": 1.0},
        "criterion_text": "Spearman +1.000, path 60% of random (best known 20%)",
        "tempo_bpm": 120.0,
        "frames": 60,
        "fps": 30,
        "seconds": 2.0,
        "starts_s": [0.0, 0.5, 1.0, 1.5],
        "files": {},
        "music": {"style": "composed", "key": "C minor", "summary": "Slow.", "engine": "FluidSynth",
                  "loudness_lufs": -14.0, "peak_dbfs": -1.2},
        "decisions": decisions,
        "kept": False,
        "problems": [],
    } | changes  # fmt: skip


def account(*pieces: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "program": "imbatch2soundvisu",
        "made": "2026-11-21 10:00",
        "versions": {"numpy": "2.3"},
        "exit_code": 0,
        "collection": {"root": "/images/holiday", "source": "folder", "found": 7, "usable": 4,
                       "skipped": [{"path": "notes.jpg", "reason": "not an image"}],
                       "damaged": [{"path": "half.jpg", "reason": "60% of its rows"}],
                       "duplicates": [["a.jpg", "copy.jpg"]], "near_duplicates": []},
        "health": {"formats": {"JPEG": 3, "PNG": 1}, "sizes": {"smallest": "10 × 20"},
                   "orientations": {"landscape": 4},
                   "dates": {"first": "2004-01-01", "last": "2020-01-01", "from": {"exif": 3, "name": 0, "file": 1}},
                   "plot": None},
        "features": [LUMINANCE | {"min": 0.1, "median": 0.4, "max": 0.9, "undefined": 2}],
        "pieces": list(pieces),
        "problems": [],
        "seconds": {"discover": 0.1},
    } | changes  # fmt: skip


def page_of(folder: Path, *pieces: dict[str, Any], **changes: Any) -> str:
    return gallery.write(folder, account(*pieces, **changes)).read_text(encoding="utf-8")


def text_of(html: str) -> str:
    """What is read on the page: no style, no script, no tags."""
    html = re.sub(r"(?s)<(style|script)\b.*?</\1>|<wbr>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def film(path: Path, seconds: float = 2.0) -> None:
    """A tiny H.264 film whose grey changes every half second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for frame in range(int(seconds * 30)):
            grey = np.full((36, 64, 3), 60 * (frame // 15 % 4) + 20, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())


def furnish(folder: Path, **changes: Any) -> dict[str, Any]:
    """A piece whose files exist under `folder`."""
    place = folder / "dark"
    film(place / "sequence.mp4")
    Image.new("RGB", (320, 200), (200, 40, 40)).save(place / "contact-sheet.jpg")
    frames = [Image.new("RGB", (32, 18), (shade, 0, 0)) for shade in (0, 120, 240)]
    frames[0].save(place / "sequence.gif", save_all=True, append_images=frames[1:], duration=500, loop=0)
    (place / "sequence.csv").write_text("position\n")
    names = {"mp4": "sequence.mp4", "gif": "sequence.gif", "contact_sheet": "contact-sheet.jpg", "csv": "sequence.csv"}
    return piece(files={kind: f"dark/{name}" for kind, name in names.items()}, **changes)


def test_every_link_leads_to_a_file_and_every_file_is_linked(tmp_path: Path) -> None:
    made = furnish(tmp_path)
    html = page_of(tmp_path, made)
    assert files_of(html) == set(made["files"].values())
    assert all((tmp_path / name).is_file() for name in files_of(html))
    targets = {attrs["id"] for _, attrs in _Page(html).elements if "id" in attrs}
    assert {link[1:] for link in links(html) if link.startswith("#")} <= targets


def test_nothing_is_asked_of_any_server(tmp_path: Path) -> None:
    html = page_of(tmp_path, furnish(tmp_path))
    assert not re.search(r"(https?:)?//[\w-]+\.\w|@import|url\(|fetch\(|XMLHttpRequest", html)
    assert "connect-src 'none'" in html


def test_odd_file_names_are_percent_encoded(tmp_path: Path) -> None:
    name = '50% of #1? it\'s "é" & <b>.mid'
    (tmp_path / "my piece").mkdir()
    (tmp_path / "my piece" / name).write_bytes(b"x")
    html = page_of(tmp_path, piece(files={"mid": f"my piece/{name}"}))
    assert files_of(html) == {f"my piece/{name}"}
    assert "my%20piece/50%25%20of%20%231%3F%20it%27s%20%22%C3%A9%22%20%26%20%3Cb%3E.mid" in links(html)


@pytest.mark.parametrize("path", ["gone.mp4", "../secret.mp4", "/etc/hosts", "//server/x.mp4", "javascript:alert(1)"])
def test_a_file_that_is_not_there_is_a_problem_not_a_link(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.mp4").write_bytes(b"x")
    html = page_of(tmp_path / "outputs", piece(files={"mp4": path}))
    assert files_of(html) == set()
    assert f"{path} is missing" in text_of(html)


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    attacked = piece(
        plan=ATTACK, part=ATTACK, images=HOSTILE[:4], criterion_text=ATTACK, problems=[ATTACK],
        decisions=[{"why": ATTACK, ATTACK: ATTACK}] * 4, music={"summary": ATTACK, "key": ATTACK},
        driver=LUMINANCE | {"name": ATTACK, "description": ATTACK, "unit": ATTACK},
    )  # fmt: skip
    html = page_of(tmp_path, attacked, problems=[ATTACK], versions={ATTACK: ATTACK}, made=ATTACK)
    tags = [tag for tag, _ in _Page(html).elements]
    assert tags.count("script") == 2
    assert not [attrs for _, attrs in _Page(html).elements if any(key.startswith("on") for key in attrs)]
    assert ATTACK not in html


def test_embedded_data_survives_every_name(tmp_path: Path) -> None:
    html = page_of(tmp_path, piece(images=HOSTILE, values=[math.nan, None, 0.5, math.inf, 1.0, 0.0], starts_s=[]))
    raw = re.search(r'(?s)id="data">(.*?)</script>', html)
    assert raw is not None
    assert not set("<>&\u2028\u2029") & set(raw[1])
    assert json.loads(raw[1])["pieces"][0]["names"] == HOSTILE
    assert "\ufffd.jpg" in text_of(html)


def test_steps_of_the_curve_stand_at_the_cuts(tmp_path: Path) -> None:
    html = page_of(tmp_path, piece(starts_s=[0.0, 0.2, 1.0, 1.5], values=[0.0, 1.0, None, 0.5]))
    line = next(attrs["d"] for tag, attrs in _Page(html).elements if attrs.get("class") == "line")
    assert line == "M0 92H100V8H500M750 50H1000"


def test_hue_is_drawn_in_its_colour_and_grey_without(tmp_path: Path) -> None:
    html = page_of(tmp_path, piece(driver=HUE, values=[0.0, 120.0, 240.0, None]))
    bars = [attrs for tag, attrs in _Page(html).elements if tag == "rect" and attrs.get("class") != "tint"]
    assert [bar.get("style", bar.get("class")) for bar in bars] == [
        "fill:hsl(0.0 70% 55%)", "fill:hsl(120.0 70% 55%)", "fill:hsl(240.0 70% 55%)", "grey",
    ]  # fmt: skip
    tops = [float(bar["y"]) for bar in bars]
    assert tops[0] > tops[1] > tops[2]


@pytest.mark.parametrize(("closeness", "shown"), [(0.5, "50.0"), (-0.4, "0.0"), (1.2, "100.0")])
def test_the_scale_shows_where_the_order_lies(tmp_path: Path, closeness: float, shown: str) -> None:
    made = piece()
    made["criterion"] |= {"closeness": closeness}
    html = page_of(tmp_path, made)
    assert f'class="scale-mark" style="left:{shown}%"' in html
    assert made["criterion_text"] in text_of(html)


def test_the_health_report_tells_everything(tmp_path: Path) -> None:
    text = text_of(page_of(tmp_path))
    told = ("holiday", "notes.jpg", "not an image", "half.jpg", "60% of its rows", "copy.jpg", "JPEG", "landscape",
            "10 × 20", "2004-01-01", "the camera (EXIF)", "luminance", "0.400")  # fmt: skip
    assert [word for word in told if word not in text] == []
    assert "the file's name" not in text


def test_what_is_the_same_in_every_row_is_said_once(tmp_path: Path) -> None:
    decisions = [{"chord": f"chord{i}", "key": "C minor", "velocity": 60 + i, "odd_thing": i} for i in range(4)]
    html = page_of(tmp_path, piece(decisions=decisions))
    heads = [re.sub("<.*?>", "", head) for head in re.findall(r'(?s)<th scope="col".*?</th>', html)]
    assert heads[:7] == ["No.", "Time", "Image", "luminance", "Chord", "Velocity", "Odd thing"]
    assert "Throughout: key C minor." in text_of(html)


def test_no_pieces_a_failed_piece_and_an_empty_account_are_pages_too(tmp_path: Path) -> None:
    assert "No piece was made" in text_of(page_of(tmp_path))
    failed = {"plan": "calm to storm", "files": {}, "problems": ["no sound font"]}
    text = text_of(page_of(tmp_path, failed, exit_code=1, problems=["calm to storm: no sound font"]))
    assert "This piece could not be made" in text
    assert "Not everything could be made" in text
    assert "A collection of images" in gallery.write(tmp_path, {}).read_text(encoding="utf-8")


def test_pieces_of_other_kinds_are_shown(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "mosaic.png")
    (tmp_path / "map.html").write_text("map")
    (tmp_path / "tiles.dzi").write_text("x")
    html = page_of(
        tmp_path,
        {"plan": "portrait", "files": {"mosaic": "mosaic.png"}},
        {"plan": "map", "files": {"viewer": "map.html", "deep_zoom": "tiles.dzi"}},
    )
    assert any(attrs.get("class") == "hero" for _, attrs in _Page(html).elements)
    assert "Open: Viewer" in text_of(html)
    assert "Deep zoom" in text_of(html)


def overview(**changes: Any) -> dict[str, Any]:
    """A piece that tells of groups, as `reports.account` gives it."""
    groups = {
        "by": "k-means, k = 2, on look",
        "space": "look",
        "notes": ["The elbow is at 2."],
        "quality": {"silhouette": 0.214, "silhouette_random": -0.031, "stability": None},
        "sweep": [],
        "parts": [
            {"part": "dark", "number": 1, "order": 0, "size": 3, "words": "darker, warmer", "colour": "#123456"},
            {"part": "bright", "number": 0, "order": 1, "size": 1, "words": "brighter", "colour": "#abcdef"},
        ],
        "noise": ["x.jpg"],
    }
    return {"plan": "families", "part": "", "images": ["a.jpg", "x.jpg"], "by": "k-means", "groups": groups,
            "files": {}, "problems": [], "kept": False} | changes  # fmt: skip


def test_groups_are_an_overview_that_leads_to_the_pieces_of_their_parts(tmp_path: Path) -> None:
    Image.new("RGB", (80, 60)).save(tmp_path / "clusters_pca.png")
    Image.new("RGB", (80, 60)).save(tmp_path / "sizes.png")
    (tmp_path / "summary_report.html").write_text("report")
    told = overview(
        files={"report": "summary_report.html", "sizes": "sizes.png", "map_pca": "clusters_pca.png", "gone": "gone.csv"}
    )
    elsewhere = piece(plan="other", part="bright")
    html = page_of(tmp_path, elsewhere, told, piece(plan="families", part="dark"))
    text = text_of(html)
    assert "5 images in 2 parts · k-means, k = 2, on look" in text
    assert "Silhouette 0.21 (shuffled labels −0.03)" in text
    assert "The elbow is at 2." in text
    assert "Open: the families" in text
    assert "gone.csv is missing" in text
    rows = re.findall(r'(?s)<(a|div) class="contents-row"( href="#piece-3")?>(.*?)</\1>', html)
    assert [text_of(row).split() for _, _, row in rows] == [
        ["dark", "3", "images", "darker,", "warmer"],
        ["bright", "1", "image", "brighter"],
        ["in", "no", "part", "1", "image"],
    ]
    assert [bool(link) for _, link, _ in rows] == [True, False, False]
    heroes = [attrs["href"] for _, attrs in _Page(html).elements if attrs.get("class") == "hero"]
    assert heroes == ["clusters_pca.png"]
    swatches = [
        attrs["style"] for _, attrs in _Page(html).elements if attrs.get("class") == "swatch" and "style" in attrs
    ]
    assert swatches == ["background:#123456", "background:#abcdef", "background:#123456"]
    assert "x.jpg" not in text


def test_an_overview_may_lack_anything_and_be_hostile(tmp_path: Path) -> None:
    empty = text_of(page_of(tmp_path, overview(groups={"by": "folder"})))
    assert "0 images in 0 parts · folder" in empty
    parts = [{"part": ATTACK, "words": ATTACK, "colour": "red;background:url(x)", "size": None}, {}]
    groups = {"by": ATTACK, "notes": [ATTACK], "quality": {"silhouette": math.nan}, "parts": parts}
    html = page_of(tmp_path, overview(groups=groups), piece(plan="families", part=ATTACK))
    assert ATTACK not in html
    assert "url(" not in html
    assert [tag for tag, _ in _Page(html).elements].count("script") == 2


ROLL = {"width": 400, "height": 100, "left": 40, "right": 360, "top": 25}
BECAUSE = [
    {"feature": "luminance", "value": 0.4, "level": 0.66, "parameter": "register", "outcome": "the tune around D4"},
    {"feature": "-subject_scale", "value": 0.043, "level": 0.9, "parameter": "space", "outcome": "sustained, far"},
    {"feature": "edge_density", "value": None, "level": None, "parameter": "density", "outcome": "3 tune notes"},
]


def furnish_roll(folder: Path, **changes: Any) -> dict[str, Any]:
    """A piece with a film and a roll: time runs from 40 to 360 of 400 px."""
    made = furnish(folder, roll=ROLL, **changes)
    Image.new("RGB", (ROLL["width"], ROLL["height"]), (240, 240, 230)).save(folder / "dark" / "piano-roll.png")
    return made | {"files": made["files"] | {"piano_roll": "dark/piano-roll.png"}}


def test_the_roll_is_shown_where_the_file_says_time_runs(tmp_path: Path) -> None:
    html = page_of(tmp_path, furnish_roll(tmp_path))
    roll = next(attrs for _, attrs in _Page(html).elements if attrs.get("class") == "roll scroller")
    assert (float(roll["data-from"]), float(roll["data-to"])) == (40 / 400, 360 / 400)
    shown = [attrs for tag, attrs in _Page(html).elements if attrs.get("src") == "dark/piano-roll.png"]
    assert [(attrs["width"], attrs["height"]) for attrs in shown] == [("400", "100")]
    assert "Piano roll" in text_of(html)
    playhead = next(attrs for _, attrs in _Page(html).elements if attrs.get("class") == "roll-cursor")
    assert playhead["style"] == "top:25.0%", "below the title"


def test_a_roll_that_does_not_say_where_its_ruler_is_has_its_line_from_the_top(tmp_path: Path) -> None:
    old = {key: value for key, value in ROLL.items() if key != "top"}
    assert 'class="roll-cursor" style="top:0.0%"' in page_of(tmp_path, furnish_roll(tmp_path) | {"roll": old})


def test_a_feature_followed_the_other_way_round_says_so_in_words(tmp_path: Path) -> None:
    row = {"feature": "-hue + contrast", "value": 0.2, "parameter": "space", "outcome": "dry"}
    text = text_of(page_of(tmp_path, piece(decisions=[{"because": [row]}] * 4)))
    assert "hue (the less, the more) + contrast 0.2 → space: dry" in text


def test_reasons_are_told_though_the_first_image_has_none(tmp_path: Path) -> None:
    html = page_of(tmp_path, piece(decisions=[{"why": "a"}, *[{"because": BECAUSE}] * 3]))
    assert [tag for tag, attrs in _Page(html).elements if "data-because" in attrs] == ["div"]


@pytest.mark.parametrize(("tempo", "told"), [(112.5, "112.5"), (119.98, "120"), (117.4538, "117.5")])
def test_a_tempo_is_rounded_the_same_everywhere_on_the_page(tmp_path: Path, tempo: float, told: str) -> None:
    text = text_of(page_of(tmp_path, piece(tempo_bpm=tempo, decisions=[{"tempo_bpm": tempo}] * 4)))
    assert f"{told} bpm" in text
    assert f"tempo bpm {told}." in text


@pytest.mark.parametrize("roll", [None, {}, {"width": 400}, ROLL | {"left": 500}, ROLL | {"right": math.nan}])
def test_a_roll_that_does_not_say_where_time_runs_is_a_image(tmp_path: Path, roll: Any) -> None:
    html = page_of(tmp_path, furnish_roll(tmp_path) | {"roll": roll})
    assert not [attrs for _, attrs in _Page(html).elements if attrs.get("class") == "roll scroller"]
    assert "dark/piano-roll.png" in links(html)


def test_the_geometry_of_a_real_roll_reaches_the_page(tmp_path: Path) -> None:
    from imbatch2soundvisu.core import Score, Timeline
    from imbatch2soundvisu.visuals.pianoroll import measure_out

    plan = measure_out(Score(Timeline(30, 44_100, 15, (1, 1, 1, 1)), (), ()), 2)
    html = page_of(tmp_path, furnish_roll(tmp_path) | {"roll": plan.account()})
    roll = next(attrs for _, attrs in _Page(html).elements if attrs.get("class") == "roll scroller")
    for tick in (0, plan.ticks // 3, plan.ticks):
        share = float(roll["data-from"]) + (float(roll["data-to"]) - float(roll["data-from"])) * tick / plan.ticks
        assert share * plan.width == pytest.approx(plan.x(tick), abs=0.5)


def test_reasons_are_read_as_feature_value_parameter_and_outcome(tmp_path: Path) -> None:
    decisions = [
        {"bar": 1, "beat": 3, "frame": 1234, "sample": 44100, "tension": 0.2 * i, "because": BECAUSE} for i in range(4)
    ]
    html = page_of(tmp_path, piece(decisions=decisions))
    text = text_of(html)
    assert text.count("luminance 0.400 → register: the tune around D4") == 4 + 1
    assert "subject scale 0.043 (the less, the more) → space: sustained, far" in text
    assert "edge density" not in text, "what is undefined is no cause"
    assert text.count("2 reasons") == 4
    assert "frame 1,234, sample 44,100" in text
    assert "tension 0.6" in text
    heads = [re.sub("<.*?>", "", head) for head in re.findall(r'(?s)<th scope="col".*?</th>', html)]
    assert heads[:6] == ["No.", "Time", "Bar.beat", "Image", "luminance", "Why"]


def test_reasons_of_a_mix_are_those_of_both(tmp_path: Path) -> None:
    other = {"because": [{"feature": "hue", "value": 10, "parameter": "colour", "outcome": "a ninth"}]}
    text = text_of(page_of(tmp_path, piece(decisions=[{"because": BECAUSE, "with": other}] * 4)))
    assert "hue 10 → colour: a ninth" in text
    assert text.count("3 reasons") == 4


def test_tracks_are_ranked_and_what_is_told_once_is_no_column(tmp_path: Path) -> None:
    ranking = [{"track": "calm.ogg", "distance": 0.1234}, {"track": f"{ATTACK}.ogg", "distance": 0.9}]
    decisions: list[dict[str, Any]] = [{"track": "calm.ogg", "why": f"beat {i}"} for i in range(4)]
    decisions[0] |= {
        "ranking": ranking,
        "measured": {"energy": 2573.1},
        "wished": {"energy": 0.8},
        "place": {"energy": 0.7},
    }
    html = page_of(tmp_path, piece(decisions=decisions))
    rows = re.findall(
        r"(?s)<tr[^>]*>(?:(?!</tr>).)*\.ogg(?:(?!</tr>).)*</tr>", html.replace("<wbr>", "").split('class="ranking"')[1]
    )
    assert [text_of(row).split()[-2:] for row in rows[:1]] == [["chosen", "0.1234"]]
    assert "chosen" not in text_of(rows[1])
    assert "wished energy 0.80 (the track 0.70)" in text_of(html)
    assert "2573" not in text_of(html).replace(",", ""), "units cannot be compared with a wish"
    assert ">Wished<" not in html
    assert ATTACK not in html


def test_tracks_of_a_mix_and_all_that_were_left_out_are_told(tmp_path: Path) -> None:
    left_out = [{"track": f"broken{i}.mp3", "reason": "is silent"} for i in range(12)]
    track = {"track": "calm.ogg", "ranking": [{"track": "calm.ogg", "distance": 0.25}], "left_out": left_out}
    html = page_of(tmp_path, piece(decisions=[{"why": "a", "with": track}, *[{"with": {"track": "calm.ogg"}}] * 3]))
    assert "calm.ogg chosen 0.25" in text_of(html.split('class="ranking"')[1].split("</table>")[0])
    folded = re.findall(r"(?s)<details(?:(?!</details>).)*Tracks left out.*?</details>", html)
    assert [text_of(each).count("is silent") for each in folded] == [12]
    assert not folded[0].startswith('<details class="fold" open')


@pytest.mark.parametrize("odd", [[3, "x"], "text", {"a": 1}, [{}], [{"level": "high", "value": [1, 2]}]])
def test_odd_reasons_are_a_page_too(tmp_path: Path, odd: Any) -> None:
    html = page_of(tmp_path, piece(decisions=[{"because": odd, "with": odd, "ranking": odd}] * 4))
    assert "a.jpg" in text_of(html)


def test_a_piece_without_music_still_has_its_page(tmp_path: Path) -> None:
    html = page_of(tmp_path, furnish(tmp_path, music=None, decisions=[{}] * 4, roll=None))
    assert "Image by image" in text_of(html)
    assert not [attrs for _, attrs in _Page(html).elements if "roll" in attrs.get("class", "").split()]


def test_same_account_same_bytes_and_run_json_is_linked(tmp_path: Path) -> None:
    made = furnish(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    first = page_of(tmp_path, made)
    assert page_of(tmp_path, made) == first
    assert "run.json" in links(first)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_animation_and_sound_wait_to_be_asked(tmp_path: Path) -> None:
    elements = _Page(page_of(tmp_path, furnish(tmp_path))).elements
    assert not [attrs for _, attrs in elements if "autoplay" in attrs]
    assert not [attrs for tag, attrs in elements if tag == "img" and attrs.get("src", "").endswith(".gif")]


@pytest.mark.parametrize(("count", "preload"), [(2, "metadata"), (30, "none")])
def test_many_films_wait_until_they_are_near(tmp_path: Path, count: int, preload: str) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    elements = _Page(page_of(tmp_path, *[piece(files={"mp4": "a.mp4"})] * count)).elements
    assert [attrs["preload"] for tag, attrs in elements if tag == "video"] == [preload] * count


def test_colours_have_enough_contrast() -> None:
    css = (gallery.TEMPLATES / "gallery.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in blocks)
    pairs = [("ink", "ground"), ("soft", "ground"), ("soft", "raised"), ("accent", "ground"), ("on-accent", "accent"),
             ("warn", "warn-ground"), ("ink", "warn-ground")]  # fmt: skip
    for theme in (light, dark):
        assert {pair: True for pair in pairs} == {(a, b): contrast(theme[a], theme[b]) >= 4.5 for a, b in pairs}


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two sRGB colours (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class Browser:
    """Chromium over the DevTools protocol: messages end with a zero byte, on file descriptors 3 and 4."""

    def __init__(self, profile: Path) -> None:
        to_browser, self._out = _high_pipe()
        self._in, from_browser = _high_pipe()

        def place() -> None:
            os.dup2(to_browser, 3)
            os.dup2(from_browser, 4)

        held = [os.open(os.devnull, os.O_RDONLY) for _ in range(8)]
        options = "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
        options += "disable-component-update disable-sync mute-audio remote-debugging-pipe"
        self._process = subprocess.Popen(
            [str(CHROMIUM), *(f"--{option}" for option in options.split()), f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=place,
        )  # fmt: skip
        for descriptor in (*held, to_browser, from_browser):
            os.close(descriptor)
        self._buffer, self._last, self.events = b"", 0, []  # type: ignore[var-annotated]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            received = os.read(self._in, 1 << 16)
            if not received:
                raise EOFError("the browser is gone")
            self._buffer += received
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._last:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def wait_for(self, method: str, session: str) -> None:
        while not any(e.get("method") == method and e.get("sessionId") == session for e in self.events):
            self.events.append(self._read())

    def open(self, page: Path, width: int = 1200, dark: bool = False) -> Tab:
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        tab.send("Page.enable")
        tab.send("Runtime.enable")
        tab.send("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.send("Emulation.setEmulatedMedia", features=[scheme, {"name": "prefers-reduced-motion", "value": "reduce"}])
        tab.send("Page.navigate", url=page.resolve().as_uri())
        self.wait_for("Page.loadEventFired", session)
        return tab

    def close(self) -> None:
        self.send("Browser.close")
        os.close(self._out)
        os.close(self._in)
        self._process.wait(20)


class Tab:
    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session
        self.send: Callable[..., dict[str, Any]] = functools.partial(self._send)

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        return self.browser.send(method, self.session, **params)

    def run(self, script: str) -> Any:
        """The value of a script, awaited, as if a person had clicked."""
        wanted = {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        answer = self.send("Runtime.evaluate", **wanted)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        text = key if len(key) == 1 else ""
        code = {" ": 32, "ArrowLeft": 37, "ArrowRight": 39, "Escape": 27}.get(key, 0)
        common = {"key": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def click(self, selector: str, across: float = 0.5) -> None:
        self.run(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.run(f"document.querySelector({selector!r}).getBoundingClientRect().toJSON()")
        at = {"x": box["x"] + across * box["width"], "y": box["y"] + box["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    def screenshot(self) -> bytes:
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def now(self, number: int = 1) -> dict[str, str]:
        return self.run(
            f"Object.fromEntries([...document.querySelectorAll('#piece-{number} [data-now]')]"
            ".map(element => [element.dataset.now, element.textContent]))"
        )

    def complaints(self) -> list[dict[str, Any]]:
        """Exceptions and dialogs so far."""
        methods = ("Runtime.exceptionThrown", "Page.javascriptDialogOpening")
        return [e for e in self.browser.events if e.get("method") in methods and e["sessionId"] == self.session]


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends are out of the way of descriptors 3 and 4."""
    low = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in low]
    for end in low:
        os.close(end)
    return high[0], high[1]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


SEEK = """new Promise(done => {
  const film = document.querySelector('#piece-1 video');
  film.addEventListener('seeked', () => requestAnimationFrame(() => done(film.currentTime)), {once: true});
  film.currentTime = %s;
})"""


def width_of(image: str) -> str:
    """A script: the width of an image, once it is decoded."""
    return f"(image => image.decode().then(() => image.naturalWidth))(document.querySelector({image!r}))"


@in_browser
def test_the_cursor_follows_the_film(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, account(furnish(tmp_path))))
    assert tab.now() == {
        "number": "1", "name": "a.jpg", "shown": "0.100", "bar": "1.1", "chord": "chord0", "why": "reason 0",
    }  # fmt: skip
    for seconds, number, name in ((1.2, "3", "c.jpg"), (0.5, "2", "b.jpg"), (1.99, "4", "d.jpg")):
        assert tab.run(SEEK % seconds) == pytest.approx(seconds)
        assert (tab.now()["number"], tab.now()["name"]) == (number, name)
        left = tab.run("parseFloat(document.querySelector('#piece-1 .cursor').style.left)")
        assert left == pytest.approx(50 * seconds, abs=0.1)
        assert tab.run("document.querySelector('tr[aria-current] button').textContent") == number
        assert tab.run("document.querySelector('.curve').getAttribute('aria-valuenow')") == number
    assert tab.complaints() == []


@in_browser
def test_playing_moves_the_cursor_to_the_last_image(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, account(furnish(tmp_path))))
    seen = tab.run("""new Promise(done => {
      const film = document.querySelector('video'), seen = new Set();
      const look = new MutationObserver(() => seen.add(document.querySelector('[data-now=number]').textContent));
      look.observe(document.querySelector('.now'), {subtree: true, childList: true, characterData: true});
      film.addEventListener('ended', () => done([...seen]), {once: true});
      film.muted = true; film.playbackRate = 2; film.play();
    })""")
    assert seen[-1] == "4"
    assert {"2", "3"} <= set(seen)


@in_browser
def test_curve_keys_and_rows_jump(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, account(furnish(tmp_path))))
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
def test_only_one_piece_plays_and_space_pauses_it(browser: Browser, tmp_path: Path) -> None:
    made = furnish(tmp_path)
    tab = browser.open(gallery.write(tmp_path, account(made, made | {"plan": "again"})))
    playing = "[...document.querySelectorAll('video')].map(film => !film.paused)"
    assert tab.run(playing) == [False, False]
    tab.run("document.querySelectorAll('video').forEach(film => { film.loop = true; film.muted = true; })")
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
def test_gif_and_film_change_places(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, account(furnish(tmp_path))))
    tab.click("[data-show=gif]")
    assert tab.run("[document.querySelector('video').hidden, document.querySelector('.gif').hidden]") == [True, False]
    assert tab.run(width_of(".gif")) == 32
    tab.click(".curve", 0.1)
    assert tab.run("[document.querySelector('video').hidden, document.querySelector('.gif').hidden]") == [False, True]


@in_browser
def test_help_and_the_enlarged_sheet_open_and_close(browser: Browser, tmp_path: Path) -> None:
    tab = browser.open(gallery.write(tmp_path, account(furnish(tmp_path))))
    opened = "document.querySelector('dialog[open]')?.id ?? ''"
    tab.press("?")
    assert tab.run(opened) == "help"
    tab.press("Escape")
    assert tab.run(opened) == ""
    tab.click(".sheet")
    assert tab.run(opened) == "enlarged"
    assert tab.run(width_of("#enlarged img")) == 320


@in_browser
def test_hostile_names_do_nothing_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    attacked = furnish(
        tmp_path, plan=ATTACK, part=HOSTILE[1], images=HOSTILE, problems=HOSTILE, values=[0.1] * 6, shown=HOSTILE,
        starts_s=[i / 3 for i in range(6)], decisions=[{"bar": 1, "chord": name, "why": name} for name in HOSTILE],
    )  # fmt: skip
    tab = browser.open(gallery.write(tmp_path, account(attacked, problems=HOSTILE)))
    for index, name in enumerate(HOSTILE):
        tab.click(".curve", (index + 0.5) / 6)
        assert tab.now()["name"].replace("\ufffd", "\udcff") == name
    assert tab.run("document.querySelectorAll('script').length") == 2
    assert tab.run("document.querySelectorAll('img[src=x], [onerror], [onmouseover]').length") == 0
    assert tab.complaints() == []


@in_browser
def test_a_phone_needs_no_sideways_scrolling(browser: Browser, tmp_path: Path) -> None:
    long = "W" * 120
    made = furnish(tmp_path, plan=long, images=[f"{long}/{long}.jpg"] * 4, problems=[long])
    problems = {"collection": {"root": f"/{long}", "skipped": [{"path": long, "reason": long}]}}
    parts = [{"part": long, "size": 3, "words": long, "colour": "#123456"}]
    told = overview(plan=long, groups={"by": long, "notes": [long], "parts": parts})
    tab = browser.open(gallery.write(tmp_path, account(made, told, **problems)), width=360)
    tab.run("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert tab.run("document.documentElement.scrollWidth") <= 360
    assert tab.run("document.querySelector('video').getBoundingClientRect().width") >= 300


@in_browser
def test_the_playhead_moves_over_the_roll_and_a_click_jumps(browser: Browser, tmp_path: Path) -> None:
    made = furnish_roll(tmp_path, decisions=[{"because": [BECAUSE[i % 2]]} for i in range(4)])
    tab = browser.open(gallery.write(tmp_path, account(made)))
    place = "document.querySelector('#piece-1 .roll-cursor').offsetLeft + 1"
    for seconds in (0.0, 1.2, 2.0):
        tab.run(SEEK % seconds) if seconds else None
        assert tab.run(place) == pytest.approx(40 + 320 * seconds / 2, abs=1.5)
    sides = "[playhead.offsetTop, playhead.offsetTop + playhead.offsetHeight]"
    head = tab.run(f"(() => {{ const playhead = document.querySelector('#piece-1 .roll-cursor'); return {sides}; }})()")
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
    made = furnish_roll(tmp_path) | {"roll": {"width": 4000, "height": 1000, "left": 400, "right": 3600}}
    tab = browser.open(gallery.write(tmp_path, account(made)), width=390)
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
    made = furnish_roll(tmp_path, decisions=[{"because": BECAUSE}] * 4)
    tab = browser.open(gallery.write(tmp_path, account(made)))
    tab.run("document.querySelector('.score').open = true")
    tab.click(".score tbody tr:nth-child(3) summary", 0.1)
    assert tab.run("document.querySelectorAll('.score tbody details[open]').length") == 1
    assert tab.now()["number"] == "1"
    tab.click(".score tbody tr:nth-child(3) th")
    assert tab.now()["number"] == "3"


@in_browser
def test_light_and_dark_differ(browser: Browser, tmp_path: Path) -> None:
    page = gallery.write(tmp_path, account(furnish(tmp_path)))
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = browser.open(page), browser.open(page, dark=True)
    assert light.run(ground) == "rgb(252, 252, 251)"
    assert dark.run(ground) == "rgb(16, 16, 18)"
    assert light.screenshot() != dark.screenshot()
