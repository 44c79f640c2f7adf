"""The window of an explorer under a virtual display, with real keys and clicks; skipped without Xvfb and xdotool."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.mosaic.explorer.drawing import Layout, fitted

needs_display = pytest.mark.skipif(
    not all(map(shutil.which, ("Xvfb", "xdotool", "xprop"))), reason="no Xvfb, xdotool or xprop here"
)
_ROOT = Path(__file__).parents[3]
_PATIENCE_S = 60


class Screen:
    """A virtual display, the window of a program on it, and what a user does."""

    def __init__(self, environment):
        self.environment, self._titles = environment, None

    def use(self, *words):
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=self.environment, capture_output=True, text=True, timeout=_PATIENCE_S
        )
        return done.stdout.split()

    def find(self):
        """Find the window, and follow its title."""
        self.window = self.use("search", "--sync", "--class", "imbatch2soundvisu")[-1]
        words = ["xprop", "-id", self.window, "-spy", "_NET_WM_NAME"]
        self._titles = subprocess.Popen(words, env=self.environment, stdout=subprocess.PIPE, text=True)
        place = dict(line.split("=") for line in self.use("getwindowgeometry", "--shell", self.window))
        self.left, self.top, self.width, self.height = (int(place[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))
        self.use("mousemove", self.left + self.width // 2, self.top + 20)

    def wait_for_title(self, pattern):
        for line in self._titles.stdout:
            if re.search(pattern, line):
                return line
        raise AssertionError(f"the window was closed before its title was {pattern}")

    def close(self):
        if self._titles is not None:
            self._titles.kill()
            self._titles.wait()


@pytest.fixture
def screen():
    read, write = os.pipe()
    words = ["Xvfb", "-displayfd", str(write), "-screen", "0", "900x700x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as stream:
        display = f":{stream.readline().strip()}"
    path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    shown = Screen({**os.environ, "DISPLAY": display, "PYTHONPATH": path})
    yield shown
    shown.close()
    server.terminate()
    server.wait()


@pytest.fixture
def program(screen, images):
    words = [
        "interactive",
        "me.png",
        "tiles",
        "--min-scale",
        "2",
        "--max-scale",
        "6",
        "--savepath",
        "out/%s-at-scale-%d.png",
    ]
    started = subprocess.Popen(
        [sys.executable, "-m", "imbatch2soundvisu.mosaic", *words],
        env=screen.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    screen.find()
    yield started
    started.kill()
    started.wait()


@needs_display
def test_keys_change_the_scale_s_saves_and_stays_and_escape_leaves(screen, program, mosaics):
    screen.wait_for_title("me - scale 2")
    screen.use("key", "Right")
    screen.wait_for_title("me - scale 3")
    screen.use("key", "Right")
    screen.wait_for_title("me - scale 4")
    screen.use("key", "s")
    screen.wait_for_title("saved out/me-at-scale-4.png")
    screen.use("key", "Left")
    screen.wait_for_title("me - scale 3")
    screen.use("key", "Escape")
    output, error = program.communicate(timeout=_PATIENCE_S)
    assert (program.returncode, output, error) == (0, "Wrote out/me-at-scale-4.png\n", "")
    assert np.array_equal(np.asarray(Image.open("out/me-at-scale-4.png")), mosaics.at(4).pixels())


@needs_display
def test_the_slider_is_clicked_and_dragged(screen, program):
    screen.wait_for_title("me - scale 2")
    layout = Layout(screen.width, screen.height, 15)
    scales = tuple(range(2, 7))
    y = screen.top + layout.track[2]
    screen.use("mousemove", screen.left + layout.x_of(5, scales), y, "mousedown", 1)
    screen.wait_for_title("me - scale 5")
    screen.use("mousemove", screen.left + layout.x_of(3, scales), y)
    screen.wait_for_title("me - scale 3")
    screen.use("mouseup", 1)
    screen.use("windowsize", screen.window, 500, 420)
    screen.use("key", "End")
    screen.wait_for_title("me - scale 6")
    screen.use("key", "Escape")
    output, error = program.communicate(timeout=_PATIENCE_S)
    assert (program.returncode, output, error) == (0, "", "")


def test_a_screen_that_cannot_be_used_is_one_line(images):
    done = subprocess.run(
        [sys.executable, "-m", "imbatch2soundvisu.mosaic", "interactive", "me.png", "tiles"],
        env={**os.environ, "DISPLAY": ":0.9999", "SDL_VIDEODRIVER": "none", "PYTHONPATH": str(_ROOT)},
        capture_output=True, text=True, timeout=_PATIENCE_S,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "no window can be opened" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_image_keeps_its_aspect():
    assert fitted((1000, 500), (400, 400)) == (400, 200)
    assert fitted((500, 1000), (400, 400)) == (200, 400)


def test_each_scale_has_its_place_on_the_slider():
    layout, scales = Layout(640, 480, 15), tuple(range(1, 13))
    places = [layout.x_of(scale, scales) for scale in scales]
    assert places == sorted(set(places))
    assert [layout.scale_at(x, scales) for x in places] == list(scales)
    assert layout.on_slider(places[3], layout.track[2])
    assert not layout.on_slider(places[3], 10)
