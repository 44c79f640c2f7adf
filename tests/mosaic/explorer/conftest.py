"""A target and tiles for explorers."""

from __future__ import annotations

import pytest
from PIL import Image

from imbatch2soundvisu.mosaic import MosaicOptions
from imbatch2soundvisu.mosaic.scales import scaled_mosaics
from tests.conftest import photo
from tests.mosaic.test_mosaics import plain_tiles

COLOURS = [(value, other, 255 - value) for value in range(0, 256, 51) for other in (0, 120, 240)]


@pytest.fixture
def images(tmp_path):
    """The current folder with `me.png` and a folder `tiles`."""
    Image.fromarray(photo(1)).save(tmp_path / "me.png")
    plain_tiles(tmp_path / "tiles", COLOURS)
    return tmp_path


@pytest.fixture
def mosaics(images):
    """Mosaics of `me.png` in the scales 2 to 6."""
    return scaled_mosaics("me.png", "tiles", range(2, 7), MosaicOptions())
