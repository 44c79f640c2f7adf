"""A second look at a piece before it is kept: does it hang together, and is what was meant to be heard to be heard?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr

from ...core import Score
from ..analysis import measures
from .feature_levels import FeatureLevels

#: The grooves of neighbouring bars that are neither restless nor a machine's (Wu & Yang, ISMIR 2020).
GROOVE = (0.85, 0.99)
#: The least rank correlation of what is followed with what is heard, where there are enough images to say.
FOLLOWS, ENOUGH = 0.8, 20
#: How much more alike the passages of a piece are than those of the same bars shuffled, at least.
COMES_BACK = 0.02
#: The least share of the tune's patterns that are heard again, from ENOUGH images.
KNOWN_AGAIN = 0.1
#: Worth another try, but the least of the faults.
NO_MOTIF = "its motif is hardly heard again"


def faults(score: Score, seen: FeatureLevels) -> list[str]:
    """What a listener could miss, in words; empty for a piece to keep.

    Form: its passages alike by less than COMES_BACK beyond those of the same bars shuffled. Groove: outside GROOVE.
    Motif: fewer patterns than KNOWN_AGAIN are heard twice. Following: of register, dynamics or density below FOLLOWS.
    """
    found = []
    form, groove = measures.structure(score), measures.groove_consistency(score)
    if math.isfinite(form) and form < COMES_BACK:
        found.append("its bars do not come back")
    if math.isfinite(groove) and not GROOVE[0] <= groove <= GROOVE[1]:
        found.append("its rhythm is restless" if groove < GROOVE[0] else "its rhythm never changes")
    if len(score.timeline.beats) >= ENOUGH and measures.motif_repetition(score) < KNOWN_AGAIN:
        found.append(NO_MOTIF)
    heard = measures.counterparts(score)
    for parameter, name in measures.PARAMETERS.items():
        enough = seen.sources[parameter] and len(heard[name]) >= ENOUGH
        if enough and not _follows(seen.levels[parameter], heard[name]):
            found.append(f"its {parameter} hardly follows the images")
    return found


def severity(found: Sequence[str]) -> float:
    """How bad some faults are together, 0 for none."""
    return sum(0.5 if fault == NO_MOTIF else 1.0 for fault in found)


def _follows(level: np.ndarray, heard: np.ndarray) -> bool:
    known = np.isfinite(heard)
    if known.sum() < 3:
        return True
    return bool(np.ptp(heard[known]) > 0 and spearmanr(level[known], heard[known])[0] >= FOLLOWS)
