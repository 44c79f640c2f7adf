"""Work on many small things with every core.

Where processes can be forked they are used: the work is a hundred small steps a picture, and threads would spend
their time handing the interpreter's lock to each other. Elsewhere, and for few items, threads do it.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from typing import Any, TypeVar

import cv2

from .errors import MakeError

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK = 8
_WORTH_FORKING = 64
_shared: tuple[Callable[[Any], Any], Sequence[Any]] | None = None


def in_batches(work: Callable[[Item], Result], items: Sequence[Item], size: int = 64) -> Iterator[list[Result]]:
    """Yield lists of about `size` results as they come, in any order; at most a few chunks are under way at once.

    Raises what `work` raises, and MakeError when a worker process is killed.
    """
    workers = max(1, min(16, os.cpu_count() or 1))
    forks = workers > 1 and len(items) >= _WORTH_FORKING and sys.platform.startswith("linux")
    batch: list[Result] = []
    for results in (_forked if forks else _threaded)(work, items, workers):
        batch += results
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def _forked(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[list[Result]]:
    global _shared
    _shared = work, items  # inherited by the children, so that nothing but numbers travels to them
    try:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), _start_worker) as pool:
            yield from _feed(pool, _run_shared, len(items), workers)
    except BrokenProcessPool as error:
        raise MakeError("a worker process was killed, perhaps for want of memory; run again to go on") from error
    finally:
        _shared = None


def _threaded(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[list[Result]]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with ThreadPoolExecutor(workers) as pool:
            yield from _feed(
                pool, lambda start: [work(item) for item in items[start : start + _CHUNK]], len(items), workers
            )
    finally:
        cv2.setNumThreads(threads)


def _feed(pool: Executor, run: Callable[[int], list[Any]], count: int, workers: int) -> Iterator[list[Any]]:
    starts = iter(range(0, count, _CHUNK))
    running: set[Future[list[Any]]] = set()
    try:
        while True:
            while len(running) < 2 * workers and (start := next(starts, None)) is not None:
                running.add(pool.submit(run, start))
            if not running:
                return
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start_worker() -> None:
    """Quiet, single-threaded, and gone when the parent is, even when that was killed."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def leave_with(sentinel: int) -> None:
            wait_for([sentinel])
            os._exit(1)

        threading.Thread(target=leave_with, args=(parent.sentinel,), daemon=True).start()


def _run_shared(start: int) -> list[Any]:
    assert _shared is not None
    work, items = _shared
    return [work(item) for item in items[start : start + _CHUNK]]
