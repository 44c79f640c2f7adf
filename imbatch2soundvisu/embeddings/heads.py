"""Heads: small networks on the vectors of an embedding, from a file of weights."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import ConfigError
from ..runtime import weights
from ..runtime.digests import file_digest

#: What may stand between the layers of a head.
ACTIVATIONS = ("none", "relu")


@dataclass(frozen=True, eq=False)
class Head:
    """Layers from vectors to one number.

    Parameters
    ----------
    layers : tuple of (ndarray, ndarray)
        Of each layer the weights, (outputs, inputs), and the bias, (outputs,), float64.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]

    @property
    def n_inputs(self) -> int:
        """How many numbers a vector must have."""
        return int(self.layers[0][0].shape[1])

    def __call__(self, vectors: np.ndarray, activation: str = "none") -> np.ndarray:
        """Return the value of each vector, (n, d), as (n,) float64.

        Parameters
        ----------
        vectors : ndarray of shape (n, d)
        activation : {"none", "relu"}
            Applied to the output of every layer but the last.

        Examples
        --------
        >>> Head(((np.array([[1.0, -2.0]]), np.array([0.5])),))(np.array([[3.0, 1.0]])).tolist()
        [1.5]
        """
        values = np.asarray(vectors, np.float64)
        for i, (weight, bias) in enumerate(self.layers):
            values = values @ weight.T + bias
            if activation == "relu" and i + 1 < len(self.layers):
                values = np.maximum(values, 0)
        return values[:, 0]


def head(path: Path, wanted_by: str) -> Head:
    """Return the head in a file of weights.

    Parameters
    ----------
    path : Path
        A state_dict whose names end with "weight" and "bias", as "layers.0.weight"; layers in the order of the numbers
        in their names. One layer may be "weight" and "bias" alone.
    wanted_by : str
        For messages.

    Raises
    ------
    ConfigError
        For what holds no head: with the layer that does not fit.
    """
    return _head(path, file_digest(path), wanted_by)


@functools.lru_cache(maxsize=8)
def _head(path: Path, digest: str, wanted_by: str) -> Head:
    """digest : of the file, so that a changed one is read again."""
    weights.require("torch", wanted_by)
    state = {name: value.float().numpy().astype(np.float64) for name, value in weights.read(path, wanted_by).items()}
    names = sorted((name for name in state if name.endswith("weight")), key=_numbers)
    if not names or any(state[name].ndim != 2 for name in names):
        raise ConfigError(f"{wanted_by}: {path} is no head of linear layers; it has: {', '.join(list(state)[:6])}")
    layers: list[tuple[np.ndarray, np.ndarray]] = []
    for name in names:
        weight = state[name]
        bias = state.get(f"{name.removesuffix('weight')}bias", np.zeros(len(weight)))
        before = len(layers[-1][0]) if layers else weight.shape[1]
        if weight.shape[1] != before or bias.shape != (len(weight),):
            raise ConfigError(
                f"{wanted_by}: in {path} the layer {name} is {weight.shape[0]} × {weight.shape[1]} with "
                f"{bias.size} biases, after a layer of {before} outputs"
            )
        layers.append((weight, bias))
    if len(layers[-1][0]) != 1:
        raise ConfigError(f"{wanted_by}: {path} gives {len(layers[-1][0])} numbers for each image, not one")
    return Head(tuple(layers))


def _numbers(name: str) -> list[int]:
    """The numbers in a name, by which "layers.10" comes after "layers.9"."""
    return [int(each) for each in re.findall(r"\d+", name)]
