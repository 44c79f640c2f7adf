"""The themes of an album: what sets each part apart from the others, as music."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core import ImageSequence, Profile, tempo_text
from .. import theory
from . import feature_levels
from .cluster_parameters import read
from .composed import tonic_of
from .ensembles import ENSEMBLES

#: The tempo of the palest, most uniform part, and of the most saturated, most varied one; so much is saturation's.
TEMPO_BPM, SATURATION_SHARE = (78.0, 132.0), 0.6
INTENSITY = (0.25, 0.75)
#: How often the size of a part must hold the median of all to have a pad, a second soloist and drums.
RATIOS = (0.7, 1.4, 2.5)
#: A part does not play with the ensemble of so many parts before it.
REST = 2


@dataclass(frozen=True)
class Theme:
    """What the music of one part is made from. Levels are in [0, 1].

    place : of the part in the tour, from 0; parts : how many there are. brightness, saturation : half against all
    ordinary images, half among the parts. variance : among the parts alone, half by rank, for of unit vectors it is
    always near 0.
    """

    name: str
    place: int
    parts: int
    size: int
    brightness: float
    saturation: float
    variance: float
    layers: int
    key: theory.Key
    ensemble: str

    @property
    def tempo_bpm(self) -> float:
        """What it is at, where the length of the images leaves a choice."""
        slow, quick = TEMPO_BPM
        share = SATURATION_SHARE * self.saturation + (1 - SATURATION_SHARE) * self.variance
        return slow + share * (quick - slow)

    @property
    def intensity(self) -> float:
        low, high = INTENSITY
        return low + self.variance * (high - low)

    @property
    def signature(self) -> tuple[bool, ...]:
        """Which of the first beats of theme A are two eighths and not a quarter; of no two parts of an album alike.

        The place as a binary number, times 5 modulo a power of 2, so that neighbours differ in more than one beat.
        """
        bits = max(3, (self.parts + 1).bit_length())
        code = 5 * (self.place + 1) % 2**bits
        return tuple(bool(code >> bit & 1) for bit in range(bits))


def theme_of(sequence: ImageSequence) -> Theme:
    """The theme of the part that a sequence shows; of what belongs to no part, the one after all others."""
    return themes(_parts(sequence))[_place(sequence)]


@dataclass(frozen=True)
class _Part:
    """The raw numbers of a part, NaN where unknown; hue in degrees."""

    name: str
    size: int
    luminance: float
    saturation: float
    variance: float
    warmth: float
    hue: float


def _place(sequence: ImageSequence) -> int:
    names = [profile.name for profile in sequence.profiles]
    return names.index(sequence.profile.name) if sequence.profile and sequence.profile.name in names else len(names)


def _parts(sequence: ImageSequence) -> list[_Part]:
    """All parts in the order of the tour, and this sequence last where it is none of them."""
    parts = [_of_profile(profile) for profile in sequence.profiles]
    if _place(sequence) < len(parts):
        return parts
    if sequence.profile:
        return [*parts, _of_profile(sequence.profile)]
    hue = feature_levels.mean_hue(sequence.table)
    means = {name: feature_levels.mean(sequence.table, name) for name in ("luminance", "saturation", "warmth")}
    variance = read(sequence).variance
    hue = math.nan if hue is None else hue
    return [*parts, _Part(sequence.part, len(sequence), variance=variance, hue=hue, **means)]


def _of_profile(profile: Profile) -> _Part:
    means = {name: profile.means.get(name, math.nan) for name in ("luminance", "saturation", "warmth", "hue")}
    return _Part(profile.name, profile.size, variance=profile.variance, **means)


def themes(parts: Sequence[_Part]) -> list[Theme]:
    """The theme of every part of an album, in the order of the tour: each depends on the ones before it."""
    bright = _both([part.luminance for part in parts], "luminance")
    pure = _both([part.saturation for part in parts], "saturation")
    varied = _among([part.variance for part in parts])
    warm = feature_levels.share_of(np.array([part.warmth for part in parts]), "warmth")
    keys, players = _keys(parts, bright), _players(np.nan_to_num(warm, nan=0.5), bright)
    usual = float(np.median([part.size for part in parts]))
    return [
        Theme(
            part.name, i, len(parts), part.size, float(bright[i]), float(pure[i]), float(varied[i]),
            1 + sum(part.size / usual >= ratio for ratio in RATIOS), keys[i], players[i],
        )
        for i, part in enumerate(parts)
    ]  # fmt: skip


def _both(values: Sequence[float], name: str) -> np.ndarray:
    """(k,) levels: half against ordinary images, half among the parts; 0.5 where unknown."""
    against = np.nan_to_num(feature_levels.share_of(np.array(values, np.float64), name), nan=0.5)
    return (against + _among(values)) / 2 if len(values) > 1 else against


def _among(values: Sequence[float]) -> np.ndarray:
    """(k,) levels among the parts: half by rank, half by range; 0.5 where unknown, and where all are alike."""
    given = np.array(values, np.float64)
    known = np.isfinite(given)
    levels = np.full(given.size, 0.5)
    there = given[known]
    if there.size > 1 and np.ptp(there) > 1e-9 * np.abs(there).max():
        ranks = np.array([(there < value).sum() + 0.5 * ((there == value).sum() - 1) for value in there])
        levels[known] = (ranks / (there.size - 1) + (there - there.min()) / np.ptp(there)) / 2
    return levels


def _keys(parts: Sequence[_Part], bright: np.ndarray) -> list[theory.Key]:
    """Keys in which neighbours share six or all seven notes: a fifth up or down, or the relative."""
    tonic = tonic_of(parts[0].hue)
    keys: list[theory.Key] = []
    for i, level in enumerate(bright):
        mode = theory.MAJOR if level >= 0.5 else theory.MINOR
        if keys and keys[-1].mode != mode:
            tonic = (tonic + (9 if mode == theory.MINOR else 3)) % 12
        elif keys:
            tonic = (tonic + (7 if level >= bright[i - 1] else 5)) % 12
        keys.append(theory.Key(tonic, mode))
    return keys


def _players(warm: np.ndarray, bright: np.ndarray) -> list[str]:
    """The ensemble nearest in warmth that did not play in the parts just before; the cellar is for the dark."""
    chosen: list[str] = []
    for warmth, level in zip(warm, bright, strict=True):
        free = [name for name in ENSEMBLES if name not in chosen[-REST:] and (name != "cellar" or level < 0.5)]
        chosen.append(min(free, key=lambda name: (abs(ENSEMBLES[name].temperature - warmth), name)))
    return chosen


def told(theme: Theme) -> dict[str, Any]:
    """The theme as plain values, for decisions."""
    return {
        "theme": f"{theme.place + 1} of {theme.parts}",
        "brightness": round(theme.brightness, 4),
        "saturation": round(theme.saturation, 4),
        "variance": round(theme.variance, 4),
        "size": theme.size,
        "layers": theme.layers,
        "ensemble": theme.ensemble,
        "signature": "".join("♫" if halved else "♩" for halved in theme.signature),
    }


def why(theme: Theme) -> str:
    """The theme in words."""
    of = f"Theme {theme.place + 1} of {theme.parts}" if theme.parts > 1 else "The only theme"
    return (
        f"{of}: brightness {theme.brightness:.2f}, so {theme.key.name}; saturation {theme.saturation:.2f} and "
        f"variance {theme.variance:.2f}, so about {tempo_text(theme.tempo_bpm)} beats a minute; "
        f"{theme.size} images, so {theme.layers} of 4 layers"
    )
