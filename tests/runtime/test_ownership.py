"""Nothing of the user's is overwritten, removed or left out, wherever images, outputs and cache lie."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.core.errors import NotOursError
from imbatch2soundvisu.plans import RESULT
from imbatch2soundvisu.runtime import files, ownership
from imbatch2soundvisu.runtime.ownership import RECORD, WrittenFiles
from tests.conftest import photo

TABLES = i2s.standard_outputs(without=(i2s.Film, i2s.Gif))
FILM = i2s.standard_outputs(i2s.Film(size=(64, 48)), without=(i2s.Gif,))
FILLED = i2s.standard_outputs(i2s.Film(size=(64, 48), fit="fill"), without=(i2s.Gif,))


def plan(name: str = "holiday", **fields) -> i2s.SequencePlan:
    return i2s.SequencePlan(name, **{"outputs": FILM, "seconds_per_image": 0.2, "music": None, **fields})


def clusters(count: int):
    """A clustering into clusters of about the same size."""
    return lambda table: [f"part {row % count + 1}" for row in range(len(table))]


def hashes(*folders: Path) -> dict[Path, str]:
    """{file: SHA-256} of everything below folders."""
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def intact(before: dict[Path, str]) -> bool:
    return all(path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == was for path, was in before.items())


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A folder of the user's: photos at three depths, and files that look like a program's."""
    root = tmp_path / "world/photos"
    for seed, name in enumerate(("a.jpg", "b.jpg", "holiday/c.jpg", "holiday/beach/d.jpg", "out/e.jpg", "store/f.jpg")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo(seed, 48, 36)).save(root / name, quality=92)
    for name in (".partial-1-x", "holiday/.partial-1-y", "store/.partial-1-z", "../.partial-1-w", "out/notes.txt"):
        (root / name).write_text("mine")
    (root / "holiday/sizes.png").write_bytes((root / "a.jpg").read_bytes())
    (root / "sample-1").mkdir()
    Image.fromarray(photo(9, 48, 36)).save(root / "sample-1/mine.jpg")
    return root


PLACES = {"inside": "out", "equal": ".", "above": "..", "beside": "../elsewhere"}


@pytest.mark.parametrize("cache", ["inside", "equal", "above"])
@pytest.mark.parametrize("outputs", list(PLACES))
def test_every_combination_of_places_is_safe(world, outputs, cache):
    before = hashes(world.parent)
    places = {"root": world, "outputs": world / PLACES[outputs]}
    places["cache"] = world / {"inside": "store"}.get(cache, PLACES[cache])

    def run(*plans: i2s.SequencePlan) -> i2s.RunResult:
        result = i2s.run(list(plans), **places)
        assert result.exit_code == 0, result.problems
        assert len(result.collection) == 8
        assert intact(before)
        return result

    clustered = plan("groups", clusters=clusters(3), tour=True)
    first = run(plan(), clustered)
    assert all(each.kept for each in run(plan(), clustered).results)
    fewer = run(plan("groups", clusters=clusters(2)))
    assert not any(each.folder.exists() for each in first.results if each.folder.name in ("part-3", "tour"))
    assert len(fewer.results) == 3
    run(plan("groups"), plan(outputs=TABLES))
    assert not (first.outputs / "groups/summary_report.html").exists()
    assert not (first.outputs / "holiday/sequence.mp4").exists()


def test_a_plan_named_like_a_folder_of_photos_is_used_beside_them(world):
    before = hashes(world)
    (made,) = i2s.run([plan()], root=world, outputs=world, cache=world.parent / "c").results
    assert made.folder == world / "holiday"
    assert made.path("mp4").is_file()
    assert len(made.entry["images"]) == 8
    assert intact(before)


COLLISIONS = ["index.html", "run.json", "dataset.png", "holiday", *(f"holiday/{name}" for name in (
    RESULT, "sequence.mp4", "contact-sheet.jpg", "storyboard.jpg", "sequence.csv", "decisions.json",
))]  # fmt: skip


@pytest.mark.parametrize("name", COLLISIONS)
def test_a_file_of_the_users_refuses_the_run_before_any_work(folder, tmp_path, monkeypatch, capsys, name):
    theirs = tmp_path / "outputs" / name
    theirs.parent.mkdir(parents=True, exist_ok=True)
    theirs.write_bytes((folder / "image-00.jpg").read_bytes())
    before = hashes(tmp_path / "outputs")
    monkeypatch.setattr("imbatch2soundvisu.datasets.discovery.discover", lambda *_, **__: pytest.fail("work was begun"))
    session = tmp_path / "session.py"
    session.write_text(
        f"from imbatch2soundvisu import *\nPLANS = [SequencePlan('holiday')]\nDATA_ROOT = {str(folder)!r}"
    )
    assert main([str(session)]) == 2
    error = capsys.readouterr().err.strip()
    assert str(Path("outputs", name)) in error
    assert "Move or rename it, or set OUTPUTS" in error
    assert len(error.splitlines()) == 1
    assert hashes(tmp_path / "outputs") == before


