"""The piano roll of a score, with the images above their notes and the features that the music follows below."""

from .drawing import draw
from .geometry import Geometry, geometry_of
from .part_colours import note_colour

__all__ = ["Geometry", "draw", "geometry_of", "note_colour"]
