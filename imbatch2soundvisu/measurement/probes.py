"""Phrases, and images outside the collection, as vectors of an embedding."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from ..config import Settings
from ..core import Embedder, ImageRecord, Probe, silent
from ..core.errors import ConfigError, ImageError
from ..runtime.cache import Cache
from .jobs import vector_of
from .known import NoCache
from .request import has_stream, is_cached, settings_key


def probe(embedder: Embedder, query: str | Path, settings: Settings | None = None) -> np.ndarray:
    """Return a phrase or an image as a vector of an embedding.

    Parameters
    ----------
    embedder : Embedder
    query : str or Path
        A phrase, or the path of an image anywhere.
    settings : Settings, optional
        None: `config.resolve()`.

    Returns
    -------
    ndarray, shape (d,), float32

    Raises
    ------
    ConfigError
        When the embedding has no text encoder, or the image cannot be decoded.
    """
    if isinstance(query, str):
        encode = getattr(embedder, "embed_text", None)
        if encode is None:
            raise ConfigError(f"the embedding {embedder.name!r} has no text encoder; Clip() has one")
        return np.asarray(encode([query])[0], np.float32)
    try:
        return np.asarray(_image_vector(embedder, query, settings or config.resolve()), np.float32)
    except ImageError as error:
        raise ConfigError(f"{query} cannot be used as an image: {error}") from error


def probe_vectors(
    probes: Sequence[Probe], cache: Cache | NoCache, settings: Settings
) -> dict[tuple[str, str], np.ndarray]:
    """Return the vectors of probes by their keys, cached by the text of a phrase and the content of an image."""
    found: dict[tuple[str, str], np.ndarray] = {}
    for each in probes:
        if isinstance(each.query, Path) and not is_cached(each.embedder):
            continue  # user-supplied vectors are those of the collection's own images
        key, digest = _cache_key(each, settings)
        vector = cache.vectors(key, [digest]).get(digest)
        if vector is None:
            vector = probe(each.embedder, each.query, settings)
            cache.put_vectors(key, {digest: vector})
        found[each.key] = vector
    return found


def _cache_key(each: Probe, settings: Settings) -> tuple[str, str]:
    key, content = f"{each.embedder.key}@probe", str(each.query).encode()
    if isinstance(each.query, Path):
        try:
            content = each.query.read_bytes()
        except OSError as error:
            raise ConfigError(f"{each.query} cannot be read: {error.strerror or error}") from error
        key += f"-image@{settings_key(settings)}"
    return key, hashlib.blake2b(content, digest_size=16).hexdigest()


def pixels_vector(embedder: Any, pixels: np.ndarray, settings: Settings | None = None) -> np.ndarray:
    """Return an image in memory as a vector of an embedding.

    Parameters
    ----------
    embedder : Embedder
    pixels : ndarray of shape (h, w, 3) or (h, w)
        uint8, sRGB or grey.
    settings : Settings, optional
        None: `config.resolve()`.

    Returns
    -------
    ndarray, shape (d,), float32

    Raises
    ------
    ConfigError
        For other arrays.
    """
    import cv2

    if (
        pixels.dtype != np.uint8
        or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3))
        or not pixels.size
    ):
        shape = " x ".join(map(str, pixels.shape))
        raise ConfigError(f"an image in memory is (h, w, 3) uint8, sRGB, not {shape} {pixels.dtype}")
    rgb = np.ascontiguousarray(pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2))
    if has_stream(embedder):
        return np.asarray(embedder.embed([rgb])[0], np.float32)
    from ..features import Pixels

    height, width = rgb.shape[:2]
    scale = (settings or config.resolve()).measure_size / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    record = ImageRecord(Path("pixels"), "", width, height, name="the pixels")
    return vector_of(embedder, Pixels(rgb, width, height), record)


def _image_vector(embedder: Any, path: Path, settings: Settings) -> np.ndarray:
    """The vector of an image file. Raises ImageError."""
    record = ImageRecord(path, f"{path}", 0, 0, name=path.name)
    if has_stream(embedder):
        [(_, vector)] = [pair for batch in embedder.stream([record], silent) for pair in batch]
        if isinstance(vector, ImageError):
            raise vector
        return vector
    from ..datasets import images
    from ..features import Pixels

    decoded = images.decode(path, settings.measure_size, images.Decoding.of(settings))
    return vector_of(embedder, Pixels(decoded.rgb, decoded.width, decoded.height), record)
