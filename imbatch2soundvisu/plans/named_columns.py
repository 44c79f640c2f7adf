"""The features that a function of the table names, so that they are measured before it is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from ..core import Needs
from ..features import COLUMNS


def needs_of(function: Callable[..., Any] | None) -> Needs:
    """Return the features and columns of passes whose names a function, such as `where=`, has in its own code.

    Parameters
    ----------
    function : callable, optional
        Of functions that it calls, nothing is known. An attribute `needs`, names of features, counts besides.

    Examples
    --------
    >>> sorted(needs_of(lambda table: table["n_faces"] + table["hue"] > len("other")).features)
    ['hue', 'n_faces']
    """
    if not callable(function):
        return Needs()
    code = getattr(inspect.unwrap(function), "__code__", None)
    named = {name for name in _texts(code) if name in COLUMNS}
    given = getattr(function, "needs", ())
    return Needs(frozenset(named)) | (given if isinstance(given, Needs) else Needs(frozenset(given)))


def _texts(constant: Any) -> Iterator[str]:
    """Yield the texts in a constant: in the code of a function, with all inner ones, and in tuples."""
    if isinstance(constant, str):
        yield constant
    elif isinstance(constant, CodeType | tuple | frozenset):
        for each in constant.co_consts if isinstance(constant, CodeType) else constant:
            yield from _texts(each)
