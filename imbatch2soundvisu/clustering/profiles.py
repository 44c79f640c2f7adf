"""What each part is like: numbers, words against the rest, typical images, phrases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from ..core import Clusters, FeatureInfo, FeatureTable, Profile
from ..core.errors import ConfigError
from ..measurement.spaces import by_name, first_space, period
from .medoids import centred_where_finite, medoid, points_of

#: From this effect size on a difference is worth a word (0.2 is small, 0.5 medium: Cohen 1988).
EFFECT = 0.4
#: How often a part drawn at random gets any word at all.
CHANCE = 0.05
#: At most so many words.
WORDS = 4

#: {feature: (word for less, word for more, family)}. Of a family, features that say the same thing, one word is said.
TRAITS: dict[str, tuple[str, str, str]] = {
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
    "date": ("taken earlier", "taken later", "date"),
}

#: Hues in degrees of the OKLab wheel, each the middle of what people call so.
HUES = {
    "pink": 0.0, "red": 27.0, "orange": 60.0, "yellow": 105.0, "green": 142.0, "turquoise": 190.0, "blue": 255.0,
    "purple": 305.0, "magenta": 333.0,
}  # fmt: skip

_HUE_SPAN = 35.0
_MOSTLY = 0.6
_LARGEST = 10.0


def profiles(
    table: FeatureTable,
    groups: Clusters,
    phrases: Mapping[str, np.ndarray] | None = None,
    count: int = 6,
) -> tuple[Profile, ...]:
    """What each part is like, in the order of the parts.

    phrases : {phrase: (d,) vector in the space of an embedding}, of which each part tells how near it is to them: the
    mean cosine of its images. count : how many typical and atypical images are told, at most; no image is both.
    Raises ConfigError where no vectors of the table have the length of the phrases.
    """
    if len(groups.labels) != len(table):
        raise ConfigError(f"the groups are those of {len(groups.labels)} images, the table has {len(table)}")
    rank = np.empty(len(table), np.intp)
    rank[by_name(table)] = np.arange(len(table))
    points = points_of(groups, table)
    points = None if points is None else centred_where_finite(points)
    unit = _unit(_vectors(table, groups))
    spoken = _spoken(table, groups, phrases or {})
    told = []
    for part, (name, rows) in enumerate(groups):
        inside = groups.labels == part
        means, rest, effects = _compared(table, inside)
        named = rows[np.argsort(rank[rows])]  # equal images stand in the order of their names
        typical, atypical = _typical(points, named, count)
        told.append(
            Profile(
                name=name,
                rows=rows,
                share=len(rows) / len(table),
                variance=_variance(unit, rows),
                means=means,
                rest=rest,
                traits=traits(table, inside, effects),
                effects=effects,
                medoid=typical[0] if typical else -1,
                typical=typical,
                atypical=atypical,
                phrases=_nearest(spoken, rows),
            )
        )
    return tuple(told)


def _vectors(table: FeatureTable, groups: Clusters) -> np.ndarray | None:
    """The embedding whose variance is told: that of the grouping, else `first_space`, else the grouping's points."""
    space = groups.space if groups.space in table.vectors else first_space(table)
    return points_of(groups, table) if space is None else table.vectors[space]


def _unit(vectors: np.ndarray | None) -> np.ndarray | None:
    """Rows of length 1; those without direction stay 0, those that are not finite become NaN."""
    if vectors is None:
        return None
    vectors = np.asarray(vectors, np.float64)
    vectors = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, np.nan)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)


def _variance(unit: np.ndarray | None, rows: np.ndarray) -> float:
    """Mean over the dimensions of the variance of unit vectors."""
    if unit is None:
        return np.nan
    known = unit[rows][np.isfinite(unit[rows]).all(axis=1)]
    return float(known.var(axis=0).mean()) if known.size else np.nan


def _compared(table: FeatureTable, inside: np.ndarray) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    means, rest, effects = {}, {}, {}
    for name in table.columns:
        info, values = table.info.get(name, FeatureInfo(name)), _told(table, name)
        own, others = (values[side & np.isfinite(values)] for side in (inside, ~inside))
        middle = _circular_mean if info.circular else _mean
        means[name], rest[name] = middle(own, info), middle(others, info)
        told = 2 * len(own) >= inside.sum() and 2 * len(others) >= (~inside).sum()  # else it speaks of a few of them
        effect = _hue_effect(own, others, info) if info.circular else cohens_d(own, others)
        effects[name] = effect if told else np.nan
    return means, rest, effects


def _told(table: FeatureTable, name: str) -> np.ndarray:
    """A column, (n,) float64, without dates that are those of a file: when it was copied tells nothing."""
    if table.info.get(name, FeatureInfo(name)).unit != "date":
        return table.columns[name]
    return np.where([record.taken_from != "file" for record in table.records], table.columns[name], np.nan)


