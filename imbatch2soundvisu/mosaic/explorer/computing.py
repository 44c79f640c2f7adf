"""Mosaics of scales, computed in threads: first a preview, then the mosaic, then its neighbours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core.errors import I2SError, reason_of
from ...runtime.ownership import guarding
from ..mosaics import Mosaic
from ..savepaths import check_free
from ..scales import ScaledMosaics

#: Scales on each side of the shown one that are computed before they are asked for.
NEIGHBOURS = 2
#: The scale shown first gives about as many tiles in a row.
_TILES_ACROSS = 60


@dataclass(frozen=True)
class Shown:
    """A mosaic as it is shown.

    Parameters
    ----------
    scale : int
        Its scale.
    pixels : ndarray of shape (h, w, 3)
        uint8, sRGB, as large as the screen needs it.
    tiles : int
        The number of its cells.
    is_preview : bool
        Whether tiles were chosen by mean colours only, while the mosaic is computed.
    problem : str
        Why there is no mosaic, where one could not be made.
    """

    scale: int
    pixels: np.ndarray
    tiles: int
    is_preview: bool
    problem: str = ""


def shown(made: Mosaic, scale: int, side: int, is_preview: bool = False) -> Shown:
    """Return a mosaic as it is shown, its longer side at most `side` pixels."""
    factor = min(made.factor, side / max(made.cells.canvas_size()))
    return Shown(scale, made.pixels(factor), len(made.cells), is_preview)


def first_scale(mosaics: ScaledMosaics) -> int:
    """Return the scale that gives about 60 tiles in a row, or the nearest to it."""
    width = mosaics.target.shape[1] / _TILES_ACROSS
    return min(mosaics.scales, key=lambda scale: abs(mosaics.tile(scale)[0] - width))


class Computing:
    """Computes mosaics in two threads, one for previews. Close it at the end.

    Parameters
    ----------
    mosaics : ScaledMosaics
        The mosaics.
    side : int
        The longer side of what is shown, in pixels.
    arrived : callable
        Called without arguments, in one of the threads, when there is something new.
    """

    def __init__(self, mosaics: ScaledMosaics, side: int, arrived: Callable[[], None]) -> None:
        self.mosaics, self.message = mosaics, ""
        self._side, self._arrived = side, arrived
        self._changed = threading.Condition()
        self._previews: dict[int, Shown] = {}
        self._complete: dict[int, Shown] = {}
        self._saves: list[tuple[int, Path]] = []
        self._wanted, self._closed = mosaics.scales[0], False
        self.saved: list[Path] = []
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._preview, self._compute)]

    def start(self, scale: int) -> None:
        """Begin with a scale."""
        self._wanted = scale
        for thread in self._threads:
            thread.start()

    def ask(self, scale: int) -> None:
        """Compute a scale next."""
        with self._changed:
            self._wanted = scale
            self._changed.notify_all()

    def save(self, scale: int, path: Path) -> None:
        """Save the mosaic of a scale in full size; `message` says when it is done, or why it is not."""
        with self._changed:
            self._saves.append((scale, path))
            self.message = f"saving {path} …"
            self._changed.notify_all()

    def best(self, scale: int) -> Shown | None:
        """Return the mosaic of a scale, its preview where it is not computed yet, or None."""
        with self._changed:
            return self._complete.get(scale) or self._previews.get(scale)

    def close(self) -> None:
        """Save what is still to be saved, and stop the threads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _preview(self) -> None:
        while (scale := self._next(self._without_preview)) is not None:
            self._guarded(self._previews, scale, lambda at: shown(self.mosaics.preview(at), at, self._side, True))

    def _compute(self) -> None:
        while (task := self._next(self._task)) is not None:
            if isinstance(task, tuple):
                self._write(*task)
            else:
                self._guarded(self._complete, task, lambda at: shown(self.mosaics.at(at), at, self._side))

    def _next(self, find: Callable[[], object]) -> object:
        """What a thread does next; None when it is to stop."""
        with self._changed:
            while (found := find()) is None and not self._closed:
                self._changed.wait()
            return found if not self._closed or isinstance(found, tuple) else None

    def _without_preview(self) -> int | None:
        there = self._wanted in self._complete or self._wanted in self._previews
        return None if there else self._wanted

    def _task(self) -> int | tuple[int, Path] | None:
        if self._saves and (self._wanted in self._complete or self._closed):
            return self._saves[0]
        near = sorted(self.mosaics.scales, key=lambda scale: abs(scale - self._wanted))[: 1 + 2 * NEIGHBOURS]
        return next((scale for scale in near if scale not in self._complete), None)

    def _guarded(self, results: dict[int, Shown], scale: object, compute: Callable[[int], Shown]) -> None:
        """Keep the result of a scale; where it fails, a grey image and the reason."""
        assert isinstance(scale, int)
        try:
            found = compute(scale)
        except (I2SError, MemoryError, OSError, ValueError) as error:
            found = Shown(scale, np.full((90, 120, 3), 60, np.uint8), 0, False, _reason(error))
        with self._changed:
            results[scale] = found
            self._changed.notify_all()
        self._arrived()

    def _write(self, scale: int, path: Path) -> None:
        try:
            check_free(path)
            with guarding(path.parent):
                self.mosaics.at(scale).save(path)
            message = f"saved {path}"
        except (I2SError, MemoryError, OSError, ValueError) as error:
            message = f"not saved: {_reason(error)}"
        with self._changed:
            self._saves.pop(0)
            self.message = message
            if message == f"saved {path}" and path not in self.saved:
                self.saved.append(path)
        self._arrived()


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, I2SError) else reason_of(error)
