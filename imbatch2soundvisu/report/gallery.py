"""The gallery: one static page, `outputs/index.html`, that opens from disk and plays everything.

The page asks nothing of any server: style, script and data are inside it, films and sheets lie beside it. What names
and metadata contain is text, wherever it is shown: in markup, in links and in the embedded JSON.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from markupsafe import Markup

from .. import config
from ..core import FeatureInfo, tempo_text
from ..runtime import files
from . import decision_table
from .cluster_overview import anchors_of, overview
from .pages import (
    TEMPLATES,
    asset,
    cell,
    clamp,
    clock,
    embedded,
    environment,
    link,
    number_or_none,
    number_text,
    plural,
    size_text,
    whole,
)

__all__ = ["KINDS", "TEMPLATES", "render", "write"]

#: What the kinds of files are called on the page; a kind that is not here is called by its own name.
KINDS = {
    "mp4": "Video",
    "gif": "Animated GIF",
    "mid": "Score (MIDI)",
    "wav": "Sound (WAV)",
    "csv": "The order as a table",
    "decisions": "The music's reasons",
    "contact_sheet": "Contact sheet",
    "storyboard": "Storyboard",
    "piano_roll": "Piano roll",
    "report": "The families",
    "report_text": "The families (text)",
    "assignments": "Image by image (CSV)",
    "embeddings": "Vectors (NPZ)",
    "map_umap": "Map (UMAP)",
    "map_pca": "Map (PCA)",
    "silhouettes": "Silhouettes",
    "sweep": "Which k",
    "dendrogram": "Tree of the parts",
    "sizes": "Sizes of the parts",
}
IMAGES = (".avif", ".jpeg", ".jpg", ".png", ".svg", ".webp")
FILMS = (".m4v", ".mp4", ".webm")
PAGES = (".htm", ".html")

DATED = {"exif": "the camera (EXIF)", "name": "the file's name", "file": "the file's own time"}
LEVELS = {"loudness_lufs": "LUFS", "peak_dbfs": "dBFS peak"}
#: The curve is drawn in a box of this many units, and stretched to the player's width.
CURVE_WIDTH, CURVE_HEIGHT, CURVE_MARGIN = 1000.0, 100.0, 8.0

#: More films than this are loaded only when they come near the window.
EAGER_FILMS = 24


def write(outputs: Path, account: Mapping[str, Any]) -> Path:
    """Write `outputs/index.html`, whole or not at all, and return its path.

    account : what `run.json` holds; every block of it may be missing. Files it names are linked when they exist under
    `outputs`, and reported as missing on the page when they do not. `run.json` is linked when it is there already.
    """
    path = outputs / "index.html"
    files.write_text(path, render(outputs, account))
    return path


def render(outputs: Path, account: Mapping[str, Any]) -> str:
    """The page as text. Same account and same files, same text."""
    script = asset("gallery.js")
    known = {str(feature.get("name")): _info(feature) for feature in account.get("features") or ()}
    pieces = [_piece(outputs, number, piece, known) for number, piece in enumerate(account.get("pieces") or (), 1)]
    _tell_parts(pieces)
    page = environment().get_template("gallery.html.j2").render(
        style=Markup(asset("gallery.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
        data=embedded({"pieces": [piece["data"] for piece in pieces]}),
        account=account,
        pieces=pieces,
        many=len(pieces) > EAGER_FILMS,
        name=_name(account.get("collection") or {}),
        counts=_counts(account.get("collection") or {}),
        collection=account.get("collection") or {},
        health=_health(outputs, account.get("health") or {}),
        features=[_feature(feature) for feature in account.get("features") or ()],
        fps=config.FPS,
        run_json=link(outputs, "run.json"),
    )  # fmt: skip
    return whole(page)


def _name(collection: Mapping[str, Any]) -> str:
    """What the collection is called: the last part of its root."""
    if collection.get("source") == "sample":
        return "The built-in sample"
    parts = re.split(r"[/\\]", str(collection.get("root") or "").rstrip("/\\"))
    return parts[-1] or "A collection of images"


def _counts(collection: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The figures of the health report: (how many, of what)."""
    labels = {
        "usable": "images used",
        "found": "files found",
        "skipped": "skipped",
        "damaged": "damaged, used as far as they go",
        "duplicates": "sets of exact duplicates",
        "near_duplicates": "sets that look the same",
    }
    known = {key: collection[key] for key in labels if collection.get(key) is not None}
    return [(value if isinstance(value, int) else len(value), labels[key]) for key, value in known.items()]


