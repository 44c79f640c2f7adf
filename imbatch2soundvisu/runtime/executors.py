"""Apply a function to many items: serially, in threads, in processes, or on a Dask cluster.

Every executor has one method, `map_unordered`, and gives every result exactly once. A worker that dies or stays silent
loses nothing: its items are computed again, by threads of this process.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, ThreadPoolExecutor, wait
from concurrent.futures import Executor as Pool
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
_Submit = Callable[[Any], Future[list[Any]]]

#: Seconds without any result after which workers count as dead: killed without a trace, or stuck on a lock.
PATIENCE_S = 180.0
#: Seconds to wait for the first answer of a Dask scheduler, and for its first worker.
CONNECT_S = 5.0
_MOST_WORKERS = 16
_KEPT_BYTES = 32 << 20


class Executor(Protocol):
    """Applies a function to items, by whatever workers there are. Usable as a context manager."""

    def map_unordered(
        self, function: Callable[[Item], Result], items: Sequence[Item], chunk_size: int = 1
    ) -> Iterator[Result]:
        """Yield the result of each item, in any order.

        Parameters
        ----------
        function : callable
            Of one item. For `Dask` it must be picklable by cloudpickle; so must the results.
        items : sequence
        chunk_size : int
            How many items a worker gets in one message.

        Raises
        ------
        Exception
            What `function` raises.
        """
        ...

    def close(self) -> None:
        """Release the workers."""
        ...

    def __enter__(self) -> Executor: ...

    def __exit__(self, *error: object) -> None: ...


class _Base:
    """Context management, for executors that hold nothing between calls."""

    def close(self) -> None:
        """Nothing is held."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Serial(_Base):
    """One item after the other, in the calling thread.

    Examples
    --------
    >>> list(Serial().map_unordered(abs, [1, -2]))
    [1, 2]
    """

    def map_unordered(
        self, function: Callable[[Item], Result], items: Sequence[Item], chunk_size: int = 1
    ) -> Iterator[Result]:
        """Yield the results in the order of the items; see `Executor`."""
        return map(function, items)


class Threads(_Base):
    """Threads of this process: for work that releases the interpreter's lock, and for functions that cannot travel.

    Examples
    --------
    >>> sorted(Threads().map_unordered(abs, [1, -2, 3], chunk_size=2))
    [1, 2, 3]
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or cores()

    def map_unordered(
        self, function: Callable[[Item], Result], items: Sequence[Item], chunk_size: int = 1
    ) -> Iterator[Result]:
        """Yield results as they come; see `Executor`."""
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="measure")
        submit: _Submit = functools.partial(pool.submit, functools.partial(_apply, function))
        with _one_opencv_thread(), _shut_down(pool):
            yield from _flat(_drain(submit, _chunks(items, chunk_size), 2 * self.workers))


class Processes(_Base):
    """Processes of this computer.

    They are forked, where that is possible (Linux) and there are more items than workers; else threads work.
    A fork starts in 20 ms and inherits function and items, so that neither needs to be picklable. Loky, which starts
    fresh interpreters that import everything again, took 4.8 times as long for the features of 250 images, 2.5 times
    for 1,000 (two cores, benchmarks/bench_executors.py).
    The function must not use libraries whose threads or locks do not survive a fork (torch, for one).

    Parameters
    ----------
    workers : int, optional
        None: one for each core, at most 16.
    patience_s : float, optional
        Seconds without any result after which the workers count as stuck; None: forever.
    """

    def __init__(self, workers: int | None = None, patience_s: float | None = PATIENCE_S) -> None:
        self.workers, self.patience_s = workers or cores(), patience_s

    def map_unordered(
        self, function: Callable[[Item], Result], items: Sequence[Item], chunk_size: int = 1
    ) -> Iterator[Result]:
        """Yield results as they come; see `Executor`."""
        if not (sys.platform.startswith("linux") and self.workers > 1 and len(items) > self.workers):
            yield from Threads(self.workers).map_unordered(function, items, chunk_size)
            return
        undone: list[Sequence[Item]] = []
        with _one_opencv_thread():  # set before the fork: OpenCV's own threads do not survive it
            pool = _forking_pool(self.workers, function, items)
            submit: _Submit = functools.partial(pool.submit, _apply_inherited)  # type: ignore[call-arg]
            with _shut_down(pool, kill=lambda: bool(undone)):
                yield from _flat(_drain(submit, _ranges(len(items), chunk_size), 2 * self.workers, undone, self))
        if undone:
            left = [items[i] for chunk in undone for i in chunk]  # type: ignore[call-overload]
            yield from Threads(self.workers).map_unordered(function, left, chunk_size)

    def is_lost(self, error: BaseException) -> bool:
        """Whether an error says that a worker died, rather than that the function failed."""
        return isinstance(error, BrokenExecutor)


class Dask(_Base):
    """The workers of a Dask scheduler. They need this package, and the images under the same paths.

    Functions of a session file travel by value. Dask computes the items of a lost worker on another one; where none is
    left, threads of this process do.

    Parameters
    ----------
    address : str
        Such as "tcp://127.0.0.1:8786".
    patience_s : float, optional
        Seconds without any result after which the cluster counts as lost; None: forever.

    Raises
    ------
    ConfigError
        Within some seconds, when there is no scheduler at the address, or it has no workers.
    MissingExtra
        Without the package `distributed`.
    """

    def __init__(self, address: str, patience_s: float | None = PATIENCE_S) -> None:
        from .dask_client import connect

        self.address, self.patience_s = address, patience_s
        self._client, self._threads = connect(address, CONNECT_S)

    def close(self) -> None:
        """Disconnect. The scheduler and its workers go on."""
        self._client.close()

    def map_unordered(
        self, function: Callable[[Item], Result], items: Sequence[Item], chunk_size: int = 1
    ) -> Iterator[Result]:
        """Yield results as they come; see `Executor`."""
        from .dask_client import submitter

        undone: list[Sequence[Item]] = []
        with submitter(self._client, function) as submit:
            window = 4 * self._threads
            yield from _flat(_drain(submit, _chunks(items, chunk_size), window, undone, self))
        if undone:
            yield from Threads().map_unordered(function, [item for chunk in undone for item in chunk], chunk_size)

    def is_lost(self, error: BaseException) -> bool:
        """Whether an error says that workers or the scheduler are gone, rather than that the function failed."""
        from distributed import KilledWorker

        # the client's own errors, such as CommClosedError, are OSErrors of the module distributed
        return isinstance(error, KilledWorker | CancelledError) or type(error).__module__.startswith("distributed")


def executor_for(scheduler: str | None, fork_safe: bool = True, workers: int | None = None) -> Executor:
    """Return the executor of a run.

    Parameters
    ----------
    scheduler : str or None
        `Settings.scheduler`: the address of a Dask scheduler; None: the cores of this computer.
    fork_safe : bool
        Whether only code will run whose libraries survive a fork; else threads work.
    workers : int, optional
        `Settings.jobs`: how many processes or threads of this computer; None: one for each core, at most 16.

    Raises
    ------
    ConfigError
        When the scheduler cannot be reached.
    """
    if scheduler is not None:
        return Dask(scheduler)
    return Processes(workers) if fork_safe else Threads(workers)


def cores() -> int:
    """Return how many workers are started: the cores this process may use, at most 16."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(_MOST_WORKERS, usable))


