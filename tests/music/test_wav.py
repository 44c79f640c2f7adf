"""WAV files contain the samples, as other libraries read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from imbatch2soundvisu.cli import command as command
from imbatch2soundvisu.core import Audio
from imbatch2soundvisu.core.errors import MakeError
from imbatch2soundvisu.music import mastering, wav
from tests.music.test_mastering import tone

RATE = 44_100


def test_wav_holds_the_samples(tmp_path: Path) -> None:
    finished = mastering.master(tone(1))
    wav.write_pcm16(tmp_path / "a.wav", finished)
    wav.write_pcm16(tmp_path / "b.wav", finished)
    read, rate = soundfile.read(tmp_path / "a.wav")
    assert rate == RATE
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_16"
    assert np.abs(read - finished.samples).max() < 2 / 32768
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_more_than_a_wav_holds_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    most = 0xFFFFFFFF // 4  # samples of four bytes, by 32 bits of the header
    day = Audio(np.broadcast_to(np.zeros((1, 2), np.float32), (24 * 3600 * RATE, 2)), RATE)
    assert len(day.samples) > most
    with pytest.raises(MakeError, match=f"at most {most / RATE / 3600:.2f} hours .* lasts 24.00"):
        wav.write_pcm16(tmp_path / "long.wav", day)
    assert not list(tmp_path.iterdir())
    wav.check_length(most - 16, 4, RATE)
