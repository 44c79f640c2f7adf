"""The curves below the notes: tension, features with the music that follows them, and the waveform of the sound."""

from __future__ import annotations

from math import ceil

import numpy as np
from PIL import Image, ImageDraw

from ...core import Audio, Score
from ..plots.canvas import mix, write, write_bold
from ..plots.colours import hue_colour
from ..text_drawing import text_width
from .geometry import Band, Geometry
from .score_data import relative
from .style import BACKGROUND, LINE, MUTED, REPEAT_PX, TEXT
from .tracks import COUNTERPART_NAMES, FeatureTrack, format_counterpart

#: Of features of the images, and of the music.
IMAGE_COLOUR, MUSIC_COLOUR = "#c9a66b", "#1f4f9c"
TENSION_COLOUR = "#b3402e"
_IMAGE_AREA = mix(BACKGROUND, IMAGE_COLOUR, 0.42)
_MARGIN = 5  # px between the edges of a track and its curves
_FINE = 3  # smooth curves are drawn this much larger
_APART = 60  # px at least between captions
_HUES = 72


def draw_tension(canvas: Image.Image, geometry: Geometry, score: Score, values: np.ndarray, declared: bool) -> None:
    """Draw the tension as a smooth area in the first track. values : (n,) in [0, 1], NaN where unknown."""
    starts, band = score.timeline.start_ticks, geometry.tracks[0]
    source = "" if declared else "estimated from pitch, loudness and density of the notes"
    known = np.flatnonzero(np.isfinite(values))
    _write_captions(canvas, geometry, band, [("Tension", TEXT, True), (source, MUTED, False)])
    xs = np.arange(geometry.left, geometry.right + 1)
    middles = np.array([(geometry.x(a) + geometry.x(b)) / 2 for a, b in zip(starts[:-1], starts[1:], strict=True)])
    heights = np.interp(xs, middles[known], values[known])
    area = Image.new("RGB", (_FINE * len(xs), _FINE * band.height), BACKGROUND)
    points = [
        (_FINE * float(x - geometry.left), _FINE * float(level(band, share) - band.top))
        for x, share in zip(xs, heights, strict=True)
    ]
    draw = ImageDraw.Draw(area)
    draw.polygon([(0, area.height), *points, (area.width, area.height)], fill=mix(BACKGROUND, TENSION_COLOUR, 0.2))
    draw.line(points, fill=TENSION_COLOUR, width=2 * _FINE, joint="curve")
    canvas.paste(area.resize((len(xs), band.height), Image.Resampling.BOX), (geometry.left, band.top))
    _draw_baseline(canvas, geometry, band)


def level(band: Band, share: float) -> int:
    """Return the row of a level in [0, 1] of a track."""
    return round(band.bottom - 1 - _MARGIN - share * (band.height - 1 - 2 * _MARGIN))


def draw_track(canvas: Image.Image, geometry: Geometry, band: Band, score: Score, track: FeatureTrack) -> None:
    """Draw a feature as steps over the images, and over them the music that follows it, each in its own range."""
    starts, draw = score.timeline.start_ticks.tolist(), ImageDraw.Draw(canvas)
    circular = track.info.circular
    levels = relative(track.values, *((track.info.low or 0.0, track.info.high or 360.0) if circular else ()))
    edges = [geometry.x(tick) for tick in starts]
    for left, right, share in zip(edges, edges[1:], levels, strict=False):
        if np.isfinite(share):
            top, right = level(band, float(share)), max(right - 1, left)
            draw.rectangle((left, top, right, band.bottom - 1), fill=_hue(float(share)) if circular else _IMAGE_AREA)
            draw.line((left, top, right, top), fill=mix(IMAGE_COLOUR, TEXT, 0.25))
    _draw_baseline(canvas, geometry, band)
    words = [(f"{track.name} ", TEXT, True), (_range(track), MUTED, False)]
    if track.counterpart is not None:
        _draw_counterpart(draw, band, edges, relative(track.counterpart))
        words += [("and", MUTED, False), (f"{COUNTERPART_NAMES[track.parameter]} ", MUSIC_COLOUR, True)]
        words += [(_counterpart_range(track), MUTED, False), (track.relation, TEXT, False)]
    _write_captions(canvas, geometry, band, words)


