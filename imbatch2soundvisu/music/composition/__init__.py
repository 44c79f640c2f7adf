"""Styles that compose music for a sequence: `Composed`, `ClusterTheme`, `ClusterProfile` and `Sonified`."""

from .cluster_profile import ClusterProfile
from .cluster_theme import ClusterTheme
from .composed import Composed
from .sonified import Sonified

__all__ = ["ClusterProfile", "ClusterTheme", "Composed", "Sonified"]