def cohens_d(own: np.ndarray, others: np.ndarray) -> float:
    """Difference of means in pooled standard deviations, held within ±10; NaN where it is not defined. Cohen 1988.

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
    """How much commoner values near the part's mean are in the part than in the rest: Cohen's h, [-3.15, 3.15]."""
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


def traits(table: FeatureTable, inside: np.ndarray, effects: Mapping[str, float]) -> tuple[str, ...]:
    """Words for how a part differs from the rest, strongest first, at most four.

    Said from an effect of 0.4 on, and only when a t test tells it from chance at 5 % over all features together
    (Bonferroni 1936): of 21 features each must reach 3 standard errors, so that of 20 parts drawn at random about one
    gets a word. One word of each family of features. "mostly blue" where that is true of 60 % of a part.
    """
    found = []
    level = CHANCE / max(sum(bool(np.isfinite(effect)) for effect in effects.values()), 1)
    for name, effect in effects.items():
        known = np.isfinite(_told(table, name))
        own, others = int((known & inside).sum()), int((known & ~inside).sum())
        if not np.isfinite(effect) or abs(effect) < max(EFFECT, _by_chance(own, others, level)):
            continue
        less, more, family = TRAITS.get(name, (f"lower {name}", f"higher {name}", name))
        word = _hue_word(table, name, inside) if table.info.get(name, FeatureInfo(name)).circular else ""
        if table.info.get(name, FeatureInfo(name)).circular and not word:
            continue
        found.append((-round(abs(effect), 6), name, family, word or (more if effect > 0 else less)))
    said: dict[str, str] = {}
    for _, _, family, word in sorted(found):
        said.setdefault(family, word)
    return tuple(said.values())[:WORDS]


def _by_chance(own: int, others: int, level: float) -> float:
    """The effect that two samples of one population exceed in `level` of all draws: Student's t in its unit."""
    return float(stats.t.isf(level / 2, max(own + others - 2, 1)) * np.sqrt(1 / max(own, 1) + 1 / max(others, 1)))


def _hue_word(table: FeatureTable, name: str, inside: np.ndarray) -> str:
    """ "mostly blue" where most images of the part, grey ones among them, have a hue near one mean; else ""."""
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
    """What people call a hue of the OKLab wheel.

    >>> hue_name(262.0), hue_name(355.0)
    ('blue', 'pink')
    """
    return min(HUES, key=lambda name: abs((degrees - HUES[name] + 180) % 360 - 180))


def _mean(values: np.ndarray, info: FeatureInfo) -> float:
    return float(values.mean()) if len(values) else np.nan


def _circular_mean(values: np.ndarray, info: FeatureInfo) -> float:
    """Direction of the mean of unit vectors; NaN where they cancel out. Mardia & Jupp 2000."""
    if not len(values):
        return np.nan
    once = period(info)
    total = np.exp(2j * np.pi * values / once).mean()
    return float(np.mod(np.angle(total) * once / (2 * np.pi), once)) if abs(total) > 1e-9 else np.nan


def _typical(points: np.ndarray | None, rows: np.ndarray, count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows nearest to the medoid, that itself first, and those farthest from it, farthest first; none is both."""
    m = len(rows)
    if not m:
        return (), ()
    if points is None:
        return tuple(int(row) for row in rows[: min(count, -(-m // 2))]), ()
    here = points[rows]
    centre = medoid(here)
    apart = np.linalg.norm(here - here[centre], axis=1)
    apart[centre] = -1.0
    ranked = rows[np.argsort(np.round(apart, 9), kind="stable")]
    near, far = min(count, -(-m // 2)), min(count, m // 2)
    return tuple(int(row) for row in ranked[:near]), tuple(int(row) for row in ranked[::-1][:far])


def _spoken(
    table: FeatureTable, groups: Clusters, phrases: Mapping[str, np.ndarray]
) -> tuple[tuple[str, ...], np.ndarray]:
    """The phrases, and how near each image is to each, (n, phrases) cosines."""
    if not phrases:
        return (), np.zeros((len(table), 0))
    matrix = np.stack([np.asarray(vector, np.float64).ravel() for vector in phrases.values()])
    names = sorted(table.vectors, key=lambda name: name != groups.space)
    fitting = [name for name in names if table.vectors[name].shape[1] == matrix.shape[1]]
    if not fitting:
        raise ConfigError(f"the phrases have {matrix.shape[1]} numbers, and no vectors of the table have as many")
    unit, spoken = _unit(table.vectors[fitting[0]]), _unit(matrix)
    assert unit is not None
    assert spoken is not None
    return tuple(phrases), unit @ spoken.T


def _nearest(spoken: tuple[Sequence[str], np.ndarray], rows: np.ndarray) -> tuple[tuple[str, float], ...]:
    phrases, cosines = spoken
    known = cosines[rows][np.isfinite(cosines[rows]).all(axis=1)] if phrases else np.zeros((0, 0))
    if not len(known):
        return ()
    means = np.round(np.clip(known.mean(axis=0), -1, 1), 6)
    return tuple((phrases[i], float(means[i])) for i in np.argsort(-means, kind="stable"))
