"""Match tracks to images: both as positions on the same five axes, and the distance between them.

Tracks are placed by rank among each other, so that every folder has a calmest and a liveliest one. Images are placed
between fixed anchors, so that an album is bright or dark independently of others in the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...core import ImageSequence
from .analysis import Analysis

#: Attributes by which tracks are compared, and their weights.
AXES = {"energy": 1.0, "brightness": 1.0, "onset_rate": 1.0, "mode": 0.5, "dynamics": 0.5}

#: Feature values at which images count as low (0) and high (1): the 15th and 85th percentile of 317 ordinary
#: photographs of animals, places, tools and an animated film.
ANCHORS = {
    "luminance": (0.49, 0.74),
    "colourfulness": (25.0, 67.0),
    "contrast": (0.11, 0.21),
    "saturation": (0.04, 0.137),
}
#: Images per second that count as slow (0) and fast (1), on a logarithmic scale; one per second is in the middle.
IMAGE_RATES = (0.4, 2.5)

#: How each axis of the music follows from the images: energy from colour, brightness from light, and so on.
MIXTURES: dict[str, dict[str, float]] = {
    "energy": {"colourfulness": 0.5, "luminance": 0.25, "image_rate": 0.25},
    "brightness": {"luminance": 0.75, "saturation": 0.25},
    "onset_rate": {"image_rate": 0.4, "colourfulness": 0.3, "luminance": 0.3},
    "mode": {"luminance": 0.5, "saturation": 0.5},
    "dynamics": {"contrast": 1.0},
}
#: Mixtures are concentrated around the middle; scaled by this they spread as much as single features.
SPREAD = 1.3

#: Moods by name, as positions on the axes; missing axes do not count. Upbeat is at the end of its axes: no track is
#: too lively for it.
MOODS: dict[str, dict[str, float]] = {
    "upbeat": {"energy": 1.0, "brightness": 1.0, "onset_rate": 1.0, "mode": 0.85},
    "calm": {"energy": 0.1, "brightness": 0.2, "onset_rate": 0.1, "mode": 0.4, "dynamics": 0.35},
    "dynamic": {"energy": 0.8, "brightness": 0.55, "onset_rate": 0.7, "mode": 0.3, "dynamics": 0.95},
    "neutral": dict.fromkeys(AXES, 0.5),
}
#: Adjectives for low and high values of the features of images.
ADJECTIVES = {
    "luminance": ("dark", "bright"),
    "colourfulness": ("muted", "colourful"),
    "contrast": ("soft", "contrasty"),
    "saturation": ("grey", "saturated"),
    "image_rate": ("slow", "fast"),
}


@dataclass(frozen=True)
class TargetMood:
    """What the music should be like.

    Parameters
    ----------
    axes : mapping of str to float
        {axis: [0, 1]}.
    mood : str
        The nearest of MOODS, or the one that was given.
    images : mapping of str to float
        Where the images are between the anchors, {feature: [0, 1]}; empty where a mood was given.
    """

    axes: Mapping[str, float]
    mood: str
    images: Mapping[str, float]

    @property
    def description(self) -> str:
        """The images in words: "bright, colourful"; "average" where nothing stands out."""
        words = [ADJECTIVES[name][value > 0.5] for name, value in self.images.items() if abs(value - 0.5) > 0.2]
        return ", ".join(words) or "average"


def target_mood(sequence: ImageSequence, seconds_per_image: float, mood: str | None = None) -> TargetMood:
    """Return what the music for a sequence should be like.

    Parameters
    ----------
    sequence : ImageSequence
        The images; features that were not measured count as average.
    seconds_per_image : float
        Mean duration of an image in seconds.
    mood : str, optional
        A name in MOODS, in place of the images.
    """
    if mood is not None:
        return TargetMood(MOODS[mood], mood, {})
    images = {name: _mean_position(sequence, name) for name in ANCHORS}
    low, high = (math.log(each) for each in IMAGE_RATES)
    images["image_rate"] = min(max((-math.log(max(seconds_per_image, 1e-3)) - low) / (high - low), 0.0), 1.0)
    axes = {}
    for axis, weights in MIXTURES.items():
        mixture = sum(weight * images[name] for name, weight in weights.items())
        spread = SPREAD if len(weights) > 1 else 1.0
        axes[axis] = min(max(0.5 + spread * (mixture - 0.5), 0.0), 1.0)
    return TargetMood(axes, min(MOODS, key=lambda name: (distance(axes, MOODS[name]), name)), images)


def _mean_position(sequence: ImageSequence, feature: str) -> float:
    """The mean position of the images between the anchors of a feature; 0.5 where it is unknown."""
    column = sequence.table.columns.get(feature)
    if column is None or not np.isfinite(column).any():
        return 0.5
    low, high = ANCHORS[feature]
    return float(np.nanmean(np.clip((column - low) / (high - low), 0, 1)))


def positions(analyses: Sequence[Analysis]) -> list[dict[str, float]]:
    """Return the position of each track among the others, {axis: rank in [0, 1]}; 0.5 for a single one and for ties."""
    from scipy.stats import rankdata

    found: list[dict[str, float]] = [{} for _ in analyses]
    for axis in AXES:
        ranks = rankdata([getattr(each, axis) for each in analyses])
        for position, rank in zip(found, ranks, strict=True):
            position[axis] = float(rank - 1) / (len(analyses) - 1) if len(analyses) > 1 else 0.5
    return found


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the distance of two positions in [0, 1]: root of the weighted mean square over the axes that both have.

    >>> distance({"energy": 0.0}, {"energy": 1.0, "mode": 0.3})
    1.0
    """
    shared = {axis: weight for axis, weight in AXES.items() if axis in one and axis in other}
    squares = sum(weight * (one[axis] - other[axis]) ** 2 for axis, weight in shared.items())
    return math.sqrt(squares / sum(shared.values()))
