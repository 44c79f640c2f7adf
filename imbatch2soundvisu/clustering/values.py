"""The values of a feature, and where the values of a circular one have their widest gap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import FeatureInfo, FeatureTable
from ..core.errors import ConfigError, unknown

#: A feature by its name, or a function of the table that gives one number a row, (n,).
Values = str | Callable[[FeatureTable], Any]


def feature_values(table: FeatureTable, feature: Values) -> tuple[np.ndarray, FeatureInfo]:
    """Return the values of a feature or a function of the table, (n,) float64, and their description.

    Raises
    ------
    ConfigError
        For an unknown name, and for a function that does not give one number for each row.
    """
    if isinstance(feature, str):
        if feature not in table.columns:
            raise unknown("feature", feature, table.columns)
        return np.asarray(table.columns[feature], np.float64), table.info.get(feature, FeatureInfo(feature))
    values = np.asarray(feature(table), np.float64)
    name = getattr(feature, "__name__", "value").strip("<>")
    if values.shape != (len(table),):
        raise ConfigError(f"{name}(table) must give one number for each of the {len(table)} rows, not {values.shape}")
    info = getattr(feature, "info", None)
    return values, info if isinstance(info, FeatureInfo) else FeatureInfo(name)


def widest_gap(values: np.ndarray, once: float) -> tuple[float, float]:
    """Return the last value before and the first after the widest gap of circular values, in [0, once[.

    Of equally wide gaps it is the first from 0 on.

    Parameters
    ----------
    values : (n,) array
        Finite, at least one.
    once : float
        The period.

    Examples
    --------
    >>> widest_gap(np.array([350.0, 10.0, 40.0]), 360.0)
    (40.0, 350.0)
    """
    wheel = np.unique(np.mod(values, once))
    gaps = np.round(np.diff(wheel, prepend=wheel[-1] - once) / once, 9)
    widest = int(np.argmax(gaps))
    return float(wheel[widest - 1]), float(wheel[widest])
