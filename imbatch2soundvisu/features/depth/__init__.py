"""Depth of images from one view: networks that estimate it, and the pass that measures how deep a scene is.

Everywhere depth is disparity, 1 / distance: larger is nearer, and 0 is infinitely far.
"""

from .maps import DEPTH_COLUMNS, depth_columns, from_distance, nearness
from .models import DepthModel, HubDepth
from .passes import Depth, depth_maps

__all__ = [
    "DEPTH_COLUMNS", "Depth", "DepthModel", "HubDepth", "depth_columns", "depth_maps", "from_distance", "nearness",
]  # fmt: skip
