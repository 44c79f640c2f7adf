"""The first step from the shell: photos of one person as aligned frames in a folder."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .. import config
from ..config import Settings
from ..core import FeatureTable, ImageRecord, Progress, silent
from ..core.images import format_date
from ..core.text import plural
from ..datasets import discover
from ..datasets.images import open_image
from ..measurement import measure
from ..runtime.cache import Cache
from ..runtime.files import slug
from ..runtime.folders import atomic_folder, check_replaceable
from ..sorting import ByDate, ByName
from . import frames as montage_frames
from .choosing import FACE_FEATURES, Rules, chosen_photos, person_in
from .options import MontageOptions

#: The table of the frames in their folder.
TABLE = "frames.csv"


@dataclass(frozen=True)
class MontageFolder:
    """What was written.

    Parameters
    ----------
    folder : Path
    frames : int
        How many frames there are in it.
    lines : tuple of str
        What was found and left out.
    """

    folder: Path
    frames: int
    lines: tuple[str, ...]


def montage_folder(
    photos: str | Path,
    folder: str | Path,
    examples: tuple[str | Path | None, str | Path | None] = (None, None),
    options: MontageOptions | None = None,
    by_age: bool = False,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> MontageFolder:
    """Write photos of one person into a folder, the eyes always at the same places.

    Parameters
    ----------
    photos : str or Path
        A folder of photos.
    folder : str or Path
        Where the frames are written; one that this program wrote is replaced.
    examples : (path, path)
        Folders with photos of the person, and of other people; (None, None) for the largest face of each photo.
    options : MontageOptions, optional
        How photos are chosen and placed.
    by_age : bool
        Number the frames by the age of the photos, else by their names.
    settings : Settings, optional
        Those of `config.resolve()` when None.
    progress : callable
        `progress(stage, done, total)`.

    Raises
    ------
    ConfigError
        For invalid options, without a face in the examples, and with fewer than 2 photos of the person.
    NotOursError
        When the folder has files that this program did not write.
    """
    options, settings, folder = options or MontageOptions(), settings or config.resolve(), Path(folder).expanduser()
    options.check_options()
    check_replaceable(folder)
    with Cache(settings.cache) as cache:
        collection = discover(Path(photos).expanduser(), cache=cache, settings=settings, progress=progress)
        person, others = examples
        found = None if person is None else person_in(person, others, settings, cache, progress)
        table = measure(collection, sorted(FACE_FEATURES), cache=cache, settings=settings, progress=progress)
        chosen = chosen_photos(table, range(len(table)), Rules(found, min_sharpness=options.min_sharpness))
    rows = _order(chosen.table, by_age)
    records = [chosen.table.records[row] for row in rows]
    frames = montage_frames.frames_of(options, records, [chosen.faces[row] for row in rows])
    written = montage_frames.written(frames, settings.cache / montage_frames.FOLDER, progress)
    _write(folder, written, records)
    who = "a face" if found is None else "this person"
    lines = [f"{chosen.showing} of {plural(chosen.photos, 'photo')} {'shows' if chosen.showing == 1 else 'show'} {who}"]
    lines += [*(found.lines if found is not None else ()), *([chosen.left_out] if chosen.left_out else [])]
    lines += filter(None, [montage_frames.covering_line(options, frames)])
    note = ByDate().note(chosen.table) if by_age else ""
    return MontageFolder(folder, len(frames), tuple([*lines, note] if note else lines))


def frame_names(photos: Sequence[ImageRecord], ending: str) -> list[str]:
    """Return the names of frames: their number, and the name of the photo."""
    return [f"{number:04}-{slug(Path(each.label).stem)[:60]}.{ending}" for number, each in enumerate(photos, 1)]


def write_table(path: Path, names: Sequence[str], photos: Sequence[ImageRecord]) -> None:
    """Write which photo each frame is, and when it was taken."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["frame", "photo", "taken", "date_from"])
        for name, photo in zip(names, photos, strict=True):
            taken = format_date(photo.taken) if photo.taken else ""
            writer.writerow([name, photo.name, taken, photo.taken_from])


def _order(table: FeatureTable, by_age: bool) -> list[int]:
    order = ByDate() if by_age else ByName()
    return [int(row) for row in order.order(table, np.random.default_rng(0))]


def _write(folder: Path, frames: Sequence[ImageRecord], photos: Sequence[ImageRecord]) -> None:
    names = frame_names(photos, "jpg")
    with atomic_folder(folder, TABLE) as partial:
        for name, record in zip(names, frames, strict=True):
            Image.fromarray(open_image(record)).save(partial / name, quality=95, subsampling=0)
        write_table(partial / TABLE, names, photos)
