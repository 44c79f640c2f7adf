"""The images of a folder as a GIF or a film: order, times, sizes; files of the user stay."""

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core.errors import CollectionError, ConfigError, NotOursError
from imbatch2soundvisu.faces.command import main
from imbatch2soundvisu.faces.folder_gif import folder_film, images_of, timeline_of


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "frames"
    place.mkdir()
    for number in (1, 2, 10):
        Image.fromarray(np.full((40, 60, 3), 20 * number, np.uint8)).save(place / f"{number}.png")
    (place / "frames.csv").write_text("frame,photo\n")
    (place / "broken.jpg").write_bytes(b"no image")
    return place


def shown(path):
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            yield int(np.asarray(image.convert("RGB")).mean()), image.info["duration"]


@pytest.mark.parametrize(("order", "light"), [("ascending", [20, 40, 200]), ("descending", [200, 40, 20])])
def test_a_gif_has_the_images_in_the_order_of_their_numbers(folder, tmp_path, order, light):
    made = folder_film(folder, tmp_path / "a.gif", fps=5, order=order)
    assert [round(value, -1) for value, _ in shown(tmp_path / "a.gif")] == light
    assert {duration for _, duration in shown(tmp_path / "a.gif")} == {200}
    assert made.frames == 3
    assert [line.split(":")[0] for line in made.skipped] == ["broken.jpg"]


def test_names_of_equal_numbers_have_one_order(tmp_path, monkeypatch):
    for name in ("1.png", "01.png", "001.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    files = sorted(tmp_path.iterdir())
    orders = []
    for listed in (files, files[::-1]):
        monkeypatch.setattr(type(tmp_path), "iterdir", lambda _, listed=listed: iter(listed))
        orders.append([record.name for record in images_of(tmp_path)[0]])
    assert orders[0] == orders[1]


def test_random_orders_are_those_of_the_seed(folder, tmp_path):
    for name, seed in (("a", 1), ("b", 1)):
        folder_film(folder, tmp_path / f"{name}.gif", order="random", seed=seed)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.parametrize(("fps", "rate", "each"), [(7, 28, 4), (10, 30, 3), (12, 24, 2), (2.5, 25, 10), (24, 24, 1)])
def test_images_of_a_film_last_as_long_as_they_should(fps, rate, each):
    timeline = timeline_of(3, fps)
    assert (timeline.fps, timeline.total_frames) == (rate, 3 * each)


def test_a_film_from_the_shell(folder, tmp_path, capsys):
    assert main(["gif", "--photos-dir", str(folder), "--fps", "6", "--out", str(tmp_path / "a.mp4")]) == 0
    assert "3 frames, 0.5 s" in capsys.readouterr().out
    assert (tmp_path / "a.mp4").stat().st_size > 500


def test_a_file_of_the_user_is_not_overwritten(folder, tmp_path):
    (tmp_path / "own.gif").write_text("mine")
    with pytest.raises(NotOursError, match=r"own\.gif"):
        folder_film(folder, tmp_path / "own.gif")
    assert (tmp_path / "own.gif").read_text() == "mine"


@pytest.mark.parametrize(("options", "message"), [
    ({"out": "a.webm"}, ".gif or .mp4"), ({"fps": 0}, "fps=0"), ({"fps": 60}, "at most 50"), ({"fuzz": -1}, "fuzz=-1"),
    ({"order": "up"}, "order"),
])  # fmt: skip
def test_what_is_invalid_is_refused(folder, tmp_path, options, message):
    with pytest.raises(ConfigError, match=message):
        folder_film(folder, **{"out": tmp_path / "a.gif", **options})


def test_folders_without_images_are_reported(tmp_path):
    with pytest.raises(CollectionError, match="there is no folder"):
        folder_film(tmp_path / "none", tmp_path / "a.gif")
    with pytest.raises(CollectionError, match="0 images; a GIF or film needs 2"):
        folder_film(tmp_path, tmp_path / "a.gif")
