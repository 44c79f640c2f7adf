"""Files of tiles in the cache: one for each list of images at one size, read as a whole or mapped into memory.

A file is a head, a table with a row for each image (content digest, checksum, state), then the pixels of all tiles, and
their alpha where one is transparent. A finished file is never changed. One that was not finished, because the run was
killed, has the same form, and the tiles in it are used by the next run. The checksum of each tile is compared when it
is read into memory or copied, so that damaged tiles are decoded again.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

#: Ending of the names of these files.
ENDING = ".tiles"
MISSING, OPAQUE, TRANSPARENT, UNUSABLE = range(4)
_MAGIC = b"i2stile1"
_HEAD = struct.Struct("<8sIIQQB")  # magic, width, height, rows of the table, tiles, whether alpha follows
_TABLE_AT, _PAGE = 64, 4096
_ROW = np.dtype([("digest", "S64"), ("checksum", "<u4"), ("state", "u1"), ("reason", "S155")])
#: Files up to this size are read into memory, larger ones mapped.
_READ_BYTES = 256 << 20


@dataclass(frozen=True)
class Layout:
    """Where things are in a file.

    Parameters
    ----------
    size : (int, int)
        Width and height of a tile in pixels.
    rows : int
        Rows of the table.
    tiles : int
        Tiles in the file, those of the first rows.
    has_alpha : bool
        Whether alpha follows the pixels.
    """

    size: tuple[int, int]
    rows: int
    tiles: int
    has_alpha: bool

    @property
    def rgb_bytes(self) -> int:
        """Bytes of the pixels of a tile."""
        return 3 * self.alpha_bytes

    @property
    def alpha_bytes(self) -> int:
        """Bytes of the alpha of a tile."""
        return self.size[0] * self.size[1]

    @property
    def rgb_at(self) -> int:
        """Offset of the pixels."""
        return _aligned(_TABLE_AT + self.rows * _ROW.itemsize)

    @property
    def alpha_at(self) -> int:
        """Offset of the alpha."""
        return _aligned(self.rgb_at + self.tiles * self.rgb_bytes)

    @property
    def end(self) -> int:
        """Size of the file."""
        return self.alpha_at + (self.tiles * self.alpha_bytes if self.has_alpha else 0)

    def head(self) -> bytes:
        """Return the first bytes of the file."""
        packed = _HEAD.pack(_MAGIC, *self.size, self.rows, self.tiles, self.has_alpha)
        return (packed + struct.pack("<I", zlib.crc32(packed))).ljust(_TABLE_AT, b"\0")


def layout_of(path: Path) -> Layout | None:
    """Return the layout of a file; None where it is damaged or of another kind. Raises OSError."""
    with open(path, "rb") as file:
        head = file.read(_TABLE_AT)
        length = os.fstat(file.fileno()).st_size
    if len(head) < _TABLE_AT:
        return None
    magic, width, height, rows, tiles, has_alpha = _HEAD.unpack_from(head)
    found = Layout((width, height), rows, tiles, bool(has_alpha))
    return found if magic == _MAGIC and head == found.head() and length >= found.end else None


def table_of(path: Path, layout: Layout) -> np.ndarray:
    """Return the table of a file: (rows,), with the fields digest, checksum, state and reason."""
    return np.fromfile(path, _ROW, layout.rows, offset=_TABLE_AT)


@dataclass(frozen=True)
class Tiles:
    """The content of a file: `table`, `rgb` of shape (tiles, h, w, 3), and `alpha` of shape (tiles, h, w) or None."""

    table: np.ndarray
    rgb: np.ndarray
    alpha: np.ndarray | None

    def row_of(self) -> dict[str, int]:
        """Return {digest: row of `rgb`} of the images that are there."""
        digests = self.table["digest"][: len(self.rgb)].tolist()
        return {digest.decode(): row for row, digest in enumerate(digests)}

    def reasons(self) -> dict[str, str]:
        """Return {digest: why it cannot be used} of the other images."""
        rest = self.table[len(self.rgb) :]
        pairs = zip(rest["digest"].tolist(), rest["reason"].tolist(), strict=True)
        return {digest.decode(): reason.decode(errors="ignore") for digest, reason in pairs}

    def intact(self, rows: np.ndarray) -> np.ndarray:
        """Return which of these rows have the pixels that were written."""
        return np.array([self._checksum(row) == self.table["checksum"][row] for row in rows.tolist()], bool)

    def _checksum(self, row: int) -> int:
        alpha = self.alpha[row] if self.alpha is not None and self.table["state"][row] == TRANSPARENT else None
        return _checksum(self.rgb[row], alpha)


def read_tiles(path: Path) -> Tiles | None:
    """Return the content of a finished file, mapped where it is large; None where it is damaged. Raises OSError."""
    layout = layout_of(path)
    if layout is None:
        return None
    found, is_small = _mapped(path, layout), layout.end <= _READ_BYTES
    if is_small:
        found = Tiles(found.table, np.array(found.rgb), None if found.alpha is None else np.array(found.alpha))
    usable = np.arange(layout.tiles)
    known = np.isin(found.table["state"], (OPAQUE, TRANSPARENT))
    if int(known.sum()) != layout.tiles or not known[: layout.tiles].all():
        return None
    return found if not is_small or found.intact(usable).all() else None


def _mapped(path: Path, layout: Layout) -> Tiles:
    width, height = layout.size
    if not layout.tiles:
        empty = np.zeros((0, height, width, 3), np.uint8)
        return Tiles(table_of(path, layout), empty, None)
    rgb = np.memmap(path, np.uint8, "r", layout.rgb_at, (layout.tiles, height, width, 3))
    alpha = np.memmap(path, np.uint8, "r", layout.alpha_at, rgb.shape[:3]) if layout.has_alpha else None
    return Tiles(table_of(path, layout), np.asarray(rgb), None if alpha is None else np.asarray(alpha))


class TileWriter:
    """A file that is being written: first every tile in its row, in any order, then `finish`.

    Parameters
    ----------
    path : Path
        The file to make.
    digests : sequence of str
        Of the images, in the order of the tiles.
    size : (int, int)
        Width and height of a tile in pixels.
    """

    def __init__(self, path: Path, digests: list[str], size: tuple[int, int]) -> None:
        self.path, self._layout = path, Layout(size, len(digests), len(digests), True)
        self.table = np.zeros(len(digests), _ROW)
        self.table["digest"] = digests
        self._file: IO[bytes] = open(path, "w+b", buffering=0)  # noqa: SIM115 - closed by finish or close
        self._file.write(self._layout.head())
        self._file.write(self.table.tobytes())
        self._file.truncate(self._layout.end)  # sparse: what is not written takes no space

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a tile in pixels."""
        return self._layout.size

    def put(self, row: int, tile: np.ndarray) -> None:
        """Write a tile, (h, w, 3) or (h, w, 4) uint8."""
        rgb = np.ascontiguousarray(tile[..., :3])
        alpha = np.ascontiguousarray(tile[..., 3]) if tile.shape[2] == 4 else None
        self._write(self._layout.rgb_at + row * self._layout.rgb_bytes, rgb.tobytes())
        if alpha is not None:
            self._write(self._layout.alpha_at + row * self._layout.alpha_bytes, alpha.tobytes())
        self._note(row, OPAQUE if alpha is None else TRANSPARENT, _checksum(rgb, alpha))

    def refuse(self, row: int, reason: str) -> None:
        """Note why an image cannot be used."""
        self.table["reason"][row] = reason.encode()[: _ROW["reason"].itemsize]
        self._note(row, UNUSABLE, 0)

    def copy(self, path: Path, layout: Layout) -> None:
        """Copy the tiles that are missing here from another file; damaged ones stay missing. Raises OSError."""
        wanted = np.flatnonzero(self.table["state"] == MISSING)
        table = table_of(path, layout)
        there = np.flatnonzero(table["state"] != MISSING)
        order = there[np.argsort(table["digest"][there], kind="stable")]
        if not order.size or not wanted.size:
            return
        at = np.searchsorted(table["digest"][order], self.table["digest"][wanted])
        rows = order[np.minimum(at, len(order) - 1)]
        same = table["digest"][rows] == self.table["digest"][wanted]
        self._copy_rows(_mapped(path, layout), rows[same], wanted[same])

    def _copy_rows(self, source: Tiles, rows: np.ndarray, wanted: np.ndarray) -> None:
        for row, to in zip(rows.tolist(), wanted.tolist(), strict=True):
            state = source.table["state"][row]
            if state == UNUSABLE:
                self.table["reason"][to] = source.table["reason"][row]
                self._note(to, UNUSABLE, 0)
            elif row < len(source.rgb) and source.intact(np.array([row]))[0]:
                transparent = state == TRANSPARENT and source.alpha is not None
                rgb = source.rgb[row]
                self.put(to, np.dstack((rgb, source.alpha[row])) if transparent else rgb)  # type: ignore[index]

    def missing(self) -> list[int]:
        """Return the rows that are not written yet."""
        return np.flatnonzero(self.table["state"] == MISSING).tolist()

    def finish(self) -> None:
        """Leave out the rows of images that cannot be used, and the alpha where all is opaque; then close the file."""
        tiles = np.flatnonzero(np.isin(self.table["state"], (OPAQUE, TRANSPARENT)))
        rest = np.setdiff1d(np.arange(len(self.table)), tiles)
        has_alpha = bool((self.table["state"] == TRANSPARENT).any())
        old, new = self._layout, Layout(self._layout.size, len(self.table), len(tiles), has_alpha)
        if has_alpha:
            opaque = b"\xff" * old.alpha_bytes
            for row in np.flatnonzero(self.table["state"] == OPAQUE).tolist():
                self._write(old.alpha_at + row * old.alpha_bytes, opaque)
        if rest.size:
            self._move(tiles, old.rgb_at, new.rgb_at, old.rgb_bytes)
            if has_alpha:
                self._move(tiles, old.alpha_at, new.alpha_at, old.alpha_bytes)
        self._write(0, new.head() + self.table[np.concatenate((tiles, rest))].tobytes())
        self._file.truncate(new.end)
        os.fsync(self._file.fileno())
        self._file.close()

    def close(self) -> None:
        """Close the file as it is."""
        self._file.close()

    def _move(self, rows: np.ndarray, before: int, after: int, length: int) -> None:
        """Move rows down, to the first places."""
        for to, row in enumerate(rows.tolist()):
            if to != row or before != after:
                self._file.seek(before + row * length)
                content = self._file.read(length)
                self._write(after + to * length, content)

    def _note(self, row: int, state: int, checksum: int) -> None:
        self.table["state"][row], self.table["checksum"][row] = state, checksum
        self._write(_TABLE_AT + row * _ROW.itemsize, self.table[row : row + 1].tobytes())

    def _write(self, offset: int, content: bytes) -> None:
        self._file.seek(offset)
        view = memoryview(content)
        while view:
            view = view[self._file.write(view) :]


def _checksum(rgb: np.ndarray, alpha: np.ndarray | None) -> int:
    found = zlib.crc32(np.ascontiguousarray(rgb).data)
    return found if alpha is None else zlib.crc32(np.ascontiguousarray(alpha).data, found)


def _aligned(offset: int) -> int:
    return -(-offset // _PAGE) * _PAGE
