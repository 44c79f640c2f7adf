"""The feature pass over a thousand photographs, against Pillow's decode alone and against CleanVision.

    python -m benchmarks.bench_features [folder of images]

All three work on the same files with the same number of cores; each is run three times in turn and the fastest counts.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.features import FEATURES

COUNT = 1000
LONG_SIDE = 500


def rows(data: Path | None = None, count: int = COUNT) -> list[dict[str, Any]]:
    """Seconds for `count` JPEGs of about 500 px; ratio: how many times faster than the peer."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "images"
        _photographs(data, count, folder)
        paths = sorted(folder.iterdir())
        collection = i2s.discover(folder)
        contenders: dict[str, Callable[[], Any]] = {
            "ours": lambda: i2s.measure(collection, embeddings=()),
            "with Look": lambda: i2s.measure(collection),
            "Pillow's decode alone": lambda: _decode(paths),
            "CleanVision": lambda: _cleanvision(folder),
        }
        best: dict[str, float] = {}
        for _ in range(3):
            for name, work in contenders.items():
                begun = time.perf_counter()
                try:
                    work()
                except ImportError:
                    continue
                best[name] = min(best.get(name, 1e9), time.perf_counter() - begun)
    ours = {"feature pass, s": best.pop("ours"), "features and Look, s": best.pop("with Look")}
    note = f"{count} photographs, {len(FEATURES)} features, {os.cpu_count()} cores"
    return [
        {"what": what, "ours": round(own, 2), "peer": round(peer, 2), "ratio": round(peer / own, 3)}
        | {"note": f"{name}; {note}"}
        for what, own in ours.items()
        for name, peer in best.items()
    ]


def _photographs(data: Path | None, count: int, folder: Path) -> None:
    """`count` different JPEGs: the images of a folder, or of the built-in sample, again and again, cut a bit."""
    folder.mkdir(parents=True)
    sources = [record.path for record in i2s.discover(data, cache=folder.parent / "cache")]
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as source:
            image = source.convert("RGB")
        image = image.crop((number // len(sources), 0, image.width, image.height))
        scale = LONG_SIDE / max(image.size)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image.resize(size, Image.Resampling.BICUBIC).save(folder / f"{number:05}.jpg", quality=90)


def _decode(paths: list[Path]) -> None:
    def one(path: Path) -> None:
        with Image.open(path) as image:
            image.convert("RGB")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, paths))


def _cleanvision(folder: Path) -> None:
    from cleanvision import Imagelab

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        Imagelab(data_path=str(folder)).find_issues(n_jobs=os.cpu_count())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)
