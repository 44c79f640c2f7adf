"""The cluster report as a page: static, offline, with its thumbnails inside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from ..formatting import clamp, size_text
from ..pages import asset, encodable, environment, link
from ..report_files import REPORT_FILES
from ..results import ReportedResult
from .content import ClusterReportData, ClusterSummary, feature_comparison, figure, percent
from .quality import quality_measures, verdict
from .thumbnails import choose_rows, thumbnail_uris

#: How many features of a cluster are visible before the others are folded away.
_FEATURES = 7
_PHRASES = 6
#: Bars of the comparison end at an effect of this size.
_LARGEST_EFFECT = 3.0

_PLOTS = {
    "silhouettes": "Silhouettes: how well each image fits into its cluster",
    "sweep": "The measures of every number of clusters that was tried",
    "dendrogram": "Dendrogram: the order in which images and clusters were merged",
    "sizes": "Sizes of the clusters",
}
_RESULT_LINKS = {
    "mp4": "Video", "gif": "GIF", "face_sheet": "Faces", "contact_sheet": "Contact sheet", "wav": "Sound",
    "mid": "Score",
}  # fmt: skip


def render(folder: Path, content: ClusterReportData, files: Mapping[str, str], gallery: str) -> str:
    """Return the page as text, below 5 MB. The same clusters and images give the same text.

    Parameters
    ----------
    folder : Path
        Of the report.
    content : ClusterReportData
        What it is about.
    files : mapping
        {kind: file name} of the report.
    gallery : str
        Link back to the gallery; "" for none.
    """
    links = {kind: link(folder, name) for kind, name in files.items()}
    maps = [(links[kind], title) for kind, title in (("map_umap", "UMAP"), ("map_pca", "PCA")) if links.get(kind)]
    page = environment().get_template("report.html.j2").render(
        style=Markup(asset("gallery.css") + asset("report.css")),
        content=content,
        gallery=gallery,
        verdict=verdict(content.clusters),
        measures=quality_measures(content.clusters),
        maps=maps,
        plots=[(links[kind], title) for kind, title in _PLOTS.items() if links.get(kind)],
        clusters=_cluster_views(folder, content),
        together=[
            (str(each.entry.get("cluster") or "All clusters"), _result_links(folder, each))
            for each in content.other_results()
        ],
        files=[
            (links[kind], REPORT_FILES[kind].label, size_text((folder / name).stat().st_size))
            for kind, name in files.items()
            if kind != "report" and kind in REPORT_FILES and links[kind]
        ],
    )  # fmt: skip
    return encodable(page)


def _cluster_views(folder: Path, content: ClusterReportData) -> list[dict[str, Any]]:
    shown = choose_rows(content.summaries)
    uris = thumbnail_uris(content.table.records, shown, content.clusters.regions)
    largest = max((cluster.size for cluster in content.summaries), default=1) or 1
    return [
        _cluster_view(cluster, content)
        | {
            "bar": round(100 * cluster.size / largest, 1),
            "typical": _images(cluster, rows.typical, content, uris),
            "atypical": _images(cluster, rows.atypical, content, uris),
            "links": _result_links(folder, content.result_of(cluster)),
        }
        for cluster, rows in zip(content.summaries, shown, strict=True)
    ]


def _cluster_view(cluster: ClusterSummary, content: ClusterReportData) -> dict[str, Any]:
    profile = cluster.profile
    features = [] if profile is None else [_with_bar(row) for row in feature_comparison(content.table, profile)]
    return {
        "id": f"cluster-{cluster.number}" if cluster.number >= 0 else "cluster-none",
        "name": cluster.name,
        "colour": cluster.colour,
        "noise": cluster.number < 0,
        "place": None if cluster.position is None else cluster.position + 1,
        "size": cluster.size,
        "share": percent(cluster.size, len(content.table)),
        "description": cluster.description,
        "silhouette": figure(cluster.silhouette, ""),
        "variance": "" if profile is None else _small(profile.variance),
        "features": features[:_FEATURES],
        "all_features": features if len(features) > _FEATURES else [],
        "phrases": [] if profile is None else [(text, figure(value)) for text, value in profile.phrases[:_PHRASES]],
    }


def _images(
    cluster: ClusterSummary, rows: list[int], content: ClusterReportData, uris: Mapping[int, str]
) -> list[dict[str, Any]]:
    records = content.table.records
    return [
        {
            "name": content.names[row],
            "label": records[row].label,
            "uri": Markup(uris.get(row, "data:,")),
            # the ends of a panorama are cropped, so that the images beside it keep their size
            "ratio": f"{min(max(_ratio(content, row), 0.5), 2.5):.3f}",
            "medoid": cluster.profile is not None and row == cluster.profile.medoid,
        }
        for row in rows
    ]


def _ratio(content: ClusterReportData, row: int) -> float:
    """Width / height of a thumbnail; crops of regions are square."""
    record, regions = content.table.records[row], content.clusters.regions
    return 1.0 if regions and regions[row] is not None else record.width / max(record.height, 1)


def _with_bar(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the comparison with its bar, in percent; the mean of the other images is in the middle."""
    effect = row["effect"] or 0.0
    width = 50 * clamp(abs(effect) / _LARGEST_EFFECT)
    left = 50.0 if effect >= 0 else 50 - width
    text = ""
    if row["effect"] is not None:
        text = f"{figure(abs(effect))} standard deviations {'above' if effect >= 0 else 'below'} the other images"
        if row["circular"]:
            text = f"how much more frequent it is here: Cohen’s h {figure(effect)}"
    return {**row, "left": round(left, 1), "width": round(width, 1), "text": text}


def _result_links(folder: Path, result: ReportedResult | None) -> list[tuple[str, str, str]]:
    """(link, label, size) of the main files of a result under the folder of the report."""
    if result is None or not result.folder.is_relative_to(folder):
        return []
    place = result.folder.relative_to(folder).as_posix()
    found = []
    for kind, label in _RESULT_LINKS.items():
        name = result.files.get(kind)
        href = link(folder, f"{place}/{name}") if name else None
        if href is not None:
            found.append((href, label, size_text((result.folder / str(name)).stat().st_size)))
    return found


def _small(value: float) -> str:
    """A small number with two significant digits."""
    return np.format_float_positional(value, 2, fractional=False, trim="-") if np.isfinite(value) else ""
