"""A score as people play it: uneven loudness and time, slurs and breaths, the sustain pedal, swells in long chords.

All chance is a hash of the seed and of the place (part, tick, pitch), never a generator that goes from note to note,
so a piece in which one image changes is played the same everywhere else. The ranges are those that listeners take
for expression rather than for mistakes: Friberg, Bresin & Sundberg, "Overview of the KTH rule system for musical
performance", Advances in Cognitive Psychology 2, 2006.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..core import EXPRESSION, SUSTAIN, TICKS_PER_BEAT, Control, Note, Score
from .analysis.measures import Span, spans

#: The farthest a velocity moves, and the farthest an onset does.
MOST_VELOCITY = 4
MOST_MS = 10.0
#: What velocities are made of; the sum is at most half of MOST_VELOCITY, since the mean is taken out afterwards.
DRIFT, NOISE, METRE = 0.8, 0.6, 0.6
#: What onsets are made of, in ms: how a player leans, and each finger.
LEAN_MS, FINGER_MS, STICK_MS = 4.0, 4.0, 3.0
#: Beats from one point of a drift to the next.
DRIFT_BEATS = 4
#: The pedal goes down so long after a new chord, and stays up in spans too short for it.
PEDAL_AFTER_S, PEDAL_LEAST_S = 0.06, 0.35
#: Long chords swell from SOFT by SWELL and back, in spans from so many seconds on.
SOFT, SWELL, SWELL_LEAST_S = 108, 16, 1.2
#: General MIDI programs: pianos, electric pianos, vibraphone and harp have (or need) a pedal; strings, voices and pads
#: swell; basses, bowed strings, brass, reeds, pipes and leads play lines whose notes can be tied or set apart.
PEDALLED = frozenset({0, 1, 2, 3, 4, 5, 11, 46})
SWELLING = frozenset({44, *range(48, 55), *range(88, 96)})
LINES = frozenset({*range(32, 45), *range(56, 88)})
#: Parts by how their names begin that are never pedalled, for they move through tones outside the chord.
UNPEDALLED = ("melody", "bass", "accent")
#: Of connected notes: steps are tied, leaps set apart by a share of the note, at most so long.
STEP, LEAP, APART, APART_S = 2, 5, 0.12, 0.045
#: Notes are connected when no more than this share of the time between them is a rest.
CONNECTED = 0.06


def perform(score: Score, seed: int) -> Score:
    """`score` with the liberties of players; its chords, cuts and dynamics stay what was written.

    Velocities move by at most 4, and not at all in the mean of an image. Onsets move by at most 10 ms; those on a cut
    and drums on a beat stay where they are. Tied and parted notes change their lengths. Chord parts of pianos, harps
    and vibraphones get the pedal (controller 64) from just after each chord until the next, where all they play are
    tones of that chord; long chords of strings, voices and pads swell (controller 11). Same seed, same result.
    """
    if not score.notes:
        return score
    beat = TICKS_PER_BEAT * score.timeline.tempo_bpm / score.bpm
    ms = TICKS_PER_BEAT * score.timeline.tempo_bpm / 60_000
    notes = _phrased(_shaded(score, seed, beat), score, ms)
    chords = spans(score)
    controls = [*score.controls, *_pedals(score, chords, ms), *_swells(score, chords, beat, ms)]
    return replace(
        score,
        notes=tuple(sorted(_moved(notes, score, seed, beat, ms), key=lambda n: (n.start, n.part, n.pitch))),
        controls=tuple(sorted(controls, key=lambda c: (c.tick, c.part, c.controller))),
    )


def _chance(*place: int | str) -> float:
    """A number in [-1, 1) that belongs to a place and to nothing else."""
    digest = hashlib.blake2b(repr(place).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**47 - 1.0


def _drift(at: float, step: float, *place: int | str) -> float:
    """A slow curve in [-1, 1]: chance every `step` ticks, and smoothly from one to the next."""
    k, between = divmod(at / step, 1.0)
    mix = 0.5 - 0.5 * math.cos(math.pi * between)
    return (1 - mix) * _chance(*place, int(k)) + mix * _chance(*place, int(k) + 1)


def _triangular(*place: int | str) -> float:
    """As `_chance`, mostly small."""
    return 0.5 * (_chance(*place, 0) + _chance(*place, 1))


def _image(starts: Sequence[int], tick: int) -> int:
    return min(max(bisect_right(starts, tick) - 1, 0), len(starts) - 2)


def _shaded(score: Score, seed: int, beat: float) -> list[Note]:
    """The notes in time with the velocities of players; the sum of each image's pitched notes, and drums, is kept."""
    starts = score.timeline.start_ticks.tolist()
    groups: dict[tuple[int, bool], list[Note]] = defaultdict(list)
    for note in sorted(score.notes, key=lambda n: (n.start, n.part, n.pitch, n.length)):
        groups[_image(starts, note.start), score.parts[note.part].drums].append(note)
    shaded: list[Note] = []
    for group in groups.values():
        free = [n for n in group if MOST_VELOCITY < n.velocity < 128 - MOST_VELOCITY]
        shaded += [n for n in group if not MOST_VELOCITY < n.velocity < 128 - MOST_VELOCITY]
        wishes = [_wish(n, seed, beat, score.timeline.beats_per_bar) for n in free]
        shaded += [replace(n, velocity=n.velocity + d) for n, d in zip(free, _balanced(wishes), strict=True)]
    return shaded


