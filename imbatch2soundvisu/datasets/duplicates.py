"""Near-duplicates: a perceptual hash, and the images whose hashes are similar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import FeatureTable, ImageRecord

#: The vector of a table that holds the perceptual hash.
PERCEPTUAL_HASH = "perceptual-hash-1"
_TILE = 1024  # images that are compared with as many others in one step
_FLAT = 0.01  # images of a smaller standard deviation of lightness are compared by colour only
_MIN_CORRELATION = 0.95  # of the lightness of near-duplicates
_MAX_COLOUR_DISTANCE = 0.02  # between flat images, in OKLab
_MAX_CHROMA_DISTANCE = 0.04  # between mean colours, in OKLab's a and b, unless one image is grey


def perceptual_hash(small: np.ndarray) -> np.ndarray:
    """Return a perceptual hash of real numbers: the layout of the lightness, and the mean colour.

    Parameters
    ----------
    small : ndarray of shape (48, 48, 3)
        The image in OKLab.

    Returns
    -------
    ndarray of shape (260,)
        float32: 256 values of the 16 × 16 lightness, centred and of unit length (zeros for a flat image), the mean
        L, a and b, and the standard deviation of L.
    """
    import cv2

    tiny = cv2.resize(small, (16, 16), interpolation=cv2.INTER_AREA)
    means, deviations = cv2.meanStdDev(tiny)
    deviation = deviations[0, 0]
    lightness = tiny[..., 0].ravel() - np.float32(means[0, 0])
    layout = lightness / np.linalg.norm(lightness) if deviation > _FLAT else np.zeros_like(lightness)
    return np.concatenate((layout, means[:, 0], [deviation])).astype(np.float32)


def near_duplicates(table: FeatureTable) -> tuple[tuple[str, ...], ...]:
    """Return sets of images that look the same: resized, recompressed, slightly cropped, brightened or grey copies.

    Each image of a set is similar to one member, the leader, which is the image that most others are similar to. A
    scene that changes slowly into another gives several sets. The result does not depend on the order of the table.

    Parameters
    ----------
    table : FeatureTable
        A measured table, with the vector `PERCEPTUAL_HASH`.

    Returns
    -------
    tuple of tuples of str
        Names, sorted. Each set has at least two files with different bytes; exact copies of them are included.

    References
    ----------
    J. A. Hartigan, "Clustering Algorithms", Wiley, 1975, ch. 3 (leader algorithm).
    """
    if not len(table):
        return ()
    by_name = sorted(range(len(table)), key=lambda i: table.records[i].name)
    rows: dict[str, int] = {}
    for i in by_name:
        rows.setdefault(table.records[i].digest, i)
    vectors = table.vectors[PERCEPTUAL_HASH][list(rows.values())]
    _, first, inverse = np.unique(vectors, axis=0, return_index=True, return_inverse=True)
    leaders = _leaders(_Hashes.of(vectors[np.sort(first)]))
    of_digest = leaders[np.argsort(np.argsort(first))[np.ravel(inverse)]]
    leader_of = dict(zip(rows, of_digest.tolist(), strict=True))
    return _named_sets([table.records[i] for i in by_name], leader_of)


def _named_sets(records: Sequence[ImageRecord], leader_of: dict[str, int]) -> tuple[tuple[str, ...], ...]:
    sizes = Counter(leader_of.values())
    sets: dict[int, list[str]] = {}
    for record in records:
        leader = leader_of[record.digest]
        if sizes[leader] > 1:
            sets.setdefault(leader, []).append(record.name)
    return tuple(sorted(tuple(names) for names in sets.values()))


@dataclass(frozen=True)
class _Hashes:
    """n hashes in parts: (n, 256) layouts, (n, 3) OKLab colours, and which images are flat or grey, (n,) bool."""

    layouts: np.ndarray
    colours: np.ndarray
    flat: np.ndarray
    grey: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> _Hashes:
        colours = vectors[:, 256:259]
        grey = np.linalg.norm(colours[:, 1:], axis=1) < _MAX_CHROMA_DISTANCE / 4
        return cls(vectors[:, :256], colours, vectors[:, 259] <= _FLAT, grey)

    def __len__(self) -> int:
        return len(self.flat)

    def __getitem__(self, chosen: slice | np.ndarray) -> _Hashes:
        return _Hashes(self.layouts[chosen], self.colours[chosen], self.flat[chosen], self.grey[chosen])


def _similar(one: _Hashes, other: _Hashes) -> np.ndarray:
    """(n, m) bool: which of n images are near-duplicates of which of m others."""
    chroma = _squared_distances(one.colours[:, 1:], other.colours[:, 1:])
    similar = one.layouts @ other.layouts.T > _MIN_CORRELATION
    similar &= (chroma < _MAX_CHROMA_DISTANCE**2) | one.grey[:, None] | other.grey
    similar &= ~one.flat[:, None] & ~other.flat
    if one.flat.any() and other.flat.any():
        colour = chroma + _squared_distances(one.colours[:, :1], other.colours[:, :1])
        similar |= (colour < _MAX_COLOUR_DISTANCE**2) & one.flat[:, None] & other.flat
    return similar


def _squared_distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n, m) squared Euclidean distances of (n, d) and (m, d) points, for a small d."""
    return sum(((a[:, None] - b) ** 2 for a, b in zip(one.T, other.T, strict=True)), np.zeros((), np.float32))


