"""Rendered sound: exact length, onsets on the cuts, controllers, and messages without an engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.cli import command as command
from imbatch2soundvisu.core import TICKS_PER_BEAT, Audio, Control, Note, Part, Score
from imbatch2soundvisu.core.errors import EngineMissing
from imbatch2soundvisu.music import mastering, synthesis
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.timeline import build
from tests.music.scores import composed

RATE = 44_100


@pytest.fixture(scope="module")
def score() -> Score:
    return composed(np.random.default_rng(2).random(12), Composed("bright"), 1.0)


@pytest.fixture(scope="module")
def rendered(score: Score, engine: synthesis.Engine) -> Audio:
    return synthesis.render(score, engine)


def test_length_shape_and_range(score: Score, rendered: Audio) -> None:
    assert rendered.samples.shape == (score.timeline.total_samples, 2)
    assert rendered.samples.dtype == np.float32
    assert 0.02 < np.abs(rendered.samples).max() < 1
    assert rendered.engine.startswith("FluidSynth ")


def test_same_samples_every_time(score: Score, rendered: Audio, engine: synthesis.Engine) -> None:
    assert np.array_equal(rendered.samples, synthesis.render(score, engine).samples)


def test_onsets_are_on_the_cuts_with_no_drift(engine: synthesis.Engine) -> None:
    grid = build(300, 30, 0.5)
    cuts = grid.start_samples[:-1]
    struck = tuple(Note(0, 76, 100, t, 240) for t in grid.start_ticks[:-1].tolist())
    level = np.abs(synthesis.render(Score(grid, (Part("a", 13, reverb=0),), struck), engine).samples).max(axis=1)
    loud = 0.5 * level.max()
    late = [int(np.argmax(level[cut : cut + 4410] > loud)) for cut in cuts]
    before = [level[cut - 441 : cut - synthesis.BLOCK].max(initial=0) for cut in cuts[1:]]
    assert max(before) < 0.2 * loud  # the attack was found
    assert max(late) <= 0.010 * RATE
    assert abs(np.median(late[:50]) - np.median(late[-50:])) <= synthesis.BLOCK


@pytest.mark.parametrize("name", list(ENSEMBLES))
def test_accents_of_every_ensemble_have_a_short_attack(name: str, engine: synthesis.Engine) -> None:
    voice, grid = ENSEMBLES[name].accent, build(4, 30, 1.0)
    notes = tuple(Note(0, 76, 90, t, TICKS_PER_BEAT) for t in grid.start_ticks[:-1].tolist())
    played = np.abs(synthesis.render(Score(grid, (Part("a", voice.program),), notes), engine).samples).max(axis=1)
    for cut in grid.start_samples[:-1].tolist():
        attack = played[cut : cut + RATE // 5]
        assert np.argmax(attack > 0.5 * attack.max()) <= 0.010 * RATE


def test_an_empty_score_is_silence(engine: synthesis.Engine) -> None:
    grid = build(3, 25, 1.0)
    audio = synthesis.render(Score(grid, (Part("a", 0),), ()), engine)
    assert audio.samples.shape == (grid.total_samples, 2)
    assert np.abs(audio.samples).max() < 1e-6
    assert mastering.master(audio).loudness_lufs is None


def test_many_loud_notes_do_not_clip(engine: synthesis.Engine) -> None:
    notes = tuple(Note(0, p, 127, 0, 4 * TICKS_PER_BEAT) for p in range(36, 100))
    audio = synthesis.render(Score(build(2, 30, 1.0), (Part("organ", 19, 127),), notes), engine)
    assert np.abs(audio.samples).max() <= 0.975


def test_drums_and_many_parts_play(engine: synthesis.Engine) -> None:
    parts = tuple(Part(str(i), i) for i in range(20)) + (Part("kit", 0, drums=True),)
    notes = (Note(18, 60, 100, 0, 960), Note(20, 38, 100, 960, 240))
    samples = synthesis.render(Score(build(2, 30, 1.0), parts, notes), engine).samples
    assert np.abs(samples[:5000]).max() > 0.005
    assert np.abs(samples[22050:25000]).max() > 0.005


def level(samples: np.ndarray, start_s: float, end_s: float) -> float:
    return float(np.sqrt(np.mean(samples[round(start_s * RATE) : round(end_s * RATE)] ** 2)))


def test_controllers_move_in_time(engine: synthesis.Engine) -> None:
    grid, organ = build(4, 30, beats_per_image=2, tempo_bpm=120), (Part("organ", 19, reverb=0), Part("b", 19, reverb=0))
    note = Note(0, 60, 100, 0, 8 * TICKS_PER_BEAT)
    softer = Score(grid, organ, (note,), controls=(Control(0, 11, 40, 2 * TICKS_PER_BEAT), Control(1, 11, 0, 0)))
    before, after = (synthesis.render(each, engine).samples for each in (replace(softer, controls=()), softer))
    cut = grid.samples_at(2 * TICKS_PER_BEAT)
    early = slice(cut - synthesis.BLOCK)
    level_of = level(after, 0, 0.9) / level(before, 0, 0.9)  # parts are brought to one level
    assert 0.8 < level_of < 1.25
    assert np.abs(level_of * before[early] - after[early]).max() < 1e-5
    assert level(after, 1.2, 2) < 0.4 * level(after, 0.2, 1)


def test_the_pedal_sustains_released_notes(engine: synthesis.Engine) -> None:
    grid, harp = build(4, 30, beats_per_image=2, tempo_bpm=120), (Part("piano", 0, reverb=0),)
    dry = Score(grid, harp, (Note(0, 60, 100, 0, 240),))
    wet = replace(dry, controls=(Control(0, 64, 127, 100), Control(0, 64, 0, 2 * TICKS_PER_BEAT)))
    short, held = (synthesis.render(each, engine).samples for each in (dry, wet))
    assert level(held, 0.7, 0.95) > 5 * level(short, 0.7, 0.95)
    assert level(held, 1.6, 2.0) < 0.1 * level(held, 0.7, 0.95)


def test_cents_change_the_pitch(engine: synthesis.Engine) -> None:
    grid, piano = build(4, 30, beats_per_image=2, tempo_bpm=120), (Part("piano", 0, reverb=0),)

    def pitch(cents: int) -> float:
        notes = (Note(0, 69, 100, 0, 1900, cents=0), Note(0, 81, 100, 3840, 1900, cents=cents))
        there = synthesis.render(Score(grid, piano, notes), engine).samples[round(2.2 * RATE) : round(2.8 * RATE), 0]
        spectrum = np.abs(np.fft.rfft(there * np.hanning(len(there)), 1 << 19))
        return float(np.argmax(spectrum)) * RATE / (1 << 19)

    assert 1200 * np.log2(pitch(45) / pitch(0)) == pytest.approx(45, abs=3)
    assert 1200 * np.log2(pitch(-30) / pitch(0)) == pytest.approx(-30, abs=3)


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_the_last_chord_fades_within_the_last_image(seconds: float, engine: synthesis.Engine) -> None:
    grid = build(4, 30, seconds)
    end, last = int(grid.start_ticks[-1]), int(grid.start_samples[-2])
    chord = tuple(Note(0, p, 100, 0, end) for p in (48, 60, 64, 67))
    score = Score(grid, (Part("strings", 48),), chord, controls=(Control(0, 64, 127, 0),))
    finished = mastering.master(synthesis.render(score, engine), fade_out_s=mastering.ending_s(score)).samples
    length = grid.total_samples - last
    onset, ending = finished[last : last + length // 5], finished[-length // 50 :]
    full = np.sqrt(np.mean(finished[last - length // 5 : last] ** 2))
    assert np.sqrt(np.mean(onset**2)) > 0.8 * full  # the fade spares the beginning of the last image
    assert np.sqrt(np.mean(ending**2)) < 0.01 * full
    steps = np.abs(np.diff(finished, axis=0)).max(axis=1)
    assert steps[-RATE // 50 :].max() < 0.02 * steps.max()
    assert not finished[0].any()
    assert not finished[-1].any()


def test_nothing_is_written_to_the_terminal(
    score: Score, engine: synthesis.Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    synthesis.render(score, engine)
    assert capfd.readouterr() == ("", "")


def test_a_damaged_sound_font_is_reported(engine: synthesis.Engine, tmp_path: Path, score: Score) -> None:
    (tmp_path / "broken.sf2").write_bytes(b"RIFF nonsense")
    broken = synthesis.Engine(engine.library, engine.version, engine.origin, tmp_path / "broken.sf2")
    with pytest.raises(EngineMissing, match="broken.sf2") as refused:
        synthesis.render(score, broken)
    assert "nstall" not in str(refused.value), "the font is damaged, not missing"
