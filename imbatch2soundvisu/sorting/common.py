"""What several orders share."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..core import FeatureInfo, FeatureTable, Needs
from ..measurement.spaces import by_name, seen


class Undriven:
    """What orders share that no number drives: a person still sees, and hears, luminance rise and fall."""

    drives: ClassVar[bool] = False

    @property
    def needs(self) -> Needs:
        return Needs(frozenset({"luminance"}))

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """What is seen along the way, (n,) float64: luminance (see `seen`)."""
        return seen(table)


def brightness(table: FeatureTable) -> np.ndarray:
    """(n,) luminance, +inf where it is not known."""
    values = table.columns.get("luminance")
    return np.full(len(table), np.inf) if values is None else np.nan_to_num(values, nan=np.inf)


def sorted_rows(table: FeatureTable, values: np.ndarray) -> np.ndarray:
    """Rows by value, NaN last, equal ones by name."""
    rows = by_name(table)
    return rows[np.argsort(np.where(np.isfinite(values), values, np.inf)[rows], kind="stable")]