def _tiles(count: int) -> list[slice]:
    return [slice(start, min(start + _TILE, count)) for start in range(0, count, _TILE)]


def _leaders(hashes: _Hashes) -> np.ndarray:
    """(n,) int: the leader of each image; its own index if it is a leader or similar to no other.

    Images are taken by the number of similar images, the earlier one of equals first; each joins the first leader it
    is similar to, or becomes one. In tiles: memory is constant, and the time is that of one matrix product a tile.
    """
    similar_to = _similar_counts(hashes)
    leader_of = np.arange(len(hashes))
    candidates = np.flatnonzero(similar_to > 1)
    order = candidates[np.argsort(-similar_to[candidates], kind="stable")]
    leaders = np.zeros(0, np.intp)
    for tile in _tiles(len(order)):
        remaining = _join_leaders(hashes, order[tile], leaders, leader_of)
        leaders = np.concatenate((leaders, _new_leaders(hashes, remaining, leader_of)))
    return leader_of


def _similar_counts(hashes: _Hashes) -> np.ndarray:
    """(n,) int: the number of images that each image is similar to, itself included."""
    counts = np.zeros(len(hashes), np.int64)
    for i, down in enumerate(_tiles(len(hashes))):
        for across in _tiles(len(hashes))[i:]:
            similar = _similar(hashes[down], hashes[across])
            counts[down] += similar.sum(axis=1)
            if down != across:
                counts[across] += similar.sum(axis=0)
    return counts


def _join_leaders(hashes: _Hashes, rows: np.ndarray, leaders: np.ndarray, leader_of: np.ndarray) -> np.ndarray:
    """Assign rows to the first leader they are similar to, in place; returns the rows without one."""
    for tile in _tiles(len(leaders)):
        similar = _similar(hashes[rows], hashes[leaders[tile]])
        joins = similar.any(axis=1)
        leader_of[rows[joins]] = leaders[tile][similar[joins].argmax(axis=1)]
        rows = rows[~joins]
    return rows


def _new_leaders(hashes: _Hashes, rows: np.ndarray, leader_of: np.ndarray) -> np.ndarray:
    """Make leaders of rows, in their order, and assign the similar ones to them, in place; returns the leaders."""
    similar = _similar(hashes[rows], hashes[rows])
    free = np.ones(len(rows), bool)
    found = []
    while free.any():
        leader = int(free.argmax())
        joins = similar[leader] & free
        joins[leader] = True
        leader_of[rows[joins]] = rows[leader]
        free &= ~joins
        found.append(rows[leader])
    return np.array(found, np.intp)
