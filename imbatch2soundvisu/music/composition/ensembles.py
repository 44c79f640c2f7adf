"""Who plays, and how: the tables of moods and ensembles. To change the sound, change a line here."""

from __future__ import annotations

from dataclasses import dataclass

from ...core import Part
from ...core.errors import ConfigError
from .validation import check_name, check_number, is_midi

MELODY, CHORDS, PAD, BASS, ACCENT, SECOND, DRUMS = range(7)
ROLES = ("Melody", "Chords", "Pad", "Bass", "Accents", "Melody", "Drums")
#: Where a tune may lie: the keys of a piano.
LOWEST, HIGHEST = 21, 108
#: How the chord's voices (0 lowest) follow each other in eighths; () is silence, several are struck together.
FIGURES: dict[str, tuple[tuple[int, ...], ...]] = {
    "block": ((0, 1, 2),),
    "sparse": ((0,), (), (1,), (2,)),
    "drops": ((0, 2), (), (), (1,)),
    "harp": ((0,), (1,), (2,), (1,)),
    "broken": ((0,), (2,), (1,), (2,)),
    "picked": ((0,), (1, 2), (0,), (2,), (1,), (2,), (0,), (1, 2)),
    "waves": ((0,), (1,), (2,), (3,), (2,), (1,), (2,), (1,)),
    "stride": ((), (0, 1, 2), (), (1, 2)),
    "push": ((0, 1, 2), (), (), (1, 2), (), (), (1, 2), ()),
    "pulse": ((0, 1, 2), (1, 2), (1, 2), (1, 2)),
    "low": ((0,), (), (1, 2), ()),
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One chair of an ensemble: name, General MIDI program [0, 127], volume, pan and reverb controllers [0, 127]."""

    name: str
    program: int
    volume: int
    pan: int = 64
    reverb: int = 40

    def __post_init__(self) -> None:
        for title in ("program", "volume", "pan", "reverb"):
            if not is_midi(getattr(self, title)):
                raise ConfigError(
                    f"{title} = {getattr(self, title)!r} of {self.name!r} must be a whole number, 0 to 127"
                )


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Six chairs, the melody's range (MIDI pitches for level 0 and 1), and how the chords are played.

    melody, second : the soloists of cool and of warm phrases. range : within the keys of a piano, the lower first.
    figures : three names in FIGURES, from the quietest phrases to the busiest. temperature : in [0, 1], how
    warm the images are that the ensemble is for.
    Accents are struck or plucked, so that they speak within a few milliseconds of the cut.
    """

    melody: Voice
    chords: Voice
    pad: Voice
    bass: Voice
    accent: Voice
    second: Voice
    range: tuple[int, int]
    figures: tuple[str, str, str]
    temperature: float

    def __post_init__(self) -> None:
        for voice in self.voices:
            if not isinstance(voice, Voice):
                raise ConfigError(f"{voice!r} cannot sit in an ensemble; write Voice('flute', 73, 108)")
        low, high = self.range if isinstance(self.range, tuple | list) and len(self.range) == 2 else (None, None)
        if not (is_midi(low) and is_midi(high) and LOWEST <= low < high <= HIGHEST):
            raise ConfigError(
                f"range = {self.range!r} must be two MIDI pitches from {LOWEST} to {HIGHEST}, the lower first"
            )
        if not isinstance(self.figures, tuple | list) or len(self.figures) != 3:
            raise ConfigError(f"figures = {self.figures!r} must be three of: {', '.join(FIGURES)}")
        for figure in self.figures:
            check_name("figure", figure, FIGURES)
        check_number("temperature", self.temperature, (0.0, 1.0))

    @property
    def voices(self) -> tuple[Voice, ...]:
        """The chairs, in the order of the parts."""
        return self.melody, self.chords, self.pad, self.bass, self.accent, self.second

    def parts(self) -> tuple[Part, ...]:
        """The parts of a score, indexed by MELODY, CHORDS, PAD, BASS, ACCENT, SECOND and DRUMS."""
        chairs = zip(ROLES, self.voices, strict=False)
        parts = [Part(f"{role}: {v.name}", v.program, v.volume, v.pan, v.reverb) for role, v in chairs]
        return (*parts, Part("Drums", 0, 84, 64, 24, drums=True))


ENSEMBLES = {
    "chamber": Ensemble(
        Voice("flute", 73, 108, 58, 54), Voice("harp", 46, 92, 82, 50), Voice("strings", 48, 62, 54, 60),
        Voice("double bass", 32, 104, 64, 22), Voice("celesta", 8, 104, 44, 56),
        Voice("clarinet", 71, 106, 58, 50),
        (67, 84), ("sparse", "harp", "waves"), 0.45,
    ),
    "parlour": Ensemble(
        Voice("clarinet", 71, 106, 56, 46), Voice("piano", 0, 96, 74, 40), Voice("strings", 49, 54, 50, 60),
        Voice("double bass", 32, 106, 64, 22), Voice("celesta", 8, 106, 88, 50),
        Voice("horn", 60, 100, 56, 52),
        (62, 79), ("drops", "broken", "stride"), 0.65,
    ),
    "hearth": Ensemble(
        Voice("recorder", 74, 96, 58, 46), Voice("steel guitar", 25, 84, 84, 36),
        Voice("warm pad", 89, 50, 44, 60),
        Voice("double bass", 32, 106, 64, 22), Voice("kalimba", 108, 84, 40, 46),
        Voice("nylon guitar", 24, 112, 58, 40),
        (62, 79), ("harp", "picked", "picked"), 0.85,
    ),
    "meadow": Ensemble(
        Voice("oboe", 68, 96, 56, 50), Voice("nylon guitar", 24, 96, 82, 40), Voice("strings", 48, 58, 50, 60),
        Voice("pizzicato", 45, 110, 64, 34), Voice("marimba", 12, 88, 40, 44),
        Voice("english horn", 69, 98, 56, 48),
        (65, 82), ("sparse", "picked", "stride"), 0.75,
    ),
    "night": Ensemble(
        Voice("vibraphone", 11, 110, 58, 50), Voice("electric piano", 4, 88, 76, 40), Voice("warm pad", 89, 54, 50, 64),
        Voice("fretless bass", 35, 98, 64, 20), Voice("celesta", 8, 72, 40, 60),
        Voice("jazz guitar", 26, 112, 58, 44),
        (60, 77), ("drops", "push", "broken"), 0.25,
    ),
    "glass": Ensemble(
        Voice("music box", 10, 112, 60, 56), Voice("electric piano", 5, 88, 80, 44), Voice("choir", 52, 44, 54, 64),
        Voice("fingered bass", 33, 98, 64, 20), Voice("glockenspiel", 9, 62, 40, 56),
        Voice("kalimba", 108, 112, 60, 50),
        (67, 84), ("sparse", "harp", "waves"), 0.1,
    ),
    "cellar": Ensemble(
        Voice("bassoon", 70, 106, 56, 50), Voice("piano", 0, 92, 78, 48), Voice("strings", 49, 58, 48, 64),
        Voice("double bass", 32, 112, 64, 26), Voice("marimba", 12, 92, 40, 56),
        Voice("cello", 42, 110, 56, 54),
        (52, 70), ("drops", "low", "broken"), 0.4,
    ),
    "fair": Ensemble(
        Voice("piano", 0, 110, 60, 36), Voice("steel guitar", 25, 88, 86, 30), Voice("strings", 48, 54, 46, 54),
        Voice("fingered bass", 33, 108, 64, 14), Voice("marimba", 12, 92, 40, 36),
        Voice("accordion", 21, 88, 60, 36),
        (65, 82), ("broken", "push", "stride"), 0.7,
    ),
    "neon": Ensemble(
        Voice("vibraphone", 11, 110, 58, 44), Voice("electric piano", 5, 92, 80, 36),
        Voice("polysynth", 90, 46, 52, 56),
        Voice("synth bass", 38, 94, 64, 10), Voice("xylophone", 13, 70, 40, 44),
        Voice("marimba", 12, 112, 58, 42),
        (64, 81), ("push", "push", "pulse"), 0.2,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mood:
    """How a mood bends the reading of the images.

    mode_bias : added to the level when major or minor is chosen. tempo_bpm : preferred where the timing leaves a
    choice. colour : 0 plain triads, 1 sevenths before cadences, 2 sevenths and ninths. density : added to how busy
    each image is. velocity : (softest, loudest). drums : whether busy phrases have a drum kit.
    """

    description: str
    ensembles: tuple[str, ...]
    mode_bias: float = 0.0
    tempo_bpm: float = 112.0
    colour: int = 1
    density: float = 0.0
    velocity: tuple[int, int] = (54, 102)
    drums: bool = False


MOODS = {
    "bright": Mood(
        "leans to the major, light plucked instruments", ("meadow", "chamber", "fair"), 0.22, 120.0, 0, 0.1, (62, 106),
    ),
    "calm": Mood(
        "few notes, soft sevenths and ninths", ("night", "glass", "hearth"), 0.08, 88.0, 2, -0.3, (46, 84),
    ),
    "dark": Mood(
        "leans to the minor, low strings and piano", ("cellar", "night"), -0.25, 92.0, 1, -0.05, (50, 104),
    ),
    "lively": Mood(
        "busy, with drums", ("fair", "neon"), 0.12, 126.0, 1, 0.25, (66, 112), True,
    ),
}  # fmt: skip
#: Without a mood: the tables' middle, with the ensemble chosen by how warm the images are.
NEUTRAL = Mood("follows the images", ("chamber", "parlour", "hearth", "meadow", "night", "glass", "cellar"))


def choose(mood: str | None, warmth: float, light: float, whim: float) -> str:
    """The name of an ensemble for the mood: one of the two nearest in warmth ([0, 1], cool to warm).

    light : of all images, in [0, 1]; only dark ones go down to the cellar. whim : in [0, 1), which of the two.
    """
    names = MOODS[mood].ensembles if mood else NEUTRAL.ensembles
    if mood is None and light > 0.45:
        names = tuple(name for name in names if name != "cellar")
    ranked = sorted(names, key=lambda name: (abs(ENSEMBLES[name].temperature - warmth), name))
    return ranked[int(whim * min(2, len(ranked)))]
