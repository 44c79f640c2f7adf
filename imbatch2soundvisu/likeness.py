"""Pictures that look the same: a perceptual hash, and the groups it finds."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np

from .records import FeatureTable

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


_FLAT = 0.01  # below this standard deviation of lightness, pictures are compared by colour alone
_ALIKE = 0.95  # correlation of lightness above which two pictures are near duplicates
_SAME_COLOUR = 0.02
_OTHER_COLOUR = 0.04  # a mean hue and chroma this far apart is another picture, unless one of them is grey


def near_duplicates(table: FeatureTable) -> tuple[tuple[str, ...], ...]:
    """Groups of names that look the same: resized, recompressed, slightly cropped, brightened or grey copies.

    A group has at least two different files; exact copies of them are in it too. Flat pictures are alike when their
    colour is.
    """
    if not len(table):
        return ()
    rows = {record.digest: i for i, record in enumerate(table.records)}
    vectors = table.vectors[LIKENESS][list(rows.values())]
    unique, inverse = np.unique(vectors, axis=0, return_inverse=True)
    shapes, colours, flat = unique[:, :256], unique[:, 256:259], unique[:, 259] <= _FLAT
    grey = np.linalg.norm(colours[:, 1:], axis=1) < _OTHER_COLOUR / 4
    parent = list(range(len(unique)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for start in range(0, len(unique), 1024):
        block = slice(start, start + 1024)
        alike = (shapes[block] @ shapes.T > _ALIKE) & ~flat[block, None] & ~flat[None]
        shift = np.linalg.norm(colours[block, None, 1:] - colours[None, :, 1:], axis=2)
        alike &= (shift < _OTHER_COLOUR) | grey[block, None] | grey[None]
        if flat[block].any():
            apart = np.linalg.norm(colours[block, None] - colours[None], axis=2)
            alike |= (apart < _SAME_COLOUR) & flat[block, None] & flat[None]
        for i, j in zip(*np.nonzero(alike), strict=True):
            if start + i < j:
                parent[find(int(j))] = find(start + int(i))
    group_of = {digest: find(int(i)) for digest, i in zip(rows, np.ravel(inverse), strict=True)}
    sizes = Counter(group_of.values())
    groups: dict[int, list[str]] = {}
    for record in table.records:
        if sizes[group_of[record.digest]] > 1:
            groups.setdefault(group_of[record.digest], []).append(record.name)
    return tuple(sorted(tuple(sorted(names)) for names in groups.values()))
