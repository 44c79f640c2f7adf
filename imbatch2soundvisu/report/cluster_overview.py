"""What the gallery shows of a cluster report: the clusters, each with a link to its own result on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .formatting import number_or_none, plural

#: The name of the images that a clustering leaves out.
NOISE_NAME = "in no cluster"


def cluster_overview(clusters: Mapping[str, Any], anchors: Mapping[str, str]) -> dict[str, Any]:
    """Return what the template needs of the `clusters` of a manifest entry; every key of it may be missing.

    Parameters
    ----------
    clusters : mapping
        See `report.clusters.report_data`.
    anchors : mapping
        {cluster name: id of its result on the page}.
    """
    found = [each for each in clusters.get("clusters") or () if isinstance(each, Mapping)]
    noise = len(clusters.get("noise") or ())
    largest = max([1, noise, *(_size(each) for each in found)])
    rows = [_row(str(each.get("cluster") or ""), each, anchors, largest) for each in found]
    if noise:
        rows.append(_row(NOISE_NAME, {"size": noise}, anchors, largest))
    images = sum(_size(each) for each in found) + noise
    count = f"{plural(images, 'image')} in {plural(len(found), 'cluster')}"
    by = str(clusters.get("by") or "")
    return {
        "summary": f"{count} by {by}" if by else count,
        "rows": rows,
        "notes": [str(note) for note in clusters.get("notes") or ()],
        "quality": _quality(clusters.get("quality") or {}),
        "colours": {row["name"]: row["colour"] for row in rows if row["colour"]},
    }


def anchors_of(results: Sequence[Mapping[str, Any]], plan: str) -> dict[str, str]:
    """Return {cluster name: id} of the results of one plan."""
    return {each["cluster"]: each["id"] for each in results if each["plan"] == plan and each["cluster"]}


def _row(name: str, cluster: Mapping[str, Any], anchors: Mapping[str, str], largest: int) -> dict[str, Any]:
    colour = str(cluster.get("colour") or "")
    return {
        "name": name,
        "size": _size(cluster),
        "bar": round(100 * _size(cluster) / largest, 1),
        "description": str(cluster.get("description") or ""),
        "colour": colour if re.fullmatch("#[0-9a-fA-F]{6}", colour) else "",
        "anchor": anchors.get(name, ""),
    }


def _size(cluster: Mapping[str, Any]) -> int:
    return int(number_or_none(cluster.get("size")) or 0)


def _quality(quality: Mapping[str, Any]) -> str:
    """ "Silhouette 0.21 (shuffled labels −0.03), stability 0.83"; empty where nothing was measured."""
    known = {name: number_or_none(quality.get(name)) for name in ("silhouette", "silhouette_random", "stability")}
    texts = {name: f"{value:.2f}".replace("-", "−") for name, value in known.items() if value is not None}
    shuffled = f" (shuffled labels {texts['silhouette_random']})" if "silhouette_random" in texts else ""
    facts = [f"Silhouette {texts['silhouette']}{shuffled}"] if "silhouette" in texts else []
    return ", ".join(facts + ([f"stability across seeds {texts['stability']}"] if "stability" in texts else []))
