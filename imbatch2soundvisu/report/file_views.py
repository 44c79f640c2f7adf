"""The files of a result, sorted by the viewer that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from .formatting import size_text, title_text
from .pages import link
from .report_files import REPORT_FILES

#: How a file is shown. "table", "text" and "download" are links.
VIEWERS = ("video", "image", "audio", "page", "table", "text", "download")

#: Labels of files whose result gives none, in the order of the page. A kind that is not here comes last, by its name.
LABELS = {
    "mp4": "Video",
    "gif": "Animated GIF",
    "mid": "Score (MIDI)",
    "wav": "Sound (WAV)",
    "csv": "The order as a table",
    "decisions": "Musical decisions",
    "contact_sheet": "Contact sheet",
    "storyboard": "Storyboard",
    "piano_roll": "Piano roll",
    "mosaic": "Mosaic",
    "comparison": "Target and mosaic",
    "page": "Zoom into the mosaic",
    "build_up": "The mosaic builds itself up",
    "zoom": "From one photo through the mosaics",
    "build_up_gif": "The mosaic builds itself up (GIF)",
    "tiff": "Mosaic for print (TIFF)",
    "placements": "Placements of the tiles",
    "placements_json": "Placements (JSON)",
    **{kind: file.label for kind, file in REPORT_FILES.items()},
    "embeddings": "Embeddings (NPZ)",
}
# The viewer of a file whose result names none.
_BY_ENDING = {
    "video": (".m4v", ".mp4", ".webm"),
    "image": (".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"),
    "audio": (".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"),
    "page": (".htm", ".html"),
    "table": (".csv", ".tsv"),
    "text": (".log", ".md", ".txt"),
}


@dataclass(frozen=True)
class FileView:
    """One file: its key in the manifest, label, viewer, link from the page, and size as text."""

    kind: str
    label: str
    viewer: str
    href: str
    size: str

    @property
    def animated(self) -> bool:
        """Whether it is an image that moves, and therefore waits to be played."""
        return self.viewer == "image" and self.href.lower().endswith(".gif")


@dataclass(frozen=True)
class ResultFiles:
    """The files of a result that exist, in the order of the page, and the paths of those that do not."""

    views: tuple[FileView, ...] = ()
    missing: tuple[str, ...] = field(default=())

    def of(self, viewer: str) -> list[FileView]:
        """Return the files of one viewer; animated GIFs are not among the images."""
        return [view for view in self.views if view.viewer == viewer and not view.animated]

    @property
    def animations(self) -> list[FileView]:
        """The animated GIFs."""
        return [view for view in self.views if view.animated]


def ordered_kinds(kinds: Iterable[str]) -> list[str]:
    """Return kinds of files in the order of `LABELS`, others after them by name: files are written in no fixed order.

    >>> ordered_kinds(["scan", "wav", "mp4"])
    ['mp4', 'wav', 'scan']
    """
    known = list(LABELS)
    return sorted(kinds, key=lambda kind: (known.index(kind) if kind in known else len(known), kind))


def result_files(outputs: Path, entry: Mapping[str, Any]) -> ResultFiles:
    """Return the files of a manifest entry.

    Parameters
    ----------
    outputs : Path
        The folder that the paths in the entry are relative to.
    entry : mapping
        With `files`, and optionally `viewers` and `labels`, each by kind.
    """
    kinds, viewers, labels = (entry.get(key) or {} for key in ("files", "viewers", "labels"))
    views, missing = [], []
    for kind in ordered_kinds(kinds):
        href = link(outputs, str(kinds[kind]))
        if href is None:
            missing.append(str(kinds[kind]))
            continue
        size = size_text((outputs / str(kinds[kind])).stat().st_size)
        label = str(labels.get(kind) or LABELS.get(kind) or title_text(kind))
        views.append(FileView(kind, label, _viewer(viewers.get(kind), href), href, size))
    return ResultFiles(tuple(views), tuple(missing))


def _viewer(given: Any, href: str) -> str:
    """The viewer that the entry names, else the one of the file name's ending."""
    if given in VIEWERS:
        return str(given)
    ending = PurePosixPath(href).suffix.lower()
    return next((viewer for viewer, endings in _BY_ENDING.items() if ending in endings), "download")
