"""Genres of any rows, with few images: pieces are whole, mark every cut and are the same again."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from imbatch2soundvisu.core import METRES, ImageSequence, Timing
from imbatch2soundvisu.music.composition.bass_patterns import BASSES
from imbatch2soundvisu.music.composition.drum_patterns import DRUM_PATTERNS
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.composition.figures import FIGURES
from imbatch2soundvisu.music.composition.genres import BRIGHTNESS, TEMPI_BPM, Genre
from imbatch2soundvisu.music.composition.phrase_structures import STRUCTURES
from imbatch2soundvisu.music.composition.textures import TEXTURES
from imbatch2soundvisu.music.styles import Composed
from tests.music.scores import images, sequence


def some(rng: np.random.Generator, names: Iterable[str], count: int) -> tuple[str, ...]:
    known = list(names)
    return tuple(known[i] for i in rng.integers(len(known), size=count))


def any_genre(rng: np.random.Generator) -> Genre:
    slow, fast = sorted(rng.uniform(*TEMPI_BPM, 2).tolist())
    return Genre(
        "of any rows", some(rng, METRES, 2), (slow, fast), some(rng, ENSEMBLES, int(rng.integers(3))),
        some(rng, FIGURES, 3 * int(rng.integers(2))), some(rng, BRIGHTNESS, int(rng.integers(3))),
        extensions=int(rng.integers(3)), harmonic_rhythm=tuple(np.eye(4)[rng.integers(4)].tolist()),
        inversions=float(rng.random()), pedals=float(rng.random()), plagal=float(rng.random()),
        structures=some(rng, STRUCTURES, 2), pickups=float(rng.random()), ornaments=float(rng.random()),
        rests=float(rng.random()), notes=float(rng.uniform(0.3, 2)), textures=some(rng, TEXTURES, 3),
        drums=some(rng, DRUM_PATTERNS, 1)[0], needs_drums=bool(rng.integers(2)), swing=float(rng.uniform(0.5, 0.75)),
        articulation=float(rng.uniform(0.3, 1)), rubato=float(rng.random()), bass=some(rng, BASSES, 1)[0],
        close=("full", "thin")[rng.integers(2)], opening=("full", "thin")[rng.integers(2)],
        soloists=int(rng.integers(1, 3)),
    )  # fmt: skip


def any_images(rng: np.random.Generator, count: int) -> ImageSequence:
    same = {name: np.full(count, 0.5) for name in ("luminance", "saturation", "edge_density", "warmth", "hue")}
    return (images(count), images(count, **same), sequence(np.full(count, np.nan)))[rng.integers(3)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(12))
def test_a_genre_of_any_rows_makes_a_whole_piece_of_few_images(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted = any_images(rng, (1, 2, 3, 4, 6, 9)[seed % 6])
    style = Composed(genre=any_genre(rng), drums=bool(rng.integers(2)))
    timeline = style.timeline(wanted, 30, Timing((0.1, 0.5, 1.0, 3.0, 12.0)[seed % 5]))
    score, again = (style.compose(wanted, timeline, np.random.default_rng(seed)) for _ in range(2))
    assert score.notes == again.notes
    ticks = timeline.start_ticks.tolist()
    assert set(ticks[:-1]) <= {note.start for note in score.notes}
    assert all(note.length >= 1 for note in score.notes)
    assert all(0 <= note.start < ticks[-1] for note in score.notes)
    assert all(0 <= note.pitch <= 127 for note in score.notes)
    assert all(1 <= note.velocity <= 127 for note in score.notes)
