"""Harmony of scales other than major and minor: chords, cadences and model progressions of each.

Seven-note modes have the triads on their degrees, and cadences that show the mode: IV-i in dorian, II-I in lydian.
Scales with fewer or more notes, in which few chords can be built, take the chords of a parent; see PARENTS.
"""

from __future__ import annotations

from dataclasses import dataclass

from .degrees import DEGREES, DOMINANT, MAJOR, MINOR, PREDOMINANT, SCALES, TONIC, Degree

#: The mode whose chords a scale takes, where it has none itself.
PARENTS = {"chromatic": MAJOR, "pentatonic": MAJOR, "minor pentatonic": "aeolian"}

#: The chords of each mode. Those of the octatonic and the whole-tone scale have two tones or three of the scale.
MODAL: dict[str, tuple[Degree, ...]] = {
    "dorian": (
        Degree("i", 0, "m", TONIC, -0.2),
        Degree("ii", 2, "m", PREDOMINANT, -0.3),
        Degree("III", 3, "", TONIC, 0.5, 0.2),
        Degree("IV", 5, "", DOMINANT, 0.7),
        Degree("v", 7, "m", PREDOMINANT, -0.2, 0.2),
        Degree("vi°", 9, "dim", TONIC, -0.7, 1.5),
        Degree("VII", 10, "", PREDOMINANT, 0.4),
    ),
    "phrygian": (
        Degree("i", 0, "m", TONIC, -0.4),
        Degree("♭II", 1, "", DOMINANT, 0.2),
        Degree("III", 3, "", TONIC, 0.6, 0.2),
        Degree("iv", 5, "m", PREDOMINANT, -0.5),
        Degree("v°", 7, "dim", PREDOMINANT, -0.8, 1.5),
        Degree("VI", 8, "", TONIC, 0.4, 0.1),
        Degree("vii", 10, "m", PREDOMINANT, -0.2, 0.1),
    ),
    "lydian": (
        Degree("I", 0, "", TONIC, 0.6),
        Degree("II", 2, "", DOMINANT, 0.9),
        Degree("iii", 4, "m", TONIC, 0.0, 0.3),
        Degree("♯iv°", 6, "dim", PREDOMINANT, -0.7, 1.5),
        Degree("V", 7, "", PREDOMINANT, 0.5),
        Degree("vi", 9, "m", TONIC, -0.3),
        Degree("vii", 11, "m", PREDOMINANT, -0.1, 0.3),
    ),
    "mixolydian": (
        Degree("I", 0, "", TONIC, 0.5),
        Degree("ii", 2, "m", PREDOMINANT, -0.2),
        Degree("iii°", 4, "dim", TONIC, -0.7, 1.5),
        Degree("IV", 5, "", PREDOMINANT, 0.6),
        Degree("v", 7, "m", PREDOMINANT, -0.3, 0.1),
        Degree("vi", 9, "m", TONIC, -0.4),
        Degree("♭VII", 10, "", DOMINANT, 0.4),
    ),
    "aeolian": (
        Degree("i", 0, "m", TONIC, -0.4),
        Degree("ii°", 2, "dim", PREDOMINANT, -0.8, 0.9),
        Degree("III", 3, "", TONIC, 0.6, 0.2),
        Degree("iv", 5, "m", PREDOMINANT, -0.5),
        Degree("v", 7, "m", PREDOMINANT, -0.3, 0.1),
        Degree("VI", 8, "", TONIC, 0.3),
        Degree("VII", 10, "", DOMINANT, 0.5),
    ),
    "locrian": (
        Degree("i°", 0, "dim", TONIC, -0.8),
        Degree("♭II", 1, "", DOMINANT, 0.3),
        Degree("iii", 3, "m", TONIC, -0.2, 0.2),
        Degree("iv", 5, "m", PREDOMINANT, -0.4),
        Degree("♭V", 6, "", PREDOMINANT, 0.5),
        Degree("VI", 8, "", TONIC, 0.6),
        Degree("vii", 10, "m", PREDOMINANT, -0.1),
    ),
    "harmonic minor": (
        Degree("i", 0, "m", TONIC, -0.3),
        Degree("ii°", 2, "dim", PREDOMINANT, -0.8, 0.3),
        Degree("III+", 3, "aug", TONIC, 0.5, 1.0),
        Degree("iv", 5, "m", PREDOMINANT, -0.5),
        Degree("V", 7, "", DOMINANT, 0.1),
        Degree("VI", 8, "", TONIC, 0.4),
        Degree("vii°", 11, "dim", DOMINANT, -0.9, 0.6),
    ),
    "melodic minor": (
        Degree("i", 0, "m", TONIC, -0.3),
        Degree("ii", 2, "m", PREDOMINANT, -0.5),
        Degree("III+", 3, "aug", TONIC, 0.4, 0.9),
        Degree("IV", 5, "", PREDOMINANT, 0.6),
        Degree("V", 7, "", DOMINANT, 0.1),
        Degree("vi°", 9, "dim", TONIC, -0.8, 0.6),
        Degree("vii°", 11, "dim", DOMINANT, -0.9, 0.7),
    ),
    "blues": (
        Degree("i7", 0, "m7", TONIC, -0.2),
        Degree("III", 3, "", TONIC, 0.5, 0.3),
        Degree("IV7", 5, "7", DOMINANT, 0.6),
        Degree("v7", 7, "m7", PREDOMINANT, -0.4),
        Degree("♭VImaj7", 8, "maj7", TONIC, 0.1, 0.6),
        Degree("VII", 10, "", PREDOMINANT, 0.4, 0.2),
    ),
    "octatonic": (
        Degree("i", 0, "m", TONIC, -0.2),
        Degree("i°7", 0, "dim7", PREDOMINANT, -0.9, 0.6),
        Degree("II", 2, "", PREDOMINANT, 0.6),
        Degree("ii", 2, "m", PREDOMINANT, -0.1, 0.2),
        Degree("iv", 5, "m", PREDOMINANT, -0.4),
        Degree("IV", 5, "", PREDOMINANT, 0.5),
        Degree("♭VI", 8, "", TONIC, 0.4),
        Degree("♭vi", 8, "m", TONIC, -0.6, 0.3),
        Degree("VII", 11, "", DOMINANT, 0.3),
        Degree("vii", 11, "m", DOMINANT, -0.5, 0.3),
    ),
    "whole-tone": (
        Degree("I", 0, "", TONIC, 0.3),
        Degree("II", 2, "", PREDOMINANT, 0.7),
        Degree("III+", 4, "aug", TONIC, 0.0),
        Degree("♯IV+", 6, "aug", PREDOMINANT, 0.2),
        Degree("♭VI", 8, "", TONIC, -0.5),
        Degree("♭VII", 10, "", DOMINANT, 0.4),
    ),
}


