"""Faces on one sheet, each cut out of its image, with what is known of it below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..core import ImageRecord, Region
from ..core.errors import ImageError
from .placeholders import placeholder
from .sheet_drawing import MARGIN, MUTED, TEXT, Grid, draw_level, draw_title, heading_height, new_sheet, save
from .sheets import evenly
from .text_drawing import draw_text, shorten

#: Of more faces than this, so many evenly spaced ones are shown.
MOST_ON_FACE_SHEET = 300
#: Side of a crop in sides of the box of the face, and how far its middle is above that of the box, so that hair and
#: chin are seen; the longest side in pixels that is decoded.
_AROUND, _ABOVE, _MOST_PX = 1.9, 0.1, 6000
_WIDTH = 1400


@dataclass(frozen=True)
class FaceCell:
    """One face on a sheet.

    Parameters
    ----------
    record : ImageRecord
        Its image.
    region : Region
        Its box.
    name, note : str
        The two lines below it.
    level : float, optional
        In [0, 1]: a bar above the lines.
    """

    record: ImageRecord
    region: Region
    name: str
    note: str = ""
    level: float | None = None


def face_sheet(
    path: Path, title: str, line: str, cells: Sequence[FaceCell], progress: Callable[[int, int], None] | None = None
) -> None:
    """Write faces on one JPEG, in order; one whose image cannot be read is a placeholder.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    title, line : str
        The heading, and the line below it.
    cells : sequence of FaceCell
        The faces.
    progress : callable, optional
        `progress(done, total)` after each face.
    """
    chosen = [cells[place] for place in evenly(len(cells), MOST_ON_FACE_SHEET)]
    if len(chosen) < len(cells):
        line = f"{line}  ·  {len(chosen)} of them are shown, evenly"
    columns = int(np.clip(round(1.2 * len(chosen) ** 0.5), 4, 12))
    gap = 16
    side = (_WIDTH - 2 * MARGIN - (columns - 1) * gap) // columns
    text = int(np.clip(side // 13, 10, 14))
    grid = Grid(columns, side, side, gap, caption=round(text * 3.1) + gap, top=heading_height(_WIDTH))
    sheet, draw = new_sheet(_WIDTH, grid.bottom(max(1, len(chosen))) + MARGIN // 2)
    draw_title(draw, title, line, _WIDTH)
    for place, cell in enumerate(chosen):
        x, y = grid.corner(place)
        sheet.paste(Image.fromarray(_crop_or_placeholder(cell, side)), (x, y))
        if cell.level is not None:
            draw_level(draw, (x, y + side, side), cell.level)
        draw_text(draw, (x, y + side + round(text * 1.5)), shorten(cell.name, side, text), text, TEXT)
        draw_text(draw, (x, y + side + round(text * 2.8)), shorten(cell.note, side, text), text, MUTED)
        if progress is not None:
            progress(place + 1, len(chosen))
    save(path, sheet)


def face_crop(record: ImageRecord, box: Region, side: int) -> np.ndarray:
    """Return a face with some space around it, (side, side, 3) uint8, sRGB.

    The square is moved, and made smaller where it must be, so that all of it is in the image.

    Parameters
    ----------
    record : ImageRecord
        The image.
    box : Region
        The face.
    side : int
        In pixels.

    Raises
    ------
    ImageError
        If the image cannot be read.
    """
    from ..datasets.images import open_image

    wanted = max(box.width * record.width, box.height * record.height) * _AROUND
    long_side = max(record.width, record.height)
    scale = min(1.0, 1.5 * side / max(1.0, wanted), _MOST_PX / long_side)
    rgb = open_image(record, max(side, round(long_side * scale)))
    height, width = rgb.shape[:2]
    edge = max(1, min(height, width, round(max(box.width * width, box.height * height) * _AROUND)))
    left = int(np.clip(round((box.x + box.width / 2) * width - edge / 2), 0, width - edge))
    top = int(np.clip(round((box.y + box.height * (0.5 - _ABOVE)) * height - edge / 2), 0, height - edge))
    square = Image.fromarray(rgb[top : top + edge, left : left + edge])
    return np.asarray(square.resize((side, side), Image.Resampling.LANCZOS))


def _crop_or_placeholder(cell: FaceCell, side: int) -> np.ndarray:
    try:
        return face_crop(cell.record, cell.region, side)
    except ImageError:
        return placeholder((side, side))
