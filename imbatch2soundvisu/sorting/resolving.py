"""What `order=` of a plan may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from ..core import Order
from ..core.errors import ConfigError, unknown
from .listed import Listed
from .metric import ByFeature, Weighted
from .registry import ORDERS


def _from_values(value: Any) -> Order | None:
    """A mapping of weights, a list of names, or a function of the table, as an order; None for everything else."""
    if isinstance(value, type) or callable(getattr(value, "order", None)):
        return None
    if isinstance(value, Mapping):
        return Weighted(value)
    if isinstance(value, list | tuple | np.ndarray) or type(value).__module__.startswith("pandas"):
        if not len(value):
            raise ConfigError('order=[] names no image: name 2 or more (order="listed" is the list in DATA_ROOT)')
        return Listed(tuple(value))
    return ByFeature(value) if callable(value) else None


def resolve_order(value: Any, features: Iterable[str]) -> Order:
    """Return the order that `value` stands for.

    Parameters
    ----------
    value : str, class, instance, callable, mapping or list
        The name of an order or a feature ("smooth", "luminance"), with "-" before it for descending; an order or its
        class; a function `f(table) -> (n,)`; a registered feature; a mapping of features to weights; or a list of names
        of images.
    features : iterable of str
        Names of the features.

    Raises
    ------
    ConfigError
        For anything else, with the choices.

    Examples
    --------
    >>> resolve_order("-luminance", ["luminance", "hue"])
    ByFeature(feature='luminance', descending=True)
    """
    names = list(features)
    if isinstance(value, str):
        return _named(value.strip(), names)
    if isinstance(value, type) and not callable(getattr(value, "order", None)):
        raise ConfigError(f"{value.__name__} is no order. There are: {', '.join(sorted(ORDERS))}")
    order: Order = _from_values(value) or ORDERS.resolve(value)
    if isinstance(order, Listed) and order.names and all(name in names for name in order.names):
        mix = ", ".join(f"{str(name)!r}: 1" for name in order.names)
        raise ConfigError(f"order={value!r} is a list of images, and these are features: for a mix write {{{mix}}}")
    if isinstance(order, ByFeature) and callable(order.feature):  # a registered feature is in the table by its name
        name = getattr(getattr(order.feature, "info", None), "name", None) or getattr(order.feature, "__name__", None)
        return replace(order, feature=name) if name in names and order.feature is value else order
    used = [order.feature] if isinstance(order, ByFeature) else order.weights if isinstance(order, Weighted) else ()
    for feature in used:
        if feature not in names:
            raise unknown("feature", feature, names)
    return order


def _named(value: str, names: list[str]) -> Order:
    descending = value.startswith("-")
    name = value[1:].strip() if descending else value
    if name not in ORDERS.without_parameters():
        if name in names:
            return ByFeature(name, descending)
        if name not in ORDERS:
            raise unknown("order", value, {*ORDERS.without_parameters(), *names})
    order: Any = ORDERS.resolve(name)
    if not descending:
        return order  # type: ignore[no-any-return]
    if "descending" not in {each.name for each in fields(order)}:
        raise ConfigError(f"the order {name!r} has no descending: use reverse=True in the plan")
    return replace(order, descending=True)  # type: ignore[no-any-return]


def limit_evenly(order: np.ndarray, n: int) -> np.ndarray:
    """Return `n` entries of an order, evenly spaced, both ends included; all of it if it has no more.

    Raises
    ------
    ConfigError
        If n is below 1.

    Examples
    --------
    >>> limit_evenly(np.arange(10), 4).tolist()
    [0, 3, 6, 9]
    """
    if n < 1:
        raise ConfigError(f"a sequence needs a limit of at least 1 image, not {n}")
    order = np.asarray(order, np.intp)
    if n >= len(order):
        return order
    return order[np.arange(n) * (len(order) - 1) // max(n - 1, 1)]
