"""The themes of an album: for each cluster a key, a tempo, an ensemble and a rhythm that set it apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core import ImageSequence, Profile, tempo_text
from .. import theory
from .cluster_parameters import cluster_parameters
from .ensembles import ENSEMBLES
from .feature_levels import mean_hue, mean_of
from .keys import tonic_from_hue
from .scaling import share_of

#: Tempo of the palest, most uniform cluster and of the most saturated, most varied one; the weight of saturation.
TEMPO_BPM, SATURATION_WEIGHT = (78.0, 132.0), 0.6
INTENSITY = (0.25, 0.75)
#: Ratio of a cluster's size to the median from which it has a pad, a second soloist and drums.
RATIOS = (0.7, 1.4, 2.5)
#: An ensemble is not used again for so many clusters.
REST = 2


@dataclass(frozen=True)
class Theme:
    """What the music of one cluster is composed from. Levels are in [0, 1].

    Parameters
    ----------
    name : str
    index : int
        Of the cluster in the tour, from 0.
    count : int
        Clusters in the album.
    size : int
        Images.
    brightness, saturation : float
        Half relative to photographs in general, half relative to the other clusters.
    variance : float
        Relative to the other clusters, half by rank: variances of unit vectors are always near 0.
    layers : int
        1 to 4.
    key : Key
    ensemble : str
        A name in ENSEMBLES.
    """

    name: str
    index: int
    count: int
    size: int
    brightness: float
    saturation: float
    variance: float
    layers: int
    key: theory.Key
    ensemble: str

    @property
    def tempo_bpm(self) -> float:
        """The tempo if the timing leaves a choice."""
        slow, quick = TEMPO_BPM
        share = SATURATION_WEIGHT * self.saturation + (1 - SATURATION_WEIGHT) * self.variance
        return slow + share * (quick - slow)

    @property
    def intensity(self) -> float:
        """As in `Composed`, [0, 1]."""
        low, high = INTENSITY
        return low + self.variance * (high - low)

    @property
    def signature(self) -> tuple[bool, ...]:
        """Which of the first beats of theme A are two eighths instead of a quarter; unique in the album.

        The index as a binary number, times 5 modulo a power of 2, so that adjacent clusters differ in several beats.
        """
        bits = max(3, (self.count + 1).bit_length())
        code = 5 * (self.index + 1) % 2**bits
        return tuple(bool(code >> bit & 1) for bit in range(bits))


def theme_of(sequence: ImageSequence) -> Theme:
    """Return the theme of the cluster that a sequence shows; images in no cluster have the theme after all others."""
    return themes(_clusters(sequence))[_index(sequence)]


@dataclass(frozen=True)
class _Cluster:
    """The numbers of a cluster, NaN where unknown; hue in degrees."""

    name: str
    size: int
    luminance: float
    saturation: float
    variance: float
    warmth: float
    hue: float


def _index(sequence: ImageSequence) -> int:
    names = [profile.name for profile in sequence.profiles]
    return names.index(sequence.profile.name) if sequence.profile and sequence.profile.name in names else len(names)


def _clusters(sequence: ImageSequence) -> list[_Cluster]:
    """All clusters in the order of the tour, and last this sequence if it is none of them."""
    found = [_from_profile(profile) for profile in sequence.profiles]
    if _index(sequence) < len(found):
        return found
    if sequence.profile:
        return [*found, _from_profile(sequence.profile)]
    hue = mean_hue(sequence.table)
    means = {name: mean_of(sequence.table, name) for name in ("luminance", "saturation", "warmth")}
    variance = cluster_parameters(sequence).variance
    hue = math.nan if hue is None else hue
    return [*found, _Cluster(sequence.cluster, len(sequence), variance=variance, hue=hue, **means)]


def _from_profile(profile: Profile) -> _Cluster:
    means = {name: profile.means.get(name, math.nan) for name in ("luminance", "saturation", "warmth", "hue")}
    return _Cluster(profile.name, profile.size, variance=profile.variance, **means)


def themes(clusters: Sequence[_Cluster]) -> list[Theme]:
    """Return the theme of every cluster of an album in the order of the tour; each depends on the ones before it."""
    brightness = _level([each.luminance for each in clusters], "luminance")
    saturation = _level([each.saturation for each in clusters], "saturation")
    variance = _relative([each.variance for each in clusters])
    warmth = np.nan_to_num(share_of(np.array([each.warmth for each in clusters]), "warmth"), nan=0.5)
    keys, ensembles = _keys(clusters, brightness), _ensembles(warmth, brightness)
    median = float(np.median([each.size for each in clusters]))
    return [
        Theme(
            each.name,
            i,
            len(clusters),
            each.size,
            float(brightness[i]),
            float(saturation[i]),
            float(variance[i]),
            1 + sum(each.size / median >= ratio for ratio in RATIOS),
            keys[i],
            ensembles[i],
        )
        for i, each in enumerate(clusters)
    ]


def _level(values: Sequence[float], name: str) -> np.ndarray:
    """(k,) levels: half relative to photographs, half relative to the clusters; 0.5 where unknown."""
    absolute = np.nan_to_num(share_of(np.array(values, np.float64), name), nan=0.5)
    return (absolute + _relative(values)) / 2 if len(values) > 1 else absolute


def _relative(values: Sequence[float]) -> np.ndarray:
    """(k,) levels relative to each other: half by rank, half by range; 0.5 where unknown or all equal."""
    given = np.array(values, np.float64)
    known = np.isfinite(given)
    levels = np.full(given.size, 0.5)
    defined = given[known]
    if defined.size > 1 and np.ptp(defined) > 1e-9 * np.abs(defined).max():
        ranks = np.array([(defined < value).sum() + 0.5 * ((defined == value).sum() - 1) for value in defined])
        levels[known] = (ranks / (defined.size - 1) + (defined - defined.min()) / np.ptp(defined)) / 2
    return levels


def _keys(clusters: Sequence[_Cluster], brightness: np.ndarray) -> list[theory.Key]:
    """Keys of which adjacent ones share six or seven notes: a fifth up or down, or the relative key."""
    tonic = tonic_from_hue(clusters[0].hue)
    keys: list[theory.Key] = []
    for i, level in enumerate(brightness):
        mode = theory.MAJOR if level >= 0.5 else theory.MINOR
        if keys and keys[-1].mode != mode:
            tonic = (tonic + (9 if mode == theory.MINOR else 3)) % 12
        elif keys:
            tonic = (tonic + (7 if level >= brightness[i - 1] else 5)) % 12
        keys.append(theory.Key(tonic, mode))
    return keys


def _ensembles(warmth: np.ndarray, brightness: np.ndarray) -> list[str]:
    """The ensemble nearest in warmth that the clusters just before do not have; "low" only for dark clusters."""
    chosen: list[str] = []
    for warm, bright in zip(warmth, brightness, strict=True):
        free = [name for name in ENSEMBLES if name not in chosen[-REST:] and (name != "low" or bright < 0.5)]
        chosen.append(min(free, key=lambda name: (abs(ENSEMBLES[name].temperature - warm), name)))
    return chosen


def theme_values(theme: Theme) -> dict[str, Any]:
    """Return the theme as plain values, for decisions."""
    return {
        "theme": f"{theme.index + 1} of {theme.count}",
        "brightness": round(theme.brightness, 4),
        "saturation": round(theme.saturation, 4),
        "variance": round(theme.variance, 4),
        "size": theme.size,
        "layers": theme.layers,
        "ensemble": theme.ensemble,
        "signature": "".join("♫" if halved else "♩" for halved in theme.signature),
    }


def describe_theme(theme: Theme) -> str:
    """Return in words how the theme follows from the cluster."""
    number = f"Theme {theme.index + 1} of {theme.count}" if theme.count > 1 else "The only theme"
    return (
        f"{number}: {theme.key.name} follows brightness {theme.brightness:.2f}; "
        f"about {tempo_text(theme.tempo_bpm)} bpm follows saturation {theme.saturation:.2f} "
        f"and variance {theme.variance:.2f}; "
        f"{theme.layers} of 4 layers for {theme.size} images"
    )
