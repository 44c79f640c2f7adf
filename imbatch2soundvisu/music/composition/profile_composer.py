"""The composer of `ClusterProfile`: a random walk for a melody, its harmony, and up to four layers."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...core import FrameRate, ImageSequence, Note, Part, Score, Timeline, Timing, tempo_text
from .. import theory, voice_leading
from . import free_tempo
from .cluster_parameters import ClusterParameters, cluster_parameters
from .free_tempo import Clock

#: The parts in the order in which they join.
LAYERS = (
    Part("Melody: piano", 0, 110, 64, 40),
    Part("Harmony: strings", 48, 80, 48, 56),
    Part("Bass: acoustic bass", 32, 104, 64, 20),
    Part("Pad: new age", 88, 80, 80, 64),
)
#: Scale degrees (from 0) of the chords: I, IV, V, VI.
ROOTS = (0, 3, 4, 5)
#: Scale steps of the melody.
STEPS = (-2, -1, 1, 2)
BEATS_PER_BAR = 4
FADE_S = 0.5
#: Notes per beat below which the summary says that the density is near its minimum, 0.3.
SPARSE = 0.35


def profile_timeline(sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
    """Return the timeline on which images last exactly as long as asked, in seconds or in beats of the music."""
    if timing.beats_per_image and timing.seconds_per_image is None and timing.total_seconds is None:
        seconds = timing.beats_per_image * 60 / cluster_parameters(sequence).tempo_bpm
        timing = Timing(seconds, weights=timing.weights)
    return replace(free_tempo.exact_timeline(len(sequence), fps, timing), beats_per_bar=BEATS_PER_BAR)


def compose_profile(sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
    """Return the score of the cluster that a sequence shows."""
    cluster = cluster_parameters(sequence)
    clock = Clock(timeline, cluster.tempo_bpm, BEATS_PER_BAR)
    tones = random_walk(cluster, clock.beats, rng)
    chords = harmonize(cluster, tones, clock.beats)
    parts = LAYERS[: cluster.layers]
    return Score(
        timeline,
        parts,
        _notes(cluster, clock, tones, chords),
        cluster.key.name,
        "ClusterProfile",
        _summary(cluster),
        tuple(_decision(i, cluster, clock, tones, chords) for i in range(len(sequence))),
        free_tempo.fades(range(len(parts)), timeline, FADE_S),
        tempo_bpm=cluster.tempo_bpm,
    )


@dataclass(frozen=True, slots=True)
class Tone:
    """A note of the melody: MIDI pitch, start and length in beats of the music."""

    pitch: int
    beat: float
    length: float


def random_walk(cluster: ClusterParameters, beats: float, rng: np.random.Generator) -> list[Tone]:
    """Return a melody of `beats` beats: a random walk on the cluster's scale, reflected at its ends."""
    scale, index, beat = cluster.scale_pitches, 0, 0.0
    tones: list[Tone] = []
    usual = 2 - 1.5 * min(1.0, max(0.0, (cluster.density - 0.3) / 0.5))
    while beat < beats - 0.25 or not tones:
        length = min(2.0, max(0.5, usual * (0.75 + 0.5 * float(rng.random()))))
        tones.append(Tone(scale[index], beat, min(length, beats - beat)))
        step = STEPS[int(rng.integers(len(STEPS)))]
        index += step if 0 <= index + step < len(scale) else -step
        beat += 1 / cluster.density * (0.8 + 0.4 * float(rng.random()))
    return tones


def harmonize(cluster: ClusterParameters, tones: Sequence[Tone], beats: float) -> list[tuple[int, ...]]:
    """Return the triad of each bar as pitch classes, root first.

    I at both ends, else the triad that contains most of the bar's melody notes; of several, not that of the bar before.
    """
    scale = cluster.key.scale
    triads = [tuple(scale[(root + third) % 7] for third in (0, 2, 4)) for root in ROOTS]
    bars = max(1, math.ceil(beats / BEATS_PER_BAR - 1e-9))
    chords: list[tuple[int, ...]] = []
    for bar in range(bars):
        classes = [tone.pitch % 12 for tone in tones if bar <= tone.beat / BEATS_PER_BAR < bar + 1]
        last = chords[-1] if chords else None
        best = max(triads, key=lambda triad: (sum(each in triad for each in classes), triad != last))
        chords.append(triads[0] if bar in (0, bars - 1) else best)
    return chords


