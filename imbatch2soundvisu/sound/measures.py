"""Measures of a score as plain numbers: harmony, rhythm, voices, form, and how well it follows the pictures.

All are pure functions of the score (and its sequence); NaN where a measure is not defined, as for silence. Chords are
those the score declares: `decisions[i]["chords"]`, names that share picture i's beats evenly, or `["chord"]`.
Parts are told apart by how their names begin ("Melody: flute", "Bass", "Accents"); drums are left out of everything
that has to do with pitch.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

from ..records import TICKS_PER_BEAT, ImageSequence, Note, Score
from . import theory

#: Ticks by which a note may miss its beat and still belong to it: 20 ms at 120 beats a minute.
SLACK = TICKS_PER_BEAT // 24
SIXTEENTH = TICKS_PER_BEAT // 4
#: Intervals of the melody in one pattern (four notes), and bars in one passage.
PATTERN, PASSAGE = 3, 2
SHUFFLES = 100
#: What each feature of a picture is compared with in the music of its span.
COUNTERPARTS = {"luminance": "pitch", "saturation": "velocity", "edge_density": "density"}
#: What it is for the parameters of a score that names what it follows.
PARAMETERS = {"register": "pitch", "dynamics": "velocity", "density": "density"}
NAN = float("nan")

_CHORD = re.compile(r"([A-G])(#+|b+|)([^/]*)(?:/.*)?")
_DIATONIC = tuple(frozenset(theory.Key(tonic, theory.MAJOR).scale) for tonic in range(12))


@dataclass(frozen=True, slots=True)
class Span:
    """Ticks `start` to `end` (excluded) under one chord. tones : its pitch classes, None where none is declared."""

    start: int
    end: int
    tones: frozenset[int] | None = None


def spans(score: Score) -> tuple[Span, ...]:
    """The declared chords in time, neighbours of the same tones joined; one span a picture where none is declared."""
    found: list[Span] = []
    starts = score.timeline.start_beats.tolist()
    for i, (beat, beats) in enumerate(zip(starts[:-1], score.timeline.beats, strict=True)):
        decision = score.decisions[i] if i < len(score.decisions) else {}
        names = decision.get("chords") or [decision.get("chord")]
        edges = [(beat + k * beats // len(names)) * TICKS_PER_BEAT for k in range(len(names) + 1)]
        for name, a, b in zip(names, edges[:-1], edges[1:], strict=True):
            tones = chord_tones(name) if isinstance(name, str) else None
            if found and tones is not None and found[-1].tones == tones:
                found[-1] = Span(found[-1].start, b, tones)
            else:
                found.append(Span(a, b, tones))
    return tuple(found)


def chord_tones(name: str) -> frozenset[int] | None:
    """The pitch classes of a chord's name, None for one that is not understood.

    >>> sorted(chord_tones("Bbm7"))
    [1, 5, 8, 10]
    """
    match = _CHORD.fullmatch(name)
    if not match or match[3] not in theory.QUALITIES:
        return None
    root = "C.D.EF.G.A.B".index(match[1]) + match[2].count("#") - match[2].count("b")
    return frozenset((root + step) % 12 for step in theory.QUALITIES[match[3]])


def scale_consistency(score: Score, declared: bool = True) -> float:
    """Share of notes in the one diatonic scale that holds most of them, [0, 1].

    max over 12 scales of |notes in it| / |notes|: Mogren, "C-RNN-GAN", 2016, as in MusPy (a natural minor is its
    relative major). declared : count the tones of the chord declared where a note starts as in, whatever the scale.
    """
    notes, chords = _pitched(score), spans(score) if declared else ()
    tones = [_tones_at(chords, n.start) for n in notes]
    return max(
        _share(n.pitch % 12 in (scale | own) for n, own in zip(notes, tones, strict=True)) for scale in _DIATONIC
    )


def pitch_class_entropy(score: Score) -> float:
    """Entropy of the pitch classes of all notes, bits, [0, log2 12 = 3.585].

    -sum p log2 p, p the share of notes of each class: Wu & Yang, "The Jazz Transformer on the Front Line", ISMIR 2020.
    """
    counts = Counter(n.pitch % 12 for n in _pitched(score))
    total = counts.total()
    return sum(c / total * math.log2(total / c) for c in counts.values()) if total else NAN


def empty_beat_rate(score: Score) -> float:
    """Share of the timeline's beats in which no note, drums among them, starts or sounds, [0, 1]; 1 for silence.

    As in MusPy and Pypianoroll (Dong et al., 2018), but for the edges: a note that ends as a beat begins does not
    fill that beat, and silence after the last note counts, since the pictures go on.
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
    bars = _onsets(score) > 0
    return float(1 - (bars[:-1] != bars[1:]).mean()) if len(bars) > 1 and bars.any() else NAN


