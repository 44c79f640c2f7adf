"""The paper that rolls are drawn on: its colours, its marks of time, and how it is saved small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ...runtime.files import atomic

#: A warm light ground, for bright pages and as a sheet on dark ones.
PAPER, SHADE, FAINT, LINE, CUT = "#fbf9f3", "#f4f1e8", "#ece7da", "#d5cebc", "#a49c88"
INK, QUIET = "#24262b", "#6d6a62"
#: Px after which captions come again: more than a window shows.
REPEAT = 1500
#: Colours of the file: those of the images, and all.
_OF_IMAGES, _OF_ALL = 120, 256


def clock(seconds: float) -> str:
    """Minutes and whole seconds.

    >>> clock(75.5)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def steps(end: float, every: float) -> list[float]:
    """0, every, 2 every ... below the end.

    >>> steps(3, 1.5)
    [0.0, 1.5]
    """
    return (np.arange(0, np.ceil(round(end / every, 6))) * every).tolist()


def save(path: Path, board: Image.Image, strip: tuple[int, int, int, int]) -> None:
    """Write a PNG of 256 colours, whole or not at all: as few as images in `strip` need, and those of the rest."""
    images = board.crop(strip)
    rest = board.copy()
    rest.paste(PAPER, strip)
    counts = rest.getcolors(board.width * board.height) or []
    kept = [rgb for _, rgb in sorted(counts, key=lambda each: (-each[0], each[1]))[: _OF_ALL - _OF_IMAGES]]
    reduced = images.reduce(2).quantize(_OF_IMAGES, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    shades = np.array(reduced.getpalette(), np.uint8)[: 3 * _OF_IMAGES]
    entries = [*np.array(kept, np.uint8).reshape(-1).tolist(), *shades.tolist()]
    palette = Image.new("P", (1, 1))
    palette.putpalette(entries + entries[:3] * (_OF_ALL - len(entries) // 3))
    small = board.quantize(palette=palette, dither=Image.Dither.NONE)
    small.paste(images.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG), strip[:2])
    with atomic(path) as partial:
        small.save(partial, "PNG", optimize=False, compress_level=7)
