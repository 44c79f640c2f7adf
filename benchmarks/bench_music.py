"""Measures of scores: every style on twenty sequences of images, against limits, random notes and shuffled bars.

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
from imbatch2soundvisu import config
from imbatch2soundvisu.core import TICKS_PER_BEAT, FeatureTable, ImageSequence, Music, Score
from imbatch2soundvisu.music.analysis.measures import distance, followed_features, measure_score, motif
from imbatch2soundvisu.music.styles import ClusterProfile, ClusterTheme, Composed, Mix, Sonified
from imbatch2soundvisu.plans.sequence_content import SequenceContent

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
#: Collections in shared/data beside the repository, if they are there; None for the built-in sample.
COLLECTIONS = (None, "A-photos-gcompris", "B-clothing", "C-faces", "D-frames-bbb", "E-archive-amnh")
SEQUENCES, CLUSTERS, MEASURED = 20, 4, 72
ORDERS = ("luminance", "hue", "smooth", "-saturation", "shuffled")
COUNTS = (60, 24, 40, 12, 32, 20, 48)
FEATURES = (
    "luminance", "saturation", "edge_density", "warmth", "hue", "subject_scale", "contrast", "colourfulness", "entropy",
    "texture",
)  # fmt: skip

#: The range of each measure; infinite where only one side counts.
LIMITS: dict[str, tuple[float, float]] = {
    "scale_consistency": (0.95, math.inf),
    "empty_beat_rate": (-math.inf, 0.05),
    "groove_consistency": (0.70, 0.995),
    "chord_tone_share": (0.9, math.inf),
    "voice_motion": (-math.inf, 3.0),
    "parallels_melody_bass": (-math.inf, 0.0),
    "cadence": (1.0, math.inf),
}
#: Measures whose mean is compared with that of random notes.
COMPARED = ("pitch_class_entropy", "scale_consistency_plain", "motif_repetition")
#: The least rank correlation with a followed feature over phrases, for so many images or more.
LEAST_CORRELATION, MANY_IMAGES = 0.8, 20

TONAL = (*LIMITS, "correlation", "structure")
#: Each style with the measures that apply to it: sonification has no cadence, `b` of a mix is not in the chords of `a`.
STYLES: dict[str, tuple[Music, tuple[str, ...]]] = {
    "Composed": (Composed(), TONAL),
    "Composed calm": (Composed("calm"), TONAL),
    "Composed lively": (Composed("lively"), TONAL),
    "ClusterTheme": (ClusterTheme(), TONAL),
    "ClusterProfile": (ClusterProfile(), ("scale_consistency",)),
    "Sonified": (Sonified(), ("correlation",)),
    "Mix": (Mix(), ("empty_beat_rate", "correlation")),
}
#: Styles that are measured on clusters.
OF_CLUSTERS = ("ClusterTheme", "ClusterProfile")


@dataclass(frozen=True)
class Result:
    """A score and its sequence."""

    name: str
    sequence: ImageSequence
    score: Score

    @cached_property
    def measured(self) -> dict[str, float]:
        """Every measure. "correlation" is the least of the features that the score follows, over phrases, and
        "correlation_per_image" over images; NaN for fewer than MANY_IMAGES, or features that do not vary."""
        found = measure_score(self.score, self.sequence)
        features = [found[f"correlation_{name}"] for name in followed_features(self.score)]
        known = [value for value in features if math.isfinite(value)]
        single = [found[f"correlation_{name}_per_image"] for name in followed_features(self.score)]
        shuffled = [abs(found[f"correlation_{name}_shuffled"]) for name in followed_features(self.score)]
        is_measured = len(self.sequence) >= MANY_IMAGES and known
        return found | {
            "correlation": min(known) if is_measured else math.nan,
            "correlation_per_image": min(single, default=math.nan) if is_measured else math.nan,
            "correlation_shuffled": max(shuffled) if is_measured else math.nan,
        }


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Return for each style a row with the share of scores within all limits and the worst of each measure, and then a
    row per measure. Sequences are of the sample and the shared collections, or of the given folder.

    ratio: how many times better than the limit, above 1 within it (1 if both are 0), or ours / peer. Structure is
    compared with the same bars shuffled, the distance between scores with that between the halves of one.
    """
    tables = {"sample" if source is None else source.name: _table(source) for source in _sources(data)}
    whole, clusters = list(_sequences(tables)), list(_clusters(tables))
    summaries: list[dict[str, Any]] = []
    details: list[dict[str, Any]] = []
    for name, (style, applied) in STYLES.items():
        pieces = [_composed(name, style, *each) for each in (clusters if name in OF_CLUSTERS else whole)]
        if not pieces:  # too few images for clusters
            continue
        summaries.append(_summary(name, pieces, applied))
        details += _measures(name, pieces, applied)
        if "structure" in applied:
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
    """The features of up to MEASURED images of a collection, evenly chosen."""
    with tempfile.TemporaryDirectory() as cache:
        paths = [record.path for record in i2s.discover(source, cache=i2s.Cache(Path(cache))).records]
        chosen = [paths[k * len(paths) // MEASURED] for k in range(MEASURED)] if len(paths) > MEASURED else paths
        return i2s.measure(i2s.discover(chosen), FEATURES)


def _sequences(tables: Mapping[str, FeatureTable]) -> Iterator[tuple[i2s.SequencePlan, ImageSequence]]:
    """SEQUENCES plans that combine collections, orders and lengths."""
    for k in range(SEQUENCES):
        turn, place = divmod(k, len(tables))
        source, table = list(tables.items())[place]
        order, count = ORDERS[(k + turn) % len(ORDERS)], COUNTS[k % len(COUNTS)]
        plan = i2s.SequencePlan(f"{source} {order} {count}", order, limit=count, seed=k)
        yield plan, plan.sequence(table)


def _clusters(tables: Mapping[str, FeatureTable]) -> Iterator[tuple[i2s.SequencePlan, ImageSequence]]:
    for source, table in tables.items():
        plan = i2s.SequencePlan(f"{source} in {CLUSTERS}", "luminance", clusters=i2s.KMeans(CLUSTERS))
        yield from ((plan, sequence) for sequence in plan.album(table).sequences if len(sequence) > 3)


def _composed(name: str, style: Music, plan: i2s.SequencePlan, sequence: ImageSequence) -> Result:
    """The score as a run makes it, with the default timing and the generator of the plan."""
    styled = replace(plan, music=style)
    grid = SequenceContent(styled, sequence, config.resolve()).timeline
    score = style.compose(sequence, grid, sequence.rng())
    assert score is not None, name
    return Result(f"{plan.name} {sequence.cluster}".strip(), sequence, score)


def _limits(measure: str) -> tuple[float, float]:
    if measure == "correlation":
        return LEAST_CORRELATION, math.inf
    return (math.nextafter(0, 1), math.inf) if measure == "structure" else LIMITS[measure]


def _worst(pieces: Sequence[Result], measure: str) -> Result | None:
    """The score that is least within, or most outside, the limits of a measure; None if it is defined for none."""
    low, high = _limits(measure)
    known = [each for each in pieces if math.isfinite(each.measured[measure])]
    return min(known, key=lambda each: min(each.measured[measure] - low, high - each.measured[measure]), default=None)


def _summary(name: str, pieces: Sequence[Result], applied: Iterable[str]) -> dict[str, Any]:
    """How many scores are within all limits of the style; an undefined measure counts as within."""
    limits = {measure: _limits(measure) for measure in applied}
    within = sum(
        not any(each.measured[m] < low or each.measured[m] > high for m, (low, high) in limits.items())
        for each in pieces
    )
    worst = {measure: _worst(pieces, measure) for measure in limits}
    values = ", ".join(f"{measure} {each.measured[measure]:.2f}" for measure, each in worst.items() if each)
    note = f"{len(pieces)} sequences: worst {values}"
    return _row(f"music, scores within all limits, {name}", within, len(pieces), within / len(pieces), note)


def _measures(name: str, pieces: Sequence[Result], applied: Iterable[str]) -> Iterator[dict[str, Any]]:
    for measure in applied:
        values = [each.measured[measure] for each in pieces if math.isfinite(each.measured[measure])]
        worst = _worst(pieces, measure)
        if measure == "structure" or worst is None:
            continue
        (low, high), ours = _limits(measure), worst.measured[measure]
        limit = f"at least {low:g}" if high == math.inf else f"at most {high:g}" if low < 0 else f"{low:g} to {high:g}"
        note = f"worst of {len(values)} ({worst.name}); limit {limit}; mean {_mean(values):.3f}"
        if measure == "correlation":
            note += f"; image by image {_mean(each.measured['correlation_per_image'] for each in pieces):.3f}"
            note += f"; images shuffled {_mean(each.measured['correlation_shuffled'] for each in pieces):.3f}"
        is_low = ours - low < high - ours
        peer, ratio = (low, _ratio(ours, low)) if is_low else (high, _ratio(high, ours))
        yield _row(f"music, {measure}, {name}", ours, peer, ratio, note)


def _structure(name: str, pieces: Sequence[Result]) -> dict[str, Any]:
    """The self-similarity of the score with the least structure."""
    worst = _worst(pieces, "structure")
    if worst is None:
        return _row(f"music, structure, {name}", math.nan, math.nan, math.nan, "no score has four bars")
    above = _mean(each.measured["structure"] for each in pieces)
    ours, by = worst.measured["self_similarity"], worst.measured["structure"]
    note = f"worst ({worst.name}); peer: its bars shuffled; difference {by:.3f}, mean {above:.3f}"
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
    """The least distance between two scores, against the mean distance between the halves of one; equal motifs."""
    pairs = list(itertools.combinations(scores, 2))
    ours = min((d for a, b in pairs if math.isfinite(d := distance(a, b))), default=math.nan)
    within = _mean(distance(*_halves(score)) for score in scores)
    same = sum(motif(a) == motif(b) for a, b in pairs)
    note = f"the two most similar of {len(pairs)} pairs; peer: the halves of one score"
    return [
        _row(f"music, distance between scores, {name}", ours, within, _ratio(ours, within), note),
        _row(f"music, pairs with the same motif, {name}", same, 0.0, _ratio(0.0, same), f"of {len(pairs)}; limit 0"),
    ]


def _halves(score: Score) -> tuple[Score, Score]:
    middle = score.timeline.total_beats * TICKS_PER_BEAT // 2
    first, second = (tuple(n for n in score.notes if (n.start >= middle) == late) for late in (False, True))
    return replace(score, notes=first), replace(score, notes=second)


def _random_notes(score: Score) -> Score:
    """As many notes in each part, at random sixteenths and pitches within its range."""
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
    """a / b; 1 if both are 0, infinite if only b is."""
    return a / b if b else 1.0 if a == 0 else math.copysign(math.inf, a)


def _row(what: str, ours: float, peer: float, ratio: float, note: str) -> dict[str, Any]:
    return {"what": what, "ours": round(ours, 3), "peer": round(peer, 3), "ratio": round(ratio, 2), "note": note}


def format_table(found: Iterable[Mapping[str, Any]]) -> str:
    """Return the rows as a table in plain text."""
    return "\n".join(
        f"{row['what']:<58}{row['ours']:>8}{row['peer']:>8}{row['ratio']:>7}  {row['note']}" for row in found
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    print(format_table(rows(parser.parse_args().data)))
