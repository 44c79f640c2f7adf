"""Work on many small things with every core.

Where processes can be forked they are used: the work is a hundred small steps an image, and threads would spend
their time handing the interpreter's lock to each other. Elsewhere, for few items, and for work that may use libraries
which do not survive a fork, threads do it. Workers that fall silent are given up, and threads do the rest.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import cv2

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK = 16
_WORTH_FORKING = 64
#: Seconds without any result after which forked workers are taken for dead: killed, or stuck on a lock they inherited.
PATIENCE_S = 180.0
_inherited: tuple[Callable[[Any], Any], Sequence[Any]] | None = None  # set in the workers only


def in_batches(
    work: Callable[[Item], Result], items: Sequence[Item], size: int = 64, may_fork: bool = True
) -> Iterator[list[Result]]:
    """Yield lists of about `size` results as they come, in any order; at most a few chunks are under way at once.

    may_fork : False for work with code whose libraries are not known. Raises what `work` raises.
    """
    workers = max(1, min(16, os.cpu_count() or 1))
    chunks = list(range(0, len(items), _CHUNK))
    forks = may_fork and workers > 1 and len(items) >= _WORTH_FORKING and sys.platform.startswith("linux")
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # one image a core; and OpenCV's own threads must not be there when the process forks
    batch: list[Result] = []
    try:
        for results in _forked(work, items, chunks, workers) if forks else _threaded(work, items, chunks, workers):
            batch += results
            if len(batch) >= size:
                yield batch
                batch = []
        if batch:
            yield batch
    finally:
        cv2.setNumThreads(threads)


def _forked(
    work: Callable[[Item], Result], items: Sequence[Item], chunks: list[int], workers: int
) -> Iterator[list[Result]]:
    waiting = set(chunks)
    with multiprocessing.get_context("fork").Pool(workers, _start_worker, (work, items)) as pool:
        results = pool.imap_unordered(_run_chunk, chunks)
        while waiting:
            try:
                chunk, done = results.next(PATIENCE_S)
            except multiprocessing.TimeoutError:
                break
            waiting.remove(chunk)
            yield done
    if waiting:
        yield from _threaded(work, items, sorted(waiting), workers)


def _start_worker(work: Callable[[Any], Any], items: Sequence[Any]) -> None:
    """Work and items are inherited by the fork, not sent, so they need not be picklable."""
    global _inherited
    _inherited = work, items
    gc.freeze()  # what is inherited is neither collected nor, by being looked at, copied
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # SDL, where music was played before, would swallow it for ever
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - what goes wrong travels back; a killed parent is no news
    os.dup2(sys.stderr.fileno(), 2)  # and decoders write past Python


def _run_chunk(chunk: int) -> tuple[int, list[Any]]:
    assert _inherited is not None
    work, items = _inherited
    return chunk, [work(item) for item in items[chunk : chunk + _CHUNK]]


def _threaded(
    work: Callable[[Item], Result], items: Sequence[Item], chunks: list[int], workers: int
) -> Iterator[list[Result]]:
    waiting = iter(chunks)
    running: set[Future[list[Result]]] = set()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="measure")
    try:
        while True:
            while len(running) < 2 * workers and (chunk := next(waiting, None)) is not None:
                running.add(pool.submit(lambda start: [work(item) for item in items[start : start + _CHUNK]], chunk))
            if not running:
                return
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
