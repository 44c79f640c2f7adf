"""The connection to a Dask scheduler, and how functions travel to its workers."""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from types import ModuleType
from typing import Any

from ..core.errors import ConfigError, MissingExtra

_PACKAGE = __name__.partition(".")[0]


def connect(address: str, patience_s: float) -> tuple[Any, int]:
    """Connect to a scheduler.

    Returns
    -------
    client : distributed.Client
    threads : int
        How many tasks its workers can do at the same time.

    Raises
    ------
    ConfigError
        When there is no scheduler at the address, or it has no workers, after `patience_s`.
    MissingExtra
        Without the package `distributed`.
    """
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtra("distributed", "distributed", "SCHEDULER") from None
    _quiet()
    try:
        client = Client(address, timeout=patience_s, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise ConfigError(
            f"no Dask scheduler answers at {address!r} ({type(error).__name__}). Start one with `dask scheduler`, "
            "or unset SCHEDULER to use this computer's own cores"
        ) from error
    try:
        client.wait_for_workers(1, timeout=patience_s)
    except TimeoutError as error:
        client.close()
        raise ConfigError(
            f"the Dask scheduler at {address!r} has no workers. Start some with `dask worker {address}`"
        ) from error
    return client, max(1, sum(client.nthreads().values()))


@contextlib.contextmanager
def submitter(client: Any, function: Callable[[Any], Any]) -> Iterator[Callable[[Sequence[Any]], Future[list[Any]]]]:
    """Give a function that submits a chunk of items to the cluster; what is under way is cancelled with the block."""
    payload = pickled(function)
    pool = client.get_executor(pure=False)
    try:
        yield functools.partial(pool.submit, _apply, payload)
    finally:
        pool.shutdown(wait=False)


def pickled(function: Callable[[Any], Any]) -> bytes:
    """Return a function as bytes, with the code of modules that workers do not have, such as a session file."""
    import cloudpickle

    modules = [each for each in list(sys.modules.values()) if _is_local(each)]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(function)
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def _apply(payload: bytes, chunk: Sequence[Any]) -> list[Any]:
    """Apply a pickled function to each item, on a worker."""
    import cv2

    cv2.setNumThreads(1)  # a worker takes as many tasks as it has threads
    function = _function(payload)
    return [function(item) for item in chunk]


@functools.lru_cache(maxsize=8)
def _function(payload: bytes) -> Callable[[Any], Any]:
    import cloudpickle

    return cloudpickle.loads(payload)


def _is_local(module: Any) -> bool:
    """Whether a module is neither this package, nor installed, nor of Python itself."""
    if not isinstance(module, ModuleType):
        return False
    top = module.__name__.partition(".")[0]
    file = getattr(module, "__file__", None)
    installed = file is None or "site-packages" in file or "dist-packages" in file or file.startswith(sys.base_prefix)
    return not installed and top != _PACKAGE and top not in sys.stdlib_module_names and top != "__main__"


def _quiet() -> None:
    """Keep Dask from printing every lost connection; what matters is raised."""
    for name in ("distributed.client", "distributed.comm", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
