"""Sound: exact length, onsets on the cuts, loudness and peaks, and what is said when nothing can play."""

from __future__ import annotations

import ctypes.util
import json
import sys
from dataclasses import replace
from pathlib import Path

import av
import mido
import numpy as np
import pytest
import soundfile
from PIL import Image

from imbatch2soundvisu import config
from imbatch2soundvisu.cli import command as command
from imbatch2soundvisu.core import TICKS_PER_BEAT, Audio, Control, Note, Part, Score
from imbatch2soundvisu.core.errors import ConfigError, EngineMissing, MakeError
from imbatch2soundvisu.music import engines, mastering, synthesis
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.timeline import build
from imbatch2soundvisu.plans import SequencePlan
from tests.music.scores import composed as score

RATE = 44_100


@pytest.fixture(scope="module")
def engine() -> synthesis.Engine:
    try:
        return synthesis.find_engine()
    except EngineMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def piece() -> Score:
    return score(np.random.default_rng(2).random(12), Composed("bright"), 1.0)


@pytest.fixture(scope="module")
def rendered(piece: Score, engine: synthesis.Engine) -> Audio:
    return synthesis.render(piece, engine)


@pytest.fixture
def no_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOUNDFONT", raising=False)
    monkeypatch.setattr(config, "SOUNDFONT", None)


def test_length_shape_and_range(piece: Score, rendered: Audio) -> None:
    assert rendered.samples.shape == (piece.timeline.total_samples, 2)
    assert rendered.samples.dtype == np.float32
    assert 0.02 < np.abs(rendered.samples).max() < 1
    assert rendered.engine.startswith("FluidSynth ")


def test_same_samples_every_time(piece: Score, rendered: Audio, engine: synthesis.Engine) -> None:
    assert np.array_equal(rendered.samples, synthesis.render(piece, engine).samples)


def test_onsets_are_on_the_cuts_with_no_drift(engine: synthesis.Engine) -> None:
    grid = build(300, 30, 0.5)
    cuts = grid.start_samples[:-1]
    struck = tuple(Note(0, 76, 100, t, 240) for t in grid.start_ticks[:-1].tolist())
    level = np.abs(synthesis.render(Score(grid, (Part("a", 13, reverb=0),), struck), engine).samples).max(axis=1)
    loud = 0.5 * level.max()
    late = [int(np.argmax(level[cut : cut + 4410] > loud)) for cut in cuts]
    before = [level[cut - 441 : cut - synthesis.BLOCK].max(initial=0) for cut in cuts[1:]]
    assert max(before) < 0.2 * loud  # it is the attack that was found
    assert max(late) <= 0.010 * RATE
    assert abs(np.median(late[:50]) - np.median(late[-50:])) <= synthesis.BLOCK


@pytest.mark.parametrize("name", list(ENSEMBLES))
def test_accents_of_every_ensemble_speak_at_once(name: str, engine: synthesis.Engine) -> None:
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


def test_a_crowd_of_loud_notes_does_not_clip(engine: synthesis.Engine) -> None:
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
    assert np.array_equal(before[: cut - synthesis.BLOCK], after[: cut - synthesis.BLOCK])
    assert level(after, 1.2, 2) < 0.4 * level(before, 1.2, 2)


def test_the_pedal_holds_what_is_let_go(engine: synthesis.Engine) -> None:
    grid, harp = build(4, 30, beats_per_image=2, tempo_bpm=120), (Part("piano", 0, reverb=0),)
    dry = Score(grid, harp, (Note(0, 60, 100, 0, 240),))
    wet = replace(dry, controls=(Control(0, 64, 127, 100), Control(0, 64, 0, 2 * TICKS_PER_BEAT)))
    short, held = (synthesis.render(each, engine).samples for each in (dry, wet))
    assert level(held, 0.7, 0.95) > 5 * level(short, 0.7, 0.95)
    assert level(held, 1.6, 2.0) < 0.1 * level(held, 0.7, 0.95)


