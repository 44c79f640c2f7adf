"""Draws a roll: paper, images, notes, and the curves below them. Same sequence, score and sound, same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ...core import TICKS_PER_BEAT, Audio, ImageRecord, ImageSequence, Part, Score, tempo_text
from ...core.errors import ImageError
from ...datasets import images
from ..plots.board import colour, mixed, write
from ..text_drawing import text_width
from . import curves
from .geometry import Geometry, measure_out, music_beats
from .lanes import chords, decisions, form, lanes, runs, tension, told_beats
from .paper import CUT, FAINT, INK, LINE, PAPER, QUIET, REPEAT, SHADE, clock, save, steps

#: The colour of a part by how its name begins; the others take the rest in turn.
INKS = {"melody": "#c2361f", "chords": "#2b6cb3", "pad": "#5f9c86", "bass": "#5c3f96", "accents": "#cf8a16"}
OTHER_INKS = ("#00818c", "#a84a86", "#6f7b1e", "#8c5733", "#3f4a8a", "#b0506a")
DRUM_INK = "#43464f"
#: Velocities are drawn in so many strengths of the part's colour, from the weakest share.
STRENGTHS, WEAKEST = 8, 0.32
_BLACK_KEYS = (1, 3, 6, 8, 10)
_EMPTY = (214, 209, 197)


def draw(path: Path, sequence: ImageSequence, score: Score, audio: Audio | None = None) -> Geometry:
    """Write the roll of a piece as a PNG, and return where what stands on it.

    audio : the piece's sound; its loudness is drawn where there is more to hear than notes. Images that cannot be
    read leave an empty place. Raises ValueError when score and sequence are of different lengths.
    """
    if len(sequence) != len(score.timeline.beats):
        raise ValueError(f"a score of {len(score.timeline.beats)} images for a sequence of {len(sequence)}")
    shown = lanes(sequence, score)
    sounding = audio is not None and (not score.notes or bool(score.recordings))
    tense, told = tension(score)
    arch = bool(np.isfinite(tense).any())
    plan = measure_out(score, len(shown) + arch, sounding)
    board = Image.new("RGB", (plan.width, plan.height), PAPER)
    brush = ImageDraw.Draw(board)
    _head(board, brush, sequence, score)
    _keys(brush, plan)
    _lines(board, brush, plan, score)
    _images(board, plan, sequence.records, score.timeline.start_ticks.tolist())
    _form(board, brush, plan, score)
    _notes(brush, plan, score)
    if sounding and audio is not None:
        curves.wave(board, plan, audio)
    if arch:
        curves.tension(board, plan, plan.lanes[0], score, tense, told)
    for band, lane in zip(plan.lanes[arch:], shown, strict=True):
        curves.lane(board, plan, band, score, lane)
    save(path, board, (plan.left, plan.images.top, plan.right, plan.images.bottom))
    return plan


@lru_cache(maxsize=64)
def inks(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """The colour of each part."""
    rest, found = iter(OTHER_INKS * (len(parts) // len(OTHER_INKS) + 1)), []
    taken: set[str] = set()
    for part in parts:
        role = next((role for role in INKS if part.name.lower().startswith(role) and role not in taken), "")
        taken.add(role)
        found.append(DRUM_INK if part.drums else INKS[role] if role else next(rest))
    return tuple(found)


@lru_cache(maxsize=4096)
def ink_of(parts: tuple[Part, ...], part: int, velocity: int) -> tuple[int, int, int]:
    """The sRGB colour of a note: its part's, the stronger the louder."""
    level = min(velocity * STRENGTHS // 128, STRENGTHS - 1) / (STRENGTHS - 1)
    return colour(mixed(PAPER, inks(parts)[part], WEAKEST + (1 - WEAKEST) * level))


def _head(board: Image.Image, brush: ImageDraw.ImageDraw, sequence: ImageSequence, score: Score) -> None:
    """Title, facts and legend, within what a window shows at once; the legend comes again along a long roll."""
    x, room = 24, min(board.width, 1140) - 48
    write(board, (x, 46), sequence.title, 22, INK, bold=True, room=room)
    grid = score.timeline
    facts = (f"{len(sequence)} images" if len(sequence) != 1 else "1 image", clock(float(grid.seconds)),
             score.key, f"{tempo_text(score.bpm)} bpm", score.style)  # fmt: skip
    write(board, (x, 72), "  ·  ".join(fact for fact in facts if fact), 14, QUIET, room=room)
    for start in range(x, max(x + 1, board.width - room), REPEAT):
        _legend(board, brush, score, start, room)


def _legend(board: Image.Image, brush: ImageDraw.ImageDraw, score: Score, start: int, room: int) -> None:
    """The parts that play, each in its colour, from x = start."""
    playing = {note.part for note in score.notes}
    at = float(start)
    for i, part in enumerate(score.parts):
        width = 18 + text_width(part.name, 13) + 22
        if i in playing and at + width <= start + room:
            brush.rectangle((at, 88, at + 11, 99), fill=inks(score.parts)[i])
            write(board, (at + 18, 99), part.name, 13, INK)
            at += width


def _keys(brush: ImageDraw.ImageDraw, plan: Geometry) -> None:
    """The keyboard behind the notes: rows of black keys are shaded, every C has a line."""
    for pitch in range(plan.low, plan.high + 1):
        y = plan.y(pitch)
        if pitch % 12 in _BLACK_KEYS:
            brush.rectangle((plan.left, y, plan.right, y + plan.row - 1), fill=SHADE)


def _lines(board: Image.Image, brush: ImageDraw.ImageDraw, plan: Geometry, score: Score) -> None:
    """Time: seconds on the ruler, beats and bars through the notes, cuts through everything."""
    seconds = float(score.timeline.seconds)
    if score.notes:
        beats, per_bar = music_beats(score), score.timeline.beats_per_bar
        bottom = max(plan.notes.bottom, plan.drumming.bottom)
        for every, ink in ((1, FAINT), (per_bar, LINE)):
            if (plan.right - plan.left) * every / beats >= 6:
                for beat in steps(beats, every):
                    x = plan.x(plan.ticks * beat / beats)
                    brush.line((x, plan.notes.top, x, bottom), fill=ink)
        _bar_numbers(board, plan, beats, per_bar)
    for tick, opens in [] if score.notes else told_beats(score):
        x = plan.x(tick)
        brush.line((x, plan.wave.top, x, plan.wave.bottom - 1), fill=LINE if opens else FAINT)
    for tick in score.timeline.start_ticks[1:-1].tolist():
        x = plan.x(tick)
        for band in plan.lanes:
            if plan.step == 1:
                brush.line((x, band.top, x, band.bottom - 1), fill=FAINT)
    for pitch in range(plan.low - plan.low % 12 + 12, plan.high + 1, 12):
        y = plan.y(pitch) + plan.row - 1
        brush.line((plan.left, y, plan.right, y), fill=LINE)
        write(board, (plan.left - 8, y + 1), f"C{pitch // 12 - 1}", 11, QUIET, align="right")
    every = next((s for s in (1, 2, 5, 10, 15, 30, 60) if (plan.right - plan.left) * s / seconds >= 72), 120)
    for moment in steps(seconds, every):
        x = plan.x(plan.ticks * moment / seconds)
        brush.line((x, plan.ruler.bottom - 8, x, plan.ruler.bottom - 3), fill=QUIET)
        write(board, (x + 4, plan.ruler.bottom - 8), clock(moment), 11, QUIET, room=max(plan.width - x - 6, 1))
    for x in (plan.left, plan.right) if score.notes else ():
        brush.line((x, plan.notes.top, x, max(plan.notes.bottom, plan.drumming.bottom)), fill=LINE)


def _bar_numbers(board: Image.Image, plan: Geometry, beats: float, per_bar: int) -> None:
    """Bars by number at the foot of the notes, as many as have room."""
    width = (plan.right - plan.left) * per_bar / beats
    every = next((n for n in (1, 2, 4, 8, 16, 32) if n * width >= 34), 64)
    for bar in range(0, int(beats / per_bar + 0.999), every):
        x = plan.x(plan.ticks * bar * per_bar / beats)
        write(board, (x + 4, plan.notes.bottom - 4), str(bar + 1), 10, QUIET, room=max(plan.right - x - 4, 1))


def _images(board: Image.Image, plan: Geometry, records: Sequence[ImageRecord], starts: Sequence[int]) -> None:
    """The images above their time, their centres cropped to it, every `step`-th; numbers below, where they fit."""
    numbered = -float("inf")
    for i in range(0, len(records), plan.step):
        left, right = plan.x(starts[i]), plan.x(starts[min(i + plan.step, len(records))])
        width = max(right - left - (1 if right - left > 8 else 0), 1)
        board.paste(_cell(records[i], (width, plan.images.height)), (left, plan.images.top))
        label = str(i + 1)
        if left >= numbered + 6 and left + text_width(label, 10) <= plan.right:
            numbered = left + write(board, (left, plan.numbers.top + 12), label, 10, QUIET)


def _cell(record: ImageRecord, size: tuple[int, int]) -> Image.Image:
    try:
        return Image.fromarray(images.open_to_fit(record, size, "fill"))
    except ImageError:
        return Image.new("RGB", size, _EMPTY)


def _form(board: Image.Image, brush: ImageDraw.ImageDraw, plan: Geometry, score: Score) -> None:
    """Phrases as brackets with their labels, and the keys they are in; chords by name."""
    if plan.phrases.height:
        _phrases(board, brush, plan, score)
    if plan.chords.height:
        _chords(board, brush, plan, score)


def _phrases(board: Image.Image, brush: ImageDraw.ImageDraw, plan: Geometry, score: Score) -> None:
    starts = score.timeline.start_ticks.tolist()
    told = [form(decision) for decision in decisions(score)]
    before: tuple[object, ...] = ("", "", "")
    for first, last, value in runs(told):
        now = value if isinstance(value, tuple) else before
        left, right = plan.x(starts[first]), plan.x(starts[last])
        words = [str(each) for each in now[:2] if each not in (None, "")]
        words += [str(now[2])] if now[2] and now[2] != before[2] else []
        y = plan.phrases.top + 2
        brush.line((left, y + 12, left, y, right - 4, y), fill=CUT)
        while words and text_width("  ·  ".join(words), 12, bold=True) > right - left - 10:
            words.pop()
        write(board, (left + 6, y + 15), "  ·  ".join(words), 12, INK, bold=True)
        before = now


def _chords(board: Image.Image, brush: ImageDraw.ImageDraw, plan: Geometry, score: Score) -> None:
    free = -float("inf")
    for beat, end, name in chords(score):
        left, right = plan.x(beat * TICKS_PER_BEAT), plan.x(end * TICKS_PER_BEAT)
        wide = text_width(name, 12)
        if name and left >= free and left + wide <= plan.right:
            brush.line((left, plan.chords.bottom - 5, left, plan.chords.bottom), fill=CUT)
            free = left + 3 + write(board, (left + 3, plan.chords.bottom - 6), name, 12, INK) + 5
        elif name and right - left > 4:
            brush.line((left, plan.chords.bottom - 3, left, plan.chords.bottom), fill=CUT)


def _notes(brush: ImageDraw.ImageDraw, plan: Geometry, score: Score) -> None:
    """Long notes first, so that short ones lie on them, and the tune on top; drums as ticks below."""
    tune = {i for i, part in enumerate(score.parts) if part.name.lower().startswith("melody")}
    for note in sorted(score.notes, key=lambda n: (n.part in tune, -n.length, n.start, n.pitch)):
        ink = ink_of(score.parts, note.part, note.velocity)
        if not score.parts[note.part].drums:
            brush.rectangle(plan.box(note), fill=ink)
        elif note.pitch in plan.drums:
            brush.rectangle(_tick(plan, note.start, note.pitch), fill=ink)


def _tick(plan: Geometry, start: int, pitch: int) -> tuple[int, int, int, int]:
    """Where a drum's stroke is drawn, both ends included."""
    each = (plan.drumming.height - 12) // len(plan.drums)
    x, top = min(plan.x(start), plan.right - 2), plan.drumming.top + 8 + plan.drums.index(pitch) * each
    return x, top, x + 2, top + each - 3
