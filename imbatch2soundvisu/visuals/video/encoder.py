"""H.264 and AAC into an MP4 container, still images without encoding their repeated frames."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import Audio, Timeline
from ...runtime import buffers
from . import fades, film_tags, h264, yuv
from .dressing import Dressing
from .options import VideoOptions
from .schedule import Shot

if TYPE_CHECKING:
    import av

_AAC_BITS_PER_S = 192_000
_RELEASED_SAMPLES = 1 << 18  # after so many samples of sound, their memory is given back
_FULL_HD = 1920 * 1080
_NO_PIXELS = np.empty((0, 0), np.uint8)


class Mp4Encoder:
    """An MP4 file that is being written: takes shots in order, and interleaves the sound.

    Parameters
    ----------
    path : Path
        The file.
    timeline : Timeline
        Frame rate and sample rate.
    audio : Audio or None
        Sound of the film, as long as the timeline.
    options : VideoOptions
        Size, title, frame rate, and whether images move.
    """

    def __init__(self, path: Path, timeline: Timeline, audio: Audio | None, options: VideoOptions) -> None:
        import av

        self._timeline, self._variable = timeline, options.variable_frame_rate
        self._tick = 1 / Fraction(timeline.fps)
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        if options.title:
            self._container.metadata["title"] = options.title
        self._stream: Any = self._container.add_stream("libx264", rate=timeline.fps)
        _configure(self._stream.codec_context, self._tick, options)
        self._sound = None if audio is None else _SoundTrack(self._container, audio, options.dressing)
        film_tags.begin(self._container, timeline, options.tags)
        self._repeater = None if self._variable or options.moves else _find_repeater(self._tick, options)
        self._cuts = set(timeline.start_frames.tolist()) if options.moves else None
        self._starts: list[int] = []
        self._pending: dict[int, Shot] = {}
        self._coded = self._since_key = 0

    def __enter__(self) -> Mp4Encoder:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._finish()
        else:
            with contextlib.suppress(Exception):
                self._container.close()

    def add(self, shot: Shot) -> None:
        """Encode a shot; shots follow each other without gaps."""
        if self._repeater or self._variable:
            self._encode(shot)
        else:
            for i in range(shot.length):
                self._encode(Shot(shot.planar, shot.start + i, 1, shot.key and i == 0))

    def _encode(self, shot: Shot) -> None:
        key = shot.key and (self._cuts is None or shot.start in self._cuts)
        frame = video_frame(shot.planar, self._coded, self._tick, key)
        self._pending[self._coded] = replace(shot, planar=_NO_PIXELS)
        self._starts.append(shot.start)
        self._coded += 1
        for packet in self._stream.encode(frame):
            self._mux(packet)

    def _mux(self, packet: av.Packet) -> None:
        assert packet.pts is not None
        shot = self._pending.pop(packet.pts)
        self._since_key = 0 if packet.is_keyframe else self._since_key + 1
        if self._repeater:
            data = self._repeater.numbered(bytes(packet), self._since_key)
            self._write(data, shot.start, 1, packet.is_keyframe)
            for i in range(1, shot.length):
                self._since_key += 1
                self._write(self._repeater.repeated(self._since_key), shot.start + i, 1, False)
        else:
            decoded = packet.pts if packet.dts is None else packet.dts
            at = self._starts[decoded] if decoded >= 0 else decoded
            self._write(bytes(packet), shot.start, shot.length, packet.is_keyframe, at)
        if self._sound is not None:
            self._sound.write_until(self._timeline.sample_of_frame(shot.start + shot.length))

    def _write(self, data: bytes, start: int, length: int, key: bool, decoded: int | None = None) -> None:
        import av

        packet = av.Packet(data)
        packet.stream, packet.time_base = self._stream, self._tick
        packet.pts, packet.dts = start, start if decoded is None else decoded
        packet.duration, packet.is_keyframe = length, key
        self._container.mux(packet)

    def _finish(self) -> None:
        for packet in self._stream.encode(None):
            self._mux(packet)
        if self._sound is not None:
            self._sound.finish()
        self._container.close()


class _SoundTrack:
    """The AAC stream of a container."""

    def __init__(self, container: Any, audio: Audio, dressing: Dressing) -> None:
        self._container, self._audio, self._dressing, self._written = container, audio, dressing, 0
        self._stream: Any = container.add_stream("aac", rate=audio.sample_rate, layout="stereo")
        self._stream.bit_rate = _AAC_BITS_PER_S

    def write_until(self, sample: int) -> None:
        """Encode the whole AAC frames before `sample`; at the end of the sound, also the last, shorter one."""
        samples = self._audio.samples
        end = min(sample, len(samples))
        size = self._stream.codec_context.frame_size or 1024
        while self._written < end and (end == len(samples) or self._written + size <= end):
            stop = min(self._written + size, end)
            chunk = self._chunk(self._written, stop)
            self._written = stop
            if stop // _RELEASED_SAMPLES != (stop - size) // _RELEASED_SAMPLES:
                buffers.release(samples)
            self._container.mux(self._stream.encode(chunk))

    def finish(self) -> None:
        """Flush the encoder."""
        self._container.mux(self._stream.encode(None))

    def _chunk(self, start: int, stop: int) -> av.AudioFrame:
        import av

        samples = self._audio.samples[start:stop]
        gain = fades.gain(self._dressing, start, stop, len(self._audio.samples), self._audio.sample_rate)
        planar = np.ascontiguousarray((samples if gain is None else samples * gain).T, dtype=np.float32)
        chunk = av.AudioFrame.from_ndarray(planar, format="fltp", layout="stereo")
        chunk.sample_rate, chunk.pts = self._audio.sample_rate, start
        chunk.time_base = Fraction(1, self._audio.sample_rate)
        return chunk


def video_frame(planar: np.ndarray, pts: int, tick: Fraction, key: bool = False) -> av.VideoFrame:
    """Return a planar image as a frame for an encoder; `key` makes it a key frame."""
    import av
    from av.video.frame import PictureType

    frame = av.VideoFrame.from_ndarray(planar, format="yuv420p")
    frame.pts, frame.time_base = pts, tick
    frame.pict_type = PictureType.I if key else PictureType.NONE
    return frame


def _configure(context: Any, tick: Fraction, options: VideoOptions) -> None:
    """Set libx264 up so that only requested key frames are coded.

    A still is one key frame, which may take many bits, and frames are shown in the order of coding, so that it can be
    repeated. Of films that move, all frames are coded.
    """
    if options.moves:
        configure_moving(context, options.frame_size, tick, 1 / tick)
    else:  # a constant quantiser, so that no image depends on its neighbours: 21, and 8 lower for key frames
        control = "bframes=0:ref=1:weightp=0:sync-lookahead=0:qp=21:ipratio=2.52:psy=0:mbtree=0:rc-lookahead=0"
        _set(context, options.frame_size, tick, ("medium", control))
        context.framerate = 1 / tick


def configure_moving(context: Any, size: tuple[int, int], tick: Fraction, rate: Fraction) -> None:
    """Set libx264 up for pictures that move, with B-frames and a lookahead: a third of the bytes.

    Only requested key frames are coded.

    Parameters
    ----------
    context : av.VideoCodecContext
        Of "libx264".
    size : (int, int)
        Width and height in pixels, both even.
    tick : Fraction
        Seconds of a unit of time stamps.
    rate : Fraction
        Frames a second.
    """
    ahead = 30 if size[0] * size[1] <= _FULL_HD else 10  # frames that are kept in memory
    # without mbtree, whose AVX-512 code in x264 gives different films of the same frames
    control = "crf=19:mbtree=0:qcomp=0.9:ipratio=1.6:bframes=8:b-adapt=1:pbratio=1.5"
    _set(context, size, tick, ("veryfast", f"{control}:rc-lookahead={ahead}"))
    context.framerate = rate


def _set(context: Any, size: tuple[int, int], tick: Fraction, control: tuple[str, str]) -> None:
    """Size, colours, preset and control of libx264."""
    context.width, context.height = size
    context.pix_fmt, context.time_base = "yuv420p", tick
    context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
    context.options = {
        "preset": control[0],
        "forced-idr": "1",
        "x264-params": "scenecut=0:keyint=infinite:min-keyint=1:threads=2:sliced-threads=0:"
        f"{control[1]}:range=tv:colorprim=bt709:transfer=bt709:colormatrix=bt709",
    }


def _find_repeater(tick: Fraction, options: VideoOptions) -> h264.Repeater | None:
    """Encode a black image twice with the same settings, and read from it how the encoder codes the repetition."""
    import av

    context: Any = av.CodecContext.create("libx264", "w")
    _configure(context, tick, options)
    context.flags |= int(av.codec.context.Flags.global_header)
    width, height = options.frame_size
    black = yuv.to_planar(np.zeros((height, width, 3), np.uint8))
    packets: list[bytes] = []
    for frame in (video_frame(black, 0, tick), video_frame(black, 1, tick), None):
        packets += [bytes(packet) for packet in context.encode(frame)]
    return h264.repeater(context.extradata or b"", packets, -(-width // 16) * -(-height // 16))
