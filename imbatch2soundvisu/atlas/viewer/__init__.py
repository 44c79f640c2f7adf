"""The viewer of a map: one folder with a page, its data and thumbnails, which needs no server.

`write_viewer` writes it. The modules of the page are in `js/`: `map.js` draws; the others use its methods and events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ...core import ImageRecord, Progress, silent
from ..data import AtlasData
from ..layouts import Layout
from .data_files import MapPath, on_map, write_data
from .earlier import Earlier
from .originals import links_of
from .page import page
from .preview import paint_preview
from .sounds import write_sound
from .thumbnails import LARGE, ImageFiles, write_thumbnails

__all__ = ["MapPath", "ViewerOptions", "write_viewer"]


@dataclass(frozen=True)
class ViewerOptions:
    """How a viewer is written.

    Parameters
    ----------
    preview : Path, optional
        Where to write the first layout as a JPEG of 1,200 px.
    read : callable, optional
        `read(record, long_side) -> (h, w, 3) uint8`; decodes the file of an image unless another is given.
    long_side : int
        Of the file of each image that is shown from near, in pixels; smaller images are not enlarged.
    linked_from : Path, optional
        The folder in which the page will be, from which images are linked where they are, so that they get no files
        in it. Those in formats that browsers do not show, such as TIFF and HEIC, get files.
    earlier : Path, optional
        Folder of an earlier viewer; files of images that have not changed are taken from it.
    """

    preview: Path | None = None
    read: Callable[[ImageRecord, int], np.ndarray] | None = None
    long_side: int = LARGE
    linked_from: Path | None = None
    earlier: Path | None = None


def write_viewer(
    folder: Path,
    data: AtlasData,
    layouts: Sequence[Layout],
    *,
    title: str,
    paths: Sequence[MapPath] = (),
    options: ViewerOptions | None = None,
    progress: Progress = silent,
) -> tuple[str, ...]:
    """Write the viewer of a map into an empty folder.

    Parameters
    ----------
    folder : Path
        Gets `index.html` and `data/`.
    data : AtlasData
        The images.
    layouts : sequence of Layout
        At least one; the first is shown first.
    title : str
    paths : sequence of MapPath
        Sequences that can be played on the map.
    options : ViewerOptions, optional
        How large its images are, and what is taken from an earlier viewer.
    progress : callable
        `progress("thumbnails", done, total)`.

    Returns
    -------
    tuple of str
        Images that could not be read, one line each.
    """
    options = options or ViewerOptions()
    inside = folder / "data"
    inside.mkdir(parents=True, exist_ok=True)
    order = _sheet_order(on_map(layouts[0]))
    links = [] if options.linked_from is None else links_of(data.table.records, options.linked_from)
    files = ImageFiles(options.long_side, frozenset(number for number, link in enumerate(links) if link))
    thumbnails = write_thumbnails(
        inside, data.table.records, options.read or _read, order=order, files=files,
        earlier=None if options.earlier is None else Earlier.read(options.earlier / "data"), progress=progress,
    )  # fmt: skip
    placed = [_with_sound(path, inside, number) for number, path in enumerate(paths)]
    write_data(inside, data, layouts, title=title, thumbnails=thumbnails, paths=placed, links=links)
    (folder / "index.html").write_text(page(title), encoding="utf-8", newline="\n")
    if options.preview is not None:
        pixels = paint_preview(inside, on_map(layouts[0]), thumbnails)
        Image.fromarray(pixels).save(options.preview, "JPEG", quality=85)
    return thumbnails.problems


def _with_sound(path: MapPath, folder: Path, number: int) -> MapPath:
    """The path with its sound beside the data, relative to the page."""
    name = f"sound-{number}.m4a"
    has_sound = bool(path.sound) and write_sound(Path(path.sound), folder / name)
    return replace(path, sound=f"data/{name}" if has_sound else "")


def _read(record: ImageRecord, long_side: int) -> np.ndarray:
    from ...datasets.images import open_image

    return open_image(record, long_side)


def _sheet_order(points: np.ndarray) -> np.ndarray:
    """Images in square blocks of the map, so that those near each other are on one sheet."""
    placed = np.where(np.isfinite(points), points, 0)
    blocks = np.floor(placed / 32).astype(np.int64)
    return np.lexsort((placed[:, 0], placed[:, 1], blocks[:, 0], blocks[:, 1]))
