"""From a video and tiles to a video mosaic."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from ... import config
from ...config import Settings
from ...core import Progress, silent
from ...core.errors import ConfigError
from ...datasets.video_pictures import picture
from ...runtime.cache import Cache
from ..layout.masks import mask_of
from ..mosaics import tiles_of
from .grid import grid_of
from .keys import film_key
from .making import Making, beginning_of
from .options import VideoMosaicOptions
from .parts import PartStore
from .reading import VideoSource, source_of
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
    chosen, settings, path = VideoMosaicOptions.of(options), settings or config.resolve(), Path(path)
    if path.suffix.lower() != ".mp4":
        raise ConfigError(f"{path}: video mosaics are written as MP4; its name must end with .mp4")
    source = source_of(Path(target).expanduser())
    shown = _shown_size(source, chosen)
    grid = grid_of(shown, chosen.still)
    mask = mask_of(chosen.still.mask, shown)
    codebook = tiles_of(tiles, grid.tile, chosen.still, settings, cache, progress)
    codebook = codebook.with_variants(chosen.still.flip, chosen.still.rotate)
    folder = settings.cache if cache is None else cache.folder
    key = film_key(source, codebook, chosen, mask)
    with contextlib.ExitStack() as stack:
        parts = _folder_of_parts(folder, stack, key)
        report = Making(source, chosen, grid, codebook, PartStore(parts)).made(path, progress)
        shutil.rmtree(parts, ignore_errors=True)
    return report


def frame_size(target: str | Path, options: VideoMosaicOptions) -> tuple[int, int]:
    """Return width and height of the frames of a video, upright and with square pixels.

    Raises
    ------
    ConfigError, ImageError
        As `video_mosaic` does.
    """
    return _shown_size(source_of(Path(target).expanduser()), options)


def _shown_size(source: VideoSource, options: VideoMosaicOptions) -> tuple[int, int]:
    height, width = picture(beginning_of(source, options).frame, source.aspect).shape[:2]
    return width, height


def _folder_of_parts(folder: Path | None, stack: contextlib.ExitStack, key: str) -> Path:
    """A folder of the cache for the parts of this film, locked; a temporary one where nothing is kept."""
    if folder is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory()))
    from filelock import FileLock

    parts = folder / "video-mosaics" / key
    parts.parent.mkdir(parents=True, exist_ok=True)
    stack.enter_context(FileLock(parts.with_suffix(".lock")))
    return parts
