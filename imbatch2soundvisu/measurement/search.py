"""Search by a phrase or by another image."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..core import Criterion, FeatureInfo, FeatureTable, ImageSequence
from ..core.errors import ConfigError
from .probes import probe


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


def search(table: FeatureTable, query: str | Path, n: int = 12, on: str | None = None) -> ImageSequence:
    """Return the images most similar to a phrase or to another image.

    Parameters
    ----------
    table : FeatureTable
        Measured with an embedding: `measure(collection, embeddings=[Clip()])`.
    query : str or Path
        A phrase such as "red door", or the path of an image.
    n : int
        Number of images.
    on : str, optional
        The embedding to search in. Default: the first with a text encoder for a phrase, the first for an image.

    Returns
    -------
    ImageSequence
        The most similar image first. Its values are cosine similarities in [-1, 1].

    Raises
    ------
    ConfigError
        If no embedding of the table fits the query.
    KeyError
        If the table has no embedding named `on`.
    """
    space = on or _space_for(table, query)
    target = np.asarray(query_vector(table, space, query), np.float64)
    vectors = np.asarray(table.vectors[space], np.float64)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(target)
    similarity = vectors @ target / np.where(lengths > 0, lengths, np.inf)
    rows = np.argsort(np.where(np.isfinite(similarity), -similarity, np.inf), kind="stable")[:n]
    info = FeatureInfo(f"like “{query.name if isinstance(query, Path) else query}”", "", -1.0, 1.0)
    unrated = Criterion("nothing", 0.0, 0.0, 0.0, 0.0, 0.0)
    return ImageSequence(f"search: {query}", table.select(rows), similarity[rows], info, unrated, by=info.name)


def _space_for(table: FeatureTable, query: str | Path) -> str:
    """The first embedding that can embed the query."""
    if isinstance(query, Path):
        spaces = list(table.embedders)
    else:
        spaces = [name for name, embedder in table.embedders.items() if hasattr(embedder, "embed_text")]
    if not spaces:
        kind = "an embedding" if isinstance(query, Path) else "an embedding with a text encoder"
        raise ConfigError(f"search() needs {kind}: measure(collection, embeddings=[Clip()])")
    return spaces[0]
