"""The report of groups: a page, a text, a table and plots in the plan's folder, and the entry of `run.json`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...clustering import UMAP
from ...clustering.medoids import points_of
from ...clustering.reductions import principal_axes
from ...core import Clusters, FeatureTable, Profile, Result
from ...core.errors import MissingExtra
from ...runtime import files
from ...visuals import plots
from .page import render
from .report_data import names_of, parts_of, plain
from .tables import write_assignments
from .text import summary

__all__ = ["FILES", "account", "write"]

#: {kind: file} in the plan's folder. A kind that does not apply (no tree, no sweep, no umap-learn) has no file.
FILES = {
    "report": "summary_report.html",
    "report_text": "summary_report.txt",
    "assignments": "cluster_assignments.csv",
    "map_umap": "clusters_umap.png",
    "map_pca": "clusters_pca.png",
    "silhouettes": "silhouettes.png",
    "sizes": "sizes.png",
    "sweep": "sweep.png",
    "dendrogram": "dendrogram.png",
}


def write(
    folder: Path,
    plan_name: str,
    table: FeatureTable,
    groups: Clusters,
    profiles: Sequence[Profile],
    order_of_parts: Sequence[int] | np.ndarray,
    pieces: Sequence[Result] = (),
    gallery: str = "../index.html",
    seed: int = 0,
    umap: bool = True,
) -> dict[str, str]:
    """Write the report of a grouping into `folder`; returns {kind: file name}, see `FILES`.

    profiles : of the parts by their numbers. order_of_parts : numbers of parts as they are told and played; those it
    leaves out follow. pieces : what was made of the parts, with folders under `folder`: the page links to them.
    gallery : where the page leads back to; "" for nowhere. umap : draw a map by UMAP as
    well, where umap-learn is installed; seed : of it. In a run, a file of an earlier report
    that no longer applies is removed.
    """
    parts = parts_of(groups, profiles, order_of_parts)
    made = _plots(folder, plan_name, table, groups, seed if umap else None)
    write_assignments(folder / FILES["assignments"], table, groups, parts, pieces)
    told = {kind: name for kind, name in FILES.items() if kind in {"report", "report_text", "assignments", *made}}
    files.write_text(folder / FILES["report_text"], summary(plan_name, table, groups, parts, pieces, told))
    files.write_text(folder / FILES["report"], render(folder, plan_name, table, groups, parts, pieces, told, gallery))
    for kind in FILES.keys() - told.keys():
        files.remove_own(folder / FILES[kind])
    return told


def account(
    table: FeatureTable,
    groups: Clusters,
    profiles: Sequence[Profile],
    order_of_parts: Sequence[int] | np.ndarray,
) -> dict[str, Any]:
    """The groups in plain JSON values, for `run.json`: `by`, `space`, `notes`, `quality`, `sweep`, `parts`, `noise`.

    Each part is its profile with `number` (its label), `order` (its place, from 0, or None), `colour` and `silhouette`.
    """
    names = names_of(table)
    parts = [part for part in parts_of(groups, profiles, order_of_parts) if part.number >= 0]
    return {
        "by": groups.by,
        "space": groups.space,
        "notes": list(groups.notes),
        "quality": None if groups.quality is None else groups.quality.as_dict(),
        "sweep": [plain(dict(entry)) for entry in groups.sweep],
        "parts": [
            {
                "number": part.number,
                "order": part.place,
                "part": part.name,
                "size": part.size,
                "colour": part.colour,
                "silhouette": plain(float(part.silhouette)),
                **({} if part.profile is None else part.profile.as_dict(names)),
            }
            for part in parts
        ],
        "noise": [names[row] for row in groups.rows(-1)],
    }


def _plots(folder: Path, title: str, table: FeatureTable, groups: Clusters, seed: int | None) -> set[str]:
    """The plots that apply; returns their kinds."""
    made = {"sizes"}
    plots.sizes(folder / FILES["sizes"], groups)
    points = points_of(groups, table)
    known = np.zeros(0, np.intp) if points is None else np.flatnonzero(np.isfinite(points).all(axis=1))
    if points is not None and len(known) > 1:
        made |= _maps(folder, title, table, groups, points, known, seed)
    if groups.quality is not None and np.isfinite(groups.quality.silhouettes).any():
        plots.silhouettes(folder / FILES["silhouettes"], groups)
        made.add("silhouettes")
    if len(groups.sweep) > 1:
        plots.sweep(folder / FILES["sweep"], groups)
        made.add("sweep")
    if groups.tree is not None and len(groups.tree):
        plots.dendrogram(folder / FILES["dendrogram"], groups, table.records)
        made.add("dendrogram")
    return made


def _maps(
    folder: Path,
    title: str,
    table: FeatureTable,
    groups: Clusters,
    points: np.ndarray,
    known: np.ndarray,
    seed: int | None,
) -> set[str]:
    along, values = _turned(points[known])
    total = max(float(values.sum()), 1e-300)
    names = [f"PC {i + 1} · {share:.0%} of the variance" for i, share in enumerate((*values[:2] / total, 0.0, 0.0))]
    path = folder / FILES["map_pca"]
    plots.scatter(path, _spread(along, known, len(table)), groups, table.records, title, (names[0], names[1]))
    if seed is None:
        return {"map_pca"}
    try:
        reduced, _ = UMAP().reduce(points[known], seed)
    except MissingExtra:
        return {"map_pca"}
    path = folder / FILES["map_umap"]
    # of a UMAP no direction means anything: turned, its longer side lies along the page
    places = _spread(_turned(reduced)[0], known, len(table))
    plots.scatter(path, places, groups, table.records, title, ("UMAP: neighbours lie together", ""))
    return {"map_pca", "map_umap"}


def _turned(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points along their first two principal axes, (n, 2), and the variances along all."""
    values, axes = principal_axes(points)
    flat = points.astype(np.float64)
    return np.pad((flat - flat.mean(axis=0)) @ axes[:, :2], ((0, 0), (0, 2)))[:, :2], values


def _spread(places: np.ndarray, known: np.ndarray, count: int) -> np.ndarray:
    """Places of some images as those of all, NaN for the others."""
    spread = np.full((count, 2), np.nan)
    spread[known] = places
    return spread
