"""Expressive performance of a score: uneven velocities and onsets, articulation, the sustain pedal, swells.

All random numbers are hashes of the seed and of a place (part, tick, pitch), never draws of a generator that runs from
note to note: when one image changes, the music of all others is played as before. The ranges are those that listeners
perceive as expression rather than as mistakes [1]_.

References
----------
.. [1] Friberg, Bresin and Sundberg, "Overview of the KTH rule system for musical performance", Advances in Cognitive
   Psychology 2, 2006.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..core import TICKS_PER_BEAT, Note, Score, Timeline
from .agogics import breathed, delays
from .analysis.measures import spans
from .performed_controls import controls_of

#: Largest change of a velocity, and of an onset in ms.
MAX_VELOCITY_CHANGE = 4
MAX_ONSET_MS = 10.0
#: Amplitudes of what velocities are made of; their sum is at most half of MAX_VELOCITY_CHANGE, since the mean is
#: subtracted afterwards.
DRIFT, NOISE, METRE = 0.8, 0.6, 0.6
#: Amplitudes of what onsets are made of, in ms: slow drift, noise of melodic parts, noise of drums.
DRIFT_MS, NOISE_MS, DRUM_NOISE_MS = 4.0, 4.0, 3.0
#: How much of that stressed notes of a melody have, which are late.
STRESSED = 0.3
#: Beats from one point of a drift to the next.
DRIFT_BEATS = 4
#: General MIDI programs of basses, bowed strings, brass, reeds, pipes and leads: their notes can be tied or separated.
LINES = frozenset({*range(32, 45), *range(56, 88)})
#: Connected notes: intervals up to STEP semitones are tied; from LEAP they are separated by GAP of the note, at most
#: GAP_S seconds.
STEP, LEAP, GAP, GAP_S = 2, 5, 0.12, 0.045
#: Notes are connected when at most this share of the time between their onsets is a rest.
CONNECTED = 0.06


@dataclass(frozen=True)
class _Grid:
    """The timeline, the score's beat in ticks, the first tick of each image and the end, and the seed."""

    timeline: Timeline
    beat: float
    starts: list[int]
    seed: int

    def ms(self, tick: int) -> float:
        """Ticks of a millisecond at a tick."""
        return TICKS_PER_BEAT / (1000 * self.timeline.beat_seconds_at(tick))

    def image(self, tick: int) -> int:
        return min(max(bisect_right(self.starts, tick) - 1, 0), len(self.starts) - 2)


def perform(score: Score, seed: int) -> Score:
    """Return `score` as players perform it; chords, cuts and dynamics stay as composed.

    Velocities change by at most 4, and not at all in the mean of an image. Onsets move by at most 10 ms, stressed
    ones of the melody up to 16 ms more (see `agogics`); those on a cut, and drums on a beat, stay. Steps of melodic
    lines are tied and leaps separated. Pedal, swells and the diminuendo of the last chord are controllers 64 and
    11; see `performed_controls`.

    Parameters
    ----------
    score : Score
        A composed score.
    seed : int
        Seed of the hashes. The same seed gives the same result.

    Returns
    -------
    Score
        With changed notes and additional controls.
    """
    if not score.notes:
        return score
    beat = TICKS_PER_BEAT * score.timeline.tempo_bpm / score.bpm
    grid = _Grid(score.timeline, beat, score.timeline.start_ticks.tolist(), seed)
    notes = breathed([*_with_articulation(_with_velocities(score, grid), score, grid)], score)
    chords = spans(score)
    controls = [*score.controls, *controls_of(score, chords, grid.beat)]
    return replace(
        score,
        notes=tuple(sorted(_with_onsets(notes, score, grid), key=lambda n: (n.start, n.part, n.pitch))),
        controls=tuple(sorted(controls, key=lambda c: (c.tick, c.part, c.controller))),
    )