@dataclass(frozen=True, slots=True)
class Cadence:
    """The chords, by their numerals, with which phrases of a mode end.

    Parameters
    ----------
    dominant : str
        Before the tonic, and at the end of a half cadence.
    tonic : str
    deceptive : str
        In place of the tonic.
    """

    dominant: str
    tonic: str
    deceptive: str


CADENCES = {
    MAJOR: Cadence("V", "I", "vi"),
    MINOR: Cadence("V", "i", "VI"),
    "dorian": Cadence("IV", "i", "III"),
    "phrygian": Cadence("♭II", "i", "VI"),
    "lydian": Cadence("II", "I", "vi"),
    "mixolydian": Cadence("♭VII", "I", "vi"),
    "aeolian": Cadence("VII", "i", "VI"),
    "locrian": Cadence("♭II", "i°", "VI"),
    "harmonic minor": Cadence("V", "i", "VI"),
    "melodic minor": Cadence("V", "i", "IV"),
    "blues": Cadence("IV7", "i7", "♭VImaj7"),
    "octatonic": Cadence("VII", "i", "♭VI"),
    "whole-tone": Cadence("♭VII", "I", "III+"),
}

#: Model progressions of the first and the second half of a phrase, as in `composition.progressions`.
MODAL_OPENINGS = {
    "dorian": ("i IV i VII", "i ii III IV", "i VII IV v", "i III IV ii", "i v IV VII"),
    "phrygian": ("i ♭II i vii", "i III ♭II iv", "i vii VI ♭II", "i ♭II III iv", "i iv ♭II VI"),
    "lydian": ("I II I V", "I II vi V", "I vii II iii", "I V II vi", "I iii II V"),
    "mixolydian": ("I ♭VII IV I", "I v IV ♭VII", "I ♭VII vi IV", "I ii ♭VII IV", "I IV ♭VII v"),
    "aeolian": ("i VII VI VII", "i v VI III", "i iv VII III", "i VI III VII", "i III iv VI"),
    "locrian": ("i° ♭II i° vii", "i° iii ♭V VI", "i° vii VI ♭II", "i° ♭V VI iv", "i° iv ♭II iii"),
    "harmonic minor": ("i iv V VI", "i VI iv ii°", "i V VI iv", "i iv vii° i", "i VI ii° V"),
    "melodic minor": ("i IV V i", "i ii IV V", "i IV ii V", "i V IV ii", "i III+ IV ii"),
    "blues": ("i7 IV7 i7 v7", "i7 III IV7 VII", "i7 VII IV7 v7", "i7 v7 IV7 III", "i7 ♭VImaj7 v7 IV7"),
    "octatonic": ("i VII ♭VI IV", "i II IV ♭VI", "i IV VII II", "i ♭VI ii VII", "i iv ♭vi vii"),
    "whole-tone": ("I II I ♭VII", "I ♭VI ♭VII II", "I III+ II ♯IV+", "I ♭VII ♭VI II", "I II III+ ♭VI"),
}
MODAL_CONTINUATIONS = {
    "dorian": ("III VII IV i", "IV v III ii", "VII IV III ii", "ii IV III VII", "III ii v VII"),
    "phrygian": ("VI vii ♭II III", "iv ♭II III vii", "III VI iv vii", "♭II III vii iv", "VI iv ♭II iv"),
    "lydian": ("vi II iii V", "iii vi II V", "II V vi vii", "V II iii vi", "vi vii I V"),
    "mixolydian": ("IV v ♭VII IV", "vi IV ♭VII ii", "ii IV I v", "IV I ♭VII ii", "vi v IV ii"),
    "aeolian": ("VI VII iv v", "iv VII III VI", "III v VI iv", "VI III VII iv", "III VII iv v"),
    "locrian": ("VI iii ♭V iv", "iv ♭II VI vii", "iii vii ♭V iv", "♭V VI iv vii", "VI iv iii vii"),
    "harmonic minor": ("iv i VI ii°", "VI iv i iv", "iv V i ii°", "VI ii° V iv", "iv VI i ii°"),
    "melodic minor": ("IV i V ii", "ii V i IV", "IV ii vii° i", "i IV V ii", "III+ IV i ii"),
    "blues": ("IV7 i7 VII v7", "III IV7 i7 v7", "VII IV7 III v7", "IV7 v7 i7 VII", "♭VImaj7 IV7 i7 v7"),
    "octatonic": ("♭VI II VII iv", "IV ♭VI II iv", "ii iv ♭vi IV", "VII ♭VI IV ii", "II IV VII iv"),
    "whole-tone": ("♭VI ♭VII III+ II", "II ♭VI ♯IV+ II", "III+ ♭VI ♭VII II", "♭VII II ♭VI ♯IV+", "III+ ♯IV+ ♭VI II"),
}

