"""Which track belongs to which images: both as positions on the same five axes, and the distance between them.

Tracks are placed by rank among each other, so that any folder has a calmest and a liveliest one. Images are placed
between fixed anchors, so that an album is bright or dark by itself, whatever else is in the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from ...core import ImageSequence
from .analysis import Analysis

#: What tracks are compared by, and how much each counts.
AXES = {"energy": 1.0, "brightness": 1.0, "onset_rate": 1.0, "mode": 0.5, "dynamics": 0.5}

#: Where an image's feature counts as little (0) and as much (1): the 15th and 85th percentile of 317 ordinary
#: photographs of animals, places, tools and an animated film.
ANCHORS = {
    "luminance": (0.49, 0.74),
    "colourfulness": (25.0, 67.0),
    "contrast": (0.11, 0.21),
    "saturation": (0.04, 0.137),
}
#: Images a second that are slow and fast; one a second lies half way, as tempo is heard in ratios.
PACES = (0.4, 2.5)

#: What each axis of the music takes from the images: energy from colour, brightness from light, and so on.
WANTED: dict[str, dict[str, float]] = {
    "energy": {"colourfulness": 0.5, "luminance": 0.25, "pace": 0.25},
    "brightness": {"luminance": 0.75, "saturation": 0.25},
    "onset_rate": {"pace": 0.4, "colourfulness": 0.3, "luminance": 0.3},
    "mode": {"luminance": 0.5, "saturation": 0.5},
    "dynamics": {"contrast": 1.0},
}
#: Mixtures crowd round the middle; this much further out they are as spread as what they are made of.
SPREAD = 1.3

#: Moods by name, as positions on the axes; what a mood leaves out does not matter to it. Upbeat is the liveliest there
#: is, however steady: an end of the axes, as nothing is too lively for it.
MOODS: dict[str, dict[str, float]] = {
    "upbeat": {"energy": 1.0, "brightness": 1.0, "onset_rate": 1.0, "mode": 0.85},
    "calm": {"energy": 0.1, "brightness": 0.2, "onset_rate": 0.1, "mode": 0.4, "dynamics": 0.35},
    "dynamic": {"energy": 0.8, "brightness": 0.55, "onset_rate": 0.7, "mode": 0.3, "dynamics": 0.95},
    "neutral": dict.fromkeys(AXES, 0.5),
}
#: How the ends of each feature of images are called.
WORDS = {
    "luminance": ("dark", "bright"),
    "colourfulness": ("muted", "colourful"),
    "contrast": ("soft", "contrasty"),
    "saturation": ("grey", "saturated"),
    "pace": ("slow", "fast"),
}


@dataclass(frozen=True)
class Wish:
    """What the music should be like. axes : {axis: [0, 1]}. mood : the nearest of MOODS, or the one asked for.

    images : where the images lie between the anchors, {feature: [0, 1]}; empty where a mood was asked for.
    """

    axes: Mapping[str, float]
    mood: str
    images: Mapping[str, float]

    @property
    def words(self) -> str:
        """The images in words: "bright, colourful"; "of a middling kind" where nothing stands out."""
        told = [WORDS[name][value > 0.5] for name, value in self.images.items() if abs(value - 0.5) > 0.2]
        return ", ".join(told) or "of a middling kind"


def wish_of(sequence: ImageSequence, seconds_per_image: float, mood: str | None = None) -> Wish:
    """What the images of a sequence ask for, each on screen for so many seconds; or what a mood does."""
    if mood is not None:
        return Wish(MOODS[mood], mood, {})
    images = {name: _mean_place(sequence, name) for name in ANCHORS}
    low, high = (math.log(each) for each in PACES)
    images["pace"] = min(max((-math.log(max(seconds_per_image, 1e-3)) - low) / (high - low), 0.0), 1.0)
    axes = {}
    for axis, takes in WANTED.items():
        mixture = sum(weight * images[name] for name, weight in takes.items())
        spread = SPREAD if len(takes) > 1 else 1.0
        axes[axis] = min(max(0.5 + spread * (mixture - 0.5), 0.0), 1.0)
    return Wish(axes, min(MOODS, key=lambda name: (distance(axes, MOODS[name]), name)), images)


def _mean_place(sequence: ImageSequence, feature: str) -> float:
    """Where the images lie between the anchors of a feature, on average; in the middle where it is unknown."""
    column = sequence.table.columns.get(feature)
    if column is None or not np.isfinite(column).any():
        return 0.5
    low, high = ANCHORS[feature]
    return float(np.nanmean(np.clip((column - low) / (high - low), 0, 1)))


def positions(analyses: Sequence[Analysis]) -> list[dict[str, float]]:
    """Where each track lies on the axes among the others: its rank in [0, 1], 0.5 for a single one and for ties."""
    places: list[dict[str, float]] = [{} for _ in analyses]
    for axis in AXES:
        ranks = rankdata([getattr(each, axis) for each in analyses])
        for place, rank in zip(places, ranks, strict=True):
            place[axis] = float(rank - 1) / (len(analyses) - 1) if len(analyses) > 1 else 0.5
    return places


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How unlike two positions are, [0, 1]: root of the weighted mean square over the axes that both have."""
    shared = {axis: weight for axis, weight in AXES.items() if axis in one and axis in other}
    squares = sum(weight * (one[axis] - other[axis]) ** 2 for axis, weight in shared.items())
    return math.sqrt(squares / sum(shared.values()))
