"""The curves below the notes of a roll: tension, features with what is heard of them, the loudness of the sound."""

from __future__ import annotations

from math import ceil

import numpy as np
from PIL import Image, ImageDraw

from ...core import Audio, Score
from ..plots.board import mixed, write
from ..plots.colours import wheel
from ..text_drawing import text_width
from .geometry import Band, Geometry
from .lanes import HEARD, Lane, heard_text, shares_of
from .paper import INK, LINE, PAPER, QUIET, REPEAT

#: What is seen, and what is heard.
SEEN, HEARD_INK = "#c9a66b", "#1f4f9c"
TENSE = "#b3402e"
_SEEN_AREA = mixed(PAPER, SEEN, 0.42)
_MARGIN = 5  # px between a lane's edges and its curves
_FINE = 3  # smooth curves are drawn this much larger
_APART = 60  # px at least between captions
_HUES = 72


def tension(board: Image.Image, plan: Geometry, band: Band, score: Score, values: np.ndarray, told: bool) -> None:
    """The arch of the piece as a smooth area. values : (n,) in [0, 1], NaN where unknown, but not all of it."""
    starts = score.timeline.start_ticks
    why = "" if told else "from how high, loud and dense the notes are"
    known = np.flatnonzero(np.isfinite(values))
    _captions(board, plan, band, [("Tension", INK, True), (why, QUIET, False)])
    xs = np.arange(plan.left, plan.right + 1)
    middles = np.array([(plan.x(a) + plan.x(b)) / 2 for a, b in zip(starts[:-1], starts[1:], strict=True)])
    heights = np.interp(xs, middles[known], values[known])
    area = Image.new("RGB", (_FINE * len(xs), _FINE * band.height), PAPER)
    points = [
        (_FINE * float(x - plan.left), _FINE * float(level(band, share) - band.top))
        for x, share in zip(xs, heights, strict=True)
    ]
    brush = ImageDraw.Draw(area)
    brush.polygon([(0, area.height), *points, (area.width, area.height)], fill=mixed(PAPER, TENSE, 0.2))
    brush.line(points, fill=TENSE, width=2 * _FINE, joint="curve")
    board.paste(area.resize((len(xs), band.height), Image.Resampling.BOX), (plan.left, band.top))
    _floor(board, plan, band)


def level(band: Band, share: float) -> int:
    """The row where a share of a lane's range stands."""
    return round(band.bottom - 1 - _MARGIN - share * (band.height - 1 - 2 * _MARGIN))


def lane(board: Image.Image, plan: Geometry, band: Band, score: Score, shown: Lane) -> None:
    """A feature as steps over the images, and over them what is heard of it, each in its own range."""
    starts, brush = score.timeline.start_ticks.tolist(), ImageDraw.Draw(board)
    circular = shown.info.circular
    seen = shares_of(shown.values, *((shown.info.low or 0.0, shown.info.high or 360.0) if circular else ()))
    edges = [plan.x(tick) for tick in starts]
    for left, right, share in zip(edges, edges[1:], seen, strict=False):
        if np.isfinite(share):
            top, right = level(band, float(share)), max(right - 1, left)
            brush.rectangle((left, top, right, band.bottom - 1), fill=_hue(float(share)) if circular else _SEEN_AREA)
            brush.line((left, top, right, top), fill=mixed(SEEN, INK, 0.25))
    _floor(board, plan, band)
    words = [(f"{shown.name} ", INK, True), (_range(shown), QUIET, False)]
    if shown.heard is not None:
        _heard(brush, band, edges, shares_of(shown.heard))
        words += [("and", QUIET, False), (f"{HEARD[shown.parameter]} ", HEARD_INK, True)]
        words += [(_heard_range(shown), QUIET, False), (shown.relation, INK, False)]
    _captions(board, plan, band, words)


def wave(board: Image.Image, plan: Geometry, audio: Audio) -> None:
    """The sound, mirrored, its loudest as high as the band: the root mean square and the peak of each column."""
    band, brush = plan.wave, ImageDraw.Draw(board)
    columns = max(plan.right - plan.left, 1)
    edges = np.linspace(0, len(audio.samples), columns + 1).astype(np.int64)
    middle, reach = (band.top + band.bottom) // 2, band.height / 2 - 2
    brush.line((plan.left, middle, plan.right, middle), fill=LINE)
    loudest = max(float(audio.samples.max(initial=0)), -float(audio.samples.min(initial=0)), 1e-9)
    peaks = mixed(PAPER, HEARD_INK, 0.35)
    for k, (a, b) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        here = np.asarray(audio.samples[a:b], np.float32)
        if here.size:
            for share, ink in ((np.abs(here).max(), peaks), (np.sqrt(np.mean(here**2)), HEARD_INK)):
                tall = round(float(share) / loudest * reach)
                brush.line((plan.left + k, middle - tall, plan.left + k, middle + tall), fill=ink)


def _heard(brush: ImageDraw.ImageDraw, band: Band, edges: list[int], shares: np.ndarray) -> None:
    """Steps two px thick, joined at the cuts; a gap where nothing starts."""
    before: int | None = None
    for left, right, share in zip(edges, edges[1:], shares, strict=False):
        y = level(band, float(share)) if np.isfinite(share) else None
        if y is not None:
            brush.rectangle((left, y - 1, max(right, left + 1), y), fill=HEARD_INK)
            if before is not None:
                brush.line((left, min(before, y) - 1, left, max(before, y)), fill=HEARD_INK)
        before = y


def _hue(share: float) -> str:
    """A colour of the wheel, softened, one of few."""
    return mixed(PAPER, wheel(round(share * _HUES) * 360 / _HUES), 0.7)


def _range(shown: Lane) -> str:
    known = shown.values[np.isfinite(shown.values)]
    low, high = shown.info.format(float(known.min())), shown.info.format(float(known.max()))
    return low if low == high else f"{low} to {high}"


def _heard_range(shown: Lane) -> str:
    assert shown.heard is not None
    known = shown.heard[np.isfinite(shown.heard)]
    if not known.size:
        return "none"
    low, high = (heard_text(shown.parameter, float(value)) for value in (known.min(), known.max()))
    return low if low == high else f"{low} to {high}"


def _floor(board: Image.Image, plan: Geometry, band: Band) -> None:
    ImageDraw.Draw(board).line((plan.left, band.bottom, plan.right, band.bottom), fill=LINE)


def _captions(board: Image.Image, plan: Geometry, band: Band, words: list[tuple[str, str, bool]]) -> None:
    """A line above a lane, again and again along it, so that one is in view wherever the roll is scrolled to; evenly,
    so that none is crowded against the end.

    words : (text, colour, whether bold).
    """
    said = [(text, ink, bold) for text, ink, bold in words if text]
    wide = sum(text_width(text, 13, bold) + 7 for text, _, bold in said)
    across = plan.right - plan.left
    times = max(min(ceil(across / REPEAT), int(across / (wide + _APART))), 1)
    for k in range(times):
        x = plan.left + float(round(k * across / times))
        for text, ink, bold in said:
            x += write(board, (x, band.top - 7), text, 13, ink, bold=bold, room=max(plan.right - x, 1)) + 7
