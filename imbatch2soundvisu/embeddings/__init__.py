"""Vectors whose distances mean how unlike two pictures are: computed, learnt by others, or brought along."""

from __future__ import annotations

from .look import Look

__all__ = ["EMBEDDINGS", "Look"]

#: Every embedding there is, by the name that `on=` takes.
EMBEDDINGS: dict[str, type] = {"look": Look}
