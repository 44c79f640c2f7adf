"""Measures of a melody, of any origin: its repetition, its line, its rhythm and its phrases."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np

from .excerpt import LENGTH, PITCH, QUARTER, REST, SIXTEENTH, START, VELOCITY, Excerpt

#: Notes of a motif, and of a rhythm that returns.
MOTIF, RHYTHM = 5, 6
#: The largest step, in semitones; larger intervals are leaps. A large leap is a fifth or more.
STEP, LARGE_LEAP = 2, 7
#: A phrase ends with a rest of an eighth or more, or with a note of a quarter or more that is LONGER times as long as
#: the mean of those around it; it has at least LEAST_PHRASE notes.
LONGER, AROUND, LEAST_PHRASE = 2.0, 4, 5
NAN = float("nan")


def motif_recurrence(excerpt: Excerpt) -> float:
    """Return the share of melody notes in a motif of 5 notes that occurs at least twice, [0, 1].

    A motif is four intervals in scale steps (semitones x 7/12, rounded) with their IOIs, so that a sequence on another
    degree is the same motif.

    References
    ----------
    After the pattern coverage of Meredith, Lemström and Wiggins, "Algorithms for discovering repeated patterns in
    multidimensional representations of polyphonic music", Journal of New Music Research 31, 2002.

    Examples
    --------
    >>> from .excerpt import make_excerpt
    >>> theme = [(0, 1, 60), (1, 1, 62), (2, 0.5, 64), (2.5, 0.5, 62), (3, 1, 60)]
    >>> motif_recurrence(make_excerpt(theme + [(4 + start, *rest) for start, *rest in theme]))
    1.0
    """
    steps = np.round(excerpt.intervals * 7 / 12).astype(int)
    places = defaultdict(list)
    for i in range(len(steps) - MOTIF + 2):
        places[(*steps[i : i + MOTIF - 1], *excerpt.iois[i : i + MOTIF - 1])].append(i)
    covered = np.zeros(len(excerpt.melody), bool)
    for found in places.values():
        for i in found if len(found) > 1 else ():
            covered[i : i + MOTIF] = True
    return float(covered.mean()) if len(places) > 1 or covered.any() else NAN


def contour_recurrence(excerpt: Excerpt) -> float:
    """Return the share of returning rhythms of 6 notes that have a contour of an earlier occurrence, [0, 1].

    A rhythm is five IOIs, a contour five directions (up, down, same). NaN where no rhythm returns.
    """
    seen: defaultdict[tuple[int, ...], set[tuple[int, ...]]] = defaultdict(set)
    directions, kept = np.sign(excerpt.intervals), []
    for i in range(len(directions) - RHYTHM + 2):
        contours = seen[tuple(excerpt.iois[i : i + RHYTHM - 1])]
        contour = tuple(directions[i : i + RHYTHM - 1])
        if contours:
            kept.append(contour in contours)
        contours.add(contour)
    return float(np.mean(kept)) if kept else NAN


def bar_recurrence(excerpt: Excerpt) -> float:
    """Return the share of bars with melody onsets that have the onsets and pitches of an earlier bar, [0, 1]."""
    seen: set[tuple[tuple[int, int], ...]] = set()
    found = []
    for start, end in itertools.pairwise(excerpt.bars):
        here = excerpt.melody[(excerpt.melody[:, START] >= start) & (excerpt.melody[:, START] < end)]
        bar = tuple((int(n[START]) - start, int(n[PITCH])) for n in here)
        if bar:
            found.append(bar in seen)
            seen.add(bar)
    return float(np.mean(found)) if found else NAN


def step_continuation(excerpt: Excerpt) -> float:
    """Return the share of steps before a step that are continued in their direction, [0, 1].

    References
    ----------
    Step inertia: Huron, *Sweet Anticipation*, 2006, ch. 5.

    Examples
    --------
    >>> from .excerpt import make_excerpt
    >>> step_continuation(make_excerpt([(i, 1, pitch) for i, pitch in enumerate((60, 62, 64, 62))]))
    0.5
    """
    first, second = excerpt.intervals[:-1], excerpt.intervals[1:]
    steps = (first != 0) & (second != 0) & (np.abs(first) <= STEP) & (np.abs(second) <= STEP)
    return _mean(np.sign(first[steps]) == np.sign(second[steps]))


def leap_recovery(excerpt: Excerpt) -> float:
    """Return the share of leaps of a fourth or more (5 semitones) that are followed by the other direction, [0, 1]."""
    first, second = excerpt.intervals[:-1], excerpt.intervals[1:]
    leaps = np.abs(first) >= 5
    return _mean(np.sign(first[leaps]) == -np.sign(second[leaps]))


def step_share(excerpt: Excerpt) -> float:
    """Return the share of intervals of the melody that are steps of one or two semitones, [0, 1]."""
    size = np.abs(excerpt.intervals)
    return _mean((size > 0) & (size <= STEP))


def repeated_notes(excerpt: Excerpt) -> float:
    """Return the share of notes with the pitch of the note before, [0, 1]."""
    return _mean(excerpt.intervals == 0)


def mean_interval(excerpt: Excerpt) -> float:
    """Return the mean size of the intervals of the melody in semitones."""
    return _mean(np.abs(excerpt.intervals))


def large_leaps(excerpt: Excerpt) -> float:
    """Return the share of intervals of a fifth (7 semitones) or more, [0, 1]."""
    return _mean(np.abs(excerpt.intervals) >= LARGE_LEAP)


def melody_range(excerpt: Excerpt) -> float:
    """Return the semitones from the lowest to the highest note of the melody."""
    return float(np.ptp(excerpt.melody[:, PITCH])) if len(excerpt.melody) else NAN


def note_rate(excerpt: Excerpt) -> float:
    """Return the onsets of the melody per quarter note."""
    return len(excerpt.melody) / (excerpt.end / QUARTER)


def ioi_entropy(excerpt: Excerpt) -> float:
    """Return the entropy of the IOIs of the melody in bits."""
    counts = np.unique(excerpt.iois, return_counts=True)[1]
    shares = counts / counts.sum() if counts.size else np.ones(1)
    return float(-(shares * np.log2(shares)).sum())


def syncopation(excerpt: Excerpt) -> float:
    """Return the share of melody onsets off the beat that sound over the next beat, [0, 1]."""
    starts, ends = excerpt.melody[:, START], excerpt.melody[:, START] + excerpt.melody[:, LENGTH]
    after = np.searchsorted(excerpt.beats, starts, "right")
    next_beat = excerpt.beats[np.minimum(after, len(excerpt.beats) - 1)]
    return _mean(~np.isin(starts, excerpt.beats) & (ends > next_beat))


def downbeat_onsets(excerpt: Excerpt) -> float:
    """Return the share of whole bars that begin with an onset of the melody, [0, 1]."""
    return _mean(np.isin(excerpt.downbeats, excerpt.melody[:, START]))


def melody_silence(excerpt: Excerpt) -> float:
    """Return the share of the time from the first onset of the melody to the end of its last note in which it rests."""
    if not len(excerpt.melody):
        return NAN
    starts, ends = excerpt.melody[:, START], excerpt.melody[:, START] + excerpt.melody[:, LENGTH]
    gaps = np.maximum(0, starts[1:] - np.maximum.accumulate(ends)[:-1])
    return float(gaps.sum() / max(1, ends.max() - starts[0]))


def short_iois(excerpt: Excerpt) -> float:
    """Return the share of IOIs of the melody of a sixteenth or less, [0, 1]."""
    return _mean(excerpt.iois <= SIXTEENTH)


def triplet_onsets(excerpt: Excerpt) -> float:
    """Return the share of melody onsets on the second or third triplet of a quarter or an eighth, [0, 1]."""
    return _mean(np.isin(excerpt.melody[:, START] % QUARTER, (8, 16, 32, 40)))


def phrase_starts(excerpt: Excerpt) -> list[int]:
    """Return the indices of the melody notes that begin a phrase.

    A phrase ends with a rest of an eighth or more, or with a note of a quarter or more that is twice as long as the
    mean of the four before it and the four after it. Phrases have at least 5 notes: an earlier end does not count.

    References
    ----------
    After the rules of gap and change of Temperley, *The Cognition of Basic Musical Structures*, 2001, ch. 3, and the
    local boundary detection model of Cambouropoulos, ICMC 2001.
    """
    melody, iois = excerpt.melody, excerpt.iois
    starts = [0] if len(melody) else []
    for i, ioi in enumerate(iois):
        near = np.concatenate([iois[max(0, i - AROUND) : i], iois[i + 1 : i + 1 + AROUND]])
        gap = ioi - melody[i, LENGTH]
        is_long = ioi >= QUARTER and near.size > 0 and ioi >= LONGER * near.mean()
        if (gap >= REST or is_long) and i + 1 - starts[-1] >= LEAST_PHRASE and len(melody) - i - 1 >= LEAST_PHRASE:
            starts.append(i + 1)
    return starts


def phrase_pickups(excerpt: Excerpt) -> float:
    """Return the share of phrases that begin with a pickup: not on a downbeat. See `phrase_starts`. [0, 1]."""
    heads = excerpt.melody[phrase_starts(excerpt), START]
    return _mean(~np.isin(heads, excerpt.bars[1:] if len(np.unique(np.diff(excerpt.bars)[:2])) > 1 else excerpt.bars))


def begins_with_pickup(excerpt: Excerpt) -> float:
    """Return 1 if the melody begins before a downbeat: in a short first bar or after its beginning; else 0."""
    return NAN if not len(excerpt.melody) else float(excerpt.melody[0, START] not in excerpt.downbeats)


def velocity_follows_pitch(excerpt: Excerpt) -> float:
    """Return the mean correlation (Pearson) of velocity and pitch of the melody within its phrases, [-1, 1].

    NaN where velocities are unknown, or neither varies in any phrase. See `phrase_starts`.
    """
    edges = [*phrase_starts(excerpt), len(excerpt.melody)]
    found = []
    for a, b in itertools.pairwise(edges):
        pitch, velocity = excerpt.melody[a:b, PITCH], excerpt.melody[a:b, VELOCITY]
        if b - a >= LEAST_PHRASE and np.ptp(pitch) and np.ptp(velocity):
            found.append(float(np.corrcoef(pitch, velocity)[0, 1]))
    return float(np.mean(found)) if found else NAN


def phrase_arch(excerpt: Excerpt) -> float:
    """Return the share of phrases whose middle third is higher in the mean than its first and last third, [0, 1].

    References
    ----------
    Huron, "The melodic arch in Western folksongs", Computing in Musicology 10, 1996.
    """
    edges, found = [*phrase_starts(excerpt), len(excerpt.melody)], []
    for a, b in itertools.pairwise(edges):
        third = (b - a) // 3
        pitch = excerpt.melody[a:b, PITCH]
        if third:
            middle = pitch[third : b - a - third].mean()
            found.append(bool(middle > pitch[:third].mean() and middle > pitch[-third:].mean()))
    return _mean(np.array(found))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else NAN
