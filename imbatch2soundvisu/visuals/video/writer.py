"""MP4 with sound: H.264 and AAC, cut on the frame, from images that are decoded when their turn comes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType

from ... import config
from ...core import Audio, ImageRecord, ImageSequence, Progress, Timeline, silent
from ...core.errors import ConfigError, ImageError, MakeError, MissingExtra
from ...datasets import images
from ...runtime import buffers
from ...runtime.files import atomic
from . import h264, yuv


@dataclass(frozen=True)
class Cut:
    """A hard cut: one image ends, the next is there."""


@dataclass(frozen=True)
class CrossFade:
    """Each image melts into the next in `seconds`, centred on the cut, never longer than the shorter image."""

    seconds: float = 0.4

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= 60:
            raise ConfigError(f"CrossFade(seconds={self.seconds!r}): choose from 0 to 60 seconds")


@dataclass(frozen=True)
class SlowZoom:
    """Each image grows by the share `amount` while it is seen; with `alternate` every second one shrinks instead."""

    amount: float = 0.08
    alternate: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= 1:
            raise ConfigError(f"SlowZoom(amount={self.amount!r}): choose from 0 to 1; 0.08 is 8% larger at the end")


#: What can be wished for, by name.
TRANSITIONS: dict[str, type[Cut] | type[CrossFade]] = {"Cut": Cut, "CrossFade": CrossFade}
MOTIONS: dict[str, type[SlowZoom]] = {"SlowZoom": SlowZoom}


@dataclass(frozen=True)
class VideoReport:
    """frames: images shown (on the grid, also with a variable frame rate); size: (width, height) px."""

    frames: int
    seconds: float
    bytes: int
    size: tuple[int, int]


@dataclass(frozen=True)
class _Span:
    """When an image is seen, in frames: from `begin` to `end`, alone from `alone` to `alone_end`; its cut at `cut`."""

    begin: int
    cut: int
    alone: int
    alone_end: int
    end: int


@dataclass(frozen=True)
class _Shown:
    """A planar image seen from frame `start` for `length` frames; `key`: as a key frame."""

    planar: np.ndarray
    start: int
    length: int
    key: bool


def write_mp4(
    path: Path,
    records: Sequence[ImageRecord],
    timeline: Timeline,
    audio: Audio | None = None,
    *,
    size: tuple[int, int] = config.VIDEO_SIZE,
    fit: str = "fit",
    transition: Cut | CrossFade = Cut(),
    motion: SlowZoom | None = None,
    variable_frame_rate: bool = False,
    title: str = "",
    progress: Progress = silent,
) -> VideoReport:
    """Write the images on a timeline as MP4 (H.264, yuv420p, BT.709, AAC 192 kb/s, index at the front).

    Image i is on screen from frame timeline.start_frames[i]; there is a key frame on every cut. The file has
    timeline.total_frames frames at timeline.fps, or with `variable_frame_rate` one frame for each change of image.
    audio : (timeline.total_samples, 2) at timeline.sample_rate. size : (width, height) px, odd ones rounded down.
    Raises ImageError naming the image that cannot be read, ValueError when images, sound and timeline do not
    match, OSError or MakeError when the file cannot be written. Nothing is left under `path` then.
    """
    size = _even(size)
    _check(records, timeline, audio)
    with atomic(path) as partial:
        try:
            with _Writer(partial, timeline, audio, size, title, motion is not None, variable_frame_rate) as writer:
                for shown in _shown(records, timeline, size, fit, transition, motion, progress):
                    writer.show(shown)
        except av.FFmpegError as error:
            if isinstance(error, OSError):
                raise OSError(error.errno, error.strerror, str(path)) from error
            raise MakeError(f"{path.name} cannot be encoded: {error}") from error
        written = partial.stat().st_size
    return VideoReport(timeline.total_frames, float(timeline.seconds), written, size)


def moviepy_clip(sequence: ImageSequence, seconds_per_image: float, size: tuple[int, int] | None) -> Any:
    """A MoviePy VideoClip with hard cuts; each image is decoded when its turn comes, one is kept.

    size : (width, height) px; None: config.VIDEO_SIZE. Raises MissingExtra without MoviePy.
    """
    try:
        from moviepy import VideoClip
    except ImportError:
        raise MissingExtra("moviepy", "notebook", "to_moviepy()") from None
    if not seconds_per_image > 0:
        raise ConfigError(f"seconds_per_image must be above 0, not {seconds_per_image!r}")
    records, canvas = sequence.records, size or config.VIDEO_SIZE
    held: dict[int, np.ndarray] = {}

    def image(seconds: float) -> np.ndarray:
        index = min(int(seconds / seconds_per_image + 1e-6), len(records) - 1)
        if index not in held:
            frame = _open(records[index], canvas, "fit")
            held.clear()
            held[index] = frame
        return held[index]

    return VideoClip(frame_function=image, duration=seconds_per_image * len(records))


def _even(size: tuple[int, int]) -> tuple[int, int]:
    width, height = (int(side) // 2 * 2 for side in size)
    if not (2 <= width <= 16_384 and 2 <= height <= 16_384):
        raise ConfigError(f"a video is from 2 to 16384 pixels wide and high, not {size[0]} × {size[1]}")
    return width, height


def _check(records: Sequence[ImageRecord], timeline: Timeline, audio: Audio | None) -> None:
    if not records or len(records) != len(timeline.beats):
        raise ValueError(f"{len(records)} images on a timeline for {len(timeline.beats)}")
    if min(timeline.beats) < 1:
        raise ValueError("an image must last at least one beat")
    if audio is not None and audio.sample_rate != timeline.sample_rate:
        raise ValueError(f"sound at {audio.sample_rate} samples a second on a timeline at {timeline.sample_rate}")
    if audio is not None and audio.samples.shape != (timeline.total_samples, 2):
        raise ValueError(f"sound of shape {audio.samples.shape}, expected ({timeline.total_samples}, 2)")


def _spans(timeline: Timeline, transition: Cut | CrossFade) -> list[_Span]:
    starts = timeline.start_frames.tolist()
    lengths = np.diff(starts).tolist()
    wished = round(transition.seconds * timeline.fps) // 2 if isinstance(transition, CrossFade) else 0
    halves = [0, *(min(wished, a // 2, b // 2) for a, b in zip(lengths, lengths[1:], strict=False)), 0]
    return [
        _Span(starts[i] - halves[i], starts[i], starts[i] + halves[i], end - halves[i + 1], end + halves[i + 1])
        for i, end in enumerate(starts[1:])
    ]


def _shown(
    records: Sequence[ImageRecord],
    timeline: Timeline,
    size: tuple[int, int],
    fit: str,
    transition: Cut | CrossFade,
    motion: SlowZoom | None,
    progress: Progress,
) -> Iterator[_Shown]:
    """Everything that is seen, in order, without gap. The next image is opened while this one is encoded."""
    spans = _spans(timeline, transition)
    images = _images(records, spans, size, fit, motion)
    current = next(images)
    for i, span in enumerate(spans):
        yield from _alone(current, span)
        if i + 1 < len(spans):
            following = next(images)
            for frame in range(span.alone_end, span.end):
                weight = (frame - span.alone_end + 0.5) / (span.end - span.alone_end)
                mixed = yuv.blend(current.at(frame), following.at(frame), weight)
                yield _Shown(mixed, frame, 1, frame == spans[i + 1].cut)
            current = following
        progress("video", i + 1, len(spans))


def _alone(image: _Image, span: _Span) -> Iterator[_Shown]:
    if span.alone_end <= span.alone:
        return
    if image.moves:
        for frame in range(span.alone, span.alone_end):
            yield _Shown(image.at(frame), frame, 1, frame == span.cut)
    else:
        yield _Shown(image.at(span.alone), span.alone, span.alone_end - span.alone, True)


@dataclass(frozen=True)
class _Image:
    """An image ready to be seen. first, last: how large one canvas pixel is at the ends of its span."""

    canvas: np.ndarray
    size: tuple[int, int]
    span: _Span
    steps: tuple[float, float] | None = None

    @property
    def moves(self) -> bool:
        return self.steps is not None

    def at(self, frame: int) -> np.ndarray:
        """The planar image of a frame of the timeline."""
        if self.steps is None:
            return self.canvas
        share = (frame - self.span.begin) / max(1, self.span.end - self.span.begin - 1)
        first, last = self.steps
        return yuv.zoomed(self.canvas, self.size, first * (last / first) ** share)


def _images(
    records: Sequence[ImageRecord], spans: Sequence[_Span], size: tuple[int, int], fit: str, motion: SlowZoom | None
) -> Iterator[_Image]:
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode") as pool:
        ahead: Future[_Image] = pool.submit(_image, records[0], spans[0], size, fit, motion, 0)
        for i in range(len(records)):
            ready = ahead.result()
            if i + 1 < len(records):
                ahead = pool.submit(_image, records[i + 1], spans[i + 1], size, fit, motion, i + 1)
            yield ready


def _image(
    record: ImageRecord, span: _Span, size: tuple[int, int], fit: str, motion: SlowZoom | None, index: int
) -> _Image:
    if motion is None or motion.amount == 0:
        return _Image(yuv.to_planar(_open(record, size, fit)), size, span)
    grown = 1 + motion.amount
    canvas_size = _even((round(size[0] * grown) + 1, round(size[1] * grown) + 1))
    whole = max(canvas_size[0] / size[0], canvas_size[1] / size[1])
    steps = (whole / grown, whole) if motion.alternate and index % 2 else (whole, whole / grown)
    return _Image(yuv.to_planar(_open(record, canvas_size, fit)), size, span, steps)


def _open(record: ImageRecord, size: tuple[int, int], fit: str) -> np.ndarray:
    try:
        return images.open_to_fit(record, size, fit)
    except ImageError as error:
        raise ImageError(f"{record.name or record.path}: {error}") from error


class _Writer:
    """The open file: takes what is shown in order, lays the sound beside it."""

    def __init__(
        self,
        path: Path,
        timeline: Timeline,
        audio: Audio | None,
        size: tuple[int, int],
        title: str,
        moving: bool,
        variable_frame_rate: bool,
    ) -> None:
        self.timeline, self.audio, self.variable = timeline, audio, variable_frame_rate
        self.tick = Fraction(1, timeline.fps)
        self.container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        if title:
            self.container.metadata["title"] = title
        self.stream: Any = self.container.add_stream("libx264", rate=timeline.fps)
        _configure(self.stream.codec_context, size, self.tick, moving)
        self.sound: Any = None
        if audio is not None:
            self.sound = self.container.add_stream("aac", rate=timeline.sample_rate, layout="stereo")
            self.sound.bit_rate = 192_000
        self.repeater = None if variable_frame_rate else _learn_repetition(size, self.tick, moving)
        self.pending: dict[int, _Shown] = {}
        self.coded = self.since_key = self.samples = 0

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._finish()
        else:
            with contextlib.suppress(Exception):
                self.container.close()

    def show(self, shown: _Shown) -> None:
        """Encode one image for as long as it is seen."""
        if self.repeater or self.variable:
            self._encode(shown)
        else:
            for i in range(shown.length):
                self._encode(_Shown(shown.planar, shown.start + i, 1, shown.key and i == 0))

    def _encode(self, shown: _Shown) -> None:
        frame = av.VideoFrame.from_ndarray(shown.planar, format="yuv420p")
        frame.pts, frame.time_base = self.coded, self.tick
        frame.pict_type = PictureType.I if shown.key else PictureType.NONE
        self.pending[self.coded] = _Shown(_NO_PIXELS, shown.start, shown.length, shown.key)
        self.coded += 1
        for packet in self.stream.encode(frame):
            self._mux(packet)

    def _mux(self, packet: av.Packet) -> None:
        assert packet.pts is not None
        shown = self.pending.pop(packet.pts)
        self.since_key = 0 if packet.is_keyframe else self.since_key + 1
        if self.repeater:
            data = self.repeater.numbered(bytes(packet), self.since_key)
            self._send(data, shown.start, 1, packet.is_keyframe)
            for i in range(1, shown.length):
                self.since_key += 1
                self._send(self.repeater.repeated(self.since_key), shown.start + i, 1, False)
        else:
            self._send(bytes(packet), shown.start, shown.length, packet.is_keyframe)
        self._sound_until(shown.start + shown.length)

    def _send(self, data: bytes, start: int, length: int, key: bool) -> None:
        packet = av.Packet(data)
        packet.stream, packet.time_base = self.stream, self.tick
        packet.pts = packet.dts = start
        packet.duration, packet.is_keyframe = length, key
        self.container.mux(packet)

    def _sound_until(self, frame: int) -> None:
        if self.audio is None:
            return
        end = min(frame * self.timeline.samples_per_frame, len(self.audio.samples))
        size = self.sound.codec_context.frame_size or 1024
        last = end == len(self.audio.samples)
        while self.samples < end and (last or self.samples + size <= end):
            stop = min(self.samples + size, end)
            planar = np.ascontiguousarray(self.audio.samples[self.samples : stop].T, dtype=np.float32)
            chunk = av.AudioFrame.from_ndarray(planar, format="fltp", layout="stereo")
            chunk.sample_rate, chunk.pts = self.audio.sample_rate, self.samples
            chunk.time_base = Fraction(1, self.audio.sample_rate)
            self.samples = stop
            if stop // buffers.PIECE != (stop - size) // buffers.PIECE:
                buffers.release(self.audio.samples)
            self.container.mux(self.sound.encode(chunk))

    def _finish(self) -> None:
        for packet in self.stream.encode(None):
            self._mux(packet)
        if self.sound is not None:
            self.container.mux(self.sound.encode(None))
        self.container.close()


_NO_PIXELS = np.empty((0, 0), np.uint8)


def _configure(context: Any, size: tuple[int, int], tick: Fraction, moving: bool) -> None:
    """H.264 settings: frames are shown in the order they are coded in, and only a wished key frame is one.

    A still is one key frame, so it can be a good one; what moves is coded frame by frame, and may be coarser.
    """
    context.width, context.height = size
    context.pix_fmt, context.time_base, context.framerate = "yuv420p", tick, 1 / tick
    context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
    if moving:
        preset, control = "veryfast", "crf=18:ipratio=1.1:rc-lookahead=20"
    else:  # a constant quantiser, so that no image depends on its neighbours: 21, and 8 lower for key frames
        preset, control = "medium", "qp=21:ipratio=2.52:psy=0:mbtree=0:rc-lookahead=0"
    context.options = {
        "preset": preset,
        "forced-idr": "1",
        "x264-params": "scenecut=0:keyint=infinite:min-keyint=1:bframes=0:ref=1:weightp=0:sync-lookahead=0:"
        f"threads=2:sliced-threads=0:{control}:range=tv:colorprim=bt709:transfer=bt709:colormatrix=bt709",
    }


def _learn_repetition(size: tuple[int, int], tick: Fraction, moving: bool) -> h264.Repeater | None:
    """Have an encoder of the same settings repeat an empty image, to see what that looks like."""
    context: Any = av.CodecContext.create("libx264", "w")
    _configure(context, size, tick, moving)
    context.flags |= int(av.codec.context.Flags.global_header)
    empty = yuv.to_planar(np.zeros((size[1], size[0], 3), np.uint8))
    packets: list[bytes] = []
    for pts in (0, 1, None):
        frame = None
        if pts is not None:
            frame = av.VideoFrame.from_ndarray(empty, format="yuv420p")
            frame.pts, frame.time_base = pts, tick
        packets += [bytes(packet) for packet in context.encode(frame)]
    return h264.repeater(context.extradata or b"", packets, -(-size[0] // 16) * -(-size[1] // 16))
