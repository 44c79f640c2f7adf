"""Orders: from a table to a permutation of its rows, and the criterion that says how good an order is.

An order is a frozen dataclass. Rows that nothing else tells apart stand in the order of their names, then digests, so
that the same images give the same sequence whatever order their rows came in. A NaN never moves an image anywhere
but to the end.
"""

from __future__ import annotations

from ..measurement.spaces import natural_key, seen, space_points
from .criteria import criterion
from .metric import ByDate, ByFeature, ByName, Shuffled, Weighted
from .path_orders import LEAF_LIMIT, LEAF_METHODS, LeafOrder, SmoothPath, TowardsNext
from .registry import ORDERS, PARAMETERS, limit_evenly, resolve, resolve_clustering
from .semantic import AlongAxis, AlongText, FromMedoid, Interleave, NearestTo, Outliers

__all__ = [
    "LEAF_LIMIT", "LEAF_METHODS", "ORDERS", "PARAMETERS", "AlongAxis", "AlongText", "ByDate", "ByFeature", "ByName",
    "FromMedoid", "Interleave", "LeafOrder", "NearestTo", "Outliers", "Shuffled", "SmoothPath", "TowardsNext",
    "Weighted", "criterion", "resolve_clustering", "limit_evenly", "natural_key", "resolve", "seen", "space_points",
]  # fmt: skip
