"""The moods of composed music: how each changes what is composed from the images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mood:
    """How a mood changes what is composed from the images.

    Parameters
    ----------
    description : str
    ensembles : tuple of str
        Names in ENSEMBLES to choose from.
    mode_bias : float
        Added to the level that chooses major or minor.
    colour : int
        0 for triads, 1 for sevenths before cadences, 2 for sevenths and ninths.
    density : float
        Added to the density of each image.
    velocity : (int, int)
        MIDI velocities, softest and loudest.
    drums : bool
        Whether dense phrases have a drum kit.
    tempi_bpm : (float, float)
        The slowest and the fastest tempo, kept with any number of images and any length; a genre that is given keeps
        to its own where both differ.
    genres : tuple of str
        Names in GENRES to choose from.
    modes : tuple of str
        Modes of the home key beside major and minor.
    """

    description: str
    ensembles: tuple[str, ...]
    mode_bias: float = 0.0
    colour: int = 1
    density: float = 0.0
    velocity: tuple[int, int] = (54, 102)
    drums: bool = False
    tempi_bpm: tuple[float, float] = (60.0, 140.0)
    genres: tuple[str, ...] = ("song", "waltz", "folk", "minimal", "swing", "nocturne", "march")
    modes: tuple[str, ...] = ()


#: The moods by name.
MOODS = {
    "bright": Mood(
        "more major keys, light plucked instruments", ("pastoral", "chamber", "band"), 0.22, 0, 0.1, (62, 106),
        tempi_bpm=(100.0, 140.0),
        modes=("lydian", "mixolydian"),
        genres=("song", "folk", "waltz", "bossa", "march"),
    ),
    "calm": Mood(
        "few notes, soft sevenths and ninths", ("lounge", "bells", "folk"), 0.08, 2, -0.3, (46, 84),
        tempi_bpm=(60.0, 100.0),
        modes=("lydian", "dorian"),
        genres=("ambient", "lullaby", "song", "nocturne", "chorale", "minimal"),
    ),
    "dark": Mood(
        "more minor keys, low strings and piano", ("low", "lounge"), -0.25, 1, -0.05, (50, 104),
        tempi_bpm=(60.0, 104.0),
        modes=("dorian",),
        genres=("song", "chorale", "minimal", "ambient", "nocturne", "tango"),
    ),
    "lively": Mood(
        "busy, with drums", ("band", "synth"), 0.12, 1, 0.25, (66, 112), True,
        (112.0, 152.0),
        ("chase", "bossa", "folk", "minimal", "swing", "march", "waltz"),
        ("mixolydian", "dorian"),
    ),
}  # fmt: skip
#: No mood; the ensemble is chosen by the warmth of the images.
NEUTRAL = Mood("follows the images", ("chamber", "salon", "folk", "pastoral", "lounge", "bells", "low"))
