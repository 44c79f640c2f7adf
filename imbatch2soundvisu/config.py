"""Every setting with its default. Edit a value here, write it in a session file, or set its environment variable.

A session file may set every name below (`FPS = 24`). `DATA_ROOT`, `OUTPUTS`, `CACHE`, `MODELS`, `SCHEDULER` and
`SOUNDFONT` also have an environment variable, named in brackets. The environment wins over the session, the session
over this file.
Nothing here is read when the package is imported: `resolve` reads it at the start of a run.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from .core.errors import ConfigError, unknown
from .core.rates import FrameRate, frame_rate, size_of

#: The folder of images (or a video file) to explore; None: the built-in sample. [IMBATCH2SOUNDVISU_DATA_ROOT]
DATA_ROOT: str | Path | None = None
#: Where results are written. [IMBATCH2SOUNDVISU_OUTPUTS]
OUTPUTS: str | Path = "outputs"
#: Where measured values are kept between runs; safe to delete. [IMBATCH2SOUNDVISU_CACHE]
CACHE: str | Path = "cache"
#: The folder of your own music tracks.
MUSIC: str | Path = "music"
#: Where model files are looked for before they are downloaded into the cache. [IMBATCH2SOUNDVISU_MODELS]
MODELS: str | Path = "models"
#: A Dask scheduler that measures and renders, such as "tcp://127.0.0.1:8786"; None: this computer's own cores.
#: [IMBATCH2SOUNDVISU_SCHEDULER]
SCHEDULER: str | None = None
#: How many workers measure on this computer; None: one for each core, at most 16. 1 also writes outputs one by one.
JOBS: int | None = None

#: Formats that are opened, by content (Pillow's names), whatever the file is called. MPO comes with JPEG.
FORMATS: tuple[str, ...] = (
    "JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP", "JPEG2000", "PPM", "PSD", "ICO", "TGA", "RAW",
)  # fmt: skip
#: File names with these endings get no line in the report when they turn out not to be images.
QUIET_EXTENSIONS: tuple[str, ...] = (
    ".csv", ".db", ".html", ".ini", ".json", ".log", ".md", ".mid", ".mp3", ".npy", ".npz", ".ogg", ".pdf", ".py",
    ".toml", ".txt", ".wav", ".xml", ".xmp", ".yaml", ".yml", ".zip",
)  # fmt: skip
#: File name endings of videos; a video as DATA_ROOT is a collection of its frames.
VIDEO_EXTENSIONS: tuple[str, ...] = (
    ".3g2", ".3gp", ".asf", ".avi", ".flv", ".h264", ".m2t", ".m2ts", ".m2v", ".m4v", ".mkv", ".mod", ".mov", ".mp4",
    ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".tod", ".ts", ".vob", ".webm", ".wmv",
)  # fmt: skip
#: Frames taken from a video, per second.
VIDEO_FRAMES_PER_SECOND: float = 1.0
#: Instead, every n-th frame of it; None: VIDEO_FRAMES_PER_SECOND.
VIDEO_EVERY_NTH: int | None = None

#: An image of more pixels than this is refused, before its pixels are read.
PIXEL_LIMIT: int = 200_000_000
#: A damaged file is used when at least this share of its rows can be read.
INTACT_SHARE: float = 0.5
#: The long side, in pixels, at which features are measured.
MEASURE_SIZE: int = 128

#: Frames a second of films; must divide the sample rate (44,100, or 48,000), or be 23.976, 29.97 or 59.94.
FPS: FrameRate = 30
#: Width and height of films, in pixels, or a name: "hd", "720p", "4k", "vertical", "portrait", "square".
VIDEO_SIZE: tuple[int, int] | str = (1280, 720)
#: The long side of GIFs, in pixels; their aspect is the film's.
GIF_SIDE: int = 480
GIF_SIZE: tuple[int, int] = (480, 270)
#: Behind letterboxed and transparent images, as sRGB.
BACKGROUND: tuple[int, int, int] = (16, 16, 18)
#: How many images a sequence shows unless its plan sets a limit.
LIMIT: int = 48
#: Seconds an image stays on screen unless its plan sets them, before rounding to whole beats.
SECONDS_PER_IMAGE: float = 1.0
#: Loudness of the music, in LUFS (ITU-R BS.1770-4).
LOUDNESS_LUFS: float = -14.0
#: Highest true peak of the music, in dBFS.
PEAK_DBFS: float = -1.0
#: A sound font (.sf2) to play with; None: the best one found. [SOUNDFONT]
SOUNDFONT: str | Path | None = None
#: Whether cluster reports have a UMAP map, too, where umap-learn is installed. The first map takes some seconds.
UMAP_MAPS: bool = True

PREFIX = "IMBATCH2SOUNDVISU_"
#: Settings with an environment variable: its name.
ENVIRONMENT = {
    "DATA_ROOT": f"{PREFIX}DATA_ROOT",
    "OUTPUTS": f"{PREFIX}OUTPUTS",
    "CACHE": f"{PREFIX}CACHE",
    "MODELS": f"{PREFIX}MODELS",
    "SCHEDULER": f"{PREFIX}SCHEDULER",
    "SOUNDFONT": "SOUNDFONT",
}


@dataclass(frozen=True)
class Settings:
    """The settings of one run: the names of this module in lower case. Made by `resolve`.

    `data_root` is None for the built-in sample; paths have "~" expanded.
    """

    data_root: Path | None
    outputs: Path
    cache: Path
    music: Path
    models: Path
    scheduler: str | None
    jobs: int | None
    formats: tuple[str, ...]
    quiet_extensions: tuple[str, ...]
    video_extensions: tuple[str, ...]
    video_frames_per_second: float
    video_every_nth: int | None
    pixel_limit: int
    intact_share: float
    measure_size: int
    fps: FrameRate
    video_size: tuple[int, int]
    gif_side: int
    background: tuple[int, int, int]
    limit: int
    seconds_per_image: float
    loudness_lufs: float
    peak_dbfs: float
    soundfont: Path | None
    umap_maps: bool


NAMES = tuple(field.name.upper() for field in dataclasses.fields(Settings))
_PATHS = {"DATA_ROOT", "OUTPUTS", "CACHE", "MUSIC", "MODELS", "SOUNDFONT"}
_OPTIONAL = {"DATA_ROOT", "SCHEDULER", "JOBS", "SOUNDFONT", "VIDEO_EVERY_NTH"}


def resolve(session: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a run.

    Parameters
    ----------
    session : mapping, optional
        Settings of the session file, by their upper-case names. None as a value stands for the default.
    environment : mapping, optional
        Environment variables; `os.environ` when None.

    Raises
    ------
    ConfigError
        For an unknown name, a value of the wrong type or range, or an environment variable that is set but empty.

    Examples
    --------
    >>> resolve({"FPS": 24}, {}).fps
    24
    """
    session = {} if session is None else session
    environment = os.environ if environment is None else environment
    for name in session:
        if name not in NAMES:
            raise unknown("setting", name, NAMES)
    chosen = {name: _chosen(name, session.get(name), environment) for name in NAMES}
    return Settings(**{name.lower(): _checked(name, value) for name, value in chosen.items()})


