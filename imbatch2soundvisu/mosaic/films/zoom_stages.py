"""The mosaics of a zoom film: each contains the picture that the one before it shows."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ...config import Settings
from ...core import ImageRecord
from ...core.errors import ConfigError
from ...features.pixels import to_oklab
from ...runtime.cache import Cache
from ..mosaics import Mosaic, make_mosaic
from ..options import MosaicOptions
from ..tiles.codebook import Codebook, codebook_of
from .parts import centres
from .zoom_film import Stage

#: Tiles in a row of the mosaics on the way, and how far from the middle a picture may be, as a share of the canvas.
COLUMNS, CENTRAL = 40, 0.22


def stages_to(
    last: Mosaic, count: int, settings: Settings, photos: Sequence[ImageRecord] = (), shown: str = ""
) -> list[Stage]:
    """Return the stages of a zoom that ends on a mosaic.

    Parameters
    ----------
    last : Mosaic
        The mosaic that is the last stage.
    count : int
        Number of mosaics.
    settings : Settings
        Formats and limits of decoding.
    photos : sequence of ImageRecord
        The picture that the film begins with, and those of the mosaics on the way, `count` in all. Empty: pictures
        with much contrast near the middle of each mosaic.
    shown : str
        Name of the image that the last mosaic shows.

    Raises
    ------
    ConfigError
        When a photo is no tile of the mosaic.
    """
    made, used, stages = as_grid(last), {shown}, list[Stage]()
    for number in reversed(range(count)):
        if photos:
            made, cell = with_picture(made, photos[number])
        else:
            cell = picture_cell(made, used)
        stages.insert(0, Stage(made, cell))
        record = made.codebook.records[made.chosen[cell]]
        used.add(record.name)
        if number:
            made = mosaic_on_the_way(record, stages[0], settings)
    return stages


def ring_of(
    last: Mosaic, count: int, settings: Settings, shown: ImageRecord, photos: Sequence[ImageRecord] = ()
) -> list[Stage]:
    """Return the stages of an endless zoom: the first mosaic contains the picture of the last.

    Parameters
    ----------
    last : Mosaic
        A mosaic of the target.
    count, settings
        As in `stages_to`.
    shown : ImageRecord
        The target, which becomes a tile if it is none.
    photos : sequence of ImageRecord
        The pictures of the mosaics on the way, `count` - 1 in all; empty: as in `stages_to`.

    Raises
    ------
    ConfigError
        When a photo is no tile of the mosaic.
    """
    made = replace(as_grid(last), codebook=with_tile(last.codebook, shown, last.options, settings))
    whole = Stage(made, picture_cell(made, {shown.name}))
    made, used, stages = mosaic_on_the_way(shown, whole, settings), {shown.name}, list[Stage]()
    for number in reversed(range(count)):
        if number == 0:
            made, cell = with_picture(made, shown)
        elif photos:
            made, cell = with_picture(made, photos[number - 1])
        else:
            cell = picture_cell(made, used)
        stages.insert(0, Stage(made, cell))
        record = made.codebook.records[made.chosen[cell]]
        used.add(record.name)
        if number:
            made = mosaic_on_the_way(record, stages[0], settings)
    return stages


def as_grid(mosaic: Mosaic) -> Mosaic:
    """Return a mosaic as it is; one of hexagons again, in rows and columns, into which other mosaics fit."""
    if mosaic.cells.shape == "rectangle":
        return mosaic
    options = replace(mosaic.options, tiling="grid", flip=False, rotate=False)
    return make_mosaic(mosaic.target, mosaic.codebook, options)


def mosaic_on_the_way(record: ImageRecord, stage: Stage, settings: Settings) -> Mosaic:
    """Return a mosaic of an image, with the aspect of the cell of a stage and the same tiles."""
    options, codebook = stage.mosaic.options, stage.mosaic.codebook
    width, height = options.tile_size(stage.mosaic.target.shape[1], stage.mosaic.target.shape[0])
    _, _, cell_width, cell_height = stage.box
    size = width * COLUMNS, max(1, round(width * COLUMNS * cell_height / cell_width))
    target = _tile_of(record, size, options.crop, settings)
    cells = COLUMNS * -(-size[1] // height)
    images = len(np.unique(codebook.rows))
    changed = replace(
        options, tile=(width, height), columns=None, scale=None, tiling="grid", cover="all", mask=None, flip=False,
        rotate=False, use_all=False,
        max_uses=None if options.max_uses is None else max(options.max_uses, -(-cells // images) + 1),
    )  # fmt: skip
    return make_mosaic(target, codebook, changed)


def picture_cell(mosaic: Mosaic, used: Names[str] = ()) -> int:
    """Return the cell near the middle of a mosaic whose tile makes the best picture: much contrast, and upright.

    Parameters
    ----------
    mosaic : Mosaic
        The mosaic.
    used : collection of str
        Names of images that are pictures already.
    """
    distance, fits = _from_middle(mosaic)
    upright = mosaic.codebook.variants[mosaic.chosen] == 0
    new = np.array([mosaic.codebook.records[each].name not in used for each in mosaic.chosen.tolist()])
    for allowed in (fits & upright & new, fits & upright, fits, np.ones(len(fits), bool)):
        if allowed.any():
            break
    limit = max(CENTRAL, float(distance[allowed].min()))
    near = np.flatnonzero(allowed & (distance <= limit))
    scores = {tile: _contrast(mosaic.codebook, tile) for tile in np.unique(mosaic.chosen[near]).tolist()}
    ranked = sorted(near.tolist(), key=lambda cell: (-scores[int(mosaic.chosen[cell])], distance[cell], cell))
    return int(ranked[0])


def with_picture(mosaic: Mosaic, record: ImageRecord) -> tuple[Mosaic, int]:
    """Return a mosaic that has an image in a cell near its middle, and this cell; where it fits best."""
    rows = [row for row, each in enumerate(mosaic.codebook.records) if each == record]
    rows = [row for row in rows if mosaic.codebook.variants[row] == 0]
    if not rows:
        raise ConfigError(f"{record.name} is no tile of the mosaic, so that no film can begin with it")
    distance, fits = _from_middle(mosaic)
    near = np.flatnonzero(fits & (distance <= max(CENTRAL, float(distance[fits].min(initial=1.0)))))
    if not len(near):
        near = np.array([int(distance.argmin())])
    there = near[mosaic.chosen[near] == rows[0]]
    if len(there):
        return mosaic, int(there[distance[there].argmin()])
    tile = _mean(mosaic.codebook.tile(rows[0]))
    cost = [float(np.linalg.norm(_mean(_under(mosaic, cell)) - tile)) for cell in near.tolist()]
    cell = int(near[int(np.argmin(cost))])
    chosen = mosaic.chosen.copy()
    chosen[cell] = rows[0]
    return replace(mosaic, chosen=chosen), cell


def with_tile(codebook: Codebook, record: ImageRecord, options: MosaicOptions, settings: Settings) -> Codebook:
    """Return a codebook that has an image as its last tile, if it does not have it yet."""
    if record in codebook.records:
        return codebook
    tile = _tile_of(record, codebook.size, options.crop, settings)
    alpha = codebook.alpha
    if alpha is not None:
        alpha = np.concatenate((alpha, np.full((1, *alpha.shape[1:]), 255, np.uint8)))
    return replace(
        codebook, records=(*codebook.records, record), rgb=np.concatenate((codebook.rgb, tile[None])), alpha=alpha,
        variants=np.append(codebook.variants, np.uint8(0)),
        rows=np.append(codebook.rows, np.int32(len(codebook.rgb))),
    )  # fmt: skip


def _tile_of(record: ImageRecord, size: tuple[int, int], crop: str, settings: Settings) -> np.ndarray:
    """An image, cropped as a tile is, (h, w, 3) uint8; it is not kept in the cache."""
    with Cache(None) as nowhere:
        return codebook_of([record], size, crop, settings=settings, cache=nowhere).rgb[0]


def _from_middle(mosaic: Mosaic) -> tuple[np.ndarray, np.ndarray]:
    """How far each cell is from the middle, as a share of the canvas, and whether it is within the canvas."""
    canvas, boxes = np.array(mosaic.cells.canvas[2:]), mosaic.cells.boxes
    distance = np.abs(centres(mosaic.cells) / canvas - 0.5).max(axis=1)
    within = (boxes[:, :2] >= 0).all(axis=1) & (boxes[:, :2] + boxes[:, 2:] <= canvas).all(axis=1)
    return distance, within


def _contrast(codebook: Codebook, tile: int) -> float:
    pixels = np.ascontiguousarray(codebook.tile(tile).reshape(-1, 1, 3))
    spread = np.asarray(to_oklab(pixels), np.float64).reshape(-1, 3).std(axis=0)
    return float(spread @ (1, 4, 4))  # a and b vary less than lightness


def _under(mosaic: Mosaic, cell: int) -> np.ndarray:
    """The part of the target that is in a cell."""
    left, top, width, height = mosaic.cells.boxes[cell].tolist()
    x, y = mosaic.cells.canvas[:2]
    return mosaic.target[max(0, y + top) : y + top + height, max(0, x + left) : x + left + width]


def _mean(pixels: np.ndarray) -> np.ndarray:
    return np.array(cv2.mean(np.ascontiguousarray(pixels))[:3])
