"""`ClusterTheme`: an album in which every cluster has its own theme, in related keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...core import FrameRate, ImageSequence, Score, Timeline, Timing
from ..style_registry import STYLES
from . import suite


@STYLES.register("cluster-theme")
@dataclass(frozen=True)
class ClusterTheme:
    """A theme for each cluster, from its size, variance, brightness and saturation relative to the other clusters.

    Bright clusters are in major, dark ones in minor. In the tour, each key is next to the one before: a fifth up for a
    brighter cluster, a fifth down for a darker one, the relative key where the mode changes. Saturation and variance
    set the tempo (78 to 132 bpm, as the duration of the images allows), variance sets the intensity, and warmth chooses
    the ensemble, never one of the two clusters before. Melody, chords, bass and accents always play; larger clusters
    also have a pad, a second soloist and drums. Within a cluster, the music follows the images as `Composed` does.

    The theme of each cluster begins with a rhythm that is unique in its album, three beats long, four in albums of
    seven clusters and more, five from fifteen on. It is complete if the first phrase has as many beats before the last
    image and half a beat is at least 0.12 s long; in faster music each cluster has its own motif and progressions.

    A tour is a suite: the theme of each cluster in turn, at one tempo. Without clusters, the sequence counts as one.
    """

    max_parts: ClassVar[int] = suite.MAX_PARTS

    def timeline(self, sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
        """Return the timeline nearest to the tempo of the cluster on which images last as asked."""
        from . import theme_composer

        return theme_composer.theme_timeline(sequence, fps, timing)

    def state(self, sequence: ImageSequence) -> list[Any]:
        """Return what the theme depends on besides the sequence: the other clusters, and all images."""
        from . import theme_composer

        return theme_composer.theme_state(sequence)

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """Return the score; the same sequence, timeline and generator state give the same notes.

        Raises
        ------
        ValueError
            If the timeline is for another number of images.
        """
        from . import theme_composer

        return theme_composer.compose_theme(sequence, timeline, rng)
