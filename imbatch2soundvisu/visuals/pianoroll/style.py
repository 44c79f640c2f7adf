"""Colours of a piano roll, its time marks, and its file of 256 colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ...runtime.files import atomic

#: A warm light background, its darker shades, and lines from faint to strong.
BACKGROUND, SHADE, FAINT, LINE, BRACKET = "#fbf9f3", "#f4f1e8", "#ece7da", "#d5cebc", "#a49c88"
TEXT, MUTED = "#24262b", "#6d6a62"
#: Captions are repeated after so many pixels, less than the width of most windows.
REPEAT_PX = 1500
_IMAGE_COLOURS, _COLOURS = 120, 256


def format_time(seconds: float) -> str:
    """Return minutes and whole seconds.

    Examples
    --------
    >>> format_time(75.5)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def multiples(end: float, every: float) -> list[float]:
    """Return 0, every, 2 every ... below the end.

    Examples
    --------
    >>> multiples(3, 1.5)
    [0.0, 1.5]
    """
    return (np.arange(0, np.ceil(round(end / every, 6))) * every).tolist()


def save(path: Path, canvas: Image.Image, strip: tuple[int, int, int, int]) -> None:
    """Write a PNG of 256 colours, complete or not at all.

    The images in the box `strip` are dithered to 120 of them; everything else keeps its most frequent colours exactly.
    """
    images = canvas.crop(strip)
    rest = canvas.copy()
    rest.paste(BACKGROUND, strip)
    counts = rest.getcolors(canvas.width * canvas.height) or []
    kept = [rgb for _, rgb in sorted(counts, key=lambda each: (-each[0], each[1]))[: _COLOURS - _IMAGE_COLOURS]]
    reduced = images.reduce(2).quantize(_IMAGE_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    shades = np.array(reduced.getpalette(), np.uint8)[: 3 * _IMAGE_COLOURS]
    entries = [*np.array(kept, np.uint8).reshape(-1).tolist(), *shades.tolist()]
    palette = Image.new("P", (1, 1))
    palette.putpalette(entries + entries[:3] * (_COLOURS - len(entries) // 3))
    small = canvas.quantize(palette=palette, dither=Image.Dither.NONE)
    small.paste(images.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG), strip[:2])
    with atomic(path) as partial:
        small.save(partial, "PNG", optimize=False, compress_level=7)
