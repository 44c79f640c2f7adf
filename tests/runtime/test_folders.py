"""Folders of many files: complete under their name, or not there."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import NotOursError
from imbatch2soundvisu.runtime import ownership
from imbatch2soundvisu.runtime.files import remove_own
from imbatch2soundvisu.runtime.folders import atomic_folder


def write(folder, text="text", names=("index.html", "tiles/1/0_0.jpg")):
    with atomic_folder(folder, "index.html") as partial:
        for name in names:
            (partial / name).parent.mkdir(parents=True, exist_ok=True)
            (partial / name).write_text(text)


def visible(folder):
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(ownership.RECORD)
    )


def test_a_folder_is_complete_or_not_there(tmp_path):
    def failing():
        with atomic_folder(tmp_path / "page", "index.html") as partial:
            (partial / "index.html").write_text("half")
            assert not (tmp_path / "page").exists()
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        failing()
    assert list(tmp_path.iterdir()) == []
    write(tmp_path / "page")
    assert visible(tmp_path) == ["page/index.html", "page/tiles/1/0_0.jpg"]
    with pytest.raises(OSError, match="No space"):
        failing_again(tmp_path)
    assert (tmp_path / "page/index.html").read_text() == "text"
    assert [path.name for path in tmp_path.iterdir()] == ["page"]


def failing_again(tmp_path):
    with atomic_folder(tmp_path / "page", "index.html"):
        raise OSError(28, "No space left on device")


def test_a_folder_of_ours_is_replaced(tmp_path):
    write(tmp_path / "page", names=("index.html", "tiles/1/0_0.jpg", "old.txt"))
    write(tmp_path / "page", "new")
    assert visible(tmp_path) == ["page/index.html", "page/tiles/1/0_0.jpg"]
    assert (tmp_path / "page/index.html").read_text() == "new"


@pytest.mark.parametrize("kind", ["added", "changed", "a folder of the user", "a file"])
def test_what_is_not_ours_is_not_replaced(tmp_path, kind):
    page = tmp_path / "page"
    if kind == "a file":
        page.write_text("mine")
    elif kind == "a folder of the user":
        page.mkdir()
        (page / "notes.txt").write_text("mine")
    else:
        write(page)
        (page / ("notes.txt" if kind == "added" else "index.html")).write_text("mine, and longer")
    before = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(NotOursError, match="Move or rename it"):
        write(page)
    assert {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_guard_removes_the_folder_with_its_head(tmp_path):
    with ownership.guarding(tmp_path / "outputs"):
        page = tmp_path / "outputs/plan/page"
        write(page)
        write(page, "again")
        (page / "notes.txt").write_text("mine")
        assert remove_own(page / "index.html")
        assert visible(tmp_path / "outputs") == ["plan/page/notes.txt"]
        (page / "notes.txt").unlink()
        page.rmdir()
        write(page)
        assert remove_own(page / "index.html")
        assert not page.exists()


def test_its_images_are_in_no_collection(tmp_path):
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "photo.png")
    with atomic_folder(tmp_path / "page", "index.html") as partial:
        Image.fromarray(np.full((8, 8, 3), 9, np.uint8)).save(partial / "tile.jpg")
        (partial / "index.html").write_text("page")
    assert i2s.discover(tmp_path).names == ("photo.png",)


def test_a_failure_leaves_no_empty_folder_of_the_name(tmp_path):
    with ownership.guarding(tmp_path / "outputs"):
        with pytest.raises(KeyboardInterrupt), atomic_folder(tmp_path / "outputs/plan/page", "index.html"):
            raise KeyboardInterrupt
        assert not (tmp_path / "outputs/plan/page").exists()
