"""The driving values of a sequence over time, as SVG path data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..core import FeatureInfo
from .formatting import clamp

#: The curve is drawn in a box of this many units, and stretched to the width of the player.
WIDTH, HEIGHT, MARGIN = 1000.0, 100.0, 8.0


def value_curve(
    values: Sequence[float | None], starts_s: Sequence[float], seconds: float, info: FeatureInfo | None
) -> dict[str, Any]:
    """Return a curve that changes in steps at the cuts, in a box of 1000 × 100 units.

    Parameters
    ----------
    values : sequence of float or None
        One for each image; None where undefined, which leaves a gap.
    starts_s : sequence of float
        When each image begins.
    seconds : float
        Of the whole, above 0.
    info : FeatureInfo or None
        What the values mean. Circular ones (a hue) are drawn as one coloured bar for each image.

    Returns
    -------
    dict
        `cuts`, `line`, `area` (path data), `bars`, and `low`, `high` or `constant` (text). Only `cuts` without values.
    """
    edges = [WIDTH * clamp(start / seconds) for start in (*starts_s, seconds)]
    known = [value for value in values if value is not None]
    cuts = "".join(f"M{_units(x)} 0V{_units(HEIGHT)}" for x in edges[1:-1])
    curve: dict[str, Any] = {"cuts": cuts, "line": "", "area": "", "bars": [], "low": "", "high": "", "constant": ""}
    if not known:
        return curve
    info = info or FeatureInfo("value")
    low, high = (info.low or 0.0, info.high or 360.0) if info.circular else (min(known), max(known))
    heights = [None if value is None else _y(value, low, high) for value in values]
    curve |= {"constant": info.format(low)} if low == high else {"low": info.format(low), "high": info.format(high)}
    if info.circular:
        shares = [None if value is None else (value - low) / ((high - low) or 1) for value in values]
        bars = zip(edges, edges[1:], shares, heights, strict=False)
        curve["bars"] = [_bar((left, right), share, y, info) for left, right, share, y in bars]
    else:
        curve["line"], curve["area"] = _steps(edges, heights)
    return curve


def _y(value: float, low: float, high: float) -> float:
    """Units from the top of the box."""
    share = 0.5 if high == low else clamp((value - low) / (high - low))
    return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)


def _bar(sides: tuple[float, float], share: float | None, y: float | None, info: FeatureInfo) -> dict[str, Any]:
    """The rectangle of one image; low and without colour where the value is undefined."""
    top = HEIGHT - MARGIN if y is None else y
    colour = "" if share is None else _hue(360 * share, info)
    units = {"x": sides[0], "width": max(sides[1] - sides[0], 0.0), "y": top, "height": HEIGHT - top}
    return {"colour": colour} | {side: _units(value) for side, value in units.items()}


def _hue(degrees: float, info: FeatureInfo) -> str:
    """The CSS colour of a hue, in the colour space that the description names; the accent for other angles."""
    if "hue" not in f"{info.name} {info.description}".lower():
        return "var(--accent)"
    space = "oklch(0.7 0.15 {:.1f})" if re.search("ok(lab|lch)", info.description, re.I) else "hsl({:.1f} 70% 55%)"
    return space.format(degrees % 360)


def _steps(edges: Sequence[float], heights: Sequence[float | None]) -> tuple[str, str]:
    """Path data of the stepped line, and of the area under it."""
    line, area, drawing = [], [], False
    for left, right, y in zip(edges, edges[1:], heights, strict=False):
        if y is None:
            drawing = False
            continue
        line.append(f"{'V' if drawing else f'M{_units(left)} '}{_units(y)}H{_units(right)}")
        area.append(f"M{_units(left)} {_units(HEIGHT)}V{_units(y)}H{_units(right)}V{_units(HEIGHT)}Z")
        drawing = True
    return "".join(line), "".join(area)


def _units(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
