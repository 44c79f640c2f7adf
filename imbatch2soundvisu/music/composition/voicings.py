"""The voicings of the chords."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from .. import voice_leading
from .harmony import HarmonicPlan


def voicings(
    plan: HarmonicPlan,
    centres: Iterable[float],
    voices: int = 3,
    ceilings: Sequence[float] | None = None,
    is_held: bool = False,
) -> list[tuple[int, ...]]:
    """Return the inner voices of every slot, each moving as little as possible from chord to chord.

    Every phrase begins anew, near its centre, so that the voicings of one phrase do not depend on another. Held voices
    go to it from the last chord of the phrase before, as that lies near its own centre.

    Parameters
    ----------
    plan : HarmonicPlan
    centres : iterable of float
        Pitch around which the voices of each slot lie.
    voices : int
    ceilings : sequence of float, optional
        Pitch of each slot above which voices do not lie where they need not.
    is_held : bool
    """
    arranged: list[tuple[int, ...]] = []
    starts = {phrase.first for phrase in plan.phrases}
    changes = set(plan.changes)
    near = list(centres)
    highest = [math.inf] * len(near) if ceilings is None else ceilings
    tones = [each.pitch_classes for each in plan.chords]
    for i, centre in enumerate(near):
        if i in starts:
            is_linked = is_held and i > 0
            before = voice_leading.voicing(tones[i - 1], None, near[i - 1], voices) if is_linked else None
            arranged.append(voice_leading.voicing(tones[i], before, centre, voices, highest[i]))
        elif i in changes:
            arranged.append(voice_leading.voicing(tones[i], arranged[-1], centre, voices, highest[i]))
        else:
            arranged.append(arranged[-1])
    return arranged
