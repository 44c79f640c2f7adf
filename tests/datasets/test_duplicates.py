"""Clusters of images that look the same: what is in one, and what slow change does not join."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.core import FeatureTable, ImageRecord
from imbatch2soundvisu.datasets import duplicates as room
from imbatch2soundvisu.datasets.duplicates import LIKENESS, likeness, near_duplicates
from tests.conftest import photo


def table(vectors: np.ndarray, digests: list[str] | None = None) -> FeatureTable:
    """Images named by their number, with these likenesses."""
    names = [f"{number:05}.jpg" for number in range(len(vectors))]
    records = [
        ImageRecord(Path(name), digest, 9, 9, name=name) for name, digest in zip(names, digests or names, strict=True)
    ]
    return FeatureTable(tuple(records), vectors={LIKENESS: vectors})


def seen(image: np.ndarray) -> np.ndarray:
    """The likeness of an image, whose lightness stands for all three channels."""
    small = cv2.resize(image.astype(np.float32) / 255, (48, 48), interpolation=cv2.INTER_AREA)
    return likeness(np.dstack([small.mean(axis=2), np.full((48, 48, 2), 0.05, np.float32)]).astype(np.float32))


def drift(count: int) -> np.ndarray:
    """(count, 260): one scene becomes another in small steps."""
    first, last = photo(3).astype(float), photo(11).astype(float)
    return np.stack([seen(first * (1 - t) + last * t) for t in np.linspace(0, 1, count)])


def filmed(count: int) -> np.ndarray:
    """(count, 260): frames of one scene with noise, none the same as another."""
    noise = np.random.default_rng(0).normal(0, 0.002, (count, 260))
    return (seen(photo(3)) + noise * (np.arange(260) < 256)).astype(np.float32)


def test_a_slow_change_is_several_groups_each_alike_to_one_of_it():
    vectors = drift(60)
    assert vectors[0, :256] @ vectors[-1, :256] < 0.5
    assert all(a[:256] @ b[:256] > 0.95 for a, b in itertools.pairwise(vectors))
    groups = [[int(name[:5]) for name in group] for group in near_duplicates(table(vectors))]
    assert len(groups) >= 2
    assert len(set().union(*groups)) == sum(map(len, groups))
    for group in groups:
        shapes = vectors[group, :256]
        assert (shapes @ shapes.T > 0.95).all(axis=1).any(), "no member that all are alike to"


def test_the_order_of_the_table_does_not_matter():
    whole = table(drift(60))
    shuffled = whole.select(np.random.default_rng(5).permutation(60))
    assert near_duplicates(shuffled) == near_duplicates(whole)


def test_tiles_do_not_matter(monkeypatch):
    vectors = np.concatenate((drift(40), filmed(30), np.stack([seen(photo(seed)) for seed in range(20, 40)])))
    expected = near_duplicates(table(vectors))
    assert max(map(len, expected)) >= 30
    monkeypatch.setattr(room, "_TILE", 7)
    assert near_duplicates(table(vectors)) == expected


@pytest.mark.parametrize("kind", ["filmed", "flat", "nearly flat"])
def test_thousands_that_are_alike_are_one_group_without_a_step_a_pair(kind, monkeypatch):
    calls: list[int] = []
    alike = room._alike
    monkeypatch.setattr(room, "_alike", lambda a, b: calls.append(len(a) * len(b)) or alike(a, b))
    flat = np.zeros((5000, 260), np.float32)
    flat[:, 256] = 0.5
    if kind == "nearly flat":
        flat[:, 256] += np.linspace(0, 0.015, 5000)
    vectors = filmed(4000) if kind == "filmed" else flat
    groups = near_duplicates(table(vectors))
    assert [len(group) for group in groups] == [len(vectors)]
    assert len(calls) < 40
    assert max(calls) <= 1024 * 1024


def test_exact_copies_alone_are_no_group_of_near_duplicates():
    vectors = np.stack([seen(photo(seed)) for seed in (1, 1, 2, 3, 3)])
    assert near_duplicates(table(vectors, ["a", "a", "b", "c", "d"])) == (("00003.jpg", "00004.jpg"),)
    assert near_duplicates(table(vectors[:0])) == ()
