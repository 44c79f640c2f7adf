"""Work on many items gives all results, whoever does it, and whatever happens to the workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.runtime import executors

forking = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks on Linux only")


def flat(batches) -> list:
    return sorted(result for batch in batches for result in batch)


@pytest.mark.parametrize("count", [0, 1, 7, 63, 64, 500])
@pytest.mark.parametrize("may_fork", [False, True])
def test_every_item_once(count, may_fork):
    assert flat(executors.in_batches(lambda x: x * x, range(count), may_fork=may_fork)) == [x * x for x in range(count)]


def test_batches_are_of_about_the_size_asked_for():
    sizes = [len(batch) for batch in executors.in_batches(str, range(1000), size=100)]
    assert all(100 <= size < 100 + executors._CHUNK for size in sizes[:-1])


@pytest.mark.parametrize("may_fork", [False, True])
def test_what_work_raises_is_raised(may_fork):
    with pytest.raises(ZeroDivisionError):
        flat(executors.in_batches(lambda x: 1 // x, range(200), may_fork=may_fork))


@forking
def test_forking_after_opencv_has_used_its_threads():
    """Its pool of threads does not survive a fork: a worker that touches it would wait for ever."""
    code = (
        "import cv2, numpy as np; from imbatch2soundvisu.runtime import executors\n"
        "cv2.setNumThreads(4); big = np.random.default_rng(0).random((2000, 2000, 3)).astype(np.float32)\n"
        "for _ in range(3):\n"
        "    cv2.GaussianBlur(big, (0, 0), 9)\n"
        "    work = lambda x: float(cv2.GaussianBlur(big[:400, :400], (0, 0), 3)[0, 0, 0])\n"
        "    print(sum(len(batch) for batch in executors.in_batches(work, range(100))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["100"] * 3


@forking
def test_forking_where_somebody_swallows_the_signal_that_ends_workers():
    """As SDL does once music was played."""
    code = (
        "import signal, time\n"
        "from imbatch2soundvisu.runtime import executors\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "batches = executors.in_batches(lambda x: time.sleep(0.01), range(3200), size=16)\n"
        "print(len(next(batches)))\n"
        "batches.close()\n"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert made.stdout.split() == ["16"]


def test_the_number_of_opencv_threads_comes_back():
    before = cv2.getNumThreads()
    flat(executors.in_batches(lambda x: float(np.sqrt(x)), range(100)))
    assert cv2.getNumThreads() == before


@forking
def test_workers_that_die_are_replaced_by_threads(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE_S", 1.0)
    parent = os.getpid()

    def work(x: int) -> int:
        if x == 300 and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    assert flat(executors.in_batches(work, range(600))) == list(range(600))
