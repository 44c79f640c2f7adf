"""The sound of whole pieces: width, treble, levels, the last chord, low tones, and the melody above the rest."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from imbatch2soundvisu.core import Audio
from imbatch2soundvisu.music import loudness, mastering, stems, synthesis
from imbatch2soundvisu.music.analysis import sound_measures
from imbatch2soundvisu.music.styles import Composed
from tests.music.scores import images, music

RATE = 44_100
#: Ensembles whose samples are dull, or whose bass is loud.
NAMES = ("salon", "lounge", "piano", "jazz")
IMAGES, SECONDS = 12, None


@cache
def rendered(name: str, engine: synthesis.Engine) -> tuple[Audio, float, dict[str, np.ndarray]]:
    """The finished sound of a piece, the onset of its last note in seconds, and its layers."""
    score = music(images(IMAGES, 5), Composed(ensemble=name, drums=False), SECONDS)
    layers: dict[str, np.ndarray] = {}
    for part, samples in stems.render_parts(score, engine):
        role = part.partition(":")[0]
        layers[role] = layers[role] + samples if role in layers else samples
    whole = np.sum(list(layers.values()), axis=0)
    synthesis.scale_to_headroom(whole)
    finished = mastering.master(Audio(whole, RATE), fade_out_s=mastering.ending_s(score))
    return finished, score.timeline.samples_at(max(note.start for note in score.notes)) / RATE, layers


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_pieces_are_wide(name: str, engine: synthesis.Engine) -> None:
    assert 0.3 < sound_measures.correlation(rendered(name, engine)[0].samples) < 0.9


def test_pieces_have_treble_and_no_more_than_recordings(name: str, engine: synthesis.Engine) -> None:
    assert -40 < sound_measures.share_db(rendered(name, engine)[0].samples, RATE, 6000) < -16


def test_low_tones_are_not_most_of_the_sound(name: str, engine: synthesis.Engine) -> None:
    assert sound_measures.share_db(rendered(name, engine)[0].samples, RATE, 0, 250) < -2.2


def test_the_last_chord_rings_and_decays(name: str, engine: synthesis.Engine) -> None:
    finished, last, _ = rendered(name, engine)
    assert sound_measures.ring_s(finished.samples, RATE, last) >= 2
    levels = sound_measures.level_curve(finished.samples, RATE)
    assert levels[-1] < levels.max() - 40
    assert np.diff(levels[-8:]).max() < 1  # nothing begins while it ends


def test_levels_differ_within_a_piece(engine: synthesis.Engine) -> None:
    found = [sound_measures.quiet_share(rendered(each, engine)[0].samples, RATE) for each in NAMES]
    assert np.mean(found) >= 0.08


def test_the_melody_is_above_each_accompanying_layer(name: str, engine: synthesis.Engine) -> None:
    layers = dict(rendered(name, engine)[2])
    melody = layers.pop("Melody")
    layers.pop("Countermelody", None)
    leads = [sound_measures.lead_db(melody, each, RATE) for each in layers.values()]
    assert 2 < np.nanmin(leads) < 10


def test_loudness_and_peak_are_kept(name: str, engine: synthesis.Engine) -> None:
    samples = rendered(name, engine)[0].samples
    assert loudness.integrated(samples.astype(np.float64), RATE) == pytest.approx(-14, abs=0.5)
    assert mastering.true_peak_dbfs(samples) <= -1.0
