"""Every knob, with its default. Edit this file, or set the environment variable named beside a knob, or set
`DATA_ROOT = ...` / `OUTPUTS = ...` / `CACHE = ...` in a session file.

The environment wins over the session, the session over this file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .core.errors import ConfigError

#: The folder of images (or a video file) to explore; None: the built-in sample. [IMBATCH2SOUNDVISU_DATA_ROOT]
DATA_ROOT: str | Path | None = None
#: Where results go. [IMBATCH2SOUNDVISU_OUTPUTS]
OUTPUTS: str | Path = "outputs"
#: Where measured values are kept between runs; safe to delete. [IMBATCH2SOUNDVISU_CACHE]
CACHE: str | Path = "cache"
#: Where your own music tracks are.
MUSIC: str | Path = "music"

#: Formats that are opened, by content (Pillow's names), whatever the file is called. MPO comes with JPEG.
FORMATS = (
    "JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP", "JPEG2000", "PPM", "PSD", "ICO", "TGA",
)  # fmt: skip
#: File names with these endings are not worth a line in the report when they turn out not to be images.
QUIET_EXTENSIONS = (
    ".csv", ".db", ".html", ".ini", ".json", ".log", ".md", ".mid", ".mp3", ".npy", ".npz", ".ogg", ".pdf", ".py",
    ".toml", ".txt", ".wav", ".xml", ".xmp", ".yaml", ".yml", ".zip",
)  # fmt: skip
#: Files whose content is a video; as DATA_ROOT they are a collection of frames.
VIDEO_EXTENSIONS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".mpeg", ".ogv", ".webm", ".wmv")
#: Frames taken from a video, per second of film.
VIDEO_FRAMES_PER_SECOND = 1.0
#: Instead, every n-th frame of it; None: by the second.
VIDEO_EVERY_NTH: int | None = None

#: An image of more pixels than this is refused, before its pixels are read.
PIXEL_LIMIT = 200_000_000
#: A damaged file is used when at least this share of its rows can be read.
INTACT_SHARE = 0.5
#: The long side, in pixels, at which features are measured.
MEASURE_SIZE = 128

#: Frames a second of videos; must divide the sample rate (44,100, or 48,000).
FPS = 30
#: Width and height of videos, in pixels.
VIDEO_SIZE = (1280, 720)
#: Width and height of GIFs, in pixels.
GIF_SIZE = (480, 270)
#: Behind letterboxed and transparent images, as sRGB.
BACKGROUND = (16, 16, 18)
#: How many images a sequence shows unless its plan says otherwise.
LIMIT = 48
#: Seconds an image stays on screen, before snapping to whole beats.
SECONDS_PER_IMAGE = 1.0
#: Loudness of the music, in LUFS (ITU-R BS.1770-4), and its highest sample peak in dBFS.
LOUDNESS_LUFS = -14.0
PEAK_DBFS = -1.0
#: A sound font (.sf2) to play with; None: the best one found. [SOUNDFONT]
SOUNDFONT: str | Path | None = None
#: Whether reports of a split have a map by UMAP, too, where umap-learn is installed. Its first map takes some seconds.
UMAP_MAPS = True

PREFIX = "IMBATCH2SOUNDVISU_"


@dataclass(frozen=True)
class Places:
    """Where a run reads and writes. `root` is None for the built-in sample."""

    root: Path | None
    outputs: Path
    cache: Path


def places(
    root: str | Path | None = None, outputs: str | Path | None = None, cache: str | Path | None = None
) -> Places:
    """The places of a run: the environment first, then the arguments, then this file.

    Raises ConfigError when an environment variable is set to nothing but blanks.
    """

    def choose(name: str, given: str | Path | None, default: str | Path | None) -> Path | None:
        environment = os.environ.get(PREFIX + name)
        if environment is not None and not environment.strip():
            raise ConfigError(f"{PREFIX}{name} is set but empty: give it a path, or unset it")
        value = environment or given or default
        return Path(value).expanduser() if value else None

    return Places(
        choose("DATA_ROOT", root, DATA_ROOT),
        choose("OUTPUTS", outputs, OUTPUTS) or Path("outputs"),
        choose("CACHE", cache, CACHE) or Path("cache"),
    )


def soundfont() -> Path | None:
    """The sound font the person asked for ([SOUNDFONT], then `SOUNDFONT` above), or None."""
    value = os.environ.get("SOUNDFONT") or SOUNDFONT
    return Path(value).expanduser() if value else None
