"""Composing, rendering and mastering, in seconds of music per second of work."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from imbatch2soundvisu.core import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence, Timing
from imbatch2soundvisu.music import engines, mastering, synthesis
from imbatch2soundvisu.music.styles import Composed

IMAGES = 100
#: Seconds that composing for so many images may take.
COMPOSING_S = 1.0


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Seconds of work: [{what, ours, peer, ratio, note}]; composing against COMPOSING_S, the rest against the
    duration of the music, so that a ratio is a multiple of real time. Rendering is measured with every
    sound font that is installed."""
    sequence, style = _sequence(IMAGES), Composed()
    timeline = style.timeline(sequence, 30, Timing(1.0))
    score, composing = _timed(lambda: style.compose(sequence, timeline, np.random.default_rng(1)))
    length = float(timeline.seconds)
    found = [_row(f"compose {IMAGES} images", composing, COMPOSING_S, "x faster than 1 s")]
    engine = synthesis.find_engine()
    for font in _fonts(engine.soundfont):
        played = replace(engine, soundfont=font)
        audio, rendering = _timed(functools.partial(synthesis.render, score, played))
        found.append(_row(f"render {length:.0f} s with {played.name}", rendering, length, "x real time"))
    finished, finishing = _timed(lambda: mastering.master(audio, fade_out_s=mastering.ending_s(score)))
    assert finished.loudness_lufs is not None
    found.append(_row(f"master {length:.0f} s", finishing, length, "x real time"))
    return [*found, _row("compose, render and master", composing + rendering + finishing, length, "x real time")]


def _row(what: str, took: float, peer: float, note: str) -> dict[str, Any]:
    return {"what": what, "ours": round(took, 3), "peer": peer, "ratio": round(peer / took, 1), "note": note}


def _fonts(best: Path) -> list[Path]:
    """The font in use, and the small one that comes with the dependencies."""
    folders = [folder for package in engines.package_folders("pretty_midi") for folder in (package, package / "data")]
    bundled = [folder / "TimGM6mb.sf2" for folder in folders if (folder / "TimGM6mb.sf2").is_file()]
    return list(dict.fromkeys([*bundled[:1], best]))


def _sequence(n: int) -> ImageSequence:
    values = np.sort(np.random.default_rng(0).random(n))
    records = tuple(ImageRecord(Path(f"{i}.jpg"), f"{i:064x}", 640, 480, name=f"{i}.jpg") for i in range(n))
    criterion = Criterion("luminance", 1, 1, 1, 1, 1)
    return ImageSequence("bench", FeatureTable(records), values, FeatureInfo("luminance"), criterion)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and the best of two runs in seconds."""
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


if __name__ == "__main__":
    for row in rows():
        print(f"{row['what']:<60} {row['ours']:>8} s {row['ratio']:>8} {row['note']}")
