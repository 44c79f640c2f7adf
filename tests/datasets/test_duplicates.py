"""Near-duplicates: which images are in one set, and that slow changes are not joined."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.core import FeatureTable, ImageRecord
from imbatch2soundvisu.datasets import duplicates
from imbatch2soundvisu.datasets.duplicates import PERCEPTUAL_HASH, near_duplicates, perceptual_hash
from tests.conftest import photo


def table(vectors: np.ndarray, digests: list[str] | None = None) -> FeatureTable:
    """Images named by their number, with these hashes."""
    names = [f"{number:05}.jpg" for number in range(len(vectors))]
    records = [
        ImageRecord(Path(name), digest, 9, 9, name=name) for name, digest in zip(names, digests or names, strict=True)
    ]
    return FeatureTable(tuple(records), vectors={PERCEPTUAL_HASH: vectors})


def hash_of(image: np.ndarray) -> np.ndarray:
    """The perceptual hash of an image, its mean channel taken as the lightness."""
    small = cv2.resize(image.astype(np.float32) / 255, (48, 48), interpolation=cv2.INTER_AREA)
    return perceptual_hash(np.dstack([small.mean(axis=2), np.full((48, 48, 2), 0.05, np.float32)]).astype(np.float32))


def fading(count: int) -> np.ndarray:
    """(count, 260) hashes of one scene that becomes another in small steps."""
    first, last = photo(3).astype(float), photo(11).astype(float)
    return np.stack([hash_of(first * (1 - t) + last * t) for t in np.linspace(0, 1, count)])


def noisy(count: int) -> np.ndarray:
    """(count, 260) hashes of one scene with noise, all different."""
    noise = np.random.default_rng(0).normal(0, 0.002, (count, 260))
    return (hash_of(photo(3)) + noise * (np.arange(260) < 256)).astype(np.float32)


def test_a_slow_change_gives_several_sets_each_similar_to_one_member():
    vectors = fading(60)
    assert vectors[0, :256] @ vectors[-1, :256] < 0.5
    assert all(a[:256] @ b[:256] > 0.95 for a, b in itertools.pairwise(vectors))
    sets = [[int(name[:5]) for name in one_set] for one_set in near_duplicates(table(vectors))]
    assert len(sets) >= 2
    assert len(set().union(*sets)) == sum(map(len, sets))
    for one_set in sets:
        shapes = vectors[one_set, :256]
        assert (shapes @ shapes.T > 0.95).all(axis=1).any(), "no member that all are similar to"


def test_the_order_of_the_table_does_not_matter():
    whole = table(fading(60))
    shuffled = whole.select(np.random.default_rng(5).permutation(60))
    assert near_duplicates(shuffled) == near_duplicates(whole)


def test_the_size_of_tiles_does_not_matter(monkeypatch):
    vectors = np.concatenate((fading(40), noisy(30), np.stack([hash_of(photo(seed)) for seed in range(20, 40)])))
    expected = near_duplicates(table(vectors))
    assert max(map(len, expected)) >= 30
    monkeypatch.setattr(duplicates, "_TILE", 7)
    assert near_duplicates(table(vectors)) == expected


@pytest.mark.parametrize("kind", ["noisy", "flat", "nearly flat"])
def test_thousands_of_similar_images_are_one_set_in_few_comparisons(kind, monkeypatch):
    calls: list[int] = []
    similar = duplicates._similar
    monkeypatch.setattr(duplicates, "_similar", lambda a, b: calls.append(len(a) * len(b)) or similar(a, b))
    flat = np.zeros((5000, 260), np.float32)
    flat[:, 256] = 0.5
    if kind == "nearly flat":
        flat[:, 256] += np.linspace(0, 0.015, 5000)
    vectors = noisy(4000) if kind == "noisy" else flat
    sets = near_duplicates(table(vectors))
    assert [len(one_set) for one_set in sets] == [len(vectors)]
    assert len(calls) < 40
    assert max(calls) <= 1024 * 1024


def test_exact_copies_alone_are_not_near_duplicates():
    vectors = np.stack([hash_of(photo(seed)) for seed in (1, 1, 2, 3, 3)])
    assert near_duplicates(table(vectors, ["a", "a", "b", "c", "d"])) == (("00003.jpg", "00004.jpg"),)
    assert near_duplicates(table(vectors[:0])) == ()