def _drain(
    submit: _Submit,
    chunks: Iterable[Sequence[Any]],
    window: int,
    undone: list[Sequence[Any]] | None = None,
    executor: Processes | Dask | None = None,
) -> Iterator[list[Any]]:
    """Yield the results of the chunks, at most `window` of them submitted ahead; those of lost workers go to `undone`.

    Without an executor, every error is raised, and there is no limit of time.
    """
    waiting, running = iter(chunks), dict[Future[list[Any]], Sequence[Any]]()
    while True:
        try:
            while len(running) < window and (chunk := next(waiting, None)) is not None:
                running |= {submit(chunk): chunk}
        except Exception as error:
            if executor is None or undone is None or not executor.is_lost(error):
                raise
            undone += [chunk, *waiting]  # type: ignore[list-item]
        if not running:
            return
        finished, _ = wait(running, None if executor is None else executor.patience_s, FIRST_COMPLETED)
        if not finished and undone is not None:
            undone += [*running.values(), *waiting]
            return
        for future in finished:
            chunk = running.pop(future)
            try:
                results = future.result()
            except BaseException as error:
                if executor is None or undone is None or not executor.is_lost(error):
                    raise
                undone.append(chunk)
                continue
            yield results


def _flat(batches: Iterable[list[Result]]) -> Iterator[Result]:
    for batch in batches:
        yield from batch


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _ranges(count: int, size: int) -> Iterator[range]:
    return (range(start, min(start + size, count)) for start in range(0, count, size))


def _apply(function: Callable[[Item], Result], chunk: Sequence[Item]) -> list[Result]:
    return [function(item) for item in chunk]


@contextlib.contextmanager
def _shut_down(pool: Pool, kill: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """End the workers with the block: what they are doing is finished first, unless `kill` says otherwise."""
    try:
        yield
    finally:
        if kill():
            for process in list((getattr(pool, "_processes", None) or {}).values()):
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _one_opencv_thread() -> Iterator[None]:
    """Keep OpenCV to one thread within the block: there is a worker for each core."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


_inherited: tuple[Callable[[Any], Any], Sequence[Any]] | None = None  # set in forked workers only


def _forking_pool(workers: int, function: Callable[[Any], Any], items: Sequence[Any]) -> Pool:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(workers, context, _start_worker, (function, items))


def _start_worker(function: Callable[[Any], Any], items: Sequence[Any]) -> None:
    """Prepare a forked worker. Function and items are inherited, not sent, so they need not be picklable."""
    import gc
    import multiprocessing
    import signal

    global _inherited
    _inherited = function, items
    gc.freeze()  # what is inherited is neither collected nor, by being looked at, copied
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # SDL, where music was played before, would ignore it
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - errors travel back as exceptions
    _keep_freed_memory()
    if (parent := multiprocessing.parent_process()) is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _keep_freed_memory() -> None:
    """Let glibc reuse the memory of images in this worker; each return to the system costs page faults, 15 % of it."""
    trim_threshold, mmap_threshold = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(mmap_threshold, _KEPT_BYTES)
        mallopt(trim_threshold, _KEPT_BYTES)


def _end_after(parent: Any) -> None:
    """End this worker when the process that forked it is killed; it would wait for work forever."""
    parent.join()
    os._exit(1)


def _apply_inherited(chunk: range) -> list[Any]:
    assert _inherited is not None
    function, items = _inherited
    return [function(items[i]) for i in chunk]
