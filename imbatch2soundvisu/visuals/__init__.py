"""What is made to be looked at: frames, thumbnails, GIFs, MP4 films, contact sheets, storyboards, plots, piano rolls.

Nothing that draws or encodes is imported before it is used.
"""

from .frames import frame, thumbnail, thumbnail_uri
from .gif import GifReport, write_gif
from .plots.distribution import distribution_plot
from .sheets import contact_sheet, storyboard

__all__ = [
    "GifReport",
    "contact_sheet",
    "distribution_plot",
    "frame",
    "storyboard",
    "thumbnail",
    "thumbnail_uri",
    "write_gif",
]
