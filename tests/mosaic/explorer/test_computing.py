"""Mosaics of scales computed in threads."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import ConfigError, MakeError, NotOursError
from imbatch2soundvisu.mosaic import explore
from imbatch2soundvisu.mosaic.explorer.computing import Computing, first_scale
from imbatch2soundvisu.mosaic.scales import ScaledMosaics

_PATIENCE_S = 30


class Waiting:
    """Waits until a condition is true, looking each time that something has arrived."""

    def __init__(self):
        self._arrived = threading.Semaphore(0)

    def __call__(self):
        self._arrived.release()

    def until(self, condition):
        while not condition():
            assert self._arrived.acquire(timeout=_PATIENCE_S), "nothing arrived"


@pytest.fixture
def computing(mosaics):
    waiting = Waiting()
    made = Computing(mosaics, 90, waiting)
    made.waiting = waiting
    yield made
    made.close()


def is_complete(computing, scale):
    found = computing.best(scale)
    return found is not None and not found.is_preview


def test_a_scale_is_computed_and_so_are_its_neighbours(computing, mosaics):
    computing.start(2)
    computing.waiting.until(lambda: all(is_complete(computing, scale) for scale in (2, 3, 4)))
    found = computing.best(2)
    assert found.pixels.shape == (60, 90, 3)
    assert found.tiles == len(mosaics.at(2).cells) == 200
    assert np.array_equal(found.pixels, mosaics.at(2).pixels(0.75))


def test_another_scale_is_computed_when_it_is_asked_for(computing):
    computing.start(2)
    computing.ask(6)
    computing.waiting.until(lambda: is_complete(computing, 6))


def test_a_preview_comes_before_the_mosaic(computing, monkeypatch):
    allowed, original = threading.Event(), ScaledMosaics.at
    monkeypatch.setattr(ScaledMosaics, "at", lambda self, scale: allowed.wait(_PATIENCE_S) and original(self, scale))
    computing.start(3)
    computing.waiting.until(lambda: computing.best(3) is not None)
    assert computing.best(3).is_preview
    allowed.set()
    computing.waiting.until(lambda: is_complete(computing, 3))


def test_what_is_shown_is_saved_in_full_size(computing, mosaics):
    computing.start(3)
    computing.save(3, Path("out/a.png"))
    computing.waiting.until(lambda: computing.saved)
    assert computing.message == f"saved {Path('out/a.png')}"
    assert np.array_equal(np.asarray(Image.open("out/a.png")), mosaics.at(3).pixels())


def test_what_is_to_be_saved_is_saved_before_the_end(computing):
    computing.start(3)
    computing.save(3, Path("a.png"))
    computing.close()
    assert computing.saved == [Path("a.png")]


def test_a_file_of_the_user_is_kept_and_the_message_says_so(computing):
    Path("a.png").write_bytes(b"mine")
    computing.start(3)
    computing.save(3, Path("a.png"))
    computing.waiting.until(lambda: computing.message.startswith("not saved"))
    assert "was not written by this program" in computing.message
    assert Path("a.png").read_bytes() == b"mine"
    assert computing.saved == []


def test_a_scale_that_fails_says_why(computing, monkeypatch):
    def fail(self, scale):
        raise MakeError("no memory left")

    monkeypatch.setattr(ScaledMosaics, "at", fail)
    computing.start(3)
    computing.waiting.until(lambda: is_complete(computing, 3))
    assert computing.best(3).problem == "no memory left"


def test_the_first_scale_has_about_60_tiles_in_a_row(mosaics):
    assert first_scale(mosaics) == 2


def test_without_a_screen_a_page_is_written(images, monkeypatch):
    monkeypatch.setattr("imbatch2soundvisu.mosaic.explorer.window.has_screen", lambda: False)
    assert explore("me.png", "tiles", 4, 5) == (Path("me-scales.html"),)
    with pytest.raises(ConfigError, match="there is no screen"):
        explore("me.png", "tiles", 4, 5, page=False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"min_scale": 0}, "min_scale=0"),
        ({"min_scale": 5, "max_scale": 4}, "max_scale=4"),
        ({"columns": 8}, "columns= gives one size"),
        ({"savepath": "a.xyz"}, "its ending must be one of"),
        ({"page": "a.txt"}, r"must be one of \.htm, \.html"),
        ({"page": True, "tint": 3}, "tint=3"),
    ],
)
def test_what_is_not_possible_is_refused_before_any_work(tmp_path, given, message):
    with pytest.raises(ConfigError, match=message):
        explore("missing.png", "missing", **given)
    assert list(tmp_path.iterdir()) == []


def test_a_page_of_the_user_is_kept(images):
    Path("me-scales.html").write_text("mine")
    with pytest.raises(NotOursError):
        explore("me.png", "tiles", 4, 5, page=True)
    assert Path("me-scales.html").read_text() == "mine"
