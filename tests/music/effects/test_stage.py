"""Parts on the stage: places, width, low tones in the middle, what mono keeps, and no clicks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from imbatch2soundvisu.core import REVERB, TICKS_PER_BEAT, Audio, Control, Note, Part, Score
from imbatch2soundvisu.music import mastering, stems, synthesis
from imbatch2soundvisu.music.analysis import sound_measures
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.effects import convolution, reflections, stage
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.timeline import build
from imbatch2soundvisu.runtime import buffers
from tests.music.scores import images, music

RATE = 44_100


@pytest.fixture(scope="module")
def score() -> Score:
    return music(images(12), Composed(ensemble="chamber"))


@pytest.fixture(scope="module")
def parts(score: Score, engine: synthesis.Engine) -> dict[str, np.ndarray]:
    return dict(stems.render_parts(score, engine))


@pytest.fixture(scope="module")
def finished(score: Score, engine: synthesis.Engine) -> Audio:
    return mastering.master(synthesis.render(score, engine), fade_out_s=mastering.ending_s(score))


def balance_db(samples: np.ndarray) -> float:
    """How much louder the right channel is."""
    left, right = (samples.astype(np.float64) ** 2).sum(axis=0)
    return 10 * math.log10(right / left)


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    one = np.random.default_rng(seed).standard_normal((round(seconds * RATE), 1)).astype(np.float32)
    return 0.1 * np.repeat(one, 2, axis=1)


def placed(part: Part, dry: np.ndarray, controls: tuple[Control, ...] = ()) -> np.ndarray:
    grid = build(math.ceil(len(dry) / RATE), 30, 1.0)
    wet = dry.copy()
    convolution.convolve(wet, stage.paths(part, controls, grid))
    return wet


@pytest.mark.parametrize("name", ["chamber", "folk", "synth"])
def test_music_is_wide_and_kept_in_mono(name: str, engine: synthesis.Engine) -> None:
    piece = music(images(16, 3), Composed(ensemble=name))
    sound = mastering.master(synthesis.render(piece, engine), fade_out_s=mastering.ending_s(piece)).samples
    assert 0.3 < sound_measures.correlation(sound) < 0.9
    assert sound_measures.mono_loss_db(sound, RATE) < 3
    assert abs(balance_db(sound)) < 2.5


def test_low_tones_are_in_the_middle(finished: Audio, parts: dict[str, np.ndarray]) -> None:
    from scipy.signal import butter, sosfilt

    low = butter(4, 100, "lowpass", fs=RATE, output="sos")
    for samples in (finished.samples, *parts.values()):
        middle, side = (sosfilt(low, each) for each in (samples.sum(axis=1), samples[:, 0] - samples[:, 1]))
        assert (side**2).sum() < 0.02 * (samples.astype(np.float64) ** 2).sum()
        if (middle**2).sum() > 0.01 * (samples.astype(np.float64) ** 2).sum():
            assert (side**2).sum() < 0.1 * (middle**2).sum()


def test_places_are_where_pan_says() -> None:
    reached = [balance_db(placed(Part("Chords: harp", 46, pan=pan), noise(2))) for pan in (0, 30, 64, 98, 127)]
    assert reached == sorted(reached)
    assert reached[0] < -6
    assert reached[-1] > 6
    assert abs(reached[2]) < 1.5
    assert reached[1] == pytest.approx(-reached[3], abs=2)


def test_chords_leave_the_bass_free() -> None:
    for name in ("Chords: piano", "Pad: strings"):
        spectrum = placed(Part(name, 0, reverb=0), noise(4))
        assert sound_measures.share_db(spectrum, RATE, 0, 60) < sound_measures.share_db(noise(4), RATE, 0, 60) - 10


@pytest.mark.parametrize("name", ["Melody: flute", "Chords: piano", "Pad: strings"])
def test_parts_have_treble(name: str) -> None:
    placed_noise = placed(Part(name, 0), noise(4))
    before = sound_measures.share_db(noise(4), RATE, 6000) - sound_measures.share_db(noise(4), RATE, 500, 2000)
    after = sound_measures.share_db(placed_noise, RATE, 6000) - sound_measures.share_db(placed_noise, RATE, 500, 2000)
    assert after > before + 1


def test_reverberation_follows_its_controller() -> None:
    dry = noise(3)
    dry[RATE // 2 :] = 0
    controls = (Control(0, REVERB, 100, 0),)
    near, far = (placed(Part("a", 0, reverb=0), dry, each) for each in ((), controls))
    after = slice(round(0.7 * RATE), round(1.2 * RATE))
    assert np.abs(far[after]).max() > 20 * np.abs(near[after]).max()
    assert np.abs(far[-RATE // 10 :]).max() < 0.01 * np.abs(far).max()


def test_changes_of_reverberation_do_not_click() -> None:
    time = np.arange(2 * RATE) / RATE
    tone = np.repeat(np.sin(2 * np.pi * 200 * time)[:, None], 2, axis=1).astype(np.float32)
    change = (Control(0, REVERB, 127, TICKS_PER_BEAT),)
    steps = np.abs(np.diff(placed(Part("a", 0, reverb=0), tone, change), n=2, axis=0)).max(axis=1)
    assert steps[RATE // 2 :].max() < 4 * np.median(steps[RATE // 2 :])


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    dry = np.random.default_rng(1).standard_normal((3 * RATE, 2)).astype(np.float32)
    part, controls = Part("Chords: a", 0, pan=90), (Control(0, REVERB, 90, TICKS_PER_BEAT),)
    whole = placed(part, dry, controls)
    original = buffers.chunks
    monkeypatch.setattr(buffers, "chunks", lambda samples: original(samples, 10_007))
    assert np.abs(placed(part, dry, controls) - whole).max() < 1e-5 * np.abs(whole).max()
    assert np.array_equal(placed(part, dry, controls), placed(part, dry, controls))


def test_nothing_clicks_at_the_start_and_the_end(finished: Audio, score: Score) -> None:
    samples = finished.samples
    assert len(samples) == score.timeline.total_samples
    assert not samples[0].any()
    assert not samples[-1].any()
    steps = np.abs(np.diff(samples, axis=0)).max(axis=1)
    assert steps[-RATE // 20 :].max() < 0.02 * steps.max()


def test_the_onset_is_not_delayed_or_blurred() -> None:
    click = np.zeros((RATE, 2), np.float32)
    click[1000] = 1
    for role in (*stage.SEATS, "other"):
        reached = np.abs(placed(Part(f"{role}: x", 0), click)).max(axis=1)
        assert np.argmax(reached > 0.5 * reached.max()) - 1000 < 0.001 * RATE


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000, 96_000])
def test_halls_of_any_sample_rate_ring_as_long(rate: int) -> None:
    late = reflections.late(rate)
    power = np.cumsum((late[::-1] ** 2).sum(axis=1))[::-1]
    decay = np.flatnonzero(power < 1e-3 * power[0])[0] / rate
    assert 0.5 < decay < 1.1
    assert abs(np.corrcoef(late.T)[0, 1]) < 0.05


def test_every_seat_of_an_ensemble_is_known() -> None:
    for ensemble in ENSEMBLES.values():
        for part in ensemble.parts():
            assert part.name.partition(":")[0].lower() in stage.SEATS


def test_a_part_that_is_panned_in_time_moves(engine: synthesis.Engine) -> None:
    grid = build(4, 30, 1.0)
    notes = tuple(Note(0, 64, 100, k * TICKS_PER_BEAT, 900) for k in range(grid.total_beats))
    controls = (Control(0, 10, 0, 0), Control(0, 10, 127, grid.total_ticks // 2))
    samples = synthesis.render(Score(grid, (Part("tone", 11),), notes, controls=controls), engine).samples
    half = len(samples) // 2
    assert balance_db(samples[:half]) < -5
    assert balance_db(samples[half + RATE // 2 :]) > 5
