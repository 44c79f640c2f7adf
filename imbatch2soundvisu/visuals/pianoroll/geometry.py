"""Where everything of a piano roll stands, in px from the top left: decided once, for who draws and who points."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from ...core import TICKS_PER_BEAT, Note, Score

#: What the time axis may be wide, px; more images than fit share their room.
NARROWEST, WIDEST = 1040, 5600
#: Px an image and a beat of the music would like to have.
_IMAGE, _BEAT = 64, 15
#: Px below which not every image is shown, and what those that are shown have at least.
_THINNEST, _SHOWN = 20, 28
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 24, 24, 22
_HEAD, _RULER, _NUMBERS, _PHRASES, _CHORDS, _GAP = 92, 24, 17, 22, 22, 14
_ROLL, _ROWS = 340, (4, 10)  # px of the roll, and of a semitone
_FEWEST = 24  # semitones
_DRUM, _MOST_DRUMS = 7, 8
_WAVE, _WAVE_BELOW = 180, 72
_CAPTION, _LANE = 24, 52
#: What decisions tell of the form.
FORM = ("section", "phrase", "phrase_key", "key")


@dataclass(frozen=True, slots=True)
class Band:
    """Rows of px from `top` to `bottom` (excluded)."""

    top: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True)
class Geometry:
    """The plan of a roll. left, right : px where the first tick and the end stand. low, high : MIDI pitches shown.

    row : px of a semitone. drums : pitches of the drums that are shown, from the top. step : every how many images
    one is shown. lanes : bands of the curves, from the top.
    """

    width: int
    height: int
    left: int
    right: int
    ticks: int
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
    drumming: Band
    wave: Band
    lanes: tuple[Band, ...]

    def x(self, tick: float) -> int:
        """The column of a tick, never outside the time axis."""
        share = min(max(tick / self.ticks, 0.0), 1.0) if self.ticks else 0.0
        return self.left + round(share * (self.right - self.left))

    def y(self, pitch: int) -> int:
        """The upper edge of a pitch's row."""
        return self.notes.top + (self.high - pitch) * self.row

    def box(self, note: Note) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of a note, all included; at least two px wide, a px short of the next."""
        x = min(self.x(note.start), self.right - 2)
        top = self.y(note.pitch) - round(self.row * note.cents / 100)
        return x, top, max(x + 1, self.x(note.start + note.length) - 2), top + max(self.row - 2, 1)

    def account(self) -> dict[str, int]:
        """What a page needs to point at a moment: x = left + share of the time × (right - left), of `width` px.

        top : where a line at that moment begins, at the ruler, so that it does not cross the title and the legend.
        """
        sides = {"left": self.left, "right": self.right, "top": self.ruler.top}
        return {"width": self.width, "height": self.height} | sides


def measure_out(score: Score, lanes: int, wave: bool = False) -> Geometry:
    """The plan for a score with so many lanes, the tension among them. wave : whether the sound is drawn, too."""
    grid = score.timeline
    across, each = _across(score)
    drums = tuple(sorted({n.pitch for n in score.notes if score.parts[n.part].drums}, reverse=True)[:_MOST_DRUMS])
    low, high = _pitches(score)
    pitched = high >= low
    row = min(max(_ROLL // (high - low + 1), _ROWS[0]), _ROWS[1]) if pitched else 0
    y = _TOP + _HEAD
    ruler = Band(y, y + _RULER)
    step = 1 if each >= _THINNEST else ceil(_SHOWN / max(each, 0.01))
    images = Band(ruler.bottom, ruler.bottom + min(max(round(0.68 * each * step), 58), 110))
    numbers = Band(images.bottom, images.bottom + _NUMBERS)
    phrases = Band(numbers.bottom + 6, numbers.bottom + 6 + _PHRASES * _tells(score, *FORM))
    chords = Band(phrases.bottom, phrases.bottom + _CHORDS * _tells(score, "chord", "chords"))
    notes = Band(chords.bottom + 4, chords.bottom + 4 + row * (high - low + 1) * pitched)
    drumming = Band(notes.bottom, notes.bottom + (len(drums) * _DRUM + 12 if drums else 0))
    tall = _WAVE_BELOW if score.notes else _WAVE
    wave_band = Band(drumming.bottom + _GAP, drumming.bottom + _GAP + tall * wave)
    bands, y = [], wave_band.bottom + (_GAP if wave else 0)
    for _ in range(lanes):
        bands.append(Band(y + _CAPTION, y + _CAPTION + _LANE))
        y = bands[-1].bottom + 8
    return Geometry(
        _LEFT + across + _RIGHT, y + _BOTTOM, _LEFT, _LEFT + across, grid.total_beats * TICKS_PER_BEAT, low, high, row,
        drums, step, ruler, images, numbers, phrases, chords, notes, drumming, wave_band, tuple(bands),
    )  # fmt: skip


def _tells(score: Score, *keys: str) -> bool:
    return bool(score.notes) and any(decision.get(key) for decision in score.decisions for key in keys)


def music_beats(score: Score) -> float:
    """How many beats of the music the piece lasts."""
    return float(score.timeline.seconds) * score.bpm / 60


def _across(score: Score) -> tuple[int, float]:
    """Px of the time axis, and of an image on average."""
    images = max(len(score.timeline.beats), 1)
    beats = min(music_beats(score), score.timeline.total_beats)
    across = round(min(max(_IMAGE * images, _BEAT * beats, NARROWEST), WIDEST))
    return across, across / images


def _pitches(score: Score) -> tuple[int, int]:
    """The lowest and highest pitch shown: those played, a tone of air, and two octaves at least; (0, -1) for none."""
    played = [n.pitch for n in score.notes if not score.parts[n.part].drums]
    if not played:
        return 0, -1
    low, high = min(played) - 2, max(played) + 2
    missing = max(_FEWEST - (high - low + 1), 0)
    low = max(low - missing // 2, 0)
    return low, min(max(high, low + _FEWEST - 1), 127)
