"""`ClusterProfile`: music from the size, variance, brightness and saturation of a cluster, by fixed formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...core import FrameRate, ImageSequence, Needs, Score, Timeline, Timing
from ..style_registry import STYLES


@STYLES.register("cluster-profile")
@dataclass(frozen=True)
class ClusterProfile:
    """Music from a cluster's size, variance, brightness and saturation, by the formulas of a study of butterflies.

    tempo = 80 + 50 × saturation + 30 × variance bpm. Brightness (V of HSV) above 0.5 gives C major from C4, otherwise
    natural A minor from A3. 1 + min(size // 100, 3) layers of piano, strings, acoustic bass and new age pad play at the
    velocities 70 + 25 × saturation, 50 + 20 × brightness, 60 and 40. The melody has 0.3 + 0.5 × variance / 0.1 notes
    per beat within 12 + 12 × variance / 0.1 semitones.

    The melody is a random walk on the scale. A note starts 1 / density × (0.8 + 0.4 × random) beats after the one
    before. It lasts from 2 beats at the lowest density to half a beat from density 0.8 on, × (0.75 + 0.5 × random),
    within half a beat and 2 beats. Each bar has the chord (I, IV, V or VI) that contains most of its melody notes; the
    first and the last have I. The bass plays the root two octaves lower, the pad tonic and fifth. Both ends fade for
    half a second.

    Notes
    -----
    The formulas are used as published, also where the study states other values for its example of 277 images with a
    variance of 0.00138: they give 3 layers, not 4 (the pad needs 300 images), and 0.307 notes per beat, not 0.35. The
    variance of unit vectors in d dimensions is at most 1 / d, so tempi are between 80 and about 130 bpm.
    `ClusterTheme` scales the variance to the other clusters.

    The numbers are those of the whole cluster; without clusters, those of the sequence. HSV is measured if a plan uses
    this style; with a table that lacks it, the OKLab features are used and the summary says so. Images last exactly as
    long as asked, since the tempo need not be one of whole frames.
    """

    on_any_grid: ClassVar[bool] = True
    max_parts: ClassVar[int] = 4

    @property
    def needs(self) -> Needs:
        """Brightness and saturation by HSV."""
        return Needs(frozenset({"hsv_value", "hsv_saturation"}))

    def timeline(self, sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
        """Return the timeline on which images last exactly as long as asked.

        `timing.beats_per_image` counts beats of the music, to the nearest frame.
        """
        from . import profile_composer

        return profile_composer.profile_timeline(sequence, fps, timing)

    def state(self, sequence: ImageSequence) -> list[Any]:
        """Return the numbers that the music is composed from."""
        from .cluster_parameters import cluster_parameters

        cluster = cluster_parameters(sequence)
        return [cluster.size, cluster.variance, cluster.brightness, cluster.saturation, *cluster.notes]

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """Return the score; the same numbers, timeline and generator state give the same notes."""
        from . import profile_composer

        return profile_composer.compose_profile(sequence, timeline, rng)
