"""The layout of a piano roll, in pixels from the top left: for drawing, and for pages that mark a time on it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from ...core import Note, Score, Timeline
from .legend import LINE_PX, legend_entries

#: Where title and legend begin; the heading is at most so wide.
HEADING_LEFT, LEGEND_TOP, _HEADING_WIDTH = 24, 88, 1140
#: Limits of the width of the time axis in pixels.
NARROWEST, WIDEST = 1040, 5600
#: Pixels for an image and for a beat of the music, within these limits.
_IMAGE, _BEAT = 64, 15
#: Below so many pixels an image, only every n-th is shown, each at least so wide.
_THINNEST, _SHOWN = 20, 28
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 24, 24, 22
_HEADING, _RULER, _NUMBERS, _PHRASES, _CHORDS, _GAP = 92, 24, 17, 22, 22, 14
_NOTES, _ROWS = 340, (4, 10)  # px of all notes, and of a semitone
_LEAST_RANGE = 24  # semitones
_DRUM, _MOST_DRUMS = 7, 8
_WAVE, _WAVE_BELOW = 180, 72
_CAPTION, _TRACK = 24, 52
#: Keys of decisions about the form.
FORM = ("section", "phrase", "phrase_key", "key")


@dataclass(frozen=True, slots=True)
class Band:
    """Rows of pixels from `top` to `bottom` (excluded)."""

    top: int
    bottom: int

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Geometry:
    """The layout of a piano roll.

    Parameters
    ----------
    width, height : int
        Size of the image.
    left, right : int
        Columns of the first tick and of the end.
    timeline : Timeline
        Converts ticks to time, to which columns are proportional.
    low, high : int
        MIDI pitches shown; high is below low where no pitch is played.
    row : int
        Pixels of a semitone.
    drums : tuple of int
        Pitches of the drums shown, from the top.
    step : int
        Every so many images, one is shown.
    ruler, images, numbers, phrases, chords, notes, drum_hits, waveform : Band
        Rows of each; of no height where there is nothing to show.
    tracks : tuple of Band
        Rows of the curves, from the top.
    """

    width: int
    height: int
    left: int
    right: int
    timeline: Timeline
    low: int
    high: int
    row: int
    drums: tuple[int, ...]
    step: int
    ruler: Band
    images: Band
    numbers: Band
    phrases: Band
    chords: Band
    notes: Band
    drum_hits: Band
    waveform: Band
    tracks: tuple[Band, ...]

    def x(self, tick: float) -> int:
        """Return the column of a tick, within the time axis."""
        return self.column(float(self.timeline.seconds_at(round(tick)) / self.timeline.seconds))

    def column(self, share: float) -> int:
        """Return the column of a share of the time, [0, 1]."""
        return self.left + round(min(max(share, 0.0), 1.0) * (self.right - self.left))

    def y(self, pitch: int) -> int:
        """Return the upper edge of a pitch's row."""
        return self.notes.top + (self.high - pitch) * self.row

    def box(self, note: Note) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) of a note, all included; at least 2 px wide, with a gap before the next."""
        x = min(self.x(note.start), self.right - 2)
        top = self.y(note.pitch) - round(self.row * note.cents / 100)
        return x, top, max(x + 1, self.x(note.start + note.length) - 2), top + max(self.row - 2, 1)

    def as_dict(self) -> dict[str, int]:
        """Return what a page needs to mark a moment: its column is left + share of the time × (right - left).

        A mark begins at the row `top`, at the ruler, so that it does not cover the title and the legend.
        """
        edges = {"left": self.left, "right": self.right, "top": self.ruler.top}
        return {"width": self.width, "height": self.height} | edges


def geometry_of(score: Score, tracks: int, waveform: bool = False) -> Geometry:
    """Return the layout for a score.

    Parameters
    ----------
    score : Score
        The music.
    tracks : int
        Number of curves below the notes, with that of the tension.
    waveform : bool
        Whether the sound is drawn.
    """
    across, each = _axis_width(score)
    drums = tuple(sorted({n.pitch for n in score.notes if score.parts[n.part].drums}, reverse=True)[:_MOST_DRUMS])
    low, high = _pitches(score)
    pitched = high >= low
    row = min(max(_NOTES // (high - low + 1), _ROWS[0]), _ROWS[1]) if pitched else 0
    ruler = _ruler(score, _LEFT + across + _RIGHT)
    step = 1 if each >= _THINNEST else ceil(_SHOWN / max(each, 0.01))
    images = Band(ruler.bottom, ruler.bottom + min(max(round(0.68 * each * step), 58), 110))
    numbers = Band(images.bottom, images.bottom + _NUMBERS)
    phrases = Band(numbers.bottom + 6, numbers.bottom + 6 + _PHRASES * _declares(score, *FORM))
    chords = Band(phrases.bottom, phrases.bottom + _CHORDS * _declares(score, "chord", "chords"))
    notes = Band(chords.bottom + 4, chords.bottom + 4 + row * (high - low + 1) * pitched)
    drum_hits = Band(notes.bottom, notes.bottom + (len(drums) * _DRUM + 12 if drums else 0))
    tall = _WAVE_BELOW if score.notes else _WAVE
    waveform_band = Band(drum_hits.bottom + _GAP, drum_hits.bottom + _GAP + tall * waveform)
    bands, y = [], waveform_band.bottom + (_GAP if waveform else 0)
    for _ in range(tracks):
        bands.append(Band(y + _CAPTION, y + _CAPTION + _TRACK))
        y = bands[-1].bottom + 8
    return Geometry(
        _LEFT + across + _RIGHT, y + _BOTTOM, _LEFT, _LEFT + across, score.timeline, low, high, row,
        drums, step, ruler, images, numbers, phrases, chords, notes, drum_hits, waveform_band, tuple(bands),
    )  # fmt: skip


def heading_width(width: int) -> int:
    """Return the width of the heading on a roll of that width: at most what a window shows."""
    return min(width, _HEADING_WIDTH) - 2 * HEADING_LEFT


def _ruler(score: Score, width: int) -> Band:
    lines = max((entry.line for entry in legend_entries(score, heading_width(width))), default=0)
    top = _TOP + _HEADING + lines * LINE_PX
    return Band(top, top + _RULER)


def _declares(score: Score, *keys: str) -> bool:
    return bool(score.notes) and any(decision.get(key) for decision in score.decisions for key in keys)


def music_beats(score: Score) -> float:
    """Return the duration in beats of the music."""
    if score.tempo_bpm is None:
        return float(score.timeline.beat_at(score.timeline.total_frames))
    return float(score.timeline.seconds) * score.bpm / 60


def _axis_width(score: Score) -> tuple[int, float]:
    """Pixels of the time axis, and of an image on average."""
    images = max(len(score.timeline.beats), 1)
    beats = min(music_beats(score), score.timeline.total_beats)
    across = round(min(max(_IMAGE * images, _BEAT * beats, NARROWEST), WIDEST))
    return across, across / images


def _pitches(score: Score) -> tuple[int, int]:
    """The lowest and highest pitch shown: a tone beyond those played, at least two octaves; (0, -1) without pitches."""
    played = [n.pitch for n in score.notes if not score.parts[n.part].drums]
    if not played:
        return 0, -1
    low, high = min(played) - 2, max(played) + 2
    missing = max(_LEAST_RANGE - (high - low + 1), 0)
    low = max(low - missing // 2, 0)
    return low, min(max(high, low + _LEAST_RANGE - 1), 127)
