"""How a cluster differs from the other images: effect sizes of its features, and words for the largest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..core import FeatureInfo, FeatureTable
from ..measurement.spaces import period

#: The smallest effect that gets a word (0.2 is small, 0.5 medium: Cohen 1988).
EFFECT = 0.4
#: Probability that a random cluster gets any word.
SIGNIFICANCE = 0.05
#: At most so many words.
WORDS = 4

#: {feature: (word for less, word for more, group)}. Features of a group mean the same; one of them gets a word.
DIFFERENCES: dict[str, tuple[str, str, str]] = {
    "luminance": ("darker", "brighter", "luminance"),
    "contrast": ("less contrast", "more contrast", "contrast"),
    "warmth": ("cooler", "warmer", "warmth"),
    "saturation": ("less saturated", "more saturated", "colour"),
    "colourfulness": ("less colourful", "more colourful", "colour"),
    "hue_spread": ("fewer hues", "more hues", "hue_spread"),
    "edge_density": ("less detail", "more detail", "detail"),
    "edge_strength": ("softer edges", "harder edges", "detail"),
    "texture": ("smoother", "rougher", "detail"),
    "entropy": ("fewer tones", "more tones", "detail"),
    "sharpness": ("softer", "crisper", "sharpness"),
    "symmetry": ("less symmetric", "more symmetric", "symmetry"),
    "skin_share": ("fewer skin-like tones", "more skin-like tones", "skin"),
    "saliency_x": ("eye-catcher further left", "eye-catcher further right", "saliency_x"),
    "saliency_y": ("eye-catcher higher", "eye-catcher lower", "saliency_y"),
    "saliency_focus": ("attention spread wider", "one eye-catcher", "focus"),
    "subject_scale": ("wider shots", "closer", "scale"),
    "aspect": ("taller frames", "wider frames", "aspect"),
    "orientation": ("more upright frames", "more wide frames", "aspect"),
    "hsv_value": ("darker", "brighter", "luminance"),
    "hsv_saturation": ("less saturated", "more saturated", "colour"),
    "n_faces": ("fewer faces", "more faces", "n_faces"),
    "face_share": ("smaller faces", "larger faces", "scale"),
    "face_x": ("faces further left", "faces further right", "face_x"),
    "face_y": ("faces higher", "faces lower", "face_y"),
    "face_yaw": ("faces turned to the left", "faces turned to the right", "face_yaw"),
    "face_roll": ("heads tilted to the left", "heads tilted to the right", "face_roll"),
    "face_sharpness": ("softer faces", "sharper faces", "sharpness"),
    "date": ("taken earlier", "taken later", "date"),
}

#: Hues in degrees of the OKLab wheel, each the middle of its name.
HUES = {
    "pink": 0.0, "red": 27.0, "orange": 60.0, "yellow": 105.0, "green": 142.0, "turquoise": 190.0, "blue": 255.0,
    "purple": 305.0, "magenta": 333.0,
}  # fmt: skip

_HUE_SPAN = 35.0
_MOSTLY = 0.6
_LARGEST = 10.0


_Values = dict[str, float]


def compare(table: FeatureTable, inside: np.ndarray) -> tuple[_Values, _Values, _Values]:
    """Return {feature: mean inside}, {feature: mean outside} and {feature: effect size}; inside : (n,) bool."""
    means, rest, effects = {}, {}, {}
    for name in table.columns:
        info, values = table.info.get(name, FeatureInfo(name)), _column(table, name)
        own, others = (values[side & np.isfinite(values)] for side in (inside, ~inside))
        middle = _circular_mean if info.circular else _mean
        means[name], rest[name] = middle(own, info), middle(others, info)
        frequent = (
            2 * len(own) >= inside.sum() and 2 * len(others) >= (~inside).sum()
        )  # else it describes a few of them
        effect = _hue_effect(own, others, info) if info.circular else cohens_d(own, others)
        effects[name] = effect if frequent else np.nan
    return means, rest, effects


def _column(table: FeatureTable, name: str) -> np.ndarray:
    """A column, (n,) float64, without dates taken from a file, which may be those of a copy."""
    if table.info.get(name, FeatureInfo(name)).unit != "date":
        return table.columns[name]
    return np.where([record.taken_from != "file" for record in table.records], table.columns[name], np.nan)


def cohens_d(own: np.ndarray, others: np.ndarray) -> float:
    """Return the difference of means in pooled standard deviations, clipped to ±10; NaN where undefined.

    References
    ----------
    Cohen 1988, "Statistical power analysis for the behavioral sciences".

    Examples
    --------
    >>> round(cohens_d(np.array([4.0, 6.0]), np.array([1.0, 3.0])), 3)
    2.121
    """
    free = len(own) + len(others) - 2
    if not len(own) or not len(others) or free < 1:
        return np.nan
    middle = float(np.mean(others))
    difference = float(np.mean(own)) - middle
    squares = float(np.square(own - np.mean(own)).sum() + np.square(others - middle).sum())
    pooled = np.sqrt(squares / free)
    scale = max(abs(middle), abs(difference), 1e-300)
    if abs(difference) <= 1e-9 * scale:
        return 0.0
    return (
        float(np.clip(difference / pooled, -_LARGEST, _LARGEST))
        if pooled > 1e-9 * scale
        else _LARGEST * float(np.sign(difference))
    )


def _hue_effect(own: np.ndarray, others: np.ndarray, info: FeatureInfo) -> float:
    """Cohen's h, [-3.15, 3.15], of the shares of values near the cluster's mean, inside and outside."""
    if not len(own) or not len(others):
        return np.nan
    middle = _circular_mean(own, info)
    shares = [_share_near(values, middle, info) for values in (own, others)]
    arcs = [2 * np.arcsin(np.sqrt(share)) for share in shares]
    return float(arcs[0] - arcs[1])


def _share_near(values: np.ndarray, middle: float, info: FeatureInfo) -> float:
    once = period(info)
    apart = np.abs(np.mod(values - middle + once / 2, once) - once / 2)
    return float((apart <= _HUE_SPAN * once / 360).mean()) if len(values) else 0.0


def differences(table: FeatureTable, inside: np.ndarray, effects: Mapping[str, float]) -> tuple[str, ...]:
    """Return words for how a cluster differs from the other images, largest effect first, at most four.

    Effects from 0.4 on that a t test finds significant at 5 % over all features together (Bonferroni correction): of 20
    random clusters about one gets a word. "mostly blue" if that holds for 60 % of the images.
    """
    found = []
    level = SIGNIFICANCE / max(sum(bool(np.isfinite(effect)) for effect in effects.values()), 1)
    for name, effect in effects.items():
        known = np.isfinite(_column(table, name))
        own, others = int((known & inside).sum()), int((known & ~inside).sum())
        if not np.isfinite(effect) or abs(effect) < max(EFFECT, _random_effect(own, others, level)):
            continue
        less, more, group = DIFFERENCES.get(name, (f"lower {name}", f"higher {name}", name))
        word = _hue_word(table, name, inside) if table.info.get(name, FeatureInfo(name)).circular else ""
        if table.info.get(name, FeatureInfo(name)).circular and not word:
            continue
        found.append((-round(abs(effect), 6), name, group, word or (more if effect > 0 else less)))
    words: dict[str, str] = {}
    for _, _, group, word in sorted(found):
        words.setdefault(group, word)
    return tuple(words.values())[:WORDS]


def _random_effect(own: int, others: int, level: float) -> float:
    """The effect that two samples of one population exceed in `level` of all draws: Student's t in its unit."""
    from scipy import stats

    return float(stats.t.isf(level / 2, max(own + others - 2, 1)) * np.sqrt(1 / max(own, 1) + 1 / max(others, 1)))


