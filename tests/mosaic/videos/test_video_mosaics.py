"""Video mosaics of small videos that are made here."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import CollectionError, ConfigError, ImageError
from imbatch2soundvisu.mosaic.videos import making

from .clips import COLOURS, audio_packets, decoded, melody, moving, samples, tiles, times, turned, written


@pytest.fixture
def made(tmp_path):
    """A function that makes a mosaic with cells of 8 x 6 pixels."""

    def make(video, name="film.mp4", **options):
        options = {"tile": (8, 6), **options}
        return i2s.video_mosaic(video, tiles(tmp_path / "tiles"), tmp_path / name, **options), tmp_path / name

    return make


def rate_of(path):
    with av.open(str(path)) as container:
        return container.streams.video[0].average_rate


@pytest.mark.parametrize("rate", [25, Fraction(30_000, 1001), Fraction(24_000, 1001), 12])
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_film_has_the_frames_and_the_rate_of_its_source(tmp_path, made, rate, ending):
    video = written(tmp_path / f"a.{ending}", moving(23), rate)
    report, film = made(video)
    assert report.frames == len(decoded(film)) == 23
    assert report.rate == rate_of(film) == rate
    assert times(film) == [number / Fraction(rate) for number in range(23)]
    assert report.seconds == pytest.approx(23 / rate)
    assert report.problems == report.notes == ()


def test_a_frame_is_the_mosaic_of_its_frame(tmp_path, made):
    pictures = [np.full((48, 64, 3), colour, np.uint8) for colour in (COLOURS[3], COLOURS[25])]
    _, film = made(written(tmp_path / "a.mp4", pictures))
    for frame, expected in zip(decoded(film), pictures, strict=True):
        assert np.abs(frame.astype(int) - expected).max() <= 6


def test_frames_of_a_variable_rate_keep_their_times(tmp_path, made):
    stamps = [0, 40, 80, 200, 210, 333, 500, 517]
    video = written(tmp_path / "a.mkv", moving(8), stamps=stamps)
    report, film = made(video)
    assert times(film) == [Fraction(stamp, 1000) for stamp in stamps]
    assert report.frames == 8
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        assert float(stream.duration * stream.time_base) == pytest.approx(report.seconds, abs=1e-3)
    assert report.seconds > 0.517


def test_rotated_video(tmp_path, made):
    pictures = [np.zeros((48, 64, 3), np.uint8) + np.uint8(20) for _ in range(3)]
    for each in pictures:
        each[:, :32] = 235
    video = turned(written(tmp_path / "a.mp4", pictures), (0, 1, -1, 0))
    report, film = made(video, tile=(8, 8))
    assert report.size == (48, 64)
    frame = decoded(film)[0].astype(int)
    halves = frame[:32].mean(), frame[32:].mean()
    shown = i2s.datasets.video_pictures.picture(next(_frames(video))).astype(int)
    assert halves == pytest.approx((shown[:32].mean(), shown[32:].mean()), abs=6)
    assert abs(halves[0] - halves[1]) > 150


def _frames(path):
    with av.open(str(path)) as container:
        yield from container.decode(video=0)


def test_pixels_that_are_not_square(tmp_path, made):
    video = written(tmp_path / "a.mp4", moving(3), sample_aspect_ratio=Fraction(2, 1))
    report, film = made(video, tile=(16, 6))
    assert report.size == (128, 48)
    with av.open(str(film)) as container:
        assert (container.streams.video[0].sample_aspect_ratio or 1) == 1


@pytest.mark.parametrize("cover", ["all", "whole"])
def test_odd_sizes(tmp_path, made, cover):
    report, film = made(written(tmp_path / "a.mp4", moving(3, (61, 47))), tile=(7, 5), cover=cover)
    assert report.size == ((60, 46) if cover == "all" else (56, 44))
    assert decoded(film)[0].shape[1::-1] == report.size
    assert len(report.notes) == 1
    assert "even sides" in report.notes[0]


def test_one_frame(tmp_path, made):
    report, film = made(written(tmp_path / "a.mp4", moving(1)))
    assert (report.frames, report.changed, report.cuts) == (1, 0.0, ())
    assert len(decoded(film)) == 1


def test_a_larger_film_than_its_source(tmp_path, made):
    report, film = made(written(tmp_path / "a.mp4", moving(3)), tile_px=20)
    assert report.size == decoded(film)[0].shape[1::-1] == (160, 120)


def test_sound_that_mp4_takes_is_copied(tmp_path, made):
    audio = {"codec": "aac", "rate": 44_100, "layout": "5.1", "seconds": 1}
    video = written(tmp_path / "a.mp4", moving(25), audio=audio)
    report, film = made(video)
    assert report.audio == ("aac, 5.1, copied",)
    assert audio_packets(film) == audio_packets(video)


@pytest.mark.parametrize("codec", ["libmp3lame", "ac3", "libopus"])
def test_other_sound_that_mp4_takes(tmp_path, made, codec):
    audio = {"codec": codec, "rate": 48_000, "layout": "stereo", "seconds": 1}
    video = written(tmp_path / "a.mkv", moving(25), audio=audio)
    report, film = made(video)
    assert report.audio[0].endswith("copied")
    assert [data for _, data in audio_packets(film)] == [data for _, data in audio_packets(video)]
    assert lag(film, video) < 0.002


@pytest.mark.parametrize(("codec", "layout"), [("mp2", "mono"), ("pcm_s16le", "5.1")])
def test_other_sound_is_encoded_in_sync(tmp_path, made, codec, layout):
    audio = {"codec": codec, "rate": 32_000, "layout": layout, "seconds": 1}
    video = written(tmp_path / "a.mkv", moving(25), audio=audio)
    report, film = made(video)
    assert report.audio[0].endswith("encoded as AAC")
    assert samples(film)[0].shape[0] == {"mono": 1, "5.1": 6}[layout]
    assert lag(film, video) < 0.001


def lag(film, video):
    """How much earlier or later the sound of a film is, in seconds, against its pictures."""
    (first, start), (second, other) = samples(film), samples(video)
    wave, reference = first[0], second[0]
    size = min(len(wave), len(reference))
    spectrum = np.fft.rfft(wave[:size], 2 * size) * np.conj(np.fft.rfft(reference[:size], 2 * size))
    shift = int(np.fft.irfft(spectrum).argmax())
    shift -= 2 * size if shift > size else 0
    with av.open(str(film)) as container:
        rate = container.streams.audio[0].rate
    offset = (start - times(film)[0]) - (other - times(video)[0])
    return abs(float(offset) + shift / rate)


def test_silent_video(tmp_path, made):
    report, film = made(written(tmp_path / "a.mp4", moving(3)))
    assert report.audio == ()
    with av.open(str(film)) as container:
        assert len(container.streams.audio) == 0


def test_an_excerpt(tmp_path, made):
    """Pictures and sound begin at the same moment of the source."""
    audio = {"codec": "aac", "rate": 44_100, "layout": "mono", "seconds": 2}
    video = written(tmp_path / "a.mp4", moving(50), audio=audio)
    report, film = made(video, start=0.7, seconds=0.6, stabilization=1)
    _, whole = made(video, "whole.mp4", stabilization=1)
    assert (report.frames, report.seconds) == (15, pytest.approx(0.6))
    assert times(film) == [Fraction(number, 25) for number in range(15)]
    wave, start = samples(film)
    assert wave.shape[1] / 44_100 == pytest.approx(0.6, abs=0.06)
    assert float(start) == pytest.approx(0, abs=0.05)
    expected = melody(2 * 44_100, 44_100)[round((0.68 + float(start)) * 44_100) :][: wave.shape[1]]
    assert np.corrcoef(wave[0, 2000:20_000], expected[2000:20_000])[0, 1] > 0.99
    first, other = decoded(film)[0].astype(int), decoded(whole)[17].astype(int)
    assert np.abs(first - other).mean() < 2


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_damaged_tail_is_reported(tmp_path, made, ending):
    video = written(tmp_path / f"a.{ending}", moving(75, noise=20), options={"movflags": "+faststart"})
    video.write_bytes(video.read_bytes()[: video.stat().st_size * 3 // 5])
    report, film = made(video)
    assert 20 < report.frames < 60
    assert len(decoded(film)) == report.frames
    assert "it is not complete" in report.problems[0]


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_sound_that_begins_later(tmp_path, made, codec):
    audio = {"codec": codec, "rate": 44_100, "layout": "stereo", "seconds": 1, "begins": 0.5}
    video = written(tmp_path / "a.mov", moving(40), audio=audio)
    _, film = made(video)
    assert lag(film, video) < 0.001
    assert abs(float(samples(film)[1]) - 0.5) < 0.03
    _, excerpt = made(video, start=0.8)
    (wave, start), (reference, other) = samples(excerpt), samples(video)
    expected = reference[0, round((0.8 + float(start - other)) * 44_100) :]
    assert np.corrcoef(wave[0, 3000:20_000], expected[3000:20_000])[0, 1] > 0.99


def test_damaged_frames_do_not_end_a_film(tmp_path, made):
    video = written(tmp_path / "a.mkv", moving(60, noise=20))
    data = bytearray(video.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    video.write_bytes(bytes(data))
    report, film = made(video)
    assert report.frames == len(decoded(film)) > 40


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_a_still_image_is_not_taken_for_a_video(tmp_path, ending):
    Image.new("RGB", (32, 24), (90, 60, 30)).save(tmp_path / f"photo.{ending}")
    with pytest.raises(ImageError, match="is a still image, not a video: make a mosaic of it"):
        i2s.video_mosaic(tmp_path / f"photo.{ending}", tiles(tmp_path / "tiles"), tmp_path / "film.mp4")


def test_what_is_no_video(tmp_path, made):
    (tmp_path / "a.mp4").write_bytes(b"no video" * 99)
    with pytest.raises(ImageError, match="cannot be read as a video"):
        made(tmp_path / "a.mp4")
    with pytest.raises(ImageError, match="No such file"):
        made(tmp_path / "missing.mp4")
    assert not (tmp_path / "film.mp4").exists()


def test_sound_only(tmp_path, made):
    with av.open(str(tmp_path / "a.mka"), "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(ImageError, match="no video stream"):
        made(tmp_path / "a.mka")


def test_a_start_beyond_the_end(tmp_path, made):
    with pytest.raises(ConfigError, match=r"start=9 is beyond the end of .* which lasts 0.12 seconds"):
        made(written(tmp_path / "a.mp4", moving(3)), start=9)


def test_the_name_of_the_film(tmp_path, made):
    with pytest.raises(ConfigError, match=r"must end with \.mp4"):
        made(written(tmp_path / "a.mp4", moving(1)), "film.gif")


def test_no_usable_tile(tmp_path):
    (tmp_path / "none").mkdir()
    video = written(tmp_path / "a.mp4", moving(1))
    with pytest.raises(CollectionError):
        i2s.video_mosaic(video, tmp_path / "none", tmp_path / "film.mp4", tile=(8, 6))


def test_progress(tmp_path, made):
    seen = []
    made(written(tmp_path / "a.mp4", moving(9)), progress=lambda *call: seen.append(call))
    assert [call for call in seen if call[0] == "video mosaic"] == [("video mosaic", n, 9) for n in range(10)]


def test_cuts_are_found_and_are_key_frames(tmp_path, made):
    pictures = [np.full((48, 64, 3), grey, np.uint8) for grey in [60] * 8 + [150] * 7 + [100] * 5]
    report, film = made(written(tmp_path / "a.mp4", pictures))
    assert report.cuts == (8, 15)
    with av.open(str(film)) as container:
        keys = [round(each.pts * each.time_base * 25) for each in container.demux(video=0) if each.is_keyframe]
    assert keys == [0, 8, 15]


def test_parts_make_one_film(tmp_path, made, monkeypatch):
    video = written(tmp_path / "a.mp4", moving(30, noise=4))
    _, whole = made(video, "whole.mp4")
    monkeypatch.setattr(making, "_PART_FRAMES", 7)
    report, film = made(video)
    assert report.frames == len(decoded(film)) == 30
    assert times(film) == times(whole)
    difference = [np.abs(a.astype(int) - b).mean() for a, b in zip(decoded(film), decoded(whole), strict=True)]
    assert max(difference) < 3
    assert not list((tmp_path / "cache" / "video-mosaics").glob("*/part*"))


@pytest.mark.parametrize(("ending", "codec", "sound"), [("ts", "libx264", "aac"), ("avi", "mpeg4", "libmp3lame")])
def test_containers_with_other_clocks(tmp_path, made, ending, codec, sound):
    """MPEG-TS begins at 1.4 s, and its AAC is framed otherwise; AVI has no times of display."""
    audio = {"codec": sound, "rate": 48_000, "layout": "stereo", "seconds": 1}
    video = written(tmp_path / f"a.{ending}", moving(25), codec=codec, audio=audio)
    report, film = made(video)
    assert report.frames == len(decoded(film)) == 25
    assert report.audio[0].endswith("copied")
    assert lag(film, video) < 0.001


def test_video_without_time_stamps(tmp_path, made):
    report, film = made(written(tmp_path / "a.h264", moving(25)))
    assert times(film) == [Fraction(number, 25) for number in range(25)]


def test_an_animated_gif(tmp_path, made):
    first, *others = [Image.fromarray(each) for each in moving(6)]
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=[100, 100, 100, 250, 250, 250])
    report, film = made(tmp_path / "a.gif")
    assert [float(time) for time in times(film)] == pytest.approx([0, 0.1, 0.2, 0.3, 0.55, 0.8])
    assert report.seconds == pytest.approx(1.05)
