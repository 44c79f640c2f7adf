"""The pixels of files with faults: whole where only an end marker or a checksum is wrong, else their intact rows."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import simplejpeg
from PIL import Image

from ..core.errors import ImageError
from . import png_chunks
from .decoders import Decoding, decoder_reason, is_lasting, opened, tolerant_of_truncation

_BLOCK_ROWS = 16  # rows of a JPEG block
_END_OF_JPEG = b"\xff\xd9"
#: Formats whose decoders write row by row into the image that is there.
_ROW_BY_ROW = ("GIF", "JPEG", "MPO", "PNG", "PPM")
Draft = Callable[[Image.Image], None]


def loaded(image: Image.Image, path: Path, decoding: Decoding, draft: Draft) -> tuple[Image.Image, float | None]:
    """Return an opened image with its pixels, and of a damaged one the share of its rows that could be read.

    Parameters
    ----------
    image : PIL.Image.Image
        Opened, not loaded.
    path : Path
        Its file, which is opened again when the image turns out to be damaged.
    decoding : Decoding
        Its `intact_share` is the smallest share that is used.
    draft : callable
        Prepares an opened image for the size it is needed at.

    Raises
    ------
    ImageError
        If too few rows can be read.
    """
    try:
        image.load()
    except MemoryError:
        raise
    except Exception as error:
        whole = _whole(image, path, draft)
        return (whole, None) if whole is not None else _salvaged(path, decoding, draft, error)
    return image, None


def _whole(image: Image.Image, path: Path, draft: Draft) -> Image.Image | None:
    """The image, if all of its pixels are there and only an end marker, a checksum or a long text is in the way."""
    mended = {"JPEG": _with_end, "PNG": png_chunks.mended}.get(str(image.format))
    content = mended(path.read_bytes()) if mended is not None and not path.is_dir() else None
    if content is None:
        return None
    try:
        again = Image.open(io.BytesIO(content), formats=[str(image.format)])
        draft(again)
        again.load()
    except Exception:
        return None
    again.info = dict(image.info)
    return again


def _with_end(content: bytes) -> bytes | None:
    """A JPEG with an end marker, if the decoder then finds no fault in it."""
    for complete in (content + _END_OF_JPEG, content.rstrip(b"\0\xff") + _END_OF_JPEG):
        try:
            simplejpeg.decode_jpeg(complete, "GRAY", min_height=1, min_width=1, min_factor=8)
        except ValueError:
            continue
        return complete
    return None


def _salvaged(path: Path, decoding: Decoding, draft: Draft, error: Exception) -> tuple[Image.Image, float]:
    """The intact top of a damaged file, and its share of the rows."""
    try:
        with tolerant_of_truncation(), opened(path, decoding) as image:
            draft(image)
            image.load()
            rows = np.asarray(image.convert("RGB"))
            whole = image.copy()
        by_row = _is_row_by_row(image)
        intact = _written_rows(path, decoding, draft) if by_row else _rows_before_filler(rows)
    except Exception as again:
        raise ImageError(decoder_reason(error), lasting=is_lasting(error) and is_lasting(again)) from again
    share = intact / rows.shape[0]
    if share < decoding.intact_share:
        raise ImageError(f"damaged: only {share:.0%} of its rows could be read") from error
    return whole.crop((0, 0, whole.width, intact)), share


def _is_row_by_row(image: Image.Image) -> bool:
    """Whether the decoder writes row after row, into the pixels that are there."""
    on_own_canvas = image.format == "GIF" and "transparency" in image.info
    return image.format in _ROW_BY_ROW and not image.info.get("progressive") and not on_own_canvas


def _written_rows(path: Path, decoding: Decoding, draft: Draft) -> int:
    """The number of rows at the top that the decoder writes before it stops: those that no filler shows through."""
    first, second = (_stopped(path, decoding, draft, filler) for filler in (0, 255))
    differing = np.flatnonzero((first != second).reshape(len(first), -1).any(axis=1))
    return int(differing[0]) if differing.size else first.shape[0]


def _stopped(path: Path, decoding: Decoding, draft: Draft, filler: int) -> np.ndarray:
    """(h, w) or (h, w, channels): what the decoder has written when it stops, over a filler."""
    with opened(path, decoding) as image:
        draft(image)
        bands = len(image.getbands())
        canvas = Image.new(image.mode, image.size, (filler,) * bands if bands > 1 else filler)
        image.im = canvas.im
        with contextlib.suppress(OSError, SyntaxError, ValueError):
            image.load()
        return np.asarray(canvas)


def _rows_before_filler(rows: np.ndarray) -> int:
    """The number of rows before the filler of the decoder; rows : (h, w, 3), the last pixel being filler."""
    differs = (rows != rows[-1, -1]).any(axis=2)
    touched, finished = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs[:, -1])
    last = int(touched[-1]) + 1 if touched.size else 0
    whole = int(finished[-1]) + 1 if finished.size else 0
    return whole if last - whole <= _BLOCK_ROWS else last
