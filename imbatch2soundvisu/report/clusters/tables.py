"""The groups image by image, for other programs."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...clustering.medoids import points_of
from ...core import Clusters, FeatureTable, Result
from ...runtime import files
from ...visuals.plots import IN_NONE
from .report_data import Part, names_of

HEAD = (
    "image_path", "cluster", "cluster_number", "silhouette", "distance_to_medoid", "is_medoid", "is_representative",
)  # fmt: skip


def write_assignments(
    path: Path, table: FeatureTable, groups: Clusters, parts: Sequence[Part], pieces: Sequence[Result]
) -> None:
    """Write one row an image as CSV, in the order of the table: `HEAD`, and `in_album` where pieces were made.

    cluster_number : from 0, -1 for the noise, whose cluster is "in no part". silhouette : [-1, 1].
    distance_to_medoid : in the points the grouping saw. is_representative : one of the most typical of its part.
    in_album : shown in the piece of its part. Undefined values are empty, truths 0 or 1.
    """
    apart, medoids, typical = _distances(table, groups, parts), set(), set()
    for part in parts:
        if part.profile is not None:
            medoids.add(part.profile.medoid)
            typical |= set(part.profile.typical)
    silhouettes = np.full(len(table), np.nan) if groups.quality is None else groups.quality.silhouettes
    shown = {(piece.account.get("part"), name) for piece in pieces for name in piece.account.get("images") or ()}
    with (
        files.atomic(path) as partial,
        open(partial, "w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow([*HEAD, *(["in_album"] if pieces else [])])
        for row, name in enumerate(names_of(table)):
            label = int(groups.labels[row])
            part_name = groups.names[label] if label >= 0 else IN_NONE
            told = [name, part_name, label, _cell(silhouettes[row]), _cell(apart[row])]
            album = [int((part_name, name) in shown)] if pieces else []
            writer.writerow([*told, int(row in medoids), int(row in typical), *album])


def _distances(table: FeatureTable, groups: Clusters, parts: Sequence[Part]) -> np.ndarray:
    """(n,) Euclidean distance of each image to the medoid of its part, NaN where undefined."""
    apart = np.full(len(table), np.nan)
    points = points_of(groups, table)
    for part in parts:
        if points is not None and part.profile is not None and part.profile.medoid >= 0:
            here = points[part.rows].astype(np.float64)
            apart[part.rows] = np.linalg.norm(here - points[part.profile.medoid].astype(np.float64), axis=1)
    return apart


def _cell(value: float) -> str:
    return f"{value:.6g}" if np.isfinite(value) else ""
