"""Orders: from a table to a permutation of its rows, and the criterion that says how good an order is.

An order is a frozen dataclass. Rows that nothing else tells apart stand in the order of their names, then digests, so
that the same images give the same sequence whatever order their rows came in. A NaN never moves an image anywhere
but to the end.
"""

from __future__ import annotations

from ..measurement.spaces import default_driver, natural_key, space_points
from .cluster_order import cluster_order
from .criteria import criterion
from .metric import ByDate, ByFeature, ByName, Shuffled, Weighted
from .path_orders import LEAF_LIMIT, LEAF_METHODS, LeafOrder, SmoothPath, TowardsNext
from .registry import ORDERS, limit_evenly, resolve_order
from .semantic import AlongAxis, AlongText, FromMedoid, Interleave, NearestTo, Outliers

__all__ = [
    "LEAF_LIMIT", "LEAF_METHODS", "ORDERS", "AlongAxis", "AlongText", "ByDate", "ByFeature", "ByName",
    "FromMedoid", "Interleave", "LeafOrder", "NearestTo", "Outliers", "Shuffled", "SmoothPath", "TowardsNext",
    "Weighted", "cluster_order", "criterion", "limit_evenly", "natural_key", "resolve_order", "default_driver",
    "space_points",
]  # fmt: skip
