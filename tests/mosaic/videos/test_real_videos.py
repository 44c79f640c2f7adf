"""Video mosaics of films, and of a shot that does not move but for the noise of its sensor."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s

from ...conftest import photo
from .clips import audio_packets, decoded, samples, times, written


def described(path):
    """(frames, frame rate, times of the frames, duration of the container in seconds)."""
    shown = times(path)
    with av.open(str(path)) as container:
        rate = container.streams.video[0].average_rate
        return len(shown), rate, shown, container.duration / av.time_base


def test_a_film_with_surround_sound(tmp_path, shared_data):
    source = shared_data("D-video") / "bigbuckbunny_5s_51audio.mp4"
    report = i2s.video_mosaic(source, shared_data("A-emoji"), tmp_path / "film.mp4", columns=20)
    assert described(tmp_path / "film.mp4") == described(source)
    assert report.audio == ("aac, 5.1, copied",)
    assert audio_packets(tmp_path / "film.mp4") == audio_packets(source)
    assert report.problems == ()


def test_a_web_film(tmp_path, shared_data):
    """Its times are whole milliseconds; its Vorbis sound is encoded again."""
    source = shared_data("D-video") / "big_buck_bunny_0_30.webm"
    film = tmp_path / "film.mp4"
    report = i2s.video_mosaic(source, shared_data("A-emoji"), film, columns=20, seconds=3)
    count, rate, shown, _ = described(film)
    expected = times(source)[:count]
    assert (count, rate, report.seconds) == (72, 24, 3.0)
    assert shown == [expected[0] + Fraction(number, 24) for number in range(72)]
    assert max(abs(a - b) for a, b in zip(shown, expected, strict=True)) <= Fraction(1, 1000)
    (wave, start), (reference, other) = samples(film), samples(source)
    assert wave.shape[0] == reference.shape[0] == 2
    assert wave.shape[1] / 44_100 == pytest.approx(3, abs=0.03)
    part = slice(40_000, 110_000)
    offset = round((other - start) * 44_100)
    lags = [np.dot(reference[0, part], np.roll(wave[0], -lag - offset)[part]) for lag in range(-30, 31)]
    assert abs(int(np.argmax(lags)) - 30) <= 2


def test_a_still_shot_keeps_its_tiles(tmp_path):
    """Stabilization lowers the changes at least five times, and costs less than 0.3 dB."""
    rng, still = np.random.default_rng(1), photo(8, 320, 180).astype(float)
    noisy = [np.clip(still + rng.normal(0, 5, still.shape), 0, 255).astype(np.uint8) for _ in range(40)]
    video = written(tmp_path / "a.mp4", noisy)
    tiles = [photo(seed, 32, 24) for seed in range(300)]
    (tmp_path / "tiles").mkdir()
    for number, pixels in enumerate(tiles):
        Image.fromarray(pixels).save(tmp_path / "tiles" / f"{number:03}.png")
    found = {}
    for threshold in (1.0, 0.9):
        film = tmp_path / f"{threshold}.mp4"
        report = i2s.video_mosaic(video, tmp_path / "tiles", film, tile=(8, 6), stabilization=threshold)
        assert report.cuts == ()
        shown, true = (np.array(decoded(each), np.float32) for each in (film, video))
        found[threshold] = report.changed, 10 * np.log10(255**2 / np.mean((shown - true) ** 2))
    assert found[1.0][0] > 5 * found[0.9][0]
    assert found[0.9][1] > found[1.0][1] - 0.3
