"""Passes over 2,000 images: what a killed run has stored, how much memory a larger collection needs, and executors.

    python -m benchmarks.bench_passes [folder of images] [--count 2000] [--passes faces optical_flow]

Small images are cut from those of the folder, without one from the data beside the checkout. One run is killed in its
middle and completed by a second one, which must measure only the rest; a quarter of the images is measured by itself,
for its memory; and a part with one thread, with two, and by two workers of Dask, which must give the same values.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import Collection, Needs
from imbatch2soundvisu.core.errors import I2SError
from imbatch2soundvisu.features.passes import is_pair_pass
from imbatch2soundvisu.measurement.measuring import prepare_for
from imbatch2soundvisu.runtime.cache import FILE

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PASSES = ("faces", "optical_flow")
COUNT, _PART, _SIDE = 2000, 0.1, 256


def rows(data: Path | None = None, count: int = COUNT, passes: Sequence[str] = PASSES) -> list[dict[str, Any]]:
    """Images that were measured twice (0 is right), MB for all images against a quarter of them, and differences."""
    sources = _sources(data)
    if not sources or not _can_run(passes):
        return []
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        _make_images(place / "images", sources, count)
        stored, killed_mb, seconds = _killed(place, count, passes)
        rest = _run(place / "images", place / "killed", count, passes)
        quarter = _run(place / "images", place / "quarter", count // 4, passes)
        part = max(20, round(count * _PART))
        found = {name: _run(place / "images", place / name, part, passes, name) for name in ("one", "two")}
        with _dask(place) as address:
            found["dask"] = _run(place / "images", place / "dask", part, passes, address)
    again = sum(rest["measured"].values()) - (len(passes) * count - len(_pairs(passes)) - stored)
    wrong = [name for name, each in found.items() if each["values"] != dict(list(rest["values"].items())[:part])]
    largest = max(killed_mb, rest["peak_mb"])
    note = f"{count} images of {_SIDE} px, {' and '.join(passes)}"
    return [
        {"what": "results of a killed run measured again", "ours": again, "peer": 0, "ratio": float(again == 0),
         "note": f"{note}; killed after {seconds:.0f} s with {stored} results stored"},
        {"what": "peak memory, MB", "ours": largest, "peer": quarter["peak_mb"],
         "ratio": round(quarter["peak_mb"] / largest, 2), "note": f"{note}; the peer is a quarter of them"},
        {"what": "executors with other values", "ours": len(wrong), "peer": 0, "ratio": float(not wrong),
         "note": f"{part} images with one thread, two threads and two workers of Dask {wrong or ''}".strip()},
    ]  # fmt: skip


def _sources(data: Path | None) -> list[Path]:
    folders = [data] if data else [DATA / name for name in ("C-faces", "B-clothing", "A-photos-gcompris")]
    return [record.path for each in folders if each.is_dir() for record in i2s.discover(each).records]


def _can_run(passes: Sequence[str]) -> bool:
    try:
        prepare_for(Needs(passes=tuple(map(i2s.PASSES.resolve, passes))))
    except I2SError as error:
        print(error, file=sys.stderr)
        return False
    return True


def _pairs(passes: Sequence[str]) -> list[str]:
    """The passes that measure neighbours: the first image has none before it."""
    return [name for name in passes if is_pair_pass(i2s.PASSES.resolve(name))]


def _make_images(folder: Path, sources: Sequence[Path], count: int) -> None:
    """Crops of the sources, seeded: each another part of an image, mirrored half of the time."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as image:
            rgb = image.convert("RGB")
        share = rng.uniform(0.75, 1.0)
        width, height = round(rgb.width * share), round(rgb.height * share)
        left, top = rng.integers(0, rgb.width - width + 1), rng.integers(0, rgb.height - height + 1)
        crop = rgb.crop((left, top, left + width, top + height))
        crop.thumbnail((_SIDE, _SIDE))
        crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else crop
        crop.save(folder / f"{number:05}.jpg", quality=85)


def _killed(place: Path, count: int, passes: Sequence[str]) -> tuple[int, int, float]:
    """Start a run, kill it when it is half done; return the results stored, its peak in MB, and its seconds."""
    begun = time.perf_counter()
    process = subprocess.Popen(_command(place / "images", place / "killed", count, passes, "two"), env=_environment())
    peak = 0
    while process.poll() is None and stored_results(place / "killed") < count // 2:
        peak = max(peak, _peak_mb(process.pid))
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return stored_results(place / "killed"), peak, time.perf_counter() - begun


def stored_results(cache: Path) -> int:
    """Return how many results of passes a cache has, while another process writes it."""
    if not (cache / FILE).is_file():
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{cache / FILE}?mode=ro", uri=True, timeout=10)) as db:
        try:
            return int(db.execute("SELECT COUNT(*) FROM image_values WHERE name LIKE 'pass %'").fetchone()[0])
        except sqlite3.OperationalError:  # the tables are not made yet
            return 0


def _peak_mb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1000 for line in lines if line.startswith("VmHWM")), 0)


def _run(folder: Path, cache: Path, count: int, passes: Sequence[str], executor: str = "two") -> dict[str, Any]:
    found = subprocess.run(
        _command(folder, cache, count, passes, executor), env=_environment(), stdout=subprocess.PIPE, check=True
    )
    result: dict[str, Any] = json.loads(found.stdout)
    return result


def _command(folder: Path, cache: Path, count: int, passes: Sequence[str], executor: str) -> list[str]:
    given = [str(folder), str(cache), str(count), executor, *passes]
    return [sys.executable, "-m", "benchmarks.bench_passes", "--child", *given]


def _environment() -> dict[str, str]:
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(each for each in paths if each)}


def _child(folder: str, cache: str, count: str, executor: str, *passes: str) -> None:
    """Measure, and print how many results were missing, the values of each image as a digest, and the peak in MB."""
    jobs = {"one": 1, "two": 2}.get(executor)
    settings = config.resolve({"CACHE": cache} | ({"JOBS": jobs} if jobs else {"SCHEDULER": executor}))
    found = i2s.discover(Path(folder))
    collection = Collection(found.root, found.records[: int(count)])
    missing: dict[str, int] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if stage.startswith("measure "):
            missing[stage] = total

    with i2s.Cache(settings.cache) as store:
        table = i2s.measure(
            collection, (), embeddings=(), passes=passes, cache=store, settings=settings, progress=progress
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    print(json.dumps({"measured": missing, "values": _digests(table), "peak_mb": peak}))


def _digests(table: Any) -> dict[str, str]:
    """{image: digest of its columns and regions}."""
    found = {}
    for row, record in enumerate(table.records):
        values = [values[row].tolist() for values in table.columns.values()]
        regions = [repr(each[row]) for each in table.regions.values()]
        found[record.name] = hashlib.blake2b(json.dumps([values, regions]).encode(), digest_size=8).hexdigest()
    return found


@contextlib.contextmanager
def _dask(place: Path) -> Iterator[str]:
    """The address of a scheduler with two workers of one thread each."""
    file = place / "scheduler.json"
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    worker = ["worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    started = [
        subprocess.Popen([sys.executable, "-m", "dask", *each], env=_environment(), stderr=subprocess.DEVNULL)
        for each in (scheduler, worker, worker)
    ]
    try:
        import distributed

        with distributed.Client(scheduler_file=str(file), timeout=120, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield json.loads(file.read_text())["address"]
    finally:
        for each in started:
            each.kill()
            each.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(*sys.argv[2:])
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--passes", nargs="+", default=list(PASSES))
    arguments = parser.parse_args()
    for row in rows(arguments.data, arguments.count, arguments.passes):
        print(row)
