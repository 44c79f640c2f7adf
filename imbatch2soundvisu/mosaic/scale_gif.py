"""A GIF of one target as mosaics of a range of scales."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..core import Progress, silent
from ..core.errors import ConfigError, unknown
from ..visuals.gif import GifReport, write_gif
from .options import MosaicOptions, options_of
from .scales import ScaledMosaics, scale_range, scaled_mosaics

#: Orders of the frames: scale rising, falling, or rising and falling again.
ORDERS = ("ascending", "descending", "both")


@dataclass(frozen=True, kw_only=True)
class ScaleGif:
    """How a GIF of several scales is made.

    Parameters
    ----------
    fps : float
        Frames a second.
    order : {"ascending", "descending", "both"}
        Scales rise, fall, or rise and fall again.
    hold_s : float
        Seconds by which the first and the last frame last longer than the others.
    step : int
        Difference between scales; the largest scale is always there.
    side : int, optional
        The longer side of the GIF in pixels, at most that of the target; None: as large as the mosaic.
    max_bytes : int, optional
        First accuracy and colours, then the size are reduced until the file is no larger.
    gifsicle : bool
        Compress the file further, without loss, where the program gifsicle is installed.
    """

    fps: float = 3.0
    order: str = "ascending"
    hold_s: float = 1.0
    step: int = 1
    side: int | None = None
    max_bytes: int | None = None
    gifsicle: bool = False

    def check(self) -> None:
        """Raise ConfigError when a value is out of range."""
        if self.order not in ORDERS:
            raise unknown("order", self.order, ORDERS)
        if not 0 < self.fps <= 50:
            raise ConfigError(f"fps={self.fps!r} must be above 0, and at most 50, the most that a GIF can show")
        if self.hold_s < 0:
            raise ConfigError(f"hold_s={self.hold_s!r} must be 0 or more")
        for name in ("side", "max_bytes"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ConfigError(f"{name}={value!r} must be 1 or more")

    def ordered(self, scales: tuple[int, ...]) -> tuple[int, ...]:
        """Return ascending scales in the order of the frames.

        Examples
        --------
        >>> ScaleGif(order="descending").ordered((1, 2, 3)), ScaleGif(order="both").ordered((1, 2, 3))
        ((3, 2, 1), (1, 2, 3, 2))
        """
        if self.order == "both":
            return (*scales, *scales[-2:0:-1])
        return scales[::-1] if self.order == "descending" else scales

    def durations_s(self, count: int) -> list[float]:
        """Return the seconds that each of `count` frames is shown.

        Examples
        --------
        >>> ScaleGif(fps=4, hold_s=1).durations_s(3)
        [1.25, 0.25, 1.25]
        """
        held = {0, count - 1}
        return [1 / self.fps + (self.hold_s if number in held else 0) for number in range(count)]

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height of the frames for mosaics of a size.

        Examples
        --------
        >>> ScaleGif(side=300).size(600, 400), ScaleGif().size(600, 400)
        ((300, 200), (600, 400))
        """
        factor = min(1.0, self.side / max(width, height)) if self.side else 1.0
        return max(1, round(width * factor)), max(1, round(height * factor))


def scale_gif(
    target: Any,
    tiles: Any,
    path: str | Path,
    min_scale: int = 5,
    max_scale: int = 25,
    *,
    progress: Progress = silent,
    **options: Any,
) -> GifReport:
    """Write a GIF of a target as mosaics of a range of scales. Tiles are decoded once, and all frames have one size.

    Parameters
    ----------
    target, tiles
        As in `mosaic`.
    path : str or Path
        The GIF.
    min_scale, max_scale : int
        The smallest and the largest `scale`.
    progress : callable
        `progress(stage, done, total)` with the stages "discover", "tiles", "mosaics" and "gif".
    **options
        Those of `ScaleGif` (`fps=3`, `order="ascending"`, `hold_s=1`, `step=1`, `side`, `max_bytes`, `gifsicle`), those
        of `MosaicOptions` except the size of tiles, and `settings` and `cache` as in `mosaic`.

    Returns
    -------
    GifReport
        Frames, size, duration, and what was reduced for `max_bytes`.

    Raises
    ------
    ConfigError
        For options that are not possible.
    CollectionError, ImageError
        As `mosaic` does.
    MakeError
        When the GIF cannot be as small as `max_bytes`.

    Examples
    --------
    >>> from imbatch2soundvisu.mosaic import scale_gif
    >>> scale_gif("me.jpg", "photos/", "me.gif", 5, 25, order="both", max_bytes=5_000_000)  # doctest: +SKIP
    """
    own = {each.name for each in fields(ScaleGif)}
    places = {name: options.pop(name, None) for name in ("settings", "cache")}
    gif = ScaleGif(**{name: value for name, value in options.items() if name in own})
    made_with = options_of({name: value for name, value in options.items() if name not in own})
    gif.check()
    if Path(path).suffix.lower() != ".gif":
        raise ConfigError(f"{path}: its name must end with .gif")
    _check_sizes(made_with)
    scales = scale_range(min_scale, max_scale, gif.step)
    mosaics = scaled_mosaics(target, tiles, scales, made_with, progress=progress, **places)
    return _write(Path(path), mosaics, gif, progress)


def _check_sizes(options: MosaicOptions) -> None:
    """Raise ConfigError for options by which mosaics of different scales differ in size."""
    if options.cover != "all":
        raise ConfigError('cover="whole" gives each scale another size; the frames of a GIF need cover="all"')
    if options.tile_px is not None:
        raise ConfigError("tile_px= gives each scale another size; for frames of one size, use enlarge=")


def _write(path: Path, mosaics: ScaledMosaics, gif: ScaleGif, progress: Progress) -> GifReport:
    with tempfile.TemporaryFile() as file:
        painted = _painted(file, mosaics, gif, progress)
        order = [mosaics.scales.index(scale) for scale in gif.ordered(mosaics.scales)]

        def frames() -> Iterator[np.ndarray]:
            for number, row in enumerate(order):
                yield painted[row]
                progress("gif", number + 1, len(order))

        durations = gif.durations_s(len(order))
        return write_gif(path, frames, durations, max_bytes=gif.max_bytes, gifsicle=gif.gifsicle)


def _painted(file: Any, mosaics: ScaledMosaics, gif: ScaleGif, progress: Progress) -> np.ndarray:
    """The mosaic of each scale, (n, h, w, 3) uint8, in a file: with `max_bytes` they are read several times."""
    first = mosaics.at(mosaics.scales[0])
    width, height = gif.size(*first.size)
    shape = (len(mosaics.scales), height, width, 3)
    frames = np.memmap(file, np.uint8, "w+", shape=shape)
    for row, scale in enumerate(mosaics.scales):
        pixels = (mosaics.at(scale) if row else first).pixels()
        frames[row] = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        progress("mosaics", row + 1, len(mosaics.scales))
    return frames
