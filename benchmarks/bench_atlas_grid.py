"""Grids of images: their distance preservation quality and time, beside projections with an assignment and vc-flas.

python -m benchmarks.bench_atlas_grid [folder of images]

Photographs are the first 1,000 images of at least 100 px without transparency in the order of their paths, described by
8 x 8 colours in CIELAB; of fewer photographs, crops. `vc-flas` is the library of the authors of fast linear assignment
sorting; it is installed into an environment of its own, where Python has wheels of it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.bench_path import crops_of
from benchmarks.peers import python_with
from imbatch2soundvisu.atlas.grid_quality import dpq
from imbatch2soundvisu.atlas.grids import cells_of, make_grid
from imbatch2soundvisu.atlas.point_assignment import assign_points
from imbatch2soundvisu.atlas.shapes import usable_cells
from imbatch2soundvisu.clustering import PCA, TSNE, UMAP

COUNT, SEEDS = 1000, 5
_SMALL_PX, _PIXELS = 100, 8
#: vc-flas as its authors measure it: slow decay of the radius, 25 images in an assignment.
_FLAS = """
import sys, json, time, numpy as np, vc_flas
vectors, shape, seed = np.load(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
order = np.random.default_rng(seed).permutation(len(vectors))
began = time.perf_counter()
grid = vc_flas.flas(vectors[order].reshape(*shape, -1).astype(np.float32), radius_decay=0.99, max_swap_positions=25,
                    seed=seed)
took = time.perf_counter() - began
print(json.dumps({"seconds": took, "items": order[grid.sorting].tolist()}))
"""
_ONE_THREAD = """
import sys, numpy as np
from imbatch2soundvisu.atlas.grids import make_grid
from imbatch2soundvisu.atlas.shapes import usable_cells
vectors = np.load(sys.argv[1])
print(make_grid(vectors, usable_cells(len(vectors)), method="sorted-map").items.tolist())
"""


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """DPQ16 of our best grid against each peer on photographs and on colours, and seconds of large grids."""
    photographs = descriptors(data)
    colours = [np.random.default_rng(seed).uniform(size=(1024, 3)) for seed in range(SEEDS)]
    make_grid(photographs[:40])  # compiles, or loads what was compiled
    python = python_with("vc-flas", "vc_flas")
    return [
        *_compared(f"DPQ16, {len(photographs)} photographs, 25 x 40", [photographs], (40, 25), python),
        *_compared(f"DPQ16, 1,024 colours, 32 x 32, mean of {SEEDS}", colours, (32, 32), python),
        *_large(python),
        *_odd(photographs),
        _deterministic(photographs),
    ]


def descriptors(data: Path | None) -> np.ndarray:
    """8 x 8 colours in CIELAB of photographs, (1000, 192)."""
    images = [_colours(path) for path in photographs_of(data)] if data is not None else []
    images = images if len(images) == COUNT else list(crops_of(data, COUNT))
    found = []
    for image in images:
        small = cv2.resize(image, (_PIXELS, _PIXELS), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        found.append(cv2.cvtColor(small, cv2.COLOR_BGR2LAB).ravel())
    return np.array(found, np.float64)


def photographs_of(data: Path) -> list[Path]:
    """Return the first 1,000 images of at least 100 px without transparency, in the order of their paths."""
    paths = sorted(path for path in data.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    return list(islice((path for path in paths if _is_photograph(path)), COUNT))


def _is_photograph(path: Path) -> bool:
    image = _colours(path)
    return image is not None and image.ndim == 3 and image.shape[2] == 3 and min(image.shape[:2]) >= _SMALL_PX


def _colours(path: Path) -> Any:
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def _compared(what: str, sets: list[np.ndarray], shape: tuple[int, int], python: str | None) -> list[dict[str, Any]]:
    """Our best grid against each peer: the mean quality over the sets."""
    usable = usable_cells(len(sets[0]), shape)
    qualities: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}

    def note(name: str, work: Callable[[], np.ndarray], vectors: np.ndarray, took: float | None = None) -> None:
        began = time.perf_counter()
        items = work()
        seconds.setdefault(name, []).append(time.perf_counter() - began if took is None else took)
        qualities.setdefault(name, []).append(dpq(vectors, cells_of(items)))

    for seed, vectors in enumerate(sets):
        for method in ("best", "sorted"):
            map_points = TSNE().reduce(vectors, seed)[0] if method == "best" else None
            note(method, lambda: make_grid(vectors, usable, points=map_points, method=method, seed=seed).items, vectors)  # noqa: B023
        for name, reduce in (("PCA", PCA(2)), ("UMAP", UMAP()), ("t-SNE", TSNE())):
            note(f"{name} + assignment", lambda: assign_points(reduce.reduce(vectors, seed)[0], usable), vectors)  # noqa: B023
        order = np.random.default_rng(seed).permutation(usable.size).reshape(usable.shape)
        note("random", lambda: order, vectors)  # noqa: B023
        if python is not None:
            took, items = _flas(python, vectors, usable.shape, seed)
            note("vc-flas", lambda: items, vectors, took)  # noqa: B023
    ours = float(np.mean(qualities["best"]))
    return [
        {"what": what, "ours": round(ours, 4), "peer": round(peer := float(np.mean(values)), 4), "ratio": ours / peer,
         "note": f"{name}, {np.mean(seconds[name]):.2f} s; ours {np.mean(seconds['best']):.2f} s"}
        for name, values in qualities.items() if name != "best"
    ]  # fmt: skip


def _large(python: str | None) -> list[dict[str, Any]]:
    """Seconds of 10,000 images of 64 numbers, sorted from their principal components, and of the peer."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 64))[rng.integers(40, size=10_000)] + rng.normal(size=(10_000, 64)) * 0.6
    began = time.perf_counter()
    grid = make_grid(vectors, usable_cells(len(vectors), (100, 100)), method="best")
    ours = time.perf_counter() - began
    what, note = "seconds, 10,000 x 64 numbers, 100 x 100", f"DPQ16 {grid.quality['grid']:.3f}"
    if python is None:
        return [{"what": what, "ours": round(ours, 1), "peer": "-", "ratio": float("nan"), "note": note}]
    peer, items = _flas(python, vectors, (100, 100), 0)
    note += f"; vc-flas {dpq(vectors, cells_of(items)):.3f}"
    return [{"what": what, "ours": round(ours, 1), "peer": round(peer, 1), "ratio": peer / ours, "note": note}]


def _odd(photographs: np.ndarray) -> list[dict[str, Any]]:
    """Numbers of images that fill no rectangle, and a shape: all images have a cell of their own."""
    found = []
    for count, shape in ((1, None), (2, None), (65, (8, 9)), (997, None), (500, "circle")):
        usable = usable_cells(count, shape)
        grid = make_grid(photographs[:count], usable)
        complete = len(np.unique(grid.cells, axis=0)) == count and bool(
            usable[grid.cells[:, 1], grid.cells[:, 0]].all()
        )
        if not complete:
            raise RuntimeError(f"images of a grid of {count} are missing or on each other")
        ours, peer = grid.quality["grid"], grid.quality["random"]
        text = shape if isinstance(shape, str) else f"{usable.shape[1]} x {usable.shape[0]}"
        what = f"DPQ16, {count} photographs, {text}"
        found.append(
            {"what": what, "ours": round(ours, 4), "peer": round(peer, 4), "ratio": ours / peer, "note": "random"}
        )
    return found


def _deterministic(photographs: np.ndarray) -> dict[str, Any]:
    """Whether one thread and two compute the same grid."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(path := str(Path(folder) / "vectors.npy"), photographs)
        grids = []
        for threads in "12":
            limits = {f"{name}_NUM_THREADS": threads for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
            done = subprocess.run(
                [sys.executable, "-c", _ONE_THREAD, path], capture_output=True, text=True, check=True,
                env={**os.environ, **limits},
            )  # fmt: skip
            grids.append(done.stdout)
    same = float(grids[0] == grids[1])
    what = "the same grid with 1 and with 2 threads"
    return {"what": what, "ours": same, "peer": 1.0, "ratio": same, "note": "1 is yes"}


def _flas(python: str, vectors: np.ndarray, shape: tuple[int, ...], seed: int) -> tuple[float, np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        np.save(path := str(Path(folder) / "vectors.npy"), vectors)
        command = [python, "-c", _FLAS, path, json.dumps(list(shape)), str(seed)]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found["seconds"], np.array(found["items"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)
