"""The second step from the shell: the images of a folder as a GIF or a film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..core import ImageRecord, Progress, Timeline, silent
from ..core.errors import CollectionError, ConfigError, ImageError, unknown
from ..core.text import plural
from ..datasets.images import read_header
from ..measurement.spaces import natural_key
from ..runtime.ownership import guarding
from ..visuals import frame, write_gif
from ..visuals.video import write_mp4

ORDERS, ENDINGS = ("ascending", "descending", "random"), (".gif", ".mp4")
_SMOOTHEST, _SLOWEST_FILM = 60, 24  # frames a second of films
_SAMPLE_RATES = (44_100, 48_000)


@dataclass(frozen=True)
class FolderFilm:
    """What was written: how many frames, seconds and bytes, how many a second, and which files are no images."""

    frames: int
    seconds: float
    bytes: int
    fps: float
    skipped: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FolderFilmOptions:
    """How the images of a folder are shown.

    Parameters
    ----------
    fps : float
        Images a second, at most 50 in a GIF and 60 in a film.
    fuzz : float
        Of a GIF, in percent of the distance of black and white: colours that differ less from the frame before count as
        equal and are not stored again.
    order : {"ascending", "descending", "random"}
        Of the names; numbers in them count as numbers.
    seed : int
        Of the random order.
    size : (int, int), optional
        Width and height in pixels; None: those of the first image.
    max_bytes : int, optional
        Of a GIF: reduce colours, then the size, until the file is no larger.
    transition : str
        Of a film: "cut" or "cross-fade".
    """

    fps: float = 7.0
    fuzz: float = 3.0
    order: str = "ascending"
    seed: int = 0
    size: tuple[int, int] | None = None
    max_bytes: int | None = None
    transition: str = "cut"


def folder_film(photos: str | Path, out: str | Path, *, progress: Progress = silent, **options: Any) -> FolderFilm:
    """Write the images of a folder as a GIF or an MP4 film without sound.

    Parameters
    ----------
    photos : str or Path
        A folder of images, such as `montage_folder` wrote and you pruned by hand.
    out : str or Path
        The file: `.gif` or `.mp4`.
    progress : callable
        `progress(stage, done, total)`.
    **options
        The fields of `FolderFilmOptions`.

    Raises
    ------
    ConfigError
        When an option is invalid, or the file is not one of this program.
    CollectionError
        When the folder has fewer than 2 images.
    """
    out, chosen = Path(out).expanduser(), FolderFilmOptions(**options)
    _check(out, chosen)
    records, skipped = images_of(Path(photos).expanduser())
    records = _ordered(records, chosen)
    size = chosen.size or (records[0].width, records[0].height)
    with guarding(out.parent) as guard:
        guard.check_free([out])
        if out.suffix.lower() == ".gif":
            durations = [1 / chosen.fps] * len(records)
            report = write_gif(
                out, lambda: _frames(records, size, progress), durations, fuzz=chosen.fuzz, max_bytes=chosen.max_bytes
            )
            return FolderFilm(len(records), report.seconds, report.bytes, chosen.fps, skipped)
        film = write_mp4(
            out, records, timeline_of(len(records), chosen.fps), size=size, fit="fit", transition=chosen.transition,
            progress=progress, title=out.stem,
        )  # fmt: skip
    return FolderFilm(len(records), film.seconds, film.bytes, len(records) / film.seconds, skipped)


def images_of(folder: Path) -> tuple[list[ImageRecord], tuple[str, ...]]:
    """Return the images of a folder in the order of their names, and files that look like images but are none."""
    if not folder.is_dir():
        raise CollectionError(f"there is no folder {folder}")
    records, skipped = [], []
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    for path in sorted(files, key=lambda path: (natural_key(path.name), path.name)):
        if path.suffix.lower() in (".csv", ".json", ".txt"):
            continue
        try:
            header = read_header(path)
        except ImageError as error:
            skipped.append(f"{path.name}: {error}")
            continue
        records.append(
            ImageRecord(path, "", header.width, header.height, header.taken, name=path.name, format=header.format)
        )
    if len(records) < 2:
        raise CollectionError(f"{folder} has {plural(len(records), 'image')}; a GIF or film needs 2")
    return records, tuple(skipped)


def timeline_of(count: int, fps: float) -> Timeline:
    """Return a timeline of images that all last as long: exactly where frames of a film allow it.

    Examples
    --------
    >>> timeline = timeline_of(3, 7)
    >>> timeline.fps, timeline.total_frames
    (28, 12)
    """
    for rate in range(_SLOWEST_FILM, _SMOOTHEST + 1):
        each = Fraction(rate) / Fraction(fps).limit_denominator(1000)
        sample_rate = next((samples for samples in _SAMPLE_RATES if samples % rate == 0), None)
        if each.denominator == 1 and sample_rate is not None:
            return Timeline(rate, sample_rate, int(each), (1,) * count)
    return Timeline(30, _SAMPLE_RATES[0], max(1, round(30 / fps)), (1,) * count)


def _check(out: Path, options: FolderFilmOptions) -> None:
    if out.suffix.lower() not in ENDINGS:
        raise ConfigError(f"{out} must end in .gif or .mp4")
    most = 50 if out.suffix.lower() == ".gif" else _SMOOTHEST
    if not 0 < options.fps <= most:
        raise ConfigError(f"fps={options.fps:g} must be above 0, and at most {most}")
    if not 0 <= options.fuzz <= 100:
        raise ConfigError(f"fuzz={options.fuzz:g} must be from 0 to 100 percent")
    if options.order not in ORDERS:
        raise unknown("order", options.order, ORDERS)


def _ordered(records: Sequence[ImageRecord], options: FolderFilmOptions) -> list[ImageRecord]:
    if options.order == "random":
        return [records[row] for row in np.random.default_rng(options.seed).permutation(len(records))]
    return list(records)[:: 1 if options.order == "ascending" else -1]


def _frames(records: Sequence[ImageRecord], size: tuple[int, int], progress: Progress) -> Iterator[np.ndarray]:
    for number, record in enumerate(records, 1):
        yield frame(record, size)
        progress("gif", number, len(records))
