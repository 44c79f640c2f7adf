"""The orders by name, and what `order=` of a plan may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from ..core import Order
from ..core.errors import ConfigError, unknown
from ..core.registry import Registry


def _from_values(value: Any) -> Order | None:
    from .metric import ByFeature, Weighted

    if isinstance(value, Mapping):
        return Weighted(value)
    return ByFeature(value) if callable(value) else None


#: Every order by name.
ORDERS: Registry[type] = Registry(
    "order",
    method="order",
    argument="order=",
    modules=tuple(f"{__package__}.{name}" for name in ("metric", "path_orders", "semantic")),
    adapt=_from_values,
)


def resolve_order(value: Any, features: Iterable[str]) -> Order:
    """Return the order that `value` stands for.

    Parameters
    ----------
    value : str, class, instance, callable or mapping
        The name of an order or a feature ("smooth", "luminance"), with "-" before it for descending; an order or its
        class; a function `f(table) -> (n,)`; a registered feature; or a mapping of features to weights.
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
    from .metric import ByFeature, Weighted

    names = list(features)
    if isinstance(value, str):
        return _named(value.strip(), names)
    if isinstance(value, type) and not callable(getattr(value, "order", None)):
        raise ConfigError(f"{value.__name__} is no order. There are: {', '.join(sorted(ORDERS))}")
    order: Order = ORDERS.resolve(value)
    if isinstance(order, ByFeature) and callable(order.feature):  # a registered feature is in the table by its name
        name = getattr(getattr(order.feature, "info", None), "name", None) or getattr(order.feature, "__name__", None)
        return replace(order, feature=name) if name in names and order.feature is value else order
    used = [order.feature] if isinstance(order, ByFeature) else order.weights if isinstance(order, Weighted) else ()
    for feature in used:
        if feature not in names:
            raise unknown("feature", feature, names)
    return order


def _named(value: str, names: list[str]) -> Order:
    from .metric import ByFeature

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
    """`n` entries of an order, evenly spaced along it, both ends among them; all of it when it has no more.

    Raises ConfigError for n below 1.

    >>> limit_evenly(np.arange(10), 4).tolist()
    [0, 3, 6, 9]
    """
    if n < 1:
        raise ConfigError(f"a sequence needs a limit of at least 1 image, not {n}")
    order = np.asarray(order, np.intp)
    if n >= len(order):
        return order
    return order[np.arange(n) * (len(order) - 1) // max(n - 1, 1)]