def _hue_word(table: FeatureTable, name: str, inside: np.ndarray) -> str:
    """ "mostly blue" if most images, grey ones included, have a hue near the mean; else ""."""
    if name != "hue":
        return ""
    info = table.info.get(name, FeatureInfo(name, circular=True))
    values = table.columns[name][inside]
    own = values[np.isfinite(values)]
    middle = _circular_mean(own, info)
    if not np.isfinite(middle) or _share_near(own, middle, info) * len(own) < _MOSTLY * len(values):
        return ""
    return f"mostly {hue_name(middle)}"


def hue_name(degrees: float) -> str:
    """Return the name of a hue of the OKLab wheel, in degrees.

    Examples
    --------
    >>> hue_name(262.0), hue_name(355.0)
    ('blue', 'pink')
    """
    return min(HUES, key=lambda name: abs((degrees - HUES[name] + 180) % 360 - 180))


def _mean(values: np.ndarray, info: FeatureInfo) -> float:
    return float(values.mean()) if len(values) else np.nan


def _circular_mean(values: np.ndarray, info: FeatureInfo) -> float:
    """The direction of the mean of unit vectors; NaN where they cancel out. Mardia & Jupp 2000."""
    if not len(values):
        return np.nan
    once = period(info)
    total = np.exp(2j * np.pi * values / once).mean()
    return float(np.mod(np.angle(total) * once / (2 * np.pi), once)) if abs(total) > 1e-9 else np.nan