def _health(outputs: Path, health: Mapping[str, Any]) -> dict[str, Any]:
    dates = health.get("dates") or {}
    return {
        "shares": [
            (title, _shares(health.get(key) or {}))
            for title, key in (("Formats", "formats"), ("Orientation", "orientations"))
            if health.get(key)
        ],
        "sizes": list((health.get("sizes") or {}).items()),
        "dates": [(key, dates[key]) for key in ("first", "last") if dates.get(key)],
        "dates_from": [f"{n:,} from {DATED.get(key, key)}" for key, n in (dates.get("from") or {}).items() if n],
        "plot": link(outputs, health.get("plot")),
    }


def _shares(counts: Mapping[str, int]) -> list[tuple[str, int, float]]:
    """(name, count, share of the largest in percent), largest first."""
    most = max(counts.values(), default=0) or 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(name, count, round(100 * count / most, 1)) for name, count in ordered]


def _info(known: Mapping[str, Any]) -> FeatureInfo:
    name, unit, description = (str(known.get(key) or "") for key in ("name", "unit", "description"))
    low, high = (number_or_none(known.get(key)) for key in ("low", "high"))
    return FeatureInfo(name or "value", unit, low, high, bool(known.get("circular")), description)


def _feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the feature table; `spots` are (percent of the range, which) for the little scale."""
    info = _info(feature)
    numbers = {key: number_or_none(feature.get(key)) for key in ("min", "median", "max")}
    low, high = info.low, info.high
    spots: dict[str, float] = {}
    if low is not None and high is not None and high > low and None not in numbers.values():
        spots = {k: round(100 * clamp((v - low) / (high - low)), 1) for k, v in numbers.items() if v is not None}
    return {
        "info": info,
        "spots": spots,
        "undefined": int(feature.get("undefined") or 0),
        **{key: info.format(math.nan if value is None else value) for key, value in numbers.items()},
    }


def _piece(outputs: Path, number: int, piece: Mapping[str, Any], known: Mapping[str, FeatureInfo]) -> dict[str, Any]:
    """Everything the template needs of one piece, and `data`: what the script needs. known : what features mean."""
    plan, part = str(piece.get("plan") or f"Result {number}"), str(piece.get("part") or "")
    groups = piece.get("groups") or None
    names = [] if groups else [str(name) for name in piece.get("images") or ()]
    info = _info(piece["driver"]) if piece.get("driver") else None
    values = [number_or_none(value) for value in piece.get("values") or ()][: len(names)]
    shown = _shown(piece, values, info)
    seconds = number_or_none(piece.get("seconds")) or 0.0
    starts = _starts(piece, len(names), seconds)
    decisions = list(piece.get("decisions") or ())[: len(names)]
    shelf = _shelf(outputs, piece.get("files") or {})
    roll = _roll(shelf, piece.get("roll") or {}) if seconds > 0 else None
    music = piece.get("music") or {}
    fps = number_or_none(piece.get("fps")) or float(config.FPS)
    return {
        "id": f"piece-{number}",
        "number": number,
        "plan": plan,
        "part": part,
        "groups": groups,
        "overview": None,
        "colour": "",
        "title": f"{plan} · {part}" if part else plan,
        "lead": _lead(names, info, seconds, piece, music),
        "info": info,
        "curve": _curve(values, starts, seconds, info) if names and seconds > 0 else None,
        "roll": roll,
        "images": decision_table.images(names, shown, starts, decisions, known),
        "rankings": decision_table.rankings(music, decisions),
        **decision_table.columns(decisions),
        "criterion": _criterion(piece),
        "music": music,
        "sound": _sound(music),
        "problems": [*map(str, piece.get("problems") or ()), *(f"{gone} is missing" for gone in shelf["missing"])],
        "kept": bool(piece.get("kept")),
        "shelf": shelf,
        "data": {
            "id": f"piece-{number}",
            "seconds": seconds,
            "half_frame": 0.5 / fps,
            "starts": starts,
            "names": names,
            "shown": shown,
            "music": [[decision_table.place(d), cell(d.get("chord")), str(d.get("why") or "")] for d in decisions],
        },
    }


def _tell_parts(pieces: Sequence[dict[str, Any]]) -> None:
    """Give the pieces that tell of groups their overview, and those of the parts the colour they have in it."""
    for piece in pieces:
        if piece["groups"]:
            piece["overview"] = overview(piece["groups"], anchors_of(pieces, piece["plan"]))
            piece["lead"] = piece["overview"]["lead"]
            for each in pieces:
                if each["plan"] == piece["plan"]:
                    each["colour"] = piece["overview"]["colours"].get(each["part"], "")


def _lead(
    names: Sequence[str], info: FeatureInfo | None, seconds: float, piece: Mapping[str, Any], music: Mapping[str, Any]
) -> list[str]:
    by = f" by {piece.get('by') or info.name}" if info else ""
    images = f"{plural(len(names), 'image')}{by}" if names else ""
    tempo = number_or_none(piece.get("tempo_bpm"))
    facts = (
        piece.get("about"),
        images,
        seconds and clock(seconds),
        tempo and f"{tempo_text(tempo)} bpm",
        music.get("key"),
    )
    return [str(fact) for fact in facts if fact]


def _shown(piece: Mapping[str, Any], values: Sequence[float | None], info: FeatureInfo | None) -> list[str]:
    given = piece.get("shown")
    if given:
        return [str(text) for text in given]
    return [(info or FeatureInfo("value")).format(math.nan if value is None else value) for value in values]


def _starts(piece: Mapping[str, Any], count: int, seconds: float) -> list[float]:
    """When each image starts, in seconds; evenly spaced where the account does not say."""
    given = [float(start) for start in piece.get("starts_s") or ()]
    return given[:count] if len(given) >= count else [seconds * i / count for i in range(count)]


def _shelf(outputs: Path, kinds: Mapping[str, str]) -> dict[str, Any]:
    """The piece's files by the way they are shown: film, gif, pages, images; all of them as links; the missing."""
    shelf: dict[str, Any] = {"film": None, "gif": None, "pages": [], "images": [], "links": [], "missing": []}
    order = list(KINDS)
    for kind, relative in sorted(kinds.items(), key=lambda item: order.index(item[0]) if item[0] in order else 99):
        href = link(outputs, relative)
        if href is None:
            shelf["missing"].append(str(relative))
            continue
        item = {
            "kind": kind,
            "label": KINDS.get(kind) or kind.replace("_", " ").replace("-", " ").capitalize(),
            "href": href,
            "ending": PurePosixPath(relative).suffix.lower(),
            "size": size_text((outputs / relative).stat().st_size),
        }
        shelf["links"].append(item)
        if item["ending"] in FILMS and not shelf["film"]:
            shelf["film"] = item
        elif item["ending"] == ".gif" and not shelf["gif"]:
            shelf["gif"] = item
        elif item["ending"] in PAGES:
            shelf["pages"].append(item)
        elif item["ending"] in IMAGES:
            shelf["images"].append(item)
    shelf["thumbnail"] = shelf["images"][0] if shelf["images"] else None
    shelf["hero"] = None if shelf["film"] or shelf["gif"] or not shelf["images"] else shelf["images"].pop(0)
    return shelf


