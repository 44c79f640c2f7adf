"""Compiled loops that choose the colours of a palette: a histogram, variance cuts and k-means.

Colours are points of four integers: red, green, blue and a fourth that stands for luma, which raises its share in all
squared distances. All arithmetic is on integers, so that results do not depend on the processor.
"""

from __future__ import annotations

import numpy as np

from ..runtime.compiling import compiled

_CELL_BITS = 6  # of each channel in the histogram
_SCALE = 4  # units of a level in the points of cells and centres
# Weights of luma (ITU-R BT.601, in 256ths) times the square root of three: luma counts four times in distances.
_RED, _GREEN, _BLUE = 133, 260, 51


@compiled
def luma(red, green, blue):  # type: ignore[no-untyped-def]
    """Return the fourth coordinate of a colour, or of a difference of colours."""
    return (_RED * red + _GREEN * green + _BLUE * blue) >> 8


@compiled
def histogram(pixels, weights):  # type: ignore[no-untyped-def]
    """Return the mean colours of the occupied cells, (n, 4) int32 in quarters of a level, and their weights, (n,).

    pixels : (m, 3) uint8. weights : (m,) int64.
    """
    cells = np.full(1 << 3 * _CELL_BITS, -1, np.int32)
    sums = np.zeros((min(len(pixels), len(cells)), 4), np.int64)
    count, shift = 0, 8 - _CELL_BITS
    for i in range(len(pixels)):
        red, green, blue = np.int64(pixels[i, 0]), np.int64(pixels[i, 1]), np.int64(pixels[i, 2])
        cell = (((red >> shift) << _CELL_BITS | green >> shift) << _CELL_BITS) | blue >> shift
        if cells[cell] < 0:
            cells[cell] = count
            count += 1
        row, weight = cells[cell], weights[i]
        sums[row, 0] += weight * red
        sums[row, 1] += weight * green
        sums[row, 2] += weight * blue
        sums[row, 3] += weight
    return _points(sums[:count]), sums[:count, 3].copy()


@compiled
def _points(sums):  # type: ignore[no-untyped-def]
    points = np.zeros((len(sums), 4), np.int32)
    for i in range(len(sums)):
        weight = max(sums[i, 3], 1)
        for c in range(3):
            points[i, c] = (_SCALE * sums[i, c] + weight // 2) // weight
        points[i, 3] = luma(points[i, 0], points[i, 1], points[i, 2])
    return points


@compiled
def variance_cut(points, weights, colours):  # type: ignore[no-untyped-def]
    """Return at most `colours` centres, (k, 4) int32: the group of most squared error is cut at its mean in turn."""
    order = np.arange(len(points))
    starts, ends = np.zeros(colours, np.int64), np.zeros(colours, np.int64)
    errors, axes = np.zeros(colours, np.int64), np.zeros(colours, np.int64)
    centres = np.zeros((colours, 4), np.int32)
    ends[0], count = len(points), 1
    errors[0], axes[0] = _spread(points, weights, order[: ends[0]], centres[0])
    while count < colours:
        worst = int(np.argmax(errors[:count]))
        if errors[worst] <= 0:
            break
        start, end = starts[worst], ends[worst]
        middle = start + _partition(points, order[start:end], axes[worst], centres[worst, axes[worst]])
        if middle in (start, end):
            errors[worst] = 0
            continue
        ends[worst], starts[count], ends[count] = middle, middle, end
        for group in (worst, count):
            members = order[starts[group] : ends[group]]
            errors[group], axes[group] = _spread(points, weights, members, centres[group])
        count += 1
    return centres[:count].copy()


@compiled
def _spread(points, weights, members, centre):  # type: ignore[no-untyped-def]
    """Set the centre of a group; return its weighted squared error, and the axis on which most of it is."""
    sums, squares, total = np.zeros(4, np.int64), np.zeros(4, np.int64), np.int64(0)
    for i in members:
        total += weights[i]
        for c in range(4):
            product = weights[i] * points[i, c]
            sums[c] += product
            squares[c] += product * points[i, c]
    error, most, axis = np.int64(0), np.int64(-1), 0
    for c in range(4):
        centre[c] = sums[c] // max(total, 1)
        on_axis = squares[c] - (sums[c] // max(total, 1)) * sums[c]
        error += on_axis
        if on_axis > most:
            most, axis = on_axis, c
    return error, axis


@compiled
def _partition(points, members, axis, limit):  # type: ignore[no-untyped-def]
    """Reorder members so that those up to `limit` on an axis come first; return how many these are."""
    first, last = 0, len(members) - 1
    while first <= last:
        if points[members[first], axis] <= limit:
            first += 1
        else:
            members[first], members[last] = members[last], members[first]
            last -= 1
    return first


@compiled
def k_means(points, weights, centres, rounds):  # type: ignore[no-untyped-def]
    """Move centres to the weighted means of their points, in place; a centre without points stays."""
    nearest = np.zeros(len(points), np.int64)
    for _ in range(rounds):
        sums, totals = np.zeros((len(centres), 4), np.int64), np.zeros(len(centres), np.int64)
        for i in range(len(points)):
            nearest[i] = best = closest(points[i], centres, nearest[i])
            totals[best] += weights[i]
            for c in range(4):
                sums[best, c] += weights[i] * points[i, c]
        for k in range(len(centres)):
            for c in range(4):
                if totals[k]:
                    centres[k, c] = (sums[k, c] + totals[k] // 2) // totals[k]


@compiled
def closest(point, centres, guess):  # type: ignore[no-untyped-def]
    """Return the index of the centre closest to a point; of equally close ones, `guess` or the first."""
    best, least = guess, squared_distance(point, centres[guess])
    for k in range(len(centres)):
        luma_difference = point[3] - centres[k, 3]
        distance = luma_difference * luma_difference
        if distance < least:
            distance = squared_distance(point, centres[k])
            if distance < least:
                best, least = k, distance
    return best


@compiled
def squared_distance(a, b):  # type: ignore[no-untyped-def]
    """Return the squared distance of two colours of four coordinates."""
    d0, d1, d2, d3 = a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]
    return d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3


def points_of(palette: np.ndarray) -> np.ndarray:
    """Return colours (k, 3) uint8 as points, (k, 4) int32 in levels."""
    red, green, blue = palette.astype(np.int32).T
    return np.stack([red, green, blue, (_RED * red + _GREEN * green + _BLUE * blue) >> 8], axis=1)


def palette_of(pixels: np.ndarray, weights: np.ndarray, colours: int, rounds: int = 4) -> np.ndarray:
    """Return at most `colours` colours, (k, 3) uint8, of small squared distance to the pixels, by weight.

    pixels : (m, 3) uint8. weights : (m,) int64, 1 to 65,536.
    """
    points, totals = histogram(pixels, weights)
    centres = variance_cut(points, totals, colours)
    k_means(points, totals, centres, rounds)
    return np.clip((centres[:, :3] + _SCALE // 2) // _SCALE, 0, 255).astype(np.uint8)
