"""SMPTE timecode: frames as hours, minutes, seconds and frames, exact for every frame rate."""

from __future__ import annotations

from .rates import FrameRate, is_ntsc


def drops_frames(fps: FrameRate) -> bool:
    """Return whether timecode at a frame rate is drop-frame by convention: at 29.97 and 59.94.

    Examples
    --------
    >>> from fractions import Fraction
    >>> drops_frames(Fraction(30_000, 1001)), drops_frames(Fraction(24_000, 1001)), drops_frames(30)
    (True, False, False)
    """
    return is_ntsc(fps) and round(fps) % 30 == 0


def timecode(frame: int, fps: FrameRate, drop: bool | None = None) -> str:
    """Return the timecode of a frame.

    Parameters
    ----------
    frame : int
        From 0.
    fps : int or Fraction
        Frames per second. The frames of a second are counted up to the nearest whole number: 30 at 29.97.
    drop : bool, optional
        Whether the first two numbers (four at 59.94) of each minute but every tenth are left out, so that the timecode
        keeps to the clock; the seconds are then followed by a semicolon. None: at 29.97 and 59.94.

    References
    ----------
    SMPTE ST 12-1:2014, Time and Control Code.

    Examples
    --------
    >>> from fractions import Fraction
    >>> timecode(107, 30), timecode(1800, Fraction(30_000, 1001)), timecode(1800, Fraction(30_000, 1001), drop=False)
    ('00:00:03:17', '00:01:00;02', '00:01:00:00')
    """
    count = round(fps)
    dropped = drops_frames(fps) if drop is None else drop
    number = frame + _skipped(frame, count) if dropped else frame
    seconds, frames = divmod(number, count)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02}:{minutes:02}:{seconds:02}{';' if dropped else ':'}{frames:02}"


def _skipped(frame: int, count: int) -> int:
    """How many numbers are left out before a frame: `count` / 15 a minute, none in every tenth minute."""
    each = count // 15
    per_minute, per_ten = 60 * count - each, 600 * count - 9 * each
    tens, rest = divmod(frame, per_ten)
    return each * (9 * tens + max(0, (rest - each) // per_minute))


def frame_of(text: str, fps: FrameRate) -> int:
    """Return the frame of a timecode; drop-frame where a semicolon precedes the frames.

    Examples
    --------
    >>> from fractions import Fraction
    >>> frame_of("00:01:00;02", Fraction(30_000, 1001)), frame_of("00:00:03:17", 30)
    (1800, 107)
    """
    hours, minutes, seconds, frames = (int(each) for each in text.replace(";", ":").split(":"))
    count, minute = round(fps), 60 * hours + minutes
    number = (60 * minute + seconds) * count + frames
    return number - count // 15 * (minute - minute // 10) if ";" in text else number
