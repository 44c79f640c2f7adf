"""Mosaics by stage: tiles from files, vectors, matching, painting, against scale and number of tiles.

    python -m benchmarks.bench_mosaic [folder of images]

The peer of the stages does what worldveil/photomosaic does, one cell or tile after the other: Pillow and OpenCV for the
tiles, all pixels as vectors, one query of 1 x d in a flat index of faiss for each cell, each tile copied to its place.
Where only the matching is compared, both get the same vectors. `phomo` (PyPI) needs an older Pillow, so it has an own
environment in the cache folder, which is made at the first run; without network, its row is left out.
"""

from __future__ import annotations

import argparse
import functools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import I2SError
from imbatch2soundvisu.mosaic import Codebook, MosaicOptions, make_mosaic
from imbatch2soundvisu.mosaic.layout.cells import Cells, lay_out
from imbatch2soundvisu.mosaic.matching.assignment import assign
from imbatch2soundvisu.mosaic.matching.neighbours import Neighbours
from imbatch2soundvisu.mosaic.matching.vectors import cell_vectors, samples_of, tile_vectors
from imbatch2soundvisu.mosaic.mosaics import tiles_of
from imbatch2soundvisu.mosaic.painting.strips import painted
from imbatch2soundvisu.runtime.cache import Cache

from .bench_path import _photographs
from .peers import python_with

