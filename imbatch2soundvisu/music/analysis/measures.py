"""Measures of a score as plain numbers.

All are pure functions of the score (and its sequence), NaN where a measure is not defined, as for silence. Chords and
roles of parts are those of `score_queries`; drums are left out of every measure of pitch. Harmony, rhythm and voice
leading are here, repetition is in `repetition`, the correlation with the images in `feature_correlation`.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np

from ...core import TICKS_PER_BEAT, ImageSequence, Note, Score
from .. import key_names, theory, voice_leading
from .feature_correlation import COUNTERPARTS, PARAMETERS, counterparts, feature_correlation, followed_features
from .repetition import distance, motif, motif_repetition, self_similarity, structure
from .score_queries import (
    ONSET_TOLERANCE,
    Span,
    chord_tones,
    melody,
    onset_counts,
    parts_with_role,
    pitched_notes,
    pitches_per_span,
    sounding_at,
    spans,
    tones_at,
)

__all__ = [
    "COUNTERPARTS", "PARAMETERS", "Span", "cadence", "chord_tone_share", "chord_tones", "counterparts", "distance",
    "empty_beat_rate", "feature_correlation", "followed_features", "groove_consistency", "measure_score", "melody",
    "motif", "motif_repetition", "parallels", "pitch_class_entropy", "scale_consistency", "self_similarity", "spans",
    "structure", "voice_motion",
]  # fmt: skip

NAN = float("nan")

_DIATONIC = tuple(frozenset(theory.Key(tonic, theory.MAJOR).scale) for tonic in range(12))


def scale_consistency(score: Score, declared: bool = True) -> float:
    """Return the share of notes in the one diatonic scale that holds most of them, [0, 1].

    Parameters
    ----------
    score : Score
    declared : bool
        Count a tone of the chord declared at a note's start as in the scale.

    References
    ----------
    Mogren, "C-RNN-GAN", 2016, as in MusPy: the maximum over 12 scales (a natural minor is its relative major).
    """
    notes, chords = pitched_notes(score), spans(score) if declared else ()
    tones = [tones_at(chords, n.start) for n in notes]
    return max(
        _share(n.pitch % 12 in (scale | chord) for n, chord in zip(notes, tones, strict=True)) for scale in _DIATONIC
    )


def pitch_class_entropy(score: Score) -> float:
    """Return the entropy of the pitch classes of all notes in bits, [0, log2 12 = 3.585].

    References
    ----------
    Wu & Yang, "The Jazz Transformer on the Front Line", ISMIR 2020.
    """
    counts = Counter(n.pitch % 12 for n in pitched_notes(score))
    total = counts.total()
    return sum(c / total * math.log2(total / c) for c in counts.values()) if total else NAN


def empty_beat_rate(score: Score) -> float:
    """Return the share of beats in which no note, drums included, starts or sounds, [0, 1]; 1 for silence.

    As in MusPy and Pypianoroll (Dong et al., 2018), except that a note which ends where a beat begins does not fill
    that beat, and that silence after the last note counts, since the images go on.
    """
    total = score.timeline.total_beats
    filled = np.zeros(total, bool)
    for n in score.notes:
        filled[n.start // TICKS_PER_BEAT : -(-(n.start + n.length) // TICKS_PER_BEAT)] = True
    return float(1 - filled.mean()) if total else NAN


def groove_consistency(score: Score) -> float:
    """Return how similar the rhythms of adjacent bars are, [0, 1]; NaN with fewer than two whole bars.

    1 - mean share of sixteenths in which two adjacent bars differ; a sixteenth counts as set if any part starts there.
    Bars after that in which the last image begins do not count: in them the last chord rings.

    References
    ----------
    Grooving similarity of Wu & Yang, ISMIR 2020, of adjacent bars as in MusPy.
    """
    starts, per_bar = score.timeline.start_beats, score.timeline.beats_per_bar
    last = int(starts[-2]) // per_bar if len(starts) > 2 else int(starts[-1]) // per_bar
    bars = onset_counts(score)[: last + 1] > 0
    return float(1 - (bars[:-1] != bars[1:]).mean()) if len(bars) > 1 and bars.any() else NAN


def chord_tone_share(score: Score) -> float:
    """Return the share of notes on strong beats that belong to the chord declared there, [0, 1].

    Strong are the first beat of a bar and the middle of an even bar. NaN where no chord is declared.
    """
    chords, per_bar = spans(score), score.timeline.beats_per_bar
    strong = {0, per_bar // 2} if per_bar % 2 == 0 and per_bar > 2 else {0}
    inside = []
    for n in pitched_notes(score):
        beat, late = divmod(n.start + ONSET_TOLERANCE, TICKS_PER_BEAT)
        tones = tones_at(chords, n.start)
        if late <= 2 * ONSET_TOLERANCE and beat % per_bar in strong and tones:
            inside.append(n.pitch % 12 in tones)
    return _share(inside)


def voice_motion(score: Score) -> float:
    """Return the mean semitones that an inner voice moves from chord to chord, 0 and up.

    Inner parts are all but melody, bass and accents. The voices of a part are the pitches it plays under a chord, each
    moving to one under the next so that the sum of the moves is least. If no part is named so, the voices are the
    pitches sounding as each chord begins, without the lowest and the highest.

    References
    ----------
    Tymoczko, "The geometry of musical chords", Science 2006.
    """
    from scipy.optimize import linear_sum_assignment

    moves: list[int] = []
    for chords in _inner_voices(score):
        for before, after in itertools.pairwise(chords):
            if before and after:
                costs = np.abs(np.subtract.outer(before, after))
                moves += costs[linear_sum_assignment(costs)].tolist()
    return float(np.mean(moves)) if moves else NAN


def _inner_voices(score: Score) -> list[list[list[int]]]:
    """For each inner part the pitches under each chord."""
    chords = spans(score)
    outer = {i for role in ("melody", "bass", "accent") for i in parts_with_role(score, role)}
    if not outer:
        return [[pitches[1:-1] for pitches in _at_chord_starts(pitched_notes(score), chords)]]
    by_part: dict[int, list[Note]] = {i: [] for i in range(len(score.parts)) if i not in outer}
    for n in pitched_notes(score):
        if n.part in by_part:
            by_part[n.part].append(n)
    return [list(pitches_per_span(notes, chords)) for notes in by_part.values()]


def _at_chord_starts(notes: Iterable[Note], chords: Iterable[Span]) -> list[list[int]]:
    return list(sounding_at(notes, (span.start for span in chords)))


def parallels(score: Score, among: Collection[int] | None = None) -> float:
    """Return how many parallel fifths and octaves the outer voices make from chord to chord, 0 and up.

    NaN with fewer than two chords in which two voices sound.

    Parameters
    ----------
    score : Score
    among : collection of int, optional
        The parts that count; None for all, so that an instrument that doubles the bass on top counts.
    """
    notes = [n for n in pitched_notes(score) if among is None or n.part in among]
    chords = _at_chord_starts(notes, spans(score))
    outer = [(pitches[0], pitches[-1]) if len(pitches) > 1 else None for pitches in chords]
    moves = [voice_leading.is_parallel((a[1], b[1]), (a[0], b[0])) for a, b in itertools.pairwise(outer) if a and b]
    return float(sum(moves)) if moves else NAN


def cadence(score: Score) -> float:
    """Return 1 if the score ends with an authentic cadence as it sounds, else 0; NaN without notes, chords or key.

    Under the last chord but one, dominant and leading tone sound over the dominant in the bass. Under the last, only
    the tonic triad (and its ninth) sounds, over the tonic in the bass. The key is that of the last decision, else of
    the score.
    """
    chords, notes = spans(score), pitched_notes(score)
    name = score.decisions[-1].get("key", score.key) if score.decisions else score.key
    if len(chords) < 2 or not notes or not name:
        return NAN
    tonic = key_names.parse_key_name(name.removeprefix("about "))[0]
    dominant, last = ({(p - tonic) % 12 for p in pitches} for pitches in pitches_per_span(notes, chords[-2:]))
    bass = [[(p - tonic) % 12 for p in pitches[:1]] for pitches in _at_chord_starts(notes, chords[-2:])]
    is_triad = {0, 3} <= last <= {0, 2, 3, 7} or {0, 4} <= last <= {0, 2, 4, 7}
    return float(bass == [[7], [0]] and {7, 11} <= dominant and is_triad)


def measure_score(score: Score, sequence: ImageSequence | None = None) -> dict[str, float]:
    """Return every measure by name.

    Parameters
    ----------
    score : Score
    sequence : ImageSequence, optional
        With it also "correlation_<feature>", over phrases, "correlation_<feature>_per_image" and
        "correlation_<feature>_shuffled"; see `feature_correlation`.
    """
    melody_and_bass = {*parts_with_role(score, "melody"), *parts_with_role(score, "bass")}
    found = {
        "scale_consistency": scale_consistency(score),
        "scale_consistency_plain": scale_consistency(score, declared=False),
        "pitch_class_entropy": pitch_class_entropy(score),
        "empty_beat_rate": empty_beat_rate(score),
        "groove_consistency": groove_consistency(score),
        "chord_tone_share": chord_tone_share(score),
        "voice_motion": voice_motion(score),
        "parallels": parallels(score),
        "parallels_melody_bass": parallels(score, melody_and_bass),
        "cadence": cadence(score),
        "structure": structure(score),
        "self_similarity": self_similarity(score),
        "motif_repetition": motif_repetition(score),
    }
    if sequence is not None:
        found |= {f"correlation_{name}": value for name, value in feature_correlation(score, sequence).items()}
    return found


def _share(marks: Iterable[bool]) -> float:
    values = list(marks)
    return sum(values) / len(values) if values else NAN
