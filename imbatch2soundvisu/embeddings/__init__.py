"""Vectors whose distances mean how unlike two images are: computed, learnt by others, or brought along."""

from __future__ import annotations

from .clip import Clip
from .cnn import Cnn
from .look import Look
from .saved import load_embeddings, save_embeddings
from .vectors import Vectors

__all__ = ["EMBEDDINGS", "Clip", "Cnn", "Look", "Vectors", "load_embeddings", "save_embeddings"]

#: Every embedding that needs to be told nothing, by the name that `on=` takes.
EMBEDDINGS: dict[str, type] = {"look": Look, "clip": Clip, "cnn": Cnn}
