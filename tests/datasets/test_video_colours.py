"""High dynamic range and unusual colours of videos, encoded here."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from imbatch2soundvisu.datasets import discover, images
from imbatch2soundvisu.runtime.cache import Cache

SIZE = 96
BT709, UNSPECIFIED, PQ, HLG, BT2020, LIMITED = 1, 2, 16, 18, 9, 1


def pq(nits: float) -> float:
    """The stored value of a luminance in cd/m2 (SMPTE ST 2084)."""
    power = (nits / 10_000) ** 0.1593017578125
    return float(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)


def encoded(path: Path, bands: list[float], transfer: int, primaries: int, red: float = 0.0) -> Path:
    """A video of 10 bits with grey bands from left to right; `red` is the red-difference signal, -0.5 to 0.5."""
    frame = av.VideoFrame(SIZE, SIZE, "yuv420p10le")
    luma = np.repeat([round(64 + 876 * value) for value in bands], SIZE // len(bands)).astype("<u2")
    planes = np.tile(luma, (SIZE, 1)), *(np.full((SIZE // 2,) * 2, 512 + round(896 * part), "<u2") for part in (0, red))
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.zeros((plane.height, plane.line_size // 2), "<u2")
        rows[:, : plane.width] = values
        plane.update(rows.tobytes())
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", Fraction(25), options={"preset": "ultrafast", "crf": "4"})
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace = transfer, primaries, primaries
        context.color_range = LIMITED
        for number in range(5):
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def bands_of(path: Path, count: int) -> list[list[int]]:
    """The colours in the middle of the bands of the first frame."""
    pixels = images.open_image(discover(path, cache=Cache(path.parent / "cache")).records[0])
    assert pixels.shape == (SIZE, SIZE, 3)
    width = SIZE // count
    return [pixels[SIZE // 2, width // 2 + k * width].tolist() for k in range(count)]


def test_pq_is_tone_mapped(tmp_path):
    """Dark and middle tones stay as they are, the highlights are compressed and still in order."""
    video = encoded(tmp_path / "a.mp4", [pq(nits) for nits in (0, 5, 36.5, 203, 600, 1000)], PQ, BT2020)
    greys = [band[0] for band in bands_of(video, 6)]
    assert greys[:3] == pytest.approx([0, 43, 118], abs=4)
    assert 190 < greys[3] < greys[4] < greys[5]
    assert greys[5] >= 250


def test_hlg_is_tone_mapped(tmp_path):
    video = encoded(tmp_path / "a.mp4", [0, 0.38, 0.75, 1], HLG, BT2020)
    greys = [band[0] for band in bands_of(video, 4)]
    assert (greys[0], greys[3]) == pytest.approx((0, 255), abs=4)
    assert 95 <= greys[1] <= 130 < 190 <= greys[2]


def test_an_ordinary_video_is_not_changed(tmp_path):
    video = encoded(tmp_path / "a.mp4", [0, 0.25, 0.5, 1], BT709, BT709)
    assert [band[0] for band in bands_of(video, 4)] == pytest.approx([0, 64, 128, 255], abs=3)


def test_wide_colours_without_high_dynamic_range(tmp_path):
    """Red of BT.2020 is more saturated in sRGB; without the matrix and the primaries it is duller and greyer."""
    wide = bands_of(encoded(tmp_path / "a.mp4", [0.4], BT709, BT2020, red=0.15), 1)[0]
    ordinary = bands_of(encoded(tmp_path / "b.mp4", [0.4], BT709, BT709, red=0.15), 1)[0]
    assert wide[0] > ordinary[0] + 10
    assert wide[2] <= ordinary[2]
