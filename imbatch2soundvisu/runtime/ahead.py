"""Iterators that work in a thread of their own while what they yield is used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
_END = object()


def ahead(items: Iterable[T], depth: int, name: str = "ahead") -> Generator[T]:
    """Yield the items of an iterable that is advanced in a thread, at most `depth` items before they are needed.

    An exception of the iterable is raised where its item would be. The thread ends when the generator is closed.

    Parameters
    ----------
    items : iterable
        What is yielded, in its order. A generator is closed in the thread.
    depth : int
        1 or more.
    name : str
        Of the thread.

    Examples
    --------
    >>> list(ahead(range(4), 2))
    [0, 1, 2, 3]
    """
    ready: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(depth)
    stopped = threading.Event()
    thread = threading.Thread(target=_advance, args=(items, ready, stopped), name=name, daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stopped.set()
        while thread.is_alive():
            _empty(ready)
            thread.join(0.05)


def _advance(items: Iterable[Any], ready: queue.Queue[Any], stopped: threading.Event) -> None:
    iterator = iter(items)
    try:
        for item in iterator:
            ready.put((item, None))
            if stopped.is_set():
                return
        ready.put((_END, None))
    except BaseException as error:  # raised again by the consumer
        ready.put((_END, error))
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()


def _empty(ready: queue.Queue[Any]) -> None:
    try:
        while True:
            ready.get_nowait()
    except queue.Empty:
        pass
