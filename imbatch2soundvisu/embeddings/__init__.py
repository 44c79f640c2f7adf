"""Embeddings: vectors whose Euclidean distances measure how different two images are.

`Look` computes them from colours, edges and texture; `Clip` and `Cnn` use pretrained networks; `Vectors` reads them
from a file.
"""

from __future__ import annotations

from .clip import Clip
from .cnn import Cnn
from .look import Look
from .registry import EMBEDDINGS
from .saved import load_embeddings, save_embeddings
from .vectors import Vectors

__all__ = ["EMBEDDINGS", "Clip", "Cnn", "Look", "Vectors", "load_embeddings", "save_embeddings"]