def _uniform(*place: int | str) -> float:
    """A number in [-1, 1) that depends on the place only."""
    digest = hashlib.blake2b(repr(place).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**47 - 1.0


def _drift(at: float, step: float, *place: int | str) -> float:
    """A slow curve in [-1, 1]: a random value every `step` ticks, cosine interpolation between them."""
    k, between = divmod(at / step, 1.0)
    mix = 0.5 - 0.5 * math.cos(math.pi * between)
    return (1 - mix) * _uniform(*place, int(k)) + mix * _uniform(*place, int(k) + 1)


def _triangular(*place: int | str) -> float:
    """As `_uniform`, with a triangular distribution."""
    return 0.5 * (_uniform(*place, 0) + _uniform(*place, 1))


def _with_velocities(score: Score, grid: _Grid) -> list[Note]:
    """The notes with changed velocities; the sum over the melodic notes of each image, and over its drums, is kept."""
    by_image: dict[tuple[int, bool], list[Note]] = defaultdict(list)
    for note in sorted(score.notes, key=lambda n: (n.start, n.part, n.pitch, n.length)):
        by_image[grid.image(note.start), score.parts[note.part].drums].append(note)
    changed: list[Note] = []
    for notes in by_image.values():
        free = [n for n in notes if MAX_VELOCITY_CHANGE < n.velocity < 128 - MAX_VELOCITY_CHANGE]
        changed += [n for n in notes if not MAX_VELOCITY_CHANGE < n.velocity < 128 - MAX_VELOCITY_CHANGE]
        offsets = _zero_sum([_velocity_offset(n, grid, score.timeline.beats_per_bar) for n in free])
        changed += [replace(n, velocity=n.velocity + offset) for n, offset in zip(free, offsets, strict=True)]
    return changed


def _velocity_offset(note: Note, grid: _Grid, beats_per_bar: int) -> float:
    """The change of a velocity in [-2, 2]: slow drift, noise, and metrical accent."""
    place = note.start / grid.beat
    accent = -1.0 if abs(place - round(place)) > 0.02 else 1.0 if round(place) % beats_per_bar == 0 else 0.2
    drift = _drift(note.start, DRIFT_BEATS * grid.beat, grid.seed, "mood", note.part)
    noise = _uniform(grid.seed, "touch", note.start, note.part, note.pitch)
    return DRIFT * drift + NOISE * noise + METRE * accent


def _zero_sum(offsets: Sequence[float]) -> list[int]:
    """The offsets less their mean, rounded to a sum of exactly 0: the largest remainders are rounded up."""
    if not offsets:
        return []
    mean = sum(offsets) / len(offsets)
    whole = [math.floor(each - mean) for each in offsets]
    by_remainder = sorted(range(len(offsets)), key=lambda i: (whole[i] - (offsets[i] - mean), i))
    for i in by_remainder[: -sum(whole)]:
        whole[i] += 1
    return whole


def _with_articulation(notes: Iterable[Note], score: Score, grid: _Grid) -> Iterator[Note]:
    """The notes of lines with steps tied to the next note and leaps separated from it; all others as they are."""
    onsets: dict[int, dict[int, list[Note]]] = defaultdict(lambda: defaultdict(list))
    for note in (listed := list(notes)):
        onsets[note.part][note.start].append(note)
    order = {part: sorted(starts) for part, starts in onsets.items()}
    for note in listed:
        part, place = score.parts[note.part], bisect_right(order[note.part], note.start)
        if part.drums or part.program not in LINES or place == len(order[note.part]):
            yield note
        else:
            yield _articulated(note, onsets[note.part], order[note.part][place], grid.ms(note.start))


def _articulated(note: Note, onsets: Mapping[int, Sequence[Note]], next_start: int, ms: float) -> Note:
    following = onsets[next_start]
    single = len(following) == len(onsets[note.start]) == 1
    gap = following[0].start - note.start - note.length
    if not single or not 0 <= gap <= CONNECTED * (note.length + gap):
        return note
    interval = abs(following[0].pitch - note.pitch)
    if 0 < interval <= STEP:
        return replace(note, length=note.length + gap)
    if interval >= LEAP:
        separation = min(GAP * note.length, GAP_S * 1000 * ms)
        return replace(note, length=max(1, min(note.length, round(note.length + gap - separation))))
    return note


def _with_onsets(notes: Iterable[Note], score: Score, grid: _Grid) -> Iterator[Note]:
    """The notes a little early or late, within their images; their ends stay."""
    cuts, late = set(grid.starts), delays(score)
    for note in notes:
        place = note.start / grid.beat
        drums, on_beat = score.parts[note.part].drums, abs(place - round(place)) < 1e-3
        if note.start in cuts or (drums and on_beat):
            yield note
            continue
        image = grid.image(note.start)
        delay = late.get((note.part, note.start, note.pitch), 0.0)
        ms = _onset_offset_ms(note, drums, grid) * (STRESSED if delay else 1.0) + delay
        moved = note.start + math.trunc(ms * grid.ms(note.start))
        start = max(grid.starts[image] + 1, min(grid.starts[image + 1] - 1, moved))
        yield replace(note, start=start, length=max(1, note.start + note.length - start))


def _onset_offset_ms(note: Note, drums: bool, grid: _Grid) -> float:
    noise = _triangular(grid.seed, "finger", note.start, note.part, note.pitch)
    drift = 0.0
    if not drums:
        drift = DRIFT_MS * _drift(note.start, DRIFT_BEATS * grid.beat / 2, grid.seed, "lean", note.part)
    return max(-MAX_ONSET_MS, min(MAX_ONSET_MS, drift + (DRUM_NOISE_MS if drums else NOISE_MS) * noise))
