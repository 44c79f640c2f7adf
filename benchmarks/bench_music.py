"""Measures of the music: every style over twenty sequences of images, against marks, random notes and shuffled bars.

python -m benchmarks.bench_music [folder of images]
"""

from __future__ import annotations

import argparse
import itertools
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import TICKS_PER_BEAT, FeatureTable, ImageSequence, Music, Score
from imbatch2soundvisu.music.analysis.measures import distance, followed, measure_score, motif
from imbatch2soundvisu.music.styles import ClusterProfile, ClusterTheme, Composed, Mix, Sonified
from imbatch2soundvisu.plans import rendering

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
#: Of the images that lie beside the repository, where they do; None is the built-in sample.
COLLECTIONS = (None, "A-photos-gcompris", "B-clothing", "C-faces", "D-frames-bbb", "E-archive-amnh")
SEQUENCES, PARTS, MEASURED = 20, 4, 72
ORDERS = ("luminance", "hue", "smooth", "-saturation", "shuffled")
COUNTS = (60, 24, 40, 12, 32, 20, 48)
FEATURES = (
    "luminance", "saturation", "edge_density", "warmth", "hue", "subject_scale", "contrast", "colourfulness", "entropy",
    "texture",
)  # fmt: skip

#: The range that each measure of every piece should lie in; infinite where only one side counts.
MARKS: dict[str, tuple[float, float]] = {
    "scale_consistency": (0.95, math.inf),
    "empty_beat_rate": (-math.inf, 0.05),
    "groove_consistency": (0.85, 0.99),
    "chord_tone_share": (0.9, math.inf),
    "voice_motion": (-math.inf, 3.0),
    "parallels_melody_bass": (-math.inf, 0.0),
    "cadence": (1.0, math.inf),
}
#: Told on average, beside random notes; what has its own peer is told otherwise.
COMPARED = ("pitch_class_entropy", "scale_consistency_plain", "motif_repetition")
#: How well what a score says it follows should be heard, from so many images on.
FOLLOWS, ENOUGH = 0.8, 20

TONAL = (*MARKS, "following", "structure")
#: Each style, and what it is for: data as tones have no cadence, and `b` of a mix stands beside the chords of `a`.
STYLES: dict[str, tuple[Music, tuple[str, ...]]] = {
    "Composed": (Composed(), TONAL),
    "Composed calm": (Composed("calm"), TONAL),
    "Composed lively": (Composed("lively"), TONAL),
    "ClusterTheme": (ClusterTheme(), TONAL),
    "ClusterProfile": (ClusterProfile(), ("scale_consistency",)),
    "Sonified": (Sonified(), ("following",)),
    "Mix": (Mix(), ("empty_beat_rate", "following")),
}
#: These are written for the parts of a split.
OF_PARTS = ("ClusterTheme", "ClusterProfile")


@dataclass(frozen=True)
class Result:
    """A score, and the sequence it is for."""

    name: str
    sequence: ImageSequence
    score: Score

    @cached_property
    def measured(self) -> dict[str, float]:
        """Every measure. following : the least of those that the score says it follows; where the images are too few
        for one to be heard, or the feature is the same all along, NaN."""
        found = measure_score(self.score, self.sequence)
        told = [found[f"following_{name}"] for name in followed(self.score)]
        known = [value for value in told if math.isfinite(value)]
        shuffled = [abs(found[f"following_{name}_shuffled"]) for name in followed(self.score)]
        is_heard = len(self.sequence) >= ENOUGH and known
        return found | {
            "following": min(known) if is_heard else math.nan,
            "following_shuffled": max(shuffled) if is_heard else math.nan,
        }


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """For each style one row that says how many of its pieces are within all marks, and the worst of each measure; then
    a row a measure. Sequences are of the sample, of the folder, and of the shared images where those are.

    ratio: how many times better than the mark, above 1 within it (1 where both are 0), or ours / peer. Structure is
    against the same bars shuffled, and the distance between the pieces against that between the halves of one.
    """
    tables = {"sample" if source is None else source.name: _table(source) for source in _sources(data)}
    whole, parts = list(_sequences(tables)), list(_parts(tables))
    summaries, details = [], []
    for name, (style, promised) in STYLES.items():
        pieces = [_composed(name, style, *each) for each in (parts if name in OF_PARTS else whole)]
        if not pieces:  # too few images for parts
            continue
        summaries.append(_summary(name, pieces, promised))
        details += _measures(name, pieces, promised)
        if "structure" in promised:
            details += [
                _structure(name, pieces),
                *_compared(name, pieces),
                *_apart(name, [each.score for each in pieces]),
            ]
    return [*summaries, *details]


