"""Rows of a table as points of a space, and the order of names that decides between equal rows."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..core import Embedder, FeatureInfo, FeatureTable, ImageRecord, Needs
from ..core.errors import ConfigError, unknown
from ..core.image_names import ImageNames
from ..core.registry import required_parameters
from ..embeddings import EMBEDDINGS
from ..features.passes import Pass, pass_name, space_pass
from .automatic import AUTO, auto_embedding, first_space

#: A space: a name ("auto", "look", "pose", "features", a feature), an embedding, a pass with vectors, or several.
Space = str | Embedder | Pass | tuple[str | Embedder | Pass, ...]


def default_driver(table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
    """Return the values shown and played along a path that no single feature drives.

    Parameters
    ----------
    table : FeatureTable

    Returns
    -------
    values : ndarray, shape (n,), float64
        Luminance where the table has it. Else the first principal component, scaled to [0, 1], of `first_space`, or
        of all features.
    info : FeatureInfo
    """
    if "luminance" in table.columns:
        return table["luminance"], table.info.get("luminance", FeatureInfo("luminance"))
    info = FeatureInfo("main variation", "share", 0.0, 1.0, description="first principal component, from 0 to 1")
    space = first_space(table)
    if not len(table) or not (space or table.columns):
        return np.zeros(len(table)), info
    points = space_points(table, space or "features").astype(np.float64)
    points = points - points.mean(axis=0)
    axis = np.linalg.eigh(points.T @ points)[1][:, -1]
    scores = points @ (axis * np.sign(axis[np.argmax(np.abs(axis))]))
    span = float(np.ptp(scores))
    return (scores - scores.min()) / span if span > 0 else np.zeros(len(table)), info


def space_points(table: FeatureTable, on: Space) -> np.ndarray:
    """Return the rows of a table as points whose Euclidean distances measure how different the images are.

    Vectors are used as they are. Features are divided by their interquartile range (standard deviation where that is
    0) and clipped to ±3 of the median, circular ones are on a circle of radius 1, undefined values in the middle. In a
    tuple, all features together weigh as much as each embedding.

    Parameters
    ----------
    table : FeatureTable
    on : Space

    Returns
    -------
    ndarray, shape (n, d)

    Raises
    ------
    ConfigError
        For a space that the table does not have.
    """
    keys = space_names(table, on)
    spaces = [key for key in keys if key in table.vectors]
    names = [
        name for key in keys if key not in spaces for name in (sorted(table.columns) if key == "features" else [key])
    ]
    for name in names:
        if name not in table.columns:
            if space_pass(name) is not None:
                raise ConfigError(f"the pass {name!r} found nothing in any image, so that no image has a vector")
            raise unknown("space", name, {"features", *table.vectors, *table.columns})
    if not names and not spaces:
        raise ConfigError("a path through features needs at least one feature; the table has none")
    blocks = [_finite(table.vectors[key]) for key in spaces]
    if names:
        columns = [_feature_points(table[name], table.info.get(name, FeatureInfo(name))) for name in names]
        blocks.append(np.hstack(columns))
    return blocks[0] if len(blocks) == 1 else np.hstack([_unit_variance(block) for block in blocks])


def _finite(vectors: np.ndarray) -> np.ndarray:
    """The vectors themselves, not to be written to, where all are finite; else a copy with 0 for what is not."""
    if not np.isfinite(vectors).all():
        return np.nan_to_num(vectors)
    shared = vectors.view()
    shared.flags.writeable = False
    return shared


def space_names(table: FeatureTable, on: Space) -> list[str]:
    """Return the names that the members of a space have in a table."""
    return [each if isinstance(each, str) else _space_name(table, each) for each in chosen_members(table, on)]


def chosen_members(table: FeatureTable, on: Space) -> tuple[str | Embedder | Pass, ...]:
    """Return the members of a space, with the vectors of the table that "auto" stands for: "cnn", "look"."""
    members = on if isinstance(on, tuple) else (on,)
    return tuple((first_space(table) or "features") if each == AUTO else each for each in members)


def check_space(on: object) -> None:
    """Raise ConfigError for what is not a space: a name, an embedding, or a tuple of these."""
    members = on if isinstance(on, tuple) else (on,)
    for each in members:
        if isinstance(each, np.ndarray):
            raise ConfigError(
                f"on= takes a space, not an array of {each.shape}: write it with the paths of its images, by "
                'save_embeddings("my.npz", paths, array), and give on=Vectors("my.npz")'
            )
        if isinstance(each, type):
            raise ConfigError(f"on= takes an embedding, not the class {each.__name__}: write {each.__name__}()")
    if not members or not all(isinstance(each, str) or _has_vectors(each) for each in members):
        raise ConfigError(f"on= takes a space, an embedding, a feature or a tuple of them, not {on!r}")


def _has_vectors(each: object) -> bool:
    return callable(getattr(each, "embed", None)) or space_pass(each) is not None


def space_needs(on: Space) -> Needs:
    """Return what must be measured for a space."""
    members = on if isinstance(on, tuple) else (on,)
    embedders = [embedder for each in members if (embedder := embedder_of(each)) is not None]
    others = [each for each in members if embedder_of(each) is None and each != "features"]
    passes = tuple(each for each in others if space_pass(each) is not None)
    names = frozenset(each for each in others if isinstance(each, str) and each not in passes)
    return Needs(names, tuple(embedders), passes=passes)


def embedder_of(on: Space) -> Any | None:
    """Return the embedding of a space, given by its name or as an instance; None for features, passes and tuples."""
    if on == AUTO:
        return auto_embedding()
    if isinstance(on, str):
        registered = on in EMBEDDINGS and not required_parameters(EMBEDDINGS[on])
        return EMBEDDINGS.resolve(on) if registered else None
    return None if isinstance(on, tuple) or space_pass(on) is not None else on


def space_title(on: Space, table: FeatureTable | None = None) -> str:
    """Return the name of a space for display: of "auto", what that stands for, in the table if there is one.

    Examples
    --------
    >>> space_title(("luminance", "hue"))
    'luminance and hue'
    """
    members = chosen_members(table, on) if table is not None else on if isinstance(on, tuple) else (on,)
    named = [auto_embedding() if each == AUTO else each for each in members]
    return " and ".join(each if isinstance(each, str) else _title(each) for each in named)


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that compares digits as numbers and ignores case.

    Examples
    --------
    >>> sorted(["img10", "Img2", "img1"], key=natural_key)
    ['img1', 'Img2', 'img10']
    """
    parts = re.split(r"([0-9]+)", unicodedata.normalize("NFKC", name).casefold())
    return tuple((0, int(part), "") if i % 2 else (1, 0, part) for i, part in enumerate(parts))


