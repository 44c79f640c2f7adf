"""Collections of images: discovery, decoding, video frames, the built-in sample, downloads, health, near-duplicates."""

from .dates import date_in_name
from .decoders import Decoding
from .discovery import discover, usable
from .downloads import huggingface, kaggle, torchvision
from .duplicates import near_duplicates
from .health import health
from .images import open_image
from .sample import built_in_sample
from .videos import video_frames

__all__ = [
    "Decoding",
    "built_in_sample",
    "date_in_name",
    "discover",
    "health",
    "huggingface",
    "kaggle",
    "near_duplicates",
    "open_image",
    "torchvision",
    "usable",
    "video_frames",
]
