"""Soundtracks: one of the person's own recordings, chosen for the pictures and cut to them."""

from .analysis import Analysis, analyse
from .matching import MOODS
from .memory import analysis_of, remembering
from .track import Track

__all__ = ["MOODS", "Analysis", "Track", "analyse", "analysis_of", "remembering"]
