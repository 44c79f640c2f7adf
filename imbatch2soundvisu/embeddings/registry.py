"""The registry of embeddings."""

from __future__ import annotations

from typing import Any

from ..core.registry import Registry

_MODULES = tuple(f"{__package__}.{each}" for each in ("look", "clip", "cnn"))

#: Embeddings that need no parameters, by the name that `on=` takes.
EMBEDDINGS: Registry[Any] = Registry("embedding", method="embed", argument="on=", modules=_MODULES)
