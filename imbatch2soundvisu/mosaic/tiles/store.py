"""Tiles that are kept between runs: which files there are, what is decoded anew, and what is removed."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL

from ...config import Settings
from ...core import ImageRecord, Progress
from ...core.errors import ImageError, MakeError, reason_of
from ...datasets.decoders import Decoding
from ...runtime import partials
from ...runtime.executors import executor_for
from ...runtime.fingerprints import fingerprint
from .files import ENDING, MISSING, Tiles, TileWriter, layout_of, read_tiles
from .images import Size, read_tile

#: Name of the folder in the cache.
FOLDER = "tiles"
#: Files of all sizes together are kept up to this size, and so many of one size; the longest unused are removed first.
MOST_BYTES, MOST_FILES = 4 << 30, 32
#: Fewer images than this are decoded by threads; starting processes would take longer.
_WORTH_PROCESSES = 64
_BATCH, _BATCH_BYTES = 16, 8 << 20
_INCOMPLETE = "-incomplete" + ENDING

Decoded = tuple[int, "np.ndarray | str", bool]


@dataclass(frozen=True)
class TileStore:
    """Tiles of one size and crop, in a folder of the cache.

    Parameters
    ----------
    cache : Path, optional
        The folder of the cache; None keeps nothing.
    size : (int, int)
        Width and height of a tile in pixels.
    crop : {"centre", "smart"}
        See `read_tile`.
    settings : Settings
        Formats and limits of decoding; where the work is done.
    """

    cache: Path | None
    size: Size
    crop: str
    settings: Settings

    def tiles(self, records: Sequence[ImageRecord], progress: Progress) -> tuple[Tiles, dict[str, str]]:
        """Return the tiles of images whose digests differ, and {digest: reason} of those that cannot be used now.

        Images that are not in the cache are decoded.

        Raises
        ------
        MakeError
            If the folder cannot be written.
        """
        try:
            if self.cache is not None:
                return self._tiles_in(self.cache / FOLDER, records, progress)
            with _temporary() as folder:
                return self._tiles_in(folder, records, progress)
        except OSError as error:
            where = self.cache or tempfile.gettempdir()
            reason = f"the tiles cannot be kept in {where}: {reason_of(error)}"
            raise MakeError(f"{reason}. Free space there, or set CACHE to another folder") from error

    def _tiles_in(self, root: Path, records: Sequence[ImageRecord], progress: Progress) -> tuple[Tiles, dict[str, str]]:
        code = _code(Decoding.of(self.settings))
        folder = root / f"{self.size[0]}x{self.size[1]}-{self.crop}-{code}"
        listed = hashlib.blake2b("\n".join(record.digest for record in records).encode(), digest_size=12).hexdigest()
        path, passing = folder / (listed + ENDING), dict[str, str]()
        found = _kept(path)
        if found is None or (found.table["state"] == MISSING).any():
            passing = self._write(path, records, progress)
            found = read_tiles(path)
            if found is None:
                raise MakeError(f"{path} is damaged directly after it was written; check the disk of the cache")
            _remove_unused(root, path)
        return found, passing

    def _write(self, path: Path, records: Sequence[ImageRecord], progress: Progress) -> dict[str, str]:
        """Write a file of tiles, from other files and from the images."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = partials.beside(path)
        writer = TileWriter(partial, [record.digest for record in records], self.size)
        try:
            used = _copy_from_others(writer, path.parent, partial)
            passing = self._decode(writer, records, progress)
            writer.finish()
            os.replace(partial, path)
        except OSError:
            writer.close()
            partial.unlink(missing_ok=True)
            raise
        except BaseException:
            writer.close()
            os.replace(partial, path.with_name(path.stem + _INCOMPLETE))  # the next run goes on from here
            raise
        for each in used:
            with contextlib.suppress(OSError):
                each.unlink()
        return passing

    def _decode(self, writer: TileWriter, records: Sequence[ImageRecord], progress: Progress) -> dict[str, str]:
        """Decode what is missing; returns {digest: reason} of what may be usable another time."""
        missing, passing = writer.missing(), dict[str, str]()
        if not missing:
            return passing
        job = functools.partial(_read_batch, records, self.size, self.crop, Decoding.of(self.settings))
        rows = max(1, min(_BATCH, _BATCH_BYTES // (3 * self.size[0] * self.size[1])))
        batches = [missing[start : start + rows] for start in range(0, len(missing), rows)]
        fork = len(missing) >= _WORTH_PROCESSES
        done = 0
        progress("tiles", done, len(missing))
        with executor_for(self.settings.scheduler, fork, self.settings.jobs) as executor:
            for batch in executor.map_unordered(job, batches):
                for row, tile, lasting in batch:
                    if not isinstance(tile, str):
                        writer.put(row, tile)
                    elif lasting:
                        writer.refuse(row, tile)
                    else:
                        passing[records[row].digest] = tile
                progress("tiles", done := done + len(batch), len(missing))
        return passing


def _read_batch(
    records: Sequence[ImageRecord], size: Size, crop: str, decoding: Decoding, rows: Sequence[int]
) -> list[Decoded]:
    """(row, tile or reason, whether the reason lasts) of some images."""
    return [(row, *_read(records[row].path, size, crop, decoding)) for row in rows]


def _read(path: Path, size: Size, crop: str, decoding: Decoding) -> tuple[np.ndarray | str, bool]:
    try:
        return read_tile(path, size, crop, decoding), True
    except ImageError as error:
        return str(error), error.lasting


@functools.lru_cache(maxsize=8)
def _code(decoding: Decoding) -> str:
    """A digest of what pixels of tiles depend on besides the images."""
    return fingerprint(read_tile, PIL.__version__, " ".join(decoding.formats), decoding.intact_share)


def _kept(path: Path) -> Tiles | None:
    """The tiles of a file, which counts as used now; None where it is missing. A damaged one is removed."""
    try:
        found = read_tiles(path)
        if found is None:
            layout = layout_of(path)
            if layout is None:
                path.unlink(missing_ok=True)
        else:
            os.utime(path)
        return found
    except FileNotFoundError:
        return None


def _copy_from_others(writer: TileWriter, folder: Path, partial: Path) -> list[Path]:
    """Copy tiles from the other files of a folder, the newest first; returns those that are of no more use."""
    used = []
    for path in sorted(folder.glob("*" + ENDING), key=_used_at, reverse=True):
        is_partial = path.name.startswith(partials.PARTIAL)
        if path == partial or (is_partial and not partials.is_abandoned(path)):
            continue
        with contextlib.suppress(OSError):
            layout = layout_of(path)
            if layout is not None and layout.size == writer.size and writer.missing():
                writer.copy(path, layout)
        if is_partial or path.name.endswith(_INCOMPLETE):
            used.append(path)
    return used


def _remove_unused(root: Path, kept: Path) -> None:
    """Remove the files that were not used for the longest time, above the limits; never `kept`."""
    total = in_folder = 0
    for path in sorted(root.glob(f"*/*{ENDING}"), key=_used_at, reverse=True):
        with contextlib.suppress(OSError):
            if path.name.startswith(partials.PARTIAL) and not partials.is_abandoned(path):
                continue
            total += path.stat().st_size
            in_folder += path.parent == kept.parent
            if path != kept and (total > MOST_BYTES or (path.parent == kept.parent and in_folder > MOST_FILES)):
                total -= path.stat().st_size
                path.unlink()
    for folder in root.iterdir():
        with contextlib.suppress(OSError):
            folder.rmdir()  # only where it is empty


def _used_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@contextlib.contextmanager
def _temporary() -> Iterator[Path]:
    folder = tempfile.mkdtemp(prefix="imbatch2soundvisu-tiles-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # files that are mapped stay readable until they are closed
