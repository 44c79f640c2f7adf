"""Visual outputs: frames, thumbnails, GIFs, MP4 films, contact sheets, storyboards, plots, piano rolls.

The public names are loaded when they are first used; `__init__.pyi` lists them. Importing this package registers the
thumbnails that image sequences show in notebooks.
"""

import lazy_loader as _lazy

from ..core import register_thumbnails
from .frames import thumbnail_uri

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

register_thumbnails(thumbnail_uri)