def _roll(shelf: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The piano roll with where its time axis begins and ends, as shares of its width, and where the ruler does, in
    percent of its height; taken from the images of the shelf."""
    item = next((item for item in shelf["images"] if item["kind"] == "piano_roll"), None)
    width, height, left, right = (number_or_none(given.get(key)) for key in ("width", "height", "left", "right"))
    if item is None or width is None or height is None or left is None or right is None:
        return None
    if not (0 <= left < right <= width and height > 0):
        return None
    shelf["images"].remove(item)
    top = round(100 * clamp((number_or_none(given.get("top")) or 0) / height), 2)
    axis = {"from": left / width, "to": right / width, "top": top}
    return item | {"width": int(width), "height": int(height)} | axis


def _curve(
    values: Sequence[float | None], starts: Sequence[float], seconds: float, info: FeatureInfo | None
) -> dict[str, Any]:
    """The driving values over time as SVG path data, in a box of 1000 × 100 units; steps at the cuts.

    `bars` hold one rectangle an image instead where values go round a circle, coloured with their hue. Without
    values only the cuts are drawn.
    """
    edges = [CURVE_WIDTH * clamp(start / seconds) for start in (*starts, seconds)]
    known = [value for value in values if value is not None]
    cuts = "".join(f"M{_round(x)} 0V{_round(CURVE_HEIGHT)}" for x in edges[1:-1])
    curve: dict[str, Any] = {"cuts": cuts, "line": "", "area": "", "bars": [], "low": "", "high": "", "mid": ""}
    if not known:
        return curve
    info = info or FeatureInfo("value")
    low, high = (info.low or 0.0, info.high or 360.0) if info.circular else (min(known), max(known))
    heights = [None if value is None else _height(value, low, high) for value in values]
    curve |= {"mid": info.format(low)} if low == high else {"low": info.format(low), "high": info.format(high)}
    if info.circular:
        bars = zip(edges, edges[1:], values, heights, strict=False)
        curve["bars"] = [_bar(left, right, value, y, low, high, info) for left, right, value, y in bars]
    else:
        curve["line"], curve["area"] = _steps(edges, heights)
    return curve


def _height(value: float, low: float, high: float) -> float:
    """Units from the top of the curve's box."""
    share = 0.5 if high == low else clamp((value - low) / (high - low))
    return CURVE_HEIGHT - CURVE_MARGIN - share * (CURVE_HEIGHT - 2 * CURVE_MARGIN)


def _bar(
    left: float, right: float, value: float | None, y: float | None, low: float, high: float, info: FeatureInfo
) -> dict[str, Any]:
    """An image's rectangle; one without a value is a low, colourless one."""
    top = CURVE_HEIGHT - CURVE_MARGIN if y is None else y
    colour = "" if value is None else _hue(360 * (value - low) / ((high - low) or 1), info)
    sides = {"x": left, "width": max(right - left, 0.0), "y": top, "height": CURVE_HEIGHT - top}
    return {"colour": colour} | {side: _round(units) for side, units in sides.items()}


def _hue(degrees: float, info: FeatureInfo) -> str:
    """The CSS colour of a hue, on the wheel that the feature's description names; the accent for other angles."""
    if "hue" not in f"{info.name} {info.description}".lower():
        return "var(--accent)"
    wheel = "oklch(0.7 0.15 {:.1f})" if re.search("ok(lab|lch)", info.description, re.I) else "hsl({:.1f} 70% 55%)"
    return wheel.format(degrees % 360)


def _steps(edges: Sequence[float], heights: Sequence[float | None]) -> tuple[str, str]:
    """SVG path data of the stepped line, and of the area under it; undefined values leave gaps."""
    line, area, pen_down = [], [], False
    for left, right, y in zip(edges, edges[1:], heights, strict=False):
        if y is None:
            pen_down = False
            continue
        line.append(f"{'V' if pen_down else f'M{_round(left)} '}{_round(y)}H{_round(right)}")
        area.append(f"M{_round(left)} {_round(CURVE_HEIGHT)}V{_round(y)}H{_round(right)}V{_round(CURVE_HEIGHT)}Z")
        pen_down = True
    return "".join(line), "".join(area)


def _criterion(piece: Mapping[str, Any]) -> dict[str, Any] | None:
    """The text, and `at`: where this order lies from random (0) to the best known (100), in percent."""
    given, text = piece.get("criterion") or {}, str(piece.get("criterion_text") or "")
    if not given and not text:
        return None
    keys = ("length", "random", "best", "mean_step", "largest_step", "closeness")
    numbers = {key: number_or_none(given.get(key)) for key in keys}
    closeness = numbers["closeness"]
    at = round(100 * clamp(closeness), 1) if closeness is not None and numbers["random"] else None
    return numbers | {"text": text, "space": str(given.get("space") or ""), "at": at}


def _sound(music: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known of the music, as (label, text)."""
    levels = ((number_or_none(music.get(key)), unit) for key, unit in LEVELS.items())
    loudness = ", ".join(f"{number_text(level)} {unit}" for level, unit in levels if level is not None)
    facts = (("Style", music.get("style")), ("Key", music.get("key")), ("Loudness", loudness))
    return [(label, str(text)) for label, text in (*facts, ("Played by", music.get("engine"))) if text]


def _round(units: float) -> str:
    return f"{units:.2f}".rstrip("0").rstrip(".")
