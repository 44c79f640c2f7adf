"""A pass over pairs whose run is killed: what was measured is kept, and the next run measures the rest."""

from __future__ import annotations

import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.clustering import Shots
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.features.motion import MOTION_COLUMNS, Motion
from imbatch2soundvisu.measurement import measure
from imbatch2soundvisu.runtime.cache import Cache
from tests.made_shots import Shot, textures

HALF = """
import os, signal, sys
from pathlib import Path
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.features.motion import MOTION_COLUMNS, Motion
from imbatch2soundvisu.measurement import measure
from imbatch2soundvisu.runtime.cache import Cache

def kill(stage, done, total):
    if "optical_flow" in stage and done >= total / 2:
        os.kill(os.getpid(), signal.SIGKILL)

Motion.batch_size = 2
with Cache(Path(sys.argv[2])) as cache:
    measure(discover(sys.argv[1]), list(MOTION_COLUMNS), cache=cache, progress=kill)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_motion_goes_on_after_a_kill(tmp_path, monkeypatch):
    folder = tmp_path / "frames"
    folder.mkdir()
    frames = [each for image in textures(2) for each in Shot(image, 20).render(np.random.default_rng(0), size=(96, 64))]
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"{number:02}.png")
    run = subprocess.run([sys.executable, "-c", HALF, str(folder), str(tmp_path / "cache")], check=False)
    assert run.returncode == -signal.SIGKILL
    collection, names, left = discover(folder), list(MOTION_COLUMNS), []

    def note(stage: str, done: int, total: int) -> None:
        if "optical_flow" in stage:
            left.append(total)

    whole = measure(collection, names)
    monkeypatch.setattr(Motion, "batch_size", 2)
    with Cache(tmp_path / "cache") as cache:
        resumed = measure(collection, names, cache=cache, progress=note)
    assert 0 < left[0] <= 24  # of 39 pairs, which are kept in groups
    for name in names:
        np.testing.assert_array_equal(resumed[name], whole[name])
    assert Shots().cluster(resumed, np.random.default_rng(0)).labels.tolist() == [0] * 20 + [1] * 20
