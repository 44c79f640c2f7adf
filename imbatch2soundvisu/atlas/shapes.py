"""Shapes of grids: rectangles, circles, letters, images, as cells that may hold an image."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import ConfigError

_FONT_PX, _LARGEST = 256, 4096
_IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".avif", ".heic")


def check_shape(shape: Any) -> None:
    """Raise ConfigError for what is no shape of a grid, and for an image that does not exist."""
    if isinstance(shape, tuple | list):
        if len(shape) != 2 or not all(isinstance(side, int | np.integer) and side > 0 for side in shape):
            raise ConfigError(f"a grid of {shape!r}: give columns and rows as two whole numbers from 1, such as (8, 6)")
    elif isinstance(shape, str | Path):
        if not str(shape).strip() or re.fullmatch(r"-?\d+\s*x\s*-?\d+", str(shape)) and not _is_size(str(shape)):
            raise ConfigError(f"a grid of {str(shape)!r}: give a size such as '8x6', 'circle', a text, or an image")
        if isinstance(shape, str) and shape.strip().isdigit():
            raise ConfigError(
                f"a grid of {shape!r}: give columns and rows, such as ({shape.strip()}, 8), or True for the smallest"
            )
        path = Path(shape).expanduser()
        if (isinstance(shape, Path) or path.suffix.lower() in _IMAGES) and not path.is_file():
            raise ConfigError(f"the shape of the grid, {shape}, does not exist (looked for {path.absolute()})")
    elif not (shape is None or isinstance(shape, np.ndarray) and shape.ndim == 2):
        raise ConfigError(f"a grid of {shape!r}: give (columns, rows), a text, an image, or a mask of two dimensions")


def usable_cells(count: int, shape: Any = None, aspect: float = 1.0) -> np.ndarray:
    """Return which cells of a grid may hold an image.

    Parameters
    ----------
    count : int
        Images, at least 1.
    shape : (int, int), str, Path or ndarray of bool, optional
        Columns and rows; "114x116"; "circle"; a text; an image whose dark pixels are the shape; a mask. None for the
        smallest rectangle of the given aspect.
    aspect : float
        Width / height of the rectangle for None.

    Returns
    -------
    ndarray of shape (rows, columns)
        bool. Of a rectangle, the first `count` cells in reading order; of a circle, those nearest to its middle; of
        another shape, all its cells.

    Raises
    ------
    ConfigError
        When the cells are too few, with the number there are.

    Examples
    --------
    >>> usable_cells(5, (3, 2)).astype(int).tolist()
    [[1, 1, 1], [1, 1, 0]]
    """
    check_shape(shape)
    if shape is None:
        columns = max(1, min(count, round(float(np.sqrt(count * aspect)))))
        shape = columns, -(-count // columns)
    if isinstance(shape, str):
        shape = size_given(shape) or shape
    if isinstance(shape, np.ndarray):
        return _enough(shape.astype(bool), count)
    if isinstance(shape, tuple | list):
        columns, rows = (int(side) for side in shape)
        mask = np.zeros(columns * rows, bool)
        mask[:count] = True
        return _enough(mask.reshape(rows, columns), count)
    drawn = _smallest(_drawing(shape), count)
    return _innermost(drawn, count) if shape == "circle" else drawn


def size_given(shape: Any) -> tuple[int, int] | None:
    """Return columns and rows where a shape is a size; None for any other one.

    Examples
    --------
    >>> size_given("8x6"), size_given((8, 6)), size_given("circle")
    ((8, 6), (8, 6), None)
    """
    if isinstance(shape, str) and _is_size(shape):
        shape = shape.lower().split("x")
    return (int(shape[0]), int(shape[1])) if isinstance(shape, tuple | list) else None


def _squarish(count: int) -> tuple[int, int]:
    columns = int(np.ceil(np.sqrt(count)))
    return columns, -(-count // columns)


def _innermost(mask: np.ndarray, count: int) -> np.ndarray:
    """The cells of a circle that are nearest to its middle, so that no empty one is among the images."""
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    away = (x - (mask.shape[1] - 1) / 2) ** 2 + (y - (mask.shape[0] - 1) / 2) ** 2
    found = np.zeros(mask.size, bool)
    found[np.argsort(np.where(mask, away, np.inf), axis=None, kind="stable")[:count]] = True
    return found.reshape(mask.shape)


def _is_size(text: str) -> bool:
    sides = text.lower().split("x")
    return len(sides) == 2 and all(side.strip().isdigit() and int(side) > 0 for side in sides)


def _enough(mask: np.ndarray, count: int) -> np.ndarray:
    if mask.sum() < count:
        rows, columns = mask.shape
        raise ConfigError(
            f"a grid of {columns} x {rows} has {int(mask.sum())} cells for {count} images: give a larger one, such as "
            "{} x {}".format(*_squarish(count))
        )
    return mask


def _drawing(shape: str | Path) -> Callable[[int], np.ndarray]:
    """A function from a number of columns to a mask."""
    if shape == "circle":
        return _circle
    path = Path(shape).expanduser()
    drawn = _image(path) if path.suffix and path.is_file() else _text(str(shape))
    return lambda columns: _reduced(drawn, columns)


def _circle(columns: int) -> np.ndarray:
    y, x = np.mgrid[:columns, :columns] - (columns - 1) / 2
    return np.asarray(x**2 + y**2 <= (columns / 2) ** 2)


def _image(path: Path) -> np.ndarray:
    from ..datasets.images import open_image

    grey = open_image(path, 1024).mean(axis=2)
    return np.asarray(grey < 128, np.float32)


def _text(text: str) -> np.ndarray:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(_FONT_PX)
    left, top, right, bottom = (int(side) for side in font.getbbox(text, stroke_width=8))
    canvas = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(canvas).text((-left, -top), text, fill=255, font=font, stroke_width=8, stroke_fill=255)
    return np.asarray(canvas, np.float32) / 255


def _reduced(drawn: np.ndarray, columns: int) -> np.ndarray:
    import cv2

    rows = max(1, round(columns * drawn.shape[0] / drawn.shape[1]))
    return np.asarray(cv2.resize(drawn, (columns, rows), interpolation=cv2.INTER_AREA) >= 0.5)


def _smallest(drawing: Callable[[int], np.ndarray], count: int) -> np.ndarray:
    low, high = 1, 2
    while drawing(high).sum() < count:
        low, high = high, high * 2
        if high > _LARGEST:
            raise ConfigError(f"the shape has too few cells for {count} images: is it empty?")
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if drawing(middle).sum() >= count else (middle + 1, high)
    return drawing(high)
