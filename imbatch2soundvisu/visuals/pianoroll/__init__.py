"""The piano roll: one image a piece that shows why the music is what it is, the images above their notes."""

from .drawing import draw, ink_of
from .geometry import Geometry, measure_out

__all__ = ["Geometry", "draw", "ink_of", "measure_out"]
