"""A dictionary of the latest values, of limited size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class LatestValues(Generic[V]):
    """The values that were put last, by key.

    Not a dict subclass, since the fingerprint of a style includes the dictionaries of its module.

    Parameters
    ----------
    max_size : int
        Number of values to keep.

    Examples
    --------
    >>> latest = LatestValues(2)
    >>> for number in range(3):
    ...     latest.put(number, str(number))
    >>> latest.get(0), latest.get(2)
    (None, '2')
    """

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def put(self, key: Hashable, value: V) -> None:
        self._values[key] = value
        while len(self._values) > self._max_size:
            self._values.popitem(last=False)

    def get(self, key: Hashable) -> V | None:
        return self._values.get(key)

    def clear(self) -> None:
        self._values.clear()
