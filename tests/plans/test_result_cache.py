"""What is kept between runs, and what makes a result be made again."""

from __future__ import annotations

import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import plans
from tests.conftest import photo
from tests.small import GIF, small_plan, without_video

QUICK = [i2s.Gif(size=GIF), i2s.Midi(), i2s.Tables()]


def test_a_second_run_keeps_every_file_and_opens_no_image(folder, monkeypatch):
    first = i2s.run([small_plan()], root=folder).results[0]
    times = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    for decoder in ("PIL.Image.open", "cv2.imdecode", "cv2.imread"):
        monkeypatch.setattr(decoder, lambda *_, **__: pytest.fail("an image was decoded"))
    second = i2s.run([small_plan()], root=folder).results[0]
    assert second.kept
    assert second.entry == {**first.entry, "kept": True}
    assert times == {path: path.stat().st_mtime_ns for path in second.folder.iterdir()}


@pytest.mark.parametrize("change", ["plan", "output", "image", "file", "record", "code", "setting"])
def test_a_result_is_made_again_when_something_it_depends_on_changes(folder, monkeypatch, change):
    result = i2s.run([small_plan(outputs=QUICK)], root=folder).results[0]
    plan, settings = small_plan(outputs=QUICK), {}
    if change == "plan":
        plan = small_plan(outputs=QUICK, seed=7)
    elif change == "output":
        plan = small_plan(outputs=[i2s.Gif(size=GIF, fit="fill"), *QUICK[1:]])
    elif change == "image":
        Image.fromarray(photo(99)).save(folder / "image-05.jpg")
    elif change == "file":
        result.path("mid").unlink()
    elif change == "record":
        (result.folder / plans.RESULT).unlink()
    elif change == "setting":
        settings = {"BACKGROUND": (200, 0, 0)}
    else:
        monkeypatch.setattr(plans.result_cache, "code_version", lambda: "another")
    assert not i2s.run([plan], root=folder, session=settings).results[0].kept


def test_files_of_the_user_in_the_folder_of_a_plan_stay(folder):
    first = i2s.run([small_plan(clusters=i2s.KMeans(2), outputs=without_video())], root=folder).results
    own = first[0].folder / "good" / "sequence.wav"
    own.parent.mkdir()
    own.write_bytes(b"mine")
    i2s.run([small_plan(outputs=without_video())], root=folder)
    assert own.read_bytes() == b"mine"
    assert not any(each.folder.exists() for each in first[1:])


def test_the_state_is_equal_for_equal_plans_and_differs_for_each_output_field():
    described = [
        plans.result_cache.described(each)
        for each in (i2s.Gif(), i2s.Gif(), i2s.Gif(seconds_per_image=0.4), i2s.Film())
    ]
    assert described[0] == described[1]
    assert described[0] != described[2]
    assert described[0] != described[3]
