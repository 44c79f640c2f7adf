"""Frames of a video with their times, read to the end of what can be read."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ImageError, reason_of
from .clocks import Clock, clock_of

if TYPE_CHECKING:
    import av

_ENDLESS = Fraction(10**9)
_LENGTH = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")  # of a stream, in Matroska
_LONGEST_FRAME_S = 1.0  # in files whose last frame is not missing


@dataclass(frozen=True)
class TimedFrame:
    """A decoded frame.

    Parameters
    ----------
    time : Fraction
        When it is shown, in seconds on the clock of the file.
    length : Fraction
        How long it is shown if no other one follows.
    frame : av.VideoFrame
        Its pixels.
    """

    time: Fraction
    length: Fraction
    frame: av.VideoFrame


@dataclass(frozen=True)
class VideoSource:
    """A video file.

    Parameters
    ----------
    path : Path
        The file.
    index : int
        Its stream of pictures.
    clock : Clock
        From time stamps to times.
    origin : Fraction
        The time on the clock of the file at which playing begins.
    frames : int
        Packets of pictures; frames that cannot be decoded are among them.
    end : Fraction
        The time at which the last frame ends.
    aspect : Fraction or None
        Width over height of a pixel.
    seekable : bool
        Whether all packets have time stamps.
    metadata : dict
        Title and the like.
    damage : list of str
        What could not be read, one line each; filled while frames are read.
    """

    path: Path
    index: int
    clock: Clock
    origin: Fraction
    frames: int
    end: Fraction
    aspect: Fraction | None
    seekable: bool
    metadata: dict[str, str] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> Fraction:
        """From the beginning of playing to the end of the last frame."""
        return self.end - self.origin

    def read(self, start: Fraction, seek: bool = True) -> Generator[TimedFrame]:
        """Yield the frames from the one that is shown at a time on the clock of the file.

        Parameters
        ----------
        start : Fraction
            Seconds; the first frame when nothing is shown yet.
        seek : bool
            Skip to the key frame before it, where that can be done; False reads from the beginning.
        """
        seek = seek and self.seekable and start > self.clock.first
        frames = self._timed(start if seek else None)
        shown = next(frames, None)
        if seek and (shown is None or shown.time > start):  # key frames that the container does not know
            frames = self._timed(None)
            shown = next(frames, None)
        for following in frames:
            assert shown is not None
            if following.time > start:
                yield shown
            shown = following
        if shown is not None:
            yield shown

    def _timed(self, sought: Fraction | None) -> Generator[TimedFrame]:
        last: Fraction | None = None
        period = 1 / self.clock.rate
        for frame in self._decoded(sought):
            stamp = frame.pts if frame.pts is not None else frame.dts
            base = frame.time_base or self.clock.base
            if stamp is None:
                time = self.clock.first if last is None else last + period
            else:
                time = self.clock.time(stamp) if base == self.clock.base else stamp * base
            if last is not None and time <= last:
                time = last + (period if self.clock.constant else self.clock.tick)
            last = time
            yield TimedFrame(time, self.clock.length((frame.duration or 0) * Fraction(base)), frame)

    def _decoded(self, sought: Fraction | None) -> Generator[av.VideoFrame]:
        with opened(self.path) as container:
            stream = container.streams[self.index]
            stream.thread_type = "AUTO"
            if sought is not None:
                container.seek(int(sought / self.clock.base), stream=stream, backward=True)
            yield from self._of_packets(container, stream)

    def _of_packets(self, container: Any, stream: Any) -> Generator[av.VideoFrame]:
        import av

        packets, lost, last = container.demux(stream), 0, None
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except (av.FFmpegError, OSError) as error:
                self._note(f"it cannot be read beyond {_moment(last)} ({reason_of(error)})")
                packet = None
            try:
                for frame in packet.decode() if packet is not None else stream.codec_context.decode(None):
                    last = frame
                    yield frame
            except (av.FFmpegError, OSError):
                lost += 1
            if packet is None:
                break
        if lost:
            packets_lost = "one packet" if lost == 1 else f"{lost} packets"
            self._note(f"{packets_lost} of its pictures cannot be decoded")

    def _note(self, words: str) -> None:
        line = f"{self.path.name}: {words}"
        if line not in self.damage:
            self.damage.append(line)


def opened(path: Path) -> Any:
    """Return a container that is open for reading.

    Raises
    ------
    ImageError
        If the file is missing, is no video, or is a still image.
    """
    import av

    try:
        container = av.open(os.fspath(path), metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise ImageError(f"{path}: cannot be read as a video ({reason_of(error)})") from error
    if container.format.name == "image2" or container.format.name.endswith("_pipe"):  # FFmpeg's names of still images
        container.close()
        raise ImageError(f"{path} is a still image, not a video: make a mosaic of it")
    return container


def source_of(path: Path) -> VideoSource:
    """Return a video file, after its packets have been read; nothing is decoded.

    Raises
    ------
    ImageError
        If it cannot be read as a video.
    """
    with opened(path) as container:
        stream = _pictures(container)
        if stream is None:
            raise ImageError(f"{path}: it has no video stream")
        base = Fraction(stream.time_base)
        stamps, count, last = _stamps(container, stream)
        clock = clock_of(stamps, base, (stream.average_rate, stream.guessed_rate, stream.base_rate))
        missing = _missing(path, stream, count, max(stamps) * base if stamps else None)
        end = (max(stamps) * base if stamps else clock.first) + (last * base if last else 1 / clock.rate)
        return VideoSource(
            path,
            stream.index,
            clock,
            min((clock.first, *_starts(container))),
            count,
            end if stamps else clock.first + count / clock.rate,
            stream.sample_aspect_ratio,
            bool(stamps) and len(stamps) == count,
            {name: value for name, value in container.metadata.items() if name in _KEPT},
            missing,
        )


#: Metadata that is copied.
_KEPT = ("title", "artist", "album", "date", "genre", "copyright", "description")


def _pictures(container: Any) -> Any:
    """The first stream of pictures that is not a cover."""
    from av.stream import Disposition

    streams = [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]
    return streams[0] if streams else next(iter(container.streams.video), None)


def _stamps(container: Any, stream: Any) -> tuple[list[int], int, int | None]:
    """(time stamps of the packets, number of packets, duration of the last one)."""
    import av

    stamps: list[int] = []
    count, last, latest = 0, None, -_ENDLESS
    try:
        for packet in container.demux(stream):
            if packet.size:
                count += 1
                stamp = packet.pts if packet.pts is not None else packet.dts
                if stamp is not None:
                    stamps.append(stamp)
                    if stamp > latest:
                        latest, last = stamp, packet.duration
    except (av.FFmpegError, OSError):
        pass  # reading frames says it
    return stamps, count, last


def _missing(path: Path, stream: Any, count: int, last: Fraction | None) -> list[str]:
    """A line where the header of a file says that it has more frames than there are: it is not complete."""
    if stream.frames > count:
        return [f"{path.name}: it is not complete, {count} of {stream.frames} frames are there"]
    stated = _LENGTH.fullmatch(stream.metadata.get("DURATION", ""))
    if stated is None or last is None:
        return []
    hours, minutes, seconds = (float(each) for each in stated.groups())
    length = 3600 * hours + 60 * minutes + seconds
    if length - float(last) < _LONGEST_FRAME_S:
        return []
    return [f"{path.name}: it is not complete, its last frame is at {float(last):.2f} s of {length:.2f} s"]


def _starts(container: Any) -> list[Fraction]:
    """When the sound tracks begin."""
    return [
        each.start_time * Fraction(each.time_base)
        for each in container.streams.audio
        if each.start_time is not None and each.time_base
    ]


def _moment(frame: Any) -> str:
    return "its beginning" if frame is None or frame.time is None else f"{frame.time:.2f} s"
