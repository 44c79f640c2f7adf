"""From a folder, a list, a video or the built-in sample to a `Collection`; decoding of images; the health report."""

from .discovery import date_in_name, discover, health, usable
from .downloads import huggingface, kaggle, torchvision
from .duplicates import near_duplicates
from .images import open_image
from .sample import built_in_sample
from .videos import video_frames

__all__ = [
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
