"""Checks of the fields of outputs and plans: each raises ConfigError with what is allowed."""

from __future__ import annotations

from typing import Any

from ..core import is_ntsc
from ..core.errors import ConfigError, unknown
from ..datasets.fitting import FITS


def check_size(title: str, size: Any) -> None:
    """Raise ConfigError unless `size` is (width, height), each from 16 to 8192 pixels."""
    sides = size if isinstance(size, tuple | list) else ()
    if len(sides) != 2 or not all(isinstance(side, int) and 16 <= side <= 8192 for side in sides):
        raise ConfigError(f"{title}: {size!r} must be (width, height), each from 16 to 8192 px")


def check_fit(fit: Any) -> None:
    """Raise ConfigError unless `fit` is one of FITS."""
    if not isinstance(fit, str) or fit not in FITS:
        raise unknown("fit", fit, FITS)


def check_rate(fps: Any) -> None:
    """Raise ConfigError unless `fps` is a whole number or a frame rate of NTSC video."""
    if not is_ntsc(fps) and (not isinstance(fps, int) or isinstance(fps, bool) or fps < 1):
        raise ConfigError(f"fps={fps!r} must be a whole number, at least 1, or 23.976, 29.97 or 59.94")


def check_whole(title: str, number: Any, least: int) -> None:
    """Raise ConfigError unless `number` is an int of at least `least`."""
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        raise ConfigError(f"{title}={number!r} must be a whole number, at least {least}")


def check_seconds(title: str, seconds: Any, least: float, most: float) -> None:
    """Raise ConfigError unless `seconds` is a number from `least` to `most`."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not least <= seconds <= most:
        raise ConfigError(f"{title}: {seconds!r} must be a number of seconds from {least} to {most}")


def check_switch(title: str, value: Any) -> None:
    """Raise ConfigError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ConfigError(f"{title}={value!r} must be True or False")
