"""Conversion to planar BT.709, and zooming."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.visuals.video import yuv


def test_planar_images_are_bt709_with_chroma_on_the_left() -> None:
    planes = yuv.planes(yuv.to_planar(np.full((4, 4, 3), (255, 0, 0), np.uint8)))
    assert [int(plane[0, 0]) for plane in planes] == [63, 102, 240]
    step = np.zeros((4, 8, 3), np.uint8)
    step[:, 4:] = (255, 0, 0)
    red = yuv.planes(yuv.to_planar(step))[2][0].tolist()
    assert red[:2] == [128, 128]
    assert 205 < red[2] < 220
    assert red[3] == 240


def test_zoom_moves_evenly_and_without_jitter() -> None:
    size, canvas_size = (320, 180), (352, 198)
    x, y = np.meshgrid(np.arange(canvas_size[0]), np.arange(canvas_size[1]))
    dot = 255 * np.exp(-((x - 300) ** 2 + (y - 150) ** 2) / 50)
    canvas = yuv.to_planar(np.repeat(dot[..., None], 3, axis=2).astype(np.uint8))
    steps = np.geomspace(1.1, 1.0, 90)
    found = []
    for step in steps:
        corner = ((canvas_size[0] - step * size[0]) / 2, (canvas_size[1] - step * size[1]) / 2)
        luma = np.maximum(yuv.planes(yuv.view(canvas, size, step, corner))[0].astype(float) - 20, 0)
        columns = np.arange(size[0])
        found.append((luma.sum(axis=0) * columns).sum() / luma.sum())
    expected = (size[0] - 1) / 2 + (300 - (canvas_size[0] - 1) / 2) / steps
    assert np.abs(np.array(found) - expected).max() < 0.06
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("corner", [(0.0, 0.0), (10.0, 6.0), (10.5, 7.25), (31.0, 17.0)])
def test_a_view_moves_colours_with_luma(corner: tuple[float, float]) -> None:
    x, y = np.meshgrid(np.arange(192), np.arange(108))
    dot = np.exp(-((x - 80) ** 2 + (y - 50) ** 2) / 100)
    canvas = yuv.to_planar((dot[..., None] * (255, 40, 0)).astype(np.uint8))
    luma, _, red = (plane.astype(float) for plane in yuv.planes(yuv.view(canvas, (160, 90), 1.0, corner)))

    def centre(plane: np.ndarray) -> tuple[float, float]:
        plane = np.maximum(plane, 0)
        return (plane.sum(axis=0) @ np.arange(plane.shape[1])) / plane.sum(), (
            plane.sum(axis=1) @ np.arange(plane.shape[0])
        ) / plane.sum()

    assert centre(luma - 18) == pytest.approx((80 - corner[0], 50 - corner[1]), abs=0.1)
    across, down = centre(red - 130)
    assert (2 * across, 2 * down + 0.5) == pytest.approx((80 - corner[0], 50 - corner[1]), abs=0.15)
