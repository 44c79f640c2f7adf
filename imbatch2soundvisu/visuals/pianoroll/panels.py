"""The panels of a piano roll: keyboard, time, images, phrases, chords and notes."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from ...core import TICKS_PER_BEAT, ImageRecord, Score
from ..plots.canvas import cropped, write, write_bold
from ..text_drawing import text_width
from .geometry import Geometry, music_beats
from .part_colours import note_colour
from .score_data import chords, decisions, declared_beats, form, runs
from .style import BRACKET, FAINT, LINE, MUTED, SHADE, TEXT, format_time, multiples

_BLACK_KEYS = (1, 3, 6, 8, 10)
_EMPTY = "#d6d1c5"
_LEAST_BEAT_PX, _LEAST_BAR_PX, _LEAST_MARK_PX = 6, 34, 72
_BARS, _SECONDS = (1, 2, 4, 8, 16, 32, 64), (1, 2, 5, 10, 15, 30, 60, 120)


def draw_keyboard(canvas: Image.Image, geometry: Geometry) -> None:
    """Shade the rows of black keys."""
    draw = ImageDraw.Draw(canvas)
    for pitch in range(geometry.low, geometry.high + 1):
        y = geometry.y(pitch)
        if pitch % 12 in _BLACK_KEYS:
            draw.rectangle((geometry.left, y, geometry.right, y + geometry.row - 1), fill=SHADE)


def draw_time(canvas: Image.Image, geometry: Geometry, score: Score) -> None:
    """Draw beats and bars through the notes, cuts through the tracks, octaves, and seconds on the ruler."""
    draw = ImageDraw.Draw(canvas)
    if score.notes:
        _draw_bars(canvas, geometry, score)
    for tick, begins_bar in [] if score.notes else declared_beats(score):
        x = geometry.x(tick)
        draw.line((x, geometry.waveform.top, x, geometry.waveform.bottom - 1), fill=LINE if begins_bar else FAINT)
    for tick in score.timeline.start_ticks[1:-1].tolist() if geometry.step == 1 else ():
        x = geometry.x(tick)
        for band in geometry.tracks:
            draw.line((x, band.top, x, band.bottom - 1), fill=FAINT)
    _draw_octaves(canvas, geometry)
    _draw_seconds(canvas, geometry, float(score.timeline.seconds))
    for x in (geometry.left, geometry.right) if score.notes else ():
        draw.line((x, geometry.notes.top, x, _notes_bottom(geometry)), fill=LINE)


def _notes_bottom(geometry: Geometry) -> int:
    return max(geometry.notes.bottom, geometry.drum_hits.bottom)


def _draw_bars(canvas: Image.Image, geometry: Geometry, score: Score) -> None:
    draw = ImageDraw.Draw(canvas)
    beats, per_bar = music_beats(score), score.timeline.beats_per_bar
    across = geometry.right - geometry.left

    def x_of(beat: float) -> int:
        return geometry.column(beat / beats) if score.tempo_bpm else geometry.x(beat * TICKS_PER_BEAT)

    for every, colour in ((1, FAINT), (per_bar, LINE)):
        for beat in multiples(beats, every) if across * every / beats >= _LEAST_BEAT_PX else ():
            x = x_of(beat)
            draw.line((x, geometry.notes.top, x, _notes_bottom(geometry)), fill=colour)
    width = across * per_bar / beats
    every = next((n for n in _BARS if n * width >= _LEAST_BAR_PX), _BARS[-1])
    for bar in range(0, int(beats / per_bar + 0.999), every):
        x = x_of(bar * per_bar)
        xy = (x + 4, geometry.notes.bottom - 4)
        write(canvas, xy, str(bar + 1), 10, MUTED, max_width=max(geometry.right - x - 4, 1))


def _draw_octaves(canvas: Image.Image, geometry: Geometry) -> None:
    draw = ImageDraw.Draw(canvas)
    for pitch in range(geometry.low - geometry.low % 12 + 12, geometry.high + 1, 12):
        y = geometry.y(pitch) + geometry.row - 1
        draw.line((geometry.left, y, geometry.right, y), fill=LINE)
        write(canvas, (geometry.left - 8, y + 1), f"C{pitch // 12 - 1}", 11, MUTED, align="right")


def _draw_seconds(canvas: Image.Image, geometry: Geometry, seconds: float) -> None:
    draw, bottom = ImageDraw.Draw(canvas), geometry.ruler.bottom
    across = geometry.right - geometry.left
    every = next((s for s in _SECONDS if across * s / seconds >= _LEAST_MARK_PX), _SECONDS[-1])
    for moment in multiples(seconds, every):
        x = geometry.column(moment / seconds)
        draw.line((x, bottom - 8, x, bottom - 3), fill=MUTED)
        available = max(geometry.width - x - 6, 1)
        write(canvas, (x + 4, bottom - 8), format_time(moment), 11, MUTED, max_width=available)


def draw_images(canvas: Image.Image, geometry: Geometry, records: Sequence[ImageRecord], starts: Sequence[int]) -> None:
    """Draw every `step`-th image above its time, cropped to it; and numbers below, where they fit."""
    end = -float("inf")
    for i in range(0, len(records), geometry.step):
        left, right = geometry.x(starts[i]), geometry.x(starts[min(i + geometry.step, len(records))])
        width = max(right - left - (1 if right - left > 8 else 0), 1)
        image = cropped(records[i], (width, geometry.images.height), _EMPTY)
        canvas.paste(image, (left, geometry.images.top))
        label = str(i + 1)
        if left >= end + 6 and left + text_width(label, 10) <= geometry.right:
            end = left + write(canvas, (left, geometry.numbers.top + 12), label, 10, MUTED)


def draw_phrases(canvas: Image.Image, geometry: Geometry, score: Score) -> None:
    """Draw a bracket for each phrase, with section, phrase, and the key where it changes."""
    draw, starts = ImageDraw.Draw(canvas), score.timeline.start_ticks.tolist()
    before: tuple[object, ...] = ("", "", "")
    for first, last, value in runs(form(decision) for decision in decisions(score)):
        now = value if isinstance(value, tuple) else before
        left, right = geometry.x(starts[first]), geometry.x(starts[last])
        words = [str(each) for each in now[:2] if each not in (None, "")]
        words += [str(now[2])] if now[2] and now[2] != before[2] else []
        y = geometry.phrases.top + 2
        draw.line((left, y + 12, left, y, right - 4, y), fill=BRACKET)
        while words and text_width("  ·  ".join(words), 12, bold=True) > right - left - 10:
            words.pop()
        write_bold(canvas, (left + 6, y + 15), "  ·  ".join(words), 12, TEXT)
        before = now


def draw_chords(canvas: Image.Image, geometry: Geometry, score: Score) -> None:
    """Write the names of the chords where they begin, as many as fit."""
    draw, end = ImageDraw.Draw(canvas), -float("inf")
    bottom = geometry.chords.bottom
    for start_beat, end_beat, name in chords(score):
        left, right = geometry.x(start_beat * TICKS_PER_BEAT), geometry.x(end_beat * TICKS_PER_BEAT)
        if name and left >= end and left + text_width(name, 12) <= geometry.right:
            draw.line((left, bottom - 5, left, bottom), fill=BRACKET)
            end = left + 3 + write(canvas, (left + 3, bottom - 6), name, 12, TEXT) + 5
        elif name and right - left > 4:
            draw.line((left, bottom - 3, left, bottom), fill=BRACKET)


def draw_notes(canvas: Image.Image, geometry: Geometry, score: Score) -> None:
    """Draw long notes before short ones, and the melody last; drum hits below."""
    draw = ImageDraw.Draw(canvas)
    melody = {i for i, part in enumerate(score.parts) if part.name.lower().startswith("melody")}
    for note in sorted(score.notes, key=lambda n: (n.part in melody, -n.length, n.start, n.pitch)):
        colour = note_colour(score.parts, note.part, note.velocity)
        if not score.parts[note.part].drums:
            draw.rectangle(geometry.box(note), fill=colour)
        elif note.pitch in geometry.drums:
            draw.rectangle(_drum_hit(geometry, note.start, note.pitch), fill=colour)


def _drum_hit(geometry: Geometry, start: int, pitch: int) -> tuple[int, int, int, int]:
    """The box of a drum hit, all edges included."""
    row = (geometry.drum_hits.height - 12) // len(geometry.drums)
    x, top = min(geometry.x(start), geometry.right - 2), geometry.drum_hits.top + 8 + geometry.drums.index(pitch) * row
    return x, top, x + 2, top + row - 3
