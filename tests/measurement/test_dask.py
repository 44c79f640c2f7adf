"""Measuring on a Dask cluster: a real scheduler over TCP, and worker processes of their own."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu
from imbatch2soundvisu import config
from imbatch2soundvisu.clustering import Shots
from imbatch2soundvisu.core import Collection, FeatureTable
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.embeddings import Look
from imbatch2soundvisu.features.motion import MOTION_COLUMNS
from imbatch2soundvisu.measurement import measure, prepare
from imbatch2soundvisu.runtime import executors
from imbatch2soundvisu.runtime.executors import Dask
from tests.conftest import photo
from tests.made_shots import Shot, textures

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

SESSION = '''
from dataclasses import dataclass
import numpy as np
from imbatch2soundvisu.core import FeatureInfo
from imbatch2soundvisu.features import PASSES, feature

WEIGHT = 0.5

def helper(values):
    return float(values.mean()) * WEIGHT

@feature(unit="share", low=0, high=1)
def redness(pixels):
    """Half the mean of red."""
    return helper(pixels.rgb[..., 0] / 255)

@feature()
def broken(pixels):
    raise ValueError("on purpose")

@PASSES.register("detail")
@dataclass(frozen=True)
class Detail:
    """Detail at 200 px."""
    input_size = 200
    columns = {"fine_detail": FeatureInfo("fine_detail")}
    def measure(self, batch):
        return [{"fine_detail": helper(np.asarray(image, float))} for image in batch]
'''


def started(*command: str, ready: Path | None = None) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(Path(imbatch2soundvisu.__file__).parents[1])}
    return subprocess.Popen([sys.executable, "-m", "dask", *command], env=environment, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def ended(*processes: subprocess.Popen) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory) -> Iterator[str]:
    """The address of a scheduler without workers."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    command = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    with ended(started(*command)):
        with distributed.Client(scheduler_file=str(file), timeout=60, set_as_default=False):
            pass  # it waits for the file
        yield json.loads(file.read_text())["address"]


def worker(address: str) -> subprocess.Popen:
    return started("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")


@pytest.fixture
def two_workers(scheduler) -> Iterator[list[subprocess.Popen]]:
    """Two workers of one thread each, and a scheduler that has both."""
    processes = [worker(scheduler) for _ in range(2)]
    with ended(*processes):
        with distributed.Client(scheduler, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield processes


@pytest.fixture
def many(tmp_path) -> Collection:
    root = tmp_path / "many"
    root.mkdir()
    for seed in range(60):
        Image.fromarray(photo(seed, 300, 200)).save(root / f"{seed:02}.jpg")
    (root / "59.jpg").write_bytes((root / "59.jpg").read_bytes()[:700])
    return discover(root)


@pytest.fixture
def session(tmp_path) -> str:
    """A session file that is loaded, as the session loader does; its path."""
    path = tmp_path / "dask_session.py"
    path.write_text(SESSION)
    spec = importlib.util.spec_from_file_location("session_dask_session", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield str(path)
    del sys.modules[spec.name]


def settings(address: str | None) -> config.Settings:
    return dataclasses.replace(config.resolve({}, {}), scheduler=address)


def assert_same(one: FeatureTable, other: FeatureTable) -> None:
    assert one.records == other.records
    assert one.skipped == other.skipped
    assert one.problems == other.problems
    assert list(one.columns) == list(other.columns)
    for name, values in one.columns.items():
        np.testing.assert_array_equal(values, other[name])
    assert list(one.vectors) == list(other.vectors)
    for name, vectors in one.vectors.items():
        np.testing.assert_array_equal(vectors, other.vectors[name])


def test_two_workers_measure_the_same_bit_for_bit(scheduler, two_workers, many, session):
    names = ["luminance", "hue", "saliency_x", "date", "redness", "broken", "fine_detail"]
    wanted = {"features": names, "embeddings": (Look(),)}
    local = measure(many, **wanted, settings=settings(None))
    remote = measure(many, **wanted, settings=settings(scheduler))
    assert_same(local, remote)
    assert np.isfinite(remote["fine_detail"]).all()
    assert remote.problems[0].startswith(f"{session}:19: feature 'broken' failed on 59 of 59 images")


def test_two_workers_find_the_same_faces_and_the_same_motion(scheduler, two_workers, shared_data):
    pytest.importorskip("dlib")
    every = discover(shared_data("C-faces"))
    few = Collection(every.root, every.records[:5])
    wanted = {"features": (), "embeddings": (), "passes": ["faces", "optical_flow"]}
    local = measure(few, **wanted, settings=settings(None))
    remote = measure(few, **wanted, settings=settings(scheduler))
    assert_same(local, remote)
    assert local.regions == remote.regions
    assert all(local.faces)


def test_motion_and_shots_are_the_same_on_two_workers(scheduler, two_workers, tmp_path):
    frames = [frame for image in textures(2) for frame in Shot(image, 12).render(np.random.default_rng(0))]
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(tmp_path / f"{number:02}.png")
    shot = discover(tmp_path)
    names = [*MOTION_COLUMNS, *Shots().needs.features]
    local = measure(shot, names, settings=settings(None))
    remote = measure(shot, names, settings=settings(scheduler))
    assert_same(local, remote)
    found = [Shots().cluster(table, np.random.default_rng(0)) for table in (local, remote)]
    assert found[0].labels.tolist() == found[1].labels.tolist() == [0] * 12 + [1] * 12


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(scheduler, two_workers, many):
    killed = []

    def kill(stage: str, done: int, total: int) -> None:
        if not killed:
            two_workers[0].send_signal(signal.SIGKILL)
            killed.append(stage)

    assert_same(measure(many), measure(many, settings=settings(scheduler), progress=kill))
    assert killed == ["measure"]


def test_when_all_workers_are_killed_this_process_does_the_rest(scheduler, two_workers, many):
    def work(x: int) -> int:
        return x + 1

    with Dask(scheduler, patience_s=3.0) as executor:
        results = executor.map_unordered(work, range(500), 5)
        found = [next(results)]
        for process in two_workers:
            process.kill()
        found += results
    assert sorted(found) == list(range(1, 501))


def test_what_the_function_raises_is_raised(scheduler, two_workers):
    with Dask(scheduler) as executor, pytest.raises(ZeroDivisionError):
        list(executor.map_unordered(lambda x: 1 // x, range(3)))


def test_an_unreachable_scheduler_is_refused_before_any_work(many, monkeypatch):
    monkeypatch.setattr(executors, "CONNECT_S", 1.0)
    decoded: list[Path] = []
    for refused in (
        lambda: measure(many, settings=settings("tcp://127.0.0.1:9"), progress=lambda *_: decoded.append(Path())),
        lambda: prepare((Look(),), settings=settings("tcp://127.0.0.1:9")),
    ):
        with pytest.raises(ConfigError, match=r"no Dask scheduler answers at 'tcp://127.0.0.1:9'") as raised:
            refused()
        assert "\n" not in str(raised.value)
    assert not decoded


def test_a_scheduler_without_workers_is_refused(scheduler, monkeypatch):
    monkeypatch.setattr(executors, "CONNECT_S", 1.0)
    with pytest.raises(ConfigError, match="has no workers. Start some with"):
        Dask(scheduler)
