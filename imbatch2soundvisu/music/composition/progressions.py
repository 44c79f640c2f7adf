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


# fmt: off
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
)
_CHORALE = Models(
    {
        MAJOR: (
            "I V I IV I vi", "I IV I V vi IV", "I vi ii V I IV", "I V vi V I IV", "I V7/IV IV I V I", "I iii vi IV I V",
            "I ii I V vi ii", "I V7/V V I IV I",
        ),
        MINOR: (
            "i V i iv i VI", "i iv i V VI iv", "i VI ii° V i iv", "i V VI III iv i", "i V7/iv iv i V i",
            "i VII III VI iv V", "i ii° i V VI iv", "i iv V i V i",
        ),
    },
    {
        MAJOR: (
            "V7/vi vi IV", "ii V I", "IV I vi", "vi V7/V V", "I IV I", "V7/ii ii V", "iii vi IV", "V I V7/IV",
        ),
        MINOR: (
            "V7/III III VI", "iv V i", "VI iv i", "i VI iv", "VII III VI", "V7/iv iv i", "III VII i", "V i iv",
        ),
    },
)
_JAZZ = Models(
    {
        MAJOR: (
            "I vi ii V iii vi", "I vi V7/V V I vi", "I ♭VII I vi ii V", "I V7/ii ii V I IV", "I IV iii vi ii V",
            "I iii vi ii V I", "I ii iii IV I vi", "I V7/IV IV iv I vi",
        ),
        MINOR: (
            "i VI ii° V i iv", "i iv VII III VI ii°", "i ii° V i VI iv", "i V7/iv iv VII III VI", "i iv i VI ii° V",
            "i III VI ii° V i", "i VII VI V i iv", "i IV i IV VI ii°",
        ),
    },
    {
        MAJOR: (
            "iii V7/ii ii", "ii V I", "IV iv I", "vi V7/V V", "V7/IV IV iv", "iii vi ii", "I V7/ii ii", "V7/vi vi ii",
        ),
        MINOR: (
            "VII III VI", "iv VII III", "VI ii° V", "i V7/iv iv", "III VI ii°", "iv V i", "V7/III III VI", "i ♭II i",
        ),
    },
)
_LOOPS = Models(
    {
        MAJOR: (
            "I vi IV V", "I IV vi V", "I iii vi IV", "I V vi IV", "I IV I vi", "I vi iii IV", "I ♭VII IV I",
            "I IV ii vi",
        ),
        MINOR: (
            "i VI III VII", "i VII VI VII", "i iv VI VII", "i III VII iv", "i VI iv i", "i VII iv VI", "i VI i VII",
            "i v VI iv",
        ),
    },
    {
        MAJOR: (
            "I vi IV V", "I IV vi V", "I iii vi IV", "I V vi IV", "I IV I vi", "I vi iii IV", "I ♭VII IV I",
            "I IV ii vi",
        ),
        MINOR: (
            "i VI III VII", "i VII VI VII", "i iv VI VII", "i III VII iv", "i VI iv i", "i VII iv VI", "i VI i VII",
            "i v VI iv",
        ),
    },
)
_FOLK = Models(
    {
        MAJOR: (
            "I IV I V I IV", "I V I IV I V", "I ♭VII I IV I V", "I vi IV I V I", "I IV V I IV I", "I V vi IV I V",
            "I ii V I IV I", "I IV I ♭VII IV I",
        ),
        MINOR: (
            "i VII i VI VII i", "i v i VII i VI", "i VII VI VII i iv", "i III VII i iv i", "i iv i VII III VII",
            "i VI III VII i VI", "i IV i VII i IV", "i VII III iv i V",
        ),
    },
    {
        MAJOR: (
            "IV I V", "I IV I", "vi IV I", "V I IV", "IV ♭VII I", "I V I", "vi ii V", "IV V I",
        ),
        MINOR: (
            "VI VII i", "III VII i", "iv i VII", "i VII VI", "VI III VII", "i iv i", "VII i VI", "III VI i",
        ),
    },
)
_DANCE = Models(
    {
        MAJOR: (
            "I V I V I IV", "I V I IV I V", "I ii V I vi ii", "I vi ii V I V", "I V7/ii ii V I IV", "I IV I V I vi",
            "I V7/IV IV I V I", "I iii IV I V I",
        ),
        MINOR: (
            "i V i V i iv", "i V i iv i V", "i ii° V i VI iv", "i VI iv V i V", "i V7/iv iv i V i", "i iv i V i VI",
            "i VII III V i iv", "i VI ii° V i V",
        ),
    },
    {
        MAJOR: (
            "I IV I", "V I V7/ii", "I V7/vi vi", "IV I vi", "vi ii V", "V7/V V I", "IV iv I", "I vi IV",
        ),
        MINOR: (
            "i iv i", "V i VI", "VI III iv", "i V7/III III", "iv i VI", "V i iv", "VI ♭II V", "i VI iv",
        ),
    },
)
# fmt: on
#: The model progressions by name, as `Genre.progressions` has them. Other modes than major and minor have their own.
MODELS = {
    "classical": _CLASSICAL,
    "chorale": _CHORALE,
    "jazz": _JAZZ,
    "loops": _LOOPS,
    "folk": _FOLK,
    "dance": _DANCE,
}  # fmt: skip
#: What each is like.
DESCRIPTIONS = {
    "classical": "tonic, predominant and dominant, with secondary dominants",
    "chorale": "a chord for every step of the melody, with first inversions",
    "jazz": "descending fifths: ii V I and turnarounds",
    "loops": "four chords that return",
    "folk": "I, IV and V, or the chords of a mode",
    "dance": "tonic and dominant in turn",
}
