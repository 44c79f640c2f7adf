"""Pages: images of one item, such as the sides of a postcard, by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: The number of a page: "12-1.jpg" and "12-2.jpg" are pages of the item 12. Frames are numbered with leading zeros.
PAGE = re.compile(r"-([1-9]\d{0,2})$")


def pages_of_items(names: Sequence[str]) -> list[list[int]]:
    """Return the images that are pages of one item, for each item that has several.

    Pages are named as the item, in one folder, with "-1", "-2" ...: where the item itself is an image, or where the
    numbers begin with 1. "IMG-000" to "IMG-199" are images of their own.

    Parameters
    ----------
    names : sequence of str
        Paths of the images.

    Examples
    --------
    >>> pages_of_items(["12-1.jpg", "12-2.jpg", "IMG-017.jpg", "IMG-018.jpg", "9.jpg", "9-4.jpg"])
    [[0, 1], [4, 5]]
    """
    stems = [name.rpartition(".")[0] or name for name in names]
    single = {stem: row for row, stem in enumerate(stems)}
    pages: dict[str, list[tuple[int, int]]] = {}
    for row, stem in enumerate(stems):
        if found := PAGE.search(stem):
            pages.setdefault(stem[: found.start()], []).append((row, int(found[1])))
    items = []
    for item, numbered in pages.items():
        rows = sorted({row for row, _ in numbered} | ({single[item]} if item in single else set()))
        if len(rows) > 1 and (item in single or min(number for _, number in numbered) == 1):
            items.append(rows)
    return items
