"""Making a video mosaic: frames are read, made and encoded in three threads, part by part."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from ...core import Progress
from ...core.errors import ConfigError, ImageError
from ...runtime.ahead import ahead
from ...runtime.files import atomic
from ..matching.draws import keys_of
from ..matching.vectors import tile_vectors
from ..tiles.codebook import Codebook
from .frame_samples import frame_samples
from .frames import MosaicFrame, MosaicFrames
from .grid import FrameGrid
from .options import VideoMosaicOptions
from .parts import FilmState, PartEncoder, PartStore
from .reading import TimedFrame, VideoSource
from .reports import VideoMosaicReport
from .sound import Excerpt
from .stabilization import StableChoice
from .tile_planes import painter_of
from .writing import FilmWriter

#: Duration of a part, and the most frames of one.
_PART_S, _PART_FRAMES = 10, 300
#: A difference of the colours of samples that is not seen among tiles.
_UNSEEN = 0.03
#: Frames that are read, and made, before they are needed.
_READ_AHEAD, _MADE_AHEAD = 4, 4


def beginning_of(source: VideoSource, options: VideoMosaicOptions) -> TimedFrame:
    """Return the first frame of the film.

    Raises
    ------
    ConfigError
        If the source ends before it.
    ImageError
        If no frame can be read.
    """
    start = source.origin + options.begin
    if options.start and start >= source.end:
        lasts = f"{source.path}, which lasts {float(source.seconds):.2f} seconds"
        raise ConfigError(f"start={options.start!r} is beyond the end of {lasts}")
    with contextlib.closing(source.read(start)) as frames:
        first = next(frames, None)
    if first is None:
        raise ImageError(f"{source.path}: no frame of it can be read")
    return first


class Making:
    """One film that is being made.

    Parameters
    ----------
    source : VideoSource
        The video.
    options : VideoMosaicOptions
        How it is made.
    grid : FrameGrid
        Where the tiles are.
    codebook : Codebook
        The tiles.
    store : PartStore
        Where finished parts are.
    """

    def __init__(
        self, source: VideoSource, options: VideoMosaicOptions, grid: FrameGrid, codebook: Codebook, store: PartStore
    ) -> None:
        self._source, self._options, self._grid = source, options, grid
        self._codebook, self._store = codebook, store
        rate = source.clock.rate
        self._part_frames = max(1, min(_PART_FRAMES, round(_PART_S * rate)))
        self._sampled = max(1, round(rate))

    def made(self, path: Path, progress: Progress) -> VideoMosaicReport:
        """Write the film and return its report."""
        film = self._store.state() or FilmState(np.zeros(len(self._codebook), bool))
        resumed = film.frames
        self._encode(film, progress)
        if not film.frames:
            raise ImageError(f"{self._source.path}: no frame of it can be read")
        writer = FilmWriter(
            self._store, self._source, self._grid.size, self._source.clock.tick, self._source.clock.rate
        )
        end = film.last + film.length
        excerpt = Excerpt(self._zero(film), None if self._options.seconds is None else end, bool(self._options.start))
        with atomic(path) as partial:
            writer.write(partial, film.parts, film.length, excerpt)
            written = partial.stat().st_size
        return self._report(film, writer, written, resumed)

    def _zero(self, film: FilmState) -> Fraction:
        """The time on the clock of the source that is 0 in the film."""
        return film.first if self._options.start else self._source.origin

    def _encode(self, film: FilmState, progress: Progress) -> None:
        """Make the frames that are not finished yet, and bring `film` up to date."""
        expected = self._expected()
        progress("video mosaic", film.frames, max(film.frames, expected))
        tick, rate = self._source.clock.tick, self._source.clock.rate
        encoder = PartEncoder(self._grid.size, tick, rate)
        done = film.frames
        with contextlib.closing(ahead(self._frames(film), _MADE_AHEAD, "mosaics")) as frames:
            for frame in frames:
                encoder.add(frame.planar, round((frame.time - self._zero(film)) / tick), frame.key)
                done += 1
                if frame.state is not None:
                    self._store.add(encoder.finish(), frame.state)
                    encoder = PartEncoder(self._grid.size, tick, rate)
                progress("video mosaic", done, max(done, expected))
        if encoder.frames:
            self._store.add(encoder.finish(), film)

    def _frames(self, film: FilmState) -> Generator[MosaicFrame]:
        still, codebook = self._options.still, self._codebook
        tiles = tile_vectors(codebook, self._grid.samples, still)
        keys = keys_of(self._grid.cells)
        choice = StableChoice(tiles, keys, still, self._options.stabilization, self._unseen, film.tiles)
        painter = painter_of(codebook, self._grid)
        if film.tiles is not None:
            painter.restore(film.tiles.chosen, film.colours)
        maker = MosaicFrames(self._grid, choice, painter, film, self._source.aspect)
        with contextlib.closing(ahead(self._unfinished(film), _READ_AHEAD, "frames")) as frames:
            yield from maker.of(frames, self._part_frames, self._sampled)

    @property
    def _unseen(self) -> float:
        return _UNSEEN**2 * self._grid.samples[0] * self._grid.samples[1]

    def _unfinished(self, film: FilmState) -> Generator[TimedFrame]:
        """The frames of the film that no earlier run has finished."""
        start = self._source.origin + self._options.begin
        frames = self._after(film) if film.frames else self._source.read(start)
        with contextlib.closing(frames):
            first = next(frames, None)
            if first is None:
                return
            duration = self._options.duration
            begin = film.first if film.frames else (first.time if self._options.start else self._source.origin)
            for timed in itertools.chain([first], frames):
                if duration is not None and timed.time >= begin + duration:
                    return
                yield timed

    def _after(self, film: FilmState) -> Generator[TimedFrame]:
        """The frames after those that are finished; the last of them is compared with what was seen then."""
        assert film.tiles is not None
        frames = self._source.read(film.last)
        last = next(frames, None)
        if last is None or last.time != film.last or not np.array_equal(self._colours(last), film.tiles.colours):
            frames.close()  # the seek has changed what is decoded
            frames = self._source.read(film.last, seek=False)
            next(frames, None)
        yield from frames

    def _colours(self, timed: TimedFrame) -> np.ndarray:
        return self._grid.colours(frame_samples(timed.frame, self._grid, self._source.aspect))

    def _expected(self) -> int:
        """Frames of the film, as far as they are known."""
        source, options = self._source, self._options
        left = source.seconds - options.begin
        if options.duration is not None:
            left = min(left, options.duration)
        return source.frames if left == source.seconds else max(1, round(left * source.clock.rate))

    def _report(self, film: FilmState, writer: FilmWriter, written: int, resumed: int) -> VideoMosaicReport:
        seconds = film.last + film.length - film.first
        steps = film.frames - 1 - len(film.cuts)
        lost = tuple(self._source.damage)
        return VideoMosaicReport(
            film.frames,
            float(seconds),
            (film.frames / seconds).limit_denominator(1001),
            self._grid.size,
            written,
            self._grid.counts,
            film.changed / steps if steps > 0 else 0.0,
            tuple(film.cuts),
            float(np.mean(film.psnr)),
            int(film.used.sum()),
            tuple(writer.audio),
            resumed,
            (*self._codebook.problems, *lost, *writer.problems),
            (*self._codebook.notes, *self._notes()),
        )

    def _notes(self) -> Iterator[str]:
        (width, height), uncut = self._grid.size, self._grid.uncut
        if (width, height) != uncut:
            yield f"it is {width} x {height} pixels instead of {uncut[0]} x {uncut[1]}, since H.264 needs even sides"
