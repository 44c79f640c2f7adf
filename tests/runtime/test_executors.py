"""Every executor gives each result exactly once, whatever happens to its workers."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.runtime.executors import Dask, Processes, Serial, Threads, cores, executor_for

forking = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")
EXECUTORS = [Serial(), Threads(2), Processes(2)]


def kill_at(unlucky: int, parent: int, x: int) -> int:
    """Return x, unless it is the unlucky one and this is a worker: then the worker is killed."""
    if x == unlucky and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


@pytest.mark.parametrize("executor", EXECUTORS, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("count", [0, 1, 7, 64, 500])
@pytest.mark.parametrize("chunk_size", [1, 16])
def test_every_item_gives_one_result(executor, count, chunk_size):
    if chunk_size == 1 and count > 64:
        count = 64
    results = executor.map_unordered(lambda x: x * x, range(count), chunk_size)
    assert sorted(results) == [x * x for x in range(count)]


@pytest.mark.parametrize("executor", EXECUTORS, ids=lambda each: type(each).__name__)
def test_what_the_function_raises_is_raised(executor):
    with pytest.raises(ZeroDivisionError):
        list(executor.map_unordered(lambda x: 1 // x, range(200), 10))


@pytest.mark.parametrize("executor", EXECUTORS, ids=lambda each: type(each).__name__)
def test_results_come_before_all_items_are_done(executor):
    done: list[int] = []
    results = executor.map_unordered(done.append, range(10_000), 10)
    next(results)
    assert len(done) < 10_000
    getattr(results, "close", lambda: None)()


@forking
def test_processes_are_used_where_they_are_asked_for():
    workers = set(Processes(2).map_unordered(lambda _: os.getpid(), range(200), 10))
    assert workers
    assert os.getpid() not in workers


@forking
def test_forking_after_opencv_has_used_its_threads():
    """Its pool of threads does not survive a fork: a worker that touches it would wait forever."""
    code = (
        "import cv2, numpy as np; from imbatch2soundvisu.runtime.executors import Processes\n"
        "cv2.setNumThreads(4); big = np.random.default_rng(0).random((2000, 2000, 3)).astype(np.float32)\n"
        "for _ in range(3):\n"
        "    cv2.GaussianBlur(big, (0, 0), 9)\n"
        "    work = lambda x: float(cv2.GaussianBlur(big[:400, :400], (0, 0), 3)[0, 0, 0])\n"
        "    print(len(list(Processes(2).map_unordered(work, range(100), 10))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["100"] * 3


@forking
def test_workers_end_where_the_signal_to_end_is_ignored():
    """As SDL ignores it once music was played."""
    code = (
        "import signal, time\n"
        "from imbatch2soundvisu.runtime.executors import Processes\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "results = Processes(2).map_unordered(lambda x: time.sleep(0.01), range(3200), 16)\n"
        "print(next(results))\n"
        "results.close()\n"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert made.stdout.split() == ["None"]


@forking
def test_workers_end_when_their_parent_is_killed():
    code = (
        "import os, sys\n"
        "from imbatch2soundvisu.runtime.executors import Processes\n"
        "def work(x):\n"
        "    os.write(1, b'%d\\n' % os.getpid())\n"
        "results = Processes(2).map_unordered(work, range(4), 1)\n"
        "for _ in range(4): next(results)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    # run() returns only when every process that holds the pipe has ended
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(killed.stdout.split()) == 4


@pytest.mark.parametrize("executor", EXECUTORS, ids=lambda each: type(each).__name__)
def test_the_number_of_opencv_threads_is_restored(executor):
    before = cv2.getNumThreads()
    list(executor.map_unordered(lambda x: float(np.sqrt(x)), range(100), 10))
    assert cv2.getNumThreads() == before


@forking
@pytest.mark.parametrize("chunk_size", [1, 16])
def test_the_items_of_a_killed_worker_are_done_by_threads(chunk_size):
    work = functools.partial(kill_at, 300, os.getpid())
    assert sorted(Processes(2).map_unordered(work, range(600), chunk_size)) == list(range(600))


@forking
def test_the_items_of_a_silent_worker_are_done_by_threads():
    def work(x: int) -> int:
        if x == 30 and os.getpid() != parent:
            signal.pause()
        return x

    parent = os.getpid()
    assert sorted(Processes(2, patience_s=1.0).map_unordered(work, range(60), 10)) == list(range(60))


def test_the_executor_of_a_run():
    assert isinstance(executor_for(None), Processes)
    assert isinstance(executor_for(None, fork_safe=False), Threads)
    assert 1 <= cores() <= 16


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "no address", "http://127.0.0.1:9"])
def test_an_unreachable_scheduler_is_one_line(address, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("imbatch2soundvisu.runtime.executors.CONNECT_S", 1.0)
    with pytest.raises(ConfigError, match="no Dask scheduler answers") as raised:
        Dask(address)
    assert "\n" not in str(raised.value)
    assert address in str(raised.value)
