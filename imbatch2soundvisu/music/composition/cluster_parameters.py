"""The four numbers of a cluster, and what a fixed table makes of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...core import FeatureTable, ImageSequence
from .. import theory
from . import feature_levels

#: What brightness and saturation are read from, best first, and what is assumed where none of it was measured.
READINGS = {"brightness": ("hsv_value", "luminance"), "saturation": ("hsv_saturation", "saturation")}
ASSUMED = 0.5


@dataclass(frozen=True)
class Cluster:
    """The four numbers, and what they become. variance : of unit vectors, from 0. brightness, saturation : [0, 1].

    >>> example = Cluster(277, 0.00138, 0.538, 0.453)
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
        return 80 + 50 * self.saturation + 30 * self.variance

    @property
    def key(self) -> theory.Key:
        return theory.Key(0, theory.MAJOR) if self.brightness > 0.5 else theory.Key(9, theory.MINOR)

    @property
    def tonic(self) -> int:
        """The pitch the scale is built on: C4 in the major, A3 in the minor."""
        return 60 if self.key.mode == theory.MAJOR else 57

    @property
    def layers(self) -> int:
        return 1 + min(self.size // 100, 3)

    @property
    def density(self) -> float:
        """Notes of the melody a beat."""
        return 0.3 + 0.5 * (self.variance / 0.1)

    @property
    def span(self) -> float:
        """Semitones between the lowest and the highest pitch the melody may take."""
        return 12 + 12 * (self.variance / 0.1)

    @property
    def velocities(self) -> tuple[int, ...]:
        """Of the layers there are."""
        raw = (70 + 25 * self.saturation, 50 + 20 * self.brightness, 60, 40)
        return tuple(min(127, round(value)) for value in raw[: self.layers])

    @property
    def ladder(self) -> list[int]:
        """The pitches of the melody: scale degrees and octave offsets above the tonic, as far as the span reaches."""
        highest = min(127, math.floor(self.tonic + self.span))
        return [p for p in range(self.tonic, highest + 1) if p % 12 in self.key.scale]


def read(sequence: ImageSequence) -> Cluster:
    """The four numbers of a sequence: of the part it shows, or without a split of its own images."""
    part, table = sequence.profile, sequence.table
    notes: list[str] = []

    def mean(name: str) -> float:
        for column in READINGS[name]:
            value = part.means.get(column, math.nan) if part else feature_levels.mean(table, column)
            if math.isfinite(value):
                if column != READINGS[name][0]:
                    notes.append(f"{name} from {column}, for {READINGS[name][0]} was not measured")
                return float(np.clip(value, 0, 1))
        notes.append(f"{name} was not measured, {ASSUMED} is assumed")
        return ASSUMED

    brightness, saturation = mean("brightness"), mean("saturation")
    variance = part.variance if part else _variance(table)
    if not math.isfinite(variance):
        notes.append("without vectors, a variance of 0 is assumed")
        variance = 0.0
    return Cluster(part.size if part else len(sequence), variance, brightness, saturation, tuple(notes))


def _variance(table: FeatureTable) -> float:
    """Mean over the dimensions of the variance of the unit vectors of the images' look, or of their first vectors."""
    names = [name for name in table.vectors if not name.startswith("likeness")]
    if not names:
        return math.nan
    vectors = np.asarray(table.vectors["look" if "look" in names else names[0]], np.float64)
    vectors = vectors[np.isfinite(vectors).all(axis=1)]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return float((vectors / np.where(lengths > 0, lengths, 1)).var(axis=0).mean()) if len(vectors) else math.nan
