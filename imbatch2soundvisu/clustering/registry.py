"""The clusterings by name."""

from __future__ import annotations

from ..core.registry import Registry

#: Every clustering by name.
CLUSTERINGS: Registry[type] = Registry(
    "clustering",
    method="cluster",
    argument="clusters=",
    modules=tuple(
        f"{__package__}.{name}"
        for name in ("kmeans", "hierarchy", "density", "labels", "dates", "bins", "persons", "shots")
    ),
)
