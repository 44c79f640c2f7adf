"""Compiled loops that find the candidates of cells. Only `auction` imports this module."""

from __future__ import annotations

import numpy as np

from ...runtime.compiling import compiled


@compiled
def sift(heap_scores, heap_slots, size):  # type: ignore[no-untyped-def]
    """Restore the order of a heap whose top, the greatest, was replaced."""
    at = 0
    score, slot = heap_scores[0], heap_slots[0]
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap_scores[child + 1] > heap_scores[child]:
            child += 1
        if heap_scores[child] <= score:
            break
        heap_scores[at], heap_slots[at] = heap_scores[child], heap_slots[child]
        at = child
    heap_scores[at], heap_slots[at] = score, slot


@compiled
def noise(cell, j):  # type: ignore[no-untyped-def]
    """Return a number from 0 to below 1 that depends on a cell and an image only."""
    mixed = (np.int64(cell) * 0x9E3779B1 ^ np.int64(j) * 0x85EBCA77) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    return np.float32((mixed ^ (mixed >> 13)) >> 8) * np.float32(2.0**-24)


@compiled
def threshold(scores, k):  # type: ignore[no-untyped-def]
    """Return a number that at least `k` scores do not exceed, and not many more."""
    size = max(1, len(scores) // (4 * k))
    count = len(scores) // size
    if count <= k:
        return np.float32(np.inf)
    least = np.empty(count, np.float32)
    for block in range(count):
        lowest = scores[block * size]
        for at in range(block * size + 1, (block + 1) * size):
            lowest = min(lowest, scores[at])
        least[block] = lowest
    return np.partition(least, k - 1)[k - 1]


@compiled
def best_of_each(scores, starts, tiles):  # type: ignore[no-untyped-def]
    """Move the least score of each image to the front of `scores`, (r,), and fill in its tile, (m,)."""
    for j in range(len(tiles)):
        best = starts[j]
        for at in range(starts[j] + 1, starts[j + 1]):
            if scores[at] < scores[best]:
                best = at
        scores[j], tiles[j] = scores[best], best


@compiled
def select(scores, cells, starts, amplitude, found, limits):  # type: ignore[no-untyped-def]
    """Select the tiles of lowest score of each row, one of each image, and a bound of those left out.

    scores : (b, r) float32, of b cells and r tiles; overwritten. cells : (b,) their numbers. starts : (m + 1,) the
    first tile of each image. amplitude : of the noise that is added, so that cells that are alike get different
    candidates of nearly equal scores. found : (b, k) int32, filled with tiles. limits : (b,), filled.
    """
    k, m = found.shape[1], len(starts) - 1
    heap, tiles = np.empty(k, np.float32), np.empty(m, np.int32)
    for row in range(len(scores)):
        best_of_each(scores[row], starts, tiles)
        enough = threshold(scores[row, :m], k) + amplitude
        heap[:] = np.inf
        found[row] = -1
        left_out = np.float32(np.inf)
        for j in range(m):
            score = scores[row, j]
            if score > enough or score >= heap[0]:
                left_out = min(left_out, score)
                continue
            mixed = score + amplitude * noise(cells[row], j)
            if mixed >= heap[0]:
                left_out = min(left_out, score)
                continue
            left_out = min(left_out, heap[0] - amplitude)
            heap[0], found[row, 0] = mixed, tiles[j]
            sift(heap, found[row], k)
        limits[row] = left_out


@compiled
def exact_costs(cell_rows, tile_rows, cells, found, costs):  # type: ignore[no-untyped-def]
    """Fill in the squared distances of cells and their candidates, (b, k); infinite where there is none."""
    for row in range(len(cells)):
        for k in range(found.shape[1]):
            if found[row, k] < 0:
                costs[row, k] = np.inf
                continue
            total = 0.0
            for d in range(cell_rows.shape[1]):
                difference = np.float64(cell_rows[cells[row], d]) - np.float64(tile_rows[found[row, k], d])
                total += difference * difference
            costs[row, k] = total
