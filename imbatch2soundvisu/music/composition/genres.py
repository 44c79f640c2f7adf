"""The genres of composed music: tables of metre, tempo, harmony, form, texture and articulation, not code."""

from __future__ import annotations

from dataclasses import dataclass


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
        Weights of chords that last half an image, one, two, and four images.
    inversions : float
        Share of chords outside cadences whose bass is not the root, [0, 1].
    structures : tuple of str
        Names of phrase structures to choose from.
    pickups : float
        Share of phrases with a pickup, [0, 1].
    ornaments : float
        Share of beats in busy images with sixteenths or triplets, [0, 1].
    rests : float
        Share of the time that the melody rests, [0, 1].
    textures : tuple of str
        Names of textures to choose from, sparse to dense.
    drums : str
        Name of a drum pattern; empty for no kit.
    swing : float
        Where the second eighth of a beat falls, [0.5, 0.75]: 0.5 straight, 2/3 triplets.
    articulation : float
        Length of melody notes as a share of their value, [0.3, 1].
    rubato : float
        How much the tempo yields at section ends and at the close, [0, 1].
    """

    description: str
    metres: tuple[str, ...] = ("4/4", "3/4")
    tempi_bpm: tuple[float, float] = (60.0, 140.0)
    ensembles: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    extensions: int = 1
    harmonic_rhythm: tuple[float, float, float, float] = (0.15, 0.45, 0.3, 0.1)
    inversions: float = 0.35
    structures: tuple[str, ...] = ("sentence", "period", "song")
    pickups: float = 0.5
    ornaments: float = 0.3
    rests: float = 0.08
    textures: tuple[str, ...] = ("solo", "duet", "melody and chords", "tutti")
    drums: str = ""
    swing: float = 0.5
    articulation: float = 0.95
    rubato: float = 0.5


#: The genres by name.
GENRES = {
    "song": Genre("a melody over broken chords"),
    "chorale": Genre(
        "four voices that move together", ("4/4", "3/4"), (60.0, 92.0), ("strings", "brass"),
        harmonic_rhythm=(0.45, 0.45, 0.1, 0.0), inversions=0.45, structures=("period",), ornaments=0.15,
        textures=("chorale",), rubato=0.8,
    ),
    "minimal": Genre(
        "short patterns that return with small changes", ("4/4", "6/8", "7/8", "5/4"), (96.0, 138.0),
        ("synth", "bells", "chamber"), modes=("dorian", "lydian", "mixolydian"),
        harmonic_rhythm=(0.0, 0.2, 0.4, 0.4), structures=("ostinato",), pickups=0.1, ornaments=0.4, rubato=0.2,
    ),
    "waltz": Genre(
        "a melody over bass and two chords in three", ("3/4",), (96.0, 168.0), ("salon", "chamber", "pastoral"),
        ("waltz", "waltz", "waltz"), harmonic_rhythm=(0.0, 0.5, 0.4, 0.1), structures=("period", "rondo"), rubato=0.7,
    ),
    "ambient": Genre(
        "long chords and few notes", ("4/4", "3/4"), (60.0, 84.0), ("lounge", "bells"), modes=("lydian", "dorian"),
        extensions=2, harmonic_rhythm=(0.0, 0.1, 0.4, 0.5), structures=("variations",), pickups=0.2, ornaments=0.05,
        rests=0.25, rubato=0.3,
    ),
    "bossa": Genre(
        "syncopated chords with sevenths and ninths", ("4/4",), (112.0, 144.0), ("lounge", "folk"),
        ("bossa", "bossa", "bossa"), extensions=2, structures=("song",), drums="bossa", rubato=0.2,
    ),
    "folk": Genre(
        "a dance tune over a drone or strummed chords", ("6/8", "4/4", "3/4"), (88.0, 132.0), ("folk", "pastoral"),
        modes=("dorian", "mixolydian", "major"), extensions=0, structures=("song", "rondo"), pickups=0.7,
        ornaments=0.45, rubato=0.3,
    ),
    "chase": Genre(
        "quick, driven, syncopated", ("4/4", "7/8", "5/4"), (132.0, 168.0), ("band", "synth", "low"),
        modes=("minor", "dorian"), structures=("ostinato", "rondo"), ornaments=0.6, drums="rock", articulation=0.7,
        rubato=0.1,
    ),
    "lullaby": Genre(
        "soft, rocking, simple", ("6/8", "3/4"), (60.0, 84.0), ("bells", "chamber", "folk"), extensions=0,
        harmonic_rhythm=(0.0, 0.3, 0.5, 0.2), structures=("song", "period"), ornaments=0.1, rubato=0.8,
    ),
}  # fmt: skip
