"""Files are complete, partial files of killed runs are removed, and names are valid on every system."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from imbatch2soundvisu.runtime import files, ownership, partials
from imbatch2soundvisu.runtime.ownership import WrittenFiles

DAY = 24 * 3600


@pytest.fixture
def ended_pid() -> int:
    """The pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_file_is_flushed_through_a_descriptor_that_can_write(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.write(descriptor, b"")))
    files.write_text(tmp_path / "note.txt", "complete")
    assert flushed == [0]
    assert (tmp_path / "note.txt").read_text() == "complete"


def test_a_file_that_fails_leaves_the_old_one_and_no_partial(tmp_path):
    path = tmp_path / "note.txt"
    files.write_text(path, "old")

    def fail() -> None:
        with files.atomic(path) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_file_has_the_ending_of_the_final_one(tmp_path):
    with files.atomic(tmp_path / "new/film.mp4") as partial:
        assert partial.suffix == ".mp4"
        assert partial.parent == tmp_path / "new"
        partial.write_bytes(b"film")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["film.mp4"]


def test_json_has_no_values_that_other_programs_cannot_read(tmp_path):
    value = {"a": np.float32(1.5), "b": [np.nan, np.inf], "c": np.arange(3), 4: tmp_path, "d": {np.int64(1)}, "e": "é"}
    files.write_json(tmp_path / "a.json", value)
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {
        "a": 1.5, "b": [None, None], "c": [0, 1, 2], "4": str(tmp_path), "d": [1], "e": "é",
    }  # fmt: skip


def recorded(folder, *paths) -> WrittenFiles:
    """The record of a killed run, which names its partial files."""
    lines = [json.dumps(["partial", path.relative_to(folder).as_posix()]) for path in paths]
    (folder / ownership.RECORD).write_text("\n".join([ownership._HEAD.decode(), *lines]))
    return WrittenFiles(folder)


def test_partial_files_and_folders_of_ended_processes_are_removed(tmp_path, ended_pid):
    gone = [tmp_path / f".partial-{ended_pid}-film.mp4", tmp_path / f"deep/er/.partial-{ended_pid}-frames"]
    running = [
        tmp_path / f".partial-{os.getpid()}-film.mp4",
        tmp_path / f"deep/.partial-{os.getpid()}-frames",
        tmp_path / f".partial-{os.getppid()}-film.mp4",
        tmp_path / ".partial-of-the-truth.txt",
    ]
    users = [
        tmp_path / f".partial-{ended_pid}-mine.mp4",
        tmp_path / f"deep/.partial-{ended_pid}-x",
        tmp_path / "frames/one.jpg",
    ]
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


def test_links_are_not_followed(tmp_path, ended_pid):
    (tmp_path / "images").mkdir()
    (tmp_path / "images/mine.jpg").write_text("x")
    (tmp_path / "cache").mkdir()
    link = tmp_path / f"cache/.partial-{ended_pid}-frames"
    os.symlink(tmp_path / "images", link)
    assert recorded(tmp_path / "cache", link).remove_partials() == 1
    assert (tmp_path / "images/mine.jpg").exists()


def test_on_windows_only_old_partial_files_are_removed(tmp_path, ended_pid, monkeypatch):
    monkeypatch.setattr(partials, "_HAS_SIGNAL_0", False)
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("this would end the process"))
    ages = {
        f".partial-{ended_pid}-new.mp4": 0,
        f".partial-{ended_pid}-old.mp4": 2 * DAY,
        f".partial-{os.getpid()}-x": 2 * DAY,
    }
    for name, age in ages.items():
        (tmp_path / name).write_text("x")
        moment = (tmp_path / name).stat().st_mtime - age
        os.utime(tmp_path / name, (moment, moment))
    assert recorded(tmp_path, *(tmp_path / name for name in ages)).remove_partials() == 1
    left = {path.name for path in tmp_path.iterdir()} - {ownership.RECORD}
    assert left == set(ages) - {f".partial-{ended_pid}-old.mp4"}


@pytest.mark.parametrize("title", ["CON", "nul", "Aux", "prn", "com1", "LPT9", "COM²", " con! "])
def test_device_names_get_a_number(title):
    name = files.slug(title)
    assert name[:3] == title.strip()[:3].lower()
    assert name.endswith("-1")
    assert files.slug(name) == name


@pytest.mark.parametrize(
    ("title", "name"), [("Contrast", "contrast"), ("com10", "com10"), ("a nul", "a-nul"), ("?", "untitled")]
)
def test_titles_become_folder_names(title, name):
    assert files.slug(title) == name
