"""The structures of phrases by name: which themes follow each other, and how each return of a theme is varied."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: How a phrase states its theme.
STATEMENT, REPETITION, ORNAMENTED, INVERTED, AUGMENTED = (
    "statement",
    "repetition",
    "ornamented",
    "inverted",
    "augmented",
)


@dataclass(frozen=True, slots=True)
class Structure:
    """A structure of phrases.

    Parameters
    ----------
    description : str
    rounds : tuple of tuple of str
        Labels of phrases, repeated in turn; the letter is the theme.
    returns : tuple of str
        How the returns of a theme are varied, in turn.
    taken_up : float
        Share of phrases that go on from their idea with its rhythm, [0, 1].
    contrast : float
        For how different images it is chosen, [0, 1].
    imitated : bool
        Whether a second voice imitates the melody, over chords that repeat.
    letters : str
        Regular expression of the themes of phrases that fulfil it; empty for all.
    textures : tuple of str
        Names in TEXTURES that take the place of those of the genre, sparse to dense; empty for none.
    """

    description: str
    rounds: tuple[tuple[str, ...], ...]
    returns: tuple[str, ...] = (REPETITION, ORNAMENTED)
    taken_up: float = 0.85
    contrast: float = 0.5
    imitated: bool = False
    textures: tuple[str, ...] = ()
    letters: str = ""


_SONG = (("A", "A'", "B", "A''"), ("C", "A'", "D", "A''"))
_VARIED = (("A", "A'", "A''", "A'"), ("A''", "A'", "A''", "A'"))
#: The structures by name.
STRUCTURES = {
    "ostinato": Structure(
        "one idea, repeated throughout", _VARIED, (REPETITION, REPETITION, ORNAMENTED), taken_up=1.0, contrast=0.0
    ),
    "variations": Structure(
        "a theme and its variations", _VARIED, (ORNAMENTED, INVERTED, REPETITION, AUGMENTED), contrast=0.2
    ),
    "canon": Structure(
        "a melody and a second voice that imitates it", _VARIED, (REPETITION,), taken_up=1.0,
        contrast=0.1, imitated=True,
        textures=("canon", "canon and bass", "canon and chords", "canon and all"),
    ),
    "period": Structure(
        "an open phrase and one that closes, in pairs", (("A", "A'", "B", "B'"), ("C", "C'", "A", "A'")), taken_up=0.5,
        contrast=0.4, letters=r"AA.*",
    ),
    "sentence": Structure("phrases that repeat their idea and then divide it", _SONG, taken_up=1.0, contrast=0.5),
    "song": Structure("two statements, another theme, and a third statement", _SONG, contrast=0.6, letters=r"AAB.*A"),
    "rondo": Structure(
        "a theme that returns between others", (("A", "B", "A'", "C"), ("A'", "D", "A''", "B")), contrast=1.0,
        letters=r"(A[^A]+){2,}A",
    ),
}  # fmt: skip


def labels_of(structure: str, count: int) -> list[str]:
    """Return the labels of so many phrases; the last one is always of theme A.

    Examples
    --------
    >>> labels_of("song", 8)
    ['A', "A'", 'B', "A''", 'C', "A'", 'D', "A''"]
    >>> labels_of("rondo", 5), labels_of("variations", 4), labels_of("period", 3)
    (['A', 'B', "A'", 'C', "A''"], ['A', "A'", "A''", "A'"], ['A', 'B', "A'"])
    >>> labels_of("rondo", 4)
    ['A', 'B', "A'", "A''"]
    """
    row = STRUCTURES[structure]
    if count <= 2:
        return ["A", "A'"][:count]
    if count == 3:
        return ["A", "A'", "A''"] if row.rounds is _VARIED else ["A", "B", "A'"]
    labels = [row.rounds[i // 4 % 2][i % 4] for i in range(count)]
    if row.rounds is _VARIED:
        return labels
    if count % 4 == 1 and row.rounds is _SONG:
        labels[-2] = "C" if labels[-3][0] == "B" else "B"
    labels[-1] = "A''"
    if labels[-2][0] == "A" and count > 4:  # of four, the theme that was to return is the end
        labels[-2] = "B" if labels[-3][0] != "B" else "C"
    return labels


def name_of(structure: str, themes: str) -> str:
    """Return the name of a structure if phrases with these themes fulfil it, else an empty one.

    Examples
    --------
    >>> name_of("rondo", "ABACA"), name_of("rondo", "AA"), name_of("period", "AABA"), name_of("song", "ABA")
    ('rondo', '', 'period', '')
    """
    letters = STRUCTURES[structure].letters
    return structure if not letters or re.fullmatch(letters, themes) else ""


def choose(structures: tuple[str, ...], contrast: float, draw: float) -> str:
    """Return one of the structures: one with more themes where the images differ more.

    Parameters
    ----------
    structures : tuple of str
        Names in STRUCTURES.
    contrast : float
        How much the images differ, [0, 1].
    draw : float
        A random number in [0, 1) that may choose another.
    """
    known = sorted(structures, key=lambda name: STRUCTURES[name].contrast)
    place = min(max(0.5 * contrast + 0.5 * draw, 0.0), 0.999)
    return known[int(place * len(known))]


def treatment(structure: str, number: int) -> str:
    """Return how a phrase states its theme, by how many have had it before.

    Examples
    --------
    >>> [treatment("song", number) for number in range(4)]
    ['statement', 'repetition', 'ornamented', 'repetition']
    """
    returns = STRUCTURES[structure].returns
    return returns[(number - 1) % len(returns)] if number else STATEMENT
