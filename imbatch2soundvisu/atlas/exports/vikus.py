"""The data folder of VIKUS Viewer: configuration, tables, layouts, sprites and larger images."""

from __future__ import annotations

import csv
import html
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...core import Progress, silent
from ...core.errors import ImageError
from ...core.text import plural
from ...runtime import files
from ..data import AtlasData
from ..layouts import Layout
from ..viewer.data_files import on_map
from .values import encoded, features_of, identifiers, place, texts_of

#: Long sides of the sprites and of the larger images, and the side of a sheet of sprites, in pixels.
SPRITE, DETAIL, SHEET = 128, 1024, 2048
_KEYWORDS = {"name": "Keywords", "source": "keywords", "display": "wide", "type": "keywords"}
_UNDATED = "undated"
_STYLE = {
    "fontColor": "#222222", "fontColorActive": "#ffffff", "fontBackground": "#444444", "textShadow": "none",
    "canvasBackground": "#f4f4f2", "timelineBackground": "#ffffff", "timelineFontColor": "#222222",
    "backgroundHeader": "#ffffff", "fontColorHeader": "#222222", "detailBackground": "#ffffff",
    "infoBackground": "#ffffff", "infoFontColor": "#222222", "searchbarBackground": "#e0e0dc",
}  # fmt: skip


def write_vikus(
    folder: Path,
    data: AtlasData,
    layouts: Sequence[Layout],
    *,
    title: str,
    sprite: int = SPRITE,
    detail: int = DETAIL,
    progress: Progress = silent,
) -> tuple[str, ...]:
    """Write `config.json`, `data.csv`, `timeline.csv`, `info.md`, a CSV of each layout, `sprites/` and `<detail>/`.

    Parameters
    ----------
    folder : Path
        An empty folder, which becomes `data/` of a VIKUS Viewer.
    data : AtlasData
        The images.
    layouts : sequence of Layout
        Buttons of the viewer, beside its own timeline.
    title : str
        Name of the project.
    sprite, detail : int
        Long sides of the images in pixels, as they are seen from afar and from near.
    progress : callable
        `progress("vikus", done, total)`.

    Returns
    -------
    tuple of str
        Images that could not be read, one line each.
    """
    ids = identifiers(data.table.records)
    names = [f"layout-{number}.csv" for number in range(len(layouts))]
    for layout, name in zip(layouts, names, strict=True):
        rows = [(ids[row], *spot) for row in range(len(data)) if (spot := place(layout, row)) is not None]
        _write_csv(folder / name, ("id", "x", "y"), rows)
    columns = _columns(data)
    years = [each or _UNDATED for each in data.keys("year")] if len(data.metadata.dates) else [_UNDATED] * len(data)
    keywords = [",".join(tag.replace(",", " ") for tag in tags) for tags in data.metadata.tags] or [""] * len(data)
    items = zip(ids, keywords, years, *columns.values(), strict=True)
    _write_csv(folder / "data.csv", ("id", "keywords", "year", *columns), items)
    counts = sorted(Counter(years).items())
    blank = [(year, "", plural(count, "image"), plural(count, "image"), "") for year, count in counts]
    _write_csv(folder / "timeline.csv", ("year", "titel", "title", "text", "extra"), blank)
    _write_text(
        folder / "info.md", f"# {html.escape(title)}\n\n{plural(len(data), 'image')}, by {html.escape(data.space)}.\n"
    )
    config = _config(title, columns, sprite, detail)
    across = _columns_of_years([count for _, count in counts])
    config["projection"] = {"columns": across}
    config["loader"]["layouts"] = [
        {"title": "Time", "type": "group", "groupKey": "year"},  # first: the viewer computes the sizes of images by it
        *(
            {"title": layout.name, "url": f"data/{name}", "scale": _scale(layout, len(counts), across)}
            for layout, name in zip(layouts, names, strict=True)
        ),
    ]
    files.write_json(folder / "config.json", config)
    return _write_images(folder, data, ids, sprite, detail, progress)


def _columns(data: AtlasData) -> dict[str, list[str]]:
    """Further columns, whose names begin with an underscore."""
    found: dict[str, list[str]] = {"_name": list(data.table.names)}
    texts, features = texts_of(data), features_of(data)
    for name, values in texts.items():
        found[_key(name, found)] = [_address(value) for value in values] if name == "link" else values
    for name, numbers in features.items():
        if name not in texts:
            found[_key(name, found)] = [f"{value:.4g}" if np.isfinite(value) else "" for value in numbers]
    return found


