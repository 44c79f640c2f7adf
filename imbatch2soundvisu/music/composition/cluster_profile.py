"""Music from four numbers of a cluster, by a fixed table: size, variance, brightness and saturation."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...core import ImageSequence, Note, Part, Score, Timeline, Timing, tempo_text
from .. import theory
from . import own_tempo
from .cluster_parameters import Cluster, read
from .own_tempo import Clock

#: Name, General MIDI program, volume and pan of each layer, in the order in which they join.
LAYERS = (
    Part("Melody: piano", 0, 110, 64, 40),
    Part("Harmony: strings", 48, 80, 48, 56),
    Part("Bass: acoustic bass", 32, 104, 64, 20),
    Part("Pad: new age", 88, 80, 80, 64),
)
#: Scale degrees (from 0) that may carry a chord: I, IV, V, VI.
ROOTS = (0, 3, 4, 5)
STEPS = (-2, -1, 1, 2)
BEATS_PER_BAR = 4
FADE_S = 0.5
#: Notes a beat below which the summary says that they are next to the least there are, 0.3.
SPARSE = 0.35


@dataclass(frozen=True)
class ClusterProfile:
    """Music from a cluster's size, variance, brightness and saturation, by the table of a study of butterflies.

    tempo = 80 + 50 × saturation + 30 × variance; brightness (V of HSV) above 0.5: C major from C4, else natural A minor
    from A3; 1 + min(size // 100, 3) layers of piano, strings, acoustic bass and new age pad, of velocity
    70 + 25 × saturation, 50 + 20 × brightness, 60 and 40; 0.3 + 0.5 × variance / 0.1 notes a beat, in
    12 + 12 × variance / 0.1 semitones. The melody is a random walk on the scale, each note
    1 / density × (0.8 + 0.4 × random) beats after the one before; it lasts 2 beats where it is sparsest, half a beat
    from density 0.8 on, times 0.75 + 0.5 × random, and never less than the one or more than the other. Each bar has the
    chord (I, IV, V or VI) that holds most of the melody's notes in it, but the first and the last have I; its root is
    two octaves lower in the bass, and the pad holds tonic and fifth. Half a second of fade at both ends.

    The formulas count, also where their source says otherwise of its example of 277 images with a variance of
    0.00138: they give 3 layers, not 4, for the pad needs 300 images; 0.307 notes a beat, not 0.35. And tempi stay
    between 80 and about 130: of unit vectors in d dimensions the variance is at most 1 / d, so that it hardly counts.
    `ClusterTheme` makes more of it.

    Numbers are those of the part of a split, all its images counted; without a split those of the sequence. HSV is
    measured when a plan with this style is checked; of a table without it the OKLab features are taken, and it says so.
    The images last exactly as long as asked, since this tempo is not one of whole frames.
    """

    on_any_grid: ClassVar[bool] = True
    most_parts: ClassVar[int] = len(LAYERS)

    def check(self, fps: int, pace: Timing) -> None:
        """Has brightness and saturation by HSV measured in this run."""
        from ...features import hsv

        hsv.register()

    def timeline(self, sequence: ImageSequence, fps: int, pace: Timing) -> Timeline:
        """Images exactly as long as asked; `pace.beats_per_image` are beats of the music, to the frame."""
        if pace.beats_per_image and pace.seconds_per_image is None and pace.total_seconds is None:
            seconds = pace.beats_per_image * 60 / read(sequence).tempo_bpm
            pace = Timing(seconds, weights=pace.weights)
        return replace(own_tempo.timeline(len(sequence), fps, pace), beats_per_bar=BEATS_PER_BAR)

    def state(self, sequence: ImageSequence) -> list[float | str]:
        """The numbers the music is made from."""
        cluster = read(sequence)
        return [cluster.size, cluster.variance, cluster.brightness, cluster.saturation, *cluster.notes]

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """The score: same numbers, timeline and generator state, same notes."""
        cluster = read(sequence)
        clock = Clock(timeline, cluster.tempo_bpm, BEATS_PER_BAR)
        tune = melody(cluster, clock.beats, rng)
        chords = harmony(cluster, tune, clock.beats)
        parts = LAYERS[: cluster.layers]
        return Score(
            timeline,
            parts,
            _played(cluster, clock, tune, chords),
            cluster.key.name,
            "ClusterProfile",
            _summary(cluster),
            tuple(_decision(i, cluster, clock, tune, chords) for i in range(len(sequence))),
            own_tempo.fades(range(len(parts)), timeline, FADE_S),
            tempo_bpm=cluster.tempo_bpm,
        )


@dataclass(frozen=True, slots=True)
class Tone:
    """A note of the melody: pitch, and where it begins and how long it lasts in beats of the music."""

    pitch: int
    beat: float
    length: float


def melody(cluster: Cluster, beats: float, rng: np.random.Generator) -> list[Tone]:
    """A random walk on the cluster's ladder of pitches, turned back at its ends, for so many beats."""
    ladder, place, beat = cluster.ladder, 0, 0.0
    tones: list[Tone] = []
    usual = 2 - 1.5 * min(1.0, max(0.0, (cluster.density - 0.3) / 0.5))
    while beat < beats - 0.25 or not tones:
        length = min(2.0, max(0.5, usual * (0.75 + 0.5 * float(rng.random()))))
        tones.append(Tone(ladder[place], beat, min(length, beats - beat)))
        step = STEPS[int(rng.integers(len(STEPS)))]
        place += step if 0 <= place + step < len(ladder) else -step
        beat += 1 / cluster.density * (0.8 + 0.4 * float(rng.random()))
    return tones


def harmony(cluster: Cluster, tune: Sequence[Tone], beats: float) -> list[tuple[int, ...]]:
    """The chord of each bar as pitch classes, its root first: I at both ends, else what holds most of the melody.

    Of chords that hold as much the one that was not there before is taken.
    """
    scale = cluster.key.scale
    triads = [tuple(scale[(root + third) % 7] for third in (0, 2, 4)) for root in ROOTS]
    bars = max(1, math.ceil(beats / BEATS_PER_BAR - 1e-9))
    chords: list[tuple[int, ...]] = []
    for bar in range(bars):
        heard = [tone.pitch % 12 for tone in tune if bar <= tone.beat / BEATS_PER_BAR < bar + 1]
        last = chords[-1] if chords else None
        best = max(triads, key=lambda triad: (sum(each in triad for each in heard), triad != last))
        chords.append(triads[0] if bar in (0, bars - 1) else best)
    return chords


def _played(
    cluster: Cluster, clock: Clock, tune: Sequence[Tone], chords: Sequence[tuple[int, ...]]
) -> tuple[Note, ...]:
    """The notes of the layers there are, on the ticks of the grid; none goes past the end."""
    heard = [(0, tone.pitch, tone.beat, tone.length) for tone in tune]
    voices: tuple[int, ...] | None = None
    for bar, chord in enumerate(chords):
        at = bar * BEATS_PER_BAR
        voices = theory.voicing(chord, voices, cluster.tonic)
        root = cluster.tonic + (chord[0] - cluster.tonic) % 12
        heard += [(1, pitch, at, BEATS_PER_BAR) for pitch in voices]
        heard += [(2, root - 24, at, BEATS_PER_BAR)]
        if bar % 4 == 0:
            heard += [(3, cluster.tonic + step, at, 4 * BEATS_PER_BAR) for step in (-12, -5)]
    notes = []
    for layer, pitch, beat, length in heard:
        start, end = clock.tick(beat), clock.tick(beat + length)
        if layer < cluster.layers and end > start:
            notes.append(Note(layer, pitch, cluster.velocities[layer], start, end - start))
    return tuple(sorted(notes, key=lambda n: (n.start, n.part, n.pitch)))


def _decision(
    i: int, cluster: Cluster, clock: Clock, tune: Sequence[Tone], chords: Sequence[tuple[int, ...]]
) -> dict[str, Any]:
    """Why the music of image `i` is what it is, as plain values."""
    start, end = (int(tick) for tick in clock.timeline.start_ticks[i : i + 2])
    first, last = clock.beat(start), clock.beat(end)
    bar, beat = clock.bar_and_beat(start)
    begins = [tone.beat for tone in tune]
    here = tune[bisect.bisect_left(begins, first - 1e-6) : bisect.bisect_left(begins, last - 1e-6)]
    told: dict[str, Any] = {"position": i + 1, "bar": bar, "beat": beat, "music_beat": round(first, 3)}
    if cluster.layers > 1:
        told["chord"] = chord_name(chords[min(bar, len(chords)) - 1], cluster.key)
    told["melody"] = [theory.note_name(tone.pitch, cluster.key) for tone in here]
    return told | parameters(cluster) | {"why": _why(cluster)}


def chord_name(triad: Sequence[int], key: theory.Key) -> str:
    """A triad as musicians write it: "F", "Dm"."""
    return theory.spell(triad[0], key) + ("m" if (triad[1] - triad[0]) % 12 == 3 else "")


def parameters(cluster: Cluster) -> dict[str, Any]:
    """The four numbers, and the six that they become, as plain values."""
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


def _why(cluster: Cluster) -> str:
    bright = "above" if cluster.key.mode == theory.MAJOR else "not above"
    layers = f"{cluster.layers} layer{'s' if cluster.layers > 1 else ''}"
    told = [
        f"brightness {cluster.brightness:.3f} is {bright} 0.5: {cluster.key.name}",
        f"saturation {cluster.saturation:.3f}: {tempo_text(cluster.tempo_bpm)} beats a minute",
        f"{cluster.size} images: {layers}",
        f"variance {cluster.variance:.5f}: {cluster.density:.3f} notes a beat in {cluster.span:.1f} semitones",
    ]
    return "; ".join([*told, *cluster.notes])


def _summary(cluster: Cluster) -> str:
    least = "; next to the least density, 0.3, as variances of unit vectors are near 0: ClusterTheme makes more of them"
    why = _why(cluster) + (least if cluster.density < SPARSE else "")
    players = ", ".join(part.name.partition(": ")[2] for part in LAYERS[: cluster.layers])
    return f"{cluster.key.name}, {tempo_text(cluster.tempo_bpm)} beats a minute, for {players}; {why}."
