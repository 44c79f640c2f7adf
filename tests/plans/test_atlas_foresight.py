"""What a dry run says of a map: the size of each output, and a grid that is too small."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli.dry_run import foreseen
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.measurement import measure_for
from imbatch2soundvisu.runtime.cache import Cache
from tests.plans.test_atlas import images, run

OUTPUTS = [
    i2s.AtlasPage(), i2s.Matrix(), i2s.Matrix(format="tiff"), i2s.Pyramid(), i2s.Pyramid(format="webp"),
    i2s.Pyramid(iiif=True), i2s.Matrix(quality=50), i2s.Pyramid(quality=98), i2s.Vikus(),
]  # fmt: skip


def atlas(output, **fields):
    fields = {"on": "look", "layouts": [], "grid": "6x4", "clusters": None, **fields}
    return i2s.AtlasPlan("map", outputs=[output], **fields)


def settings_of(tmp_path, root):
    places = {"DATA_ROOT": root, "OUTPUTS": tmp_path / "none", "CACHE": tmp_path / "cache"}
    return i2s.config.with_places(None, places)


def line(tmp_path, root, plan):
    found = foreseen([plan], settings_of(tmp_path, root), lambda *_: None)
    return next(line for line in found if line.startswith("  map:"))


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """24 images that are about as rich in detail as photographs, and what was measured of them."""
    folder = tmp_path_factory.mktemp("photographs")
    (folder / "images").mkdir()
    for i in range(24):
        pixels = np.random.default_rng(i).integers(0, 256, (240, 320, 3), np.uint8)
        Image.fromarray(cv2.GaussianBlur(pixels, (0, 0), 2)).save(folder / "images" / f"{i:03}.jpg", quality=90)
    settings = settings_of(folder, folder / "images")
    with Cache(settings.cache) as cache:
        collection = discover(folder / "images", cache=cache, settings=settings)
        return folder, measure_for(collection, atlas(OUTPUTS[0]).needs, cache=cache, settings=settings)


@pytest.mark.parametrize("number", range(len(OUTPUTS)))
def test_the_size_of_each_output_is_foreseen(photographs, number):
    folder, table = photographs
    plan = atlas(OUTPUTS[number])
    size = plan.foresee(table, 24, folder / "none", settings_of(folder, folder / "images")).size
    result = run(folder, folder / "images", plan, name=f"outputs-{number}").results[0]
    written = sum(
        path.stat().st_size
        for path in result.folder.rglob("*")
        if path.suffix in (".jpg", ".webp", ".tif", ".js", ".html")
    )
    assert written / 2.5 < size < written * 2.5


def test_the_size_in_pixels_is_there(photographs):
    folder, _ = photographs
    said = line(folder, folder / "images", atlas(i2s.Pyramid(tile="64x32")))
    assert "map of 24 images, 1 layout; pyramid of 384 × 128 px; about" in said


def test_before_images_are_measured_it_is_about(tmp_path):
    root = images(tmp_path / "images", 12)
    said = line(tmp_path, root, atlas(i2s.Matrix(tile="100x50")))
    assert "map of about 12 images, 1 layout; matrix of about 600 × 200 px; about" in said


def test_a_grid_that_is_too_small_is_said(photographs):
    folder, _ = photographs
    said = line(folder, folder / "images", atlas(i2s.Matrix(), grid="5x4"))
    assert "cannot be made: a grid of 5 x 4 has 20 cells for 24 images" in said