#: Modes that pitch classes are compared with, and the semitones from each one's tonic to that of the major scale with
#: the same key signature.
RELATIVE_MAJOR = {
    MAJOR: 0, "aeolian": 3, "dorian": 10, "mixolydian": 5, "phrygian": 8, "lydian": 7, "harmonic minor": 3,
    "melodic minor": 3, "locrian": 1, "octatonic": 3, "whole-tone": 0,
}  # fmt: skip
#: Modes whose tones outside the signature are spelled as sharps where that is possible.
RAISED = ("harmonic minor", "melodic minor", "octatonic")


def steps_of(mode: str) -> tuple[int, ...]:
    """Return the semitones above the tonic of a scale by name, or by its semitones in parentheses.

    Examples
    --------
    >>> steps_of("dorian"), steps_of("(0 2 7)")
    ((0, 2, 3, 5, 7, 9, 10), (0, 2, 7))
    """
    return SCALES[mode] if mode in SCALES else tuple(int(each) for each in mode.strip("()").split())


def harmony_of(mode: str) -> str:
    """Return the mode that the chords of a scale come from: of its parent, or the one with the most of its tones.

    Examples
    --------
    >>> harmony_of("minor pentatonic"), harmony_of("lydian"), harmony_of("(0 3 7 9)")
    ('aeolian', 'lydian', 'dorian')
    """
    if mode in CADENCES:
        return mode
    wanted = set(steps_of(mode))
    return PARENTS.get(mode) or max(RELATIVE_MAJOR, key=lambda each: len(wanted & set(SCALES[each])))


def degrees_of(mode: str) -> tuple[Degree, ...]:
    """Return the chords of a scale; of a parent, those without tones from outside the key."""
    harmony = harmony_of(mode)
    if mode == harmony:
        return DEGREES.get(mode) or MODAL[mode]
    return tuple(each for each in DEGREES.get(harmony) or MODAL[harmony] if not each.borrowed and each.target is None)