TILE, CELLS, SCALES, NUMBERS = (16, 24), (200, 200), (2, 4, 8, 16), (100, 1_000, 10_000)
#: Queries one by one that are measured; the rest takes as long.
_ONE_BY_ONE, _ROUNDS = 1_000, 4
_PHOMO = """
import sys, time
import numpy as np
from PIL import Image
from phomo import Master, Mosaic, Pool
target, tiles = np.load(sys.argv[1]), np.load(sys.argv[2])
best = float("inf")
for workers in (1, 2):
    began = time.perf_counter()
    mosaic = Mosaic(Master(target), Pool(list(tiles)), n_appearances=0)
    chosen = mosaic.d_matrix(workers=workers).argmin(axis=1)
    best = min(best, time.perf_counter() - began)
print(best)
"""


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Cells a second of the matching, and milliseconds of each stage; ratio: how many times faster than the peer."""
    crops = _crops(data, max(NUMBERS))
    return [*_lookups(crops), *_phomo(crops), *_stages(data, crops)]


def _row(what: str, ours: float, peer: float, ratio: float, note: str) -> dict[str, Any]:
    return {"what": f"mosaic, {what}", "ours": ours, "peer": peer, "ratio": ratio, "note": note}


def _lookups(crops: np.ndarray) -> list[dict[str, Any]]:
    """The matching alone: the same vectors of 40,000 cells, and of as many tiles as `NUMBERS` says."""
    target = _target(CELLS[0] * TILE[0], CELLS[1] * TILE[1])
    found = []
    for detail in (8, max(TILE)):
        options, samples = MosaicOptions(tile=TILE, detail=detail), samples_of(TILE, detail)
        queries = cell_vectors(target, lay_out(target, options), samples, options)
        for count in NUMBERS:
            found += _lookup(queries, tile_vectors(_codebook(crops[:count]), samples, options))
    return found


def _lookup(queries: np.ndarray, base: np.ndarray) -> list[dict[str, Any]]:
    import faiss

    index = faiss.IndexFlatL2(base.shape[1])
    index.add(base)
    some = queries[:: 1 if base.shape[1] < 500 else 4]
    ours, one, two, many = _side_by_side(
        lambda: Neighbours(base).search(queries),
        lambda: _one_by_one(index, queries, 1),
        lambda: _one_by_one(index, queries, 2),
        lambda: index.search(some, 1),
    )
    what = f"cells/s, {len(base)} tiles, {len(queries)} cells, {base.shape[1]} numbers each"
    rate = len(queries) / ours
    peers = {"one query for each cell, the faster of 1 and 2 threads": _ONE_BY_ONE / min(one, two)}
    peers["all queries in one call"] = len(some) / many
    return [
        _row(what, round(rate), round(peer), rate / peer, f"faiss IndexFlatL2, {how}") for how, peer in peers.items()
    ]


def _side_by_side(*works: Callable[[], Any]) -> list[float]:
    """Mean seconds of each, by turns, so that what else the machine does slows all of them."""
    took = np.zeros((_ROUNDS, len(works)))
    for number in range(_ROUNDS):
        for which, work in enumerate(works):
            took[number, which] = _seconds(work, 1)
    return took.mean(axis=0).tolist()


def _one_by_one(index: Any, queries: np.ndarray, threads: int) -> None:
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    for number in range(_ONE_BY_ONE):
        index.search(queries[number : number + 1], 1)
    faiss.omp_set_num_threads(before)


def _phomo(crops: np.ndarray) -> list[dict[str, Any]]:
    """From arrays in memory to the most similar tile of each cell; ours with the vectors of cells and tiles."""
    python = python_with("phomo", "phomo")
    if python is None:
        return []
    target, tiles = _target(64 * TILE[0], 42 * TILE[1]), crops[:450]
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / name) for name in ("target.npy", "tiles.npy")]
        np.save(paths[0], target)
        np.save(paths[1], tiles)
        done = subprocess.run([python, "-c", _PHOMO, *paths], capture_output=True, text=True, check=True)
    codebook = _codebook(tiles)
    note = "phomo's distance matrix and its minima, the faster of 1 and 2 workers; 2,688 cells, 450 tiles of 16 x 24"
    peer, found = float(done.stdout.split()[-1]) * 1000, []
    for detail, what in ((8, "vectors and matching, ms"), (max(TILE), "vectors and matching of all pixels, ms")):
        work = functools.partial(make_mosaic, target, codebook, MosaicOptions(tile=TILE, detail=detail))
        ours = 1000 * _seconds(work)
        found.append(_row(what, round(ours), round(peer), peer / ours, note))
    return found


def _stages(data: Path | None, crops: np.ndarray) -> list[dict[str, Any]]:
    """Each stage of a mosaic at several scales (a tile is 3 x 4 times the scale), in milliseconds."""
    found, target = [], _target(1536, 1536)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "tiles"
        folder.mkdir()
        for number, crop in enumerate(_photographs_of(data, 450)):
            cv2.imwrite(str(folder / f"{number:03}.jpg"), crop)
        for scale in SCALES:
            options = MosaicOptions(scale=scale, width_aspect=3, height_aspect=4)
            found += _of_scale(folder, Path(temporary) / f"cache-{scale}", target, options, scale)
    return [*found, _assignment(crops[:450])]


def _assignment(crops: np.ndarray) -> dict[str, Any]:
    """Each tile used at most twice as often as needed; more cells are beyond the peer."""
    target, codebook = _target(32 * TILE[0], 24 * TILE[1]), _codebook(crops)
    uses = 2 * -(-32 * 24 // len(crops))
    options, samples = MosaicOptions(tile=TILE, max_uses=uses), samples_of(TILE, 8)
    cells, base = lay_out(target, options), tile_vectors(codebook, samples, options)
    queries, images = cell_vectors(target, cells, samples, options), np.arange(len(base))

    def dense() -> None:
        linear_sum_assignment(np.repeat(cdist(queries, base, "sqeuclidean"), uses, axis=1))

    gap = assign(queries, base, images, cells, options).gap  # compiles, or loads what was compiled
    ours, peer = _side_by_side(lambda: assign(queries, base, images, cells, options), dense)
    what = f"assignment, ms, {len(cells)} cells, {len(base)} tiles, each at most {uses} times"
    return _row(
        what,
        round(1000 * ours),
        round(1000 * peer),
        peer / ours,
        f"SciPy's dense assignment; ours within {gap or 0:.2%}",
    )


def _of_scale(folder: Path, kept: Path, target: np.ndarray, options: MosaicOptions, scale: int) -> list[dict[str, Any]]:
    size, settings = options.tile_size(*target.shape[1::-1]), config.resolve()
    paths, cells = sorted(folder.iterdir()), lay_out(target, options)
    with Cache(kept) as cache:

        def index() -> Codebook:
            return tiles_of(folder, size, options, settings, cache)

        cold, warm = _seconds(index, 1), _seconds(index)
        codebook = index()
    samples = samples_of(size, options.detail)
    base, queries = tile_vectors(codebook, samples, options), cell_vectors(target, cells, samples, options)
    made = make_mosaic(target, codebook, options)
    theirs = [_cut_tile(path, size) for path in paths]
    peer = _Peer(target, cells, theirs)
    ours = {
        f"{len(paths)} tiles from files": (cold, _seconds(lambda: [_cut_tile(path, size) for path in paths], 1)),
        f"{len(paths)} tiles from the cache": (warm, cold),
        "vectors of tiles": (_seconds(lambda: tile_vectors(codebook, samples, options)), _seconds(peer.index)),
        "vectors of cells": (_seconds(lambda: cell_vectors(target, cells, samples, options)), _seconds(peer.vectors)),
        "lookup": (_seconds(lambda: Neighbours(base).search(queries)), _seconds(peer.lookup, 1)),
        "painting": (_seconds(lambda: painted(made, 1.0)), _seconds(lambda: peer.paint(made.chosen))),
    }
    where = f"scale {scale} ({size[0]} x {size[1]} px, {len(cells)} cells)"
    peers = {1: "our first run"}
    return [
        _row(f"{what}, ms, {where}", round(1000 * one, 1), round(1000 * other, 1), other / one,
             peers.get(number, "one after the other, all pixels"))
        for number, (what, (one, other)) in enumerate(ours.items())
    ]  # fmt: skip


class _Peer:
    """The stages of worldveil/photomosaic."""

    def __init__(self, target: np.ndarray, cells: Cells, tiles: list[np.ndarray]) -> None:
        boxes = cells.boxes[(cells.boxes[:, :2] >= 0).all(axis=1)]
        inside = (boxes[:, :2] + boxes[:, 2:] <= target.shape[1::-1]).all(axis=1)
        self.target, self.boxes, self.tiles = target, boxes[inside].tolist(), tiles
        self.index()
        self.vectors()

    def index(self) -> None:
        import faiss

        rows = np.stack([tile.reshape(-1) for tile in self.tiles]).astype(np.float32)
        self.base = faiss.IndexFlatL2(rows.shape[1])
        self.base.add(rows)

    def vectors(self) -> None:
        cut = [self.target[top : top + height, left : left + width] for left, top, width, height in self.boxes]
        self.rows = [each.reshape(1, -1).astype(np.float32) for each in cut]

    def lookup(self) -> None:
        for row in self.rows:
            self.base.search(row, 1)

    def paint(self, chosen: np.ndarray) -> None:
        canvas = np.zeros_like(self.target)
        for (left, top, width, height), tile in zip(self.boxes, chosen.tolist(), strict=False):
            canvas[top : top + height, left : left + width] = self.tiles[tile % len(self.tiles)]


def _cut_tile(path: Path, size: tuple[int, int]) -> np.ndarray:
    """An image, cropped to the aspect of a tile and reduced."""
    image = cv2.imread(str(path))
    assert image is not None
    factor = max(size[0] / image.shape[1], size[1] / image.shape[0])
    width, height = min(image.shape[1], round(size[0] / factor)), min(image.shape[0], round(size[1] / factor))
    left, top = (image.shape[1] - width) // 2, (image.shape[0] - height) // 2
    return cv2.resize(image[top : top + height, left : left + width], size, interpolation=cv2.INTER_AREA)


def _seconds(work: Callable[[], Any], times: int = 3) -> float:
    """The shortest of some runs."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def _codebook(tiles: np.ndarray) -> Codebook:
    return Codebook((), tiles, None, np.zeros(len(tiles), np.uint8))


