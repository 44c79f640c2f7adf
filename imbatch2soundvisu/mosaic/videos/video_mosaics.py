"""From a video and tiles to a video mosaic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...config import Settings
from ...core import Progress, silent
from ...core.errors import MakeError
from ...runtime.cache import Cache
from .options import VideoMosaicOptions
from .reports import VideoMosaicReport


def video_mosaic(
    target: str | Path,
    tiles: Any,
    path: str | Path,
    *,
    settings: Settings | None = None,
    cache: Cache | None = None,
    progress: Progress = silent,
    **options: Any,
) -> VideoMosaicReport:
    """Write a video of which each frame is a mosaic, as MP4 (H.264) with the sound of the source.

    The film has the frames, the time of each, the frame rate and the duration of the source. Sound is copied where MP4
    allows its codec, and encoded as AAC elsewhere. A run that was stopped is continued by the next one.

    Parameters
    ----------
    target : str or Path
        The video.
    tiles : str, Path, Collection, FeatureTable, ImageSequence or iterable of paths
        The images that it is made of: a folder, a video, a list, or images that were found before.
    path : str or Path
        The film, `.mp4`; written beside its name and renamed when complete.
    settings : Settings, optional
        Formats, limits and cache; `config.resolve()` when None.
    cache : Cache, optional
        Where tiles and finished parts are kept between calls; None: the cache of `settings`.
    progress : callable
        `progress("video mosaic", frames done, frames expected)`, and the stages of `mosaic`.
    **options
        `start`, `seconds` and `stabilization` of `VideoMosaicOptions`, and those of `MosaicOptions`.

    Returns
    -------
    VideoMosaicReport
        Frames, duration, size, stability and fidelity.

    Raises
    ------
    ConfigError
        For options that are not possible.
    CollectionError
        When no image can be used as a tile.
    ImageError
        When the target cannot be read as a video.
    MakeError, OSError
        If the film cannot be written. No file is left then.

    Examples
    --------
    >>> from imbatch2soundvisu.mosaic import video_mosaic
    >>> video_mosaic("holiday.mp4", "photos/", "mosaic.mp4", columns=60, stabilization=0.9)  # doctest: +SKIP
    """
    VideoMosaicOptions.of(options)
    raise MakeError("video mosaics cannot be made yet")
