"""Whole runs of users without a home folder, without an entry in passwd, and without write access to the packages."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import photo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="users and homes as on Linux")

REPOSITORY = Path(__file__).parents[1]
NOBODY = 54321  # no entry in passwd
SESSION = """
from imbatch2soundvisu import *

DATA_ROOT = "images"
outputs = standard_outputs(Film(size=(160, 90)), Gif(size=(96, 54)))
PLANS = [SequencePlan("smooth", order=SmoothPath(on=Look()), limit=None, seconds_per_image=0.2, outputs=outputs)]
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder with a session and 20 images, which any user can reach; later runs have the cache of earlier ones."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "place"
        (place / "images").mkdir(parents=True)
        for seed in range(20):
            Image.fromarray(photo(seed, 96, 64)).save(place / "images" / f"{seed:02}.png")
        (place / "session.py").write_text(SESSION)
        Path(folder).chmod(0o755)
        yield place


def run_session(place: Path, outputs: str, *before: str, **environment: str) -> None:
    """Run the session with nothing in the environment but PATH, and what is given; check that the film is there."""
    command = [*before, sys.executable, "-m", "imbatch2soundvisu", "session.py", "--outputs", outputs]
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=place, env=variables | environment, capture_output=True, text=True, timeout=120, check=False
    )
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    assert not done.stderr  # no warning of a library that misses a folder
    made = {path.suffix for path in (place / outputs).rglob("*") if path.is_file() and path.stat().st_size}
    assert {".mp4", ".gif", ".html"} <= made
    (sequence,) = (place / outputs).rglob("sequence.csv")
    with open(sequence, newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 20


def as_nobody(place: Path) -> list[str]:
    """The beginning of a command for a user without an entry in passwd, who may read all and write only the place."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() or not setpriv:
        pytest.skip("only root can run a program as another user")
    for path in [place, *place.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    reading = "-all,+dac_read_search"  # Python may be below a folder that only root can read
    rights = [f"--{kind}={reading}" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    command = [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *rights]
    tried = subprocess.run([*command, sys.executable, "-c", ""], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("this system does not let root hand on its right to read")
    return command


def test_without_a_home(place):
    run_session(place, "a")


def test_without_an_entry_in_passwd_nor_write_access_to_the_packages(place):
    run_session(place, "b", *as_nobody(place))
    assert list((place / "cache" / "numba").rglob("*.nbi"))


def test_a_home_that_cannot_be_written(place):
    home = place.parent / "home"
    (home / ".cache").mkdir(parents=True)
    run_session(place, "c", *as_nobody(place), HOME=str(home))
    assert [path.name for path in home.rglob("*")] == [".cache"]
