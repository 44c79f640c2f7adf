"""New images on a map that is there: they get places near those that they are like, and no other image moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..core.text import plural
from .data import AtlasData
from .grid_quality import dpq
from .grids import cells_of
from .layout_kinds import GridLayout, Map, Projection, frame_of
from .layouts import Layout, PlacesBefore
from .map_quality import map_quality
from .shapes import usable_cells

_NEIGHBOURS = 5
_DISTANCES = 4_000_000  # of new images and free cells, 32 MB
_NEW = 0.5  # share of new images up to which they are placed among the others


def placed_again(kind: Any, data: AtlasData, seed: int, before: PlacesBefore | None) -> Layout:
    """Return a layout in which images keep the places that they had.

    On a map, a new image gets the median place of the five images that it is most like; on a grid, the free cell that
    is nearest to that, for which rows are added at the bottom. Other layouts place new images by their values.
    Where more than half of the images are new, all are placed anew.

    `benchmarks/bench_atlas_placing.py` compares the median with the transform of openTSNE.

    Parameters
    ----------
    kind : layout
        What places images.
    data : AtlasData
        The images.
    seed : int
        Of the layout.
    before : PlacesBefore, optional
        Where images were; None for a new layout.
    """
    if before is None or before.new.all():
        return kind.layout(data, seed)  # type: ignore[no-any-return]
    if before.new.mean() > _NEW:
        layout = kind.layout(data, seed)
        return replace(layout, notes=(*layout.notes, "more than half of the images are new: all are placed anew"))
    layout = _again(kind, data, seed, before)
    if layout is None:
        layout = kind.layout(data, seed)
        return replace(layout, notes=(*layout.notes, "the images that were there do not fit: all are placed anew"))
    new = before.new & np.isfinite(layout.points).all(axis=1)
    return replace(layout, notes=(*layout.notes, *_notes(layout.points, before.points, int(new.sum()))))


def _again(kind: Any, data: AtlasData, seed: int, before: PlacesBefore) -> Layout | None:
    if isinstance(kind, GridLayout):
        return _grid_again(kind, data, seed, before)
    if isinstance(kind, Projection | Map):
        points = before.points.copy()
        points[~before.known] = between_alike(data.vectors, before.points, before.known)
        return Layout(kind.title, points, quality=map_quality(data.vectors, points))
    again = getattr(kind, "again", None)
    return kind.layout(data, seed) if again is None else again(data, seed, before)  # type: ignore[no-any-return]


def _grid_again(kind: GridLayout, data: AtlasData, seed: int, before: PlacesBefore) -> Layout | None:
    found = _on_grid(kind, data, before.points, before.known)
    if found is None:
        return None
    points, wrap = found[0], found[1] if kind.wrap else None
    items = np.full(points.astype(int)[:, ::-1].max(axis=0) + 1, -1)
    items[points[:, 1].astype(int), points[:, 0].astype(int)] = np.arange(len(points))
    random = items.copy()
    random[items >= 0] = np.random.default_rng(seed).permutation(len(points))
    grids = {"grid": items, "random": random}
    quality = {name: dpq(data.vectors, cells_of(each), wrap=wrap) for name, each in grids.items()}
    return Layout("grid", points, quality=quality, spaced=True, frame=frame_of(kind.shape))


def _notes(points: np.ndarray, before: np.ndarray, new: int) -> tuple[str, ...]:
    """What was placed and moved; images may all move together, which is no change of a map."""
    if not new:
        return ()
    shift = points - before
    shift = shift[np.isfinite(shift).all(axis=1)]
    moved = int((np.abs(shift - np.median(shift, axis=0)) > 1e-6).any(axis=1).sum()) if len(shift) else 0
    kept = len(shift) - moved
    others = f"{kept} kept" + (f", {moved} moved" if moved else "")
    return (f"{plural(new, 'new image')} placed, {others}",)


def between_alike(vectors: np.ndarray, before: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the median place of the known images that each new one is most like, (new, 2)."""
    from ..mosaic.matching.neighbours import nearest

    old = np.asarray(vectors[known], np.float32)
    found, _ = nearest(np.asarray(vectors[~known], np.float32), old, min(_NEIGHBOURS, len(old)))
    return np.asarray(np.median(before[known][found], axis=1))


def _on_grid(
    kind: GridLayout, data: AtlasData, before: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, tuple[int, int]] | None:
    """The cells of all images, and columns and rows; None where the known ones do not fit the grid."""
    old = before[known].astype(int)
    if kind.shape is not None:
        usable = usable_cells(len(data), kind.shape).copy()
        if (old[:, 0] >= usable.shape[1]).any() or (old[:, 1] >= usable.shape[0]).any():
            return None
    else:
        columns, rows = (old.max(axis=0) + 1).tolist()  # where images are gone, the others stay in their rows
        usable = np.zeros((max(-(-len(data) // columns), rows), columns), bool)
        usable.reshape(-1)[: len(data)] = True
    usable[old[:, 1], old[:, 0]] = False
    new, free = int((~known).sum()), np.argwhere(usable)[:, ::-1]
    if new > len(free):
        return None
    points = before.copy()
    if new:
        points[~known] = nearest_cells(between_alike(data.vectors, before, known), free)
    return points, (usable.shape[1], usable.shape[0])


def nearest_cells(points: np.ndarray, free: np.ndarray, most: int = _DISTANCES) -> np.ndarray:
    """Return a free cell for each point, near to it, (m, 2).

    Parameters
    ----------
    points : ndarray of shape (m, 2)
    free : ndarray of shape (f, 2)
        At least as many cells.
    most : int
        Distances in memory: where there are more, points are assigned some after others.
    """
    from scipy.optimize import linear_sum_assignment

    found, left = np.empty((len(points), 2), free.dtype), free
    some = max(1, most // max(len(free), 1))
    for start in range(0, len(points), some):
        part = points[start : start + some]
        images, cells = linear_sum_assignment(((part[:, None] - left) ** 2).sum(axis=2))
        found[start + images] = left[cells]
        left = np.delete(left, cells, axis=0)
    return found
