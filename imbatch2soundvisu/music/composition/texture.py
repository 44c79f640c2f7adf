"""The voicings of the chords."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .. import voice_leading
from ..theory import Chord
from .harmony import HarmonicPlan


def voicings(
    plan: HarmonicPlan, centres: Iterable[float], voices: int = 3, bass: Sequence[int] | None = None
) -> list[tuple[int, ...]]:
    """Return the inner voices of every slot, each moving as little as possible from the slot before.

    While a chord lasts, they stay.

    Every phrase begins anew, near its centre, so that the voicings of one phrase do not depend on another.

    Parameters
    ----------
    plan : HarmonicPlan
    centres : iterable of float
        Pitch around which the voices of each slot lie.
    voices : int
    bass : sequence of int, optional
        Of each slot, if the voices complete it to the chord: the third, and a seventh, fifth or root.
    """
    arranged: list[tuple[int, ...]] = []
    starts = {phrase.first for phrase in plan.phrases}
    changes = set(plan.changes)
    for i, (harmony, centre) in enumerate(zip(plan.chords, centres, strict=True)):
        if i not in starts and i not in changes:
            arranged.append(arranged[-1])
            continue
        before = None if i in starts else arranged[-1]
        tones = harmony.pitch_classes if bass is None else _completing(harmony, bass[i], voices)
        arranged.append(voice_leading.voicing(tones, before, centre, voices))
    return arranged


def _completing(harmony: Chord, bass: int, voices: int) -> tuple[int, ...]:
    """The tones that inner voices have over a bass note, the most important ones of the chord."""
    root, third, fifth, *others = harmony.pitch_classes
    ordered = [tone for tone in (third, *others, fifth, root) if tone != bass % 12]
    return tuple(ordered[:voices])
