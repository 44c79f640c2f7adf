"""The scales of music theory, and the chords of major and minor; those of other scales are in `modes`."""

from __future__ import annotations

from dataclasses import dataclass

MAJOR, MINOR = "major", "minor"
#: Semitones above the tonic of each scale, by name.
SCALES: dict[str, tuple[int, ...]] = {
    "chromatic": tuple(range(12)),
    MAJOR: (0, 2, 4, 5, 7, 9, 11),
    MINOR: (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "octatonic": (0, 2, 3, 5, 6, 8, 9, 11),
    "whole-tone": (0, 2, 4, 6, 8, 10),
}
#: Other names of scales.
SAME_SCALES = {
    "major pentatonic": "pentatonic",
    "natural minor": MINOR,
    "whole tone": "whole-tone",
    "ionian": MAJOR,
    "diminished": "octatonic",
    "maj": MAJOR,
    "min": MINOR,
}
#: Harmonic functions.
TONIC, PREDOMINANT, DOMINANT = "T", "PD", "D"


@dataclass(frozen=True, slots=True)
class Degree:
    """A row of DEGREES; `semitones` and `target` are counted from the tonic."""

    numeral: str
    semitones: int
    quality: str
    function: str
    brightness: float
    cost: float = 0.0
    borrowed: bool = False
    target: int | None = None


#: The chords of each mode: diatonic ones, those borrowed from the parallel mode, and applied dominants.
DEGREES = {
    MAJOR: (
        Degree("I", 0, "", TONIC, 0.6),
        Degree("ii", 2, "m", PREDOMINANT, -0.1),
        Degree("iii", 4, "m", TONIC, 0.0, 0.9),
        Degree("IV", 5, "", PREDOMINANT, 0.5),
        Degree("V", 7, "", DOMINANT, 0.4),
        Degree("vi", 9, "m", TONIC, -0.4),
        Degree("vii°", 11, "dim", DOMINANT, -0.5, 1.6),
        Degree("iv", 5, "m", PREDOMINANT, -0.9, 0.9, True),
        Degree("♭VI", 8, "", PREDOMINANT, -0.7, 1.4, True),
        Degree("♭VII", 10, "", PREDOMINANT, 0.1, 1.3, True),
        Degree("V7/V", 2, "7", PREDOMINANT, 0.9, 1.2, False, 7),
        Degree("V7/vi", 4, "7", DOMINANT, -0.2, 1.2, False, 9),
        Degree("V7/IV", 0, "7", DOMINANT, 0.5, 1.3, False, 5),
        Degree("V7/ii", 9, "7", DOMINANT, 0.3, 1.3, False, 2),
    ),
    MINOR: (
        Degree("i", 0, "m", TONIC, -0.4),
        Degree("ii°", 2, "dim", PREDOMINANT, -0.8, 0.3),
        Degree("III", 3, "", TONIC, 0.7, 0.3),
        Degree("iv", 5, "m", PREDOMINANT, -0.5),
        Degree("V", 7, "", DOMINANT, 0.0),
        Degree("v", 7, "m", DOMINANT, -0.4, 1.1),
        Degree("VI", 8, "", TONIC, 0.3),
        Degree("VII", 10, "", PREDOMINANT, 0.5, 0.5),
        Degree("vii°7", 11, "dim7", DOMINANT, -0.9, 0.9),
        Degree("IV", 5, "", PREDOMINANT, 0.6, 1.0, True),
        Degree("♭II", 1, "", PREDOMINANT, -0.7, 1.3, True),
        Degree("V7/III", 10, "7", DOMINANT, 0.6, 1.1, False, 3),
        Degree("V7/iv", 0, "7", DOMINANT, 0.1, 1.3, False, 5),
    ),
}
