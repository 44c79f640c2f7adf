"""Soundtracks: one of the person's own recordings, chosen for the images and cut to them."""

from .analysis import Analysis, analyse
from .analysis_cache import analysis_of, remembering
from .matching import MOODS
from .track import Track

__all__ = ["MOODS", "Analysis", "Track", "analyse", "analysis_of", "remembering"]
