"""Images of any size, written as their rows come, in little memory: Deep Zoom pyramids, BigTIFF, JPEG.

Neither holds the image: a source yields its rows from top to bottom, and what is complete goes to the disk.
"""

from .big_jpeg import write_big_jpeg
from .big_tiff import COMPRESSIONS, write_big_tiff
from .deep_zoom import DeepZoom, dzi, level_sizes, write_deep_zoom
from .encoding import FORMATS, Encoding

__all__ = [
    "COMPRESSIONS",
    "FORMATS",
    "DeepZoom",
    "Encoding",
    "dzi",
    "level_sizes",
    "write_big_jpeg",
    "write_big_tiff",
    "write_deep_zoom",
]
