"""Orders: from a table to a permutation of its rows, and the criterion that says how good an order is.

An order is a frozen dataclass with `order(table, rng)`. Ties are broken by name, then digest, so that the same images
give the same sequence in whatever order their rows came. Images without a value come last.
"""

from __future__ import annotations

from ..measurement.spaces import default_driver, natural_key, space_points
from .aesthetics import Aesthetic
from .cluster_order import cluster_order
from .criteria import criterion, describe, describe_details
from .interleave import Interleave
from .listed import Listed
from .metric import ByDate, ByFeature, ByName, Shuffled, Weighted
from .path_cache import path_caching
from .path_orders import LEAF_LIMIT, LEAF_METHODS, LeafOrder, SmoothPath, TowardsNext
from .registry import ORDERS
from .resolving import limit_evenly, resolve_order
from .semantic import AlongAxis, AlongText, FromMedoid, NearestTo, Outliers
from .table_features import PersonSimilarity, Phrase
from .temporal import MotionPath, TemporalOrder

__all__ = [
    "LEAF_LIMIT", "LEAF_METHODS", "ORDERS", "Aesthetic", "AlongAxis", "AlongText", "ByDate", "ByFeature", "ByName",
    "FromMedoid", "Interleave", "LeafOrder", "Listed", "MotionPath", "NearestTo", "Outliers", "PersonSimilarity",
    "Phrase", "Shuffled", "SmoothPath", "TemporalOrder", "TowardsNext", "Weighted", "cluster_order", "criterion",
    "describe", "describe_details", "limit_evenly", "natural_key", "path_caching", "resolve_order", "default_driver",
    "space_points",
]  # fmt: skip
