"""Analysing tracks and choosing one, in seconds of music per second of work.

python -m benchmarks.bench_tracks [folder of tracks]
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from imbatch2soundvisu.core import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence
from imbatch2soundvisu.music.tracks import Track, analyse

MUSIC = Path(__file__).resolve().parents[1] / "music"
#: Seconds that choosing may take once the tracks are analysed.
CHOOSING_S = 0.1
#: (luminance, colourfulness, contrast, saturation) of two kinds of images.
ALBUMS = {"bright, colourful": (0.75, 70.0, 0.14, 0.14), "dark, muted": (0.4, 15.0, 0.14, 0.05)}


def rows(data: Path | None = None, music: Path = MUSIC) -> list[dict[str, Any]]:
    """[{what, ours, peer, ratio, note}], ours in seconds of work: analysis against the duration of the music, so that
    the ratio is a multiple of real time; choosing against CHOOSING_S. The compilation of librosa is not included."""
    track = Track(music)
    paths = track.paths()
    analyse(paths[0])
    found = [_timed(functools.partial(analyse, path)) for path in paths]
    length, analysing = sum(each.duration_s for each, _ in found), sum(seconds for _, seconds in found)
    table = [_row(f"tracks, analyse {len(paths)} of {length:.0f} s", analysing, length, "x real time")]
    for name, look in ALBUMS.items():
        sequence = _sequence(*look)
        track.choose(sequence)
        choice, choosing = _timed(functools.partial(track.choose, sequence))
        note = "; ".join(f"{Path(each).stem} {far:.2f}" for each, far in choice.ranking)
        table.append(_row(f"tracks, choose for {name} images", choosing, CHOOSING_S, note))
    return table


def _row(what: str, took: float, peer: float, note: str) -> dict[str, Any]:
    return {"what": what, "ours": round(took, 4), "peer": round(peer, 1), "ratio": round(peer / took, 1), "note": note}


def _sequence(luminance: float, colourfulness: float, contrast: float, saturation: float) -> ImageSequence:
    looks = {"luminance": luminance, "colourfulness": colourfulness, "contrast": contrast, "saturation": saturation}
    records = tuple(ImageRecord(Path(f"{i}.jpg"), f"{i:064x}", 640, 480, name=f"{i}.jpg") for i in range(40))
    table = FeatureTable(records, {name: np.full(40, value) for name, value in looks.items()})
    return ImageSequence("bench", table, np.arange(40.0), FeatureInfo("value"), Criterion("value", 1, 1, 1, 1, 1))


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("music", nargs="?", type=Path, default=MUSIC, help="folder of tracks; without it, music/")
    for row in rows(music=parser.parse_args().music):
        print(f"{row['what']:<48} {row['ours']:>8} s {row['ratio']:>8} {row['note']}")
