"""Images of any size, written as their rows come, in little memory: Deep Zoom pyramids and BigTIFF.

Neither holds the image: a source yields its rows from top to bottom, and what is complete goes to the disk.
"""

from .big_tiff import COMPRESSIONS, write_big_tiff
from .deep_zoom import DeepZoom, level_sizes, write_deep_zoom

__all__ = ["COMPRESSIONS", "DeepZoom", "level_sizes", "write_big_tiff", "write_deep_zoom"]
