"""Clusters by shots: runs of images that one camera took without a cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import Clusters, FeatureTable, ImageRecord, Needs
from ..core.errors import ConfigError
from ..core.text import plural
from ..datasets.duplicates import PERCEPTUAL_HASH
from ..measurement.pairs import runs
from .registry import CLUSTERINGS
from .shot_boundaries import cuts, gradual

_CHANGE, _RESIDUAL = "shot_change", "residual_change"
_MOMENT = re.compile(r" (\d+)\.\d{3}s\.[a-z]+$", re.IGNORECASE)  # of frames of videos


@CLUSTERINGS.register("shots")
@dataclass(frozen=True)
class Shots:
    """Shots of a video, of a folder of its frames, or of a camera roll, in the order of time.

    A shot begins with the first image of a folder, after a cut, and in the middle of a dissolve or of a fade out and in
    again. What the images before and after a boundary show is compared after their motion (`shot_change`), so that
    neither a moving camera nor a change of light is a cut.

    Parameters
    ----------
    threshold : float, optional
        The least `shot_change` of a cut, in (0, 1). None: adapted to how much the images around change.
    dissolves : bool
        Whether dissolves and fades are boundaries, too.
    shortest : int
        Images of a shot, at least; a shorter one belongs to the shot before it. Unrelated photos are shots of one.

    Examples
    --------
    >>> Shots(shortest=3).threshold is None
    True
    """

    threshold: float | None = None
    dissolves: bool = True
    shortest: int = 1

    def __post_init__(self) -> None:
        threshold = self.threshold
        if threshold is not None and (isinstance(threshold, bool) or not 0 < threshold < 1):
            raise ConfigError(f"Shots(threshold=...) is a share above 0 and below 1, or None, not {threshold!r}")
        if isinstance(self.shortest, bool) or not isinstance(self.shortest, int) or self.shortest < 1:
            raise ConfigError(f"Shots(shortest=...) is a number of images, at least 1, not {self.shortest!r}")

    @property
    def needs(self) -> Needs:
        return Needs(frozenset({_CHANGE, _RESIDUAL}))

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Return the shots of the rows, folder by folder. They are found in the whole collection, before filters."""
        whole = table.unfiltered if table.unfiltered is not None and _CHANGE in table.unfiltered.columns else table
        labels = np.full(len(whole), -1, np.intp)
        count = 0
        for rows in runs(whole.records):
            starts = self._starts(whole, np.array(rows, np.intp))
            labels[rows] = count + np.cumsum(starts) - 1
            count += int(starts.sum())
        label_of = {(record.name, record.path): int(each) for record, each in zip(whole.records, labels, strict=True)}
        found = np.array([label_of[record.name, record.path] for record in table.records], np.intp)
        used, own = np.unique(found, return_inverse=True)
        names = _names(whole.records, labels, used)
        return Clusters(own.astype(np.intp), names, "shots", notes=(plural(len(used), "shot"),), ordered=True)

    def _starts(self, table: FeatureTable, rows: np.ndarray) -> np.ndarray:
        """(m,) bool: which images of one folder, in order, begin a shot."""
        changes = table[_CHANGE][rows]
        starts = cuts(changes, self.threshold)
        if self.dissolves and PERCEPTUAL_HASH in table.vectors:
            small = _thumbnails(table.vectors[PERCEPTUAL_HASH][rows])
            for before, at, after in gradual(changes, table[_RESIDUAL][rows], small, starts):
                starts[before + 1 : after + 1] = False
                starts[at] = True
        starts[0] = True
        return _longer(starts, self.shortest)


def _thumbnails(hashes: np.ndarray) -> np.ndarray:
    """The 16 x 16 lightness of images, (n, 256), from their perceptual hashes."""
    layouts, lightness, deviations = hashes[:, :256], hashes[:, 256], hashes[:, 259]
    return np.asarray(layouts * (16 * deviations[:, None]) + lightness[:, None], np.float64)


def _longer(starts: np.ndarray, shortest: int) -> np.ndarray:
    """Starts of shots of at least so many images; a short one belongs to the one before, the first to the next."""
    at = np.flatnonzero(starts)
    kept = at[np.diff([*at, len(starts)]) >= shortest]
    kept = kept[(kept == 0) | (kept >= shortest)]
    longer = np.zeros(len(starts), bool)
    longer[[0, *kept]] = True
    return longer


def _names(records: Sequence[ImageRecord], labels: np.ndarray, used: np.ndarray) -> tuple[str, ...]:
    """ "shot 03, 0:01:15": the number, and the time in the video; the date where images have one of their own."""
    digits = len(str(int(labels.max(initial=0)) + 1))
    ordered = [row for rows in runs(records) for row in rows]
    first = {int(labels[row]): row for row in reversed(ordered)}
    return tuple(f"shot {label + 1:0{digits}}{_moment(records[first[label]])}" for label in used.tolist())


def _moment(record: ImageRecord) -> str:
    found = _MOMENT.search(record.name)
    if found:
        seconds = int(found[1])
        return f", {seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    dated = record.taken is not None and record.taken_from == "exif"
    return f", {record.taken:%Y-%m-%d %H:%M}" if dated else ""