def chord_tone_share(score: Score) -> float:
    """Share of the notes that start on strong beats (the first of a bar, the middle of an even one) and belong to the
    chord declared there, [0, 1]. NaN where no chord is declared."""
    chords, per_bar = spans(score), score.timeline.beats_per_bar
    strong = {0, per_bar // 2} if per_bar % 2 == 0 and per_bar > 2 else {0}
    inside = []
    for n in _pitched(score):
        beat, late = divmod(n.start + SLACK, TICKS_PER_BEAT)
        tones = _tones_at(chords, n.start)
        if late <= 2 * SLACK and beat % per_bar in strong and tones:
            inside.append(n.pitch % 12 in tones)
    return _share(inside)


def voice_motion(score: Score) -> float:
    """Mean semitones that an inner voice moves from chord to chord, 0 and up.

    An inner part is any but melody, bass and accents; its voices are the pitches it plays under a chord, each moving
    to one under the next so that they move least in all (Tymoczko, "The geometry of musical chords", Science 2006).
    Where no part is named so, the pitches sounding as each chord begins, without the lowest and the highest.
    """
    outer = {i for role in ("melody", "bass", "accent") for i in _parts(score, role)}
    if outer:
        voices = [[n for n in _pitched(score) if n.part == i] for i in range(len(score.parts)) if i not in outer]
        moments = [[_under(notes, span) for span in spans(score)] for notes in voices]
    else:
        moments = [[_sounding(_pitched(score), span.start)[1:-1] for span in spans(score)]]
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
    notes = [n for n in _pitched(score) if among is None or n.part in among]
    sounding = [_sounding(notes, span.start) for span in spans(score)]
    outer = [(pitches[0], pitches[-1]) if len(pitches) > 1 else None for pitches in sounding]
    moves = [theory.is_parallel((a[1], b[1]), (a[0], b[0])) for a, b in itertools.pairwise(outer) if a and b]
    return float(sum(moves)) if moves else NAN


def cadence(score: Score) -> float:
    """1 where the piece ends with an authentic cadence, as it sounds, else 0; NaN for silence or a single chord.

    Under the last chord but one the dominant and the leading tone sound, over the dominant in the bass; under the
    last nothing but the tonic's triad (and its ninth), over the tonic in the bass. Key: of the last decision, or of
    the score.
    """
    chords, notes = spans(score), _pitched(score)
    if len(chords) < 2 or not notes:
        return NAN
    name = score.decisions[-1].get("key", score.key) if score.decisions else score.key
    tonic = theory.parse_key(name)[0]
    heard = [{(p - tonic) % 12 for p in _under(notes, span)} for span in chords[-2:]]
    bass = [[(p - tonic) % 12 for p in _sounding(notes, span.start)[:1]] for span in chords[-2:]]
    triad = {0, 3} <= heard[1] <= {0, 2, 3, 7} or {0, 4} <= heard[1] <= {0, 2, 4, 7}
    return float(bass == [[7], [0]] and {7, 11} <= heard[0] and triad)


def structure(score: Score, seed: int = 0) -> float:
    """How much more the bars repeat each other in passages than the same bars shuffled do, [-2, 2].

    `self_similarity` less its mean over SHUFFLES seeded orders of the bars: about 0 for bars in any order, above
    where something comes back. NaN with fewer than four whole bars.
    """
    alike = _bar_similarity(score)
    if alike is None:
        return NAN
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(alike)) for _ in range(SHUFFLES)]
    return _passages(alike) - float(np.mean([_passages(alike[np.ix_(order, order)]) for order in orders]))


def self_similarity(score: Score) -> float:
    """Mean over all passages of two bars of the likeness of the most similar other passage, [-1, 1].

    Bars are chroma (12, by length) and onsets of each sixteenth, each of unit length and less the mean of all bars,
    for what every bar has in common (the key, the pulse) is no form; likeness is the mean cosine of bars in step.
    Self-similarity matrix and its diagonal stripes: Foote, "Visualizing music and audio using self-similarity", ACM
    Multimedia 1999. NaN with fewer than four whole bars.
    """
    alike = _bar_similarity(score)
    return NAN if alike is None else _passages(alike)


