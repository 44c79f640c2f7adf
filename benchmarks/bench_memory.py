"""Peak memory of a run with large images: twenty JPEGs of 24 megapixels and a PNG of 150 among 200 photos.

python -m benchmarks.bench_memory [folder of images]
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

import imbatch2soundvisu as i2s

_PHOTOS, _LARGE = 200, 20
_LARGE_SIZE, _HUGE_SIZE = (6000, 4000), (15000, 10000)
_INTERVAL_S = 0.05
_RUN = """
import sys
import imbatch2soundvisu as i2s
plan = i2s.SequencePlan("all", order="luminance", limit=None)
i2s.run([plan], root=sys.argv[1], outputs=sys.argv[2] + "/outputs", cache=sys.argv[2] + "/cache")
"""
_PILLOW = """
import sys
from PIL import Image
Image.MAX_IMAGE_PIXELS = None
Image.open(sys.argv[1] + "/huge.png").convert("RGB").resize((1080, 720), Image.Resampling.LANCZOS)
"""


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """MB of all processes of a run with default outputs; the peer is Pillow, which only reduces the PNG."""
    if not Path("/proc/self/smaps_rollup").exists():
        return []
    with tempfile.TemporaryDirectory() as temporary:
        photos = Path(temporary) / "photos"
        _make_photos(photos, data)
        ours, peer = (_peak_mb([sys.executable, "-c", each, str(photos), temporary]) for each in (_RUN, _PILLOW))
    note = f"{_PHOTOS} photos with {_LARGE} JPEGs of 24 MP and a PNG of 150 MP; Pillow reduces the PNG alone"
    return [{"what": "peak memory, MB", "ours": ours, "peer": peer, "ratio": round(peer / ours, 2), "note": note}]


def _make_photos(folder: Path, data: Path | None) -> None:
    folder.mkdir()
    paths = [record.path for record in i2s.discover(data).records]
    for number, path in zip(range(_PHOTOS - 1), itertools.cycle(paths), strict=False):
        with Image.open(path) as image:
            photo = image.convert("RGB")
        if number < _LARGE:
            photo = photo.resize(_LARGE_SIZE, Image.Resampling.BILINEAR)
        photo.save(folder / f"{number:03}.jpg", quality=85)
    photo.resize(_HUGE_SIZE, Image.Resampling.BILINEAR).save(folder / "huge.png", compress_level=1)


def _peak_mb(command: list[str]) -> int:
    """The largest sum of the memory of a process and its children; a page that several share counts once."""
    process, peak = subprocess.Popen(command), 0
    while process.poll() is None:
        peak = max(peak, sum(map(_memory_kb, _tree(process.pid))))
        time.sleep(_INTERVAL_S)
    if process.returncode:
        raise RuntimeError(f"the measured program failed with exit code {process.returncode}")
    return round(peak * 1024 / 1e6)


def _tree(pid: int) -> list[int]:
    try:
        lists = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # it has ended
        return []
    return [pid, *(each for child in itertools.chain(*lists) for each in _tree(int(child)))]


def _memory_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)
