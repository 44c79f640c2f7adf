"""The genres of composed music: tables of metre, tempo, harmony, form, texture and articulation, not code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core import METRES
from ...core.errors import ConfigError
from ..degrees import MAJOR, MINOR
from .bass_patterns import BASSES
from .drum_patterns import DRUM_PATTERNS
from .ensembles import ENSEMBLES
from .figures import FIGURES
from .phrase_structures import STRUCTURES
from .progressions import MODELS
from .textures import TEXTURES
from .validation import check_name, check_number, check_switch

#: Tempi that a genre may have, and that may be asked for.
TEMPI_BPM = (30.0, 240.0)
#: How bright modes are, on the scale of the level that chooses major or minor.
BRIGHTNESS = {
    "lydian": 0.85,
    MAJOR: 0.7,
    "mixolydian": 0.6,
    "dorian": 0.42,
    MINOR: 0.3,
    "aeolian": 0.3,
    "phrygian": 0.1,
}
#: The choices of the fields that are names.
_NAMES = {
    "metres": tuple(METRES), "modes": tuple(BRIGHTNESS), "structures": tuple(STRUCTURES), "figures": tuple(FIGURES),
    "textures": tuple(TEXTURES), "ensembles": tuple(ENSEMBLES),
}  # fmt: skip
#: Those that may not be empty.
_NEEDED = ("metres", "structures", "textures")
#: The least and most of the fields that are numbers.
_SPANS = {
    "inversions": (0.0, 1.0), "notes": (0.3, 2.0),
    "pickups": (0.0, 1.0), "ornaments": (0.0, 1.0), "rests": (0.0, 1.0), "swing": (0.5, 0.75),
    "articulation": (0.3, 1.0), "rubato": (0.0, 1.0), "pedals": (0.0, 1.0), "plagal": (0.0, 1.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Genre:
    """What a genre decides; the images decide the rest.

    Parameters
    ----------
    description : str
    metres : tuple of str
        Time signatures, the most usual first.
    tempi_bpm : (float, float)
        The slowest and the fastest tempo, in beats of the metre.
    ensembles : tuple of str
        Names in ENSEMBLES to choose from.
    figures : (str, str, str)
        Names in FIGURES, for sparse to dense phrases; empty for those of the ensemble.
    modes : tuple of str
        Modes of the home key; empty for major or minor by the images.
    extensions : int
        0 for triads, 1 for sevenths before cadences and where tension is high, 2 for sevenths and ninths.
    harmonic_rhythm : (float, float, float, float)
        Weights of chords that last half an image, one, two, and four images. Three to five beats of a longer image
        count as one, and so do two images that are short.
    inversions : float
        Share of chords whose bass is not the root; cadences need roots, so that more than 0.6 is not possible.
    progressions : str
        Name in `progressions.MODELS` of the model progressions of its themes in major and minor.
    pedals : float
        Share of themes that begin over a pedal point on the tonic, [0, 1].
    plagal : float
        Share of themes whose answers end with a plagal in place of a deceptive cadence, [0, 1].
    structures : tuple of str
        Names of phrase structures to choose from.
    pickups : float
        Share of phrases with a pickup, [0, 1].
    ornaments : float
        Share of beats in busy images with sixteenths or triplets, [0, 1].
    rests : float
        Share of the time that the melody rests, [0, 1].
    notes : float
        How many notes the melody has, relative to the usual number, [0.3, 2].
    textures : tuple of str
        Names of textures to choose from, sparse to dense.
    drums : str
        Name in DRUM_PATTERNS; empty for no kit, and "half-time" where the user asks for one.
    needs_drums : bool
        Whether it has a kit in every mood.
    swing : float
        Where the second eighth of a beat falls, [0.5, 0.75]: 0.5 straight, 2/3 triplets.
    articulation : float
        Length of melody notes as a share of their value, [0.3, 1]; from 0.96 on they are connected.
    rubato : float
        How much the tempo yields at section ends and at the close, [0, 1].
    bass : str
        Name in `bass_patterns.BASSES`.
    close : str
        "full" or "thin": how the last phrase ends.
    opening : str
        "thin" for a piece that begins with few instruments, "full" for one that begins with drums or with many.
    soloists : int
        2 where cool and warm phrases have different soloists, 1 for the first one throughout.

    Raises
    ------
    ConfigError
        For names and numbers that are not possible, with what is allowed.

    Examples
    --------
    >>> from dataclasses import replace
    >>> slow = replace(GENRES["waltz"], description="a slow waltz", tempi_bpm=(70, 100))
    >>> slow.metres, slow.tempi_bpm
    (('3/4',), (70, 100))
    """

    description: str
    metres: tuple[str, ...] = ("4/4", "3/4")
    tempi_bpm: tuple[float, float] = (60.0, 140.0)
    ensembles: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    extensions: int = 1
    harmonic_rhythm: tuple[float, float, float, float] = (0.15, 0.45, 0.3, 0.1)
    inversions: float = 0.4
    progressions: str = "classical"
    pedals: float = 0.15
    plagal: float = 0.25
    structures: tuple[str, ...] = ("sentence", "period", "song")
    pickups: float = 0.5
    ornaments: float = 0.4
    rests: float = 0.1
    notes: float = 1.0
    textures: tuple[str, ...] = (
        "solo", "melody and bass", "duet", "alberti", "call and response", "melody and chords", "countermelody",
        "tutti",
    )  # fmt: skip
    drums: str = ""
    needs_drums: bool = False
    swing: float = 0.5
    articulation: float = 0.95
    rubato: float = 0.5
    bass: str = "line"
    close: str = "full"
    opening: str = "thin"
    soloists: int = 2

    def __post_init__(self) -> None:
        if not isinstance(self.description, str):
            raise ConfigError(f"description = {self.description!r} must be text, such as 'a slow waltz'")
        for field, choices in _NAMES.items():
            names = _tuple(field, getattr(self, field))
            for name in names:
                check_name(field, name, choices)
            if not names and field in _NEEDED:
                raise ConfigError(f"{field} = () must have at least one of: {', '.join(choices)}")
            object.__setattr__(self, field, names)
        check_name("bass", self.bass, BASSES)
        check_name("close", self.close, ("full", "thin"))
        check_name("opening", self.opening, ("full", "thin"))
        if self.soloists not in (1, 2) or type(self.soloists) is not int:
            raise ConfigError(f"soloists = {self.soloists!r} must be 1 or 2")
        if self.drums:
            check_name("drums", self.drums, DRUM_PATTERNS)
        check_name("progressions", self.progressions, MODELS)
        check_switch("needs_drums", self.needs_drums)
        _check_tempi(self.tempi_bpm)
        if type(self.extensions) is not int or self.extensions not in (0, 1, 2):
            raise ConfigError(f"extensions = {self.extensions!r} must be 0, 1 or 2")
        if self.figures and len(self.figures) != 3:
            raise ConfigError(f"figures = {self.figures!r} must be three names, for sparse to dense phrases, or none")
        for weight in _tuple("harmonic_rhythm", self.harmonic_rhythm):
            check_number("harmonic_rhythm", weight, (0.0, 100.0))
        if len(self.harmonic_rhythm) != 4 or sum(self.harmonic_rhythm) <= 0:
            raise ConfigError(f"harmonic_rhythm = {self.harmonic_rhythm!r} must be four weights, not all 0")
        for field, span in _SPANS.items():
            check_number(field, getattr(self, field), span)


def _check_tempi(tempi_bpm: object) -> None:
    """Raise ConfigError unless these are a slow and a fast tempo within TEMPI_BPM."""
    least, most = TEMPI_BPM
    tempi = tempi_bpm if isinstance(tempi_bpm, tuple | list) else ()
    for each in tempi:
        check_number("tempi_bpm", each, TEMPI_BPM)
    if len(tempi) != 2 or tempi[0] > tempi[1]:
        raise ConfigError(
            f"tempi_bpm = {tempi_bpm!r} must be the slowest and the fastest tempo, such as (90, 180), from {least:g} "
            f"to {most:g} beats per minute"
        )


def _tuple(field: str, value: object) -> tuple[Any, ...]:
    if not isinstance(value, tuple | list):
        raise ConfigError(f"{field} = {value!r} must be a tuple, such as {getattr(GENRES['waltz'], field)!r}")
    return tuple(value)


#: The genres by name.
GENRES = {
    "song": Genre(
        "a melody over broken chords", ("4/4", "6/8", "3/4"), (66.0, 132.0), drums="rock",
        structures=("song", "period", "sentence"), pickups=0.6,
    ),
    "chorale": Genre(
        "four voices that move together", ("4/4", "3/4"), (60.0, 96.0), ("strings", "brass", "woodwinds"),
        progressions="chorale", pedals=0.0, plagal=0.4, extensions=0, harmonic_rhythm=(0.4, 0.5, 0.1, 0.0),
        inversions=0.45, structures=("period",), pickups=0.7, ornaments=0.05, rests=0.08, articulation=1.0,
        rubato=0.8, textures=("held voices", "chorale", "moving voices"), bass="together", notes=0.9, soloists=1,
    ),
    "minimal": Genre(
        "short patterns that return with small changes", ("4/4", "7/8", "6/8", "5/4"), (92.0, 144.0),
        ("synth", "bells", "chamber", "woodwinds"), ("ostinato", "ostinato", "ostinato"),
        modes=("dorian", "lydian", "mixolydian", "major", "minor"), extensions=1, progressions="loops", pedals=0.3,
        plagal=0.4, harmonic_rhythm=(0.0, 0.2, 0.4, 0.4), inversions=0.3, pickups=0.1,
        structures=("ostinato", "ostinato", "canon"), ornaments=0.5, rests=0.12, drums="pulse",
        articulation=0.8, rubato=0.2,
        textures=("solo", "alberti", "held chords", "ostinato", "tutti"), bass="ostinato", close="thin", notes=1.1,
    ),
    "waltz": Genre(
        "a melody over a bass and two chords, in three", ("3/4",), (90.0, 180.0),
        ("salon", "strings", "chamber", "piano"), ("waltz", "waltz", "waltz"), modes=("major", "minor"), extensions=1,
        progressions="dance", pedals=0.1, harmonic_rhythm=(0.0, 0.5, 0.4, 0.1), inversions=0.4,
        structures=("period", "rondo"), pickups=0.6, ornaments=0.35, drums="waltz", rubato=0.7,
        textures=("solo", "melody and bass", "duet", "melody and chords", "countermelody", "tutti"), bass="waltz",
        rests=0.1, notes=0.9,
    ),
    "ambient": Genre(
        "long chords and few notes", ("4/4", "3/4"), (60.0, 84.0), ("lounge", "bells"), ("sparse", "harp", "waves"),
        modes=("lydian", "dorian", "major"), extensions=2, progressions="loops", pedals=0.5, plagal=0.6,
        harmonic_rhythm=(0.0, 0.1, 0.4, 0.5), inversions=0.4, structures=("variations",), pickups=0.2, ornaments=0.05,
        rests=0.28, rubato=0.3, textures=("solo", "drone", "trio", "held chords", "waves"), bass="held", close="thin",
        notes=0.45,
    ),
    "bossa": Genre(
        "syncopated chords with sevenths and ninths, clave and guitar", ("4/4",), (112.0, 144.0), ("lounge", "folk"),
        ("bossa", "bossa", "bossa"), modes=("major", "minor"), extensions=2, harmonic_rhythm=(0.0, 0.45, 0.45, 0.1),
        inversions=0.3, progressions="jazz", pedals=0.0, structures=("song",), pickups=0.5, ornaments=0.25,
        rests=0.12, drums="bossa", needs_drums=True, rubato=0.2,
        textures=("solo", "melody and bass", "call and response", "melody and chords", "countermelody", "tutti"),
        bass="bossa", notes=0.9,
    ),
    "swing": Genre(
        "jazz: swung eighths over a walking bass and brushes", ("4/4", "3/4"), (104.0, 168.0),
        ("jazz", "lounge", "piano"), ("comp", "comp", "comp"), modes=("major", "minor", "dorian"), extensions=2,
        progressions="jazz", pedals=0.0, plagal=0.1, harmonic_rhythm=(0.2, 0.5, 0.25, 0.05), inversions=0.25,
        structures=("song", "period"), pickups=0.7, ornaments=0.12, rests=0.14, drums="brushes", needs_drums=True,
        swing=0.64, articulation=0.85, rubato=0.2,
        textures=("solo", "melody and bass", "call and response", "walking bass", "countermelody", "tutti"),
        bass="walking", notes=1.1,
    ),
    "folk": Genre(
        "a dance tune over a drone or strummed chords: a jig in 6/8, a reel in 4/4", ("6/8", "4/4", "3/4", "9/8"),
        (88.0, 132.0), ("fiddle", "folk", "pastoral", "woodwinds"), ("strum", "picked", "strum"), progressions="folk",
        pedals=0.4, plagal=0.5, modes=("dorian", "mixolydian", "major", "minor"), extensions=0,
        harmonic_rhythm=(0.1, 0.5, 0.35, 0.05), inversions=0.25, structures=("song", "rondo"), pickups=0.7,
        ornaments=0.65, rests=0.07, drums="frame drum", articulation=0.85, rubato=0.3,
        textures=("solo", "drone", "duet", "melody and chords", "tutti"), bass="two", notes=1.3,
    ),
    "march": Genre(
        "bass and chords in turn, dotted rhythms, a snare drum", ("2/4", "6/8", "4/4"), (100.0, 126.0),
        ("brass", "woodwinds"), ("offbeats", "stride", "offbeats"), modes=("major", "minor"), extensions=0,
        progressions="dance", pedals=0.1, harmonic_rhythm=(0.1, 0.5, 0.35, 0.05), inversions=0.3,
        structures=("period", "rondo"), pickups=0.7, ornaments=0.4, rests=0.1, drums="march", needs_drums=True,
        articulation=0.7, rubato=0.1, textures=("solo", "melody and bass", "duet", "melody and chords", "tutti"),
        bass="two",
    ),
    "tango": Genre(
        "staccato chords with a syncopated bass, in the minor", ("4/4", "2/4"), (96.0, 128.0),
        ("tango", "strings", "piano"), ("habanera", "habanera", "habanera"), modes=("minor",), extensions=1,
        progressions="dance", pedals=0.1, plagal=0.1, harmonic_rhythm=(0.1, 0.5, 0.3, 0.1), inversions=0.35,
        structures=("period", "song"), pickups=0.7, ornaments=0.45, rests=0.12, articulation=0.75, rubato=0.6,
        textures=("solo", "melody and bass", "duet", "call and response", "melody and chords", "tutti"),
        bass="habanera",
    ),
    "nocturne": Genre(
        "a singing melody with ornaments over wide broken chords", ("12/8", "6/8", "4/4"), (60.0, 80.0), ("piano",),
        ("waves", "waves", "waves"), modes=("major", "minor"), extensions=1, harmonic_rhythm=(0.1, 0.4, 0.4, 0.1),
        inversions=0.4, progressions="chorale", pedals=0.35, structures=("period", "variations"), pickups=0.6,
        ornaments=0.6, rests=0.1, articulation=1.0, rubato=1.0,
        textures=("solo", "alberti", "melody and chords", "waves", "countermelody"), bass="held", close="thin",
    ),
    "chase": Genre(
        "quick, driven, syncopated", ("4/4", "7/8", "5/4"), (132.0, 168.0), ("band", "synth", "low"),
        progressions="loops", pedals=0.25, plagal=0.0, modes=("minor", "dorian"),
        harmonic_rhythm=(0.05, 0.4, 0.4, 0.15), inversions=0.25, structures=("ostinato", "rondo"), pickups=0.3,
        ornaments=0.7, rests=0.12, drums="drive", needs_drums=True, articulation=0.7, opening="full", rubato=0.1,
        textures=("solo", "melody and bass", "call and response", "ostinato", "walking bass", "tutti"),
        bass="driving", notes=1.2,
    ),
    "lullaby": Genre(
        "soft, rocking, simple", ("6/8", "3/4"), (60.0, 84.0), ("bells", "chamber", "folk"),
        ("rocking", "rocking", "harp"), extensions=0, harmonic_rhythm=(0.0, 0.3, 0.5, 0.2), inversions=0.35,
        progressions="folk", pedals=0.4, plagal=0.6, structures=("song", "period", "canon"), pickups=0.5,
        ornaments=0.08, rests=0.1, rubato=0.8,
        textures=("solo", "alberti", "duet", "held chords", "melody and chords", "waves"),
        bass="rocking", close="thin", notes=0.8,
    ),
}  # fmt: skip
