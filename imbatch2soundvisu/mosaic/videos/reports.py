"""What a video mosaic is, when it is written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class VideoMosaicReport:
    """Duration, size and stability of a written video mosaic.

    Parameters
    ----------
    frames : int
        Frames of the film, as many as were read from the source.
    seconds : float
        From the start of the first to the end of the last frame.
    rate : Fraction
        Frames a second; the mean where the source has a variable frame rate.
    size : (int, int)
        Width and height in pixels.
    bytes : int
        Size of the file.
    grid : (int, int)
        Columns and rows of tiles.
    changed : float
        Mean share of the tiles that change from one frame to the next, without those at cuts.
    cuts : tuple of int
        Frames that begin another shot, counted from 0.
    psnr : float
        Mean peak signal-to-noise ratio of sampled frames and those of the source, in dB; higher is more similar.
    tiles_used : int
        How many different tiles are in the film.
    audio : tuple of str
        What became of each sound track, such as "aac, 5.1, copied".
    resumed : int
        Frames that an earlier run, which was stopped, had finished.
    problems : tuple of str
        Tiles and parts of the source that could not be used, one line each.
    notes : tuple of str
        What differs from the source on purpose, one line each.
    """

    frames: int
    seconds: float
    rate: Fraction
    size: tuple[int, int]
    bytes: int
    grid: tuple[int, int]
    changed: float
    cuts: tuple[int, ...]
    psnr: float
    tiles_used: int
    audio: tuple[str, ...] = ()
    resumed: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
