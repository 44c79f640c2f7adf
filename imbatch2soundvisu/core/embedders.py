"""The protocol of embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Embedder(Protocol):
    """Turns images into vectors. A frozen dataclass.

    It may also have:

    - `of_pixels(pixels) -> (d,)`, to share the planes that the features compute from one small image;
    - `stream(records, progress)`, an iterator of lists of (record, (d,) vector or ImageError), for models that decode
      larger images and process them in batches; then `embed` is used for single images only;
    - `kept = False` and `check(records)`, for vectors that the user brings: they are matched with the images in each
      run, and `check` raises ConfigError when nothing matches;
    - `prepare(progress)`, called before any work: fetches weights, raises MissingExtra or ConfigError when the
      embedding cannot run;
    - `embed_text(phrases) -> (n, d)`, in the same space as the images.
    """

    @property
    def name(self) -> str:
        """Name of the space, as in `on="look"`."""
        ...

    @property
    def key(self) -> str:
        """Name and version in the cache; may need what `prepare` fetches."""
        ...

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Return vectors whose Euclidean distances measure dissimilarity.

        Parameters
        ----------
        images : sequence of ndarray of shape (h, w, 3)
            uint8, sRGB.

        Returns
        -------
        ndarray of shape (n, d)
            float32.
        """
        ...
