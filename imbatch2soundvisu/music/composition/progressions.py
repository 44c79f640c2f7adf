"""Tables of harmony: costs of chord changes, and model progressions."""

from __future__ import annotations

from ..theory import DOMINANT, MAJOR, MINOR, PREDOMINANT, TONIC

#: Cost of a harmonic function after another.
MOVES = {
    (TONIC, TONIC): 0.7, (TONIC, PREDOMINANT): 0.1, (TONIC, DOMINANT): 0.5,
    (PREDOMINANT, TONIC): 1.3, (PREDOMINANT, PREDOMINANT): 0.6, (PREDOMINANT, DOMINANT): 0.0,
    (DOMINANT, TONIC): 0.0, (DOMINANT, PREDOMINANT): 2.6, (DOMINANT, DOMINANT): 1.0,
}  # fmt: skip
#: Cost by the semitones that the root rises: falling fifths and thirds are strong, tritones rare.
ROOT_MOTION = (0.8, 0.5, 0.1, 0.4, 0.4, -0.35, 1.2, 0.2, -0.1, -0.15, 0.2, 0.3)

#: Model progressions of the first and the second half of a phrase. A theme has one of each, in minor the one at the
#: same index. Levels of the images, cuts and cadences modify them.
OPENINGS = {
    MAJOR: (
        ("I", "vi", "IV", "ii"), ("I", "V", "vi", "iii"), ("I", "IV", "ii", "vi"), ("I", "iii", "vi", "IV"),
        ("I", "ii", "iii", "IV"), ("I", "V7/vi", "vi", "IV"), ("I", "♭VII", "IV", "iv"), ("I", "V7/IV", "IV", "ii"),
    ),
    MINOR: (
        ("i", "VI", "iv", "ii°"), ("i", "v", "VI", "III"), ("i", "iv", "VII", "III"), ("i", "III", "iv", "VI"),
        ("i", "VI", "III", "VII"), ("i", "VII", "VI", "iv"), ("i", "IV", "VII", "III"), ("i", "V7/iv", "iv", "ii°"),
    ),
}  # fmt: skip
CONTINUATIONS = {
    MAJOR: (
        ("IV", "I", "ii", "vi"), ("vi", "IV", "I", "ii"), ("vi", "iii", "IV", "ii"), ("IV", "V", "iii", "vi"),
        ("iii", "vi", "ii", "IV"), ("V7/ii", "ii", "IV", "V7/V"), ("IV", "iv", "I", "vi"), ("ii", "V", "vi", "IV"),
    ),
    MINOR: (
        ("VI", "ii°", "v", "i"), ("iv", "VII", "III", "VI"), ("VI", "III", "iv", "i"), ("III", "VII", "iv", "VI"),
        ("VI", "VII", "i", "iv"), ("V7/III", "III", "VI", "♭II"), ("iv", "i", "VI", "iv"), ("VII", "III", "VI", "iv"),
    ),
}  # fmt: skip
