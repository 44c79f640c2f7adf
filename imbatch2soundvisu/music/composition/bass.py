"""The bass: a line with inversions, from segment to segment of the harmony; `bass_parts` plays it."""

from __future__ import annotations

import numpy as np

from ..theory import TONIC, Chord
from .harmony import HarmonicPlan
from .hashed_random import HashedRandom

#: The usual range of the line, and how far above its lowest pitch its centre is where images are dark and light.
BASS_RANGE = (31, 52)
CENTRES = (6.0, 13.0)
#: Cost of a first inversion where a genre has none, and how much less where all chords are inverted.
FIRST_INVERSION, SHARE = 1.25, 5.2
#: Further cost of a second inversion, and of the seventh in the bass.
SECOND_INVERSION, SEVENTH_IN_BASS = 0.6, 0.5
#: Further cost of a first inversion that is rare.
RARE = 1.2
#: Cost where a second inversion is not reached and left by step or on the same note, and where a seventh in the bass
#: does not fall by step.
UNPREPARED = 4.0
#: Cost of an interval by its semitones.
INTERVALS = (0.8, 0.0, 0.0, 0.3, 0.3, 0.3, 2.7, 0.5)

#: A state of the search: pitch, and which tone of the chord it is (0 root, 1 third, 2 fifth, 3 seventh; -1 a pedal).
_State = tuple[int, int]


def bass_line(
    plan: HarmonicPlan,
    level: np.ndarray,
    draws: HashedRandom,
    inversions: float = 0.35,
    limits: tuple[int, int] = BASS_RANGE,
) -> list[int]:
    """Return the bass pitch of every slot, the same within a segment of one chord: the cheapest line (Viterbi).

    Roots at cadences and on pedals their tone; else the root, third, fifth or seventh of each chord. Second inversions
    are reached and left by step or on the same note, sevenths in the bass fall by step.

    Parameters
    ----------
    plan : HarmonicPlan
    level : (slots,) array
        In [0, 1]; the line lies higher where it is high.
    draws : HashedRandom
        Breaks ties, image by image.
    inversions : float, default 0.35
        Share of chords whose bass is not the root, [0, 0.6].
    limits : (int, int)
        Lowest and highest pitch.
    """
    rows = [_options(plan, each[0], inversions, limits) for each in plan.segments]
    dark, light = CENTRES
    centres = [limits[0] + dark + (light - dark) * float(level[list(each)].mean()) for each in plan.segments]
    totals = [extra + 0.02 * (p - centres[0]) ** 2 for (p, _), extra in rows[0]]
    back: list[list[int]] = []
    for k in range(1, len(rows)):
        head, pointers, fresh = plan.segments[k][0], [], []
        for state, extra in rows[k]:
            sums = [t + _move(a, state) for t, (a, _) in zip(totals, rows[k - 1], strict=True)]
            best = min(range(len(sums)), key=sums.__getitem__)
            pointers.append(best)
            jitter = 0.3 * draws.unit(plan.slots[head].image, "bass", head - plan.first_of(head), state[0])
            fresh.append(sums[best] + extra + 0.02 * (state[0] - centres[k]) ** 2 + jitter)
        back.append(pointers)
        totals = fresh
    path = [min(range(len(totals)), key=totals.__getitem__)]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    pitches = [row[i][0][0] for row, i in zip(rows, reversed(path), strict=True)]
    return [pitch for pitch, slots in zip(pitches, plan.segments, strict=True) for _ in slots]


def _options(plan: HarmonicPlan, head: int, inversions: float, limits: tuple[int, int]) -> list[tuple[_State, float]]:
    """(state, cost) of each bass note of the segment that begins with a slot."""
    harmony, pedal = plan.chords[head], plan.pedals[head]
    low, high = limits
    if pedal is not None:
        return [((p, -1), 0.0) for p in range(low, high + 1) if p % 12 == pedal]
    costs = _tone_costs(harmony, head in plan.cadential, inversions)
    tones = {harmony.pitch_classes[tone]: tone for tone in costs}
    return [((p, tones[p % 12]), costs[tones[p % 12]]) for p in range(low, high + 1) if p % 12 in tones]


def _tone_costs(harmony: Chord, root_only: bool, inversions: float) -> dict[int, float]:
    """{tone of the chord: its cost in the bass}: 0 root, 1 third, 2 fifth, 3 seventh."""
    if root_only:
        return {0: 0.0}
    first = FIRST_INVERSION - SHARE * inversions
    costs = {0: 0.0, 1: first + _rare(harmony), 2: first + SECOND_INVERSION}
    if harmony.quality.startswith("dim") or harmony.quality == "m7b5":
        costs = {0: 0.8, 1: 0.0, 2: 1.0}
    if harmony.quality in ("7", "m7", "maj7"):
        costs[3] = first + SEVENTH_IN_BASS
    return costs


def _rare(harmony: Chord) -> float:
    """Further cost of the first inversion: of submediants and mediants, which sound like the chord a third below."""
    return RARE if harmony.function == TONIC and not harmony.is_home else 0.0


def _move(a: _State, b: _State) -> float:
    """Cost of an interval of the bass: steps are cheap, repeated notes and tritones are not."""
    (p, from_tone), (q, to_tone) = a, b
    size = abs(q - p)
    cost = INTERVALS[size] if size < len(INTERVALS) else 0.9 + 0.2 * (size - 7)
    if size == 0 and -1 in (from_tone, to_tone):
        cost = 0.0
    if 2 in (from_tone, to_tone) and size > 2:
        cost += UNPREPARED
    if from_tone == 3 and not 1 <= p - q <= 2:
        cost += UNPREPARED
    if to_tone == 3 and size > 2:
        cost += UNPREPARED
    return cost
