"""The parts of a score, and the instruments that play them."""

from __future__ import annotations

from dataclasses import dataclass

from ...core import Part
from ...core.errors import ConfigError
from .validation import is_midi_value

MELODY, CHORDS, PAD, BASS, ACCENT, SECOND, DRUMS, COUNTER = range(8)
ROLES = ("Melody", "Chords", "Pad", "Bass", "Accents", "Melody", "Drums", "Countermelody")
#: Melodic parts that play in a piece, at most: a countermelody only where one soloist has the melody all the time.
MAX_PARTS = 6
#: Volume of a countermelody relative to that of its instrument as a soloist: 2 dB softer.
COUNTER_VOLUME = 0.88
#: The range of a melody: the keys of a piano.
LOWEST, HIGHEST = 21, 108
#: The least compass of a melody.
OCTAVE = 12
#: Programs whose notes rise within 10 ms, also from the note before that still rings, so that they can mark a cut: not
#: the music box, the nylon guitar and the trumpet.
STRUCK = frozenset({*range(6), 8, 9, 11, 12, 13, 25, 32, 33, 35, 45, 108})
#: Velocity of the softest struck note that marks a cut.
AUDIBLE = 32
#: Lowest and highest pitch of the instruments that have less than the keys of a piano, by program.
RANGES = {
    8: (60, 108), 9: (79, 108), 10: (60, 108), 11: (53, 89), 12: (45, 96), 13: (65, 108), 21: (53, 89), 24: (40, 83),
    25: (40, 86), 26: (40, 86), 40: (55, 98), 41: (48, 86), 42: (36, 77), 45: (28, 98), 46: (24, 103), 48: (36, 96),
    49: (36, 96), 52: (43, 81), 56: (54, 84), 57: (40, 74), 58: (28, 58), 60: (41, 77), 68: (58, 91), 69: (52, 81),
    66: (46, 77), 59: (54, 84), 23: (53, 89), 110: (55, 98),
    70: (34, 75), 71: (50, 86), 73: (60, 96), 74: (53, 96), 108: (48, 96),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument of an ensemble.

    Parameters
    ----------
    name : str
    program : int
        General MIDI program, 0 to 127.
    volume, pan, reverb : int
        Controllers, 0 to 127.

    Raises
    ------
    ConfigError
        For values outside 0 to 127.
    """

    name: str
    program: int
    volume: int
    pan: int = 64
    reverb: int = 40

    def __post_init__(self) -> None:
        for title in ("program", "volume", "pan", "reverb"):
            if not is_midi_value(getattr(self, title)):
                raise ConfigError(
                    f"{title} = {getattr(self, title)!r} of {self.name!r} must be a whole number, 0 to 127"
                )


def part_of(role: str, each: Instrument) -> Part:
    """Return the part of an instrument in a role."""
    return Part(f"{role}: {each.name}", each.program, each.volume, each.pan, each.reverb)


def range_of(instrument: Instrument) -> tuple[int, int]:
    """Return the lowest and highest pitch of an instrument.

    Examples
    --------
    >>> range_of(Instrument("clarinet", 71, 100))
    (50, 86)
    """
    return RANGES.get(instrument.program, (LOWEST, HIGHEST))
