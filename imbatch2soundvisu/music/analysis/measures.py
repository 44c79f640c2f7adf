"""Measures of a score as plain numbers: harmony, rhythm, voices, form, and how well it follows the images.

All are pure functions of the score (and its sequence); NaN where a measure is not defined, as for silence. Chords and
parts are as in `hearing`; drums are left out of everything that has to do with pitch. Harmony, rhythm and voices are
here; what comes back is in `repetition`, what follows the images in `following`.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np
from scipy.optimize import linear_sum_assignment

from ...core import TICKS_PER_BEAT, ImageSequence, Score
from .. import theory
from .feature_correlation import COUNTERPARTS, PARAMETERS, counterparts, followed, following
from .repetition import distance, motif, motif_repetition, self_similarity, structure
from .score_queries import SLACK, Span, chord_tones, melody, onsets, parts_of, pitched, sounding, spans, tones_at, under

__all__ = [
    "COUNTERPARTS", "PARAMETERS", "Span", "cadence", "chord_tone_share", "chord_tones", "counterparts", "distance",
    "empty_beat_rate", "followed", "following", "groove_consistency", "measure_score", "melody", "motif",
    "motif_repetition", "parallels", "pitch_class_entropy", "scale_consistency", "self_similarity", "spans",
    "structure", "voice_motion",
]  # fmt: skip

NAN = float("nan")

_DIATONIC = tuple(frozenset(theory.Key(tonic, theory.MAJOR).scale) for tonic in range(12))


def scale_consistency(score: Score, declared: bool = True) -> float:
    """Share of notes in the one diatonic scale that holds most of them, [0, 1].

    max over 12 scales of |notes in it| / |notes|: Mogren, "C-RNN-GAN", 2016, as in MusPy (a natural minor is its
    relative major). declared : count the tones of the chord declared where a note starts as in, whatever the scale.
    """
    notes, chords = pitched(score), spans(score) if declared else ()
    tones = [tones_at(chords, n.start) for n in notes]
    return max(
        _share(n.pitch % 12 in (scale | own) for n, own in zip(notes, tones, strict=True)) for scale in _DIATONIC
    )


def pitch_class_entropy(score: Score) -> float:
    """Entropy of the pitch classes of all notes, bits, [0, log2 12 = 3.585].

    -sum p log2 p, p the share of notes of each class: Wu & Yang, "The Jazz Transformer on the Front Line", ISMIR 2020.
    """
    counts = Counter(n.pitch % 12 for n in pitched(score))
    total = counts.total()
    return sum(c / total * math.log2(total / c) for c in counts.values()) if total else NAN


def empty_beat_rate(score: Score) -> float:
    """Share of the timeline's beats in which no note, drums among them, starts or sounds, [0, 1]; 1 for silence.

    As in MusPy and Pypianoroll (Dong et al., 2018), but for the edges: a note that ends as a beat begins does not
    fill that beat, and silence after the last note counts, since the images go on.
    """
    total = score.timeline.total_beats
    filled = np.zeros(total, bool)
    for n in score.notes:
        filled[n.start // TICKS_PER_BEAT : -(-(n.start + n.length) // TICKS_PER_BEAT)] = True
    return float(1 - filled.mean()) if total else NAN


def groove_consistency(score: Score) -> float:
    """How alike the rhythms of neighbouring bars are, [0, 1]. NaN with fewer than two whole bars.

    1 - mean over neighbours of (steps that differ / steps), a bar being a vector of sixteenths that says where any
    part has an onset: grooving similarity of Wu & Yang, ISMIR 2020, of neighbours as in MusPy.
    """
    bars = onsets(score) > 0
    return float(1 - (bars[:-1] != bars[1:]).mean()) if len(bars) > 1 and bars.any() else NAN


def chord_tone_share(score: Score) -> float:
    """Share of the notes that start on strong beats (the first of a bar, the middle of an even one) and belong to the
    chord declared there, [0, 1]. NaN where no chord is declared."""
    chords, per_bar = spans(score), score.timeline.beats_per_bar
    strong = {0, per_bar // 2} if per_bar % 2 == 0 and per_bar > 2 else {0}
    inside = []
    for n in pitched(score):
        beat, late = divmod(n.start + SLACK, TICKS_PER_BEAT)
        tones = tones_at(chords, n.start)
        if late <= 2 * SLACK and beat % per_bar in strong and tones:
            inside.append(n.pitch % 12 in tones)
    return _share(inside)


def voice_motion(score: Score) -> float:
    """Mean semitones that an inner voice moves from chord to chord, 0 and up.

    An inner part is any but melody, bass and accents; its voices are the pitches it plays under a chord, each moving
    to one under the next so that they move least in all (Tymoczko, "The geometry of musical chords", Science 2006).
    Where no part is named so, the pitches sounding as each chord begins, without the lowest and the highest.
    """
    outer = {i for role in ("melody", "bass", "accent") for i in parts_of(score, role)}
    if outer:
        voices = [[n for n in pitched(score) if n.part == i] for i in range(len(score.parts)) if i not in outer]
        moments = [[under(notes, span) for span in spans(score)] for notes in voices]
    else:
        moments = [[sounding(pitched(score), span.start)[1:-1] for span in spans(score)]]
    moves: list[int] = []
    for chords in moments:
        for before, after in itertools.pairwise(chords):
            if before and after:
                costs = np.abs(np.subtract.outer(before, after))
                moves += costs[linear_sum_assignment(costs)].tolist()
    return float(np.mean(moves)) if moves else NAN


def parallels(score: Score, among: Collection[int] | None = None) -> float:
    """How often the lowest and the highest pitch move together from one perfect fifth or octave into another of the
    same kind, from chord to chord, 0 and up. NaN with fewer than two chords that two voices sound in.

    among : the parts that are listened to; None: all, so that an instrument that doubles the bass on top counts.
    """
    notes = [n for n in pitched(score) if among is None or n.part in among]
    heard = [sounding(notes, span.start) for span in spans(score)]
    outer = [(pitches[0], pitches[-1]) if len(pitches) > 1 else None for pitches in heard]
    moves = [theory.is_parallel((a[1], b[1]), (a[0], b[0])) for a, b in itertools.pairwise(outer) if a and b]
    return float(sum(moves)) if moves else NAN


def cadence(score: Score) -> float:
    """1 where the piece ends with an authentic cadence, as it sounds, else 0; NaN for silence, one chord or no key.

    Under the last chord but one the dominant and the leading tone sound, over the dominant in the bass; under the
    last nothing but the tonic's triad (and its ninth), over the tonic in the bass. Key: of the last decision, or of
    the score.
    """
    chords, notes = spans(score), pitched(score)
    if len(chords) < 2 or not notes:
        return NAN
    name = score.decisions[-1].get("key", score.key) if score.decisions else score.key
    if not name:
        return NAN
    tonic = theory.parse_key(name.removeprefix("about "))[0]
    heard = [{(p - tonic) % 12 for p in under(notes, span)} for span in chords[-2:]]
    bass = [[(p - tonic) % 12 for p in sounding(notes, span.start)[:1]] for span in chords[-2:]]
    triad = {0, 3} <= heard[1] <= {0, 2, 3, 7} or {0, 4} <= heard[1] <= {0, 2, 4, 7}
    return float(bass == [[7], [0]] and {7, 11} <= heard[0] and triad)


def measure_score(score: Score, sequence: ImageSequence | None = None) -> dict[str, float]:
    """Every measure by name; with the sequence also `following_<feature>` and `following_<feature>_shuffled`."""
    tune_and_bass = {*parts_of(score, "melody"), *parts_of(score, "bass")}
    found = {
        "scale_consistency": scale_consistency(score),
        "scale_consistency_plain": scale_consistency(score, declared=False),
        "pitch_class_entropy": pitch_class_entropy(score),
        "empty_beat_rate": empty_beat_rate(score),
        "groove_consistency": groove_consistency(score),
        "chord_tone_share": chord_tone_share(score),
        "voice_motion": voice_motion(score),
        "parallels": parallels(score),
        "parallels_melody_bass": parallels(score, tune_and_bass),
        "cadence": cadence(score),
        "structure": structure(score),
        "self_similarity": self_similarity(score),
        "motif_repetition": motif_repetition(score),
    }
    if sequence is not None:
        found |= {f"following_{name}": value for name, value in following(score, sequence).items()}
    return found


def _share(marks: Iterable[bool]) -> float:
    values = list(marks)
    return sum(values) / len(values) if values else NAN
