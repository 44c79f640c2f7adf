"""A run that is killed at any moment leaves nothing broken, and the next one ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from mido import MidiFile
from PIL import Image

from imbatch2soundvisu.runtime.cache import Cache
from imbatch2soundvisu.runtime.partials import PARTIAL

KILLS = int(os.environ.get("KILLS", "6"))

SESSION = """
from imbatch2soundvisu import *
small = dict(size=(320, 180), gif_size=(160, 90), seconds_per_image=0.5, limit=12)
PLANS = [
    SequencePlan("dark to bright", **small),
    SequencePlan("wheel", order="hue", transition=CrossFade(0.2), **small),
    SequencePlan("walk", order="smooth", motion=SlowZoom(), **small),
    SequencePlan("families", split=KMeans(2), tour=True, gif=False, size=(160, 90), seconds_per_image=0.5),
]
"""


def whole(path: Path) -> bool:
    """Whether a file under its final name can be read to its end."""
    if path.suffix in (".jpg", ".png", ".gif"):
        with Image.open(path) as image:
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                image.load()
    elif path.suffix in (".mp4", ".wav"):
        with av.open(str(path)) as container:
            stream = (container.streams.video or container.streams.audio)[0]
            decoded, told = sum(1 for _ in container.decode(stream)), stream.frames
            return decoded > 0 and (path.suffix == ".wav" or decoded == told)
    elif path.suffix == ".json":
        json.loads(path.read_text(encoding="utf-8"))
    elif path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return all(len(arrays[name]) for name in arrays.files)
    elif path.suffix == ".mid":
        MidiFile(path)
    elif path.suffix == ".html":
        return path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    return True


def measured(cache: Path) -> dict:
    with Cache(cache) as store:
        rows = store._db.execute("SELECT name, version, digest, value FROM scalars").fetchall()
        vectors = store._db.execute("SELECT name, digest, value FROM vectors").fetchall()
    return {row[:-1]: row[-1] for row in [*rows, *vectors]}


def products(outputs: Path) -> dict[str, bytes]:
    kinds = (".mid", ".gif", ".csv", ".mp4", ".wav", ".jpg", ".png", ".txt")
    return {str(p.relative_to(outputs)): p.read_bytes() for p in sorted(outputs.rglob("*")) if p.suffix in kinds}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_at_any_moment(folder, tmp_path):
    session = tmp_path / "session.py"
    session.write_text(SESSION)

    def start(name: str) -> subprocess.Popen:
        places = {"DATA_ROOT": folder, "OUTPUTS": tmp_path / name / "outputs", "CACHE": tmp_path / name / "cache"}
        environment = os.environ | {f"IMBATCH2SOUNDVISU_{key}": str(value) for key, value in places.items()}
        command = [sys.executable, "-m", "imbatch2soundvisu", str(session)]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    begun = time.monotonic()
    assert start("undisturbed").wait() == 0
    length = time.monotonic() - begun
    chance = random.Random(4)
    outputs, seen = tmp_path / "killed" / "outputs", {}
    for kill in range(KILLS):
        run = start("killed")
        try:
            run.wait(length * (kill + chance.random()) / KILLS)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.wait()
        for path in outputs.rglob("*"):
            if path.is_file() and not path.name.startswith(PARTIAL):
                assert whole(path), path
        if (tmp_path / "killed" / "cache").is_dir():
            now = measured(tmp_path / "killed" / "cache")
            assert seen.items() <= now.items()
            seen = now
    last = start("killed")
    assert last.wait() == 0, last.stderr.read() if last.stderr else ""
    assert measured(tmp_path / "killed" / "cache") == measured(tmp_path / "undisturbed" / "cache")
    assert products(outputs) == products(tmp_path / "undisturbed" / "outputs")
    assert not list(outputs.rglob(f"{PARTIAL}*"))
