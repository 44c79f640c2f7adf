"""What several orders share."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..core import FeatureInfo, FeatureTable, Needs
from ..measurement.spaces import by_name, default_driver


class Undriven:
    """Base of orders without a value of their own: luminance is shown and sonified instead."""

    drives: ClassVar[bool] = False

    @property
    def needs(self) -> Needs:
        return Needs(frozenset({"luminance"}))

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return luminance, or else the main variation, (n,) float64, and its description (see `default_driver`)."""
        return default_driver(table)


def brightness(table: FeatureTable) -> np.ndarray:
    """Return the luminance, (n,), +inf where it is unknown."""
    values = table.columns.get("luminance")
    return np.full(len(table), np.inf) if values is None else np.nan_to_num(values, nan=np.inf)


def sorted_rows(table: FeatureTable, values: np.ndarray) -> np.ndarray:
    """Return the rows by ascending value, NaN last, ties by name."""
    rows = by_name(table)
    return rows[np.argsort(np.where(np.isfinite(values), values, np.inf)[rows], kind="stable")]
