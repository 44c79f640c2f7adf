"""MP4 files are decoded again: frames, cuts, colours, sound and order of the file are those requested."""

from __future__ import annotations

import sys
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import Audio, ImageRecord, Timeline
from imbatch2soundvisu.core.errors import ConfigError, ImageError
from imbatch2soundvisu.core.exact_timelines import ExactTimeline
from imbatch2soundvisu.datasets import images
from imbatch2soundvisu.visuals.video import CrossFade, SlowZoom, encoder, h264, write_mp4

SIZE = (160, 96)


@pytest.fixture
def records(tmp_path: Path) -> list[ImageRecord]:
    return [save(tmp_path / f"{i}.png", scene(i)) for i in range(5)]


def scene(seed: int, width: int = 160, height: int = 96) -> np.ndarray:
    small = np.random.default_rng(seed).integers(0, 256, (5, 8, 3)).astype(np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def save(path: Path, pixels: np.ndarray) -> ImageRecord:
    Image.fromarray(pixels).save(path)
    return ImageRecord(path, path.stem, pixels.shape[1], pixels.shape[0], name=f"folder/{path.name}")


def timeline(*beats: int, frames_per_beat: int = 5) -> Timeline:
    return Timeline(30, 44_100, frames_per_beat, beats)


def tone(grid: Timeline, hertz: float = 441.0) -> Audio:
    seconds = np.arange(grid.total_samples) / grid.sample_rate
    wave = 0.4 * np.sin(2 * np.pi * hertz * seconds)
    return Audio(np.stack([wave, wave * 0.5], axis=1).astype(np.float32), grid.sample_rate)


def decoded(path: Path) -> tuple[list[np.ndarray], list[float], list[float]]:
    """RGB frames, their times and the times of key frames, in seconds."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    images = [frame.to_ndarray(format="rgb24") for frame in frames]
    return images, [frame.time for frame in frames], [frame.time for frame in frames if frame.key_frame]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return cv2.PSNR(a, b)


def test_images_may_be_shorter_than_a_beat(records: list[ImageRecord], tmp_path: Path) -> None:
    grid = ExactTimeline(30, 44_100, Fraction(45, 2), (2, *(Fraction(2, 3),) * 3, 1))
    write_mp4(tmp_path / "a.mp4", records, grid, size=SIZE)
    frames, _, _ = decoded(tmp_path / "a.mp4")
    assert len(frames) == grid.total_frames == 112
    changes = [k for k in range(1, len(frames)) if psnr(frames[k - 1], frames[k]) < 25]
    assert changes == [45, 60, 75, 90]


def test_an_image_of_no_frame_is_refused(records: list[ImageRecord], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        write_mp4(tmp_path / "a.mp4", records, ExactTimeline(30, 44_100, 30, (1, 1, 0, 1, 1)), size=SIZE)


def test_cuts_are_on_their_frames_and_stills_do_not_change(records: list[ImageRecord], tmp_path: Path) -> None:
    grid = timeline(3, 1, 20, 2, 4)
    report = write_mp4(tmp_path / "a.mp4", records, grid, size=SIZE)
    frames, times, keys = decoded(tmp_path / "a.mp4")
    starts = grid.start_frames
    assert len(frames) == report.frames == grid.total_frames == 150
    assert times == pytest.approx(np.arange(150) / 30)
    assert keys == pytest.approx(starts[:-1] / 30)
    changes = [i for i in range(1, 150) if (frames[i] != frames[i - 1]).any()]
    assert changes == starts[1:-1].tolist()
    for record, start in zip(records, starts, strict=False):
        assert psnr(frames[start], images.open_to_fit(record, SIZE)) > 34


def test_report_and_container_describe_the_film(records: list[ImageRecord], tmp_path: Path) -> None:
    grid = timeline(3, 2, 2, 2, 3)
    seen: list[tuple[str, int, int]] = []
    report = write_mp4(
        tmp_path / "a.mp4", records, grid, tone(grid), size=(161, 97), title="Ünï", progress=lambda *a: seen.append(a)
    )
    assert (report.size, report.seconds) == (SIZE, 2.0)
    assert report.bytes == (tmp_path / "a.mp4").stat().st_size
    assert seen[-1] == ("video", 5, 5)
    with av.open(str(tmp_path / "a.mp4")) as container:
        image, sound = container.streams.video[0], container.streams.audio[0]
        assert container.metadata["title"] == "Ünï"
        assert (image.codec_context.name, image.pix_fmt, image.average_rate) == ("h264", "yuv420p", 30)
        assert image.duration * image.time_base == grid.seconds == 2
        assert sound.codec_context.name == "aac"
        assert sound.duration * sound.time_base * 44_100 == grid.total_samples
        assert (image.codec_context.colorspace, image.codec_context.color_range) == (1, 1)
        assert (image.codec_context.color_primaries, image.codec_context.color_trc) == (1, 1)


def test_index_comes_before_the_data(records: list[ImageRecord], tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", records, timeline(1, 1, 1, 1, 1), size=SIZE)
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_sound_starts_on_its_sample_and_is_complete(records: list[ImageRecord], tmp_path: Path) -> None:
    grid = timeline(2, 2, 2, 2, 3)
    audio = tone(grid)
    write_mp4(tmp_path / "a.mp4", records, grid, audio, size=SIZE)
    with av.open(str(tmp_path / "a.mp4")) as container:
        decoded_sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert grid.total_samples <= decoded_sound.shape[1] < grid.total_samples + 1024
    inner = slice(2000, grid.total_samples - 2000)
    assert np.abs(decoded_sound[0, inner] - audio.samples[inner, 0]).max() < 0.04
    assert np.abs(decoded_sound[1, inner] - audio.samples[inner, 1]).max() < 0.04


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 120, 40)])
def test_colours_survive_bt709(colour: tuple[int, int, int], tmp_path: Path) -> None:
    record = save(tmp_path / "c.png", np.full((96, 160, 3), colour, np.uint8))
    write_mp4(tmp_path / "a.mp4", [record], timeline(1), size=SIZE)
    shown = decoded(tmp_path / "a.mp4")[0][0].reshape(-1, 3).mean(axis=0)
    assert np.abs(shown - colour).max() <= 4


def test_variable_frame_rate_has_one_frame_per_still(records: list[ImageRecord], tmp_path: Path) -> None:
    grid = timeline(3, 1, 4, 2, 2)
    report = write_mp4(tmp_path / "a.mp4", records, grid, size=SIZE, variable_frame_rate=True)
    frames, times, _ = decoded(tmp_path / "a.mp4")
    assert times == pytest.approx(grid.start_frames[:-1] / 30)
    assert report.frames == grid.total_frames
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.duration * stream.time_base == grid.seconds
    constant = tmp_path / "b.mp4"
    write_mp4(constant, records, grid, size=SIZE)
    assert all((a == decoded(constant)[0][s]).all() for a, s in zip(frames, grid.start_frames, strict=False))


def test_repeated_slices_decode_like_encoded_frames(
    records: list[ImageRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = timeline(3, 4, 2, 5, 30)
    write_mp4(tmp_path / "a.mp4", records, grid, size=SIZE)
    monkeypatch.setattr(h264, "repeater", lambda *_: None)
    write_mp4(tmp_path / "b.mp4", records, grid, size=SIZE)
    repeated, encoded = decoded(tmp_path / "a.mp4")[0], decoded(tmp_path / "b.mp4")[0]
    assert len(repeated) == len(encoded) == grid.total_frames
    assert all((a == b).all() for a, b in zip(repeated, encoded, strict=True))


@pytest.mark.parametrize("keywords", [{"transition": CrossFade(0.3)}, {"motion": SlowZoom()}])
@pytest.mark.parametrize("variable", [False, True])
def test_films_that_move_have_b_frames_on_the_grid_and_key_frames_at_the_cuts(
    keywords: dict, variable: bool, records: list[ImageRecord], tmp_path: Path
) -> None:
    grid = timeline(3, 4, 2, 5, 30)
    write_mp4(tmp_path / "a.mp4", records, grid, tone(grid), size=SIZE, variable_frame_rate=variable, **keywords)
    with av.open(str(tmp_path / "a.mp4")) as container:
        frames = list(container.decode(video=0))
    times, starts = [frame.time for frame in frames], grid.start_frames[:-1] / 30
    assert {int(frame.pict_type) for frame in frames} == {1, 2, 3}  # I, P, B
    assert [frame.time for frame in frames if frame.key_frame] == pytest.approx(starts)
    assert np.diff(np.rint(np.array(times) * 30)).min() >= 1
    assert variable or times == pytest.approx(np.arange(grid.total_frames) / 30)


def test_repeated_frames_never_reach_the_encoder(
    records: list[ImageRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []
    encode = encoder.Mp4Encoder._encode
    monkeypatch.setattr(encoder.Mp4Encoder, "_encode", lambda self, one: (shown.append(one.length), encode(self, one)))
    write_mp4(tmp_path / "a.mp4", records, timeline(20, 20, 20, 20, 20), size=SIZE)
    assert shown == [100] * 5


def test_same_film_decodes_to_same_frames(records: list[ImageRecord], tmp_path: Path) -> None:
    for name in "ab":
        write_mp4(tmp_path / f"{name}.mp4", records, timeline(1, 2, 1, 2, 1), size=SIZE, motion=SlowZoom())
    a, b = (decoded(tmp_path / f"{name}.mp4")[0] for name in "ab")
    assert all((x == y).all() for x, y in zip(a, b, strict=True))


def test_cross_fade_is_centred_on_the_cut(tmp_path: Path) -> None:
    black, white = (save(tmp_path / f"{v}.png", np.full((96, 160, 3), v, np.uint8)) for v in (0, 255))
    grid = timeline(6, 6)
    write_mp4(tmp_path / "a.mp4", [black, white], grid, size=SIZE, transition=CrossFade(0.4))
    levels = np.array([frame.mean() for frame in decoded(tmp_path / "a.mp4")[0]])
    assert len(levels) == 60
    assert levels[:24].max() < 4
    assert levels[36:].min() > 251
    assert (np.diff(levels[23:37]) > 8).all()
    assert (levels[29] + levels[30]) / 2 == pytest.approx(127.5, abs=4)


@pytest.mark.parametrize("seconds", [0.2, 0.5, 5.0])
@pytest.mark.parametrize("fps", [24, 25, 30])
@pytest.mark.parametrize("frames_per_beat", [1, 2, 7, 12])
def test_cross_fades_are_halfway_on_the_beat_for_any_duration(
    seconds: float, fps: int, frames_per_beat: int, tmp_path: Path
) -> None:
    black, white = (save(tmp_path / f"{v}.png", np.full((96, 160, 3), v, np.uint8)) for v in (0, 255))
    grid = Timeline(fps, 48_000 if fps == 24 else 44_100, frames_per_beat, (4, 1, 2, 1, 1, 8))
    write_mp4(tmp_path / "a.mp4", [black, white] * 3, grid, size=SIZE, transition=CrossFade(seconds))
    levels = np.array([frame.mean() for frame in decoded(tmp_path / "a.mp4")[0]]) / 255
    starts, lengths = grid.start_frames.tolist(), np.diff(grid.start_frames)
    assert len(levels) == starts[-1]
    for i, cut in enumerate(starts[1:-1], 1):
        rising = levels if i % 2 else 1 - levels  # how much is seen of the image that comes
        reach = max(1, min(lengths[i - 1], lengths[i]) // 2)
        before, after = rising[cut - reach : cut][::-1], rising[cut : cut + reach]
        assert before + after == pytest.approx(np.ones(reach), abs=0.03)  # the same on both sides of the beat
        assert (np.diff(after) > -0.02).all()
        mixed = int(((after > 0.03) & (after < 0.97)).sum())
        assert mixed <= seconds * fps / 2
        if min(reach, round(seconds * fps) // 2) >= 2:
            assert rising[cut - 1] < 0.5 < rising[cut]
            assert mixed >= min(reach, seconds * fps / 2) - 1


def test_zoom_enlarges_and_alternates(tmp_path: Path) -> None:
    pixels = np.zeros((96, 160, 3), np.uint8)
    pixels[32:64, 56:104] = 255
    square = [save(tmp_path / f"{i}.png", pixels) for i in range(2)]
    write_mp4(tmp_path / "a.mp4", square, timeline(6, 6), size=SIZE, motion=SlowZoom(0.2))
    area = np.array([frame.mean() for frame in decoded(tmp_path / "a.mp4")[0]])
    assert area[29] / area[0] == pytest.approx(1.44, rel=0.03)
    assert area[30] / area[59] == pytest.approx(1.44, rel=0.03)
    assert area[0] == pytest.approx(pixels.mean(), rel=0.03)


def test_unreadable_image_is_named_and_leaves_no_file(records: list[ImageRecord], tmp_path: Path) -> None:
    records[3].path.write_bytes(b"broken")
    with pytest.raises(ImageError, match=r"folder/3\.png"):
        write_mp4(tmp_path / "out" / "a.mp4", records, timeline(1, 1, 1, 1, 1), size=SIZE)
    assert not list((tmp_path / "out").iterdir())


def test_interruption_leaves_no_file(records: list[ImageRecord], tmp_path: Path) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_mp4(tmp_path / "out" / "a.mp4", records, timeline(1, 1, 1, 1, 1), size=SIZE, progress=interrupt)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits exist on POSIX only")
def test_full_disk_is_an_oserror_with_the_path(records: list[ImageRecord], tmp_path: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(OSError, match=r"a\.mp4"):
            write_mp4(tmp_path / "out" / "a.mp4", records, timeline(1, 1, 1, 1, 1), size=(640, 360))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list((tmp_path / "out").iterdir())


def test_images_sound_and_timeline_must_match(records: list[ImageRecord], tmp_path: Path) -> None:
    grid = timeline(1, 1, 1, 1, 1)
    with pytest.raises(ValueError, match="5 images"):
        write_mp4(tmp_path / "a.mp4", records, timeline(1, 1), size=SIZE)
    with pytest.raises(ValueError, match="sound of shape"):
        write_mp4(tmp_path / "a.mp4", records, grid, Audio(np.zeros((7, 2), np.float32), 44_100), size=SIZE)
    with pytest.raises(ValueError, match="48000"):
        write_mp4(tmp_path / "a.mp4", records, grid, Audio(np.zeros((7, 2), np.float32), 48_000), size=SIZE)
    with pytest.raises(ConfigError, match="pixels"):
        write_mp4(tmp_path / "a.mp4", records, grid, size=(1, 1))


def test_memory_does_not_grow_with_the_number_of_stills(records: list[ImageRecord], tmp_path: Path) -> None:
    def peak(count: int) -> int:
        shown = [records[i % 5] for i in range(count)]
        tracemalloc.start()
        write_mp4(tmp_path / "a.mp4", shown, timeline(*[1] * count), size=(640, 360))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(5)
    assert peak(60) < 1.1 * peak(12) + 300_000


def test_unknown_options_are_refused(records: list[ImageRecord], tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="framerate"):
        write_mp4(tmp_path / "a.mp4", records, timeline(1, 1, 1, 1, 1), framerate=24)