def _wish(note: Note, seed: int, beat: float, beats_per_bar: int) -> float:
    """How much louder a player would like to be, in [-2, 2]: by mood, by hand, and by the place in the bar."""
    place = note.start / beat
    weight = -1.0 if abs(place - round(place)) > 0.02 else 1.0 if round(place) % beats_per_bar == 0 else 0.2
    mood = _drift(note.start, DRIFT_BEATS * beat, seed, "mood", note.part)
    return DRIFT * mood + NOISE * _chance(seed, "touch", note.start, note.part, note.pitch) + METRE * weight


def _balanced(wishes: Sequence[float]) -> list[int]:
    """Whole numbers near the wishes less their mean, with a sum of exactly 0: the largest remainders are rounded up."""
    if not wishes:
        return []
    mean = sum(wishes) / len(wishes)
    whole = [math.floor(w - mean) for w in wishes]
    rest = sorted(range(len(wishes)), key=lambda i: (whole[i] - (wishes[i] - mean), i))
    for i in rest[: -sum(whole)]:
        whole[i] += 1
    return whole


def _phrased(notes: Iterable[Note], score: Score, ms: float) -> Iterator[Note]:
    """Steps of a line tied to the next note, leaps set apart from it; all else as written."""
    onsets: dict[int, dict[int, list[Note]]] = defaultdict(lambda: defaultdict(list))
    for note in (listed := list(notes)):
        onsets[note.part][note.start].append(note)
    order = {part: sorted(places) for part, places in onsets.items()}
    for note in listed:
        part, place = score.parts[note.part], bisect_right(order[note.part], note.start)
        if part.drums or part.program not in LINES or place == len(order[note.part]):
            yield note
            continue
        following = onsets[note.part][order[note.part][place]]
        alone = len(following) == len(onsets[note.part][note.start]) == 1
        gap = following[0].start - note.start - note.length
        if not alone or not 0 <= gap <= CONNECTED * (note.length + gap):
            yield note
            continue
        move = abs(following[0].pitch - note.pitch)
        if 0 < move <= STEP:
            yield replace(note, length=note.length + gap)
        elif move >= LEAP:
            apart = min(APART * note.length, APART_S * 1000 * ms)
            yield replace(note, length=max(1, min(note.length, round(note.length + gap - apart))))
        else:
            yield note


def _moved(notes: Iterable[Note], score: Score, seed: int, beat: float, ms: float) -> Iterator[Note]:
    """The notes a little early or late, within their images; their ends stay."""
    starts = score.timeline.start_ticks.tolist()
    cuts = set(starts)
    for note in notes:
        place = note.start / beat
        drums, on_beat = score.parts[note.part].drums, abs(place - round(place)) < 1e-3
        if note.start in cuts or (drums and on_beat):
            yield note
            continue
        finger = _triangular(seed, "finger", note.start, note.part, note.pitch)
        lean = 0.0 if drums else LEAN_MS * _drift(note.start, DRIFT_BEATS * beat / 2, seed, "lean", note.part)
        by = max(-MOST_MS, min(MOST_MS, lean + (STICK_MS if drums else FINGER_MS) * finger))
        image = _image(starts, note.start)
        start = max(starts[image] + 1, min(starts[image + 1] - 1, note.start + math.trunc(by * ms)))
        yield replace(note, start=start, length=max(1, note.start + note.length - start))


def _pedals(score: Score, chords: Sequence[Span], ms: float) -> Iterator[Control]:
    """Down just after each chord of a pedalled part, up at the next; only where nothing foreign to it is struck."""
    for index, part in enumerate(score.parts):
        if part.drums or part.program not in PEDALLED or part.name.lower().startswith(UNPEDALLED):
            continue
        played = sorted((n for n in score.notes if n.part == index), key=lambda n: n.start)
        starts, there = [n.start for n in played], 0
        heard: list[Note] = []
        for span in chords:
            down, before = span.start + round(PEDAL_AFTER_S * 1000 * ms), there
            there = bisect_left(starts, span.end)
            heard = [n for n in (*heard, *played[before:there]) if n.start + n.length > down - 1]
            fits = span.tones is not None and all(n.pitch % 12 in span.tones for n in heard)
            if fits and heard and span.end - span.start >= PEDAL_LEAST_S * 1000 * ms:
                yield Control(index, SUSTAIN, 127, down)
                yield Control(index, SUSTAIN, 0, span.end)


def _swells(score: Score, chords: Sequence[Span], beat: float, ms: float) -> Iterator[Control]:
    """An arch of expression over each long chord of strings, voices and pads; it starts and ends at the same height."""
    for index, part in enumerate(score.parts):
        if part.drums or part.program not in SWELLING or not any(n.part == index for n in score.notes):
            continue
        yield Control(index, EXPRESSION, SOFT, 0)
        for span in chords:
            length = span.end - span.start
            steps = max(2, round(2 * length / beat))
            if length < SWELL_LEAST_S * 1000 * ms:
                continue
            for k in range(1, steps + 1):
                height = SOFT + round(SWELL * math.sin(math.pi * k / steps))
                yield Control(index, EXPRESSION, height, span.start + k * length // steps)
