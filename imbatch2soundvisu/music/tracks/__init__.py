"""Music from recordings: analyse tracks, choose the one that suits the images, cut and loop it to them."""

from .analysis import Analysis, analyse
from .analysis_cache import analysis_caching, cached_analysis
from .matching import MOODS
from .track import Track

__all__ = ["MOODS", "Analysis", "Track", "analyse", "analysis_caching", "cached_analysis"]
