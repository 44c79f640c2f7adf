"""The voicings of the chords."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .. import voice_leading
from ..theory import Chord
from .harmony import HarmonicPlan


def voicings(
    plan: HarmonicPlan,
    centres: Iterable[float],
    voices: int = 3,
    bass: Sequence[int] | None = None,
    is_held: bool = False,
) -> list[tuple[int, ...]]:
    """Return the inner voices of every slot, each moving as little as possible from the slot before.

    While a chord lasts, they stay.

    Every phrase begins anew, near its centre, so that the voicings of one phrase do not depend on another. Held voices
    go to it from the last chord of the phrase before, as that lies near its own centre.

    Parameters
    ----------
    plan : HarmonicPlan
    centres : iterable of float
        Pitch around which the voices of each slot lie.
    voices : int
    bass : sequence of int, optional
        Of each slot, if the voices complete it to the chord: the third, and a seventh, fifth or root.
    is_held : bool
    """
    arranged: list[tuple[int, ...]] = []
    starts = {phrase.first for phrase in plan.phrases}
    changes = set(plan.changes)
    near = list(centres)
    tones = [
        each.pitch_classes if bass is None else _completing(each, bass[i], voices) for i, each in enumerate(plan.chords)
    ]
    for i, centre in enumerate(near):
        if i in starts:
            is_linked = is_held and i > 0
            before = voice_leading.voicing(tones[i - 1], None, near[i - 1], voices) if is_linked else None
            arranged.append(voice_leading.voicing(tones[i], before, centre, voices))
        elif i in changes:
            arranged.append(voice_leading.voicing(tones[i], arranged[-1], centre, voices))
        else:
            arranged.append(arranged[-1])
    return arranged


def _completing(harmony: Chord, bass: int, voices: int) -> tuple[int, ...]:
    """The tones that inner voices have over a bass note, the most important ones of the chord."""
    root, third, fifth, *others = harmony.pitch_classes
    ordered = [tone for tone in (third, *others, fifth, root) if tone != bass % 12]
    return tuple(ordered[:voices])
