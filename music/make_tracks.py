"""Make the tracks of this folder: composed for synthetic features of images, rendered and encoded.

python music/make_tracks.py [folder]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from imbatch2soundvisu import Composed
from imbatch2soundvisu.core import (
    TICKS_PER_BEAT,
    Audio,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Score,
    Timing,
)
from imbatch2soundvisu.music import mastering, synthesis

#: Divides 48,000 samples a second, the rate of Opus, and not 44,100.
FPS = 120
MOST_BYTES = 300_000
#: Encoding raises peaks by about a decibel; they stay below -1.
PEAK_DBFS = -2.5
FADE_S = 0.002
#: Bits per second and channel of Opus at libsndfile's compression levels 0 and 1.
MOST_BITS, FEWEST_BITS = 256_000, 6_000


@dataclass(frozen=True)
class Recipe:
    """One track.

    Parameters
    ----------
    style : Composed
        The style that composes it.
    images, beats : int
        Number of images, and beats of each.
    seed : int
        Seed of the features and of the composition.
    loudness_lufs : float
        Integrated loudness; calm tracks are softer.
    features : mapping
        {feature: (value at the calmest, at the fullest image)}.
    """

    style: Composed
    images: int
    beats: int
    seed: int
    loudness_lufs: float
    features: Mapping[str, tuple[float, float]]


TRACKS: dict[str, Recipe] = {
    "market-day": Recipe(
        Composed("lively", 132, "D major", "fiddle", 0.8, True, genre="song", metre="4/4"), 24, 4, 13, -14.0,
        {"luminance": (0.55, 0.85), "saturation": (0.1, 0.3), "edge_density": (0.25, 0.6), "contrast": (0.14, 0.2),
         "hue": (60, 100), "warmth": (0.02, 0.08), "colourfulness": (60, 110), "subject_scale": (0.3, 0.5)},
    ),
    "bright-morning": Recipe(
        Composed("bright", 118, "G major", "folk", 0.6, genre="song", metre="4/4"), 24, 4, 3, -16.0,
        {"luminance": (0.6, 0.85), "saturation": (0.08, 0.2), "edge_density": (0.15, 0.4), "contrast": (0.1, 0.24),
         "hue": (80, 140), "warmth": (-0.05, -0.01), "colourfulness": (40, 80), "subject_scale": (0.2, 0.5)},
    ),
    "old-harbour": Recipe(
        Composed(None, 116, "E minor", "tango", 0.6, genre="tango", metre="4/4"), 24, 4, 0, -17.0,
        {"luminance": (0.2, 0.5), "saturation": (0.1, 0.25), "edge_density": (0.15, 0.45), "contrast": (0.14, 0.26),
         "hue": (10, 50), "warmth": (0.02, 0.1), "colourfulness": (30, 70), "subject_scale": (0.2, 0.5)},
    ),
    "afternoon-waltz": Recipe(
        Composed(None, 132, "A minor", "chamber", 0.5, genre="waltz"), 32, 3, 3, -18.0,
        {"luminance": (0.45, 0.7), "saturation": (0.04, 0.14), "edge_density": (0.12, 0.35), "contrast": (0.12, 0.26),
         "hue": (30, 80), "warmth": (-0.01, 0.03), "colourfulness": (20, 60), "subject_scale": (0.2, 0.45)},
    ),
    "deep-water": Recipe(
        Composed("dark", 66, "D minor", "lounge", 0.3, genre="ambient", metre="4/4"), 12, 4, 3, -21.0,
        {"luminance": (0.08, 0.35), "saturation": (0.01, 0.08), "edge_density": (0.02, 0.15), "contrast": (0.08, 0.25),
         "hue": (230, 260), "warmth": (-0.08, -0.02), "colourfulness": (3, 20), "subject_scale": (0.05, 0.3)},
    ),
    "night-window": Recipe(
        Composed("calm", 76, "Eb major", "lounge", 0.25, genre="nocturne", metre="4/4"), 14, 4, 1, -23.0,
        {"luminance": (0.25, 0.5), "saturation": (0.02, 0.08), "edge_density": (0.02, 0.12), "contrast": (0.06, 0.12),
         "hue": (220, 280), "warmth": (-0.06, 0.0), "colourfulness": (5, 25), "subject_scale": (0.1, 0.3)},
    ),
}  # fmt: skip


def sequence_of(name: str, recipe: Recipe) -> ImageSequence:
    """Synthetic features: they rise and fall in two waves, the second one higher, with some noise."""
    n, rng = recipe.images, np.random.default_rng(recipe.seed)
    place = np.arange(n) / n
    arch = 0.5 - 0.5 * np.cos(2 * np.pi * 2 * place)
    columns = {}
    for feature, (low, high) in recipe.features.items():
        level = np.clip(arch * (0.65 + 0.35 * place) + rng.normal(0, 0.18, n), 0, 1)
        columns[feature] = low + level * (high - low)
    records = tuple(ImageRecord(Path(f"{name}-{i}"), f"{name}-{i}", 4, 3, name=f"{name} {i + 1}") for i in range(n))
    nothing = Criterion("nothing", 0, 0, 0, 0, 0)
    info = FeatureInfo("luminance", low=0, high=1)
    return ImageSequence(name, FeatureTable(records, columns), columns["luminance"], info, nothing, seed=recipe.seed)


def compose(name: str, recipe: Recipe) -> Score:
    """The score of a track; it lasts whole bars."""
    sequence = sequence_of(name, recipe)
    steady = replace(recipe.style, rubato=0.0)  # so that the track can be looped
    timeline = steady.timeline(sequence, FPS, Timing(beats_per_image=recipe.beats))
    return recipe.style.compose(sequence, timeline, np.random.default_rng(recipe.seed))


def twice(score: Score) -> Score:
    """The score, repeated."""
    later = score.timeline.total_beats * TICKS_PER_BEAT
    return replace(
        score,
        timeline=replace(score.timeline, beats=score.timeline.beats * 2),
        notes=score.notes + tuple(replace(note, start=note.start + later) for note in score.notes),
        controls=score.controls + tuple(replace(each, tick=each.tick + later) for each in score.controls),
    )


def play(score: Score, loudness_lufs: float) -> Audio:
    """The second of two repetitions: notes that sound beyond the end are at its beginning, so that it loops."""
    repeated = synthesis.render(twice(score))
    second = replace(repeated, samples=repeated.samples[score.timeline.total_samples :].copy())
    return mastering.master(second, loudness_lufs, PEAK_DBFS, FADE_S, FADE_S)


def encode(path: Path, audio: Audio) -> None:
    """Write Opus in Ogg at the highest bit rate with which the file has at most MOST_BYTES."""
    bit_rate = 4.1 * MOST_BYTES * audio.sample_rate / len(audio.samples)
    while True:
        level = (MOST_BITS - bit_rate) / (MOST_BITS - FEWEST_BITS)
        with soundfile.SoundFile(
            path, "w", audio.sample_rate, 2, format="OGG", subtype="OPUS", compression_level=level
        ) as file:
            for first in range(0, len(audio.samples), audio.sample_rate):
                file.write(audio.samples[first : first + audio.sample_rate])
        if path.stat().st_size <= MOST_BYTES:
            return
        bit_rate *= 0.97


def main() -> None:
    """Make every track, and print its properties."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, recipe in TRACKS.items():
        score = compose(name, recipe)
        audio = play(score, recipe.loudness_lufs)
        encode(folder / f"{name}.ogg", audio)
        size = (folder / f"{name}.ogg").stat().st_size
        print(f"{name}: {float(score.timeline.seconds):.1f} s, {size / 1000:.0f} kB, {audio.engine}; {score.summary}")


if __name__ == "__main__":
    main()
