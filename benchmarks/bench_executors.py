"""The feature pass by each executor, and by one and two Dask workers.

    python -m benchmarks.bench_executors [folder of images] [--count 1000] [--dask]

Each measures the same JPEGs of about 500 px from scratch, starting its workers each time, as the first run of a new
folder does; three rounds in turn, and the fastest counts. Ratios are to the forked processes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.embeddings import Look
from imbatch2soundvisu.features import default_features
from imbatch2soundvisu.measurement.jobs import BATCH, ScalarJob
from imbatch2soundvisu.measurement.known import Known, NoCache
from imbatch2soundvisu.measurement.request import request
from imbatch2soundvisu.runtime.executors import Dask, Executor, Processes, Serial, Threads, cores

from .bench_features import photographs

COUNTS = (250, 1000)


class Loky:
    """Fresh interpreters, as joblib starts them."""

    def map_unordered(self, function: Callable[[Any], Any], items: Sequence[Any], chunk_size: int = 1) -> Iterator[Any]:
        """Yield results as they come."""
        from concurrent.futures import as_completed

        from joblib.externals.loky import ProcessPoolExecutor

        with ProcessPoolExecutor(cores()) as pool:
            yield from (future.result() for future in as_completed([pool.submit(function, item) for item in items]))


def rows(data: Path | None = None, counts: Sequence[int] = COUNTS) -> list[dict[str, Any]]:
    """Seconds of the feature pass by processes; ratio: how many times faster than by the other."""
    contenders: dict[str, Any] = {
        "forked processes": Processes(),
        "threads": Threads(),
        "loky": Loky(),
        "serial": Serial(),
    }
    found = []
    for count in counts:
        with prepared(data, count) as (job, batches):
            best = _fastest(job, batches, contenders)
        ours = best.pop("forked processes")
        found += [_row(f"feature pass, {count} images", ours, peer, name) for name, peer in best.items()]
    return found


def dask_rows(data: Path | None = None, count: int = COUNTS[-1]) -> list[dict[str, Any]]:
    """Seconds by two workers of one thread each; ratio: how many times faster than by one."""
    best: dict[str, float] = {}
    with prepared(data, count) as (job, batches):
        for workers in (1, 2):
            with cluster(workers) as address, Dask(address) as executor:
                list(executor.map_unordered(job, batches[:4]))  # the workers import what they need
                best |= _fastest(job, batches, {f"{workers} workers": executor})
    return [_row(f"feature pass on Dask, {count} images", best["2 workers"], best["1 workers"], "one worker")]


@contextlib.contextmanager
def prepared(data: Path | None, count: int) -> Iterator[tuple[ScalarJob, list[Any]]]:
    """The job of the feature pass and its batches, over `count` JPEGs."""
    with tempfile.TemporaryDirectory() as temporary:
        photographs(data, count, folder := Path(temporary) / "images")
        wanted = request(default_features(), (), (Look(),), (), config.resolve())
        records = i2s.discover(folder).records
        tasks = Known(wanted, records, NoCache()).tasks(records)
        job = ScalarJob(wanted.pixel_features, wanted.small_embedders, wanted.settings)
        yield job, [tasks[start : start + BATCH] for start in range(0, len(tasks), BATCH)]


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[str]:
    """The address of a scheduler on this computer, with so many workers of one thread each."""
    from distributed import Client

    package = Path(i2s.__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(package)}

    def start(*command: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "dask", *command, "--no-dashboard", "--host", "127.0.0.1"]
        return subprocess.Popen(line, env=environment, stderr=subprocess.DEVNULL)

    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "scheduler.json"
        processes = [start("scheduler", "--port", "0", "--scheduler-file", str(file))]
        try:
            with Client(scheduler_file=str(file), timeout=60, set_as_default=False) as client:
                address = json.loads(file.read_text())["address"]
                processes += [start("worker", address, "--nthreads", "1", "--no-nanny") for _ in range(workers)]
                client.wait_for_workers(workers, timeout=60)
            yield address
        finally:
            for process in processes:
                process.kill()
                process.wait()


def _fastest(job: ScalarJob, batches: Sequence[Any], contenders: dict[str, Executor | Loky]) -> dict[str, float]:
    best: dict[str, float] = {}
    for _ in range(3):
        for name, executor in contenders.items():
            begun = time.perf_counter()
            done = sum(map(len, executor.map_unordered(job, batches)))
            best[name] = min(best.get(name, 1e9), time.perf_counter() - begun)
            assert done == sum(map(len, batches))
    return best


def _row(what: str, ours: float, peer: float, name: str) -> dict[str, Any]:
    note = f"{name}; {cores()} cores"
    return {"what": what, "ours": round(ours, 2), "peer": round(peer, 2), "ratio": round(peer / ours, 3), "note": note}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--count", type=int, action="append")
    parser.add_argument("--dask", action="store_true", help="one worker against two, instead")
    given = parser.parse_args()
    counts = tuple(given.count or COUNTS)
    for row in dask_rows(given.data, counts[-1]) if given.dask else rows(given.data, counts):
        print(row)
