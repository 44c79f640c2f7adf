"""`include=` and `exclude=` of a plan: images by name, pattern, folder, or a function of the record."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core import ImageRecord, Skipped
from ..core.errors import ConfigError, user_error
from ..core.image_names import ImageNames, same_form

#: One image, several of them by a pattern or a folder, or a function of the record that returns whether it is meant.
Choice = str | Path | Callable[[ImageRecord], Any]
Choices = Choice | Sequence[Choice] | None


def check_choices(include: Choices, exclude: Choices) -> None:
    """Raise ConfigError for what is no name, pattern, folder or function."""
    for title, value in (("include", include), ("exclude", exclude)):
        for each in _listed(title, value):
            if not callable(each) and (not isinstance(each, str | Path) or not str(each).strip()):
                raise ConfigError(
                    f'{title}={value!r} takes names ("a.jpg"), patterns ("*.png"), folders ("drafts/"), '
                    "or a function of the record, or a list of these"
                )
    if include is not None and not _listed("include", include):
        raise ConfigError("include=[] leaves no image: name some, or leave it out for all")


def chosen(
    records: Sequence[ImageRecord], skipped: Sequence[Skipped], include: Choices, exclude: Choices
) -> np.ndarray:
    """Return which images `include` and `exclude` leave, (n,) bool.

    Raises
    ------
    ConfigError
        For a name or pattern that matches nothing, with names that are spelt like it; for a name without folder that
        several images have; for a function that raises.
    """
    keep = np.full(len(records), include is None)
    if include is None and exclude is None:
        return keep
    names = ImageNames(records, skipped)
    for each in _listed("include", include):
        keep[_rows(names, each, "include=")] = True
    for each in _listed("exclude", exclude):
        keep[_rows(names, each, "exclude=")] = False
    return keep


def _listed(title: str, value: Choices) -> list[Choice]:
    if value is None:
        return []
    if isinstance(value, str | Path) or callable(value):
        return [value]
    if not isinstance(value, Iterable):
        raise ConfigError(f"{title}={value!r} must be a name, a pattern, a folder, a function, or a list of these")
    return list(value)


def _rows(names: ImageNames, choice: Choice, who: str) -> list[int]:
    if callable(choice):
        return _rows_by_function(names.records, choice, who)
    text = same_form(str(choice))
    exact = names.rows(choice, loose=False)
    if len(exact) == 1:
        return exact
    if not exact and (found := _rows_of_folder(names, text)):
        return found
    if not exact and _is_pattern(text):
        if found := _rows_by_pattern(names.names, text):
            return found
        if _rows_by_pattern([same_form(each.name) for each in names.skipped], text):
            return []  # of files that are reported already
        near = "".join(f", {name!r}" for name in names.names[:3])
        raise ConfigError(f"{who}{text!r} matches none of the {len(names.records)} images, such as {near[2:]}")
    if not exact and not names.rows(choice) and names.why_skipped(choice):
        return []
    return [names.row(choice, who)]


def _rows_by_function(records: Sequence[ImageRecord], function: Callable[[ImageRecord], Any], who: str) -> list[int]:
    found = []
    for row, record in enumerate(records):
        try:
            if bool(function(record)):
                found.append(row)
        except Exception as error:
            hint = " (a function of the table belongs in where=)" if "'ImageRecord' object" in str(error) else ""
            raise user_error(f"{who} failed on {record.name}{hint}", error) from error
    return found


def _rows_of_folder(names: ImageNames, text: str) -> list[int]:
    """The images in a folder, by its path in the collection, the end of that, or its path on the disk."""
    folder = text.rstrip("/")
    if not folder or (_is_pattern(folder) and not text.endswith("/")):
        return []
    pattern = re.compile(rf"(?:.*/)?{_regex(folder)}/.*", re.IGNORECASE | re.DOTALL)
    found = [row for row, name in enumerate(names.names) if pattern.fullmatch(name)]
    if found or not Path(folder).expanduser().is_absolute():
        return found
    place = Path(folder).expanduser()
    return [row for row, record in enumerate(names.records) if place in record.path.absolute().parents]


def _rows_by_pattern(names: Sequence[str], text: str) -> list[int]:
    """A pattern with "/" is about the whole name, one without about the file name; case does not matter."""
    pattern = re.compile(_regex(text.removeprefix("./")), re.IGNORECASE | re.DOTALL)
    tails = names if "/" in text else [name.rsplit("/", 1)[-1] for name in names]
    return [row for row, name in enumerate(tails) if pattern.fullmatch(name)]


def _regex(pattern: str) -> str:
    return fnmatch.translate(pattern).removesuffix(r"\Z").removesuffix(r"\z")


def _is_pattern(text: str) -> bool:
    return any(letter in text for letter in "*?[")
