"""Audio players in notebooks, and playback through loudspeakers."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli import command as command
from imbatch2soundvisu.core import TICKS_PER_BEAT, Audio, Note, Part, Score
from imbatch2soundvisu.core.errors import ConfigError, EngineMissing, MakeError
from imbatch2soundvisu.music import mastering, playback, synthesis, wav
from imbatch2soundvisu.music.timeline import build
from tests.conftest import photo
from tests.music.scores import sequence


@pytest.fixture
def _engine() -> None:
    try:
        synthesis.find_engine()
    except EngineMissing as missing:
        pytest.skip(str(missing))


def tone(seconds: float = 1.0) -> Audio:
    t = np.arange(round(44_100 * seconds)) / 44_100
    wave = 0.3 * np.sin(2 * np.pi * 440 * t)
    return Audio(np.column_stack([wave, 0.5 * wave]).astype(np.float32), 44_100, "a tone")


def decoded(player: i2s.music.AudioPlayer) -> tuple[np.ndarray, int]:
    """The samples and the sample rate of the sound within the HTML."""
    found = re.search(r'src="data:audio/mpeg;base64,([^"]+)"', player._repr_html_())
    assert found
    return soundfile.read(io.BytesIO(base64.b64decode(found[1])))


def test_the_player_contains_the_sound() -> None:
    player = i2s.music.preview(tone(8.0))
    samples, rate = decoded(player)
    assert rate == 44_100
    assert abs(len(samples) / rate - 8.0) < 0.06  # MP3 comes in frames of 26 ms
    spectrum = np.abs(np.fft.rfft(samples[rate : 2 * rate, 0]))
    assert int(spectrum.argmax()) == 440
    assert "a tone" in player._repr_html_()
    assert "8.0 s" in repr(player)


@pytest.mark.usefixtures("_engine")
def test_a_score_and_a_sequence_are_played_as_a_run_would() -> None:
    score = Score(build(3, 30), (Part("a", 0),), (Note(0, 60, 90, 0, TICKS_PER_BEAT),), summary="<one> & only")
    player = i2s.music.preview(score)
    assert player.audio.samples.shape[0] == score.timeline.total_samples
    assert player.audio.loudness_lufs == pytest.approx(-14, abs=0.5)
    assert "&lt;one&gt; &amp; only" in player._repr_html_()
    composed = i2s.music.preview(sequence([0.0, 0.4, 1.0]), i2s.Composed("calm", rubato=0), i2s.Timing(1.0))
    assert composed.audio.samples.shape[0] / composed.audio.sample_rate == pytest.approx(3, abs=0.5)
    assert mastering.true_peak_dbfs(composed.audio.samples) <= -1


@pytest.mark.parametrize(
    ("thing", "music", "said"),
    [
        ("song.mp3", None, "Score, an Audio, or an ImageSequence"),
        (sequence([0.0, 1.0]), None, "music=Composed"),
        (sequence([0.0, 1.0]), i2s.Composed, "music=Composed"),
        (sequence([0.0, 1.0]), i2s.Silent(), "nothing to play"),
    ],
)
def test_sources_without_sound_are_refused(thing: object, music: object, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        i2s.music.preview(thing, music)  # type: ignore[arg-type]


def test_a_file_is_played_to_its_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import pygame

    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    wav.write_pcm16(tmp_path / "a.wav", tone(0.15))
    states: list[bool] = []
    busy = pygame.mixer.music.get_busy
    monkeypatch.setattr(pygame.mixer.music, "get_busy", lambda: states.append(busy()) or states[-1])
    playback.play_file(tmp_path / "a.wav")
    assert states[0]
    assert not states[-1]
    assert pygame.mixer.get_init() is None


def test_missing_audio_output_and_damaged_files_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF nonsense")
    for driver in ("dummy", "no such driver"):
        monkeypatch.setenv("SDL_AUDIODRIVER", driver)
        with pytest.raises(MakeError, match="a.wav cannot be played"):
            playback.play_file(tmp_path / "a.wav")


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "images").mkdir()
    for seed in range(3):
        Image.fromarray(photo(seed, 40, 30)).save(tmp_path / "images" / f"{seed}.png")
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(tmp_path / "images"))
    (tmp_path / "session_file.py").write_text(
        "from imbatch2soundvisu import *\n"
        "quick = dict(outputs=[Wav()], total_seconds=2)\n"
        "PLANS = [SequencePlan('one', **quick), SequencePlan('two', order='hue', **quick)]\n"
    )
    return str(tmp_path / "session_file.py")


@pytest.mark.usefixtures("_engine")
@pytest.mark.parametrize("error", [None, MakeError("nothing to play on"), KeyboardInterrupt()])
def test_the_option_play_plays_the_results(
    session: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException | None
) -> None:
    played: list[str] = []

    def play(path: Path) -> None:
        played.append(path.parent.name)
        if error is not None:
            raise error

    monkeypatch.setattr(playback, "play_file", play)
    assert command.main([session]) == 0
    assert not played
    assert command.main([session, "--play"]) == 0
    assert played == (["one", "two"] if error is None else ["one"])
    output = capsys.readouterr().out
    assert ("nothing to play on" in output) == isinstance(error, MakeError)
    assert ("stopped playing" in output) == isinstance(error, KeyboardInterrupt)
