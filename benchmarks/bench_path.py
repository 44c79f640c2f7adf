"""Paths through crops of photographs: ours against random, leaf order, the greedy neighbour and a long search."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import fast_tsp
import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import pdist, squareform

from imbatch2soundvisu.sorting import paths

COUNT = 1000
LONG_SECONDS = 20.0


def rows(data: Path | None) -> list[dict]:
    """Path lengths through 1,000 crops, 8 × 8 CIELAB: [{what, ours, peer, ratio, note}], ratio: how many times shorter.

    data : a folder of photographs, or None for those that scikit-image and scikit-learn carry.
    """
    points = _descriptors(data)
    paths.shortest_path(points[:30])  # compiles, or loads what was compiled
    began = time.perf_counter()
    path = paths.shortest_path(points)
    took = time.perf_counter() - began
    ours = paths.path_length(points[path])
    distances = squareform(pdist(points))
    peers = {
        "random order (mean of all)": (len(points) - 1) * paths.mean_distance(points),
        "optimal leaf order": paths.path_length(points[_leaves(points)]),
        "greedy neighbour": paths.path_length(points[_greedy(distances)]),
        f"fast_tsp for {LONG_SECONDS:g} s": paths.path_length(points[_long(distances)]),
    }
    note = f"{len(points)} crops, {took:.1f} s"
    return [
        {"what": f"path length, {what}", "ours": round(ours, 1), "peer": round(peer, 1),
         "ratio": round(peer / ours, 4), "note": note}
        for what, peer in peers.items()
    ]  # fmt: skip


def _photographs(data: Path | None) -> Iterator[np.ndarray]:
    if data is None:
        from skimage import data as images
        from sklearn.datasets import load_sample_images

        yield from (np.asarray(image)[..., ::-1] for image in load_sample_images().images)
        for name in ("astronaut", "coffee", "chelsea", "rocket"):
            yield np.asarray(getattr(images, name)())[..., 2::-1]
        return
    for path in sorted(p for p in data.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is not None and min(image.shape[:2]) >= 128:
            yield image


def crops_of(data: Path | None, count: int) -> Iterator[np.ndarray]:
    """Crops at random places and sizes, the same at every run, BGR."""
    photographs = list(_photographs(data))
    rng = np.random.default_rng(0)
    for i in range(count):
        image = photographs[i % len(photographs)]
        height, width = image.shape[:2]
        side = int(min(height, width) * rng.uniform(0.3, 0.9))
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        yield np.ascontiguousarray(image[top : top + side, left : left + side])


def _descriptors(data: Path | None) -> np.ndarray:
    """8 x 8 colours in CIELAB of crops, (1000, 192)."""
    found = []
    for crop in crops_of(data, COUNT):
        small = cv2.resize(crop, (8, 8), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        found.append(cv2.cvtColor(small, cv2.COLOR_BGR2LAB).ravel())
    return np.array(found, np.float64)


def _leaves(points: np.ndarray) -> np.ndarray:
    distances = pdist(points)
    return leaves_list(optimal_leaf_ordering(linkage(distances, "average"), distances))


def _greedy(distances: np.ndarray) -> np.ndarray:
    distances = distances.copy()
    path = [0]
    for _ in range(len(distances) - 1):
        distances[:, path[-1]] = np.inf
        path.append(int(np.argmin(distances[path[-1]])))
    return np.array(path)


def _long(distances: np.ndarray) -> np.ndarray:
    cities = np.pad(np.rint(distances * (60_000 / distances.max())).astype(np.uint16), (0, 1))
    tour = np.array(fast_tsp.find_tour(cities, LONG_SECONDS))
    tour = np.roll(tour, -int(np.flatnonzero(tour == len(distances))[0]))
    return tour[1:]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)
