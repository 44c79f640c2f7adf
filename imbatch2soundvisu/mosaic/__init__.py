"""Mosaics: an image made of many others, still, zoomed and moving; functions on arrays, no plans.

A target is divided into cells (`layout`); images become tiles of one size (`tiles`); cells and tiles are compared as
vectors, and each cell gets a tile (`matching`); tiles get the colours of their cells (`colours`); a mosaic is painted
in strips, and as posters of any size (`painting`). `films` has films of one mosaic, `videos` mosaics of videos, `page`
a page that zooms, `explorer` a window with a slider of scales, `command` the command line.

The package can be called: `imbatch2soundvisu.mosaic(target, tiles)` is `mosaic.mosaic(target, tiles)`.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from .explorer import explore
from .fidelity import Fidelity
from .layout.cells import TILINGS, Cells, Grid, Tiling
from .layout.quadtree import Quadtree
from .layout.tilings import Brick, Hexagon
from .mosaics import Mosaic, load_placements, make_mosaic, mosaic
from .options import MosaicOptions
from .scale_gif import ScaleGif, scale_gif
from .tiles.codebook import Codebook, codebook_of
from .videos import VideoMosaicOptions, VideoMosaicReport, video_mosaic

__all__ = [
    "TILINGS",
    "Brick",
    "Cells",
    "Codebook",
    "Fidelity",
    "Grid",
    "Hexagon",
    "Mosaic",
    "MosaicOptions",
    "Quadtree",
    "ScaleGif",
    "Tiling",
    "VideoMosaicOptions",
    "VideoMosaicReport",
    "codebook_of",
    "explore",
    "load_placements",
    "make_mosaic",
    "mosaic",
    "scale_gif",
    "video_mosaic",
]


class _CallablePackage(types.ModuleType):
    """A package that has the name of its main function stands for it."""

    def __call__(self, *arguments: Any, **keywords: Any) -> Mosaic:
        return mosaic(*arguments, **keywords)


sys.modules[__name__].__class__ = _CallablePackage
