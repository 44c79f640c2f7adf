"""The sound tracks of a video mosaic: packets of the source as they are, or AAC where MP4 does not take their codec."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

#: Codecs that MP4 takes and players play.
COPIED = ("aac", "mp3", "mp3float", "ac3", "eac3", "alac", "opus", "libopus", "flac")
#: Decoders begin before the first sample that is played, so that it is right.
_BEFORE = Fraction(8, 100)
_AAC_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_AAC_LAYOUTS = ("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "7.1")
_USUAL_RATE, _BITS_PER_S, _MOST_BITS_PER_S = 48_000, 96_000, 512_000
#: Gaps and overlaps of decoded sound up to this long come from rounded time stamps.
_JITTER = Fraction(4, 100)


@dataclass(frozen=True)
class Excerpt:
    """What of the source is in the film.

    Parameters
    ----------
    start : Fraction
        The time on the clock of the source that is 0 in the film, in seconds.
    end : Fraction, optional
        Where the film ends; None: sound is not cut.
    cut : bool
        Whether sound before `start` is left out.
    """

    start: Fraction
    end: Fraction | None
    cut: bool


@dataclass(frozen=True)
class TimedPacket:
    """A packet, and when it is due in the film, in seconds."""

    time: Fraction
    packet: Any


def tracks_of(container: Any) -> list[Any]:
    """Return the sound tracks of a source that can be used."""
    return [
        each for each in container.streams.audio if each.codec_context is not None and each.codec_context.sample_rate
    ]


def is_copied(stream: Any) -> bool:
    """Return whether packets of a track are copied."""
    return stream.codec_context.name in COPIED


def described(stream: Any) -> str:
    """Return what becomes of a track, such as "aac, 5.1, copied"."""
    context = stream.codec_context
    done = "copied" if is_copied(stream) else "encoded as AAC"
    return f"{context.name}, {context.layout.name}, {done}"


class CopiedTrack:
    """Packets of a track of the source, at the times that they have there.

    Parameters
    ----------
    source : av.AudioStream
        Of the source.
    film : av.container.OutputContainer
        The film that is written.
    excerpt : Excerpt
        What of the source is in it.
    """

    def __init__(self, source: Any, film: Any, excerpt: Excerpt) -> None:
        self._excerpt = excerpt
        self._rate = source.codec_context.sample_rate
        self._samples = source.codec_context.frame_size
        self._base = Fraction(source.time_base)
        self._stream = film.add_stream_from_template(source)
        self._tick = Fraction(1, self._rate)
        self._stream.time_base = self._tick
        self._next: Fraction | None = None

    def packets(self, packet: Any) -> Iterator[TimedPacket]:
        """Yield a packet of the source for the film."""
        if packet.pts is None or not packet.size:
            return
        length = Fraction(self._samples, self._rate) if self._samples else (packet.duration or 0) * self._base
        time = self._exact(packet.pts * self._base)
        self._next = time + length
        excerpt = self._excerpt
        if excerpt.cut and time + length <= excerpt.start - _BEFORE:
            return
        if excerpt.end is not None and time >= excerpt.end:
            return
        stamp = round((time - excerpt.start) / self._tick)
        packet.stream, packet.time_base = self._stream, self._tick
        packet.pts = packet.dts = stamp
        packet.duration = round(length / self._tick)
        yield TimedPacket(stamp * self._tick, packet)

    def end(self) -> Iterator[TimedPacket]:
        """Yield what is left at the end of the source: nothing."""
        yield from ()

    def _exact(self, time: Fraction) -> Fraction:
        """The time without the rounding of the container: right after the packet before, where that is as near."""
        return self._next if self._next is not None and abs(self._next - time) <= self._base else time


class EncodedTrack:
    """A track of the source as AAC, with its rate and channels where AAC has them.

    Parameters
    ----------
    source : av.AudioStream
        Of the source.
    film : av.container.OutputContainer
        The film that is written.
    excerpt : Excerpt
        What of the source is in it.
    """

    def __init__(self, source: Any, film: Any, excerpt: Excerpt) -> None:
        import av

        rate = source.codec_context.sample_rate
        self._rate = rate if rate in _AAC_RATES else _USUAL_RATE
        self._layout = _layout_of(source.codec_context)
        self._stream: Any = film.add_stream("aac", rate=self._rate, layout=self._layout)
        channels = self._stream.codec_context.layout.nb_channels
        self._stream.bit_rate = min(_BITS_PER_S * channels, _MOST_BITS_PER_S)
        self._channels, self._excerpt = channels, excerpt
        self._resampler = av.AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
        self._fifo = av.AudioFifo()
        self._position: int | None = None  # of the next sample, counted in the film
        self._first = self._encoded = self.lost = 0

    def packets(self, packet: Any) -> Iterator[TimedPacket]:
        """Yield packets for the film that a packet of the source makes complete."""
        import av

        try:
            frames = packet.decode()
        except (av.FFmpegError, OSError):
            self.lost += 1
            frames = []
        for frame in frames:
            start = None if frame.pts is None else frame.pts * Fraction(frame.time_base)
            yield from self._resampled(frame, start)

    def end(self) -> Iterator[TimedPacket]:
        """Yield what is left at the end of the source."""
        yield from self._resampled(None, None)
        yield from self._encode_from_fifo(partial=True)
        yield from self._timed(self._stream.encode(None))

    def _resampled(self, frame: Any, start: Fraction | None) -> Iterator[TimedPacket]:
        if frame is not None:
            frame.pts = None
        for each in self._resampler.resample(frame):
            self._take(each.to_ndarray(), start)
            start = None
        yield from self._encode_from_fifo(partial=False)

    def _take(self, samples: np.ndarray, start: Fraction | None) -> None:
        """Put samples at their time: silence fills gaps; overlaps, and what is before the film, are left out."""
        due = None if start is None else round((start - self._excerpt.start) * self._rate)
        if self._position is None:
            self._position = due or 0
            self._first = max(0, self._position)
        late = 0 if due is None else due - self._position
        if late > _JITTER * self._rate:
            self._put(np.zeros((self._channels, late), np.float32))
        elif late < -_JITTER * self._rate:
            samples = samples[:, -late:]
        self._put(samples)

    def _put(self, samples: np.ndarray) -> None:
        import av

        assert self._position is not None
        first, last = max(0, -self._position), samples.shape[1]
        if self._excerpt.end is not None:
            last = min(last, round((self._excerpt.end - self._excerpt.start) * self._rate) - self._position)
        self._position += samples.shape[1]
        if first < last:
            kept = np.ascontiguousarray(samples[:, first:last])
            frame = av.AudioFrame.from_ndarray(kept, format="fltp", layout=self._layout)
            frame.sample_rate = self._rate
            self._fifo.write(frame)

    def _encode_from_fifo(self, partial: bool) -> Iterator[TimedPacket]:
        size = self._stream.codec_context.frame_size or 1024
        while (frame := self._fifo.read(size, partial)) is not None:
            frame.pts, frame.time_base = self._first + self._encoded, Fraction(1, self._rate)
            self._encoded += frame.samples
            yield from self._timed(self._stream.encode(frame))
            if frame.samples < size:
                return

    def _timed(self, packets: Any) -> Iterator[TimedPacket]:
        for packet in packets:
            packet.stream = self._stream
            yield TimedPacket((packet.pts or 0) * Fraction(packet.time_base), packet)


def _layout_of(context: Any) -> str:
    name = context.layout.name.replace("(side)", "").replace("(back)", "")
    if name in _AAC_LAYOUTS:
        return name
    channels = context.layout.nb_channels
    return "mono" if channels == 1 else "stereo" if channels < 6 else "5.1"
