"""The clusters image by image, as CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from ...runtime import files
from ..cluster_overview import NOISE_NAME
from .content import ClusterReportData

HEAD = (
    "image_path", "cluster", "cluster_number", "silhouette", "distance_to_medoid", "is_medoid", "is_representative",
)  # fmt: skip


def write_assignments(path: Path, content: ClusterReportData) -> None:
    """Write one row for each image, in the order of the table.

    Columns: `HEAD`, and `in_album` where results were made. `cluster_number` is from 0, and -1 for the noise, whose
    cluster is "in no cluster". `silhouette` is in [-1, 1]. `distance_to_medoid` is Euclidean, between the points that
    were compared. `is_representative` marks the most typical images of a cluster, `in_album` those in the result of
    their cluster. Undefined values are empty; truth values are 0 or 1.
    """
    with (
        files.atomic(path) as partial,
        open(partial, "w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow([*HEAD, *(["in_album"] if content.results else [])])
        writer.writerows(_rows(content))


def _rows(content: ClusterReportData) -> list[list[object]]:
    clusters, distances = content.clusters, _distances(content)
    profiles = [each.profile for each in content.summaries if each.profile is not None]
    medoids = {profile.medoid for profile in profiles}
    typical = {row for profile in profiles for row in profile.typical}
    silhouettes = np.full(len(content.table), np.nan) if clusters.quality is None else clusters.quality.silhouettes
    shown = {(each.entry.get("cluster"), name) for each in content.results for name in each.entry.get("images") or ()}
    rows: list[list[object]] = []
    for row, name in enumerate(content.names):
        label = int(clusters.labels[row])
        cluster = clusters.names[label] if label >= 0 else NOISE_NAME
        values = [name, cluster, label, _cell(silhouettes[row]), _cell(distances[row])]
        in_album = [int((cluster, name) in shown)] if content.results else []
        rows.append([*values, int(row in medoids), int(row in typical), *in_album])
    return rows


def _distances(content: ClusterReportData) -> np.ndarray:
    """(n,) Euclidean distance of each image to the medoid of its cluster, NaN where undefined."""
    from ...clustering.medoids import points_of

    distances = np.full(len(content.table), np.nan)
    points = points_of(content.clusters, content.table)
    for cluster in content.summaries:
        if points is not None and cluster.profile is not None and cluster.profile.medoid >= 0:
            medoid = points[cluster.profile.medoid].astype(np.float64)
            distances[cluster.rows] = np.linalg.norm(points[cluster.rows].astype(np.float64) - medoid, axis=1)
    return distances


def _cell(value: float) -> str:
    return f"{value:.6g}" if np.isfinite(value) else ""
