"""Tables of harmony: costs of chord changes, and model progressions."""

from __future__ import annotations

from dataclasses import dataclass

from ..theory import DOMINANT, MAJOR, MINOR, PREDOMINANT, TONIC

#: Cost of a harmonic function after another.
MOVES = {
    (TONIC, TONIC): 0.7, (TONIC, PREDOMINANT): 0.1, (TONIC, DOMINANT): 0.3,
    (PREDOMINANT, TONIC): 1.1, (PREDOMINANT, PREDOMINANT): 0.6, (PREDOMINANT, DOMINANT): 0.0,
    (DOMINANT, TONIC): 0.0, (DOMINANT, PREDOMINANT): 2.6, (DOMINANT, DOMINANT): 1.0,
}  # fmt: skip
#: Cost by the semitones that the root rises: falling fifths and thirds are strong, tritones rare.
ROOT_MOTION = (0.8, 0.5, 0.1, 0.4, 0.4, -0.35, 1.2, 0.2, -0.1, -0.15, 0.2, 0.3)


@dataclass(frozen=True, slots=True)
class Models:
    """Model progressions, one chord after another as Roman numerals, by mode.

    Parameters
    ----------
    openings : {mode: tuple of str}
        They prolong the tonic, and each beginning of them makes sense. In minor a theme has that at the same index.
    continuations : {mode: tuple of str}
        They lead to a cadence. The images, and what is before and after, modify them.
    """

    openings: dict[str, tuple[str, ...]]
    continuations: dict[str, tuple[str, ...]]


_CLASSICAL = Models(
    {
        MAJOR: (
            "I V I IV I V", "I IV I V vi IV", "I V vi iii IV I", "I vi I V I IV", "I ii V I vi IV", "I vi IV V I ii",
            "I V7/IV IV iv I V", "I V7/vi vi IV I V",
        ),
        MINOR: (
            "i V i iv i V", "i iv i V VI iv", "i V VI III iv i", "i VI i V i iv", "i ii° V i VI iv", "i VI iv V i ii°",
            "i V7/iv iv VI i V", "i VII III VI i V",
        ),
    },
    {
        MAJOR: (
            "I vi ii", "vi IV I", "I IV ii", "vi I V7/ii", "IV I vi", "I V7/vi vi", "V I vi", "IV iv I",
        ),
        MINOR: (
            "i VI iv", "VI iv i", "i iv ii°", "III VI i", "iv i VI", "i V7/III III", "V i VI", "VI ♭II i",
        ),
    },
)  # fmt: skip
#: The model progressions of the genres by name; modes that are missing have those of `modes`.
MODELS = {"classical": _CLASSICAL}
