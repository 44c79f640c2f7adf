"""A page with a slider for the scale, and an image of each scale beside it. It opens from disk, offline."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import jinja2
from PIL import Image

from ...core import Progress, silent
from ...runtime import files
from ...runtime.ownership import guarding
from ..savepaths import check_free
from ..scales import ScaledMosaics
from .computing import first_scale, shown

#: The longer side of the images of a page, in pixels.
SIDE = 1600
_QUALITY = 90


def write_page(mosaics: ScaledMosaics, path: Path, title: str, progress: Progress = silent) -> tuple[Path, ...]:
    """Write a page with the mosaic of each scale.

    Parameters
    ----------
    mosaics : ScaledMosaics
        The mosaics.
    path : Path
        The page; its images are written to a folder beside it, which has its name without the ending.
    title : str
        The name of the target.
    progress : callable
        `progress("mosaics", done, total)`.

    Returns
    -------
    tuple of Path
        The page. Its images are not in it.

    Raises
    ------
    NotOursError
        When a file that this program did not write is in the place of one of these.
    """
    folder = path.with_suffix("")
    names = {scale: f"scale-{scale:02}.jpg" for scale in mosaics.scales}
    with guarding(path.parent):
        for each in (path, folder / "target.jpg", *(folder / name for name in names.values())):
            check_free(each, path.parent)
        entries = [_entry(folder, "target.jpg", _fitting(mosaics))]
        for number, (scale, name) in enumerate(names.items(), 1):
            made = shown(mosaics.at(scale), scale, SIDE)
            width, height = mosaics.tile(scale)
            about = {"scale": scale, "tiles": made.tiles, "tile": f"{width} × {height}"}
            entries.append(_entry(folder, name, made.pixels) | about)
            progress("mosaics", number, len(names))
        first = mosaics.scales.index(first_scale(mosaics))
        text = _template().render(title=title, original=entries[0], scales=entries[1:], first=first)
        files.write_text(path, text)
    return (path,)


def _fitting(mosaics: ScaledMosaics) -> Any:
    import cv2

    height, width = mosaics.target.shape[:2]
    factor = min(1.0, SIDE / max(width, height))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(mosaics.target, size, interpolation=cv2.INTER_AREA)


def _entry(folder: Path, name: str, pixels: Any) -> dict[str, Any]:
    with files.atomic(folder / name) as partial:
        Image.fromarray(pixels).save(partial, quality=_QUALITY, subsampling=0)
    return {"file": f"{folder.name}/{name}", "name": name, "width": pixels.shape[1], "height": pixels.shape[0]}


@functools.cache
def _template() -> jinja2.Template:
    text = Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)
