"""Assignment with a limit on uses: ours against the dense solvers of SciPy and lapx, and the sparse one of lapx.

    python -m benchmarks.bench_mosaic_assignment [folder of images]

All get the same cells and tiles. The peers need a column for each use of an image; the sparse one also needs candidates
among which an assignment exists, so it gets the nearest ones of each cell and the one that ours found.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import lap
import numpy as np
from scipy.optimize import linear_sum_assignment

from imbatch2soundvisu.mosaic.matching.auction import Problem, candidates_of, solve
from imbatch2soundvisu.mosaic.matching.vectors import vectors_of
from imbatch2soundvisu.mosaic.options import MosaicOptions

from .bench_path import _photographs

USES, SAMPLES, CANDIDATES = 4, (5, 8), 32
#: Cells of each comparison; there are as few images as so many uses allow, so that no use is spare.
DENSE, SPARSE = (1_000, 3_000), (1_000, 4_000)


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Seconds of each solver; ratio: how many times faster ours is. The note compares the sums of squared distances."""
    solve(_problem(data, 40))  # compiles, or loads what was compiled
    compared = []
    for cells in DENSE:
        problem = _problem(data, cells)
        costs = _costs(problem)
        compared.append(_row("SciPy, dense", problem, lambda c=costs: c[linear_sum_assignment(c)].sum()))  # type: ignore[misc]
        compared.append(_row("lapx, dense", problem, lambda c=costs: lap.lapjv(c)[0]))  # type: ignore[misc]
    for cells in SPARSE:
        problem = _problem(data, cells)
        given = _sparse(problem)
        compared.append(_row("lapx, sparse", problem, lambda g=given: lap.lapmod(*g)[0]))  # type: ignore[misc]
    return compared


def _row(peer: str, problem: Problem, run: Callable[[], float]) -> dict[str, Any]:
    ours, found = _timed(lambda: solve(problem))
    seconds, least = _timed(run)
    above, proven = (100 * (found.cost / cost - 1) for cost in (least, found.bound))
    return {
        "what": f"assignment, {len(problem.cells):,} cells, {len(problem.upper):,} images x {USES} uses, {peer}",
        "ours": round(ours, 2),
        "peer": round(seconds, 2),
        "ratio": round(seconds / ours, 2),
        "note": f"s; sum {above:+.2f} % beside the peer's, proven within {proven:.2f} %",
    }


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = run()
    return time.perf_counter() - began, result


def _problem(data: Path | None, cells: int) -> Problem:
    """Crops of photographs as cells and as images: small crops for cells, larger ones for images."""
    draws, images = np.random.default_rng(0), cells // USES
    photographs = list(_photographs(data))
    small, large = (
        vectors_of(np.stack([_crop(photographs, height, draws) for _ in range(count)]), MosaicOptions())
        for count, height in ((cells, 24), (images, 96))
    )
    none, most = np.zeros(images, np.int64), np.full(images, USES, np.int64)
    return Problem(small, large, np.arange(images, dtype=np.int32), none, most)


def _crop(photographs: list[np.ndarray], height: int, draws: np.random.Generator) -> np.ndarray:
    photograph = photographs[draws.integers(len(photographs))]
    width = height * 2 // 3
    top, left = (draws.integers(side - size) for side, size in zip(photograph.shape, (height, width), strict=False))
    crop = np.ascontiguousarray(photograph[top : top + height, left : left + width, ::-1])
    return cv2.resize(crop, SAMPLES, interpolation=cv2.INTER_AREA)


def _costs(problem: Problem) -> np.ndarray:
    """The squared distances, with a column for each use of an image."""
    cells, tiles = (rows.astype(np.float64) for rows in (problem.cells, problem.tiles))
    squared = (cells**2).sum(axis=1)[:, None] + (tiles**2).sum(axis=1) - 2 * cells @ tiles.T
    return np.maximum(squared, 0).repeat(USES, axis=1)


def _sparse(problem: Problem) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """The candidates as lap.lapmod takes them: costs, where each row begins, and columns."""
    near = candidates_of(problem, np.zeros(len(problem.upper)), CANDIDATES)[0]
    tiles = np.concatenate((near, solve(problem).chosen[:, None]), axis=1)
    columns = [np.unique((np.unique(row)[:, None] * USES + np.arange(USES)).ravel()) for row in tiles]
    starts = np.concatenate(([0], np.cumsum([len(row) for row in columns])))
    numbers, costs = np.arange(len(columns)), _costs(problem)
    return (
        len(columns),
        costs[numbers.repeat(np.diff(starts)), np.concatenate(columns)],
        starts.astype(np.int32),
        np.concatenate(columns).astype(np.int32),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, help="folder of images")
    for row in rows(parser.parse_args().data):
        print(row)
