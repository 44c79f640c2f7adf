"""How much people like images, by a head on their CLIP vectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from ..core import Embedder, FeatureInfo, FeatureTable, Needs
from ..core.errors import ConfigError
from ..embeddings.heads import ACTIVATIONS, Head, head
from ..features.models import given
from ..measurement.spaces import check_space, embedder_of


@dataclass(frozen=True)
class Aesthetic:
    """What a head of linear layers says of the unit vector of each image, such as how much people like it.

    Published heads are trained on the vectors of one model, which `on` must be: "sac+logos+ava1-l14-linearMSE.pth" of
    the improved aesthetic predictor, which gives marks from 1 to 10, on `Clip("ViT-L-14", "openai")`.

    Parameters
    ----------
    head : str or Path
        A file of weights (.safetensors, .pt, .pth, .bin), also by its name in MODELS: a state_dict with one or more
        linear layers, the last of them with one output.
    on : str or embedding
    activation : {"none", "relu"}
        Between the layers; published heads have none.

    Raises
    ------
    ConfigError
        For a head that cannot be used.

    References
    ----------
    Schuhmann et al., "LAION-5B", 2022, section 3.3: "LAION-Aesthetics".

    Examples
    --------
    >>> Aesthetic("marks.pth").info.name
    'marks'
    """

    head: str | Path
    on: str | Embedder = "clip"
    activation: str = "none"

    def __post_init__(self) -> None:
        if not isinstance(self.head, str | Path) or not str(self.head).strip():
            raise ConfigError(f"Aesthetic(head={self.head!r}) must be a file of weights")
        if self.activation not in ACTIVATIONS:
            raise ConfigError(
                f"Aesthetic(activation={self.activation!r}) must be {' or '.join(map(repr, ACTIVATIONS))}"
            )
        check_space(self.on)
        if embedder_of(self.on) is None:
            raise ConfigError(f"Aesthetic needs an embedding, such as on=Clip(), not on={self.on!r}")

    @property
    def needs(self) -> Needs:
        """The embedding; raises ConfigError for a head that does not exist, holds something else or does not fit."""
        layers, embedder = self._layers(), self._embedder
        self._check(layers, getattr(embedder, "n_dimensions", None))
        return Needs(embeddings=(embedder,))

    @property
    def info(self) -> FeatureInfo:
        """What the values mean."""
        return FeatureInfo(Path(self.head).stem, description="value of a head on the vectors of an embedding")

    def __call__(self, table: FeatureTable) -> np.ndarray:
        """Return the value of each image, (n,) float64; NaN without a vector."""
        points, layers = np.asarray(table.vectors[self._embedder.name], np.float64), self._layers()
        self._check(layers, points.shape[1])
        lengths = np.linalg.norm(points, axis=1, keepdims=True)
        return layers(points / np.maximum(lengths, 1e-12), self.activation)

    @property
    def _embedder(self) -> Any:
        return embedder_of(self.on)

    def _layers(self) -> Head:
        wanted_by = f"Aesthetic(head={str(self.head)!r})"
        return head(given(self.head, config.resolve(), wanted_by), wanted_by)

    def _check(self, layers: Head, n_dimensions: int | None) -> None:
        if n_dimensions not in (None, layers.n_inputs):
            raise ConfigError(
                f"Aesthetic(head={str(self.head)!r}) is for vectors of {layers.n_inputs} numbers, and those of "
                f"{self._embedder.name!r} have {n_dimensions}; on= is the embedding that the head was trained on"
            )
