"""The whole run of the built-in session: the second time against the first.

python -m benchmarks.bench_run [folder of images]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli import session_file


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Seconds of the second run against the first; ratio: how many times faster."""
    plans = session_file.load().plans
    with tempfile.TemporaryDirectory() as temporary:
        outputs, cache = Path(temporary) / "outputs", Path(temporary) / "cache"
        seconds = []
        for _ in range(2):
            begun = time.perf_counter()
            result = i2s.run(plans, root=data, outputs=outputs, cache=cache)
            seconds.append(time.perf_counter() - begun)
    first, second = seconds
    note = f"second run against the first; {len(result.results)} results of {len(result.collection)} images"
    ratio = round(first / second, 1)
    return [{"what": "run, s", "ours": round(second, 2), "peer": round(first, 2), "ratio": ratio, "note": note}]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)
