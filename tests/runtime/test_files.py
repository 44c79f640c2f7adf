"""Files are whole, what killed runs left goes, and names are legal everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from imbatch2soundvisu.runtime import files, ownership, partials
from imbatch2soundvisu.runtime.ownership import WrittenFiles

DAY = 24 * 3600


@pytest.fixture
def dead() -> int:
    """The pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_is_flushed_may_be_written_to(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.write(descriptor, b"")))
    files.write_text(tmp_path / "note.txt", "all of it")
    assert flushed == [0]
    assert (tmp_path / "note.txt").read_text() == "all of it"


def recorded(folder, *paths) -> WrittenFiles:
    """A record that names partials, as a run leaves it that is killed."""
    lines = [json.dumps(["partial", path.relative_to(folder).as_posix()]) for path in paths]
    (folder / ownership.RECORD).write_text("\n".join([ownership._HEAD.decode(), *lines]))
    return WrittenFiles(folder)


def test_partial_files_and_folders_of_the_dead_go(tmp_path, dead):
    gone = [tmp_path / f".partial-{dead}-film.mp4", tmp_path / f"deep/er/.partial-{dead}-frames"]
    running = [
        tmp_path / f".partial-{os.getpid()}-film.mp4",
        tmp_path / f"deep/.partial-{os.getpid()}-frames",
        tmp_path / f".partial-{os.getppid()}-film.mp4",
        tmp_path / ".partial-of-the-truth.txt",
    ]
    users = [tmp_path / f".partial-{dead}-mine.mp4", tmp_path / f"deep/.partial-{dead}-x", tmp_path / "frames/one.jpg"]
    for path in (*gone, *running, *users):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.name.endswith("frames"):
            path.mkdir()
            (path / "one.jpg").write_text("x")
        else:
            path.write_text("x")
    assert recorded(tmp_path, *gone, *running).remove_partials() == 2
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in (*running, *users))
    assert WrittenFiles(tmp_path / "nowhere").remove_partials() == 0


def test_links_are_not_followed(tmp_path, dead):
    (tmp_path / "images").mkdir()
    (tmp_path / "images/mine.jpg").write_text("x")
    (tmp_path / "cache").mkdir()
    link = tmp_path / f"cache/.partial-{dead}-frames"
    os.symlink(tmp_path / "images", link)
    assert recorded(tmp_path / "cache", link).remove_partials() == 1
    assert (tmp_path / "images/mine.jpg").exists()


def test_where_nobody_can_be_asked_only_the_old_is_dead(tmp_path, dead, monkeypatch):
    monkeypatch.setattr(partials, "_PIDS_CAN_BE_ASKED", False)
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("this would end the process"))
    ages = {f".partial-{dead}-new.mp4": 0, f".partial-{dead}-old.mp4": 2 * DAY, f".partial-{os.getpid()}-x": 2 * DAY}
    for name, age in ages.items():
        (tmp_path / name).write_text("x")
        moment = (tmp_path / name).stat().st_mtime - age
        os.utime(tmp_path / name, (moment, moment))
    assert recorded(tmp_path, *(tmp_path / name for name in ages)).remove_partials() == 1
    left = {path.name for path in tmp_path.iterdir()} - {ownership.RECORD}
    assert left == set(ages) - {f".partial-{dead}-old.mp4"}


@pytest.mark.parametrize("title", ["CON", "nul", "Aux", "prn", "com1", "LPT9", "COM²", " con! "])
def test_no_folder_has_the_name_of_a_device(title):
    name = files.slug(title)
    assert name[:3] == title.strip()[:3].lower()
    assert name.endswith("-1")
    assert files.slug(name) == name


@pytest.mark.parametrize(
    ("title", "name"), [("Contrast", "contrast"), ("com10", "com10"), ("a nul", "a-nul"), ("?", "untitled")]
)
def test_other_names_stay(title, name):
    assert files.slug(title) == name
