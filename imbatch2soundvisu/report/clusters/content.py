"""The content of a cluster report: what the page, the text, the tables and the manifest have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...core import Clusters, FeatureInfo, FeatureTable, Profile
from ..cluster_overview import NOISE_NAME
from ..formatting import MISSING, plural
from ..results import ReportedResult

#: The description of a cluster that nothing sets apart.
NO_DIFFERENCE = "like the other images"


@dataclass(frozen=True)
class ClusterReportData:
    """What the report of a clustering is made from.

    Parameters
    ----------
    plan_name : str
        The title.
    table : FeatureTable
        The n images that were clustered.
    clusters : Clusters
        Labels, names, quality, and the points that were compared.
    profiles : sequence of Profile
        What each cluster is like, by its number.
    route : sequence of int
        Numbers of clusters in the order of the report. Those that are left out follow.
    results : sequence of ReportedResult, optional
        What was made of the clusters, in folders under the one of the report. The page links to their files.
    """

    plan_name: str
    table: FeatureTable
    clusters: Clusters
    profiles: Sequence[Profile]
    route: Sequence[int] | np.ndarray
    results: Sequence[ReportedResult] = field(default=())

    @cached_property
    def names(self) -> list[str]:
        """The name of each image, by row."""
        return [record.name or str(record.path) for record in self.table.records]

    @cached_property
    def root(self) -> str:
        """The folder that all names are relative to; empty where that is not known."""
        for record in self.table.records:
            path = record.path.as_posix()
            if record.name and path.endswith("/" + record.name):
                return str(Path(path[: -len(record.name) - 1]))
        return ""

    @cached_property
    def summaries(self) -> list[ClusterSummary]:
        """Every cluster in the order of the route, then those that it leaves out, then the noise."""
        ordered = [int(number) for number in self.route]
        numbers = [*ordered, *(number for number in range(len(self.clusters)) if number not in ordered)]
        noise = [-1] if len(self.clusters.rows(-1)) else []
        return [self._summary(number, ordered) for number in numbers + noise]

    def _summary(self, number: int, ordered: list[int]) -> ClusterSummary:
        from ...visuals.plots import NOISE, palette

        rows = self.clusters.rows(number)
        if number < 0:
            return ClusterSummary(number, NOISE_NAME, NOISE, rows)
        return ClusterSummary(
            number,
            self.clusters.names[number],
            palette(len(self.clusters))[number],
            rows,
            position=ordered.index(number) if number in ordered else None,
            silhouette=self._mean_silhouette(rows),
            profile=self.profiles[number] if number < len(self.profiles) else None,
        )

    def _mean_silhouette(self, rows: np.ndarray) -> float:
        values = np.zeros(0) if self.clusters.quality is None else self.clusters.quality.silhouettes[rows]
        defined = values[np.isfinite(values)]
        return float(defined.mean()) if len(defined) else float("nan")

    def result_of(self, cluster: ClusterSummary) -> ReportedResult | None:
        """Return the result that was made of a cluster."""
        return next((each for each in self.results if each.entry.get("cluster") == cluster.name), None)

    def other_results(self) -> list[ReportedResult]:
        """Return the results that are not of a single cluster, such as a tour through all."""
        names = {cluster.name for cluster in self.summaries}
        return [each for each in self.results if each.entry.get("cluster") not in names]

    def count_text(self) -> str:
        """Return "257 images in 6 clusters, 12 in no cluster"."""
        noise = int((self.clusters.labels < 0).sum())
        left_out = f", {noise:,} {NOISE_NAME}" if noise else ""
        return f"{plural(len(self.table), 'image')} in {plural(len(self.clusters), 'cluster')}{left_out}"

    def space_text(self) -> str:
        """Return what was compared: "look, 300 numbers for each image, reduced to 64"; empty where nothing was."""
        if self.clusters.points is None:
            return ""
        compared = self.clusters.points.shape[1]
        vectors = self.table.vectors.get(self.clusters.space)
        dimensions = compared if vectors is None else vectors.shape[1]
        reduced = "" if compared == dimensions else f", reduced to {compared:,}"
        return f"{self.clusters.space or 'the features'}, {plural(dimensions, 'number')} for each image{reduced}"


@dataclass(frozen=True)
class ClusterSummary:
    """One cluster, or the noise (number -1, without a profile).

    Parameters
    ----------
    number : int
        Its label.
    name : str
        As in titles and folder names.
    colour : str
        "#rrggbb", in all plots and pages.
    rows : ndarray of int
        Of its images in the table.
    position : int or None
        From 0, its place on the route; None where that leaves it out.
    silhouette : float
        Mean of its images, in [-1, 1]; NaN where undefined.
    profile : Profile or None
        What it is like.
    """

    number: int
    name: str
    colour: str
    rows: np.ndarray
    position: int | None = None
    silhouette: float = float("nan")
    profile: Profile | None = None

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def differences(self) -> list[str]:
        """What sets it apart from the other images, strongest first: ["darker", "warmer"]."""
        return [] if self.profile is None else list(self.profile.differences)

    @property
    def description(self) -> str:
        """Contents and differences as a line; empty for the noise."""
        return "" if self.profile is None else self.profile.description or NO_DIFFERENCE


def report_data(content: ClusterReportData) -> dict[str, Any]:
    """Return the clusters in plain JSON values, for `clusters` of the entry in `run.json`; see docs/run-json.md."""
    found = content.clusters
    return {
        "by": found.by,
        "space": found.space,
        "notes": list(found.notes),
        "quality": None if found.quality is None else rounded(found.quality.as_dict()),
        "sweep": [rounded(dict(entry)) for entry in found.sweep],
        "clusters": [_cluster_data(each, content.names) for each in content.summaries if each.number >= 0],
        "noise": [content.names[row] for row in found.rows(-1)],
    }


def _cluster_data(cluster: ClusterSummary, names: Sequence[str]) -> dict[str, Any]:
    profile = cluster.profile
    data = {
        "cluster": cluster.name,
        "number": cluster.number,
        "position": cluster.position,
        "size": cluster.size,
        "colour": cluster.colour,
        "silhouette": cluster.silhouette,
        "description": cluster.description,
        "differences": cluster.differences,
    }
    if profile is not None:
        data |= {
            "share": profile.share,
            "variance": profile.variance,
            "means": profile.means,
            "rest": profile.rest,
            "effects": profile.effects,
            "medoid": names[profile.medoid] if profile.medoid >= 0 else None,
            "typical": [names[row] for row in profile.typical],
            "atypical": [names[row] for row in profile.atypical],
            "phrases": [list(phrase) for phrase in profile.phrases],
            "contents": profile.contents,
            "classes": [list(each) for each in profile.classes],
        }
    return rounded(data)


def feature_comparison(table: FeatureTable, profile: Profile) -> list[dict[str, Any]]:
    """Return the mean of each feature in a cluster and in the other images, the largest effect first.

    Returns
    -------
    list of dict
        `name`, `here` and `rest` (text), `circular`, `effect` (None where undefined), `description` of the feature.
    """
    rows = []
    for name, mean in profile.means.items():
        info = table.info.get(name, FeatureInfo(name))
        effect = profile.effects.get(name, np.nan)
        rows.append(
            {
                "name": name.replace("_", " "),
                "here": _mean_text(info, float(mean)),
                "rest": _mean_text(info, float(profile.rest.get(name, np.nan))),
                "circular": info.circular,
                "effect": float(effect) if np.isfinite(effect) else None,
                "description": info.description,
            }
        )
    return sorted(rows, key=lambda row: -abs(row["effect"] or 0.0))


def _mean_text(info: FeatureInfo, value: float) -> str:
    """A mean with its unit; of dates the day."""
    text = info.format(value)
    return text[:10] if info.unit == "date" else text.replace("-", "−")


def figure(value: float | None, missing: str = MISSING) -> str:
    """Return a measure with two or three significant digits and a true minus.

    >>> figure(0.2149), figure(-12.345), figure(None)
    ('0.21', '−12.3', '–')
    """
    if value is None or not np.isfinite(value):
        return missing
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) >= 10 else f"{value:.2f}"
    return ("0.00" if text == "-0.00" else text).replace("-", "−")


def percent(count: int, of: int) -> str:
    """Return a share as text.

    >>> percent(12, 100), percent(1, 1000)
    ('12%', '<1%')
    """
    share = count / max(of, 1)
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def rounded(value: Any) -> Any:
    """Return a value in JSON types, with six decimals at most and None for NaN and infinity.

    >>> rounded({"k": np.float64(2.0), "silhouette": np.float64("nan")})
    {'k': 2, 'silhouette': None}
    """
    if isinstance(value, Mapping):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [rounded(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return (int(value) if value.is_integer() else round(value, 6)) if np.isfinite(value) else None
    return value
