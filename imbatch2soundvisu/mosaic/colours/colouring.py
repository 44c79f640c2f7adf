"""Tiles in the colours in which they are painted: tinted, and over a ground where they are transparent."""

from __future__ import annotations

import numpy as np
from PIL import ImageColor

from ..options import MosaicOptions
from .large_tint import tinted_at_any_size
from .light import Recolour, codes_of, linear
from .mixing import mixed
from .tint import Samples


def coloured(
    tiles: np.ndarray, colours: np.ndarray, options: MosaicOptions, recolour: Recolour | None = None
) -> np.ndarray:
    """Return tiles as they are painted in their cells.

    Parameters
    ----------
    tiles : ndarray of shape (n, h, w, 3 or 4)
        uint8: sRGB, and alpha where tiles are transparent.
    colours : ndarray of shape (n, y, x, 3)
        uint8, sRGB: mean colours of parts of each cell.
    options : MosaicOptions
        With `tint` and `background`.
    recolour : callable, optional
        Changes the colours of tiles before, (..., 3) uint8.

    Returns
    -------
    ndarray of shape (n, h, w, 3)
        uint8, sRGB.
    """
    rgb, alpha = tiles[..., :3], tiles[..., 3] if tiles.shape[-1] == 4 else None
    if recolour is not None:
        rgb = recolour(rgb)
    rgb = tinted_at_any_size(rgb, colours, options.tint, alpha)
    return rgb if alpha is None else mixed(rgb, _ground(colours, tiles.shape[1:3], options), alpha[..., None])


def _ground(colours: np.ndarray, tile: tuple[int, ...], options: MosaicOptions) -> np.ndarray:
    """What is behind tiles, (n, h or 1, w or 1, 3): the mean colour of the cell; the more tint, with its gradients."""
    if options.background != "target":
        return np.array(rgb_of(options.background), np.uint8)
    light = linear(np.moveaxis(colours, -1, 0))
    mean = light.mean(axis=(-2, -1), keepdims=True)
    if options.tint > 0:
        mean = mean + np.float32(options.tint) * (Samples(tile, colours.shape[1:3]).enlarged(light) - mean)
    return np.moveaxis(codes_of(mean), 0, -1)


def rgb_of(colour: str | tuple[int, int, int]) -> tuple[int, int, int]:
    """Return a colour as red, green and blue from 0 to 255.

    Examples
    --------
    >>> rgb_of("white"), rgb_of("#10ff00"), rgb_of((1, 2, 3))
    ((255, 255, 255), (16, 255, 0), (1, 2, 3))
    """
    if not isinstance(colour, str):
        return colour
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue
