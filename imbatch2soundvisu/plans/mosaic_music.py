"""Music of the films of mosaics: their keyframes are a sequence of images, which the music follows as any other."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..config import Settings
from ..core import Criterion, FeatureInfo, FeatureTable, ImageSequence, Needs, Progress
from ..core.errors import ConfigError
from ..embeddings import Look
from ..features import default_features
from ..measurement import completed
from .sequence_content import SequenceContent
from .sequence_fields import SequenceFields

#: Several outputs are written together; their music is composed and rendered one after the other.
_RENDERING = threading.Lock()


@dataclass(frozen=True)
class KeyframePlan(SequenceFields):
    """A film of keyframes, as the music sees it: a sequence of images, of which the last is held.

    Parameters
    ----------
    hold_s : float
        How much longer the last image is shown, in seconds.
    """

    hold_s: float = 0.0

    @property
    def cards_s(self) -> tuple[float, float]:
        """Seconds before the first and after the last image."""
        return 0.0, self.hold_s


def scored_film(
    plan: KeyframePlan, keyframes: FeatureTable, settings: Settings, progress: Progress
) -> tuple[SequenceContent, list[str]]:
    """Return the timeline of keyframes with music that is composed and rendered for them, and what failed.

    Parameters
    ----------
    plan : KeyframePlan
        Music and durations.
    keyframes : FeatureTable
        The images in order; what the music follows is measured if the table lacks it.
    settings : Settings
        Those of the run.
    progress : callable
        `progress(stage, done, total)`.
    """
    content = SequenceContent(plan, _sequence(plan, keyframes, settings), settings)
    with _RENDERING:
        return content, content.prepare(plan.written, progress)


def keyframes_of(tiles: FeatureTable, rows: Sequence[int]) -> FeatureTable:
    """Return rows of a table, in order; the table of all tiles is what they are compared with."""
    return replace(tiles.select(rows), unfiltered=None)


def _sequence(plan: KeyframePlan, keyframes: FeatureTable, settings: Settings) -> ImageSequence:
    needs = Needs(features=frozenset(default_features()), embeddings=(Look(),))
    distinct = list(dict.fromkeys(keyframes.records))
    first = {record: number for number, record in reversed(list(enumerate(keyframes.records)))}
    table = completed(keyframes.select([first[record] for record in distinct]), needs, settings=settings)
    place = {record: number for number, record in enumerate(table.records)}
    rows = [place[record] for record in keyframes.records if record in place]
    if not rows:
        raise ConfigError("none of the images of the film can be read")
    table = table.select(rows)
    driver = table.info.get("luminance", FeatureInfo("luminance"))
    values = np.asarray(table.columns.get("luminance", np.zeros(len(table))), np.float64)
    return ImageSequence(plan.name, table, values, driver, Criterion("", 0, 0, 0, 0, 0), seed=plan.seed)


def music_plan(name: str, music: Any, total_s: float, hold_s: float, output: Any, seed: int) -> KeyframePlan:
    """Return the plan of a film of a total duration, of which the last image is held for `hold_s` seconds."""
    return KeyframePlan(
        name, order="luminance", music=music, total_seconds=total_s, outputs=(output,), seed=seed, hold_s=hold_s,
    )  # fmt: skip
