"""The steps from a folder of images to a map, one function each: the files between them can be made elsewhere, too.

`python -m imbatch2soundvisu.atlas STEP` runs them from the shell.
"""

from .mapping import features_to_tsne, images_to_features, tsne_to_grid
from .painting import grid_to_image, grid_to_tiles, image_to_tiles
from .records import csv_to_json

__all__ = [
    "csv_to_json",
    "features_to_tsne",
    "grid_to_image",
    "grid_to_tiles",
    "image_to_tiles",
    "images_to_features",
    "tsne_to_grid",
]
