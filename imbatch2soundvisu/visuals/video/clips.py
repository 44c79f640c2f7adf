"""Sequences as clips of MoviePy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...config import resolve
from ...core import ImageSequence
from ...core.errors import ConfigError, MissingExtra
from ..frames import frame


def to_moviepy(
    sequence: ImageSequence,
    seconds_per_image: float = 1.0,
    size: tuple[int, int] | None = None,
    fit: str = "fit",
    background: tuple[int, int, int] | None = None,
) -> Any:
    """Return a `moviepy.VideoClip` of a sequence with hard cuts, to be edited further in MoviePy.

    Images are decoded one after another, and only one is kept in memory.

    Parameters
    ----------
    sequence : ImageSequence
        The images.
    seconds_per_image : float
        Duration of each image, above 0.
    size : (int, int), optional
        Width and height in pixels; `video_size` of the settings when None.
    fit : {"fit", "fill", "smart", "blur"}
        As in `write_mp4`.
    background : (int, int, int), optional
        As in `write_mp4`.

    Raises
    ------
    MissingExtra
        If MoviePy is not installed; it is in the extra `notebook`.
    ConfigError
        If `seconds_per_image` is not above 0.
    """
    try:
        from moviepy import VideoClip
    except ImportError:
        raise MissingExtra("moviepy", "notebook", "to_moviepy()") from None
    if not seconds_per_image > 0:
        raise ConfigError(f"seconds_per_image must be above 0, not {seconds_per_image!r}")
    records, canvas = sequence.records, size or resolve().video_size
    cached: dict[int, np.ndarray] = {}

    def frame_at(seconds: float) -> np.ndarray:
        index = min(int(seconds / seconds_per_image + 1e-6), len(records) - 1)
        if index not in cached:
            pixels = frame(records[index], canvas, fit, background)
            cached.clear()
            cached[index] = pixels
        return cached[index]

    return VideoClip(frame_function=frame_at, duration=seconds_per_image * len(records))