def _key(name: str, taken: Collection[str]) -> str:
    """A name of letters, digits and underscores that is not taken: "a b" and "a-b" are "_a_b" and "_a_b_2"."""
    key = plain = "_" + (re.sub(r"\W+", "_", name).strip("_") or "column")
    number = 2
    while key in taken:
        key, number = f"{plain}_{number}", number + 1
    return key


def _address(link: str) -> str:
    """A link as text of an attribute: the viewer puts it there as it is."""
    return "".join({'"': "%22", "'": "%27", "<": "%3C", ">": "%3E", " ": "%20"}.get(each, each) for each in link)


def _columns_of_years(counts: Sequence[int]) -> int:
    """Images side by side above each year, so that the highest pile fits into the window."""
    return max(1, math.ceil(math.sqrt(2.3 * max(counts) / len(counts))))


def _scale(layout: Layout, years: int, columns: int) -> float:
    """The size of the images of a layout, by which neighbours of a grid do not overlap in a window of 16:9.

    The viewer spreads a layout over 0.8 of the height of its window, on both axes, and makes an image as wide as a
    column of its timeline: 0.8 of the width, by the number of years and of columns.
    """
    points = on_map(layout)
    placed = points[np.isfinite(points).all(axis=1)]
    span = max(1.0, float((placed.max(axis=0) - placed.min(axis=0)).max())) if len(placed) else 1.0
    return round(0.8 * 9 / 16 / span * (years + 0.2) * columns / 0.8 * 0.95, 4)


def _config(title: str, columns: Iterable[str], sprite: int, detail: int) -> dict[str, Any]:
    shown = [
        {"name": key.strip("_").replace("_", " ").capitalize(), "source": key, "display": "column",
         "type": "link" if key == "_link" else "text"}
        for key in columns
    ]  # fmt: skip
    return {
        "project": {"name": title, "quality": 1},
        "loader": {
            "info": "data/info.md", "timeline": "data/timeline.csv", "items": "data/data.csv",
            "textures": {
                "medium": {"size": sprite, "url": "data/sprites/sprites.json"},
                "detail": {"size": detail, "url": f"data/{detail}/"},
            },
        },
        "style": _STYLE,
        "detail": {"structure": [*shown, _KEYWORDS]},
    }  # fmt: skip


def _write_images(
    folder: Path, data: AtlasData, ids: Sequence[str], sprite: int, detail: int, progress: Progress
) -> tuple[str, ...]:
    from ...datasets.images import open_image

    large, sprites, problems = folder / str(detail), _Sprites(folder / "sprites", sprite), []
    large.mkdir()
    for row, record in enumerate(data.table.records):
        progress("vikus", row, len(data))
        try:
            rgb = open_image(record, detail)
        except ImageError as error:
            problems.append(f"{record.name}: {error}")
            rgb = np.full((sprite, sprite, 3), 96, np.uint8)
        (large / f"{ids[row]}.jpg").write_bytes(encoded(rgb))
        sprites.add(ids[row], rgb)
    sprites.close()
    return tuple(problems)


class _Sprites:
    """Sheets of small images in rows of squares, and the manifest that says where each is (pixi-packer, version 1)."""

    def __init__(self, folder: Path, side: int) -> None:
        self._folder, self._side, self._columns = folder, side, max(1, SHEET // side)
        self._sheets: list[dict[str, Any]] = []
        self._names: list[dict[str, Any]] = []
        folder.mkdir()
        self._begin()

    def _begin(self) -> None:
        side = self._columns * self._side
        self._pixels, self._names = np.full((side, side, 3), 255, np.uint8), []

    def add(self, name: str, rgb: np.ndarray) -> None:
        import cv2

        factor = self._side / max(rgb.shape[:2])
        width, height = (max(1, round(length * factor)) for length in (rgb.shape[1], rgb.shape[0]))
        row, column = divmod(len(self._names), self._columns)
        x, y = column * self._side, row * self._side
        self._pixels[y : y + height, x : x + width] = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
        self._names.append({"name": name, "position": {"x": x, "y": y}, "dimension": {"w": width, "h": height}})
        if len(self._names) == self._columns**2:
            self._write()

    def _write(self) -> None:
        rows = -(-len(self._names) // self._columns) * self._side
        name = f"sprites-{len(self._sheets)}.jpg"
        (self._folder / name).write_bytes(encoded(self._pixels[:rows]))
        self._sheets.append({"image": name, "sprites": self._names})
        self._begin()

    def close(self) -> None:
        if self._names:
            self._write()
        manifest = {
            "meta": {"type": "pixi-packer", "version": 1, "app": "imbatch2soundvisu"},
            "spritesheets": self._sheets,
        }
        files.write_json(self._folder / "sprites.json", manifest)


def _write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
