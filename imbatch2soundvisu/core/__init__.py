"""Data types that the packages exchange, protocols of what can be plugged in, errors, and the registry.

The data types are frozen. Arrays are shared, not copied: treat them as read-only.
"""

from .clusters import Clusters, Profile, Quality
from .embedders import Embedder
from .exact_timelines import ExactTimeline
from .images import Collection, ImageRecord, Skipped, moment_of, seconds_of
from .metres import METRES, Metre
from .notebooks import register_thumbnails
from .protocols import Clustering, Examples, Music, Needs, Order, Probe, Progress, Result, silent
from .rates import FrameRate, frame_rate, is_ntsc, rate_text, size_of
from .regions import Region
from .scores import (
    DRUM_CHANNEL,
    EXPRESSION,
    PAN,
    REVERB,
    SUSTAIN,
    TICKS_PER_BEAT,
    VOLUME,
    Audio,
    Control,
    Excerpt,
    Note,
    Part,
    Recording,
    Score,
    Timeline,
    Timing,
    tempo_text,
)
from .sequences import Criterion, ImageSequence, SearchResult
from .tables import FeatureInfo, FeatureTable
from .tempo_timelines import TempoTimeline

__all__ = [
    "Audio",
    "Collection",
    "Control",
    "Criterion",
    "DRUM_CHANNEL",
    "Embedder",
    "Examples",
    "EXPRESSION",
    "ExactTimeline",
    "FeatureInfo",
    "FrameRate",
    "FeatureTable",
    "Clustering",
    "Clusters",
    "ImageRecord",
    "ImageSequence",
    "METRES",
    "Metre",
    "Music",
    "Needs",
    "Note",
    "Order",
    "PAN",
    "Timing",
    "Part",
    "Result",
    "Probe",
    "Profile",
    "Progress",
    "Quality",
    "REVERB",
    "Recording",
    "Region",
    "Score",
    "SearchResult",
    "Skipped",
    "Excerpt",
    "SUSTAIN",
    "TICKS_PER_BEAT",
    "TempoTimeline",
    "Timeline",
    "VOLUME",
    "frame_rate",
    "is_ntsc",
    "moment_of",
    "rate_text",
    "register_thumbnails",
    "seconds_of",
    "silent",
    "size_of",
    "tempo_text",
]
