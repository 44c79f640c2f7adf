"""GIF files are decoded again: frames, durations, sizes and colours are those requested."""

from __future__ import annotations

import shutil
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from imbatch2soundvisu.config import BACKGROUND
from imbatch2soundvisu.core.errors import ConfigError, MakeError
from imbatch2soundvisu.visuals import frame, gif, write_gif

from .samples import save, scene


def read(path: Path) -> tuple[list[np.ndarray], list[int], dict]:
    with Image.open(path) as image:
        info = dict(image.info)
        shown = [(np.asarray(f.convert("RGB")), f.info["duration"]) for f in ImageSequence.Iterator(image)]
    return [pixels for pixels, _ in shown], [milliseconds for _, milliseconds in shown], info


def blurred_psnr(a: np.ndarray, b: np.ndarray) -> float:
    return cv2.PSNR(*(cv2.GaussianBlur(x.astype(np.float32), (0, 0), 1.5) for x in (a, b)), R=255.0)


def test_gif_shows_each_frame_for_its_duration_and_loops(tmp_path: Path) -> None:
    frames = [scene(i) for i in range(11)]
    report = write_gif(tmp_path / "a.gif", frames, [1 / 3] * 11)
    shown, milliseconds, info = read(tmp_path / "a.gif")
    assert len(shown) == report.frames == 11
    assert sum(milliseconds) == 3670
    assert report.seconds == pytest.approx(3.67)
    assert info["loop"] == 0
    assert report.bytes == (tmp_path / "a.gif").stat().st_size
    assert all(blurred_psnr(a, b) > 34 for a, b in zip(shown, frames, strict=True))


def test_gif_without_loop_plays_once(tmp_path: Path) -> None:
    write_gif(tmp_path / "a.gif", [scene(0), scene(1)], [1, 1], loop=False)
    assert "loop" not in read(tmp_path / "a.gif")[2]


@settings(deadline=None)
@given(st.lists(st.floats(0.03, 5.0), min_size=1, max_size=200))
def test_cuts_are_within_half_a_centisecond(durations: list[float]) -> None:
    ends = np.cumsum(gif.centiseconds(durations)) / 100
    assert np.abs(ends - np.cumsum(durations)).max() <= 0.005 + 1e-6


@pytest.mark.parametrize("durations", [[0.001, 1.0], [700.0], []])
def test_durations_out_of_range_are_refused(durations: list[float], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="GIF"):
        write_gif(tmp_path / "a.gif", [scene(0)] * len(durations), durations)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [1, 3])
def test_frames_and_durations_must_match(count: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="durations"):
        write_gif(tmp_path / "a.gif", [scene(0)] * count, [1, 1])
    assert not list(tmp_path.iterdir())


def test_same_frames_give_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_gif(tmp_path / f"{name}.gif", (scene(i) for i in range(3)), [0.5] * 3)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


def test_gif_is_more_accurate_and_smaller_than_pillows_dithered_gif(tmp_path: Path) -> None:
    frames = [scene(i, 240, 135) for i in range(4)]
    write_gif(tmp_path / "own.gif", frames, [0.5] * 4)
    plain = [Image.fromarray(f) for f in frames]
    plain = [p.quantize(palette=p.quantize(256), dither=Image.Dither.FLOYDSTEINBERG) for p in plain]
    plain[0].save(tmp_path / "pillow.gif", save_all=True, append_images=plain[1:], duration=500)
    own, pillow = (
        np.mean([blurred_psnr(a, b) for a, b in zip(read(tmp_path / f"{name}.gif")[0], frames, strict=True)])
        for name in ("own", "pillow")
    )
    assert own > pillow + 1
    assert (tmp_path / "own.gif").stat().st_size < (tmp_path / "pillow.gif").stat().st_size


def test_bars_beside_an_image_stay_flat(tmp_path: Path) -> None:
    record = save(tmp_path / "tall.png", scene(3, 60, 90))
    shown = frame(record, (160, 90))
    write_gif(tmp_path / "a.gif", [shown], [1])
    assert (read(tmp_path / "a.gif")[0][0][:, :44] == BACKGROUND).all()


def test_size_limit_reduces_colours_then_size(tmp_path: Path) -> None:
    frames = [scene(i, 160, 96) for i in range(5)]
    free = write_gif(tmp_path / "a.gif", frames, [0.5] * 5)
    some = write_gif(tmp_path / "b.gif", lambda: iter(frames), [0.5] * 5, max_bytes=int(free.bytes * 0.8))
    less = write_gif(tmp_path / "c.gif", frames, [0.5] * 5, max_bytes=free.bytes // 5)
    assert (free.colours, free.scale) == (256, 1.0)
    assert some.loss > free.loss or some.colours < 256
    assert some.scale == 1.0
    assert some.bytes <= free.bytes * 0.8
    assert less.scale < 1
    assert less.bytes <= free.bytes // 5
    assert len(read(tmp_path / "c.gif")[0]) == 5


def test_unreachable_size_limit_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(MakeError, match="50 bytes"):
        write_gif(tmp_path / "a.gif", [scene(0)], [1], max_bytes=50)
    with pytest.raises(TypeError, match="again"):
        write_gif(tmp_path / "a.gif", iter([scene(0)]), [1], max_bytes=50)
    assert not list(tmp_path.iterdir())


def test_memory_does_not_grow_with_the_number_of_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gif, "cores", lambda: 1)  # how many threads work in the same moment varies

    def peak(count: int) -> int:
        tracemalloc.start()
        write_gif(tmp_path / "a.gif", (scene(i % 7) for i in range(count)), [0.1] * count)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(64) < 1.1 * peak(16)


@pytest.mark.skipif(shutil.which("gifsicle") is None, reason="gifsicle is not installed")
def test_gifsicle_keeps_the_pixels(tmp_path: Path) -> None:
    frames = [scene(i) for i in range(3)]
    write_gif(tmp_path / "a.gif", frames, [0.5] * 3)
    assert write_gif(tmp_path / "b.gif", frames, [0.5] * 3, gifsicle=True).gifsicle
    shown = read(tmp_path / "a.gif")[0], read(tmp_path / "b.gif")[0]
    assert all((a == b).all() for a, b in zip(*shown, strict=True))
