"""From images to features, to places on a map, to cells of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ... import config
from ...clustering import PCA, TSNE
from ...core import FeatureTable, Progress, silent
from ...core.errors import ConfigError
from ...core.text import plural
from ...measurement import measure_for
from ...measurement.spaces import check_space, space_needs, space_points, space_title
from ...runtime.cache import Cache
from ...runtime.ownership import guarding
from ..grid_tables import read_points_csv, rows_of, write_places
from ..grids import METHODS, make_grid
from ..shapes import usable_cells
from .files import check_free, features_path, images_of, read_features, skipped_lines, write_features


def images_to_features(
    images: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    pca: int = 256,
    on: str = "auto",
    progress: Progress = silent,
) -> list[str]:
    """Write the features of images.

    Parameters
    ----------
    images : str or sequence of str
        A pattern, such as "images/*.jpg"; files; a folder; or a .txt list.
    out : str
        The file, .npz; in place of a pickle (.p.bz2), one of the same name with .npz is written.
    pca : int
        Reduce features to so many principal components.
    on : str
        The space: "auto", "cnn", "look", "clip", "features" or a feature.
    progress : callable
        `progress(stage, done, total)`.

    Returns
    -------
    list of str
        What was written, for display.

    Raises
    ------
    ConfigError
        For values that are not possible, and when no image can be used.
    """
    if pca < 1:
        raise ConfigError(f"pca={pca} must be at least 1")
    check_space(on)
    path, settings = features_path(out), config.resolve()
    check_free(path)
    with Cache(settings.cache) as cache:
        collection = images_of(images, settings, progress)
        table = measure_for(collection, space_needs(on), cache=cache, settings=settings, progress=progress)
    vectors = space_points(table, on)
    notes: tuple[str, ...] = ()
    if vectors.shape[1] > pca:
        vectors, notes = PCA(pca).reduce(vectors)
    with guarding(path.parent):
        write_features(path, vectors, _names(table))
    instead = " (in place of a pickle)" if path != Path(out).expanduser() else ""
    what = f"{plural(len(vectors), 'image')} by {space_title(on, table)}, {vectors.shape[1]} numbers each"
    return [f"Wrote {path}{instead}: {what}", *(f"  {each}" for each in notes), *skipped_lines(collection)]


def _names(table: FeatureTable) -> list[str]:
    """Paths of the images, relative to the folder that the command is in where they are below it."""
    here, paths = Path.cwd(), [Path(record.path).absolute() for record in table.records]
    return [(path.relative_to(here) if path.is_relative_to(here) else path).as_posix() for path in paths]


def features_to_tsne(
    features: str | Path,
    out: str | Path,
    *,
    jobs: int | None = None,
    perplexity: float = 30.0,
    seed: int = 0,
    header: bool = True,
    progress: Progress = silent,
) -> list[str]:
    """Write places of images on a map by t-SNE.

    Parameters
    ----------
    features : str
        The file of features.
    out : str
        The CSV file: name, x, y.
    jobs : int, optional
        Threads; chosen by the number of images when None.
    perplexity : float
        About how many neighbours an image has.
    seed : int
        Of the map.
    header : bool
        Write names and a header; without, two numbers a row.
    progress : callable
        Not called: t-SNE does not say how far it is.

    Returns
    -------
    list of str
        What was written, for display.
    """
    path, found = _csv(out), read_features(features)
    check_free(path)
    points, notes = TSNE(perplexity, jobs=jobs).reduce(found.vectors, seed)
    with guarding(path.parent):
        write_places(path, ["x", "y"] if header else [], list(points.T), found.names or None)
    return [f"Wrote {path}: {plural(len(points), 'image')}", *(f"  {each}" for each in notes)]


def tsne_to_grid(
    points: str | Path,
    out: str | Path,
    *,
    grid: str | None = None,
    method: str = "assigned",
    features: str | Path | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> list[str]:
    """Write cells of a grid for images that have places on a map.

    Parameters
    ----------
    points : str
        The CSV file of places: x, y with a header, or two numbers a row.
    out : str
        The CSV file: name, x, y, col, row. For places without a header, two numbers a row: column and row.
    grid : str, optional
        Columns and rows, such as "114x116"; "circle", a text or an image; the smallest square when None.
    method : {"assigned", "sorted", "sorted-map", "best"}
        Places moved to the nearest cells; or sorted, by the features where they are given.
    features : str, optional
        The file of features, which says how alike images are.
    seed : int
        Of the search.
    progress : callable
        Not called.

    Returns
    -------
    list of str
        What was written, for display.
    """
    path, table = _csv(out), read_points_csv(Path(points).expanduser())
    check_free(path)
    if not np.isfinite(table.places).all():
        raise ConfigError(f"{points}: every image needs a place; some rows are empty")
    vectors = table.places if features is None else _vectors(features, table.names, len(table.places))
    usable = usable_cells(len(vectors), grid)
    made = make_grid(vectors, usable, points=table.places, method=method, seed=seed)
    columns, values = ["x", "y", "col", "row"], [*table.places.T, *made.cells.T]
    with guarding(path.parent):
        write_places(path, columns if table.header else [], values if table.header else values[2:], table.names)
    of = "places on the map" if features is None else "features"
    found, random = made.quality["grid"], made.quality["random"]
    quality = f"DPQ16, how well neighbours are alike by the {of}: {found:.3f}, random {random:.3f}"
    shape = f"{usable.shape[1]} × {usable.shape[0]} cells, {METHODS[made.method]}"
    return [f"Wrote {path}: {plural(len(vectors), 'image')} on {shape}; {quality}"]


def _vectors(path: str | Path, names: tuple[str, ...] | None, count: int) -> np.ndarray:
    """Features in the order of the images of a table."""
    found = read_features(path)
    if names is None or not found.names:
        if len(found.vectors) != count:
            raise ConfigError(f"{path}: features of {len(found.vectors)} images for {count} places")
        return found.vectors
    rows = rows_of(found.names, names, str(path))
    if (rows < 0).any():
        raise ConfigError(f"{path}: has no features of {names[int(np.argmin(rows))]}")
    return found.vectors[rows]


def _csv(path: str | Path) -> Path:
    path = Path(path).expanduser()
    if path.suffix.lower() != ".csv":
        raise ConfigError(f"{path}: the ending must be .csv")
    return path