def test_names_that_a_plan_does_not_write_are_no_collision(folder):
    theirs = [
        Path("outputs/holiday") / name for name in ("sequence.mp4", "sequence.wav", "sizes.png", "stems/01-x.wav")
    ]
    for path in theirs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"mine")
    before = hashes(Path("outputs"))
    assert i2s.run([plan(outputs=TABLES)], root=folder).exit_code == 0
    assert intact(before)
    with pytest.raises(NotOursError, match=r"sequence\.mp4"):
        i2s.run([plan()], root=folder)
    assert intact(before)


def test_a_link_of_the_users_is_not_replaced(folder, tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"mine")
    Path("outputs/holiday").mkdir(parents=True)
    os.symlink(tmp_path / "film.mp4", "outputs/holiday/sequence.mp4")
    with pytest.raises(NotOursError):
        i2s.run([plan()], root=folder)
    assert Path("outputs/holiday/sequence.mp4").is_symlink()
    assert (tmp_path / "film.mp4").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["holiday/contact-sheet.jpg", "index.html", "holiday/part-3/sequence.csv"])
def test_an_output_that_was_edited_is_the_users(folder, name):
    i2s.run([plan(clusters=clusters(3))] if "part-" in name else [plan()], root=folder)
    edited = Path("outputs", name)
    edited.write_bytes(edited.read_bytes() + b"edited")
    before = hashes(Path("outputs"))
    changed = plan(clusters=clusters(2)) if "part-" in name else plan(outputs=FILLED)  # that cluster would be removed
    with pytest.raises(NotOursError, match="was changed after this program wrote it.*Move or rename it") as error:
        i2s.run([changed], root=folder)
    assert str(edited) in str(error.value)
    assert hashes(Path("outputs")) == before
    edited.rename("kept")
    assert i2s.run([changed], root=folder).exit_code == 0
    assert Path("kept").read_bytes().endswith(b"edited")


def test_an_edit_that_keeps_the_size_counts(folder):
    path = i2s.run([plan()], root=folder).results[0].path("csv")
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(NotOursError, match=r"sequence\.csv"):
        i2s.run([plan()], root=folder)


def test_a_file_of_the_users_in_the_folder_of_a_cluster_stops_that_plan_only(folder):
    theirs = Path("outputs/holiday/part-2/storyboard.jpg")
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"mine")
    result = i2s.run([plan(clusters=clusters(3)), plan("other")], root=folder)
    assert result.exit_code == 1
    assert [each.entry["plan"] for each in result.results] == ["other"]
    assert f"{theirs} was not written by this program" in result.problems[0]
    assert hashes(Path("outputs/holiday")).keys() == {theirs}
    assert theirs.read_bytes() == b"mine"


def test_a_file_that_comes_up_during_the_run_stays(folder):
    theirs = Path("outputs/holiday/contact-sheet.jpg")

    class Busy(i2s.Observer):
        def begins(self, plan, number, total):
            theirs.parent.mkdir()
            theirs.write_bytes(b"mine")

    result = i2s.run([plan()], root=folder, observer=Busy())
    assert any("contact-sheet.jpg was not written by this program" in problem for problem in result.problems)
    assert theirs.read_bytes() == b"mine"


def test_outputs_of_plans_that_are_gone_stay_and_are_no_images(folder):
    (old,) = i2s.run([plan("old")], root=folder, outputs=folder).results
    before = hashes(old.folder)
    result = i2s.run([plan("new")], root=folder, outputs=folder)
    assert len(result.collection) == len(i2s.discover(folder)) == 12
    assert intact(before)


def test_folders_of_the_users_stay_when_they_are_empty(folder):
    theirs = Path("outputs/holiday/part-3")
    theirs.mkdir(parents=True)
    i2s.run([plan(clusters=clusters(3))], root=folder)
    assert (theirs / RESULT).is_file()
    i2s.run([plan()], root=folder)
    assert [path.name for path in Path("outputs/holiday").iterdir() if path.is_dir()] == ["part-3"]
    assert not list(theirs.iterdir())


@pytest.mark.parametrize("damage", ["gone", "empty", "zeros", "foreign", "cut", "lines"])
def test_a_damaged_record_owns_no_more_than_it_says(folder, damage):
    i2s.run([plan()], root=folder)
    record, before = Path("outputs", RECORD), hashes(Path("outputs"))
    content = record.read_bytes()
    other = {"gone": None, "empty": b"", "zeros": bytes(len(content)), "foreign": b"a list of mine"}
    other |= {"cut": content[:-9], "lines": content + b'\n{"x": 1}\n[1]\n["file", "../../x", 1, 1]\n["file", 3]\n\xff'}
    record.unlink() if other[damage] is None else record.write_bytes(other[damage])
    if damage == "lines":
        assert i2s.run([plan()], root=folder).exit_code == 0
        return
    with pytest.raises(NotOursError):
        i2s.run([plan()], root=folder)
    del before[record]
    assert intact(before)
    assert other[damage] is None or record.read_bytes() == other[damage]
    assert i2s.run([plan("beside")], root=folder, outputs="new").exit_code == 0


