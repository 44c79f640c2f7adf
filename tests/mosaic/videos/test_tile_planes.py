"""The colours in which frames are painted."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.mosaic import Codebook, MosaicOptions
from imbatch2soundvisu.mosaic.videos.frames import to_rgb
from imbatch2soundvisu.mosaic.videos.grid import grid_of
from imbatch2soundvisu.mosaic.videos.tile_planes import Painter, TintedPainter, painter_of

from ...conftest import photo
from .clips import decoded, moving, written


def codebook(alpha: np.ndarray | None = None, size: tuple[int, int] = (8, 6)) -> Codebook:
    tiles = np.stack([photo(seed, *size) for seed in range(5)])
    return Codebook((), tiles, alpha, np.zeros(5, np.uint8))


@pytest.mark.parametrize("size", [(8, 6), (7, 5)])
def test_frames_consist_of_tiles(size):
    """Also where they share samples of colour."""
    grid = grid_of((6 * size[0], 4 * size[1]), MosaicOptions(tile=size))
    book, samples = codebook(size=size), np.zeros((24, 24, 3), np.uint8)
    painter = painter_of(book, grid)
    assert isinstance(painter, Painter)
    assert painter.is_planar == (size == (8, 6))
    chosen = np.arange(24) % 5
    for shift, changed in ((0, np.ones(24, bool)), (2, chosen == 3)):
        chosen = np.where(changed, (chosen + shift) % 5, chosen)
        frame = to_rgb(painter.painted(chosen, changed, samples)).astype(int)
        rows = [np.concatenate([book.rgb[each] for each in row], axis=1) for row in chosen.reshape(4, 6)]
        expected = np.concatenate(rows)[: grid.size[1], : grid.size[0]]
        assert np.abs((frame - expected) @ [0.2126, 0.7152, 0.0722]).mean() < 2


def test_a_full_tint_has_the_colours_of_the_frame():
    grid = grid_of((48, 24), MosaicOptions(tile=(8, 6), tint=1.0))
    painter = painter_of(codebook(), grid)
    assert isinstance(painter, TintedPainter)
    samples = np.full((24, 48, 3), (180, 90, 60), np.uint8)
    shown = to_rgb(painter.painted(np.zeros(24, np.int32), np.ones(24, bool), samples))
    light = (shown.reshape(-1, 3) / 255.0) ** 2.2
    assert np.abs(light.mean(axis=0) ** (1 / 2.2) * 255 - (180, 90, 60)).max() < 6


def test_noise_does_not_paint_tinted_tiles_again():
    grid = grid_of((48, 24), MosaicOptions(tile=(8, 6), tint=0.5))
    painter = painter_of(codebook(), grid)
    still, chosen = np.full((24, 48, 3), 120, np.uint8), np.zeros(24, np.int32)
    frames = [
        painter.painted(chosen, np.full(24, number == 0), still + np.uint8(more))
        for number, more in enumerate((0, 1, 2, 40))
    ]
    assert np.array_equal(frames[0], frames[1])
    assert np.array_equal(frames[0], frames[2])
    assert frames[3].mean() > frames[0].mean() + 5


def test_transparent_tiles_are_painted_on_the_colour_of_their_cell():
    alpha = np.zeros((5, 6, 8), np.uint8)
    grid = grid_of((48, 24), MosaicOptions(tile=(8, 6)))
    painter = painter_of(codebook(alpha), grid)
    samples = np.full((24, 48, 3), (180, 90, 60), np.uint8)
    frame = to_rgb(painter.painted(np.zeros(24, np.int32), np.ones(24, bool), samples))
    assert np.abs(frame.astype(int) - (180, 90, 60)).max() <= 3


@pytest.mark.parametrize("opacity", [1.0, 0.5])
def test_opacity_mixes_the_frame_into_its_mosaic(tmp_path, opacity):
    pictures = moving(3)
    video = written(tmp_path / "a.mp4", pictures)
    (tmp_path / "tiles").mkdir()
    Image.new("RGB", (8, 6), (128, 128, 128)).save(tmp_path / "tiles" / "grey.png")
    i2s.video_mosaic(video, tmp_path / "tiles", tmp_path / "film.mp4", tile=(8, 6), opacity=opacity)
    for frame, true in zip(decoded(tmp_path / "film.mp4"), decoded(video), strict=True):
        expected = (1 - opacity) * 128 + opacity * true.astype(float)
        assert np.abs((frame - expected) @ [0.2126, 0.7152, 0.0722]).mean() < 2


def test_a_mask_keeps_the_source(tmp_path):
    video = written(tmp_path / "a.mp4", moving(2))
    (tmp_path / "tiles").mkdir()
    Image.new("RGB", (8, 6), (128, 128, 128)).save(tmp_path / "tiles" / "grey.png")
    mask = np.zeros((48, 64), np.uint8)
    mask[:, 32:] = 255
    i2s.video_mosaic(video, tmp_path / "tiles", tmp_path / "film.mp4", tile=(8, 6), mask=mask)
    for frame, true in zip(decoded(tmp_path / "film.mp4"), decoded(video), strict=True):
        assert np.abs(frame[:, 34:].astype(int) - 128).mean() < 3
        assert np.abs(frame[:, :30].astype(int) - true[:, :30]).mean() < 4