def _notes(
    cluster: ClusterParameters, clock: Clock, tones: Sequence[Tone], chords: Sequence[tuple[int, ...]]
) -> tuple[Note, ...]:
    """The notes of all layers on the ticks of the grid, none past the end."""
    notes = []
    for layer, pitch, beat, length in [
        *((0, t.pitch, t.beat, t.length) for t in tones),
        *_chord_notes(cluster, chords),
    ]:
        start, end = clock.tick(beat), clock.tick(beat + length)
        if layer < cluster.layers and end > start:
            notes.append(Note(layer, pitch, cluster.velocities[layer], start, end - start))
    return tuple(sorted(notes, key=lambda n: (n.start, n.part, n.pitch)))


def _chord_notes(cluster: ClusterParameters, chords: Sequence[tuple[int, ...]]) -> list[tuple[int, int, float, float]]:
    """(layer, pitch, beat, length) of strings, bass and pad."""
    found: list[tuple[int, int, float, float]] = []
    voices: tuple[int, ...] | None = None
    for bar, chord in enumerate(chords):
        at = bar * BEATS_PER_BAR
        voices = voice_leading.voicing(chord, voices, cluster.tonic)
        root = cluster.tonic + (chord[0] - cluster.tonic) % 12
        found += [(1, pitch, at, BEATS_PER_BAR) for pitch in voices]
        found += [(2, root - 24, at, BEATS_PER_BAR)]
        if bar % 4 == 0:
            found += [(3, cluster.tonic + step, at, 4 * BEATS_PER_BAR) for step in (-12, -5)]
    return found


def _decision(
    i: int, cluster: ClusterParameters, clock: Clock, tones: Sequence[Tone], chords: Sequence[tuple[int, ...]]
) -> dict[str, Any]:
    """Why the music of image `i` is as it is, as plain values."""
    start, end = (int(tick) for tick in clock.timeline.start_ticks[i : i + 2])
    first, last = clock.beat(start), clock.beat(end)
    bar, beat = clock.bar_and_beat(start)
    onsets = [tone.beat for tone in tones]
    here = tones[bisect.bisect_left(onsets, first - 1e-6) : bisect.bisect_left(onsets, last - 1e-6)]
    found: dict[str, Any] = {"position": i + 1, "bar": bar, "beat": beat, "music_beat": round(first, 3)}
    if cluster.layers > 1:
        found["chord"] = chord_name(chords[min(bar, len(chords)) - 1], cluster.key)
    found["melody"] = [theory.note_name(tone.pitch, cluster.key) for tone in here]
    return found | parameters(cluster) | {"why": _why(cluster)}


def chord_name(triad: Sequence[int], key: theory.Key) -> str:
    """Return the name of a triad given as pitch classes.

    Examples
    --------
    >>> chord_name((2, 5, 9), theory.Key(0, theory.MAJOR))
    'Dm'
    """
    return theory.spell(triad[0], key) + ("m" if (triad[1] - triad[0]) % 12 == 3 else "")


def parameters(cluster: ClusterParameters) -> dict[str, Any]:
    """Return the numbers of the cluster and the musical parameters as plain values."""
    return {
        "size": cluster.size,
        "variance": round(cluster.variance, 6),
        "brightness": round(cluster.brightness, 4),
        "saturation": round(cluster.saturation, 4),
        "tempo_bpm": round(cluster.tempo_bpm, 2),
        "key": cluster.key.name,
        "layers": cluster.layers,
        "density": round(cluster.density, 4),
        "range_semitones": round(cluster.span, 2),
        "velocities": list(cluster.velocities),
    }


def _why(cluster: ClusterParameters) -> str:
    above = "above" if cluster.key.mode == theory.MAJOR else "not above"
    layers = f"{cluster.layers} layer{'s' if cluster.layers > 1 else ''}"
    found = [
        f"brightness {cluster.brightness:.3f} is {above} 0.5: {cluster.key.name}",
        f"saturation {cluster.saturation:.3f}: {tempo_text(cluster.tempo_bpm)} bpm",
        f"{cluster.size} images: {layers}",
        f"variance {cluster.variance:.5f}: {cluster.density:.3f} notes per beat in {cluster.span:.1f} semitones",
    ]
    return "; ".join([*found, *cluster.notes])


def _summary(cluster: ClusterParameters) -> str:
    sparse = (
        "; the density is near its minimum, 0.3, since variances of unit vectors are small: ClusterTheme scales them"
    )
    why = _why(cluster) + (sparse if cluster.density < SPARSE else "")
    players = ", ".join(part.name.partition(": ")[2] for part in LAYERS[: cluster.layers])
    return f"{cluster.key.name}, {tempo_text(cluster.tempo_bpm)} bpm, for {players}; {why}."
