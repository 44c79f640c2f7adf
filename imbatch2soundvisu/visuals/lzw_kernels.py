"""Compiled loops of the GIF encoder: error diffusion that takes the colours which the LZW dictionary knows.

All arithmetic is on integers, so that results do not depend on the processor.
"""

from __future__ import annotations

import numpy as np

from ..runtime.compiling import compiled
from .palette_kernels import closest, luma, squared_distance

_CODES = 4096  # entries of the dictionary
_CHILD, _SIBLING, _COLOUR = range(3)  # rows of the tree: an entry's first child, next sibling, and last colour
_NODE, _NEXT, _SIZE, _BUFFER, _BUFFERED, _WRITTEN, _ROOT_BITS = range(7)  # of the state
_CELL_BITS = 5  # of each channel in the table of nearest colours


@compiled
def encode(pixels, palette, slack, strength, root_bits):  # type: ignore[no-untyped-def]
    """Return the LZW codes of an image as bytes, and the indices of its colours, (h, w) uint8.

    At every pixel the string of the dictionary that ends here is prolonged, if one of its continuations is a colour
    whose squared error exceeds that of the nearest colour by no more than the slack. All error is diffused.

    pixels : (h, w, 3) uint8. palette : (k, 4) int32. slack : (h, w) int32, squared error. strength : (h, w) int32,
    share of the error that is received, in 256ths. root_bits : bits of an index, 2 to 8.
    """
    height, width = pixels.shape[:2]
    near, table = _neighbours(palette), np.full(1 << 3 * _CELL_BITS, -1, np.int16)
    tree, state = np.full((3, _CODES), -1, np.int16), np.zeros(7, np.int64)
    out = np.zeros(2 * height * width + 64, np.uint8)
    chosen, error = np.zeros((height, width), np.uint8), np.zeros((2, width + 2, 3), np.int32)
    value = np.zeros(4, np.int32)
    state[_NODE], state[_ROOT_BITS] = -1, root_bits
    state[_SIZE] = root_bits + 1
    _clear(tree, state, out)
    for y in range(height):
        here, below = error[y & 1], error[1 - (y & 1)]
        below[:] = 0
        for x in range(width):
            _wanted(value, pixels[y, x], here[x + 1], strength[y, x])
            nearest = _nearest(value, palette, near, table)
            colour = _step(value, palette, nearest, slack[y, x], tree, state, out)
            chosen[y, x] = colour
            _diffuse(value, palette[colour], here, below, x)
    _finish(state, out)
    return out[: state[_WRITTEN]].copy(), chosen


@compiled
def encode_indices(indices, root_bits):  # type: ignore[no-untyped-def]
    """Return the LZW codes of indices, (h, w) uint8, as bytes."""
    flat = indices.ravel()
    tree, state = np.full((3, _CODES), -1, np.int16), np.zeros(7, np.int64)
    out = np.zeros(2 * len(flat) + 64, np.uint8)
    state[_ROOT_BITS], state[_SIZE] = root_bits, root_bits + 1
    _clear(tree, state, out)
    state[_NODE] = flat[0]
    for place in range(1, len(flat)):
        colour = flat[place]
        child = tree[_CHILD, state[_NODE]]
        while child >= 0 and tree[_COLOUR, child] != colour:
            child = tree[_SIBLING, child]
        if child >= 0:
            state[_NODE] = child
            continue
        _write(state, out, state[_NODE])
        _learn(tree, state, out, state[_NODE], colour)
        state[_NODE] = colour
    _finish(state, out)
    return out[: state[_WRITTEN]].copy()


@compiled
def _wanted(value, pixel, error, strength):  # type: ignore[no-untyped-def]
    """Set the colour that is looked for: that of the pixel, and a share of the error received (in 16ths)."""
    for c in range(3):
        value[c] = min(max(pixel[c] + ((error[c] * strength + 2048) >> 12), 0), 255)
    value[3] = luma(value[0], value[1], value[2])


@compiled
def _diffuse(value, colour, here, below, x):  # type: ignore[no-untyped-def]
    """Diffuse an error with the weights of Floyd and Steinberg."""
    for c in range(3):
        miss = value[c] - colour[c]
        here[x + 2, c] += 7 * miss
        below[x, c] += 3 * miss
        below[x + 1, c] += 5 * miss
        below[x + 2, c] += miss


