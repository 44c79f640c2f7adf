"""Measures of the music: every style over one folder in three orders, against marks and shuffled controls.

python -m benchmarks.bench_music [folder of pictures]
"""

from __future__ import annotations

import argparse
import itertools
import math
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import imbatch2soundvisu as i2s
from imbatch2soundvisu.records import TICKS_PER_BEAT, ImageSequence, Score
from imbatch2soundvisu.sound.measures import COUNTERPARTS, distance, measure_score, motif
from imbatch2soundvisu.styles import STYLES

ORDERS: dict[str, Any] = {"luminance": "luminance", "smooth": i2s.SmoothPath(), "shuffled": i2s.Shuffled()}
PICTURES = 40
SECONDS = 1.0
#: The range that each measure of every piece should lie in; infinite where only one side counts.
MARKS: dict[str, tuple[float, float]] = {
    "scale_consistency": (0.95, math.inf),
    "empty_beat_rate": (-math.inf, 0.05),
    "groove_consistency": (0.85, 0.99),
    "chord_tone_share": (0.9, math.inf),
    "voice_motion": (-math.inf, 3.0),
    "parallels": (-math.inf, 0.0),
    "parallels_melody_bass": (-math.inf, 0.0),
    "cadence": (1.0, math.inf),
} | {f"following_{feature}": (0.8, math.inf) for feature in COUNTERPARTS}


def rows(data: Path | None = None, pictures: int = PICTURES) -> list[dict[str, Any]]:
    """For each style and measure the worst of three pieces against its mark, or their mean against random notes.

    ratio: how many times better than the mark, above 1 within it (1 where both are 0), or ours / peer. Structure is
    against the same bars shuffled, and the distance between the pieces against that between the halves of one.
    Styles that write no score are left out.
    """
    sequences = _sequences(data, pictures)
    found: list[dict[str, Any]] = []
    for name, style in STYLES.items():
        pieces = {order: _composed(style(), sequence) for order, sequence in sequences.items()}
        scores = {order: score for order, score in pieces.items() if isinstance(score, Score)}
        if not scores:
            continue
        measured = {order: measure_score(score, sequences[order]) for order, score in scores.items()}
        random = {order: measure_score(_random_notes(score)) for order, score in scores.items()}
        found += [
            _marked(f"music, {measure}, {name}", measure, measured)
            if measure in MARKS
            else _against_random(f"music, {measure}, {name}", measure, measured, random)
            for measure in next(iter(measured.values()))
            if measure not in ("structure", "self_similarity") and not measure.endswith("_shuffled")
        ]
        found += [_structure(name, measured), *_apart(name, scores)]
    return found


def _sequences(data: Path | None, pictures: int) -> dict[str, ImageSequence]:
    with tempfile.TemporaryDirectory() as cache:
        table = i2s.measure(i2s.discover(data, cache=Path(cache)))
    return {name: i2s.SequencePlan(name, order, limit=pictures).sequence(table) for name, order in ORDERS.items()}


def _composed(style: Any, sequence: ImageSequence) -> Any:
    timeline = style.timeline(sequence, 30, i2s.Pace(SECONDS))
    return style.compose(sequence, timeline, np.random.default_rng([sequence.seed, 1]))


def _marked(what: str, measure: str, measured: dict[str, dict[str, float]]) -> dict[str, Any]:
    low, high = MARKS[measure]
    values = {order: each[measure] for order, each in measured.items()}
    known = [value for value in values.values() if math.isfinite(value)]
    ours = min(known, key=lambda value: min(value - low, high - value), default=math.nan)
    is_low = ours - low < high - ours
    mark = f"at least {low:g}" if high == math.inf else f"at most {high:g}" if low < 0 else f"{low:g} to {high:g}"
    note = f"worst; mark {mark}; {_told(values)}"
    shuffled = [each[f"{measure}_shuffled"] for each in measured.values() if f"{measure}_shuffled" in each]
    if shuffled:
        note += f"; pictures shuffled {_mean(shuffled):+.3f}"
    peer, ratio = (low, _ratio(ours, low)) if is_low else (high, _ratio(high, ours))
    return _row(what, ours, peer, ratio, note)


def _against_random(
    what: str, measure: str, measured: dict[str, dict[str, float]], random: dict[str, dict[str, float]]
) -> dict[str, Any]:
    values = {order: each[measure] for order, each in measured.items()}
    ours, peer = _mean(values.values()), _mean(each[measure] for each in random.values())
    return _row(what, ours, peer, _ratio(ours, peer), f"mean; peer: random notes; {_told(values)}")


def _structure(name: str, measured: dict[str, dict[str, float]]) -> dict[str, Any]:
    """The likeness of passages in the piece that is least above its shuffled bars."""
    values = {order: each["structure"] for order, each in measured.items()}
    worst = min(measured.values(), key=lambda each: each["structure"] if math.isfinite(each["structure"]) else 2.0)
    ours, peer = worst["self_similarity"], worst["self_similarity"] - worst["structure"]
    note = f"worst; peer: its bars shuffled; above it by {_told(values)}"
    return _row(f"music, structure, {name}", ours, peer, _ratio(ours, peer), note)


def _apart(name: str, scores: dict[str, Score]) -> list[dict[str, Any]]:
    """The least distance between two pieces, against the mean distance between the halves of one; equal motifs."""
    pairs = list(itertools.combinations(scores.values(), 2))
    ours = min((distance(a, b) for a, b in pairs), default=math.nan)
    within = _mean(distance(*_halves(score)) for score in scores.values())
    same = float(sum(motif(a) == motif(b) for a, b in pairs))
    note = "the two most alike; peer: the halves of one piece"
    return [
        _row(f"music, distance between pieces, {name}", ours, within, _ratio(ours, within), note),
        _row(f"music, pairs with the same motif, {name}", same, 0.0, _ratio(0.0, same), f"of {len(pairs)}; mark 0"),
    ]


def _halves(score: Score) -> tuple[Score, Score]:
    middle = score.timeline.total_beats * TICKS_PER_BEAT // 2
    first, second = (tuple(n for n in score.notes if (n.start >= middle) == late) for late in (False, True))
    return replace(score, notes=first), replace(score, notes=second)


def _random_notes(score: Score) -> Score:
    """As many notes of each part, at random sixteenths and pitches of the part's range."""
    rng = np.random.default_rng(0)
    ranges = {n.part: (n.pitch, n.pitch) for n in score.notes}
    for n in score.notes:
        ranges[n.part] = min(ranges[n.part][0], n.pitch), max(ranges[n.part][1], n.pitch)
    step = TICKS_PER_BEAT // 4
    end = score.timeline.total_beats * 4
    notes = [
        replace(
            n, pitch=int(rng.integers(ranges[n.part][0], ranges[n.part][1] + 1)), start=int(rng.integers(end)) * step
        )
        for n in score.notes
    ]
    return replace(score, notes=tuple(sorted(notes, key=lambda n: (n.start, n.part, n.pitch))))


def _told(values: dict[str, float]) -> str:
    return ", ".join(f"{order} {value:.3f}" for order, value in values.items())


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _ratio(a: float, b: float) -> float:
    """a / b; 1 where both are 0, and infinite where only b is."""
    return a / b if b else 1.0 if a == 0 else math.copysign(math.inf, a)


def _row(what: str, ours: float, peer: float, ratio: float, note: str) -> dict[str, Any]:
    return {"what": what, "ours": round(ours, 3), "peer": round(peer, 3), "ratio": round(ratio, 2), "note": note}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)
