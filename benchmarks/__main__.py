"""`python -m benchmarks [folder of images]`: every benchmark, one table of ratios.

A ratio says how many times better than the peer: faster, smaller, shorter, or of higher quality. Both were measured
in the same run; seconds depend on the machine and what else it does, ratios much less.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from . import (
    bench_atlas_grid,
    bench_atlas_peers,
    bench_atlas_placing,
    bench_atlas_viewer,
    bench_clip,
    bench_clusters,
    bench_cnn,
    bench_executors,
    bench_faces,
    bench_features,
    bench_gif,
    bench_human_likeness,
    bench_look,
    bench_matching,
    bench_memory,
    bench_mosaic,
    bench_mosaic_assignment,
    bench_motion,
    bench_music,
    bench_passes,
    bench_path,
    bench_run,
    bench_sound,
    bench_synthesis,
    bench_tracks,
    bench_video,
    bench_video_mosaic,
    bench_yuv,
)

RESULTS = Path("outputs") / "benchmarks.md"
BENCHMARKS: dict[str, Callable[[Path | None], list[dict[str, Any]]]] = {
    "features": bench_features.rows,
    "faces": bench_faces.rows,
    "passes": bench_passes.rows,
    "executors": bench_executors.rows,
    "paths": bench_path.rows,
    "gif": bench_gif.rows,
    "video": bench_video.rows,
    "moving video": bench_video.moving_rows,
    "yuv": bench_yuv.rows,
    "synthesis": bench_synthesis.rows,
    "sound": bench_sound.rows,
    "run": bench_run.rows,
    "memory": bench_memory.rows,
    "look": bench_look.rows,
    "clusters": bench_clusters.rows,
    "clip": bench_clip.rows,
    "cnn": bench_cnn.rows,
    "motion": bench_motion.rows,
    "music": lambda data: [*bench_music.rows(data), *bench_human_likeness.rows(data)],
    "tracks": bench_tracks.rows,
    "mosaic": bench_mosaic.rows,
    "video mosaic": bench_video_mosaic.rows,
    "assignment": bench_mosaic_assignment.rows,
    "matching": bench_matching.rows,
    "grids": bench_atlas_grid.rows,
    "new images on a map": bench_atlas_placing.rows,
    "atlas steps": bench_atlas_peers.rows,
    "atlas viewer": bench_atlas_viewer.rows,
}


def main() -> None:
    """Run the benchmarks that were asked for, print the table and write it to outputs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, help="folder of images; without it, the built-in ones")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="run only these")
    arguments = parser.parse_args()
    console, found = Console(), []
    for name in arguments.only or BENCHMARKS:
        with console.status(f"measuring {name}"):
            found += BENCHMARKS[name](arguments.data)
    table = Table("what", "ours", "peer", "ratio", "against", box=None)
    for row in found:
        table.add_row(*_cells(row))
    console.print(table)
    RESULTS.parent.mkdir(exist_ok=True)
    lines = ["| what | ours | peer | ratio | against |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in found]
    machine = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    RESULTS.write_text("\n".join([f"# Benchmarks ({machine})", "", *lines, ""]), encoding="utf-8")
    console.print(f"written to {RESULTS}")


def _cells(row: dict[str, Any]) -> list[str]:
    return [str(row["what"]), str(row["ours"]), str(row["peer"]), f"{row['ratio']:.2f}", str(row["note"])]


if __name__ == "__main__":
    main()
