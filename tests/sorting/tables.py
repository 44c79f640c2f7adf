"""Tables for tests of orders."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imbatch2soundvisu.core import FeatureInfo, FeatureTable, ImageRecord, Order
from imbatch2soundvisu.sorting import (
    ByDate,
    ByFeature,
    ByName,
    LeafOrder,
    Shuffled,
    SmoothPath,
    Weighted,
)

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


HUE = FeatureInfo("hue", "degrees", 0.0, 360.0, circular=True)


EVERY_ORDER = (
    ByFeature("luminance"),
    ByFeature("luminance", descending=True),
    ByFeature("hue"),
    ByFeature("hue", descending=True),
    ByFeature(lambda table: table["luminance"] ** 2),
    Weighted({"luminance": 1.0, "saturation": -0.5}),
    ByDate(),
    ByDate(descending=True),
    ByName(),
    ByName(natural=False, descending=True),
    Shuffled(3),
    SmoothPath(effort=0.05),
    SmoothPath(on="features", effort=0.05),
    SmoothPath(on=("hue", "saturation"), effort=0.05),
    SmoothPath(loop=True, effort=0.05),
    LeafOrder(),
    LeafOrder(on="features", method="ward"),
)


def table_of(n: int, names=None, taken=None, vectors=None, info=None, **columns) -> FeatureTable:
    names = [f"{i:04}.jpg" for i in range(n)] if names is None else names
    taken = [None] * n if taken is None else taken
    records = tuple(ImageRecord(Path(name), f"{i:x}", 4, 4, taken[i], name=name) for i, name in enumerate(names))
    return FeatureTable(
        records,
        {name: np.asarray(values, np.float64) for name, values in columns.items()},
        {} if vectors is None else {"look": np.asarray(vectors, np.float32)},
        info={"hue": HUE} | (info or {}),
    )


def names_in(order: Order, table: FeatureTable) -> list[str]:
    rows = order.order(table, np.random.default_rng(0))
    assert rows.dtype == np.intp
    return [table.records[row].name for row in rows]


def line_table(n: int = 24, seed: int = 0, **columns) -> tuple[FeatureTable, np.ndarray]:
    """Images on a curved line, in shuffled rows, and where on the line each is."""
    place = np.random.default_rng(seed).permutation(n)
    vectors = np.column_stack([place, np.sin(place / 5.0), np.zeros(n)])
    return table_of(n, vectors=vectors, **columns), place
