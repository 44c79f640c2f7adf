"""What of each frame of a GIF is new: pixels that hardly differ from what is shown already need not be stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Change:
    """The part of a frame that is stored.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, the smallest part with all pixels that change.
    same : ndarray of shape (h, w), optional
        bool, its pixels that do not; None where all change.
    corner : (int, int)
        Left and top edge of the part in the frame.
    """

    rgb: np.ndarray
    same: np.ndarray | None = None
    corner: tuple[int, int] = (0, 0)


def changes(frames: Iterator[np.ndarray], fuzz: float) -> Iterator[Change]:
    """Yield what changes from frame to frame.

    Parameters
    ----------
    frames : iterator of ndarray of shape (h, w, 3)
        uint8.
    fuzz : float
        In percent of the distance of black and white: colours within it count as equal. 0: whole frames.

    Examples
    --------
    >>> still = np.zeros((4, 6, 3), np.uint8)
    >>> moved = still.copy()
    >>> moved[1, 2:4] = 200
    >>> [each.rgb.shape for each in changes(iter([still, moved]), 2)]
    [(4, 6, 3), (1, 2, 3)]
    """
    shown: np.ndarray | None = None
    for frame in frames:
        if shown is None or fuzz <= 0 or shown.shape != frame.shape:
            shown = frame.copy()
            yield Change(frame)
            continue
        distance = ((frame.astype(np.int32) - shown) ** 2).sum(axis=2)
        new = distance > 3 * (255 * fuzz / 100) ** 2
        shown[new] = frame[new]
        yield _part(shown, new)


def _part(shown: np.ndarray, new: np.ndarray) -> Change:
    rows, columns = np.flatnonzero(new.any(axis=1)), np.flatnonzero(new.any(axis=0))
    if not len(rows):  # a frame cannot be left out: it has its duration
        return Change(shown[:1, :1].copy(), np.ones((1, 1), bool))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return Change(shown[part].copy(), ~new[part], (int(columns[0]), int(rows[0])))
