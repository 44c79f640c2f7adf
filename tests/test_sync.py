"""Films are decoded, image and sound: every onset is at its cut, to the last of 300 images."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import (
    Audio,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Note,
    Part,
    Score,
    Timeline,
    Timing,
    frame_rate,
)
from imbatch2soundvisu.music import mastering, synthesis
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.visuals.video import write_mp4
from tests.music.composition.pieces import struck

SIZE = (64, 48)
#: No two neighbours are less than 80 apart in some channel.
COLOURS = np.array([(230, 30, 30), (30, 200, 40), (40, 60, 230), (240, 220, 40), (20, 20, 20), (240, 240, 240)])
WITHIN_S = 0.010


@pytest.fixture(scope="module")
def engine() -> synthesis.Engine:
    return synthesis.find_engine()


@pytest.fixture
def colours(tmp_path: Path) -> list[ImageRecord]:
    """One flat image of each colour."""
    records = []
    for i, colour in enumerate(COLOURS):
        path = tmp_path / f"{i}.png"
        Image.fromarray(np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)).save(path)
        records.append(ImageRecord(path, f"{i:032x}", *SIZE, name=path.name))
    return records


def images(colours: list[ImageRecord], n: int) -> ImageSequence:
    rng = np.random.default_rng(n)
    columns = {"luminance": np.linspace(0.2, 0.8, n), "saturation": rng.random(n), "colourfulness": 90 * rng.random(n)}
    table = FeatureTable(tuple(colours[i % len(colours)] for i in range(n)), columns)
    nothing = Criterion("look", 1, 2, 1, 0.1, 0.2)
    return ImageSequence("sync", table, columns["luminance"], FeatureInfo("luminance"), nothing)


def clicks(timeline: Timeline) -> Score:
    """A short note on every cut, and nothing else."""
    starts = timeline.start_ticks[:-1].tolist()
    notes = tuple(Note(0, 84 + i % 5, 110, start, 480) for i, start in enumerate(starts))
    return Score(timeline, (Part("Accents: xylophone", 13, reverb=0),), notes)


def accents_of(score: Score) -> Score:
    """The struck notes on the cuts alone, without reverb over what follows."""
    cuts = set(score.timeline.start_ticks[:-1].tolist())
    notes = tuple(note for note in struck(score) if note.start in cuts)
    assert {note.start for note in notes} == cuts
    parts = tuple(replace(part, reverb=0) for part in score.parts)
    return replace(score, parts=parts, notes=notes, controls=())


def film(path: Path, sequence: ImageSequence, score: Score, engine: synthesis.Engine) -> Audio:
    audio = mastering.master(synthesis.render(score, engine), fade_in_s=0.0)
    write_mp4(path, sequence.records, score.timeline, audio, size=SIZE)
    return audio


def visible_cuts(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The frames at which the image changes, and their times in seconds."""
    with av.open(str(path)) as container:
        shown = [
            (frame.to_ndarray(format="rgb24").mean(axis=(0, 1)), frame.time) for frame in container.decode(video=0)
        ]
    means, times = np.array([mean for mean, _ in shown]), np.array([time for _, time in shown], float)
    changes = np.flatnonzero(np.abs(np.diff(means, axis=0)).max(axis=1) > 40) + 1
    cuts = np.concatenate(([0], changes))
    return cuts, times[cuts]


def decoded_audio(path: Path) -> tuple[np.ndarray, int]:
    """(m,) mono, at its time stamps, by PyAV."""
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        blocks = [(round(frame.time * rate), frame.to_ndarray().mean(axis=0)) for frame in container.decode(audio=0)]
    sound = np.zeros(max(start + len(block) for start, block in blocks))
    for start, block in blocks:
        sound[max(0, start) : start + len(block)] = block[max(0, -start) :]
    return sound, rate


