"""Video mosaics: each frame of a video as a mosaic, with tiles that stay where they are as long as they fit.

Frames are read one after another (`reading`), each is sampled on the grid of its cells (`grid`), tiles are kept or
replaced (`stabilization`), painted (`painting`) and encoded in parts that a later run continues (`parts`); the film is
put together from the parts and the sound of the source (`sound`, `writing`).
"""

from .options import VideoMosaicOptions
from .reports import VideoMosaicReport
from .video_mosaics import video_mosaic

__all__ = ["VideoMosaicOptions", "VideoMosaicReport", "video_mosaic"]