def draw_waveform(canvas: Image.Image, geometry: Geometry, audio: Audio) -> None:
    """Draw the root mean square and the peak of the sound in each column, mirrored; the highest peak fills the band."""
    band, draw = geometry.waveform, ImageDraw.Draw(canvas)
    columns = max(geometry.right - geometry.left, 1)
    edges = np.linspace(0, len(audio.samples), columns + 1).astype(np.int64)
    middle, reach = (band.top + band.bottom) // 2, band.height / 2 - 2
    draw.line((geometry.left, middle, geometry.right, middle), fill=LINE)
    loudest = max(float(audio.samples.max(initial=0)), -float(audio.samples.min(initial=0)), 1e-9)
    peaks = mix(BACKGROUND, MUSIC_COLOUR, 0.35)
    for k, (a, b) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        here = np.asarray(audio.samples[a:b], np.float32)
        if here.size:
            for share, colour in ((np.abs(here).max(), peaks), (np.sqrt(np.mean(here**2)), MUSIC_COLOUR)):
                tall = round(float(share) / loudest * reach)
                draw.line((geometry.left + k, middle - tall, geometry.left + k, middle + tall), fill=colour)


def _draw_counterpart(draw: ImageDraw.ImageDraw, band: Band, edges: list[int], shares: np.ndarray) -> None:
    """Draw steps 2 px thick, joined at the cuts; with gaps where no note starts."""
    before: int | None = None
    for left, right, share in zip(edges, edges[1:], shares, strict=False):
        y = level(band, float(share)) if np.isfinite(share) else None
        if y is not None:
            draw.rectangle((left, y - 1, max(right, left + 1), y), fill=MUSIC_COLOUR)
            if before is not None:
                draw.line((left, min(before, y) - 1, left, max(before, y)), fill=MUSIC_COLOUR)
        before = y


def _hue(share: float) -> str:
    """A hue, softened and rounded to one of a few."""
    return mix(BACKGROUND, hue_colour(round(share * _HUES) * 360 / _HUES), 0.7)


def _range(track: FeatureTrack) -> str:
    known = track.values[np.isfinite(track.values)]
    low, high = track.info.format(float(known.min())), track.info.format(float(known.max()))
    return low if low == high else f"{low} to {high}"


def _counterpart_range(track: FeatureTrack) -> str:
    assert track.counterpart is not None
    known = track.counterpart[np.isfinite(track.counterpart)]
    if not known.size:
        return "no notes"
    low, high = (format_counterpart(track.parameter, float(value)) for value in (known.min(), known.max()))
    return low if low == high else f"{low} to {high}"


def _draw_baseline(canvas: Image.Image, geometry: Geometry, band: Band) -> None:
    ImageDraw.Draw(canvas).line((geometry.left, band.bottom, geometry.right, band.bottom), fill=LINE)


def _write_captions(canvas: Image.Image, geometry: Geometry, band: Band, words: list[tuple[str, str, bool]]) -> None:
    """Write a caption above a track, repeated evenly so that one is in view wherever the roll is scrolled to.

    words : (text, colour, whether bold).
    """
    written = [(text, colour, bold) for text, colour, bold in words if text]
    width = sum(text_width(text, 13, bold) + 7 for text, _, bold in written)
    across = geometry.right - geometry.left
    count = max(min(ceil(across / REPEAT_PX), int(across / (width + _APART))), 1)
    for k in range(count):
        x = geometry.left + float(round(k * across / count))
        for text, colour, bold in written:
            writer, available = write_bold if bold else write, max(geometry.right - x, 1)
            x += writer(canvas, (x, band.top - 7), text, 13, colour, max_width=available) + 7
