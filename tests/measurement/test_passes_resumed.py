"""Passes go on where a killed run ended; the values are those of one run with one thread."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import imbatch2soundvisu as i2s
from benchmarks.bench_passes import stored_results
from imbatch2soundvisu.core import FeatureTable
from tests.conftest import photo

pytest.importorskip("dlib")

COUNT, KILLED_AT = 40, 10
PASSES = ("faces", "optical_flow")
RUN = """
import sys
import imbatch2soundvisu as i2s
with i2s.Cache(i2s.Path(sys.argv[2])) as cache:
    i2s.measure(i2s.discover(sys.argv[1]), (), embeddings=(), passes=sys.argv[3:], cache=cache)
"""


@pytest.fixture
def folder(tmp_path, shared_data) -> Path:
    """Small photographs: the first with faces, the others without."""
    from PIL import Image

    root = tmp_path / "photos"
    root.mkdir()
    for number, path in enumerate(sorted(shared_data("C-faces").rglob("*.jpg"))[:4]):
        with Image.open(path) as image:
            image.thumbnail((240, 240))
            image.convert("RGB").save(root / f"face {number}.png")
    for seed in range(COUNT - 4):
        Image.fromarray(photo(seed, 120, 90)).save(root / f"{seed:02}.png")
    return root


def measured(folder: Path, cache: Path | None = None, jobs: int | None = None) -> tuple[FeatureTable, dict[str, int]]:
    """The table, and how many results each pass lacked before."""
    missing: dict[str, int] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if stage.startswith("measure "):
            missing[stage] = total

    settings = i2s.config.resolve({} if jobs is None else {"JOBS": jobs})
    options = {"embeddings": (), "passes": PASSES, "settings": settings, "progress": progress}
    if cache is None:
        return i2s.measure(i2s.discover(folder), (), **options), missing
    with i2s.Cache(cache) as store:
        return i2s.measure(i2s.discover(folder), (), cache=store, **options), missing


def assert_same(one: FeatureTable, other: FeatureTable) -> None:
    assert one.names == other.names
    assert one.regions == other.regions
    for columns, others in ((one.columns, other.columns), (one.vectors, other.vectors)):
        assert list(columns) == list(others)
        for name, values in columns.items():
            np.testing.assert_array_equal(values, others[name])


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_run_is_completed_with_any_number_of_threads_and_nothing_is_measured_twice(folder, tmp_path):
    cache = tmp_path / "cache"
    environment = os.environ | {"PYTHONPATH": str(Path(i2s.__file__).parents[1])}
    process = subprocess.Popen([sys.executable, "-c", RUN, str(folder), str(cache), *PASSES], env=environment)
    while process.poll() is None and stored_results(cache) < KILLED_AT:
        time.sleep(0.02)
    process.kill()
    process.wait()
    stored = stored_results(cache)
    completed, missing = measured(folder, cache, jobs=2)
    assert KILLED_AT <= stored < 2 * COUNT - 1
    assert stored + sum(missing.values()) == 2 * COUNT - 1  # the first image has none before it
    assert measured(folder, cache)[1] == {}
    assert sum(map(len, completed.regions["faces"])) >= 4
    assert_same(completed, measured(folder, jobs=1)[0])
