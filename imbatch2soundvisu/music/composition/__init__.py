"""Styles that write music for a sequence, note by note."""

from .cluster_profile import ClusterProfile
from .cluster_theme import ClusterTheme
from .composed import Composed
from .sonified import Sonified

__all__ = ["ClusterProfile", "ClusterTheme", "Composed", "Sonified"]
