"""What the gallery shows of a result whose images have an order in time: curve, piano roll, criterion, music, table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..core import FeatureInfo, tempo_text
from . import decision_table
from .collection_view import feature_info
from .curve import value_curve
from .file_views import FileView
from .formatting import cell, clamp, clock, number_or_none, number_text, plural

#: Assumed where an entry has no frame rate.
_FPS = 30.0
_LEVELS = {"loudness_lufs": "LUFS", "peak_dbfs": "dBFS peak"}
_CRITERION = ("length", "random", "best", "mean_step", "largest_step", "closeness")


def sequence_view(entry: Mapping[str, Any], features: Mapping[str, FeatureInfo]) -> dict[str, Any]:
    """Return what the template and the script need of an entry; everything is empty where it has no images in time.

    Parameters
    ----------
    entry : mapping
        A result of the manifest; every key of it may be missing.
    features : mapping
        {name: FeatureInfo} of the run.
    """
    names = [] if entry.get("clusters") else [str(name) for name in entry.get("images") or ()]
    info = feature_info(entry["driver"]) if entry.get("driver") else None
    values = [number_or_none(value) for value in entry.get("values") or ()][: len(names)]
    shown = _shown(entry, values, info)
    seconds = number_or_none(entry.get("seconds")) or 0.0
    starts_s = _starts_s(entry, len(names), seconds)
    decisions = [each for each in entry.get("decisions") or () if isinstance(each, Mapping)][: len(names)]
    music = entry.get("music") or {}
    timed = bool(names) and seconds > 0
    listed = bool(names) and (timed or bool(values) or bool(decisions))
    return {
        "info": info,
        "music": music,
        "images_in_time": decision_table.image_rows(names, shown, starts_s, decisions, features) if listed else [],
        "curve": value_curve(values, starts_s, seconds, info) if timed else None,
        "rankings": decision_table.track_rankings(music, decisions),
        **decision_table.table_columns(decisions),
        "criterion": _criterion(entry),
        "sound": _sound(music),
        "player": {
            "seconds": seconds,
            "half_frame": 0.5 / (number_or_none(entry.get("fps")) or _FPS),
            "starts": starts_s if listed else [],
            "names": names if listed else [],
            "shown": shown,
            "music": [[decision_table.bar_beat(d), cell(d.get("chord")), str(d.get("why") or "")] for d in decisions],
        },
    }


def sequence_summary(entry: Mapping[str, Any]) -> str:
    """Return the line of a result that has no `summary`: images, order, duration, tempo, key; as far as they exist.

    >>> sequence_summary({"images": ["a.jpg", "b.jpg"], "by": "hue", "seconds": 2, "tempo_bpm": 120})
    '2 images by hue · 0:02 · 120 bpm'
    """
    names, tempo, seconds = (
        entry.get("images") or (),
        number_or_none(entry.get("tempo_bpm")),
        number_or_none(entry.get("seconds")),
    )
    by = str(entry.get("by") or (entry.get("driver") or {}).get("name") or "")
    count = plural(len(names), "image") if names else ""
    facts = (
        f"{count} by {by}" if count and by else count,
        clock(seconds) if seconds else "",
        f"{tempo_text(tempo)} bpm" if tempo else "",
        str((entry.get("music") or {}).get("key") or ""),
    )
    return " · ".join(fact for fact in facts if fact)


def roll_view(image: FileView | None, geometry: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the piano roll with its time axis, or None where the geometry is incomplete.

    Parameters
    ----------
    image : FileView or None
        The image file.
    geometry : mapping
        `width`, `height`, `left`, `right`, `top` in pixels: time runs from `left` to `right`, the ruler is at `top`.

    Returns
    -------
    dict or None
        `from` and `to` as shares of the width, `top` in percent of the height.
    """
    width, height, left, right = (number_or_none(geometry.get(key)) for key in ("width", "height", "left", "right"))
    if image is None or width is None or height is None or left is None or right is None:
        return None
    if not (0 <= left < right <= width and height > 0):
        return None
    top = round(100 * clamp((number_or_none(geometry.get("top")) or 0) / height), 2)
    return {
        "href": image.href, "width": int(width), "height": int(height), "from": left / width, "to": right / width,
        "top": top,
    }  # fmt: skip


def _shown(entry: Mapping[str, Any], values: Sequence[float | None], info: FeatureInfo | None) -> list[str]:
    given = entry.get("shown")
    if given:
        return [str(text) for text in given]
    return [(info or FeatureInfo("value")).format(math.nan if value is None else value) for value in values]


def _starts_s(entry: Mapping[str, Any], count: int, seconds: float) -> list[float]:
    """When each image starts; evenly spaced where the entry has too few times."""
    given = [float(start) for start in entry.get("starts_s") or ()]
    return given[:count] if len(given) >= count else [seconds * i / count for i in range(count)]


def _criterion(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """The measures of the order; `percent`: where it lies from random (0) to the best known order (100)."""
    given, text = entry.get("criterion") or {}, str(entry.get("criterion_text") or "")
    if not given and not text:
        return None
    numbers = {key: number_or_none(given.get(key)) for key in _CRITERION}
    closeness = numbers["closeness"]
    percent = round(100 * clamp(closeness), 1) if closeness is not None and numbers["random"] else None
    return numbers | {"text": text, "space": str(given.get("space") or ""), "percent": percent}


def _sound(music: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, text) of the style, key, loudness and sound engine, as far as the entry has them."""
    levels = ((number_or_none(music.get(key)), unit) for key, unit in _LEVELS.items())
    loudness = ", ".join(f"{number_text(level)} {unit}" for level, unit in levels if level is not None)
    facts = (("Style", music.get("style")), ("Key", music.get("key")), ("Loudness", loudness))
    return [(label, str(text)) for label, text in (*facts, ("Synthesizer", music.get("engine"))) if text]
