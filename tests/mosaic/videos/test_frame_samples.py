"""Samples from planes are those of the whole picture."""

from __future__ import annotations

import av
import numpy as np
import pytest

from imbatch2soundvisu.datasets.video_pictures import picture
from imbatch2soundvisu.mosaic import MosaicOptions
from imbatch2soundvisu.mosaic.videos.frame_samples import frame_samples, is_plain
from imbatch2soundvisu.mosaic.videos.grid import grid_of

from ...conftest import photo

LIMITED, FULL = 1, 2
UNKNOWN, BT709, BT601 = 2, 1, 6


def frame_of(pixels, kind="yuv420p", matrix=UNKNOWN, full=LIMITED):
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=kind)
    frame.colorspace, frame.color_range = matrix, full
    return frame


@pytest.mark.parametrize("kind", ["yuv420p", "nv12"])
@pytest.mark.parametrize("matrix", [UNKNOWN, BT709, BT601])
@pytest.mark.parametrize("full", [LIMITED, FULL])
@pytest.mark.parametrize("cover", ["all", "whole"])
def test_planes_give_the_colours_of_the_picture(kind, matrix, full, cover):
    frame = frame_of(photo(3, 120, 84), kind, matrix, full)
    grid = grid_of((120, 84), MosaicOptions(tile=(16, 12) if cover == "all" else (14, 10), cover=cover))
    assert is_plain(frame, grid, None)
    expected = grid.sampled(picture(frame)).astype(int)
    difference = np.abs(frame_samples(frame, grid, None).astype(int) - expected)
    assert difference.mean() < 1
    assert difference.max() <= 4


def test_an_hd_frame_without_a_matrix_is_bt709():
    frame = frame_of(photo(3, 960, 720))
    grid = grid_of((960, 720), MosaicOptions(tile=(40, 30)))
    difference = np.abs(frame_samples(frame, grid, None).astype(int) - grid.sampled(picture(frame)))
    assert difference.mean() < 1


@pytest.mark.parametrize("kind", ["yuv444p", "yuv422p", "rgb24", "gray", "yuv420p10le"])
def test_other_frames_are_sampled_as_pictures(kind):
    frame = frame_of(photo(3, 120, 84), kind)
    grid = grid_of((120, 84), MosaicOptions(tile=(16, 12)))
    assert not is_plain(frame, grid, None)
    assert np.array_equal(frame_samples(frame, grid, None), grid.sampled(picture(frame)))


def test_odd_places_are_sampled_as_pictures():
    frame = frame_of(photo(3, 120, 84))
    assert not is_plain(frame, grid_of((120, 84), MosaicOptions(tile=(7, 5))), None)