@compiled
def _neighbours(palette):  # type: ignore[no-untyped-def]
    """Return for each colour those nearest to it, at most 8, as (k, n) int16."""
    count = len(palette)
    near = np.zeros((count, min(8, count)), np.int16)
    distances = np.zeros(count, np.int64)
    for i in range(count):
        for j in range(count):
            distances[j] = squared_distance(palette[i], palette[j])
        for n in range(near.shape[1]):
            best = int(np.argmin(distances))
            near[i, n] = best
            distances[best] = 1 << 40
    return near


@compiled
def _nearest(value, palette, near, table):  # type: ignore[no-untyped-def]
    """Return the colour nearest to a value: of the one nearest to the middle of its cell, and its neighbours."""
    shift = 8 - _CELL_BITS
    cell = (((value[0] >> shift) << _CELL_BITS | value[1] >> shift) << _CELL_BITS) | value[2] >> shift
    if table[cell] < 0:
        middle = np.zeros(4, np.int32)
        for c in range(3):
            middle[c] = (value[c] >> shift << shift) + (1 << shift - 1)
        middle[3] = luma(middle[0], middle[1], middle[2])
        table[cell] = closest(middle, palette, 0)
    start = best = table[cell]
    least = squared_distance(value, palette[best])
    for other in near[start]:
        distance = squared_distance(value, palette[other])
        if distance < least:
            best, least = other, distance
    return best


@compiled
def _step(value, palette, nearest, slack, tree, state, out):  # type: ignore[no-untyped-def]
    """Prolong the current string by a colour, or write its code and begin the next; return the colour."""
    node = state[_NODE]
    if node < 0:
        state[_NODE] = nearest
        return nearest
    least, best = squared_distance(value, palette[nearest]) + slack + 1, -1
    child = tree[_CHILD, node]
    while child >= 0:
        distance = squared_distance(value, palette[tree[_COLOUR, child]])
        if distance < least:
            least, best = distance, child
        child = tree[_SIBLING, child]
    if best >= 0:
        state[_NODE] = best
        return tree[_COLOUR, best]
    _write(state, out, node)
    _learn(tree, state, out, node, nearest)
    state[_NODE] = nearest
    return nearest


@compiled
def _learn(tree, state, out, node, colour):  # type: ignore[no-untyped-def]
    """Add a string to the dictionary, or clear it where it is full."""
    entry = state[_NEXT]
    if entry == _CODES:
        _clear(tree, state, out)
        return
    tree[_COLOUR, entry], tree[_SIBLING, entry], tree[_CHILD, node] = colour, tree[_CHILD, node], entry
    _grow(state)


@compiled
def _grow(state):  # type: ignore[no-untyped-def]
    if state[_NEXT] == 1 << state[_SIZE] and state[_SIZE] < 12:
        state[_SIZE] += 1
    state[_NEXT] += 1


@compiled
def _clear(tree, state, out):  # type: ignore[no-untyped-def]
    clear = 1 << state[_ROOT_BITS]
    _write(state, out, clear)
    tree[:] = -1
    state[_SIZE], state[_NEXT] = state[_ROOT_BITS] + 1, clear + 2


@compiled
def _write(state, out, code):  # type: ignore[no-untyped-def]
    state[_BUFFER] |= code << state[_BUFFERED]
    state[_BUFFERED] += state[_SIZE]
    while state[_BUFFERED] >= 8:
        _write_byte(state, out)


@compiled
def _write_byte(state, out):  # type: ignore[no-untyped-def]
    out[state[_WRITTEN]] = state[_BUFFER] & 255
    state[_WRITTEN] += 1
    state[_BUFFER] >>= 8
    state[_BUFFERED] -= 8


@compiled
def _finish(state, out):  # type: ignore[no-untyped-def]
    """Write the last string and the end; decoders count an entry after every code but the first."""
    _write(state, out, state[_NODE])
    _grow(state)
    _write(state, out, (1 << state[_ROOT_BITS]) + 1)
    if state[_BUFFERED] > 0:
        _write_byte(state, out)
