"""What an order sees of a table: its rows as points in a space, and the order of names beneath every other order."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..core import Embedder, FeatureInfo, FeatureTable, ImageRecord, Needs
from ..core.errors import ConfigError, unknown
from ..embeddings import EMBEDDINGS

#: What a person may say of a space: a name ("look", "features", a feature), an embedding, or several of these.
Space = str | Embedder | tuple[str | Embedder, ...]


def seen(table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
    """What a person sees rise and fall along a walk that no single feature drives, (n,) float64.

    Luminance where the table has it; else where each image lies between the two extremes of what varies most
    (first principal component of `first_space`, or of all features), in [0, 1].
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


def first_space(table: FeatureTable) -> str | None:
    """The vectors that say how images look where nobody named any: "look", else the first of an embedding.

    Vectors that find duplicates ("likeness...") are never meant. None where there are no others.
    """
    made = [name for name in table.embedders if name in table.vectors]
    names = made or [name for name in table.vectors if not name.startswith("likeness")]
    return "look" if "look" in names else next(iter(names), None)


def space_points(table: FeatureTable, on: Space) -> np.ndarray:
    """The rows as points whose Euclidean distances mean unlikeness, [shape=(n, d)].

    Vectors as they are; features divided by their interquartile range (standard deviation where that is 0) and held
    within ±3 of the median, circular ones on a circle of radius 1; undefined values in the middle. In a tuple, all
    features together weigh as much as each embedding. Raises ConfigError for what the table does not have.
    """
    wishes = on if isinstance(on, tuple) else (on,)
    keys = [wish if isinstance(wish, str) else _space_name(table, wish) for wish in wishes]
    spaces = [key for key in keys if key in table.vectors]
    names = [
        name for key in keys if key not in spaces for name in (sorted(table.columns) if key == "features" else [key])
    ]
    for name in names:
        if name not in table.columns:
            raise unknown("space", name, {"features", *table.vectors, *table.columns})
    if not names and not spaces:
        raise ConfigError("a path through features needs at least one feature; the table has none")
    blocks = [np.nan_to_num(table.vectors[key]) for key in spaces]
    if names:
        columns = [_feature_points(table[name], table.info.get(name, FeatureInfo(name))) for name in names]
        blocks.append(np.hstack(columns))
    return blocks[0] if len(blocks) == 1 else np.hstack([_weighed_alike(block) for block in blocks])


def check_space(on: object) -> None:
    """Raise ConfigError for what is no space: neither a name nor an embedding, nor a tuple of these."""
    wishes = on if isinstance(on, tuple) else (on,)
    for wish in wishes:
        if isinstance(wish, type):
            raise ConfigError(f"on= takes an embedding, not the class {wish.__name__}: write {wish.__name__}()")
    if not wishes or not all(isinstance(wish, str) or callable(getattr(wish, "embed", None)) for wish in wishes):
        raise ConfigError(f"on= takes a space, an embedding, a feature or a tuple of them, not {on!r}")


def space_needs(on: Space) -> Needs:
    """What must be measured to see that space."""
    wishes = on if isinstance(on, tuple) else (on,)
    known = [embedder for wish in wishes if (embedder := embedder_of(wish)) is not None]
    names = [wish for wish in wishes if isinstance(wish, str) and wish not in EMBEDDINGS and wish != "features"]
    return Needs(frozenset(names), tuple(known))


def embedder_of(on: Space) -> Any | None:
    """The embedding that a space is, by its name or as it is; None for features and mixtures."""
    if isinstance(on, str):
        return EMBEDDINGS[on]() if on in EMBEDDINGS else None
    return None if isinstance(on, tuple) else on


def space_title(on: Space) -> str:
    """What a person calls it: "look", "luminance and hue"."""
    wishes = on if isinstance(on, tuple) else (on,)
    return " and ".join(wish if isinstance(wish, str) else wish.name for wish in wishes)


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that takes digits as numbers and no notice of case: "Img2" before "img10".

    >>> sorted(["img10", "Img2", "img1"], key=natural_key)
    ['img1', 'Img2', 'img10']
    """
    parts = re.split(r"([0-9]+)", unicodedata.normalize("NFKC", name).casefold())
    return tuple((0, int(part), "") if i % 2 else (1, 0, part) for i, part in enumerate(parts))


def by_name(table: FeatureTable) -> np.ndarray:
    """Rows in the order of their names, then digests, [shape=(n,), intp]."""
    keys = [(record.name or str(record.path), record.digest) for record in table.records]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.intp)


def period(info: FeatureInfo) -> float:
    """Once round a circular feature, in its own unit: high - low, or 360 where these are open."""
    if info.low is None or info.high is None or info.high <= info.low:
        return 360.0
    return info.high - info.low


def _space_name(table: FeatureTable, embedder: Embedder) -> str:
    """The vectors of an embedding: by its name, or else by its key in the cache."""
    name = str(getattr(embedder, "name", embedder.key))
    return embedder.key if name not in table.vectors and embedder.key in table.vectors else name


def _weighed_alike(points: np.ndarray) -> np.ndarray:
    """Scaled to a total variance of 1, so that no block of a mixed space drowns the others."""
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


def find_image(table: FeatureTable, wish: str | int | None, role: str) -> int | None:
    """The row a start or end means, in a table in the order of names."""
    if wish is None:
        return None
    if isinstance(wish, str):
        for name_of in (_full_name, _label):
            rows = [row for row, record in enumerate(table.records) if name_of(record) == wish]
            if len(rows) == 1:
                return rows[0]
            if rows:
                raise ConfigError(f"{role}={wish!r} names {len(rows)} images: give the path in the collection")
        names = [_full_name(record) for record in table.records]
        near = get_close_matches(wish, names, 5, 0.4) or names[:5]
        raise ConfigError(f"{role} image {wish!r} is not among the {len(names)} images; there are {', '.join(near)} …")
    if not -len(table) <= wish < len(table):
        raise ConfigError(f"{role}={wish} is no image's number: there are 0 to {len(table) - 1}")
    return int(wish) % len(table)


def _full_name(record: ImageRecord) -> str:
    return record.name or str(record.path)


def _label(record: ImageRecord) -> str:
    return record.label
