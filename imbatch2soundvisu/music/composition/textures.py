"""The textures: which layers play with the melody. To add one, add a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texture:
    """The layers of a texture besides the melody.

    Parameters
    ----------
    description : str
    chords : str
        "" for none, "figure" for that of genre and ensemble, "answers" for chords in the rests of the melody, or a name
        in FIGURES.
    bass : str
        "" for none, "genre" for that of the genre, or a name in `bass_patterns.BASSES`.
    inner : str
        "" for none, "held" for chords held while they last, "full" for four tones of them; in four-part writing alto
        and tenor: "voices" held while a chord lasts, "together" in the rhythm of the melody, "moving" with passing
        notes besides.
    counter : str
        What the other soloist plays: "" for nothing, "thirds" below the melody, a "countermelody", an "answer" in
        the rests of the melody, or a "canon" that imitates it.
    drums : bool
        Whether a kit, if there is one, plays.
    """

    description: str
    chords: str = ""
    bass: str = ""
    inner: str = ""
    counter: str = ""
    drums: bool = False

    @property
    def has_four_voices(self) -> bool:
        """Whether there are an alto and a tenor between melody and bass."""
        return self.inner in ("voices", "together", "moving")


#: The textures by name, about from sparse to dense.
TEXTURES = {
    "solo": Texture("the melody alone"),
    "drone": Texture("the melody over a held fifth", bass="drone"),
    "melody and bass": Texture("the melody and a bass line", bass="genre"),
    "duet": Texture("two soloists in thirds and sixths", counter="thirds"),
    "alberti": Texture("the melody over broken chords without a bass", chords="alberti"),
    "held chords": Texture("the melody over long chords", inner="held", bass="held"),
    "waves": Texture("the melody over long chords and a figure", chords="figure", inner="held", bass="held"),
    "call and response": Texture(
        "bass, chords and the other soloist answer in the rests of the melody", chords="answers", bass="held",
        counter="answer",
    ),
    "walking bass": Texture(
        "a bass in quarters and chords off the beat", chords="offbeats", bass="walking", drums=True
    ),
    "trio": Texture("two soloists over a bass line", bass="genre", counter="countermelody"),
    "held voices": Texture("four voices, the lower three held while a chord lasts", inner="voices", bass="held"),
    "chorale": Texture("four voices that move together", inner="together", bass="together"),
    "moving voices": Texture("four voices with passing notes", inner="moving", bass="moving"),
    "ostinato": Texture("a repeated figure over a repeated bass", chords="ostinato", bass="ostinato", drums=True),
    "melody and chords": Texture("the melody over the chords of the genre", chords="figure", bass="genre", drums=True),
    "countermelody": Texture(
        "two independent soloists over bass and chords", chords="figure", bass="genre", counter="countermelody",
        drums=True,
    ),
    "canon": Texture("a second voice that imitates the melody", counter="canon"),
    "canon and bass": Texture("a canon over a bass line", bass="genre", counter="canon"),
    "canon and chords": Texture(
        "a canon over the chords of the genre", chords="figure", bass="genre", counter="canon", drums=True
    ),
    "canon and all": Texture(
        "a canon over bass and all chords", chords="figure", bass="genre", inner="held", counter="canon", drums=True
    ),
    "close": Texture("bass and all chords", chords="figure", bass="genre", inner="held"),
    "tutti": Texture(
        "all instruments", chords="figure", bass="genre", inner="full", counter="thirds", drums=True
    ),
}  # fmt: skip
#: What closes a piece: bass and chords under the cadence, whatever plays before it.
CLOSE = "close"


def with_drums(names: Sequence[str]) -> tuple[str, ...]:
    """Return the textures in which a kit plays, if there is one: where none of them has one, the denser half.

    Parameters
    ----------
    names : sequence of str
        Names in TEXTURES, sparse to dense.

    Examples
    --------
    >>> with_drums(("solo", "walking bass", "tutti")), with_drums(("solo", "duet", "trio"))
    (('walking bass', 'tutti'), ('duet', 'trio'))
    """
    return tuple(name for name in names if TEXTURES[name].drums) or tuple(names[len(names) // 2 :])
