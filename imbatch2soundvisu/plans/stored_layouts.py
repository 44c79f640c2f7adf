"""The places of the images of an atlas, kept beside its files, so that they do not change by themselves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..atlas.layouts import Layout, PlacesBefore
from ..runtime import files

#: The file in the folder of the plan.
FILE = "layouts.json"


class StoredLayouts:
    """Places by layout and image digest.

    Parameters
    ----------
    layouts : mapping
        {key of a layout: {"places": {digest: [x, y], or None without a place}, "frame": that of the layout}}. The
        second image of the same content has "digest 2".
    """

    def __init__(self, layouts: Mapping[str, Mapping[str, Any]]) -> None:
        self._before, self._now = layouts, dict[str, Mapping[str, Any]]()

    @classmethod
    def read(cls, folder: Path) -> StoredLayouts:
        """Return the places that a run before stored in a folder; none where there are none."""
        try:
            found = json.loads((folder / FILE).read_text(encoding="utf-8"))["layouts"]
            return cls(
                {key: {"places": dict(each["places"]), "frame": dict(each["frame"])} for key, each in found.items()}
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls({})

    def before(self, kind: Any, digests: Sequence[str]) -> PlacesBefore | None:
        """Return where images were; None where the layout is new."""
        found = self._before.get(_key(kind))
        if found is None:
            return None
        nowhere, images = [np.nan, np.nan], _numbered(digests)
        places = [found["places"].get(image) or nowhere for image in images]
        seen = np.array([image in found["places"] for image in images], bool)
        return PlacesBefore(np.array(places, np.float64).reshape(-1, 2), found["frame"], seen)

    def put(self, kind: Any, digests: Sequence[str], layout: Layout) -> None:
        """Store the places of images."""
        places = zip(_numbered(digests), layout.points, strict=True)
        self._now[_key(kind)] = {
            "places": {image: [float(x), float(y)] if np.isfinite(x) else None for image, (x, y) in places},
            "frame": dict(layout.frame),
        }

    def write(self, folder: Path) -> None:
        """Write the layouts that are in use."""
        files.write_json(folder / FILE, {"layouts": self._now})


def _numbered(digests: Sequence[str]) -> list[str]:
    """Digests, and "digest 2" for the second image of the same content, so that copies have places as well."""
    counts: dict[str, int] = {}
    found = []
    for digest in digests:
        counts[digest] = number = counts.get(digest, 0) + 1
        found.append(digest if number == 1 else f"{digest} {number}")
    return found


def _key(kind: Any) -> str:
    text = json.dumps(files.plain(kind), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
