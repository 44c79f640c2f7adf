"""A run that is killed is continued by the next one, which makes the same frames."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.mosaic.videos import making

from .clips import decoded, moving, tiles, times, written

_RUN = """
import sys
import threading
from pathlib import Path
import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.mosaic.videos import making

making._PART_FRAMES = 8

def progress(stage, done, total):
    print(stage.replace(" ", "-"), done, flush=True)
    if stage == "video mosaic" and done == 21:
        sys.stdin.read()

folder = Path(sys.argv[1])
report = i2s.video_mosaic(
    folder / "a.mp4", folder / "tiles", folder / "film.mp4", tile=(8, 6), progress=progress,
    settings=config.resolve({"CACHE": str(folder / "cache")}),
)
print("report", report.frames, report.resumed, report.seconds, report.changed, report.psnr, report.cuts, flush=True)
"""


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(making, "_PART_FRAMES", 8)


def mosaic_of(folder: Path, name: str, cache: str, **options):
    settings = config.resolve({"CACHE": str(folder / cache)})
    film = folder / name
    return i2s.video_mosaic(folder / "a.mp4", folder / "tiles", film, tile=(8, 6), settings=settings, **options), film


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_run_is_continued(tmp_path, small_parts):
    written(tmp_path / "a.mp4", moving(40, noise=12))
    tiles(tmp_path / "tiles")
    command = [sys.executable, "-c", _RUN, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(i2s.__file__).parents[1])}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.split() == ["video-mosaic", "21"]:
                break
        os.kill(process.pid, signal.SIGKILL)
    assert not (tmp_path / "film.mp4").exists()
    again = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=True
    )
    film = tmp_path / "film.mp4"
    expected, other = mosaic_of(tmp_path, "other.mp4", "cache of its own")
    assert expected.resumed == 0
    said = (expected.frames, 16, expected.seconds, expected.changed, expected.psnr, expected.cuts)
    assert again.stdout.splitlines()[-1] == " ".join(map(str, ("report", *said)))
    assert times(film) == times(other)
    assert all(np.array_equal(a, b) for a, b in zip(decoded(film), decoded(other), strict=True))
    assert [each.name for each in tmp_path.iterdir() if ".partial" in each.name] == []


def stopped(folder: Path, at: int, **options):
    """Stop a run by an exception at a frame."""

    def progress(stage, done, total):
        if stage == "video mosaic" and done == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mosaic_of(folder, "film.mp4", "cache", progress=progress, **options)


def test_tinted_tiles_keep_their_colours(tmp_path, small_parts):
    """They are those of the frame in which they were painted, also where another run painted them."""
    written(tmp_path / "a.mp4", moving(20, noise=3))
    tiles(tmp_path / "tiles")
    stopped(tmp_path, 17, tint=0.5)
    report, film = mosaic_of(tmp_path, "film.mp4", "cache", tint=0.5)
    _, other = mosaic_of(tmp_path, "other.mp4", "cache of its own", tint=0.5)
    assert report.resumed == 16
    assert all(np.array_equal(a, b) for a, b in zip(decoded(film), decoded(other), strict=True))


@pytest.mark.parametrize("change", ["options", "tiles", "video"])
def test_parts_of_another_film_are_not_used(tmp_path, small_parts, change):
    written(tmp_path / "a.mp4", moving(20))
    tiles(tmp_path / "tiles")
    stopped(tmp_path, 17)
    options = {"stabilization": 0.8} if change == "options" else {}
    if change == "tiles":
        (tmp_path / "tiles" / "003.png").unlink()
    elif change == "video":
        written(tmp_path / "a.mp4", moving(20, seed=1, noise=1))
    assert mosaic_of(tmp_path, "film.mp4", "cache", **options)[0].resumed == 0


def test_a_damaged_part_is_made_again(tmp_path, small_parts):
    written(tmp_path / "a.mp4", moving(20))
    tiles(tmp_path / "tiles")
    stopped(tmp_path, 17)
    for part in (tmp_path / "cache").glob("video-mosaics/*/part-00000.npz"):
        part.write_bytes(part.read_bytes()[:100])
    report, film = mosaic_of(tmp_path, "film.mp4", "cache")
    assert report.resumed == 0
    assert len(decoded(film)) == 20


def test_frames_that_seeking_would_change_are_read_from_the_beginning(tmp_path, small_parts, monkeypatch):
    """In a stream whose container knows wrong key frames."""
    written(tmp_path / "a.mp4", moving(20))
    tiles(tmp_path / "tiles")
    stopped(tmp_path, 17)
    true = making.VideoSource.read

    def wrong(self, start, seek=True):
        frames = true(self, start, seek)
        if seek and start > 0:
            next(frames)
        yield from frames

    monkeypatch.setattr(making.VideoSource, "read", wrong)
    report, film = mosaic_of(tmp_path, "film.mp4", "cache")
    assert len(decoded(film)) == 20


def test_nothing_is_kept_without_a_cache_on_disk(tmp_path, small_parts):
    written(tmp_path / "a.mp4", moving(10))
    tiles(tmp_path / "tiles")
    with i2s.runtime.cache.Cache(None) as cache:
        i2s.video_mosaic(tmp_path / "a.mp4", tmp_path / "tiles", tmp_path / "film.mp4", tile=(8, 6), cache=cache)
    assert not list(tmp_path.rglob("part-*"))


@pytest.mark.parametrize("where", ["part", "film"])
def test_a_full_disk(tmp_path, small_parts, monkeypatch, where):
    """Nothing is half-written, no thread goes on, and the next run makes the film."""
    written(tmp_path / "a.mp4", moving(20))
    tiles(tmp_path / "tiles")

    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(*((making.PartStore, "add") if where == "part" else (making.FilmWriter, "write")), full)
        with pytest.raises(OSError, match="No space left"):
            mosaic_of(tmp_path, "film.mp4", "cache")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.mp4", "cache", "tiles"]
    assert not [each for each in threading.enumerate() if each.name in ("frames", "mosaics")]
    report, film = mosaic_of(tmp_path, "film.mp4", "cache")
    assert report.resumed == (0 if where == "part" else 20)
    assert len(decoded(film)) == 20
