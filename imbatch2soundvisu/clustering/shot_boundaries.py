"""Where shots begin in a run of images: cuts, dissolves and fades. Functions on arrays."""

from __future__ import annotations

import numpy as np

#: A cut changes an image by more than this threshold: from `_BASE`, and more where the images around change much, too.
_BASE, _TIMES_AROUND, _MOST = 0.4, 3.0, 0.6
_AROUND = 6  # images on each side
#: A dissolve: images that are mixtures of those at both ends, which look different.
_LONGEST = 32
_MIXED, _LARGEST_STEP, _BACKWARDS = 0.4, 0.65, 0.06
_ALIKE = 0.5  # correlation of the ends
_DIFFERENT = 0.05  # least RMS difference of the ends
_CONTENT, _LIKE_CONTRAST = 0.04, 0.35  # standard deviation of the ends, and the least ratio of these
_FEW, _CHANGING = 4, 0.35  # in fewer steps, the mean `shot_change`
_UNMOVED = 0.7  # least sum of the changes that motion does not explain, relative to the difference of the ends
#: Images without content, as black ones: of a smaller standard deviation of lightness.
_FLAT = 0.02


def cuts(changes: np.ndarray, threshold: float | None = None) -> np.ndarray:
    """Return which images begin a shot after a hard cut, (n,) bool.

    Parameters
    ----------
    changes : ndarray of shape (n,)
        How unlike each image is to the one before it, in [0, 1]; that of the first one is not used.
    threshold : float, optional
        The least change of a cut. None: between 0.4 and 0.6, as much as 0.4 above three times the median change of
        the six images on each side, so that a cut between similar shots is found where little moves, and quick motion
        is none.

    Examples
    --------
    >>> cuts(np.array([np.nan, 0.01, 0.02, 0.7, 0.03, 0.48])).nonzero()[0].tolist()
    [3, 5]
    """
    known = np.nan_to_num(np.asarray(changes, np.float64))
    known[:1] = 0.0
    if threshold is not None:
        return known >= threshold
    around = np.array([_median_around(known, at) for at in range(len(known))])
    return known >= np.minimum(_BASE + _TIMES_AROUND * around, _MOST)


def _median_around(changes: np.ndarray, at: int) -> float:
    before, after = changes[max(1, at - _AROUND) : at], changes[at + 1 : at + 1 + _AROUND]
    others = np.concatenate([before, after])
    return float(np.median(others)) if len(others) else 0.0


def gradual(
    changes: np.ndarray, residuals: np.ndarray, thumbnails: np.ndarray, hard: np.ndarray
) -> list[tuple[int, int, int]]:
    """Return dissolves and fades: (last image before it, first image of the next shot, first image after it).

    An image within a dissolve is a mixture of the images at its ends: its thumbnail lies on the line between theirs,
    and farther along it than the one before; and motion does not explain how images change within it.
    Of a fade out and in again, the boundary is in the middle of the images without content; a fade at the beginning
    or the end of the run belongs to its shot.

    Parameters
    ----------
    changes : ndarray of shape (n,)
        As for `cuts`.
    residuals : ndarray of shape (n,)
        Mean change of each image from the one before it that motion does not explain, in lightness, [0, 1].
    thumbnails : ndarray of shape (n, p)
        Lightness of small versions of the images, in [0, 1].
    hard : ndarray of shape (n,)
        bool: what `cuts` found.
    """
    both = np.nan_to_num(np.stack([changes, residuals]).astype(np.float64))
    spans = [*_fades(thumbnails, hard), *_dissolves(both, thumbnails, hard)]
    found: list[tuple[int, int, int]] = []
    for span in spans:  # in the order of preference
        if all(span[2] <= first or last <= span[0] for first, _, last in found):
            found.append(span)
    return sorted(found)


def _fades(thumbnails: np.ndarray, hard: np.ndarray) -> list[tuple[int, int, int]]:
    """Runs of images without content between others, that no hard cut delimits."""
    contrast = thumbnails.std(axis=1)
    faint = np.concatenate([[False], contrast < _CONTENT, [False]])
    edges = np.flatnonzero(faint[1:] != faint[:-1])
    found = []
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        inner = first > 0 and end < len(thumbnails) and contrast[first:end].min() < _FLAT
        if inner and not hard[first : end + 1].any():
            found.append((first - 1, (first + end + 1) // 2, end))
    return found


def _dissolves(changes: np.ndarray, thumbnails: np.ndarray, hard: np.ndarray) -> list[tuple[int, int, int]]:
    """Windows whose images are mixtures of both ends; those whose ends differ most come first, of equal ones short.

    changes : (2, n) of each image, in content and in the lightness that motion does not explain
    """
    found = []
    count = changes.shape[1]
    for length in range(2, min(_LONGEST, count - 1) + 1):
        for first in np.flatnonzero(_unlike_ends(thumbnails, length)).tolist():
            last = first + length
            content, unmoved = changes[:, first + 1 : last + 1]
            difference = float(np.abs(thumbnails[last] - thumbnails[first]).mean())
            if hard[first + 1 : last + 1].any() if length >= _FEW else content.mean() < _CHANGING:
                continue
            if unmoved.sum() >= _UNMOVED * difference and (middle := _middle(thumbnails[first : last + 1])):
                found.append((round(difference, 2), -length, (first, first + middle, last)))
    return [span for _, _, span in sorted(found, key=lambda each: (-each[0], -each[1]))]


def _unlike_ends(thumbnails: np.ndarray, length: int) -> np.ndarray:
    """(n - length,) bool: whether images so far apart both have content and look different."""
    centred = thumbnails - thumbnails.mean(axis=1, keepdims=True)
    contrast = np.sqrt(np.square(centred).mean(axis=1))
    first, last = contrast[:-length], contrast[length:]
    correlation = np.mean(centred[:-length] * centred[length:], axis=1) / np.maximum(first * last, 1e-12)
    content = np.minimum(first, last) > np.maximum(_CONTENT, _LIKE_CONTRAST * np.maximum(first, last))
    difference = np.sqrt(np.square(thumbnails[length:] - thumbnails[:-length]).mean(axis=1))
    return np.asarray(content & (correlation < _ALIKE) & (difference > _DIFFERENT))


def _middle(window: np.ndarray) -> int:
    """The first image that is more like the last one, of images that turn steadily from first to last; else 0."""
    way = window[-1] - window[0]
    squared = float(way @ way)
    shares = (window - window[0]) @ way / squared
    steps = np.diff(shares)
    if steps.max() > _LARGEST_STEP or steps.min() < -_BACKWARDS:
        return 0
    mixed = window[0] + shares[:, None] * way
    residuals = np.sqrt(np.square(window - mixed).sum(axis=1) / squared)
    return int(np.argmax(shares > 0.5)) if residuals.max() < _MIXED else 0
