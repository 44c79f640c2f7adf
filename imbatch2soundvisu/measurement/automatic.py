"""`on="auto"`: the learnt embedding where it is installed, else `Look`."""

from __future__ import annotations

from typing import Any

from ..core import FeatureTable
from ..embeddings import Cnn, Look

#: The name that `on=` takes by default.
AUTO = "auto"


def auto_embedding() -> Any:
    """Return `Cnn()` where the extra `clip` is installed, else `Look()`. Imports neither torch nor timm."""
    return Cnn() if Cnn.is_installed() else Look()


def first_space(table: FeatureTable) -> str | None:
    """Return the vectors of a table that "auto" stands for.

    "cnn", else "look", else those of the first embedding; None without any. Perceptual hashes ("perceptual-hash...")
    are never used.
    """
    embedded = [name for name in table.embedders if name in table.vectors]
    names = embedded or [name for name in table.vectors if not name.startswith("perceptual-hash")]
    return next((name for name in (Cnn().name, Look().name) if name in names), next(iter(names), None))