def motif_repetition(score: Score) -> float:
    """Share of the melody's patterns (three intervals with their rhythm) that occur at least twice, [0, 1].

    NaN with fewer than two patterns. Intervals are counted in scale steps (seven to the octave), so that a sequence
    on another degree counts as the same pattern.
    """
    counts = _patterns(score)
    return sum(c for c in counts.values() if c > 1) / counts.total() if counts.total() > 1 else NAN


def distance(score_a: Score, score_b: Score) -> float:
    """How different two melodies are, [0, 1]: 1 - cosine of the counts of their patterns; 0 for a transposed copy.

    NaN where either has no pattern (fewer than four notes).
    """
    a, b = _patterns(score_a), _patterns(score_b)
    if not a or not b:
        return NAN
    lengths = math.sqrt(sum(c * c for c in a.values()) * sum(c * c for c in b.values()))
    return max(0.0, 1 - sum(c * b[gram] for gram, c in a.items()) / lengths)


def motif(score: Score, bars: int = 2) -> tuple[tuple[int, int], ...]:
    """The opening of the melody: (scale steps, sixteenths) from each note to the next, of those that start within
    the first `bars` bars. Pieces with the same motif have equal ones."""
    end = bars * score.timeline.beats_per_bar * TICKS_PER_BEAT - SLACK
    return _steps([n for n in melody(score) if n.start < end])


def following(score: Score, sequence: ImageSequence, seed: int = 0) -> dict[str, float]:
    """Spearman's correlation over the pictures of each feature with its counterpart, [-1, 1], and of shuffled ones.

    luminance with the mean pitch of the melody, saturation with the mean velocity of all pitched notes, edge_density
    with pitched notes a beat, each over the notes that start in the picture's span; or other features, where the score
    says that it follows those (`followed`). Keys: the features, and feature + "_shuffled": the mean over SHUFFLES
    seeded orders of the pictures. NaN where a feature is missing, either side is constant, or fewer than three pictures
    are known.
    """
    if len(sequence) != len(score.timeline.beats):
        raise ValueError(f"a score of {len(score.timeline.beats)} pictures for a sequence of {len(sequence)}")
    rng, heard, found = np.random.default_rng(seed), counterparts(score), {}
    for feature, name in followed(score).items():
        column = feature.partition(" ")[0]
        values = np.asarray(
            sequence.table.columns.get(column.removeprefix("-"), np.full(len(sequence), NAN)), np.float64
        ) * (-1 if column.startswith("-") else 1)
        found[feature] = _rank_correlation(values, heard[name])
        orders = [rng.permutation(len(values)) for _ in range(SHUFFLES)]
        found[f"{feature}_shuffled"] = float(np.mean([_rank_correlation(values[o], heard[name]) for o in orders]))
    return found


def followed(score: Score) -> dict[str, str]:
    """{feature: its counterpart} that a score says it follows ("because" of its decisions), else COUNTERPARTS.

    A feature that is followed the other way round has a minus before its name.
    """
    rows = score.decisions[0].get("because", ()) if score.decisions else ()
    told: dict[str, str] = {}
    for row in rows:
        if row["parameter"] in PARAMETERS:
            name = PARAMETERS[row["parameter"]]
            told[row["feature"] if row["feature"] not in told else f"{row['feature']} {name}"] = name
    return told or COUNTERPARTS


def counterparts(score: Score) -> dict[str, np.ndarray]:
    """What `following` compares features with: pitch, velocity, density, each (pictures,), NaN where nothing starts."""
    tune, pitched, pictures = melody(score), _pitched(score), len(score.timeline.beats)

    def counts(notes: Sequence[Note], values: Iterable[int] | None = None) -> np.ndarray:
        starts = np.array([n.start + SLACK for n in notes], np.int64)
        place = np.clip(np.searchsorted(score.timeline.start_ticks, starts, "right") - 1, 0, pictures - 1)
        return np.bincount(place, None if values is None else np.array(list(values), np.float64), pictures)

    with np.errstate(invalid="ignore"):
        return {
            "pitch": counts(tune, (n.pitch for n in tune)) / counts(tune),
            "velocity": counts(pitched, (n.velocity for n in pitched)) / counts(pitched),
            "density": counts(pitched) / np.array(score.timeline.beats),
        }


