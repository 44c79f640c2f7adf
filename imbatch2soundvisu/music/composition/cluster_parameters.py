"""Size, variance, brightness and saturation of a cluster, and the musical parameters that formulas give for them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...core import FeatureTable, ImageSequence, Profile
from .. import theory
from .feature_levels import mean_of

#: The features of brightness and saturation, best first, and the value if none was measured.
SOURCES = {"brightness": ("hsv_value", "luminance"), "saturation": ("hsv_saturation", "saturation")}
DEFAULT_LEVEL = 0.5


@dataclass(frozen=True)
class ClusterParameters:
    """Four numbers of a cluster, and the musical parameters that follow from them.

    Parameters
    ----------
    size : int
        Images.
    variance : float
        Mean over the dimensions of the variance of the unit vectors, from 0.
    brightness, saturation : float
        Means, [0, 1].
    notes : tuple of str
        What was not measured, one sentence each.

    Examples
    --------
    >>> example = ClusterParameters(277, 0.00138, 0.538, 0.453)
    >>> round(example.tempo_bpm, 2), example.key.name, example.layers, example.velocities
    (102.69, 'C major', 3, (81, 61, 60))
    >>> round(example.density, 3), round(example.span, 2)
    (0.307, 12.17)
    """

    size: int
    variance: float
    brightness: float
    saturation: float
    notes: tuple[str, ...] = ()

    @property
    def tempo_bpm(self) -> float:
        """80 + 50 × saturation + 30 × variance."""
        return 80 + 50 * self.saturation + 30 * self.variance

    @property
    def key(self) -> theory.Key:
        """C major for a brightness above 0.5, else A minor."""
        return theory.Key(0, theory.MAJOR) if self.brightness > 0.5 else theory.Key(9, theory.MINOR)

    @property
    def tonic(self) -> int:
        """The pitch on which the scale is built: C4 in major, A3 in minor."""
        return 60 if self.key.mode == theory.MAJOR else 57

    @property
    def layers(self) -> int:
        """1 to 4, one more per hundred images."""
        return 1 + min(self.size // 100, 3)

    @property
    def density(self) -> float:
        """Melody notes per beat."""
        return 0.3 + 0.5 * (self.variance / 0.1)

    @property
    def span(self) -> float:
        """Semitones between the lowest and the highest pitch of the melody."""
        return 12 + 12 * (self.variance / 0.1)

    @property
    def velocities(self) -> tuple[int, ...]:
        """Velocity of each layer."""
        raw = (70 + 25 * self.saturation, 50 + 20 * self.brightness, 60, 40)
        return tuple(min(127, round(value)) for value in raw[: self.layers])

    @property
    def scale_pitches(self) -> list[int]:
        """The pitches of the melody: the scale from the tonic up, as far as the span reaches."""
        highest = min(127, math.floor(self.tonic + self.span))
        return [p for p in range(self.tonic, highest + 1) if p % 12 in self.key.scale]


def cluster_parameters(sequence: ImageSequence) -> ClusterParameters:
    """Return the parameters of the cluster that a sequence shows; without a cluster, of its own images."""
    profile = sequence.profile
    brightness, bright_note = _mean(sequence, "brightness")
    saturation, saturated_note = _mean(sequence, "saturation")
    variance = profile.variance if profile else _variance(sequence.table)
    notes = [note for note in (bright_note, saturated_note) if note]
    if not math.isfinite(variance):
        notes.append("no vectors, so a variance of 0 is assumed")
        variance = 0.0
    size = profile.size if profile else len(sequence)
    return ClusterParameters(size, variance, brightness, saturation, tuple(notes))


def _mean(sequence: ImageSequence, name: str) -> tuple[float, str]:
    """The mean of the first of SOURCES that was measured, and a note if it is not the best."""
    best = SOURCES[name][0]
    for column in SOURCES[name]:
        value = _column_mean(sequence.profile, sequence.table, column)
        if math.isfinite(value):
            note = "" if column == best else f"{name} from {column}, since {best} was not measured"
            return float(np.clip(value, 0, 1)), note
    return DEFAULT_LEVEL, f"{name} was not measured, {DEFAULT_LEVEL} is assumed"


def _column_mean(profile: Profile | None, table: FeatureTable, column: str) -> float:
    return profile.means.get(column, math.nan) if profile else mean_of(table, column)


def _variance(table: FeatureTable) -> float:
    """Mean over the dimensions of the variance of the unit vectors "look", else of the first vectors."""
    names = [name for name in table.vectors if not name.startswith("perceptual-hash")]
    if not names:
        return math.nan
    vectors = np.asarray(table.vectors["look" if "look" in names else names[0]], np.float64)
    vectors = vectors[np.isfinite(vectors).all(axis=1)]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return float((vectors / np.where(lengths > 0, lengths, 1)).var(axis=0).mean()) if len(vectors) else math.nan
