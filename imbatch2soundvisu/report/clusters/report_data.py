"""What a report tells of groups, before it is a page or a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...clustering.arrays import finite_mean
from ...core import Clusters, FeatureInfo, FeatureTable, Profile, Result
from ...visuals.plots import IN_NONE, NOISE, palette
from ..pages import plural

#: A mean silhouette that is not this far above that of shuffled labels says nothing for the parts.
CLEARER = 0.02


@dataclass(frozen=True)
class Part:
    """A part, or the noise (number -1, without a profile), as it is told.

    place : from 0, where it comes in the order of the parts; None where that leaves it out. colour : "#rrggbb".
    silhouette : mean of its images, NaN where there is none.
    """

    number: int
    name: str
    colour: str
    rows: np.ndarray
    place: int | None
    silhouette: float
    profile: Profile | None = None

    @property
    def size(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Measure:
    """A number that says how good the parts are. random : the same for shuffled labels, "" where not measured."""

    name: str
    value: str
    random: str
    meaning: str


_MEANINGS = {
    "silhouette": (
        "Silhouette",
        "how much nearer images are to their own part than to the next: 1 far from all others, 0 between two, "
        "below 0 nearer to another part. Any cut through one even cloud beats shuffled labels too",
    ),
    "davies_bouldin": (
        "Davies–Bouldin",
        "how wide the parts are beside the distances between them: from 0, lower is better",
    ),
    "calinski_harabasz": (
        "Calinski–Harabasz",
        "spread between the parts over spread within them: higher is better, on the same images",
    ),
    "inertia": ("Inertia", "sum of squared distances to the middles of the parts: it falls with every part more"),
    "stability": (
        "Stability",
        "how alike the parts are that other seeds give (adjusted Rand index): 1 the same, 0 as by chance",
    ),
    "nmi": ("Agreement with folders, NMI", "how much the parts tell of the folders: 0 nothing, 1 everything"),
    "ari": ("Agreement with folders, ARI", "pairs of images put together alike: 1 the same parts, 0 as by chance"),
    "purity": ("Agreement with folders, purity", "share of images that lie in the commonest folder of their part"),
}


def measures(groups: Clusters) -> list[Measure]:
    """Every measure of quality that is defined, with what it means."""
    if groups.quality is None:
        return []
    quality = groups.quality
    agreement = quality.agreement or {}
    values: dict[str, float | None] = {
        name: getattr(quality, name) for name in ("silhouette", "davies_bouldin", "calinski_harabasz", "inertia")
    }
    values |= {"stability": quality.stability} | {name: agreement.get(name) for name in ("nmi", "ari", "purity")}
    random = {f"{name}_random": agreement.get(f"{name}_random") for name in agreement}
    random["silhouette_random"] = quality.silhouette_random
    return [
        Measure(_MEANINGS[name][0], figure(value), figure(random.get(f"{name}_random"), ""), _MEANINGS[name][1])
        for name, value in values.items()
        if value is not None and np.isfinite(value)
    ]


def verdict(groups: Clusters) -> str:
    """One sentence on how the parts compare with shuffled labels; "" where that was not measured."""
    quality = groups.quality
    if quality is None or not np.isfinite([quality.silhouette, quality.silhouette_random]).all():
        return ""
    known = quality.silhouettes[np.isfinite(quality.silhouettes)]
    misplaced = float((known < 0).mean()) if len(known) else 0.0
    told = f"Silhouette {figure(quality.silhouette)}, shuffled labels {figure(quality.silhouette_random)}"
    if quality.silhouette < quality.silhouette_random + CLEARER:
        told += ", so the parts are no clearer than chance"
    else:
        told += ", which says that parts hold like images, not that there are gaps between them"
    whose = "those in a part" if (groups.labels < 0).any() else "the images"
    return f"{told}; {misplaced:.0%} of {whose} lie nearer to another part." if len(known) else f"{told}."


def parts_of(groups: Clusters, profiles: Sequence[Profile], order: Sequence[int] | np.ndarray) -> list[Part]:
    """Every part in the order they are told, those that it leaves out after the others, noise last."""
    colours = palette(len(groups))
    values = np.full(len(groups.labels), np.nan) if groups.quality is None else groups.quality.silhouettes
    told = [int(part) for part in order]
    numbers = [*told, *(part for part in range(len(groups)) if part not in told)]
    places = {part: place for place, part in enumerate(told)}
    profiled = dict(enumerate(profiles))
    parts = [
        Part(
            n,
            groups.names[n],
            colours[n],
            groups.rows(n),
            places.get(n),
            finite_mean(values[groups.rows(n)]),
            profiled.get(n),
        )
        for n in numbers
    ]
    noise = groups.rows(-1)
    return [*parts, Part(-1, IN_NONE, NOISE, noise, None, np.nan)] if len(noise) else parts


def opening(table: FeatureTable, groups: Clusters) -> str:
    """ "257 images in 6 parts, 12 in no part"."""
    noise = int((groups.labels < 0).sum())
    left = f", {noise:,} in no part" if noise else ""
    return f"{plural(len(table), 'image')} in {plural(len(groups), 'part')}{left}"


def saw(table: FeatureTable, groups: Clusters) -> str:
    """What the grouping looked at: "look, 300 numbers an image, of which it saw 64"; "" where it saw no points."""
    if groups.points is None:
        return ""
    seen = groups.points.shape[1]
    vectors = table.vectors.get(groups.space)
    if vectors is None:
        return f"{groups.space or 'the features'}, {plural(seen, 'number')} an image"
    less = f", reduced to {seen:,}" if seen != vectors.shape[1] else ""
    return f"{groups.space}, {plural(vectors.shape[1], 'number')} an image{less}"


def compared(table: FeatureTable, profile: Profile) -> list[dict[str, Any]]:
    """What tells a part from the rest, strongest first: {name, here, rest, circular, effect, described}."""
    rows = []
    for name, mean in profile.means.items():
        info = table.info.get(name, FeatureInfo(name))
        effect = profile.effects.get(name, np.nan)
        rest = profile.rest.get(name, np.nan)
        rows.append(
            {
                "name": name.replace("_", " "),
                "here": _told(info, float(mean)),
                "rest": _told(info, float(rest)),
                "circular": info.circular,
                "effect": float(effect) if np.isfinite(effect) else None,
                "described": info.description,
            }
        )
    return sorted(rows, key=lambda row: -abs(row["effect"] or 0.0))


def root_of(table: FeatureTable) -> str:
    """The folder that the names of the images begin in; "" where that is not known."""
    for record in table.records:
        path = record.path.as_posix()
        if record.name and path.endswith("/" + record.name):
            return str(Path(path[: -len(record.name) - 1]))
    return ""


def names_of(table: FeatureTable) -> list[str]:
    """What each image is called, by row."""
    return [record.name or str(record.path) for record in table.records]


def piece_of(part: Part, pieces: Sequence[Result]) -> Result | None:
    """The piece that was made of a part."""
    return next((piece for piece in pieces if piece.account.get("part") == part.name), None)


def others_of(parts: Sequence[Part], pieces: Sequence[Result]) -> list[Result]:
    """The pieces that are of no single part, such as a tour."""
    names = {part.name for part in parts}
    return [piece for piece in pieces if piece.account.get("part") not in names]


def figure(value: float | None, missing: str = "–") -> str:
    """A measure as a person reads it: two or three figures, a true minus."""
    if value is None or not np.isfinite(value):
        return missing
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) >= 10 else f"{value:.2f}"
    return ("0.00" if text == "-0.00" else text).replace("-", "−")


def _told(info: FeatureInfo, value: float) -> str:
    """A mean as a person reads it: of dates the day, of numbers with a true minus."""
    text = info.format(value)
    return text[:10] if info.unit == "date" else text.replace("-", "−")


def plain(value: Any) -> Any:
    """A value as JSON takes it: no numpy, no NaN."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return (int(value) if value.is_integer() else round(value, 6)) if np.isfinite(value) else None
    return value


def percent(count: int, of: int) -> str:
    """A share as people read it: "12%", and "<1%" for what is less but not nothing."""
    share = count / max(of, 1)
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"
