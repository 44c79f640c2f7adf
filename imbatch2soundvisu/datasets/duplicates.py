"""Images that look the same: a perceptual hash, and the groups it finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import cv2
import numpy as np

from ..core import FeatureTable

#: The name of the vector that near duplicates are found by.
LIKENESS = "likeness-1"


def likeness(small: np.ndarray) -> np.ndarray:
    """A perceptual hash that is not cut to bits: (48, 48, 3) OKLab to (260,) float32.

    256 values of the 16 × 16 lightness, centred and of unit length (zeros when flat), then the mean L, a, b and the
    standard deviation of L.
    """
    tiny = cv2.resize(small, (16, 16), interpolation=cv2.INTER_AREA)
    lightness = tiny[..., 0].ravel() - tiny[..., 0].mean()
    deviation = float(lightness.std())
    shape = lightness / np.linalg.norm(lightness) if deviation > _FLAT else np.zeros_like(lightness)
    return np.concatenate((shape, tiny.mean(axis=(0, 1)), [deviation])).astype(np.float32)


_TILE = 1024  # images compared with as many others at once
_FLAT = 0.01  # below this standard deviation of lightness, images are compared by colour alone
_ALIKE = 0.95  # correlation of lightness above which two images are near duplicates
_SAME_COLOUR = 0.02
_OTHER_COLOUR = 0.04  # a mean hue and chroma this far apart is another image, unless one of them is grey


def near_duplicates(table: FeatureTable) -> tuple[tuple[str, ...], ...]:
    """Clusters of names that look the same: resized, recompressed, slightly cropped, brightened or grey copies.

    Every image of a group is alike to its first member, the leader, which is the one that most images are alike
    to (Hartigan 1975, "Clustering Algorithms", ch. 3): a scene that changes slowly into another is several groups.
    A group has at least two different files; exact copies of them are in it too. Flat images are alike when their
    colour is. Names decide between equals, so that the order of the table does not matter.
    """
    if not len(table):
        return ()
    by_name = sorted(range(len(table)), key=lambda i: table.records[i].name)
    rows: dict[str, int] = {}
    for i in by_name:
        rows.setdefault(table.records[i].digest, i)
    vectors = table.vectors[LIKENESS][list(rows.values())]
    _, first, inverse = np.unique(vectors, axis=0, return_index=True, return_inverse=True)
    leaders = _leaders(_Looks.of(vectors[np.sort(first)]))
    named = leaders[np.argsort(np.argsort(first))[np.ravel(inverse)]]
    group_of = dict(zip(rows, named.tolist(), strict=True))
    sizes = Counter(group_of.values())
    groups: dict[int, list[str]] = {}
    for i in by_name:
        record = table.records[i]
        if sizes[group_of[record.digest]] > 1:
            groups.setdefault(group_of[record.digest], []).append(record.name)
    return tuple(sorted(tuple(names) for names in groups.values()))


@dataclass(frozen=True)
class _Looks:
    """n likenesses, taken apart: (n, 256) shapes, (n, 3) OKLab colours, and which are flat or grey, (n,) bool."""

    shapes: np.ndarray
    colours: np.ndarray
    flat: np.ndarray
    grey: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> _Looks:
        colours = vectors[:, 256:259]
        grey = np.linalg.norm(colours[:, 1:], axis=1) < _OTHER_COLOUR / 4
        return cls(vectors[:, :256], colours, vectors[:, 259] <= _FLAT, grey)

    def __len__(self) -> int:
        return len(self.flat)

    def __getitem__(self, chosen: slice | np.ndarray) -> _Looks:
        return _Looks(self.shapes[chosen], self.colours[chosen], self.flat[chosen], self.grey[chosen])


def _alike(one: _Looks, other: _Looks) -> np.ndarray:
    """(n, m) bool: which of n images are near duplicates of which of m others."""
    hue = _squares(one.colours[:, 1:], other.colours[:, 1:])
    alike = one.shapes @ other.shapes.T > _ALIKE
    alike &= (hue < _OTHER_COLOUR**2) | one.grey[:, None] | other.grey
    alike &= ~one.flat[:, None] & ~other.flat
    if one.flat.any() and other.flat.any():
        colour = hue + _squares(one.colours[:, :1], other.colours[:, :1])
        alike |= (colour < _SAME_COLOUR**2) & one.flat[:, None] & other.flat
    return alike


def _squares(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n, m) squared Euclidean distances of (n, d) and (m, d) points, for a small d."""
    return sum(((a[:, None] - b) ** 2 for a, b in zip(one.T, other.T, strict=True)), np.zeros((), np.float32))


def _tiles(count: int) -> list[slice]:
    return [slice(start, min(start + _TILE, count)) for start in range(0, count, _TILE)]


def _leaders(looks: _Looks) -> np.ndarray:
    """(n,) int: the leader of the group each image belongs to, its own number when it is alone or a leader.

    The image that most are alike to leads first, the earlier one of equals; each joins the first leader it is alike
    to. In tiles: memory stays flat, and time is one product of matrices a tile.
    """
    alike_to = np.zeros(len(looks), np.int64)
    for i, down in enumerate(_tiles(len(looks))):
        for across in _tiles(len(looks))[i:]:
            alike = _alike(looks[down], looks[across])
            alike_to[down] += alike.sum(axis=1)
            if down != across:
                alike_to[across] += alike.sum(axis=0)
    leader_of = np.arange(len(looks))
    company = np.flatnonzero(alike_to > 1)
    order = company[np.argsort(-alike_to[company], kind="stable")]
    leaders = np.zeros(0, np.intp)
    for tile in _tiles(len(order)):
        waiting = order[tile]
        for led in _tiles(len(leaders)):
            alike = _alike(looks[waiting], looks[leaders[led]])
            follows = alike.any(axis=1)
            leader_of[waiting[follows]] = leaders[led][alike[follows].argmax(axis=1)]
            waiting = waiting[~follows]
        alike = _alike(looks[waiting], looks[waiting])
        free = np.ones(len(waiting), bool)
        found = []
        while free.any():
            leads = int(free.argmax())
            follows = alike[leads] & free
            follows[leads] = True
            leader_of[waiting[follows]] = waiting[leads]
            free &= ~follows
            found.append(waiting[leads])
        leaders = np.concatenate((leaders, np.array(found, np.intp)))
    return leader_of
