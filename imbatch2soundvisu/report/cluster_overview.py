"""What the gallery shows of a piece that tells of groups: the parts, and where on the page each one's own piece is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .pages import number_or_none, plural


def overview(groups: Mapping[str, Any], anchors: Mapping[str, str]) -> dict[str, Any]:
    """What the template needs of `groups`, an entry of the account; every block of it may be missing.

    anchors : {part: id of its piece on the page}.
    """
    parts = [part for part in groups.get("parts") or () if isinstance(part, Mapping)]
    noise = len(groups.get("noise") or ())
    most = max([1, noise, *(_size(part) for part in parts)])
    rows = [_row(str(part.get("part") or ""), part, anchors, most) for part in parts]
    if noise:
        rows.append(_row("in no part", {"size": noise}, anchors, most))
    images = sum(_size(part) for part in parts) + noise
    lead = [f"{plural(images, 'image')} in {plural(len(parts), 'part')}", str(groups.get("by") or "")]
    return {
        "lead": [text for text in lead if text],
        "parts": rows,
        "notes": [str(note) for note in groups.get("notes") or ()],
        "quality": _quality(groups.get("quality") or {}),
        "colours": {row["name"]: row["colour"] for row in rows if row["colour"]},
    }


def anchors_of(pieces: Sequence[Mapping[str, Any]], plan: str) -> dict[str, str]:
    """{part: id} of the pieces of one plan."""
    return {piece["part"]: piece["id"] for piece in pieces if piece["plan"] == plan and piece["part"]}


def _row(name: str, part: Mapping[str, Any], anchors: Mapping[str, str], most: int) -> dict[str, Any]:
    colour = str(part.get("colour") or "")
    return {
        "name": name,
        "size": _size(part),
        "bar": round(100 * _size(part) / most, 1),
        "words": str(part.get("words") or ""),
        "colour": colour if re.fullmatch("#[0-9a-fA-F]{6}", colour) else "",
        "anchor": anchors.get(name, ""),
    }


def _size(part: Mapping[str, Any]) -> int:
    return int(number_or_none(part.get("size")) or 0)


def _quality(quality: Mapping[str, Any]) -> str:
    """ "silhouette 0.21 (shuffled labels −0.03), stability 0.83"; "" where nothing was measured."""
    told = {name: number_or_none(quality.get(name)) for name in ("silhouette", "silhouette_random", "stability")}
    texts = {name: f"{value:.2f}".replace("-", "−") for name, value in told.items() if value is not None}
    random = f" (shuffled labels {texts['silhouette_random']})" if "silhouette_random" in texts else ""
    facts = [f"silhouette {texts['silhouette']}{random}"] if "silhouette" in texts else []
    return ", ".join(facts + ([f"stability across seeds {texts['stability']}"] if "stability" in texts else []))