def decoded_by_ffmpeg(path: Path) -> np.ndarray:
    """(m,) mono, by the ffmpeg binary, at the sample rate of the file."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe()
    command = [ffmpeg, "-v", "error", "-i", str(path), "-vn", "-f", "f32le", "-ac", "2", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2).mean(axis=1)


def onset_errors(sound: np.ndarray, rate: int, cuts_s: np.ndarray) -> np.ndarray:
    """(n,) seconds from each cut to the steepest rise of energy around it; NaN where nothing rises.

    Energy of the first difference in windows of 2 ms, every half millisecond; a rise begins where a tenth of its
    height is reached above what rang before.
    """
    hop, window = rate // 2000, rate // 500
    power = np.concatenate(([0.0], np.cumsum(np.diff(sound, prepend=0.0) ** 2)))
    edges = np.arange(window, len(power), hop)
    level = np.sqrt(power[edges] - power[edges - window])
    times = edges / rate
    found = []
    for cut in cuts_s:
        near = (times > cut - 0.06) & (times < cut + 0.06)
        here, at = level[near], times[near]
        before = level[(times > cut - 0.09) & (times <= cut - 0.03)]
        floor = float(before.max()) if before.size else 0.0
        rise = here > floor + 0.1 * (here.max() - floor)
        found.append(at[np.argmax(rise)] - cut if here.max() > 1.5 * floor + 1e-6 else np.nan)
    return np.array(found)


def assert_in_sync(path: Path, timeline: Timeline, total: Audio) -> np.ndarray:
    """Cuts exact, onsets within 10 ms by both decoders, lengths within a frame; returns the errors in seconds."""
    frames, cuts_s = visible_cuts(path)
    assert frames.tolist() == timeline.start_frames[:-1].tolist()
    assert cuts_s == pytest.approx(timeline.start_seconds[:-1], abs=1e-6)
    sound, rate = decoded_audio(path)
    errors = onset_errors(sound, rate, cuts_s)
    assert np.abs(errors).max() < WITHIN_S  # NaN fails, too
    by_ffmpeg = onset_errors(decoded_by_ffmpeg(path), rate, cuts_s)
    assert np.abs(by_ffmpeg).max() < WITHIN_S
    with av.open(str(path)) as container:
        lengths = [float(stream.duration * stream.time_base) for stream in container.streams]
    assert lengths == pytest.approx([float(timeline.seconds)] * 2, abs=1 / float(timeline.fps))
    assert len(total.samples) == timeline.total_samples
    return errors


@pytest.mark.parametrize("fps", [24, 25, 30, 60, 23.976, 59.94])
@pytest.mark.parametrize("varied", [False, True], ids=["even", "varied"])
def test_note_onsets_are_in_sync_with_their_cuts(
    fps: float, varied: bool, colours: list[ImageRecord], tmp_path: Path, engine: synthesis.Engine
) -> None:
    sequence = images(colours, 16)
    weights = np.random.default_rng(int(fps)).random(16) ** 2 if varied else None
    grid = Composed().timeline(sequence, frame_rate(fps), Timing(1.0, weights=weights))
    assert (len(set(grid.beats[:-1])) > 1) == varied  # the last image is longer, for the last chord
    audio = film(tmp_path / "a.mp4", sequence, clicks(grid), engine)
    assert_in_sync(tmp_path / "a.mp4", grid, audio)


def test_the_measurement_detects_a_shift(colours: list[ImageRecord], tmp_path: Path, engine: synthesis.Engine) -> None:
    """Sound that is a frame late, or a block of the encoder early, is out of sync."""
    sequence = images(colours, 8)
    grid = Composed().timeline(sequence, 30, Timing(1.0))
    audio = film(tmp_path / "a.mp4", sequence, clicks(grid), engine)
    for shift in (grid.samples_per_frame, -1024):
        moved = replace(audio, samples=np.roll(audio.samples, shift, axis=0))
        write_mp4(tmp_path / "b.mp4", sequence.records, grid, moved, size=SIZE)
        errors = onset_errors(*decoded_audio(tmp_path / "b.mp4"), grid.start_frames[1:-1] / 30)
        assert np.median(errors) == pytest.approx(shift / grid.sample_rate, abs=0.005)


@pytest.mark.parametrize(
    ("mood", "fps"), [(None, 30), ("bright", 29.97), ("calm", 30), ("dark", 23.976), ("lively", 59.94)]
)
def test_accents_of_composed_music_are_in_sync_with_their_cuts(
    mood: str | None, fps: float, colours: list[ImageRecord], tmp_path: Path, engine: synthesis.Engine
) -> None:
    sequence = images(colours, 12)
    music = Composed(mood)
    grid = music.timeline(sequence, frame_rate(fps), Timing(weights=np.arange(12) % 5))
    score = music.compose(sequence, grid, np.random.default_rng(1))
    audio = film(tmp_path / "a.mp4", sequence, accents_of(score), engine)
    assert_in_sync(tmp_path / "a.mp4", grid, audio)


@pytest.mark.slow
@pytest.mark.parametrize("fps", [30, 29.97])
def test_three_hundred_images_do_not_drift(
    fps: float, colours: list[ImageRecord], tmp_path: Path, engine: synthesis.Engine
) -> None:
    sequence = images(colours, 300)
    weights = np.random.default_rng(3).random(300) ** 2
    grid = Composed().timeline(sequence, frame_rate(fps), Timing(0.9, weights=weights))
    audio = film(tmp_path / "a.mp4", sequence, clicks(grid), engine)
    errors = assert_in_sync(tmp_path / "a.mp4", grid, audio)
    assert abs(np.median(errors[-30:]) - np.median(errors[:30])) < 0.001
    drift = np.polyfit(grid.start_seconds[:-1], errors, 1)[0] * float(grid.seconds)
    assert abs(drift) < 0.001


@pytest.mark.slow
def test_composed_music_has_onsets_at_most_cuts(
    colours: list[ImageRecord], tmp_path: Path, engine: synthesis.Engine
) -> None:
    """In the full mix other notes sound and begin as well, so that not every cut has a measurable onset."""
    sequence = images(colours, 48)
    music = Composed("lively")
    grid = music.timeline(sequence, 30, Timing(1.0))
    film(tmp_path / "a.mp4", sequence, music.compose(sequence, grid, np.random.default_rng(1)), engine)
    errors = onset_errors(*decoded_audio(tmp_path / "a.mp4"), grid.start_frames[:-1] / 30)
    found = errors[np.isfinite(errors)]
    assert len(found) >= 24
    assert np.abs(np.median(found)) < WITHIN_S
