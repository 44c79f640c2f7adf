"""What the viewer knows: the pyramid, the places of the tiles, and the name of each photo, in few bytes."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from ...core import ImageRecord
from ...visuals.large import DeepZoom
from ..placed_tiles import PlacedTiles
from .photos import records_by_row


def page_data(mosaic: PlacedTiles, boxes: np.ndarray, pyramid: DeepZoom) -> dict[str, Any]:
    """Return the data of the viewer as JSON values.

    Parameters
    ----------
    mosaic : PlacedTiles
        The mosaic.
    boxes : ndarray of shape (n, 4)
        Its cells in pixels of the page.
    pyramid : DeepZoom
        What was written.
    """
    rows, photo_of = np.unique(mosaic.codebook.rows[mosaic.chosen], return_inverse=True)
    records = records_by_row(mosaic)
    return {
        "size": pyramid.size,
        "tile": pyramid.tile,
        "overlap": pyramid.overlap,
        "levels": pyramid.levels,
        "shape": mosaic.cells.shape,
        "cells": cells_data(boxes),
        "photo": packed(photo_of.reshape(-1)),
        "photos": [_described(records[row]) for row in rows.tolist()],
    }


def _described(record: ImageRecord) -> list[Any]:
    """Name, width, height, and the date where a camera or the file's name says it."""
    is_known = record.taken is not None and record.taken_from in ("exif", "name")
    date = record.taken.strftime("%Y-%m-%d") if is_known and record.taken is not None else ""
    return [record.name or record.path.name, record.width, record.height, date]


def cells_data(boxes: np.ndarray) -> dict[str, Any]:
    """Return boxes as the edges of columns and rows where they are a grid in reading order, else as packed numbers.

    Examples
    --------
    >>> grid = np.array([[0, 0, 5, 4], [5, 0, 6, 4], [0, 4, 5, 3], [5, 4, 6, 3]])
    >>> cells_data(grid)
    {'x': [0, 5, 11], 'y': [0, 4, 7]}
    >>> sorted(cells_data(grid[[0, 1, 3]]))
    ['boxes']
    """
    x, y = np.unique(boxes[:, 0]), np.unique(boxes[:, 1])
    x_edges, y_edges = np.append(x, (boxes[:, 0] + boxes[:, 2]).max()), np.append(y, (boxes[:, 1] + boxes[:, 3]).max())
    columns, rows = np.meshgrid(np.arange(len(x)), np.arange(len(y)))
    grid = np.stack((x[columns], y[rows], np.diff(x_edges)[columns], np.diff(y_edges)[rows]), axis=-1).reshape(-1, 4)
    if np.array_equal(grid, boxes):
        return {"x": x_edges.tolist(), "y": y_edges.tolist()}
    return {"boxes": packed(boxes.T)}


def packed(numbers: np.ndarray) -> dict[str, str]:
    """Return whole numbers as base64 of the least of int16 and int32 that holds them, little-endian."""
    small = numbers.size == 0 or (numbers.min() >= -(1 << 15) and numbers.max() < 1 << 15)
    kind = "int16" if small else "int32"
    content = np.ascontiguousarray(numbers, np.dtype(kind).newbyteorder("<")).tobytes()
    return {"type": kind, "data": base64.b64encode(content).decode("ascii")}
