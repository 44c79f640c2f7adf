"""The classes of ImageNet that `Cnn()` finds in images, from its vectors, without torch."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

import numpy as np

from .lite0_weights import arrays, weights_file

#: Length of the features before they are scaled to 1: the mean of 557 photographs. It decides how sure a class is, not
#: which class is the first.
_LENGTH = 14.7
_ROWS = 1024  # of images at a time
_SYNSETS, _LEMMAS = "imagenet_synsets.txt", "imagenet_synset_to_lemma.txt"


@functools.lru_cache(maxsize=1)
def class_names() -> tuple[str, ...]:
    """Return the names of the 1,000 classes of ImageNet, by the files of timm; () where that is not installed."""
    found = importlib.util.find_spec("timm")
    folders = [Path(each) / "data" / "_info" for each in (found.submodule_search_locations or () if found else ())]
    folder = next((each for each in folders if (each / _SYNSETS).is_file() and (each / _LEMMAS).is_file()), None)
    if folder is None:
        return ()
    lines = (folder / _LEMMAS).read_text(encoding="utf-8").splitlines()
    lemmas = dict(line.split("\t", 1) for line in lines if line)
    return tuple(short_name(lemmas[synset]) for synset in (folder / _SYNSETS).read_text(encoding="utf-8").split())


def short_name(lemmas: str) -> str:
    """Return the first lemma of a synset, or the second where that begins with the first.

    Examples
    --------
    >>> short_name("tabby, tabby cat"), short_name("cheetah, chetah, Acinonyx jubatus")
    ('tabby cat', 'cheetah')
    """
    first, *others = (each.strip() for each in lemmas.split(","))
    return next((each for each in others[:1] if each.startswith(f"{first} ")), first)


def probabilities(vectors: np.ndarray) -> np.ndarray:
    """Return the probability of each class, (n, 1000) float32, for (n, 1280) unit vectors; NaN where these are NaN."""
    path = weights_file()
    if path is None:
        return np.zeros((len(vectors), 0))
    weights = arrays(path)
    matrix, bias = _LENGTH * weights["_fc.weight"].T.astype(np.float64), weights["_fc.bias"]
    shares = np.empty((len(vectors), len(bias)), np.float32)
    for start in range(0, len(vectors), _ROWS):
        scores = vectors[start : start + _ROWS].astype(np.float64) @ matrix + bias
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares[start : start + _ROWS] = raised / raised.sum(axis=1, keepdims=True)
    return shares