def by_name(table: FeatureTable) -> np.ndarray:
    """Return the rows in the order of their names, then digests, (n,) intp."""
    keys = [(_full_name(record), record.digest) for record in table.records]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.intp)


def period(info: FeatureInfo) -> float:
    """Return the period of a circular feature, in its own unit: high - low, or 360 where these are open.

    Examples
    --------
    >>> period(FeatureInfo("hour", "h", 0, 24, circular=True))
    24
    """
    if info.low is None or info.high is None or info.high <= info.low:
        return 360.0
    return info.high - info.low


def find_image(table: FeatureTable, query: str | int | None, role: str) -> int | None:
    """Return the row of an image.

    Parameters
    ----------
    table : FeatureTable
        In the order of names.
    query : str, int or None
        A path in the collection, a file name, or a row; see `ImageNames`.
    role : str
        For the message: "start".

    Raises
    ------
    ConfigError
        For an unknown image, with similar names; for a file name that several images have.
    """
    if query is None:
        return None
    if isinstance(query, str):
        return _row_named(table, query, role)
    if not -len(table) <= query < len(table):
        raise ConfigError(f"{role}={query} is not a row: the images have the numbers 0 to {len(table) - 1}")
    return int(query) % len(table)


def _row_named(table: FeatureTable, query: str, role: str) -> int:
    rows = ImageNames(table.records).rows(query)
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise ConfigError(f"{role}={query!r} names {len(rows)} images: give the path in the collection")
    names = [_full_name(record) for record in table.records]
    near = get_close_matches(query, names, 5, 0.4) or names[:5]
    raise ConfigError(f"{role} image {query!r} is not among the {len(names)} images; there are {', '.join(near)} …")


def _title(each: Any) -> str:
    return pass_name(each) if space_pass(each) is not None else str(each.name)


def _space_name(table: FeatureTable, embedder: Any) -> str:
    """The vectors of an embedding: by its name, or else by its key in the cache; those of a pass by its name."""
    if space_pass(embedder) is not None:
        return pass_name(embedder)
    name = str(getattr(embedder, "name", embedder.key))
    return embedder.key if name not in table.vectors and embedder.key in table.vectors else name


def _unit_variance(points: np.ndarray) -> np.ndarray:
    """Scaled to a total variance of 1, so that each block of a mixed space weighs the same."""
    spread = float(np.sqrt(points.var(axis=0, dtype=np.float64).sum()))
    return points / spread if spread > 0 else points


def _feature_points(values: np.ndarray, info: FeatureInfo) -> np.ndarray:
    values = np.asarray(values, np.float64)
    defined = np.isfinite(values)
    if info.circular:
        angle = np.where(defined, values, 0.0) * (2 * np.pi / period(info))
        return np.column_stack([np.cos(angle), np.sin(angle)]) * defined[:, None]
    if not defined.any():
        return np.zeros((len(values), 1))
    low, middle, high = np.percentile(values[defined], [25, 50, 75])
    scale = (high - low) or float(values[defined].std())
    scaled = np.where(defined, values, middle) - middle
    return np.clip(scaled / scale, -3.0, 3.0)[:, None] if scale > 0 else np.zeros((len(values), 1))


def _full_name(record: ImageRecord) -> str:
    return record.name or str(record.path)
