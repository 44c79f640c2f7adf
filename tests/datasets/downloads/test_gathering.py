"""Files of a download: safe names, one download for each folder, downloads that end early."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import filelock
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imbatch2soundvisu import datasets
from imbatch2soundvisu.core import silent
from imbatch2soundvisu.datasets.downloads.gathering import gather
from imbatch2soundvisu.datasets.downloads.journal import Item
from imbatch2soundvisu.datasets.downloads.names import safe_name
from tests.conftest import photo
from tests.datasets.downloads.stand_ins import jpeg, tree, visible

EVIL = [
    "../../../escaped.jpg", "/etc/escaped.jpg", "C:\\Windows\\escaped.jpg", "..", ".", "", "...jpg", ".hidden.jpg",
    "CON.jpg", "aux", "a\0b.jpg", "a\nb.jpg", "\u202egpj.exe", "x" * 400 + ".jpg", "写" * 200 + ".jpg", "piece.json",
    "same.jpg", "SAME.jpg", "same.jpg", "trailing. ", "\udce9.jpg", "a:b?*.jpg", "same-000017.jpg",
]  # fmt: skip


def everything_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir() and path.suffix != ".lock"}


def test_no_name_in_a_data_set_writes_outside_of_the_folder(tmp_path):
    before = everything_below(tmp_path)
    names = [(label, name) for label in EVIL for name in EVIL]
    items = [Item(jpeg(0), (label,) if label else (), name) for label, name in names]
    folder = gather(tmp_path / "a/b/set", "it", lambda done: iter(items[done:]), len(items), silent)
    found = everything_below(tmp_path) - before
    assert len(found) == len(names)
    assert all(path.is_relative_to(folder) for path in found)
    for path in found:
        parts = path.relative_to(folder).parts
        assert len(parts) <= 2
        assert not any(part.startswith(".") or part.endswith((".", " ")) for part in parts)
        assert max(len(part.encode()) for part in parts) < 200
    lower = [path.relative_to(folder).as_posix().casefold() for path in found]
    assert len(set(lower)) == len(found)
    # every label but the empty one has a folder of its own
    assert len({path.parent for path in found}) == len(set(EVIL))
    assert len(datasets.discover(folder)) == len(names)


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_name_becomes_one_valid_part_of_a_path(name):
    safe = safe_name(name)
    assert safe
    assert safe == Path(safe).name
    assert not set(safe) & set('<>:"/\\|?*\0\n\r')
    assert not safe.startswith(".")
    assert not safe.endswith((".", " "))
    assert len(safe.encode("utf-8")) <= 121
    assert safe_name(safe) == safe


def test_folders_and_files_of_one_name_are_kept_apart(tmp_path):
    cases = [
        (("train", "cats"), "1.jpg"),
        (("train",), "cats.jpg"),
        ((), "train"),
        (("train",), "1.jpg"),
        (("a.jpg",), "1.jpg"),
    ]
    items = [*(Item(jpeg(0), folders, name) for folders, name in cases), Item(jpeg(0), (), "a.jpg")]
    folder = gather(tmp_path / "set", "it", lambda done: iter(items[done:]), len(items), silent)
    assert tree(folder) == ["a.jpg", "a.jpg_/1.jpg", "train.jpg", "train/1.jpg", "train/cats.jpg", "train/cats/1.jpg"]


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_a_run_killed_while_writing_the_journal_continues(tmp_path, cut):
    items = [Item(jpeg(k), ("Label",) if k % 2 else ("label",), "same.jpg") for k in range(5)]

    def until(stop: int):
        def some(done: int):
            for number in range(done, 5):
                if number == stop:
                    raise KeyboardInterrupt
                yield items[number]

        return some

    with pytest.raises(KeyboardInterrupt):
        gather(tmp_path / "set", "it", until(3), 5, silent)
    journal = tmp_path / "set.partial/.journal"
    journal.write_bytes(journal.read_bytes()[:-cut])
    folder = gather(tmp_path / "set", "it", until(9), 5, silent)
    whole = gather(tmp_path / "other", "it", until(9), 5, silent)
    assert tree(folder) == tree(whole)
    assert all((folder / name).read_bytes() == (whole / name).read_bytes() for name in tree(folder))
    assert visible(tmp_path) == ["other", "set"]


def test_two_downloads_of_one_data_set_download_it_once(tmp_path):
    begun, may_end, waits = threading.Event(), threading.Event(), threading.Event()
    fetched: list[int] = []

    def items(done: int):
        for number in range(done, 3):
            fetched.append(number)
            begun.set()
            assert may_end.wait(20)
            yield Item(jpeg(number), (), f"{number}.jpg")

    def report(stage: str, done: int, total: int) -> None:
        if "wait" in stage:
            waits.set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(gather, tmp_path / "set", "it", items, 3, silent)
        assert begun.wait(20)
        second = pool.submit(gather, tmp_path / "set", "it", items, 3, report)
        assert waits.wait(20)
        may_end.set()
        assert first.result() == second.result() == tmp_path / "set"
    assert fetched == [0, 1, 2]
    assert tree(tmp_path) == ["set/0.jpg", "set/1.jpg", "set/2.jpg"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process can be killed here")
def test_a_killed_download_releases_its_lock(tmp_path):
    code = """if True:
        import os, signal, sys
        from pathlib import Path
        from imbatch2soundvisu.datasets.downloads.gathering import Item, gather

        def items(done):
            yield Item(Path(sys.argv[2]), (), "0.jpg")
            os.kill(os.getpid(), signal.SIGKILL)

        gather(Path(sys.argv[1]), "it", items, 2, lambda *_: None)
    """
    (tmp_path / "source.jpg").write_bytes(jpeg(0))
    target, root = tmp_path / "cache/set", Path(datasets.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(target), str(tmp_path / "source.jpg")], cwd=root, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "cache/set.partial").is_dir()
    asked: list[int] = []

    def rest(done: int):
        asked.append(done)
        yield Item(jpeg(1), (), "1.jpg")

    assert tree(gather(target, "it", rest, 2, silent)) == ["0.jpg", "1.jpg"]
    assert asked == [1]
    assert visible(target.parent) == ["set"]


@pytest.mark.parametrize("error", [OSError(errno.ENOLCK, "No locks available"), NotImplementedError("no flock")])
def test_a_disk_without_locks_is_used_without(tmp_path, monkeypatch, error):
    monkeypatch.setattr(filelock.FileLock, "acquire", lambda *_, **__: (_ for _ in ()).throw(error))
    assert tree(gather(tmp_path / "set", "it", lambda done: iter([Item(jpeg(0), (), "0.jpg")]), 1, silent)) == ["0.jpg"]


def test_a_lock_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    error = OSError(errno.EROFS, "Read-only file system")
    monkeypatch.setattr(filelock.FileLock, "acquire", lambda *_, **__: (_ for _ in ()).throw(error))
    with pytest.raises(OSError, match="Read-only"):
        gather(tmp_path / "set", "it", lambda done: iter([Item(jpeg(0))]), 1, silent)


def test_a_folder_that_another_run_completed_is_used(tmp_path):
    target = tmp_path / "set"

    def slowly(done: int):
        yield Item(jpeg(0), (), "a.jpg")
        if not target.exists():
            target.mkdir()
            (target / "theirs.jpg").write_bytes(jpeg(1))

    assert tree(gather(target, "it", slowly, 1, silent)) == ["theirs.jpg"]
    assert visible(tmp_path) == ["set"]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_decoded_images_of_every_mode_are_written_as_png(tmp_path, mode):
    image = (
        Image.fromarray(photo(1, 8, 8)).convert("L").convert(mode)
        if mode == "I;16"
        else Image.fromarray(photo(1, 8, 8)).convert(mode)
    )
    folder = gather(tmp_path / mode.replace(";", ""), "it", lambda done: iter([Item(image)]), 1, silent)
    assert len(datasets.discover(folder)) == 1


def test_arrays_of_the_usual_shapes_are_written(tmp_path):
    image = photo(1, 8, 6)
    shapes = [
        image,
        np.moveaxis(image, 2, 0),
        image / 255,
        image[..., 0],
        image[..., :1],
        image[None, ..., 0],
    ]
    items = [Item(each) for each in shapes]
    folder = gather(tmp_path / "set", "it", lambda done: iter(items[done:]), len(items), silent)
    images = [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())]
    assert all(np.array_equal(each, image) for each in images[:3])
    assert all(np.array_equal(each, image[..., 0]) for each in images[3:])
