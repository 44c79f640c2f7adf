"""Putting a film together: its encoded parts, and the sound of the source."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from ...core.errors import MakeError, reason_of
from ...visuals.video.encoder import configure_moving
from .parts import PartStore
from .reading import VideoSource, opened
from .sound import CopiedTrack, EncodedTrack, Excerpt, TimedPacket, described, is_copied, tracks_of


class FilmWriter:
    """Writes one film.

    Parameters
    ----------
    store : PartStore
        The encoded pictures.
    source : VideoSource
        Whose sound and title it has.
    size : (int, int)
        Width and height in pixels.
    tick : Fraction
        Seconds of a unit of the time stamps of the parts.
    rate : Fraction
        Frames a second.
    """

    def __init__(
        self, store: PartStore, source: VideoSource, size: tuple[int, int], tick: Fraction, rate: Fraction
    ) -> None:
        self._store, self._source = store, source
        self._size, self._tick, self._rate = size, tick, rate
        self.audio: list[str] = []
        self.problems: list[str] = []

    def write(self, path: Path, parts: int, length: Fraction, excerpt: Excerpt) -> None:
        """Write the film.

        Parameters
        ----------
        path : Path
            The file.
        parts : int
            How many parts it has.
        length : Fraction
            Duration of the last frame in seconds.
        excerpt : Excerpt
            What of the source is in it.

        Raises
        ------
        OSError, MakeError
            If the file cannot be written.
        """
        import av

        try:
            with (
                opened(self._source.path) as source,
                av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film,
            ):
                self._write(film, source, (parts, length), excerpt)
        except av.FFmpegError as error:
            if isinstance(error, OSError):
                raise OSError(error.errno, error.strerror, str(path)) from error
            raise MakeError(f"{path.name} cannot be written: {reason_of(error)}") from error

    def _write(self, film: Any, source: Any, shown: tuple[int, Fraction], excerpt: Excerpt) -> None:
        film.metadata.update(self._source.metadata)
        stream: Any = film.add_stream("libx264", rate=self._rate)
        configure_moving(stream.codec_context, self._size, self._tick, self._rate)
        tracks = self._tracks(source, film, excerpt)
        pictures = self._pictures(stream, *shown)
        for each in heapq.merge(pictures, self._sound(source, tracks), key=lambda timed: timed.time):
            film.mux(each.packet)

    def _tracks(self, source: Any, film: Any, excerpt: Excerpt) -> dict[int, CopiedTrack | EncodedTrack]:
        tracks: dict[int, CopiedTrack | EncodedTrack] = {}
        for stream in tracks_of(source):
            kind = CopiedTrack if is_copied(stream) else EncodedTrack
            tracks[stream.index] = kind(stream, film, excerpt)
            self.audio.append(described(stream))
        return tracks

    def _pictures(self, stream: Any, parts: int, length: Fraction) -> Iterator[TimedPacket]:
        import av

        stamps = self._store.stamps(parts)
        decoded = decoding_times(stamps, max(stamps) + max(1, round(length / self._tick)))
        number = 0
        for part in self._store.parts(parts):
            for data, stamp, key in zip(part.packets, part.stamps, part.keys, strict=True):
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, self._tick
                packet.pts, packet.dts = stamp, decoded[number]
                packet.duration, packet.is_keyframe = decoded[number + 1] - decoded[number], key
                yield TimedPacket(decoded[number] * self._tick, packet)
                number += 1

    def _sound(self, source: Any, tracks: dict[int, CopiedTrack | EncodedTrack]) -> Iterator[TimedPacket]:
        import av

        if not tracks:
            return
        packets = source.demux(tuple(source.streams[index] for index in tracks))
        try:
            for packet in packets:
                if packet.size:
                    yield from tracks[packet.stream.index].packets(packet)
        except (av.FFmpegError, OSError) as error:
            self.problems.append(f"{self._source.path.name}: its sound cannot be read to the end ({reason_of(error)})")
        for track in tracks.values():
            yield from track.end()
            if isinstance(track, EncodedTrack) and track.lost:
                self.problems.append(f"{self._source.path.name}: {track.lost} packets of its sound cannot be decoded")


def decoding_times(stamps: Sequence[int], end: int) -> list[int]:
    """Return when packets are decoded, in ticks: as late as B-frames allow, and never after they are shown.

    Parameters
    ----------
    stamps : sequence of int
        When each is shown, in the order of decoding.
    end : int
        When the last one ends.

    Returns
    -------
    list of int
        One for each packet, and one for the end. MP4 keeps the steps between them, so that they last as long as the
        frames.

    Examples
    --------
    >>> decoding_times([0, 20, 10, 30], 40)
    [-10, 0, 10, 20, 30]
    """
    shown = sorted(stamps)
    rank = {stamp: position for position, stamp in enumerate(shown)}
    delay = max(position - rank[stamp] for position, stamp in enumerate(stamps))
    step = min((after - before for before, after in itertools.pairwise([*shown, end])), default=1)
    first = [shown[0] - step * (delay - position) for position in range(delay)]
    return [*first, *shown[: len(shown) - delay], end - step * delay]
