"""The table of ensembles. To change the sound, change a line here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...core import Part
from ...core.errors import ConfigError
from .figures import FIGURES
from .instruments import COUNTER, COUNTER_VOLUME, HIGHEST, LOWEST, OCTAVE, ROLES, Instrument, part_of, range_of
from .textures import TEXTURES
from .validation import check_name, check_number, check_switch, is_midi_value

#: How far beyond its range a melody may go, in semitones, and how far below it over inner voices of their own.
BEYOND, VOICES_BELOW = 9, 2


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Six instruments, the range of the melody, and the figuration of the chords.

    Parameters
    ----------
    melody, second : Instrument
        The soloists of cool and of warm phrases.
    chords, pad, bass : Instrument
    accent : Instrument
        Struck or plucked, so that it sounds within a few milliseconds of the cut.
    range : (int, int)
        MIDI pitches of the melody at the levels 0 and 1, within the keys of a piano.
    figures : (str, str, str)
        Names in FIGURES, for sparse to dense phrases.
    temperature : float
        How warm the images are that the ensemble suits, [0, 1].
    has_voices : bool
        Whether its inner voices are one of `chords` and one of `pad`, as in a string quartet, not chords of a pad.
    textures : tuple of str
        Names in TEXTURES that suit it; empty for all.

    Raises
    ------
    ConfigError
        For values that cannot be played, with what is allowed.
    """

    melody: Instrument
    chords: Instrument
    pad: Instrument
    bass: Instrument
    accent: Instrument
    second: Instrument
    range: tuple[int, int]
    figures: tuple[str, str, str]
    temperature: float
    has_voices: bool = False
    textures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for instrument in self.instruments:
            if not isinstance(instrument, Instrument):
                raise ConfigError(f"{instrument!r} is not an instrument; write Instrument('flute', 73, 108)")
        low, high = self.range if isinstance(self.range, tuple | list) and len(self.range) == 2 else (None, None)
        if not (is_midi_value(low) and is_midi_value(high) and LOWEST <= low < high <= HIGHEST):
            raise ConfigError(
                f"range = {self.range!r} must be two MIDI pitches from {LOWEST} to {HIGHEST}, the lower first"
            )
        if not isinstance(self.figures, tuple | list) or len(self.figures) != 3:
            raise ConfigError(f"figures = {self.figures!r} must be three of: {', '.join(FIGURES)}")
        for figure in self.figures:
            check_name("figure", figure, FIGURES)
        check_number("temperature", self.temperature, (0.0, 1.0))
        for name in self.textures:
            check_name("texture", name, TEXTURES)
        check_switch("has_voices", self.has_voices)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The instruments in the order of the parts, without drums."""
        return self.melody, self.chords, self.pad, self.bass, self.accent, self.second

    @property
    def second_is_inner(self) -> bool:
        """Whether the second soloist plays an inner voice, so that the first one has the melody throughout."""
        return self.has_voices and self.second.program in (self.chords.program, self.pad.program)

    @property
    def limits(self) -> tuple[int, int]:
        """The lowest and highest pitch of a melody: up to a sixth beyond `range`, where both soloists can play it.

        Where they share less than an octave of that, their ranges do not count. A melody over inner voices of their own
        goes down less, since they lie below it.
        """
        below = VOICES_BELOW if self.has_voices else BEYOND
        low, high = max(self.range[0] - below, LOWEST), min(self.range[1] + BEYOND, HIGHEST)
        (a, b), (c, d) = (
            range_of(each) for each in (self.melody, self.melody if self.second_is_inner else self.second)
        )
        both = max(low, a, c), min(high, b, d)
        return both if both[1] - both[0] >= OCTAVE else (low, high)

    def parts(self, has_second_melody: bool = False) -> tuple[Part, ...]:
        """Return the parts of a score, indexed by MELODY, CHORDS ... COUNTER.

        Parameters
        ----------
        has_second_melody : bool
            Whether the second soloist has the melody, so that the first one has the countermelody.
        """
        parts = [part_of(role, each) for role, each in zip(ROLES, self.instruments, strict=False)]
        other = self.melody if has_second_melody else self.second
        counter = part_of(ROLES[COUNTER], replace(other, volume=round(COUNTER_VOLUME * other.volume)))
        return (*parts, Part("Drums", 0, 72, 64, 30, drums=True), counter)


#: Textures of ensembles that do not play all, by name of the ensemble.
_STRINGS = (
    "solo", "melody and bass", "duet", "trio", "held voices", "chorale", "moving voices", "canon", "canon and bass",
    "call and response", "melody and chords", "tutti",
)  # fmt: skip
_BRASS = (
    "solo", "duet", "trio", "held voices", "chorale", "moving voices", "canon", "canon and bass", "melody and bass",
    "call and response", "melody and chords", "tutti",
)  # fmt: skip
_WOODWINDS = (
    "solo", "duet", "trio", "held voices", "chorale", "moving voices", "canon", "canon and bass", "call and response",
    "melody and chords", "tutti",
)  # fmt: skip
_PIANO = (
    "solo", "melody and bass", "alberti", "duet", "held voices", "chorale", "moving voices", "canon",
    "canon and bass", "canon and chords", "melody and chords", "countermelody",
)  # fmt: skip
#: The ensembles by name.
ENSEMBLES = {
    "chamber": Ensemble(
        Instrument("flute", 73, 108, 50, 54),
        Instrument("harp", 46, 82, 98, 50),
        Instrument("strings", 48, 68, 62, 60),
        Instrument("double bass", 32, 82, 64, 22),
        Instrument("celesta", 8, 72, 34, 56),
        Instrument("clarinet", 71, 108, 78, 50),
        (67, 84),
        ("sparse", "harp", "waves"),
        0.45,
    ),
    "salon": Ensemble(
        Instrument("clarinet", 71, 108, 78, 46),
        Instrument("piano", 0, 82, 30, 40),
        Instrument("strings", 49, 68, 66, 60),
        Instrument("double bass", 32, 82, 64, 22),
        Instrument("celesta", 8, 72, 94, 50),
        Instrument("horn", 60, 108, 50, 52),
        (62, 79),
        ("drops", "broken", "stride"),
        0.65,
    ),
    "folk": Ensemble(
        Instrument("recorder", 74, 108, 50, 46),
        Instrument("steel guitar", 25, 82, 98, 36),
        Instrument("warm pad", 89, 68, 62, 60),
        Instrument("double bass", 32, 82, 64, 22),
        Instrument("kalimba", 108, 72, 34, 46),
        Instrument("nylon guitar", 24, 108, 78, 40),
        (62, 79),
        ("harp", "picked", "picked"),
        0.85,
    ),
    "pastoral": Ensemble(
        Instrument("oboe", 68, 108, 78, 50),
        Instrument("nylon guitar", 24, 82, 30, 40),
        Instrument("strings", 48, 68, 66, 60),
        Instrument("pizzicato", 45, 82, 64, 34),
        Instrument("marimba", 12, 72, 94, 44),
        Instrument("english horn", 69, 108, 50, 48),
        (60, 76),
        ("sparse", "picked", "stride"),
        0.75,
    ),
    "lounge": Ensemble(
        Instrument("vibraphone", 11, 108, 50, 50),
        Instrument("electric piano", 4, 82, 98, 40),
        Instrument("warm pad", 89, 68, 62, 64),
        Instrument("fretless bass", 35, 82, 64, 20),
        Instrument("celesta", 8, 72, 34, 60),
        Instrument("jazz guitar", 26, 108, 78, 44),
        (60, 77),
        ("drops", "push", "broken"),
        0.25,
    ),
    "bells": Ensemble(
        Instrument("music box", 10, 108, 78, 56),
        Instrument("electric piano", 5, 82, 30, 44),
        Instrument("choir", 52, 68, 66, 64),
        Instrument("fingered bass", 33, 82, 64, 20),
        Instrument("glockenspiel", 9, 72, 94, 56),
        Instrument("kalimba", 108, 108, 50, 50),
        (67, 84),
        ("sparse", "harp", "waves"),
        0.1,
    ),
    "low": Ensemble(
        Instrument("bassoon", 70, 108, 50, 50),
        Instrument("piano", 0, 82, 98, 48),
        Instrument("strings", 49, 68, 62, 64),
        Instrument("double bass", 32, 82, 64, 26),
        Instrument("marimba", 12, 72, 34, 56),
        Instrument("cello", 42, 108, 78, 54),
        (52, 70),
        ("drops", "rocking", "broken"),
        0.4,
    ),
    "band": Ensemble(
        Instrument("piano", 0, 108, 78, 36),
        Instrument("steel guitar", 25, 82, 30, 30),
        Instrument("strings", 48, 68, 66, 54),
        Instrument("fingered bass", 33, 82, 64, 14),
        Instrument("marimba", 12, 72, 94, 36),
        Instrument("accordion", 21, 108, 50, 36),
        (65, 82),
        ("broken", "push", "stride"),
        0.7,
    ),
    "synth": Ensemble(
        Instrument("vibraphone", 11, 108, 50, 44),
        Instrument("electric piano", 5, 82, 98, 36),
        Instrument("polysynth", 90, 68, 62, 56),
        Instrument("synth bass", 38, 82, 64, 10),
        Instrument("xylophone", 13, 72, 34, 44),
        Instrument("marimba", 12, 108, 78, 42),
        (64, 81),
        ("push", "push", "pulse"),
        0.2,
    ),
    "strings": Ensemble(
        Instrument("violin", 40, 110, 44, 52),
        Instrument("second violin", 40, 80, 54, 52),
        Instrument("viola", 41, 76, 74, 52),
        Instrument("cello", 42, 84, 84, 50),
        Instrument("pizzicato", 45, 70, 60, 50),
        Instrument("second violin", 40, 110, 54, 52),
        (64, 81),
        ("repeated", "broken", "pulse"),
        0.6,
        True,
        _STRINGS,
    ),
    "brass": Ensemble(
        Instrument("trumpet", 56, 110, 50, 50),
        Instrument("second trumpet", 56, 74, 62, 52),
        Instrument("trombone", 57, 74, 70, 50),
        Instrument("tuba", 58, 82, 60, 46),
        Instrument("glockenspiel", 9, 64, 44, 56),
        Instrument("horn", 60, 110, 80, 56),
        (60, 74),
        ("block", "stride", "push"),
        0.7,
        True,
        _BRASS,
    ),
    "woodwinds": Ensemble(
        Instrument("flute", 73, 110, 48, 52),
        Instrument("clarinet", 71, 82, 72, 50),
        Instrument("horn", 60, 76, 80, 56),
        Instrument("bassoon", 70, 86, 62, 48),
        Instrument("celesta", 8, 68, 44, 56),
        Instrument("oboe", 68, 110, 74, 50),
        (65, 83),
        ("sparse", "broken", "repeated"),
        0.5,
        True,
        _WOODWINDS,
    ),
    "jazz": Ensemble(
        Instrument("tenor saxophone", 66, 104, 54, 44),
        Instrument("piano", 0, 84, 82, 40),
        Instrument("electric piano", 4, 60, 60, 50),
        Instrument("double bass", 32, 84, 64, 22),
        Instrument("vibraphone", 11, 76, 40, 50),
        Instrument("muted trumpet", 59, 100, 74, 44),
        (57, 74),
        ("comp", "comp", "push"),
        0.6,
    ),
    "tango": Ensemble(
        Instrument("bandoneon", 23, 104, 56, 40),
        Instrument("piano", 0, 92, 80, 40),
        Instrument("strings", 48, 62, 48, 56),
        Instrument("double bass", 32, 88, 64, 22),
        Instrument("pizzicato", 45, 84, 44, 46),
        Instrument("violin", 40, 104, 70, 50),
        (62, 79),
        ("habanera", "habanera", "stride"),
        0.75,
    ),
    "fiddle": Ensemble(
        Instrument("fiddle", 110, 100, 56, 44),
        Instrument("steel guitar", 25, 84, 84, 36),
        Instrument("accordion", 21, 60, 46, 50),
        Instrument("double bass", 32, 88, 64, 22),
        Instrument("kalimba", 108, 80, 40, 46),
        Instrument("whistle", 74, 100, 72, 46),
        (64, 81),
        ("strum", "picked", "strum"),
        0.7,
    ),
    "piano": Ensemble(
        Instrument("piano", 0, 110, 68, 44),
        Instrument("piano", 0, 82, 58, 44),
        Instrument("piano", 0, 72, 60, 44),
        Instrument("piano", 0, 84, 54, 40),
        Instrument("piano", 0, 78, 72, 44),
        Instrument("piano", 0, 108, 66, 44),
        (62, 82),
        ("alberti", "broken", "waves"),
        0.5,
        False,
        _PIANO,
    ),
}
