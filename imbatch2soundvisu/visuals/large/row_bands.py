"""Rows of an image in bands of a given height, whatever the heights in which they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np


class Bands:
    """Collects rows of an image and returns them in bands that may overlap.

    Parameters
    ----------
    size : (int, int)
        Width and height of the image in pixels.
    step : int
        Rows from the start of a band to the start of the next, without what overlaps.
    overlap : int
        Rows that a band has, besides, of each of its neighbours.
    """

    def __init__(self, size: tuple[int, int], step: int, overlap: int = 0) -> None:
        self._size, self._step, self._overlap = size, step, overlap
        self._number, self._have = 0, 0
        self._band = self._empty()

    def add(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the bands that rows complete; a band is not written to any more."""
        start = 0
        while start < len(rows):
            count = min(len(rows) - start, len(self._band) - self._have)
            self._band[self._have : self._have + count] = rows[start : start + count]
            self._have, start = self._have + count, start + count
            while len(self._band) and self._have == len(self._band):
                yield self._next()

    def _next(self) -> np.ndarray:
        done, end = self._band, self._first + len(self._band)
        self._number += 1
        self._band = self._empty()
        self._have = max(0, end - self._first) if len(self._band) else 0
        self._band[: self._have] = done[len(done) - self._have :]
        return done

    @property
    def _first(self) -> int:
        return max(0, self._number * self._step - self._overlap)

    def _empty(self) -> np.ndarray:
        """Space for the rows of a band; none after the last."""
        last = min(self._size[1], (self._number + 1) * self._step + self._overlap)
        height = last - self._first if self._number * self._step < self._size[1] else 0
        return np.empty((height, self._size[0], 3), np.uint8)


def checked(rows: Iterable[np.ndarray], size: tuple[int, int]) -> Iterator[np.ndarray]:
    """Yield rows as they are. Raises ValueError when they are not those of an image of the size."""
    seen = 0
    for each in rows:
        seen += len(each)
        if each.shape[1:] != (size[0], 3) or each.dtype != np.uint8 or seen > size[1]:
            raise ValueError(f"rows {each.shape} {each.dtype} do not fit an image of {size[0]} x {size[1]} pixels")
        yield each
    if seen != size[1]:
        raise ValueError(f"{seen} rows came for an image of {size[0]} x {size[1]} pixels")
