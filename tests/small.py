"""Outputs that are quick to write, for tests that make results."""

from __future__ import annotations

from typing import Any

import imbatch2soundvisu as i2s

FILM, GIF = (160, 90), (96, 54)


def small_outputs(*changed: Any, without: tuple[type, ...] = (), size: tuple[int, int] = FILM, **film: Any) -> Any:
    """Return the default outputs with a small film and a small GIF; see `standard_outputs`."""
    kinds = {type(each) for each in changed} | set(without)
    small = [each for each in (i2s.Film(size=size, **film), i2s.Gif(size=GIF)) if type(each) not in kinds]
    return i2s.standard_outputs(*small, *changed, without=without)


def without_video(*changed: Any) -> Any:
    """Return the default outputs without the film and the GIF."""
    return small_outputs(*changed, without=(i2s.Film, i2s.Gif))


def small_plan(name: str = "dark to bright", **fields: Any) -> i2s.SequencePlan:
    """Return a plan with small outputs and half a second an image."""
    return i2s.SequencePlan(name, **{"outputs": small_outputs(), "seconds_per_image": 0.5, **fields})
