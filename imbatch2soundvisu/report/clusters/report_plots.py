"""The plots of a cluster report: maps, silhouettes, sizes, the sweep of k, the tree."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...core.errors import MissingExtra
from .content import ClusterReportData


def write_plots(folder: Path, content: ClusterReportData, names: dict[str, str], umap_seed: int | None) -> set[str]:
    """Write the plots that apply and return their kinds.

    Parameters
    ----------
    folder : Path
        Of the report.
    content : ClusterReportData
        What is plotted.
    names : dict
        {kind: file name}.
    umap_seed : int or None
        Seed of the UMAP map; None: no such map.
    """
    from ...visuals import plots

    clusters, made = content.clusters, {"sizes"}
    plots.sizes(folder / names["sizes"], clusters)
    made |= _write_maps(folder, content, names, umap_seed)
    if clusters.quality is not None and np.isfinite(clusters.quality.silhouettes).any():
        plots.silhouettes(folder / names["silhouettes"], clusters)
        made.add("silhouettes")
    if len(clusters.sweep) > 1:
        plots.sweep(folder / names["sweep"], clusters)
        made.add("sweep")
    if clusters.tree is not None and len(clusters.tree):
        plots.dendrogram(folder / names["dendrogram"], clusters, content.table.records)
        made.add("dendrogram")
    return made


def _write_maps(folder: Path, content: ClusterReportData, names: dict[str, str], umap_seed: int | None) -> set[str]:
    """The map of the first two principal components, and the one by UMAP where it is installed."""
    from ...clustering.medoids import points_of
    from ...visuals import plots

    points = points_of(content.clusters, content.table)
    rows = np.zeros(0, np.intp) if points is None else np.flatnonzero(np.isfinite(points).all(axis=1))
    if points is None or len(rows) < 2:
        return set()
    title, records, made = content.plan_name, content.table.records, {"map_pca"}
    projected, variances = principal_projection(points[rows])
    shares = (*variances[:2] / max(float(variances.sum()), 1e-300), 0.0, 0.0)
    axes = (f"PC 1 · {shares[0]:.0%} of the variance", f"PC 2 · {shares[1]:.0%} of the variance")
    positions = _for_all_rows(projected, rows, len(records))
    plots.scatter(folder / names["map_pca"], positions, content.clusters, records, title, axes)
    reduced = None if umap_seed is None else _umap(points[rows], umap_seed)
    if reduced is not None:
        # the axes of a UMAP have no meaning: along its principal axes it fills the page best
        positions = _for_all_rows(principal_projection(reduced)[0], rows, len(records))
        axes = ("UMAP: similar images lie together", "")
        plots.scatter(folder / names["map_umap"], positions, content.clusters, records, title, axes)
        made.add("map_umap")
    return made


def _umap(points: np.ndarray, seed: int) -> np.ndarray | None:
    """(n, 2) coordinates, or None where umap-learn is not installed."""
    from ...clustering import UMAP

    try:
        return UMAP().reduce(points, seed)[0]
    except MissingExtra:
        return None


def principal_projection(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points along their first two principal axes, (n, 2), and the variances along all axes, largest first."""
    from ...clustering.reductions import principal_axes

    variances, axes = principal_axes(points)
    centred = points.astype(np.float64)
    centred -= centred.mean(axis=0)
    return np.pad(centred @ axes[:, :2], ((0, 0), (0, 2)))[:, :2], variances


def _for_all_rows(positions: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """(count, 2) positions, NaN for the rows that have none."""
    spread = np.full((count, 2), np.nan)
    spread[rows] = positions
    return spread