def _sources(data: Path | None) -> list[Path | None]:
    shared = [None if name is None else SHARED / name for name in COLLECTIONS]
    there = [path for path in shared if path is None or path.is_dir()]
    return [data] if data is not None else there


def _table(source: Path | None) -> FeatureTable:
    """The measures of some of a collection's images, evenly taken."""
    with tempfile.TemporaryDirectory() as cache:
        paths = [record.path for record in i2s.discover(source, cache=Path(cache)).records]
        chosen = [paths[k * len(paths) // MEASURED] for k in range(MEASURED)] if len(paths) > MEASURED else paths
        return i2s.measure(i2s.discover(chosen), FEATURES)


def _sequences(tables: Mapping[str, FeatureTable]) -> Iterator[tuple[i2s.SequencePlan, ImageSequence]]:
    """SEQUENCES of them: collections, orders and lengths take turns, so that each meets the others."""
    for k in range(SEQUENCES):
        turn, place = divmod(k, len(tables))
        source, table = list(tables.items())[place]
        order, count = ORDERS[(k + turn) % len(ORDERS)], COUNTS[k % len(COUNTS)]
        plan = i2s.SequencePlan(f"{source} {order} {count}", order, limit=count, seed=k)
        yield plan, plan.sequence(table)


def _parts(tables: Mapping[str, FeatureTable]) -> Iterator[tuple[i2s.SequencePlan, ImageSequence]]:
    for source, table in tables.items():
        plan = i2s.SequencePlan(f"{source} in {PARTS}", "luminance", split=i2s.KMeans(PARTS))
        yield from ((plan, sequence) for sequence in plan.album(table).sequences if len(sequence) > 3)


def _composed(name: str, style: Music, plan: i2s.SequencePlan, sequence: ImageSequence) -> Result:
    """As a run has it: the style's grid at the program's own pace, and the plan's chance."""
    styled = replace(plan, music=style)
    grid = rendering.timeline(styled, sequence)
    score = style.compose(sequence, grid, sequence.chance())
    assert score is not None, name
    return Result(f"{plan.name} {sequence.part}".strip(), sequence, score)


def _limits(measure: str) -> tuple[float, float]:
    if measure == "following":
        return FOLLOWS, math.inf
    return (math.nextafter(0, 1), math.inf) if measure == "structure" else MARKS[measure]


def _worst(pieces: Sequence[Result], measure: str) -> Result | None:
    """The piece that is least within, or most beyond, the limits of a measure; None where it means nothing for any."""
    low, high = _limits(measure)
    known = [each for each in pieces if math.isfinite(each.measured[measure])]
    return min(known, key=lambda each: min(each.measured[measure] - low, high - each.measured[measure]), default=None)


def _summary(name: str, pieces: Sequence[Result], promised: Iterable[str]) -> dict[str, Any]:
    """How many pieces are within all marks that the style is for; a measure that a piece has not is no fault."""
    limits = {measure: _limits(measure) for measure in promised}
    within = sum(
        not any(each.measured[m] < low or each.measured[m] > high for m, (low, high) in limits.items())
        for each in pieces
    )
    worst = {measure: _worst(pieces, measure) for measure in limits}
    values = ", ".join(f"{measure} {each.measured[measure]:.2f}" for measure, each in worst.items() if each)
    note = f"{len(pieces)} sequences: worst {values}"
    return _row(f"music, pieces within all marks, {name}", within, len(pieces), within / len(pieces), note)


def _measures(name: str, pieces: Sequence[Result], promised: Iterable[str]) -> Iterator[dict[str, Any]]:
    for measure in promised:
        values = [each.measured[measure] for each in pieces if math.isfinite(each.measured[measure])]
        worst = _worst(pieces, measure)
        if measure == "structure" or worst is None:
            continue
        (low, high), ours = _limits(measure), worst.measured[measure]
        mark = f"at least {low:g}" if high == math.inf else f"at most {high:g}" if low < 0 else f"{low:g} to {high:g}"
        note = f"worst of {len(values)} ({worst.name}); mark {mark}; mean {_mean(values):.3f}"
        if measure == "following":
            note += f"; images shuffled {_mean(each.measured['following_shuffled'] for each in pieces):.3f}"
        is_low = ours - low < high - ours
        peer, ratio = (low, _ratio(ours, low)) if is_low else (high, _ratio(high, ours))
        yield _row(f"music, {measure}, {name}", ours, peer, ratio, note)


def _structure(name: str, pieces: Sequence[Result]) -> dict[str, Any]:
    """The likeness of passages in the piece that is least above its shuffled bars."""
    worst = _worst(pieces, "structure")
    if worst is None:
        return _row(f"music, structure, {name}", math.nan, math.nan, math.nan, "no piece has four bars")
    above = _mean(each.measured["structure"] for each in pieces)
    ours, by = worst.measured["self_similarity"], worst.measured["structure"]
    note = f"worst ({worst.name}); peer: its bars shuffled; above it by {by:.3f}, mean {above:.3f}"
    return _row(f"music, structure, {name}", ours, ours - by, _ratio(ours, ours - by), note)


def _compared(name: str, pieces: Sequence[Result]) -> Iterator[dict[str, Any]]:
    """The mean of a few measures against that of random notes."""
    some = pieces[:: max(1, len(pieces) // 5)]
    random = [measure_score(_random_notes(each.score)) for each in some]
    for measure in COMPARED:
        ours, peer = _mean(each.measured[measure] for each in some), _mean(each[measure] for each in random)
        note = f"mean of {len(some)}; peer: random notes"
        yield _row(f"music, {measure}, {name}", ours, peer, _ratio(ours, peer), note)


def _apart(name: str, scores: Sequence[Score]) -> list[dict[str, Any]]:
    """The least distance between two pieces, against the mean distance between the halves of one; equal motifs."""
    pairs = list(itertools.combinations(scores, 2))
    ours = min((d for a, b in pairs if math.isfinite(d := distance(a, b))), default=math.nan)
    within = _mean(distance(*_halves(score)) for score in scores)
    same = sum(motif(a) == motif(b) for a, b in pairs)
    note = f"the two most alike of {len(pairs)} pairs; peer: the halves of one piece"
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
    rng, step = np.random.default_rng(0), TICKS_PER_BEAT // 4
    ranges: dict[int, tuple[int, int]] = {}
    for n in score.notes:
        low, high = ranges.get(n.part, (n.pitch, n.pitch))
        ranges[n.part] = min(low, n.pitch), max(high, n.pitch)
    end = score.timeline.total_beats * 4
    notes = [
        replace(n, pitch=int(rng.integers(low, high + 1)), start=int(rng.integers(end)) * step)
        for n in score.notes
        for low, high in (ranges[n.part],)
    ]
    return replace(score, notes=tuple(sorted(notes, key=lambda n: (n.start, n.part, n.pitch))))


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _ratio(a: float, b: float) -> float:
    """a / b; 1 where both are 0, and infinite where only b is."""
    return a / b if b else 1.0 if a == 0 else math.copysign(math.inf, a)


def _row(what: str, ours: float, peer: float, ratio: float, note: str) -> dict[str, Any]:
    return {"what": what, "ours": round(ours, 3), "peer": round(peer, 3), "ratio": round(ratio, 2), "note": note}


def told(found: Iterable[Mapping[str, Any]]) -> str:
    """The rows as a table in plain text."""
    return "\n".join(
        f"{row['what']:<58}{row['ours']:>8}{row['peer']:>8}{row['ratio']:>7}  {row['note']}" for row in found
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    print(told(rows(parser.parse_args().data)))
