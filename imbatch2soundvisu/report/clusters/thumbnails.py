"""Which images of each cluster a page shows, and their thumbnails within a budget of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import ImageRecord, Region
from .content import ClusterSummary

#: Most bytes that all thumbnails of a page take.
BUDGET = 3_900_000


@dataclass(frozen=True)
class ShownRows:
    """Rows of the images that are shown of a cluster, the medoid first."""

    typical: list[int]
    atypical: list[int]


@dataclass(frozen=True)
class _Density:
    """Up to how many thumbnails on a page, of which size, and how many for each cluster."""

    most: int
    side_px: int
    typical: int
    atypical: int


_DENSITIES = (
    _Density(200, 224, 8, 6), _Density(420, 176, 8, 5), _Density(900, 128, 6, 4), _Density(2400, 96, 4, 2),
    _Density(10**9, 72, 2, 1),
)  # fmt: skip
_SIDES_PX = (224, 176, 128, 96, 72, 48, 24)


def choose_rows(clusters: Sequence[ClusterSummary]) -> list[ShownRows]:
    """Return the rows to show of each cluster, as many as a page of so many clusters holds."""
    for density in _DENSITIES:
        chosen = [_rows(cluster, density) for cluster in clusters]
        if sum(len(each.typical) + len(each.atypical) for each in chosen) <= density.most:
            break
    return chosen


def _rows(cluster: ClusterSummary, density: _Density) -> ShownRows:
    profile = cluster.profile
    if profile is None:  # no image is typical of the noise: evenly chosen ones
        places = np.linspace(0, cluster.size - 1, min(cluster.size, density.typical)).round().astype(int)
        return ShownRows([], [int(cluster.rows[place]) for place in places])
    medoid = [profile.medoid] if profile.medoid >= 0 else []
    typical = list(dict.fromkeys([*medoid, *profile.typical]))[: density.typical]
    return ShownRows(typical, [row for row in profile.atypical if row not in typical][: density.atypical])


def thumbnail_uris(
    records: Sequence[ImageRecord], shown: Sequence[ShownRows], regions: Sequence[Region | None] = ()
) -> dict[int, str]:
    """Return {row: data URI}, in the largest size at which all of them fit into the budget.

    Parameters
    ----------
    records : sequence of ImageRecord
    shown : sequence of ShownRows
    regions : sequence of Region or None
        Of each image the part to show; () for whole images.
    """
    rows = sorted({row for each in shown for row in (*each.typical, *each.atypical)})
    first = next(density.side_px for density in _DENSITIES if len(rows) <= density.most)
    found: dict[int, str] = {}
    for side_px in _SIDES_PX[_SIDES_PX.index(first) :]:
        found, complete = _within_budget(records, rows, side_px, regions)
        if complete:
            break
    return found


def _within_budget(
    records: Sequence[ImageRecord], rows: Sequence[int], side_px: int, regions: Sequence[Region | None]
) -> tuple[dict[int, str], bool]:
    from ...visuals import thumbnail_uri

    found: dict[int, str] = {}
    used = 0
    for row in rows:
        found[row] = thumbnail_uri(records[row], side_px, regions[row] if regions else None)
        used += len(found[row])
        if used > BUDGET:
            return found, False
    return found, True
