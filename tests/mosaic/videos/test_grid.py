"""Where the tiles of a video mosaic are."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.mosaic import MosaicOptions
from imbatch2soundvisu.mosaic.layout.cells import lay_out
from imbatch2soundvisu.mosaic.matching.draws import keys_of
from imbatch2soundvisu.mosaic.matching.vectors import cell_vectors
from imbatch2soundvisu.mosaic.videos.grid import grid_of

from ...conftest import photo


@pytest.mark.parametrize("cover", ["all", "whole"])
@pytest.mark.parametrize("tile", [(8, 6), (16, 12), (7, 11)])
def test_cells_are_those_of_a_still_mosaic(cover, tile):
    options, target = MosaicOptions(tile=tile, cover=cover), photo(2, 120, 80)
    grid, cells = grid_of((120, 80), options), lay_out(target, options)
    assert np.array_equal(keys_of(grid.cells), keys_of(cells))
    expected = cell_vectors(target, cells, grid.samples, options)
    assert np.allclose(grid.vectors(grid.sampled(target)), expected, atol=0.02)


@pytest.mark.parametrize(
    "options", [{"columns": 48, "width_aspect": 4, "height_aspect": 3, "tile_px": 40}, {"tile": (3, 4), "tile_px": 10}]
)
@pytest.mark.parametrize("cover", ["all", "whole"])
def test_a_larger_film_has_the_aspect_of_its_source(options, cover):
    """Also where the height of a tile is not a whole number of pixels."""
    grid = grid_of((1280, 720), MosaicOptions(cover=cover, **options))
    _, _, width, height = grid.covered
    assert grid.uncut[0] / grid.uncut[1] == pytest.approx(width / height, rel=0.002)
    assert grid.uncut[0] <= grid.counts[0] * grid.tile[0]
    assert grid.uncut[1] <= grid.counts[1] * grid.tile[1]