def _target(width: int, height: int) -> np.ndarray:
    from skimage import data

    return cv2.resize(np.asarray(data.astronaut()), (width, height), interpolation=cv2.INTER_CUBIC)


def _crops(data: Path | None, count: int) -> np.ndarray:
    """Tiles from random parts of photographs, (count, h, w, 3)."""
    rng, photographs, found = np.random.default_rng(0), list(_photographs(data)), []
    for number in range(count):
        image = photographs[number % len(photographs)]
        height = int(min(image.shape[0], image.shape[1] * 1.5) * rng.uniform(0.1, 1))
        width = height * 2 // 3
        top, left = (
            int(rng.integers(whole - side + 1)) for whole, side in zip(image.shape, (height, width), strict=False)
        )
        part = np.ascontiguousarray(image[top : top + height, left : left + width])
        found.append(cv2.resize(part, TILE, interpolation=cv2.INTER_AREA))
    return np.stack(found)


def _photographs_of(data: Path | None, count: int) -> list[np.ndarray]:
    """Photographs of 480 x 640 px, random parts where there are fewer; BGR."""
    rng, photographs, found = np.random.default_rng(1), list(_photographs(data)), []
    for number in range(count):
        image = photographs[number % len(photographs)]
        side = int(min(image.shape[:2]) * rng.uniform(0.3, 1))
        top, left = (int(rng.integers(whole - side + 1)) for whole in image.shape[:2])
        found.append(cv2.resize(np.ascontiguousarray(image[top : top + side, left : left + side]), (480, 640)))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    try:
        for row in rows(parser.parse_args().data):
            print(row)
    except I2SError as error:
        sys.exit(str(error))
