"""Mosaics: an image made of many others, still, zoomed and moving; functions on arrays, no plans.

A target is divided into cells (`cells`); images become tiles of one size (`codebook`); cells and tiles are compared as
vectors (`vectors`, `matching`); each cell gets a tile (`choosing`); the mosaic is painted in strips (`painting`).

The package can be called: `imbatch2soundvisu.mosaic(target, tiles)` is `mosaic.mosaic(target, tiles)`.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from .cells import TILINGS, Cells, Grid, Tiling
from .codebook import Codebook, codebook_of
from .explorer import explore
from .fidelity import Fidelity
from .mosaics import Mosaic, load_placements, make_mosaic, mosaic
from .options import MosaicOptions
from .quadtree import Quadtree
from .scale_gif import ScaleGif, scale_gif
from .tilings import Brick, Hexagon
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
