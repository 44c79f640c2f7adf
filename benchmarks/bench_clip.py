"""Images through CLIP, from files to vectors, against the bare model on images that lie ready in memory.

    python -m benchmarks.bench_clip [folder of images]

The model is a ViT-B-32 with random weights, in batches of 32, on the same device and threads. Both are run in turn and
the fastest run of each counts. Memory is the highest of a whole process, for few and for many images, with a model
of the same input and little else.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.embeddings import inference
from imbatch2soundvisu.embeddings.clip import Clip

COUNT = 96
BATCH = 32
ROUNDS = 3
LONG_SIDES = (500, 1000)
FEW, MANY = 500, 5000
SMALL = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 224, "layers": 1, "width": 32, "head_width": 16, "patch_size": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


def rows(data: Path | None = None, count: int = COUNT) -> list[dict[str, Any]]:
    """Images a second, ours and the bare model's; megabytes for many images and for few."""
    try:
        import open_clip
        import torch
    except ImportError:
        return []
    _quiet()
    with tempfile.TemporaryDirectory() as temporary:
        work, found = Path(temporary), []
        torch.manual_seed(0)
        torch.save(open_clip.create_model("ViT-B-32").state_dict(), work / "weights.pt")
        for long_side in LONG_SIDES:
            records = _photographs(data, count, work / f"{long_side}", long_side)
            found.append(_speed(work / "weights.pt", records, long_side))
        return [*found, _memory(work, work / f"{LONG_SIDES[0]}")]


def _speed(path: Path, records: list[ImageRecord], long_side: int) -> dict[str, Any]:
    """Both at work on the same images, in turn."""
    import torch

    clip = Clip("ViT-B-32", path, BATCH)
    network = clip._model().images
    with Image.open(records[0].path) as image:
        ready = torch.stack([network.preprocess(image.convert("RGB"))] * BATCH).to(network.device)

    def bare() -> None:
        kind = network.device.partition(":")[0]
        with torch.inference_mode(), torch.autocast(kind, torch.float16, enabled=kind != "cpu"):
            for _ in range(len(records) // BATCH):
                network.forward(ready).cpu()

    def ours() -> None:
        for _ in clip.stream(records):
            pass

    best = {bare: 1e9, ours: 1e9}
    inference.vectors(list(ready), network)
    for _ in range(ROUNDS):
        for work in best:
            begun = time.perf_counter()
            work()
            best[work] = min(best[work], time.perf_counter() - begun)
    speed = {work: len(records) / seconds for work, seconds in best.items()}
    return {
        "what": f"CLIP, JPEGs of {long_side} px, images a second",
        "ours": round(speed[ours], 1),
        "peer": round(speed[bare], 1),
        "ratio": round(speed[ours] / speed[bare], 3),
        "note": f"the bare ViT-B-32; {network.device}, {torch.get_num_threads()} threads, {os.cpu_count()} cores",
    }


def _memory(work: Path, images: Path) -> dict[str, Any]:
    """The highest memory of a process that sends few, and of one that sends many images through a small model."""
    peak = {}
    for count in (FEW, MANY):
        command = [sys.executable, "-m", "benchmarks.bench_clip", str(images), "--peak", str(count)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        peak[count] = float(done.stdout.split()[-1])
    return {
        "what": f"CLIP, memory for {MANY} images, MB",
        "ours": round(peak[MANY]),
        "peer": round(peak[FEW]),
        "ratio": round(peak[FEW] / peak[MANY], 3),
        "note": f"for {FEW} images",
    }


def _peak(images: Path, count: int) -> float:
    """Megabytes this process took at most for so many images."""
    import open_clip
    import torch

    _quiet()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        (work / "bench-small.json").write_text(json.dumps(SMALL), encoding="utf-8")
        open_clip.add_model_config(work / "bench-small.json")
        torch.save(open_clip.create_model("bench-small").state_dict(), work / "weights.pt")
        paths = sorted(images.iterdir())
        records = [_record(paths[number % len(paths)]) for number in range(count)]
        for _ in Clip("bench-small", work / "weights.pt", BATCH).stream(records):
            pass
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would give the parent's peak where that was higher
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _quiet() -> None:
    """open_clip warns of random weights; here they are intended."""
    logging.root.addHandler(logging.NullHandler())


def _photographs(data: Path | None, count: int, folder: Path, long_side: int) -> list[ImageRecord]:
    """`count` JPEGs: the images of a folder, or of the built-in sample, again and again."""
    folder.mkdir(parents=True)
    sources = [record.path for record in i2s.discover(data, cache=i2s.Cache(folder.parent / "cache"))]
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as source:
            image = source.convert("RGB")
        scale = long_side / max(image.size)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image.resize(size, Image.Resampling.BICUBIC).save(folder / f"{number:05}.jpg", quality=90)
    return [_record(path) for path in sorted(folder.iterdir())]


def _record(path: Path) -> ImageRecord:
    with Image.open(path) as image:
        return ImageRecord(path, path.name, image.width, image.height, name=path.name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        print(_peak(arguments.data, arguments.peak))
    else:
        for row in rows(arguments.data):
            print(row)
