"""The frames of a video mosaic, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...datasets.video_pictures import picture
from ...visuals.video.encoder import video_frame
from .frame_mixing import FrameMixer
from .frame_samples import frame_samples
from .grid import FrameGrid
from .parts import FilmState
from .reading import TimedFrame
from .stabilization import StableChoice
from .tile_planes import Painter, TintedPainter

_BLACK_NOISE = 1e-10  # mean squared error of equal images, so that their ratio is finite (100 dB)


@dataclass(frozen=True)
class MosaicFrame:
    """A frame of the film.

    Parameters
    ----------
    planar : ndarray of shape (3h/2, w)
        uint8, Y'CbCr.
    time : Fraction
        On the clock of the source, in seconds.
    key : bool
        Whether it begins another scene.
    state : FilmState, optional
        After it, where it ends a part.
    """

    planar: np.ndarray
    time: Fraction
    key: bool
    state: FilmState | None


class MosaicFrames:
    """Makes mosaics of the frames of a video.

    Parameters
    ----------
    grid : FrameGrid
        Where the tiles are.
    choice : StableChoice
        Which they are.
    painter : Painter or TintedPainter
        Their pixels.
    film : FilmState
        What is finished; kept up to date.
    aspect : Fraction or None
        Width over height of a pixel of the source.
    """

    def __init__(
        self,
        grid: FrameGrid,
        choice: StableChoice,
        painter: Painter | TintedPainter,
        film: FilmState,
        aspect: Fraction | None,
    ) -> None:
        self.grid, self.choice, self.painter, self.film, self.aspect = grid, choice, painter, film, aspect
        self.mixer = FrameMixer(grid)

    def of(self, frames: Iterator[TimedFrame], length: int, sampled: int) -> Iterator[MosaicFrame]:
        """Yield the mosaic of each frame.

        Parameters
        ----------
        frames : iterator of TimedFrame
            In order; those that are finished are not among them.
        length : int
            Frames of a part.
        sampled : int
            The fidelity of one of so many frames is measured.
        """
        for timed in frames:
            samples = frame_samples(timed.frame, self.grid, self.aspect)
            step = self.choice.next(self.grid.vectors(samples), self.grid.colours(samples))
            planar = self.painter.painted(step.chosen, step.changed, samples)
            self.film.add(timed, step, length)
            self.film.tiles, self.film.colours = self.choice.state, self.painter.colours
            measured = self.film.frames % sampled == 1 or sampled == 1
            if self.mixer.is_needed or measured:
                shown = self.grid.film_part(picture(timed.frame, self.aspect))
                if self.mixer.is_needed:
                    planar = self.mixer.mixed(planar, shown)
                if measured:
                    self.film.psnr.append(psnr(planar, shown))
            ends = self.film.frames % length == 0
            yield MosaicFrame(planar, timed.time, step.cut, self.film.copy() if ends else None)


def psnr(planar: np.ndarray, rgb: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of a planar image and an sRGB image of its size, in dB."""
    return psnr_rgb(to_rgb(planar), rgb)


def psnr_rgb(first: np.ndarray, second: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of two sRGB images, in dB; 100 at most."""
    error = float(np.mean((first.astype(np.float32) - second) ** 2)) / 255**2
    return float(-10 * np.log10(max(error, _BLACK_NOISE)))


def to_rgb(planar: np.ndarray) -> np.ndarray:
    """Return a planar image, BT.709 with limited range, as (h, w, 3) uint8, sRGB."""
    frame = video_frame(planar, 0, Fraction(1))
    frame.colorspace, frame.color_range = 1, 1
    return picture(frame)
