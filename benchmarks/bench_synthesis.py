"""Composing, playing and mastering, in seconds of music for every second of work."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from imbatch2soundvisu.records import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence, Pace
from imbatch2soundvisu.sound import mastering, synthesis
from imbatch2soundvisu.styles import Composed

PICTURES = 100


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Seconds of work against seconds of music: [{what, ours, peer, ratio, note}], ratio in multiples of real time."""
    sequence, style = _sequence(PICTURES), Composed()
    timeline = style.timeline(sequence, 30, Pace(1.0))
    engine = synthesis.find_engine()
    score, composing = _timed(lambda: style.compose(sequence, timeline, np.random.default_rng(1)))
    audio, playing = _timed(lambda: synthesis.render(score, engine))
    _, finishing = _timed(lambda: mastering.master(audio))
    length = float(timeline.seconds)
    steps = (
        (f"compose {PICTURES} pictures", composing),
        (f"render {length:.0f} s with {engine.name}", playing),
        (f"master {length:.0f} s", finishing),
        ("all three", composing + playing + finishing),
    )
    return [
        {"what": what, "ours": round(took, 3), "peer": length, "ratio": round(length / took, 1), "note": "x real time"}
        for what, took in steps
    ]


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
        print(f"{row['what']:<60} {row['ours']:>8} s {row['ratio']:>8}x real time")
