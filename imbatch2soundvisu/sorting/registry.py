"""The orders by name, and what a wish for an order means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from .. import clustering
from ..core import Clustering, Order
from ..core.errors import ConfigError, unknown
from .metric import ByDate, ByFeature, ByName, Shuffled, Weighted
from .path_orders import LeafOrder, SmoothPath, TowardsNext
from .semantic import AlongAxis, AlongText, FromMedoid, Interleave, NearestTo, Outliers

#: Every order there is, by name; those of `PARAMETERS` need to be told more than their name.
ORDERS: dict[str, type] = {
    "feature": ByFeature,
    "weighted": Weighted,
    "date": ByDate,
    "name": ByName,
    "shuffled": Shuffled,
    "smooth": SmoothPath,
    "leaves": LeafOrder,
    "text": AlongText,
    "nearest": NearestTo,
    "axis": AlongAxis,
    "outliers": Outliers,
    "medoid": FromMedoid,
    "next": TowardsNext,
    "interleave": Interleave,
}
PARAMETERS = ("feature", "weighted", "text", "nearest", "axis")


def resolve(wish: str | Callable[..., Any] | Mapping[str, float] | Order, features: Iterable[str]) -> Order:
    """The order that is wished for.

    wish : the name of a feature or an order ("luminance", "date", "smooth"), with "-" before it for descending; a
    function `f(table) -> (n,)`; a registered feature itself; a mapping of weights; an order. features : the names of
    the features there are. Raises ConfigError for anything else, with the choices.

    >>> resolve("-luminance", ["luminance", "hue"])
    ByFeature(feature='luminance', descending=True)
    """
    names = list(features)
    if isinstance(wish, str):
        return _named(wish.strip(), names)
    if isinstance(wish, Mapping):
        wish = Weighted(wish)
    if isinstance(wish, type):
        wanted = [name for name, known in ORDERS.items() if known is wish]
        if wanted and wanted[0] not in PARAMETERS:
            return wish()
        raise ConfigError(f"an order is wanted, not the class {wish.__name__}: write {wish.__name__}(...)")
    if isinstance(wish, ByFeature | Weighted):
        asked = wish.weights if isinstance(wish, Weighted) else [wish.feature]
        for feature in asked:
            if isinstance(feature, str) and feature not in names:
                raise unknown("feature", feature, names)
        return wish
    if callable(getattr(wish, "order", None)):
        return wish  # type: ignore[return-value]
    if callable(wish):
        name = getattr(getattr(wish, "info", None), "name", None) or getattr(wish, "__name__", None)
        return ByFeature(name if name in names else wish)
    raise ConfigError(f"an order is a name, a function of the table or an order such as SmoothPath(), not {wish!r}")


def resolve_clustering(wish: Any, features: Iterable[str]) -> Clustering:
    """The grouping that a split means: those of `clustering`, "date", and the name of a feature for bins of it.

    Raises ConfigError for anything else, with the choices.
    """
    if wish == "date":
        return ByDate()
    if isinstance(wish, str) and wish not in clustering.CLUSTERINGS:
        if wish in (names := set(features)):
            return ByFeature(wish)
        raise unknown("split", wish, {"date", *clustering.CLUSTERINGS, *names})
    return clustering.resolve(wish)


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


def _named(wish: str, names: list[str]) -> Order:
    descending = wish.startswith("-")
    name = wish[1:].strip() if descending else wish
    known = [order for order in ORDERS if order not in PARAMETERS]
    if name in known:
        if "descending" in {each.name for each in fields(ORDERS[name])}:
            return ORDERS[name](descending=descending)
        if descending:
            raise ConfigError(f"the order {name!r} has no descending: let the plan reverse it")
        return ORDERS[name]()
    if name not in names:
        raise unknown("order", wish, {*known, *names})
    return ByFeature(name, descending)
