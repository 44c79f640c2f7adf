"""An order that is given by hand: the names of images, or the lines of a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from ..core import Collection, FeatureTable, ImageRecord
from ..core.errors import ConfigError, unknown
from ..core.image_names import ImageNames
from ..core.text import plural
from .common import Undriven
from .registry import ORDERS

_OTHERS = ("omit", "last")
_SHOWN = 5


@ORDERS.register("listed")
@dataclass(frozen=True)
class Listed(Undriven):
    """In the order of a list: names that you give, or the lines of a DATA_ROOT that is a `.txt` list.

    Parameters
    ----------
    names : sequence of str or Path
        Images, by their paths in the collection or the ends of these, with or without extension, in any Unicode form.
        Empty: the order in which the `.txt` list has them.
    others : {"omit", "last"}
        What happens to images that are not named: they are left out, or follow in the order of their names.

    Examples
    --------
    >>> Listed(["b.jpg", "a.jpg"]).names
    ('b.jpg', 'a.jpg')
    """

    names: tuple[str | Path, ...] = ()
    others: Literal["omit", "last"] = "omit"
    title: ClassVar[str] = "your list"

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _names(self.names))
        if self.others not in _OTHERS:
            raise unknown("others", self.others, _OTHERS)
        repeated = [name for name, count in Counter(map(str, self.names)).items() if count > 1]
        if repeated:
            raise ConfigError(f"the list of images has {repeated[0]!r} more than once; an image can be shown once")

    def check_images(self, collection: Collection) -> None:
        """Raise ConfigError, before any work, for names that mean no single image, and where there is no list."""
        if self.names:
            self.check_kept(collection, np.ones(len(collection), bool))
        elif collection.source != "list":
            raise ConfigError(
                'order="listed" needs a list: set DATA_ROOT to a .txt list of files, '
                'or name the images: order=["a.jpg", "b.jpg"]'
            )

    def check_kept(self, collection: Collection, keep: np.ndarray) -> None:
        """Raise ConfigError where, of the images that a plan keeps, (n,) bool, the list names fewer than 2."""
        rows = self._rows(ImageNames(collection.records, collection.skipped)) if self.names else []
        if self.names and self.others == "omit" and (used := int(keep[rows].sum())) < 2:
            raise _too_few(used, int(keep.sum()))

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return the rows in the order of the list, (m,) intp. Raise ConfigError as `check_images` does."""
        if not self.names:
            return np.arange(len(table))
        whole = table.unfiltered or table
        named = ImageNames(whole.records, table.skipped)
        place = {(record.name, record.path): row for row, record in enumerate(table.records)}
        chosen = [whole.records[row] for row in self._rows(named)]
        rows = [place[key] for each in chosen if (key := (each.name, each.path)) in place]
        if self.others == "last":
            listed = set(rows)
            rest = (row for row in range(len(table)) if row not in listed)
            rows += sorted(rest, key=lambda row: (table.records[row].name, table.records[row].digest))
        if len(rows) < 2:
            raise _too_few(len(rows), len(table))
        return np.array(rows, np.intp)

    def note(self, table: FeatureTable) -> str:
        """Return how many images of the list cannot be used, for the user; "" if all can."""
        named = ImageNames((table.unfiltered or table).records, table.skipped)
        unusable = sum(not named.rows(name) and bool(named.why_skipped(name)) for name in self.names)
        return f"{plural(unusable, 'image')} of it cannot be used" if unusable else ""

    def _rows(self, named: ImageNames) -> list[int]:
        """The rows of all names; without those of damaged files, which are reported already."""
        found = {name: named.rows(name) for name in self.names}
        problems = [
            named.problem(name)
            for name, rows in found.items()
            if len(rows) > 1 or (not rows and not named.why_skipped(name))
        ]
        if problems:
            more = f"\n  … and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            raise ConfigError("the list of images: " + "\n  ".join(problems[:_SHOWN]) + more)
        rows = [rows[0] for rows in found.values() if rows]
        twice = [row for row, count in Counter(rows).items() if count > 1]
        if twice:
            both = [repr(str(name)) for name, rows in found.items() if rows == [twice[0]]]
            raise ConfigError(f"the list of images: {' and '.join(both)} are the same image, {named.names[twice[0]]!r}")
        return rows


def _too_few(named: int, images: int) -> ConfigError:
    return ConfigError(f"your list names {named} of these {images} images; a sequence needs 2")


def _names(given: Iterable[object]) -> tuple[str | Path, ...]:
    if isinstance(given, str | Path):
        raise ConfigError(f"Listed takes a list of names, not one: write Listed([{str(given)!r}, ...])")
    names = tuple(each.name or each.path if isinstance(each, ImageRecord) else each for each in given)
    for each in names:
        if not isinstance(each, str | Path) or not str(each).strip():
            raise ConfigError(f"a list of images has names such as 'a.jpg', not {each!r}")
    return names  # type: ignore[return-value]
