"""One target as mosaics of several scales, whose tiles are decoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import config
from ..config import Settings
from ..core import Progress, silent
from ..core.errors import ConfigError
from ..runtime.cache import Cache
from .mosaics import Mosaic, make_mosaic, tiles_of
from .options import MosaicOptions
from .sources import target_of
from .tiles.codebook import Codebook
from .tiles.pixels import resized

#: Options that make a mosaic slower to compute; a preview has their defaults.
_SLOW = ("edges", "max_uses", "min_distance", "use_all", "flip", "rotate", "best_k")


@dataclass(frozen=True)
class ScaledMosaics:
    """Mosaics of one target that differ in `scale`.

    Parameters
    ----------
    target : ndarray of shape (h, w, 3)
        uint8, sRGB.
    codebook : Codebook
        The tiles, as large as the largest scale needs them; smaller ones are averaged from these.
    options : MosaicOptions
        How they are made, without a scale.
    scales : tuple of int
        The scales, ascending.
    """

    target: np.ndarray
    codebook: Codebook
    options: MosaicOptions
    scales: tuple[int, ...]

    def at(self, scale: int) -> Mosaic:
        """Return the mosaic of a scale."""
        return self._made(replace(self.options, scale=scale))

    def preview(self, scale: int) -> Mosaic:
        """Return a mosaic of a scale that compares mean colours only."""
        simple: Any = {name: getattr(MosaicOptions(), name) for name in _SLOW}
        return self._made(replace(self.options, scale=scale, detail=1, **simple))

    def tile(self, scale: int) -> tuple[int, int]:
        """Return width and height of a tile of a scale, in pixels of the target."""
        return replace(self.options, scale=scale).tile_size(self.target.shape[1], self.target.shape[0])

    def _made(self, options: MosaicOptions) -> Mosaic:
        size = options.painted_tile_size(self.target.shape[1], self.target.shape[0])
        return make_mosaic(self.target, reduced(self.codebook, size), options)


def scaled_mosaics(
    target: Any,
    tiles: Any,
    scales: Sequence[int],
    options: MosaicOptions,
    *,
    settings: Settings | None = None,
    cache: Cache | None = None,
    progress: Progress = silent,
) -> ScaledMosaics:
    """Return the mosaics of a target in several scales; its tiles are decoded for the largest one.

    Parameters
    ----------
    target, tiles, settings, cache, progress
        As in `mosaic`.
    scales : sequence of int
        The scales; `scale=` of `MosaicOptions`.
    options : MosaicOptions
        How the mosaics are made.

    Raises
    ------
    ConfigError
        Without scales, for one below 1, or for options that say how large a tile is.
    CollectionError, ImageError
        As `mosaic` does.
    """
    check_scales(scales, options)
    pixels = target_of(target)
    largest = replace(options, scale=max(scales)).painted_tile_size(pixels.shape[1], pixels.shape[0])
    codebook = tiles_of(tiles, largest, options, settings or config.resolve(), cache, progress)
    return ScaledMosaics(pixels, codebook, options, tuple(sorted(set(scales))))


def scale_range(min_scale: int, max_scale: int, step: int = 1) -> tuple[int, ...]:
    """Return the scales from `min_scale` to `max_scale`, both included, ascending.

    Examples
    --------
    >>> scale_range(5, 25, 10), scale_range(5, 12, 4)
    ((5, 15, 25), (5, 9, 12))

    Raises
    ------
    ConfigError
        For scales below 1, a range that ends before it begins, and a step below 1.
    """
    for name, value in (("min_scale", min_scale), ("max_scale", max_scale), ("step", step)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise ConfigError(f"{name}={value!r} must be a whole number")
    if min_scale < 1:
        raise ConfigError(f"min_scale={min_scale!r} must be 1 or more")
    if max_scale < min_scale:
        raise ConfigError(f"max_scale={max_scale!r} must not be below min_scale={min_scale!r}")
    if step < 1:
        raise ConfigError(f"step={step!r} must be 1 or more")
    scales = range(min_scale, max_scale + 1, step)
    return tuple(scales) if scales[-1] == max_scale else (*scales, max_scale)


def check_scales(scales: Sequence[int], options: MosaicOptions) -> None:
    """Raise ConfigError for scales that are not possible, or options that give another size of tiles."""
    if not scales or min(scales) < 1:
        raise ConfigError(f"scales={tuple(scales)!r} must have at least one, none below 1")
    for name in ("tile", "columns", "scale"):
        if getattr(options, name) is not None:
            raise ConfigError(f"{name}= gives one size of tiles; here the range of scales gives their sizes")
    replace(options, scale=max(scales)).check_options()


def reduced(codebook: Codebook, size: tuple[int, int]) -> Codebook:
    """Return a codebook with tiles of (width, height) pixels, averaged over areas; itself if it has this size.

    Transparent pixels do not colour what is averaged with them.
    """
    if codebook.size == size:
        return codebook
    shape = len(codebook.rgb), size[1], size[0]
    rgb, alpha = np.empty((*shape, 3), np.uint8), None if codebook.alpha is None else np.empty(shape, np.uint8)
    for number, tile in enumerate(codebook.rgb):
        if alpha is None or codebook.alpha is None:
            rgb[number] = resized(tile, size)
        else:
            made = resized(np.dstack((tile, codebook.alpha[number])), size)
            rgb[number], alpha[number] = made[..., :3], made[..., 3]
    return replace(codebook, rgb=rgb, alpha=alpha)
