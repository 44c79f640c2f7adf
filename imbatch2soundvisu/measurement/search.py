"""Search by a phrase, by an image of the table, by another image or by pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..core import Criterion, FeatureInfo, FeatureTable, ImageRecord, Needs, SearchResult
from ..core.errors import ConfigError, unknown
from ..core.image_names import IMAGE_ENDINGS, ImageNames, is_file
from ..core.methods import METHODS
from ..embeddings import EMBEDDINGS, Look
from .completing import completed
from .probes import pixels_vector, probe
from .spaces import Space, check_space, embedder_of, first_space, space_needs, space_points, space_title

#: What can be searched for.
Query = str | Path | ImageRecord | np.ndarray
_UNRATED = Criterion("nothing", 0.0, 0.0, 0.0, 0.0, 0.0)


def query_vector(table: FeatureTable, space: str, query: str | Path) -> np.ndarray:
    """Return a phrase, or an image outside the table, as a vector of a space.

    Parameters
    ----------
    table : FeatureTable
        A table with an embedding named `space`.
    space : str
        Name of the embedding.
    query : str or Path
        A phrase, or the path of an image. What the table has in `probes` is looked up, the rest is embedded now.

    Returns
    -------
    ndarray of shape (d,)
        float32.

    Raises
    ------
    KeyError
        If the table has no such embedding.
    ConfigError
        If the embedding has no text encoder, or the image cannot be decoded.
    """
    known = table.probes.get((space, str(query)))
    if known is not None:
        return known
    if space not in table.embedders:
        raise KeyError(f"no embedding {space!r}; choose from: {', '.join(table.embedders)}")
    return probe(table.embedders[space], query)


@METHODS.register("search")
def search(table: FeatureTable, query: Query, n: int = 12, on: Any = None) -> SearchResult:
    """Return the images most similar to a phrase or to an image; also `table.search(query)`.

    Parameters
    ----------
    table : FeatureTable
    query : str, Path, ImageRecord or ndarray
        The name of an image of the table or the path of any other image; pixels, (h, w, 3) uint8; a vector of the
        space, (d,); else a phrase such as "red door". A text that ends like an image file is never a phrase; where
        the embedding reads no text, an image may be named without its folder and extension.
    n : int
        Number of images.
    on : str or embedding, optional
        The embedding to search in; one that was not measured is measured now. Default: for a phrase the first of the
        table with a text encoder; else "look", or the first of the table.

    Returns
    -------
    SearchResult
        The most similar image first. Its values are cosine similarities in [-1, 1].

    Raises
    ------
    ConfigError
        If no embedding fits the query, or an image cannot be decoded.
    """
    found = _resolved(table, query, on)
    title = _title(table, found)
    table, space = _searched(table, found, on)
    target = np.asarray(_target(table, space, found), np.float64)
    vectors = np.asarray(table.vectors[space], np.float64)
    if target.shape != vectors.shape[1:]:
        raise ConfigError(f"search() needs a vector of {vectors.shape[1]} numbers in {space!r}, not {target.shape}")
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(target)
    similarity = vectors @ target / np.where(lengths > 0, lengths, np.inf)
    info = FeatureInfo(f"similarity to {title}", "", -1.0, 1.0, description="cosine similarity")
    return _result(table, similarity, -similarity, n, info, (f"for {title}", space))


@METHODS.register("neighbours")
def neighbours(table: FeatureTable, image: str | int | ImageRecord, n: int = 12, on: Any = None) -> SearchResult:
    """Return the images of a table nearest to one of them, without itself; also `table.neighbours(image)`.

    Parameters
    ----------
    table : FeatureTable
    image : str, int or ImageRecord
        Its name (see `ImageNames`), row or record.
    n : int
        Number of images.
    on : str, embedding or tuple, optional
        A space: "look", an embedding, a feature, "features", or a tuple of these; what was not measured is measured
        now. Default: "look", or the first embedding of the table.

    Returns
    -------
    SearchResult
        The nearest image first. Its values are Euclidean distances in the space, from 0.

    Raises
    ------
    ConfigError
        For an image or a space that is unknown, and for an image without a vector.
    """
    space: Space = first_space(table) or "look" if on is None else on
    check_space(space)
    needs = space_needs(space)
    known = Needs(frozenset(name for name in needs.features if name not in table.vectors), needs.embeddings)
    table = completed(table, known)
    row = _row(table, image)
    points = space_points(table, space).astype(np.float64)
    distances = np.linalg.norm(points - points[row], axis=1)
    for name in (space_title(each) for each in (space if isinstance(space, tuple) else (space,))):
        if name in table.vectors:
            distances[~np.isfinite(table.vectors[name]).all(axis=1)] = np.nan
    if not np.isfinite(distances[row]):
        raise ConfigError(f"the image {table.names[row]!r} has no vector in {space_title(space)}: choose another one")
    distances[row] = np.nan
    title = f"“{table.records[row].label}”"
    info = FeatureInfo(f"distance from {title}", "", 0.0, description="Euclidean distance")
    return _result(table, distances, distances, n, info, (f"neighbours of {title}", space_title(space)))


def _result(
    table: FeatureTable, values: np.ndarray, keys: np.ndarray, n: int, info: FeatureInfo, title: tuple[str, str]
) -> SearchResult:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ConfigError(f"n={n!r} must be a whole number of images, from 1")
    rows = np.argsort(np.where(np.isfinite(keys), keys, np.inf), kind="stable")[:n]
    rows = rows[np.isfinite(keys[rows])]
    return SearchResult(title[0], table.select(rows), values[rows], info, _UNRATED, by=f"{info.name} in {title[1]}")


def _resolved(table: FeatureTable, query: Query, on: Any) -> int | str | Path | np.ndarray:
    """A row of the table, a phrase, the path of an image elsewhere, pixels or a vector."""
    if isinstance(query, np.ndarray):
        return query
    if isinstance(query, ImageRecord):
        return _row(table, query)
    if not isinstance(query, str | Path) or not str(query).strip():
        raise ConfigError(f"search() takes a phrase, the name or path of an image, or pixels, not {query!r:.60}")
    is_name = isinstance(query, Path) or query.casefold().endswith(IMAGE_ENDINGS)
    named = ImageNames(table.records, table.skipped)
    rows = named.rows(query, loose=is_name or not _reads_text(table, on))
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise ConfigError(f"search(): {named.problem(query)}")
    path = Path(query).expanduser()
    if is_file(path):
        return path
    if is_name:
        raise ConfigError(f"search(): {named.problem(query)} There is no such file either")
    return str(query)


def _readers(table: FeatureTable) -> list[str]:
    """The embeddings of a table that have a text encoder."""
    return [name for name, each in table.embedders.items() if hasattr(each, "embed_text")]


def _reads_text(table: FeatureTable, on: Any) -> bool:
    """Whether a word that is no whole file name may be a phrase, since what is searched has a text encoder."""
    if on is None:
        return bool(_readers(table))
    return isinstance(on, str) and on in _readers(table) or hasattr(embedder_of(on), "embed_text")


def _searched(table: FeatureTable, query: int | str | Path | np.ndarray, on: Any) -> tuple[FeatureTable, str]:
    """The table with the vectors to search in, and their name."""
    if on is None:
        if not isinstance(query, str):
            space = first_space(table)
            return (table, space) if space else (completed(table, Needs(embeddings=(Look(),))), "look")
        readers = _readers(table)
        if not readers:
            raise ConfigError(
                f"search({query!r}): no image has this name, and for a phrase no embedding of the table has a "
                f"text encoder: table.search({query!r}, on=Clip()) measures one that has"
            )
        return table, readers[0]
    check_space(on)
    if isinstance(on, str) and on in table.vectors:
        return table, on
    embedder = embedder_of(on)
    if embedder is None:
        raise unknown("embedding", on, {*table.embedders, *EMBEDDINGS.without_parameters()})
    if isinstance(query, str) and not hasattr(embedder, "embed_text"):
        raise ConfigError(
            f"search({query!r}, on={embedder.name!r}): this embedding has no text encoder; Clip() has one"
        )
    return completed(table, Needs(embeddings=(embedder,))), embedder.name


def _target(table: FeatureTable, space: str, query: int | str | Path | np.ndarray) -> np.ndarray:
    if isinstance(query, int):
        vector = table.vectors[space][query]
        if not np.isfinite(vector).all():
            raise ConfigError(f"the image {table.names[query]!r} has no vector in {space}: choose another one")
        return np.asarray(vector)
    if isinstance(query, np.ndarray):
        return query if query.ndim == 1 else pixels_vector(table.embedders[space], query)
    return query_vector(table, space, query)


def _row(table: FeatureTable, image: str | Path | int | ImageRecord) -> int:
    if isinstance(image, ImageRecord):
        rows = [row for row, record in enumerate(table.records) if record.digest == image.digest]
        if not rows:
            raise ConfigError(f"the image {image.name!r} is not in the table")
        return next((row for row in rows if table.records[row].name == image.name), rows[0])
    if isinstance(image, str | Path):
        return ImageNames(table.records, table.skipped).row(image, "neighbours(): ")
    if isinstance(image, bool) or not isinstance(image, int | np.integer):
        raise ConfigError(f"an image is given by its name, row or record, not as {image!r:.60}")
    if not -len(table) <= image < len(table):
        raise ConfigError(f"{image} is not a row: the images have the numbers 0 to {len(table) - 1}")
    return int(image) % len(table)


def _title(table: FeatureTable, query: int | str | Path | np.ndarray) -> str:
    if isinstance(query, np.ndarray):
        return "a vector" if query.ndim == 1 else "pixels"
    name = table.records[query].label if isinstance(query, int) else query.name if isinstance(query, Path) else query
    return f"“{name}”"
