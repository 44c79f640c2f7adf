"""What a sequence is written as unless its plan says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..config import Settings
from .film_outputs import Film, Gif
from .protocols import Output
from .sheet_outputs import ContactSheet, PianoRoll, Storyboard
from .sound_outputs import Midi, Wav
from .table_outputs import Tables

#: What a sequence is written as unless its plan says otherwise.
DEFAULT_OUTPUTS = (Film(), Gif(), Wav(), Midi(), ContactSheet(), Storyboard(), PianoRoll(), Tables())


def output_names(outputs: Sequence[Output], settings: Settings) -> list[str]:
    """Return the file names that outputs may write, as far as they are known before."""
    return [name for each in outputs for name in getattr(each, "names", lambda _: [])(settings)]


def standard_outputs(*changed: Any, without: tuple[type, ...] = ()) -> tuple[Any, ...]:
    """Return the default outputs, with those of the same class replaced and further ones added.

    Parameters
    ----------
    *changed : Output
        What takes the place of the default output of its class, or is added.
    without : tuple of classes
        Default outputs to leave out.

    Examples
    --------
    >>> from imbatch2soundvisu import Stems
    >>> [type(each).__name__ for each in standard_outputs(Film(fps=24), Stems(), without=(Gif, PianoRoll))]
    ['Film', 'Wav', 'Midi', 'ContactSheet', 'Storyboard', 'Tables', 'Stems']
    """
    own = {type(each): each for each in changed}
    kept = [own.pop(type(each), each) for each in DEFAULT_OUTPUTS if type(each) not in without]
    return (*kept, *own.values())
