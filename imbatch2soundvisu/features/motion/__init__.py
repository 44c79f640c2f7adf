"""Motion between neighbouring images: dense optical flow, the motion of the camera and of what moves before it.

`Motion` is a pass over pairs of images; `dense_flow` and `camera_of` are the functions it is made of.
"""

from .camera import Similarity, camera_of
from .flow import Flow, dense_flow
from .passes import MOTION_COLUMNS, Motion

__all__ = ["MOTION_COLUMNS", "Flow", "Motion", "Similarity", "camera_of", "dense_flow"]
