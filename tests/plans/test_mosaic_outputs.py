"""Outputs of mosaics for print and zooming: what they write, and which fields they refuse."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic.painting.placements import read_placements
from tests.conftest import photo

SETTINGS = config.resolve({}, {})


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "portrait.png"
    Image.fromarray(photo(100)).save(path)
    return path


@pytest.fixture
def made(folder, target):
    """The result of a plan with the given outputs."""

    def make(*outputs):
        (result,) = i2s.run([i2s.MosaicPlan("a", target, columns=8, outputs=outputs)], root=folder).results
        assert not result.problems
        return result

    return make


def test_placements_paint_the_same_mosaic_again(made):
    result = made("placements", i2s.MosaicImage("png"))
    assert result.entry["viewers"]["placements"] == "table"
    again = read_placements(result.path("placements_json"), settings=SETTINGS)
    from imbatch2soundvisu.mosaic.painting.strips import painted

    with Image.open(result.path("mosaic")) as image:
        assert np.array_equal(painted(again), np.asarray(image))
    rows = list(csv.reader(result.path("placements").read_text(encoding="utf-8").splitlines()[1:]))
    assert len(rows) >= 32


def test_a_tiff_has_its_width_and_resolution(made):
    result = made(i2s.BigTiff(width=600, dpi=150, compression="deflate"))
    with Image.open(result.path("tiff")) as image:
        assert image.size == (600, 400)
        assert round(float(image.info["dpi"][0])) == 150


def test_the_page_is_in_a_folder_that_the_gallery_links_and_the_next_run_removes(made):
    result = made(i2s.ZoomPage(tile_px=64))
    page = result.path("page")
    assert page.name == "index.html"
    assert "portrait" not in page.parent.name
    assert (page.parent / "mosaic.dzi").is_file()
    assert result.entry["viewers"]["page"] == "page"
    made("mosaic-image")
    assert not page.parent.exists()


def test_the_default_outputs_are_all_written(folder, target):
    plan = i2s.MosaicPlan("a", target, columns=6, music=None)
    (result,) = i2s.run([plan], root=folder, session={"VIDEO_SIZE": (96, 64), "GIF_SIDE": 64, "FPS": 10}).results
    assert not result.problems
    assert set(result.files) == {
        "mosaic", "comparison", "placements", "placements_json", "page", "build_up", "build_up_gif",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (i2s.BigTiff(width=2), "width"),
        (i2s.BigTiff(dpi=0), "dpi=0"),
        (i2s.BigTiff(compression="lzw"), "compression"),
        (i2s.BigTiff(quality=0), "quality"),
        (i2s.ZoomPage(tile_px=1), "tile_px"),
        (i2s.ZoomPage(megapixels=0), "megapixels=0"),
        (i2s.ZoomPage(quality=101), "quality"),
    ],
)
def test_what_is_not_possible_is_refused(target, output, says):
    with pytest.raises(ConfigError, match=says):
        i2s.MosaicPlan("a", target, outputs=[output]).check(SETTINGS)
