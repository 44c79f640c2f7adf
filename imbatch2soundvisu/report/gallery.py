"""The gallery: one static page, `outputs/index.html`, that opens from disk and plays every result.

Any result of the manifest is shown, whatever plan and outputs made it: its files by their viewers, and what else its
entry holds (images in time, clusters, musical decisions) by what is there.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..core import FeatureInfo
from ..runtime import files
from .cluster_overview import anchors_of, cluster_overview
from .collection_view import collection_counts, collection_name, feature_info, feature_row, health_view
from .file_views import ResultFiles, result_files
from .formatting import cell
from .pages import TEMPLATES, asset, embedded_json, encodable, environment, link
from .sequence_view import roll_view, sequence_summary, sequence_view

__all__ = ["TEMPLATES", "render", "write"]

#: With more videos than this, each is loaded only when it comes near the window.
EAGER_VIDEOS = 24
#: With more results than this, they are listed by plan and can be filtered.
UNGROUPED = 10


def write(outputs: Path, manifest: Mapping[str, Any]) -> Path:
    """Write `outputs/index.html` and return its path.

    Parameters
    ----------
    outputs : Path
        The folder of all files. The files that the manifest names are linked when they exist under it, and reported on
        the page when they do not; `run.json` is linked when it is there already.
    manifest : mapping
        The content of `run.json`, see docs/run-json.md; every key of it may be missing.
    """
    path = outputs / "index.html"
    files.write_text(path, render(outputs, manifest))
    return path


def render(outputs: Path, manifest: Mapping[str, Any]) -> str:
    """Return the page as text; see `write`. The same manifest and files give the same text."""
    script = asset("gallery.js")
    collection = manifest.get("collection") or {}
    features = {str(each.get("name")): feature_info(each) for each in manifest.get("features") or ()}
    results = [_result(outputs, n, entry, features) for n, entry in enumerate(manifest.get("results") or (), 1)]
    _add_overviews(results)
    page = environment().get_template("gallery.html.j2").render(
        style=Markup(asset("gallery.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
        data=embedded_json({"results": [{"id": each["id"], **each["player"]} for each in results]}),
        manifest=manifest,
        results=results,
        groups=_groups(results),
        filterable=len(results) > UNGROUPED,
        preload="none" if sum(bool(each["video"]) for each in results) > EAGER_VIDEOS else "metadata",
        name=collection_name(collection),
        counts=collection_counts(collection),
        collection=collection,
        health=health_view(outputs, manifest.get("health") or {}),
        features=[feature_row(each) for each in manifest.get("features") or ()],
        run_json=link(outputs, "run.json"),
    )  # fmt: skip
    return encodable(page)


def _result(
    outputs: Path, number: int, entry: Mapping[str, Any], features: Mapping[str, FeatureInfo]
) -> dict[str, Any]:
    """What the template needs of one result, and `player`: what the script needs."""
    plan, cluster = str(entry.get("plan") or f"Result {number}"), str(entry.get("cluster") or "")
    title = str(entry.get("title") or "") or (f"{plan} · {cluster}" if cluster else plan)
    found = result_files(outputs, entry)
    missing = [f"The file {path} is missing." for path in found.missing]
    return {
        "id": f"result-{number}",
        "number": number,
        "plan": plan,
        "cluster": cluster,
        "title": title,
        "heading": plan if cluster else title,
        "about": str(entry.get("about") or ""),
        "summary": str(entry.get("summary") or "") or ("" if entry.get("clusters") else sequence_summary(entry)),
        "details": [(str(label), cell(text)) for label, text in (entry.get("details") or {}).items()],
        "clusters": entry.get("clusters") or None,
        "overview": None,
        "colour": "",
        "problems": [*map(str, entry.get("problems") or ()), *missing],
        "kept": bool(entry.get("kept")),
        **sequence_view(entry, features),
        **_media(found, entry),
    }


def _groups(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return {name, results} for the list of results: one without a name, or, of many, one for each album."""
    if len(results) <= UNGROUPED:
        return [{"name": "", "results": results}] if results else []
    groups: list[dict[str, Any]] = []
    for plan, found in itertools.groupby(results, key=lambda each: each["plan"]):
        members = list(found)
        name = plan if len(members) > 1 else ""
        if groups and not name and not groups[-1]["name"]:
            groups[-1]["results"] += members
        else:
            groups.append({"name": name, "results": members})
    return groups


def _media(found: ResultFiles, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The files of a result by where they are on the page: one video or GIF on the stage, else one large image."""
    videos, images, animations = found.of("video"), found.of("image"), found.animations
    timed = bool(entry.get("seconds"))
    rolls = [each for each in images if each.kind == "piano_roll"] if timed else []
    roll = roll_view(rolls[0] if rolls else None, entry.get("roll") or {})
    images = [each for each in images if roll is None or each is not rolls[0]]
    stage = bool(videos or animations)
    return {
        "video": videos[0] if videos else None,
        "poster": next((each for each in images if each.kind == "mosaic"), None),  # its films begin with little of it
        "gif": animations[0] if animations else None,
        "videos": videos[1:],
        "roll": roll,
        "thumbnail": images[0] if images else _photo(entry),
        "hero": images[0] if images and not stage else None,
        "images": images if stage else images[1:],
        "animations": animations[1:],
        "audio": found.of("audio"),
        "pages": found.of("page"),
        "links": found.views,
    }


def _photo(entry: Mapping[str, Any]) -> dict[str, str] | None:
    """The thumbnail within an entry, which has no file."""
    found = str(entry.get("thumbnail") or "")
    return {"href": found} if found.startswith("data:image/jpeg;base64,") else None


def _add_overviews(results: Sequence[dict[str, Any]]) -> None:
    """Add the overview to cluster reports, and to the results of the clusters the colour they have in it."""
    for report in results:
        if not report["clusters"]:
            continue
        report["overview"] = cluster_overview(report["clusters"], anchors_of(results, report["plan"]))
        report["summary"] = report["summary"] or report["overview"]["summary"]
        for each in results:
            if each["plan"] == report["plan"]:
                each["colour"] = report["overview"]["colours"].get(each["cluster"], "")
