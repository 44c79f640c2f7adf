"""The data types that travel through the house, and the protocols of what can be plugged in.

Everything here is frozen. Arrays are shared, never copied: treat them as read-only.
"""

from .groups import Groups, Profile, Quality
from .music import TICKS_PER_BEAT, Audio, Control, Note, Pace, Part, Recording, Score, Stretch, Timeline
from .pictures import (
    Collection,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Skipped,
    moment_of,
    seconds_of,
)
from .protocols import Embedder, Grouping, Music, Needs, Order, Piece, Plan, Probe, Progress, silent

__all__ = [
    "Audio",
    "Collection",
    "Control",
    "Criterion",
    "Embedder",
    "FeatureInfo",
    "FeatureTable",
    "Grouping",
    "Groups",
    "ImageRecord",
    "ImageSequence",
    "Music",
    "Needs",
    "Note",
    "Order",
    "Pace",
    "Part",
    "Piece",
    "Plan",
    "Probe",
    "Profile",
    "Progress",
    "Quality",
    "Recording",
    "Score",
    "Skipped",
    "Stretch",
    "TICKS_PER_BEAT",
    "Timeline",
    "moment_of",
    "seconds_of",
    "silent",
]