def with_places(session: Mapping[str, Any] | Settings | None, places: Mapping[str, Any]) -> Settings:
    """Return the settings of a run whose places are given apart.

    Parameters
    ----------
    session : mapping or Settings, optional
        Settings by their upper-case names, which are resolved; or complete settings, which are not resolved again.
    places : mapping
        DATA_ROOT, OUTPUTS, CACHE; None for those that are not given.

    Examples
    --------
    >>> with_places(resolve({"FPS": 24}, {}), {"OUTPUTS": "there", "CACHE": None}).outputs.name
    'there'
    """
    given = {name: value for name, value in places.items() if value is not None}
    if not isinstance(session, Settings):
        return resolve({**(session or {}), **given})
    paths: dict[str, Any] = {name.lower(): Path(value).expanduser() for name, value in given.items()}
    return dataclasses.replace(session, **paths)


def _chosen(name: str, given: Any, environment: Mapping[str, str]) -> Any:
    variable = ENVIRONMENT.get(name, "")
    value = environment.get(variable)
    if value is not None and not value.strip():
        raise ConfigError(f"{variable} is set but empty: give it a value, or unset it")
    return value if value is not None else given if given is not None else globals()[name]


def _checked(name: str, value: Any) -> Any:
    """The value in the type of its setting. Raises ConfigError where it is no such thing."""
    if value is None and name in _OPTIONAL:
        return None
    if name in _PATHS:
        if not isinstance(value, str | Path):
            raise ConfigError(f"{name}={value!r} must be a path")
        return Path(value).expanduser()
    default, value = _converted(name, globals()[name]), _converted(name, value)
    if isinstance(default, tuple):
        return _checked_tuple(name, value, default)
    if isinstance(default, bool) or name == "SCHEDULER":
        wanted: Any = bool if isinstance(default, bool) else str
    else:
        wanted = (int, float) if isinstance(default, float) else (int, Fraction) if name == "FPS" else int
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise ConfigError(f"{name}={value!r} is of the wrong type; config.py has {name} = {default!r}")
    if name not in ("LOUDNESS_LUFS", "PEAK_DBFS") and not isinstance(value, bool | str) and value <= 0:
        raise ConfigError(f"{name}={value!r} must be above 0")
    return value


def _converted(name: str, value: Any) -> Any:
    return size_of(value) if name == "VIDEO_SIZE" else frame_rate(value) if name == "FPS" else value


def _checked_tuple(name: str, value: Any, default: tuple[Any, ...]) -> tuple[Any, ...]:
    items = tuple(value) if isinstance(value, list | tuple) else ()
    fixed = isinstance(default[0], int)
    typed = bool(items) and all(isinstance(each, type(default[0])) for each in items)
    if not typed or (fixed and len(items) != len(default)):
        raise ConfigError(f"{name}={value!r} must look like {default!r}")
    return items


@dataclass(frozen=True)
class Places:
    """Where a run reads and writes. `root` is None for the built-in sample."""

    root: Path | None
    outputs: Path
    cache: Path


def places(
    root: str | Path | None = None, outputs: str | Path | None = None, cache: str | Path | None = None
) -> Places:
    """The places of a run: the environment first, then the arguments, then this file."""
    found = resolve({"DATA_ROOT": root, "OUTPUTS": outputs, "CACHE": cache})
    return Places(found.data_root, found.outputs, found.cache)


def soundfont() -> Path | None:
    """The sound font that was asked for, or None."""
    return resolve().soundfont
