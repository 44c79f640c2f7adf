"""Filters of a map as Python gives them: checked, in the form that the page has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.errors import ConfigError, unknown

#: Where the manifest of a map has the names of each group.
_GROUPS = {"tag": "tags", "category": "categories", "cluster": "clusters"}


def checked_filters(given: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return filters as the page has them.

    Parameters
    ----------
    given : mapping
        {"text": str, "tag", "category" or "cluster": name or names, "date": (first, last), <feature>: (low, high)}.
    manifest : mapping
        Of the map.

    Raises
    ------
    ConfigError
        For what the map does not have, with the choices.

    Examples
    --------
    >>> manifest = {"tags": {"names": ["ice", "sea"]}, "features": [{"name": "hue"}]}
    >>> checked_filters({"tag": "sea", "hue": (0, 90), "date": ("1890", "1910-06")}, manifest)
    {'tag': ['sea'], 'date': ['1890-01-01', '1910-06-30'], 'hue': [0.0, 90.0]}
    """
    features = [each["name"] for each in manifest["features"]]
    for name in given:
        if name not in ("text", "date", *_GROUPS, *features):
            raise unknown("filter", name, ["text", "date", *_GROUPS, *features])
    found: dict[str, Any] = {}
    if str(given.get("text", "")).strip():
        found["text"] = str(given["text"]).strip()
    for group, key in _GROUPS.items():
        if len(given.get(group) or ()):
            found[group] = _names(group, given[group], (manifest.get(key) or {"names": []})["names"])
    for name in ("date", *sorted(features)):
        if given.get(name) is not None:
            found[name] = _dates(given[name]) if name == "date" else _range(name, given[name])
    return found


def _names(group: str, given: Any, choices: list[str]) -> list[str]:
    names = [given] if isinstance(given, str) else list(given)
    for name in names:
        if name not in choices:
            raise unknown(group, name, choices)
    return sorted(set(names))


def _range(name: str, given: Any) -> list[float]:
    try:
        low, high = (float(each) for each in given)
    except (TypeError, ValueError):
        raise ConfigError(f"the filter {name!r} takes two numbers, such as (0, 0.5), not {given!r}") from None
    if not low <= high:
        raise ConfigError(f"the filter {name!r} takes the lower number first, not {given!r}")
    return [low, high]


def _dates(given: Any) -> list[str]:
    """The first and the last day: "1890" as the last is the end of that year."""
    try:
        if isinstance(given, str):
            raise ValueError
        first, last = (np.datetime64(str(each)) for each in given)
        found = [str(first.astype("datetime64[D]")), str(_last_day(last))]
    except (TypeError, ValueError):
        raise ConfigError(f'the filter "date" takes two dates, such as ("1890", "1910-06-30"), not {given!r}') from None
    if not found[0] <= found[1]:
        raise ConfigError(f'the filter "date" takes the earlier date first, not {given!r}')
    return found


def _last_day(date: Any) -> Any:
    if np.datetime_data(date.dtype)[0] not in "YMW":
        return date.astype("datetime64[D]")
    return (date + 1).astype("datetime64[D]") - 1
