"""Types and ranges of the options of a mosaic."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import ConfigError
from ..core.text import looked_for

#: Whole numbers and the least of each; those of `_OPTIONAL` may be None.
_WHOLE = {
    "columns": 1, "tile_px": 1, "detail": 1, "tint_detail": 1, "best_k": 1, "max_uses": 1, "seed": 0,
}  # fmt: skip
_OPTIONAL = ("columns", "tile_px", "max_uses", "scale")
#: Numbers above 0.
_POSITIVE = ("scale", "width_aspect", "height_aspect", "enlarge")
#: Numbers from 0 to 1.
_SHARES = ("tint", "opacity", "randomness")
_SWITCHES = ("flip", "rotate", "use_all")
#: The longest side of a tile or of a mosaic, in pixels: that of the formats of images.
MOST_PX = 1_000_000


def check_values(options: Any) -> None:
    """Raise ConfigError for the first option of a `MosaicOptions` that is of the wrong type, or out of range."""
    for name, least in _WHOLE.items():
        value = getattr(options, name)
        if (value is not None or name not in _OPTIONAL) and not _is_whole(value, least):
            raise ConfigError(f"{name}={value!r} must be a whole number, at least {least}")
    for name in _POSITIVE:
        value = getattr(options, name)
        if (value is not None or name not in _OPTIONAL) and not (_is_number(value) and 0 < value <= MOST_PX):
            raise ConfigError(f"{name}={value!r} must be a number above 0")
    for name in _SHARES:
        value = getattr(options, name)
        if not (_is_number(value) and 0 <= value <= 1):
            raise ConfigError(f"{name}={value!r} must be a number from 0 to 1")
    for name in ("edges", "min_distance"):
        value = getattr(options, name)
        if not (_is_number(value) and value >= 0):
            raise ConfigError(f"{name}={value!r} must be a number from 0")
    for name in _SWITCHES:
        if not isinstance(getattr(options, name), bool | np.bool_):
            raise ConfigError(f"{name}={getattr(options, name)!r} must be True or False")
    _check_sizes(options)


def _check_sizes(options: Any) -> None:
    tile, mask = options.tile, options.mask
    if tile is not None:
        sides = tuple(tile) if isinstance(tile, list | tuple) else ()
        if len(sides) != 2 or not all(_is_whole(side, 1) and side <= MOST_PX for side in sides):
            raise ConfigError(f"tile={tile!r} must be (width, height) in whole pixels from 1, such as (24, 32)")
    if options.tile_px is not None and options.enlarge != 1:
        raise ConfigError("give enlarge= or tile_px=, not both: each says how large the mosaic is")
    if mask is not None and not isinstance(mask, str | Path | np.ndarray):
        raise ConfigError(f"mask={mask!r} must be the path of an image, or an array of shape (h, w)")
    if isinstance(mask, str | Path) and not Path(mask).expanduser().is_file():
        raise ConfigError(f"mask={str(mask)!r}: there is no such file{looked_for(Path(mask).expanduser())}")


def _is_whole(value: Any, least: float) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= least)


def _is_number(value: Any) -> bool:
    known = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return known and math.isfinite(value)