def test_what_is_no_record_of_ours_is_not_written_to(folder):
    Path("outputs").mkdir()
    theirs = Path("outputs", RECORD)
    theirs.write_bytes(b"mine")
    first = i2s.run([plan()], root=folder)
    assert i2s.run([plan()], root=folder).results[0].kept
    assert first.exit_code == 0
    assert theirs.read_bytes() == b"mine"


def test_a_run_that_ends_between_record_and_rename_owns_both(tmp_path):
    path = tmp_path / "a.txt"
    with ownership.guarding(tmp_path):
        files.write_text(path, "first")
    patch = pytest.MonkeyPatch()
    patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with ownership.guarding(tmp_path), pytest.raises(KeyboardInterrupt):
        files.write_text(path, "second, longer")
    patch.undo()
    assert WrittenFiles(tmp_path).owned(path)
    with ownership.guarding(tmp_path):
        files.write_text(path, "third")
    assert path.read_text() == "third"


def test_two_processes_share_a_record(tmp_path):
    one, other = WrittenFiles(tmp_path), WrittenFiles(tmp_path)
    for number, record in enumerate((one, other, one, other)):
        path, partial = tmp_path / f"{number}.txt", tmp_path / "partial"
        record.expect(partial, path)
        partial.write_text(str(number))
        record.claim(partial, path)
        partial.rename(path)
    for record in (one, other, WrittenFiles(tmp_path)):
        assert all(record.owned(tmp_path / f"{number}.txt") for number in range(4))


def test_a_long_record_is_made_short(tmp_path, monkeypatch):
    monkeypatch.setattr(ownership, "_TIDY_LINES", 10)
    with ownership.guarding(tmp_path) as written:
        for number in range(20):
            files.write_text(tmp_path / "deep/a.txt", str(number))
        written.tidy()
        files.write_text(tmp_path / "b.txt", "b")
    lines = (tmp_path / RECORD).read_text().splitlines()
    assert len(lines) < 10
    record = WrittenFiles(tmp_path)
    assert record.owned(tmp_path / "deep/a.txt")
    assert record.owned(tmp_path / "b.txt")
    assert record.remove(tmp_path / "deep/a.txt")
    assert not (tmp_path / "deep").exists()
    assert not list(tmp_path.glob(".partial-*"))


def test_outside_a_run_a_named_file_is_written_and_none_removed(tmp_path):
    (tmp_path / "a.txt").write_text("mine")
    assert not files.remove_own(tmp_path / "a.txt")
    files.write_text(tmp_path / "a.txt", "asked for")
    assert (tmp_path / "a.txt").read_text() == "asked for"
    assert not (tmp_path / RECORD).exists()


def test_a_plan_made_without_a_run_is_as_careful(folder, tmp_path):
    table = i2s.measure(i2s.discover(folder))
    theirs = tmp_path / "mine/sequence.mp4"
    theirs.parent.mkdir()
    theirs.write_bytes(b"mine")
    with pytest.raises(NotOursError):
        plan().make(table, theirs.parent)
    assert hashes(theirs.parent).keys() == {theirs}
    plan().make(table, tmp_path / "new")
    assert plan().make(table, tmp_path / "new")[0].kept
    assert not plan(outputs=FILLED).make(table, tmp_path / "new")[0].kept


def test_frames_in_a_cache_among_the_images_are_no_images(folder, tmp_path):
    film = np.stack([photo(seed, 64, 48) for seed in range(3)] * 10)
    iio.imwrite(tmp_path / "film.mp4", film, fps=10, codec="libx264", plugin="pyav")
    taken = i2s.discover(tmp_path / "film.mp4", cache=i2s.Cache(folder))
    assert len(taken) > 1
    assert len(i2s.discover(folder)) == 12
    (set_of_frames,) = (folder / "frames").glob("*-a-second-*")
    assert len(i2s.discover(set_of_frames)) == len(taken)
    shutil.copy(folder / "image-00.jpg", set_of_frames / "mine.jpg")
    assert "mine.jpg" in {record.path.name for record in i2s.discover(folder).records}


def test_the_record_is_plain(folder):
    i2s.run([plan()], root=folder)
    lines = Path("outputs", RECORD).read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["files written by"] == "imbatch2soundvisu"
    kinds = {json.loads(line)[0] for line in lines[1:]}
    assert kinds == {"file", "folder", "partial"}
