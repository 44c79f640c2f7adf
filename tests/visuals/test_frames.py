"""GIFs, sheets, thumbnails and plots, on small images made here."""

from __future__ import annotations

import base64
import io
import shutil
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from imbatch2soundvisu import visuals
from imbatch2soundvisu.config import BACKGROUND
from imbatch2soundvisu.core import Criterion, FeatureInfo, FeatureTable, ImageRecord
from imbatch2soundvisu.core import ImageSequence as Sequence_
from imbatch2soundvisu.core.errors import ConfigError, ImageError, MakeError
from imbatch2soundvisu.visuals import gif, sheets, text_drawing


def scene(seed: int, width: int = 96, height: int = 64) -> np.ndarray:
    """An image with gradients, edges and some noise, (height, width, 3) uint8."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (4, 6, 3)).astype(np.uint8)
    smooth = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    smooth[height // 3 : height // 2, width // 4 : width // 2] = rng.integers(0, 256, 3)
    return np.clip(smooth + rng.integers(-6, 7, smooth.shape), 0, 255).astype(np.uint8)


def save(path: Path, pixels: np.ndarray, name: str | None = None) -> ImageRecord:
    Image.fromarray(pixels).save(path)
    return ImageRecord(path, path.stem, pixels.shape[1], pixels.shape[0], name=name or path.name)


def sequence(records: list[ImageRecord], values: np.ndarray | None = None) -> Sequence_:
    shown = np.linspace(0, 1, len(records)) if values is None else values
    criterion = Criterion("look", 10.0, 20.0, 9.0, 1.0, 2.0, 0.9)
    return Sequence_("a plan", FeatureTable(tuple(records)), shown, FeatureInfo("luminance"), criterion)


@pytest.fixture
def records(tmp_path: Path) -> list[ImageRecord]:
    return [save(tmp_path / f"{i}.png", scene(i)) for i in range(6)]


def read(path: Path) -> tuple[list[np.ndarray], list[int], dict]:
    with Image.open(path) as image:
        info = dict(image.info)
        shown = [(np.asarray(f.convert("RGB")), f.info["duration"]) for f in ImageSequence.Iterator(image)]
    return [pixels for pixels, _ in shown], [milliseconds for _, milliseconds in shown], info


def blurred_psnr(a: np.ndarray, b: np.ndarray) -> float:
    return cv2.PSNR(*(cv2.GaussianBlur(x.astype(np.float32), (0, 0), 1.5) for x in (a, b)), R=255.0)


def test_gif_shows_the_frames_for_their_time_for_ever(tmp_path: Path) -> None:
    frames = [scene(i) for i in range(11)]
    report = visuals.write_gif(tmp_path / "a.gif", frames, [1 / 3] * 11)
    shown, milliseconds, info = read(tmp_path / "a.gif")
    assert len(shown) == report.frames == 11
    assert sum(milliseconds) == 3670
    assert report.seconds == pytest.approx(3.67)
    assert info["loop"] == 0
    assert report.bytes == (tmp_path / "a.gif").stat().st_size
    assert all(blurred_psnr(a, b) > 34 for a, b in zip(shown, frames, strict=True))


def test_gif_that_plays_once(tmp_path: Path) -> None:
    visuals.write_gif(tmp_path / "a.gif", [scene(0), scene(1)], [1, 1], loop=False)
    assert "loop" not in read(tmp_path / "a.gif")[2]


@settings(deadline=None)
@given(st.lists(st.floats(0.03, 5.0), min_size=1, max_size=200))
def test_cuts_are_never_more_than_half_a_centisecond_off(durations: list[float]) -> None:
    ends = np.cumsum(gif.centiseconds(durations)) / 100
    assert np.abs(ends - np.cumsum(durations)).max() <= 0.005 + 1e-6


@pytest.mark.parametrize("durations", [[0.001, 1.0], [700.0], []])
def test_times_a_gif_cannot_hold_are_refused(durations: list[float], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="GIF"):
        visuals.write_gif(tmp_path / "a.gif", [scene(0)] * len(durations), durations)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [1, 3])
def test_gif_refuses_frames_that_do_not_match_the_durations(count: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="durations"):
        visuals.write_gif(tmp_path / "a.gif", [scene(0)] * count, [1, 1])
    assert not list(tmp_path.iterdir())


def test_gif_bytes_are_the_same_twice(tmp_path: Path) -> None:
    for name in "ab":
        visuals.write_gif(tmp_path / f"{name}.gif", (scene(i) for i in range(3)), [0.5] * 3)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


def test_gif_is_closer_and_smaller_than_pillows_dithered_one(tmp_path: Path) -> None:
    frames = [scene(i, 240, 135) for i in range(4)]
    visuals.write_gif(tmp_path / "own.gif", frames, [0.5] * 4)
    plain = [Image.fromarray(f) for f in frames]
    plain = [p.quantize(palette=p.quantize(256), dither=Image.Dither.FLOYDSTEINBERG) for p in plain]
    plain[0].save(tmp_path / "pillow.gif", save_all=True, append_images=plain[1:], duration=500)
    own, pillow = (
        np.mean([blurred_psnr(a, b) for a, b in zip(read(tmp_path / f"{name}.gif")[0], frames, strict=True)])
        for name in ("own", "pillow")
    )
    assert own > pillow + 1
    assert (tmp_path / "own.gif").stat().st_size < (tmp_path / "pillow.gif").stat().st_size


def test_bars_beside_a_image_stay_plain(tmp_path: Path) -> None:
    record = save(tmp_path / "tall.png", scene(3, 60, 90))
    shown = visuals.frame(record, (160, 90))
    visuals.write_gif(tmp_path / "a.gif", [shown], [1])
    assert (read(tmp_path / "a.gif")[0][0][:, :44] == BACKGROUND).all()


def test_size_limit_takes_colours_then_size(tmp_path: Path) -> None:
    frames = [scene(i, 160, 96) for i in range(5)]
    free = visuals.write_gif(tmp_path / "a.gif", frames, [0.5] * 5)
    some = visuals.write_gif(tmp_path / "b.gif", lambda: iter(frames), [0.5] * 5, max_bytes=int(free.bytes * 0.8))
    less = visuals.write_gif(tmp_path / "c.gif", frames, [0.5] * 5, max_bytes=free.bytes // 5)
    assert (free.colours, free.scale) == (256, 1.0)
    assert some.colours < 256
    assert some.scale == 1.0
    assert some.bytes <= free.bytes * 0.8
    assert less.scale < 1
    assert less.bytes <= free.bytes // 5
    assert len(read(tmp_path / "c.gif")[0]) == 5


def test_size_limit_that_cannot_be_met_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(MakeError, match="50 bytes"):
        visuals.write_gif(tmp_path / "a.gif", [scene(0)], [1], max_bytes=50)
    with pytest.raises(TypeError, match="again"):
        visuals.write_gif(tmp_path / "a.gif", iter([scene(0)]), [1], max_bytes=50)
    assert not list(tmp_path.iterdir())


def test_gif_memory_does_not_grow_with_the_number_of_frames(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        visuals.write_gif(tmp_path / "a.gif", (scene(i % 7) for i in range(count)), [0.1] * count)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(64) < 1.1 * peak(16)


@pytest.mark.skipif(shutil.which("gifsicle") is None, reason="gifsicle is not installed")
def test_gifsicle_keeps_what_is_shown(tmp_path: Path) -> None:
    frames = [scene(i) for i in range(3)]
    visuals.write_gif(tmp_path / "a.gif", frames, [0.5] * 3)
    assert visuals.write_gif(tmp_path / "b.gif", frames, [0.5] * 3, gifsicle=True).gifsicle
    shown = read(tmp_path / "a.gif")[0], read(tmp_path / "b.gif")[0]
    assert all((a == b).all() for a, b in zip(*shown, strict=True))


def test_frame_names_the_image_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"not an image")
    with pytest.raises(ImageError, match=r"sub/bad\.png"):
        visuals.frame(ImageRecord(tmp_path / "bad.png", "", 1, 1, name="sub/bad.png"), (32, 32))


def test_thumbnails_are_whole_and_small(tmp_path: Path, records: list[ImageRecord]) -> None:
    assert visuals.thumbnail(records[0], 48).shape == (32, 48, 3)
    uri = visuals.thumbnail_uri(records[0], 48)
    assert uri.startswith("data:image/jpeg;base64,")
    assert Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).size == (48, 32)
    missing = visuals.thumbnail_uri(ImageRecord(tmp_path / "gone.png", "", 1, 1), 20)
    assert Image.open(io.BytesIO(base64.b64decode(missing.split(",")[1]))).size == (20, 20)


def test_contact_sheet_shows_all_images_in_order_uncropped(tmp_path: Path) -> None:
    colours = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (250, 20, 250), (20, 250, 250)]
    plain = [save(tmp_path / f"{i}.png", np.full((40, 60, 3), c, np.uint8)) for i, c in enumerate(colours)]
    visuals.contact_sheet(tmp_path / "sheet.jpg", sequence(plain), columns=5, width=900)
    sheet = np.asarray(Image.open(tmp_path / "sheet.jpg").convert("RGB")).astype(int)
    assert sheet.shape[1] == 900
    places = []
    for colour in colours:
        ys, xs = np.nonzero(np.abs(sheet - colour).sum(axis=2) < 40)
        assert np.ptp(xs) / np.ptp(ys) == pytest.approx(1.5, rel=0.05)
        places.append((xs.mean(), ys.mean()))
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert np.ptp([y for _, y in places]) < 2


def test_contact_sheet_thins_out_thousands_and_takes_any_name_and_value(tmp_path: Path) -> None:
    record = save(tmp_path / "a.png", scene(0, 24, 16))
    names = ["日本語.jpg", "😀🎉.png", "line\nbreak\udcff.png", "x" * 300, "", "עברית é.png", "👩‍👩‍👧.gif"]
    many = [ImageRecord(record.path, "", 24, 16, name=names[i % len(names)]) for i in range(1200)]
    values = np.where(np.arange(1200) % 3 == 0, np.nan, np.inf)
    visuals.contact_sheet(tmp_path / "sheet.jpg", sequence(many, values), width=1400)
    assert max(Image.open(tmp_path / "sheet.jpg").size) < 6000
    assert sheets.evenly(1200, 400)[-1] == 1199
    assert len(set(sheets.evenly(1200, 400))) == 400


def test_unreadable_image_leaves_an_empty_cell(tmp_path: Path, records: list[ImageRecord]) -> None:
    gone = [records[0], ImageRecord(tmp_path / "gone.png", "", 96, 64), records[1]]
    visuals.contact_sheet(tmp_path / "sheet.jpg", sequence(gone))
    visuals.storyboard(tmp_path / "board.jpg", sequence(gone), [0, 1, 2])
    assert (tmp_path / "sheet.jpg").exists()
    assert (tmp_path / "board.jpg").exists()


def test_storyboard_tells_time_and_music(tmp_path: Path, records: list[ImageRecord]) -> None:
    shown = sequence(records)
    music = [{"bar": i + 1, "beat": 1, "chord": "Am", "why": "dark"} for i in range(6)]
    visuals.storyboard(tmp_path / "a.jpg", shown, np.arange(7) * 1.5, music)
    visuals.storyboard(tmp_path / "b.jpg", shown, np.arange(7) * 1.5)
    visuals.storyboard(tmp_path / "c.jpg", shown, np.arange(7) * 2.5)
    a, b, c = (np.asarray(Image.open(tmp_path / f"{n}.jpg")).astype(int) for n in "abc")
    assert a.shape == b.shape == c.shape
    assert np.abs(a - b).max() > 60
    assert np.abs(b - c).max() > 60
    with pytest.raises(ValueError, match="start times"):
        visuals.storyboard(tmp_path / "d.jpg", shown, [0, 1])


def test_sheets_are_the_same_twice(tmp_path: Path, records: list[ImageRecord]) -> None:
    for name in "ab":
        visuals.contact_sheet(tmp_path / f"{name}.jpg", sequence(records))
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00.0"), (59.99, "00:59.9"), (61.3, "01:01.3"), (6000, "100:00.0")]
)
def test_clock(seconds: float, text: str) -> None:
    assert sheets.clock(seconds) == text


@given(st.text(max_size=40), st.integers(20, 200))
@settings(deadline=None, max_examples=60)
def test_any_text_is_shortened_to_its_room(text: str, room: int) -> None:
    short = text_drawing.shorten(text, room, 12)
    assert text_drawing.text_width(short, 12) <= room
    assert text_drawing.readable(short) == short


def test_long_names_keep_both_ends() -> None:
    short = text_drawing.shorten("a-very-long-name-of-a-image-from-a-camera-0001.jpg", 150, 12)
    assert short.startswith("a-very")
    assert "…" in short
    assert short.endswith(".jpg")


@pytest.mark.parametrize("columns", [
    {},
    {"luminance": np.array([0.1, 0.9, np.nan]), "hue": np.array([10.0, 200.0, np.nan])},
    {"luminance": np.full(3, np.nan), "hue": np.full(3, np.nan), "colourfulness": np.array([1.0, 250.0, 30.0])},
])  # fmt: skip
def test_distribution_plot_works_with_what_there_is(columns: dict, tmp_path: Path) -> None:
    table = FeatureTable(tuple(ImageRecord(Path(str(i)), "", 1, 1) for i in range(3)), columns)
    for name in "ab":
        visuals.distribution_plot(tmp_path / f"{name}.png", table)
    assert Image.open(tmp_path / "a.png").size == (1200, 360)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_distribution_plot_shows_the_difference(tmp_path: Path) -> None:
    images = tuple(ImageRecord(Path(str(i)), "", 1, 1) for i in range(30))
    for name, level in (("dark", 0.1), ("bright", 0.9)):
        table = FeatureTable(images, {"luminance": np.full(30, level)})
        visuals.distribution_plot(tmp_path / f"{name}.png", table)
    assert (tmp_path / "dark.png").read_bytes() != (tmp_path / "bright.png").read_bytes()