def measure_score(score: Score, sequence: ImageSequence | None = None) -> dict[str, float]:
    """Every measure by name; with the sequence also `following_<feature>` and `following_<feature>_shuffled`."""
    tune_and_bass = {*_parts(score, "melody"), *_parts(score, "bass")}
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


def melody(score: Score) -> tuple[Note, ...]:
    """The tune in time, one note at a time: the part named so, or the highest note at each onset."""
    named = set(_parts(score, "melody"))
    top: dict[int, Note] = {}
    for n in sorted(_pitched(score), key=lambda n: (n.start, n.pitch)):
        if not named or n.part in named:
            top[n.start] = n
    return tuple(top.values())


def _pitched(score: Score) -> list[Note]:
    return [n for n in score.notes if not score.parts[n.part].drums]


def _parts(score: Score, role: str) -> list[int]:
    """The parts whose names begin with a role, drums never."""
    return [i for i, p in enumerate(score.parts) if not p.drums and p.name.lower().startswith(role)]


def _share(marks: Iterable[bool]) -> float:
    values = list(marks)
    return sum(values) / len(values) if values else NAN


def _tones_at(chords: Iterable[Span], tick: int) -> frozenset[int]:
    here = (span.tones for span in chords if span.start <= tick + SLACK < span.end)
    return next(here, None) or frozenset()


def _sounding(notes: Iterable[Note], tick: int) -> list[int]:
    """The pitches that sound just after a tick, ascending."""
    return sorted({n.pitch for n in notes if n.start <= tick + SLACK < n.start + n.length})


def _under(notes: Iterable[Note], span: Span) -> list[int]:
    """The pitches that start in a span, or are held through half of it, ascending."""
    middle = (span.start + span.end) // 2
    return sorted(
        {n.pitch for n in notes if span.start <= n.start + SLACK < span.end or n.start < middle < n.start + n.length}
    )


def _onsets(score: Score) -> np.ndarray:
    """(whole bars, sixteenths) int64: how many notes start there."""
    per_bar = score.timeline.beats_per_bar * 4
    bars = score.timeline.total_beats // score.timeline.beats_per_bar
    steps = np.array([round(n.start / SIXTEENTH) for n in score.notes], np.intp)
    return np.bincount(steps[steps < bars * per_bar], minlength=bars * per_bar).reshape(bars, per_bar)


def _bar_similarity(score: Score) -> np.ndarray | None:
    """(bars, bars) in [-1, 1]: mean cosine of chroma and of onsets; None with fewer than four bars, or no notes."""
    onsets = _onsets(score).astype(np.float64)
    if len(onsets) < 2 * PASSAGE or not score.notes:
        return None
    bar = score.timeline.beats_per_bar * TICKS_PER_BEAT
    chroma = np.zeros((len(onsets), 12))
    for n in _pitched(score):
        end = min(n.start + n.length, len(onsets) * bar)
        for i in range(n.start // bar, -(-end // bar)):
            chroma[i, n.pitch % 12] += min(end, (i + 1) * bar) - max(n.start, i * bar)
    own = [_unit(_unit(each) - _unit(each).mean(axis=0)) for each in (chroma, onsets)]
    return np.mean([each @ each.T for each in own], axis=0)


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of unit length; those of none, or of rounding errors, are 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, rows / np.maximum(lengths, 1e-9), 0.0)


def _passages(alike: np.ndarray) -> float:
    count = len(alike) - PASSAGE + 1
    stripes = np.mean([alike[k : k + count, k : k + count] for k in range(PASSAGE)], axis=0)
    place = np.arange(count)
    stripes[np.abs(np.subtract.outer(place, place)) < PASSAGE] = -np.inf
    best = stripes.max(axis=1)
    return float(best[np.isfinite(best)].mean())


def _steps(notes: Iterable[Note]) -> tuple[tuple[int, int], ...]:
    """(scale steps up or down, sixteenths) from each note to the next."""
    return tuple(
        (round((b.pitch - a.pitch) * 7 / 12), round((b.start - a.start) / SIXTEENTH))
        for a, b in itertools.pairwise(notes)
    )


def _patterns(score: Score) -> Counter[tuple[tuple[int, int], ...]]:
    steps = _steps(melody(score))
    return Counter(steps[i : i + PATTERN] for i in range(len(steps) - PATTERN + 1))


def _rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 3 or np.ptp(a[known]) == 0 or np.ptp(b[known]) == 0:
        return NAN
    return float(np.corrcoef(rankdata(a[known]), rankdata(b[known]))[0, 1])