def test_cents_are_heard(engine: synthesis.Engine) -> None:
    grid, piano = build(4, 30, beats_per_image=2, tempo_bpm=120), (Part("piano", 0, reverb=0),)

    def pitch(cents: int) -> float:
        notes = (Note(0, 69, 100, 0, 1900, cents=0), Note(0, 81, 100, 3840, 1900, cents=cents))
        there = synthesis.render(Score(grid, piano, notes), engine).samples[round(2.2 * RATE) : round(2.8 * RATE), 0]
        spectrum = np.abs(np.fft.rfft(there * np.hanning(len(there)), 1 << 19))
        return float(np.argmax(spectrum)) * RATE / (1 << 19)

    assert 1200 * np.log2(pitch(45) / pitch(0)) == pytest.approx(45, abs=3)
    assert 1200 * np.log2(pitch(-30) / pitch(0)) == pytest.approx(-30, abs=3)


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_the_last_chord_dies_away_within_the_last_image(seconds: float, engine: synthesis.Engine) -> None:
    grid = build(4, 30, seconds)
    end, last = int(grid.start_ticks[-1]), int(grid.start_samples[-2])
    chord = tuple(Note(0, p, 100, 0, end) for p in (48, 60, 64, 67))
    finished = mastering.master(
        synthesis.render(Score(grid, (Part("strings", 48),), chord, controls=(Control(0, 64, 127, 0),)), engine),
        fade_out_s=mastering.ending_s(grid),
    ).samples
    length = grid.total_samples - last
    onset, ending = finished[last : last + length // 5], finished[-length // 50 :]
    full = np.sqrt(np.mean(finished[last - length // 5 : last] ** 2))
    assert np.sqrt(np.mean(onset**2)) > 0.8 * full  # the fade spares the beginning of the last image
    assert np.sqrt(np.mean(ending**2)) < 0.01 * full
    steps = np.abs(np.diff(finished, axis=0)).max(axis=1)
    assert steps[-RATE // 50 :].max() < 0.02 * steps.max()
    assert not finished[0].any()
    assert not finished[-1].any()


def test_the_library_hook_leaves_ctypes_as_it_was(engine: synthesis.Engine) -> None:
    assert ctypes.util.find_library.__module__ == "ctypes.util"
    assert sys.modules["fluidsynth"].find_library.__module__ == "ctypes.util"


def test_nothing_is_written_to_the_terminal(
    piece: Score, engine: synthesis.Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    synthesis.render(piece, engine)
    assert capfd.readouterr() == ("", "")


def test_a_wanted_sound_font_is_used_or_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOUNDFONT", str(tmp_path / "nowhere.sf2"))
    with pytest.raises(ConfigError, match="nowhere.sf2"):
        synthesis.find_engine()
    for other in (b"", b"RIFF", b"RIFF1234WAVEfmt ", b"\x89PNG1234sfbk"):
        (tmp_path / "mine.sf2").write_bytes(other)
        monkeypatch.setenv("SOUNDFONT", str(tmp_path / "mine.sf2"))
        with pytest.raises(ConfigError, match=r"mine\.sf2 is not a sound font: set SOUNDFONT to") as refused:
            SequencePlan("a").check()
        assert "nstall" not in str(refused.value)
    (tmp_path / "mine.sf2").write_bytes(b"RIFF1234sfbkLIST")
    monkeypatch.setenv("SOUNDFONT", str(tmp_path / "mine.sf2"))
    assert synthesis.find_soundfont() == tmp_path / "mine.sf2"


def test_a_broken_sound_font_is_said(engine: synthesis.Engine, tmp_path: Path, piece: Score) -> None:
    (tmp_path / "broken.sf2").write_bytes(b"RIFF nonsense")
    broken = synthesis.Engine(engine.library, engine.version, engine.origin, tmp_path / "broken.sf2")
    with pytest.raises(EngineMissing, match="broken.sf2") as refused:
        synthesis.render(piece, broken)
    assert "nstall" not in str(refused.value), "there is a font, and it is told what is wrong with it"


@pytest.mark.usefixtures("no_font")
def test_without_a_library_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_libraries", lambda: iter(()))
    with pytest.raises(EngineMissing, match="pip install pygame-ce"):
        synthesis.find_engine()


@pytest.mark.usefixtures("no_font")
def test_without_a_library_a_run_makes_all_but_the_sound(
    monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "_libraries", lambda: iter(()))
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(folder))
    (tmp_path / "wish.py").write_text(
        "from imbatch2soundvisu import *\n"
        "PLANS = [SequencePlan('p', limit=3, size=(64, 48), gif_size=(64, 48), total_seconds=2, stems=True)]\n"
    )
    assert command.main([str(tmp_path / "wish.py")]) == 1
    out = tmp_path / "outputs"
    (piece,) = json.loads((out / "run.json").read_text())["pieces"]
    made = piece["files"]
    assert {"mid", "gif", "mp4", "decisions"} <= set(made)
    assert not [kind for kind in made if kind == "wav" or kind.startswith("stem")]
    assert any(message.type == "note_on" for message in mido.MidiFile(out / made["mid"]))
    with av.open(str(out / made["mp4"])) as film:
        assert not film.streams.audio
        assert sum(1 for _ in film.decode(video=0)) == piece["frames"]
    with Image.open(out / made["gif"]) as gif:
        assert gif.n_frames == 3
    told = capsys.readouterr().out
    assert "pip install pygame-ce" in told
    assert "apt install libfluidsynth3" in told
    assert "pip install pygame-ce" in " ".join(piece["problems"])


@pytest.mark.usefixtures("no_font")
def test_a_better_font_is_preferred_and_none_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engines, "FONT_FOLDERS", (str(tmp_path),))
    (tmp_path / "FluidR3_GM.sf2").touch()
    assert synthesis.find_soundfont().name == "FluidR3_GM.sf2"
    (tmp_path / "FluidR3_GM.sf2").unlink()
    monkeypatch.setattr(engines, "_package_folders", lambda name: [])
    with pytest.raises(EngineMissing, match="pretty_midi"):
        synthesis.find_soundfont()


class TestMastering:
    def tone(self, seconds: float, amplitude: float = 0.1) -> Audio:
        t = np.arange(round(seconds * RATE)) / RATE
        wave = amplitude * np.sin(2 * np.pi * 440 * t) * (1 + 0.5 * np.sin(2 * np.pi * 3 * t))
        return Audio(np.column_stack([wave, 0.8 * wave]).astype(np.float32), RATE)

    def check(self, audio: Audio, target: float = -14.0) -> None:
        measured = mastering.loudness(audio.samples.astype(np.float64), RATE)
        assert measured is not None
        assert abs(measured - target) <= 0.5
        assert np.abs(audio.samples).max() < 10 ** (-1 / 20)
        assert mastering.true_peak_dbfs(audio.samples) <= -1.0

    def test_a_piece_meets_loudness_and_peak(self, rendered: Audio) -> None:
        finished = mastering.master(rendered)
        self.check(finished)
        assert finished.samples.shape == rendered.samples.shape
        assert finished.samples.dtype == np.float32
        assert finished.loudness_lufs == pytest.approx(-14, abs=0.5)

    def test_spiky_sound_is_limited_not_bent(self) -> None:
        spiky = self.tone(6, 0.05).samples.copy()
        rng = np.random.default_rng(0)
        for at in range(11_000, spiky.shape[0] - 1000, 11_000):
            spiky[at : at + 400] += 0.9 * rng.normal(size=(400, 1)).astype(np.float32) * 0.3
        self.check(mastering.master(Audio(spiky, RATE)))

    def test_limiting_a_tone_adds_no_harmonics(self) -> None:
        loud = mastering.master(self.tone(4, 0.9), loudness_lufs=-8)
        middle = loud.samples[RATE : 3 * RATE, 0] * np.hanning(2 * RATE)
        spectrum = np.abs(np.fft.rfft(middle))
        harmonics = max(spectrum[2 * k * 440 - 40 : 2 * k * 440 + 40].max() for k in (2, 3, 4, 5))
        assert harmonics < spectrum.max() * 10 ** (-50 / 20)

    @pytest.mark.parametrize("seconds", [0.05, 0.2, 0.39, 0.41, 1.0])
    def test_short_sounds(self, seconds: float) -> None:
        finished = mastering.master(self.tone(seconds))
        assert finished.samples.shape[0] == round(seconds * RATE)
        assert np.isfinite(finished.samples).all()
        assert 0.05 < np.abs(finished.samples).max() < 10 ** (-1 / 20)

    def test_silence_stays_silence(self) -> None:
        for length in (0, 1, RATE):
            finished = mastering.master(Audio(np.zeros((length, 2), np.float32), RATE))
            assert finished.samples.shape == (length, 2)
            assert not finished.samples.any()
            assert finished.loudness_lufs is None

    def test_fades(self) -> None:
        finished = mastering.master(self.tone(5), fade_in_s=0.1, fade_out_s=1.0).samples
        assert not finished[0].any()
        assert not finished[-1].any()
        quarter = np.abs(finished[-RATE // 8 :]).max()
        assert quarter < 0.1 * np.abs(finished).max()

    def test_wav_holds_the_samples(self, tmp_path: Path) -> None:
        finished = mastering.master(self.tone(1))
        mastering.write_wav(tmp_path / "a.wav", finished)
        mastering.write_wav(tmp_path / "b.wav", finished)
        read, rate = soundfile.read(tmp_path / "a.wav")
        assert rate == RATE
        assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_16"
        assert np.abs(read - finished.samples).max() < 2 / 32768
        assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()

    def test_more_than_a_wav_holds_is_refused_before_anything_is_written(self, tmp_path: Path) -> None:
        most = 0xFFFFFFFF // 4  # samples of four bytes, by 32 bits of the header
        day = Audio(np.broadcast_to(np.zeros((1, 2), np.float32), (24 * 3600 * RATE, 2)), RATE)
        assert len(day.samples) > most
        with pytest.raises(MakeError, match=f"at most {most / RATE / 3600:.2f} hours .* lasts 24.00"):
            mastering.write_wav(tmp_path / "long.wav", day)
        assert not list(tmp_path.iterdir())
        mastering.check_wav(most - 16, 4, RATE)
