"""Write the page of a mosaic: pyramid, photos, and the viewer with the places of the tiles."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from ... import config
from ...config import Settings
from ...core import Progress, silent
from ...core.errors import ConfigError
from ...runtime.folders import atomic_folder
from ...visuals.large import write_deep_zoom
from ..painting.posters import DZI, Poster, factor_of, unwritable_in_one_line
from ..painting.strips import Painting
from ..placed_tiles import PlacedTiles
from .data import page_data
from .photos import PHOTO_PX, used_rows, write_photos

if TYPE_CHECKING:
    from jinja2 import Environment

PAGE = "index.html"
_TEMPLATES = Path(__file__).parent / "templates"
#: Unless a size is given, cells are so wide, as far as the page is not larger than so many pixels.
_CELL_PX, _MOST_PIXELS = 192, 400_000_000


def write_page(
    folder: Path,
    mosaic: PlacedTiles,
    factor: float | None = None,
    *,
    title: str = "Mosaic",
    quality: int = 85,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Poster:
    """Write a mosaic as a page that zooms, in a folder of its own: `index.html`, `mosaic.dzi`, tiles and photos.

    Parameters
    ----------
    folder : Path
        Written beside its name and renamed when complete. One that is there is replaced if this program wrote it.
    mosaic : PlacedTiles
        The mosaic.
    factor : float, optional
        How many times larger than the target; None: so that tiles are 192 pixels wide, up to 400 megapixels.
    title : str
        Of the page.
    quality : int
        Of the JPEG tiles, 1 to 100.
    settings : Settings, optional
        Formats and limits of decoding; `config.resolve()` when None.
    progress : callable
        `progress("deep zoom", rows done, rows)` and `progress("photos", done, total)`.

    Returns
    -------
    Poster
        What was written.

    Raises
    ------
    NotOursError
        When the folder has files that this program did not write.
    UnwritableError
        When the disk is full; nothing of the name is there then, or what was there before.
    """
    if not 1 <= quality <= 100:
        raise ConfigError(f"quality={quality!r} must be from 1 to 100")
    settings = settings or config.resolve()
    painting = Painting(mosaic, _factor(mosaic) if factor is None else factor_of(mosaic, factor), settings=settings)
    with unwritable_in_one_line(folder), atomic_folder(folder, PAGE) as partial:
        rows = (each for _, each in painting.strips())
        pyramid = write_deep_zoom(partial / DZI, rows, painting.size, quality=quality, progress=progress)
        write_photos(partial, mosaic, settings, progress)
        shown = page_data(mosaic, painting.boxes, pyramid)
        text = page_text(title, shown, _summary(mosaic, painting.size))
        (partial / PAGE).write_text(text, encoding="utf-8", newline="\n")
    return Poster(folder, painting.size, tuple(painting.problems))


def _factor(mosaic: PlacedTiles) -> float:
    width, height = mosaic.cells.canvas[2:]
    wanted = max(mosaic.factor, _CELL_PX / mosaic.cells.tile_size[0])
    return min(wanted, max(1.0, (_MOST_PIXELS / (width * height)) ** 0.5))


def _summary(mosaic: PlacedTiles, size: tuple[int, int]) -> str:
    tiles, photos = len(mosaic.cells), len(used_rows(mosaic))
    shown = f"{tiles:,} tile{'s' * (tiles != 1)} from {photos:,} photo{'s' * (photos != 1)}"
    return f"{shown}, {size[0]:,} × {size[1]:,} px"


def page_text(title: str, data: dict[str, object], summary: str) -> str:
    """Return the page as HTML. Title, names and all other data are escaped."""
    page = _environment().get_template("page.html.j2").render(
        title=title, summary=summary, data=_embedded(data), style=_asset("page.css"), script=_asset("page.js"),
        photo_px=PHOTO_PX,
    )  # fmt: skip
    return re.sub("[\ud800-\udfff]", "\ufffd", page)  # from file names that are no text


def _embedded(value: object) -> Markup:
    """JSON that is safe inside a script element."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


@cache
def _asset(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
