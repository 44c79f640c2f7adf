"""Images as frames, GIFs, films, sheets, plots and the piano roll."""

from .frames import distribution_plot, frame, thumbnail, thumbnail_uri
from .gif import write_gif
from .sheets import contact_sheet, storyboard

__all__ = [
    "contact_sheet",
    "distribution_plot",
    "frame",
    "storyboard",
    "thumbnail",
    "thumbnail_uri",
    "write_gif",
]
