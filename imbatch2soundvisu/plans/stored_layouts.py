"""The places of the images of an atlas, kept beside its files, so that they do not change by themselves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..runtime import files

#: The file in the folder of the plan.
FILE = "layouts.json"


class StoredLayouts:
    """Places by layout and image digest.

    Parameters
    ----------
    layouts : dict
        {key of a layout: {digest: [x, y]}}.
    """

    def __init__(self, layouts: dict[str, dict[str, list[float]]]) -> None:
        self._layouts, self._used = layouts, set[str]()

    @classmethod
    def read(cls, folder: Path) -> StoredLayouts:
        """Return the places that a run before stored in a folder; none where there are none."""
        try:
            found = json.loads((folder / FILE).read_text(encoding="utf-8"))["layouts"]
            return cls({key: dict(places) for key, places in found.items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls({})

    def points(self, kind: Any, digests: Sequence[str]) -> np.ndarray | None:
        """Return the stored places of images, (n, 2), NaN for new ones; None where the layout is new."""
        known = self._layouts.get(_key(kind))
        if known is None:
            return None
        nowhere = [np.nan, np.nan]
        return np.array([known.get(digest, nowhere) for digest in digests], np.float64).reshape(-1, 2)

    def put(self, kind: Any, digests: Sequence[str], points: np.ndarray) -> None:
        """Store the places of images; those without one are left out."""
        self._used.add(_key(kind))
        self._layouts[_key(kind)] = {
            digest: [float(x), float(y)] for digest, (x, y) in zip(digests, points, strict=True) if np.isfinite(x)
        }

    def write(self, folder: Path) -> None:
        """Write the layouts that are in use."""
        kept = {key: places for key, places in self._layouts.items() if key in self._used}
        files.write_json(folder / FILE, {"layouts": kept})


def _key(kind: Any) -> str:
    text = json.dumps(files.plain(kind), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
