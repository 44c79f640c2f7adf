"""A second look at a piece before it is kept: does it hang together, and is what was meant to be heard to be heard?"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import spearmanr

from ..records import Score
from ..sound import measures
from .reading import Reading

#: The grooves of neighbouring bars that are neither restless nor a machine's (Wu & Yang, ISMIR 2020).
GROOVE = (0.85, 0.99)
#: The least rank correlation of what is followed with what is heard, where there are enough pictures to say.
FOLLOWS, ENOUGH = 0.8, 20


def faults(score: Score, seen: Reading) -> list[str]:
    """What a listener could miss, in words; empty for a piece to keep.

    Form: no more alike in its passages than the same bars shuffled. Groove: outside GROOVE. Following: of register,
    dynamics or density below FOLLOWS.
    """
    found = []
    form, groove = measures.structure(score), measures.groove_consistency(score)
    if math.isfinite(form) and form <= 0:
        found.append("its bars do not come back")
    if math.isfinite(groove) and not GROOVE[0] <= groove <= GROOVE[1]:
        found.append("its rhythm is restless" if groove < GROOVE[0] else "its rhythm never changes")
    heard = measures.counterparts(score)
    for parameter, name in measures.PARAMETERS.items():
        if seen.sources[parameter] and len(heard[name]) >= ENOUGH:
            known = np.isfinite(heard[name])
            if known.sum() > 2 and spearmanr(seen.levels[parameter][known], heard[name][known])[0] < FOLLOWS:
                found.append(f"its {parameter} hardly follows the pictures")
    return found
