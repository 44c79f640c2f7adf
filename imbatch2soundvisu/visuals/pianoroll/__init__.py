"""The piano roll of a score: why the music is what it is, with the images above their notes."""

from .drawing import draw
from .geometry import Geometry, geometry_of
from .part_colours import note_colour

__all__ = ["Geometry", "draw", "geometry_of", "note_colour"]
