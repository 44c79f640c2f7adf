"""How near composed music is to human music: a table of measures with human values and targets.

    python -m benchmarks.bench_human_likeness [--set A|B|both] [--per piece|mood|genre] [--audio]

Ours: 24 pieces of 24 to 50 images of the sample and the shared collections, in all moods and without one (set A), and
24 of other images with other seeds (set B). Human: 56 excerpts of the corpus that music21 installs (see
`human_corpus`); the first run reads them (half a minute) into the user's cache. Everything is measured from the notes
alone, in the same way for both. With --audio, all pieces are rendered, too (two minutes a set), and their sound is
compared with targets, in all and for each ensemble (see `sound_table`).
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import FeatureTable, ImageSequence, Score
from imbatch2soundvisu.music.analysis import distributions
from imbatch2soundvisu.music.analysis.excerpt import Excerpt, excerpt_of, make_excerpt
from imbatch2soundvisu.music.analysis.human_likeness import COMPARED, MEASURES, means, measure_excerpts
from imbatch2soundvisu.music.composition.choices import genre_of
from imbatch2soundvisu.music.composition.genres import GENRES
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.plans.sequence_content import SequenceContent

from . import human_corpus, sound_table
from .bench_music import COLLECTIONS, FEATURES, SHARED

PIECES, IMAGES_OF_SET = 24, 60
MOODS = (None, "bright", "calm", "dark", "lively")
ORDERS = ("luminance", "smooth", "warmth", "-saturation", "shuffled", "smooth", "-luminance")
COUNTS = (24, 32, 40, 50, 28, 36, 48, 44, 30)
SETS = {"A": 0, "B": 1000}
#: Pieces of each genre for `--per genre`.
OF_GENRE = 4
#: Targets of the sets as a whole.
LEAST_OVERLAP, MOST_RECOGNIZED, LEAST_SPREAD, LEAST_ODD_METRES, LEAST_TEMPI = 0.89, 0.85, 0.75, 0.25, 8


@dataclass(frozen=True)
class Piece:
    """A score with what it was composed of."""

    name: str
    mood: str
    genre: str
    score: Score
    excerpt: Excerpt


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """A row for each measure and set: ours, the human value, and how near ours is to it, 1 for the human value."""
    human = human_corpus.excerpts()
    found: list[dict[str, Any]] = []
    for name in SETS:
        pieces = compose_set(name, data)
        ours, theirs = measure_excerpts(p.excerpt for p in pieces), measure_excerpts(human)
        for measure, a, b in zip(MEASURES, means(ours), means(theirs), strict=True):
            value = b if np.isfinite(b) else measure.human
            note = f"set {name}; target {_target(measure.low, measure.high)}; human {value:.3f}"
            found.append(_row(f"human likeness, {measure.name}", a, value, note))
        found += [
            _row(f"human likeness, {what}", value, target, f"set {name}; peer: target")
            for what, value, target, _ in _whole(pieces, ours, theirs)
        ]
    return found


def compose_set(name: str, data: Path | None = None) -> list[Piece]:
    """Return the pieces of a set, "A" or "B"."""
    tables = {path: _table(path, SETS[name]) for path in _sources(data)}
    found = []
    for k in range(PIECES):
        (source, table), mood = list(tables.items())[k % len(tables)], MOODS[(k + k // 5) % len(MOODS)]
        plan = _plan(source, k + 3 * bool(SETS[name]), SETS[name])
        found.append(_piece(plan, table, Composed(mood)))
    return found


def compose_genres(data: Path | None = None) -> list[Piece]:
    """Return OF_GENRE pieces in each genre."""
    tables = list({path: _table(path, 0) for path in _sources(data)}.items())
    found = []
    for i, genre in enumerate(GENRES):
        for k in range(OF_GENRE):
            source, table = tables[(i + k) % len(tables)]
            found.append(_piece(_plan(source, 5 * i + k, 500), table, Composed(genre=genre)))
    return found


def _plan(source: Path | None, k: int, seed: int) -> i2s.SequencePlan:
    order, count = ORDERS[k % len(ORDERS)], COUNTS[k % len(COUNTS)]
    name = f"{source.name if source else 'sample'} {order} {count}"
    return i2s.SequencePlan(name, order, limit=count, seed=seed + k)


def _piece(plan: i2s.SequencePlan, table: FeatureTable, style: Composed) -> Piece:
    sequence: ImageSequence = plan.sequence(table)
    timeline = SequenceContent(replace(plan, music=style), sequence, config.resolve()).timeline
    score = style.compose(sequence, timeline, sequence.rng())
    genre = str(genre_of(style.settings, sequence, timeline.metre.name))
    swing = GENRES[genre].swing
    return Piece(plan.name, style.mood or "none", genre, score, excerpt_of(score, plan.name, swing))


def _sources(data: Path | None) -> list[Path | None]:
    shared = [None if name is None else SHARED / name for name in COLLECTIONS]
    return [data] if data is not None else [path for path in shared if path is None or path.is_dir()]


def _table(source: Path | None, seed: int) -> FeatureTable:
    """The features of up to IMAGES_OF_SET images of a collection: others for other seeds."""
    cache = i2s.Cache(human_corpus.user_cache() / "bench")
    paths = [record.path for record in i2s.discover(source, cache=cache).records]
    rng = np.random.default_rng(seed)
    chosen = sorted(rng.permutation(len(paths))[:IMAGES_OF_SET].tolist())
    return i2s.measure(i2s.discover([paths[i] for i in chosen], cache=cache), FEATURES)


def random_walks(count: int = PIECES) -> list[Excerpt]:
    """Return random walks over a major scale with random triads, as a lower bound: the control of the comparison."""
    rng, scale = np.random.default_rng(1), np.array([p for p in range(36, 97) if p % 12 in (0, 2, 4, 5, 7, 9, 11)])
    found = []
    for _ in range(count):
        melody: list[tuple[float, ...]] = []
        at, place = 0.0, 21
        while at < 96:
            length = float(rng.choice([0.5, 1.0, 2.0]))
            melody.append((at, length, int(scale[place])))
            at, place = at + length, int(np.clip(place + rng.integers(-2, 3), 14, 30))
        roots = rng.integers(4, 11, 24)
        chords = [(4.0 * i, 4.0, int(scale[root + step])) for i, root in enumerate(roots) for step in (0, 2, 4)]
        found.append(make_excerpt(melody, chords))
    return found


def _whole(pieces: Sequence[Piece], ours: np.ndarray, human: np.ndarray) -> Iterator[tuple[str, float, float, bool]]:
    """(what, value, target, whether it is reached) of a set as a whole."""
    columns = list(COMPARED)
    a, b = ours[:, columns], human[:, columns]
    overlap = float(np.nanmean(distributions.compare(a, b).overlap))
    yield "mean overlapping area", overlap, LEAST_OVERLAP, overlap >= LEAST_OVERLAP
    recognized = float(np.mean(distributions.nearest_neighbour_share(a, b)))
    yield "1-NN tells ours from human", recognized, MOST_RECOGNIZED, recognized <= MOST_RECOGNIZED
    wide = float(np.nanmean(distributions.spread(a, b)))
    yield "spread between pieces, human = 1", wide, LEAST_SPREAD, wide >= LEAST_SPREAD
    odd = float(np.mean([_metre(piece) != "4/4" for piece in pieces]))
    yield "pieces in other metres than 4/4", odd, LEAST_ODD_METRES, odd >= LEAST_ODD_METRES
    tempi = len({round(piece.score.pulse_bpm) for piece in pieces})
    yield "distinct tempi", tempi, LEAST_TEMPI, tempi >= LEAST_TEMPI


def _metre(piece: Piece) -> str:
    return piece.score.timeline.metre.name


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "data", nargs="?", type=Path, help="folder of images; without it, the sample and ../shared/data"
    )
    parser.add_argument("--set", choices=[*SETS, "both"], default="A", help="which pieces; default A")
    parser.add_argument(
        "--per", choices=["piece", "mood", "genre"], help="a column for each; genre: composes 4 of each"
    )
    parser.add_argument("--audio", action="store_true", help="render the pieces and measure their sound")
    parser.add_argument("--baselines", action="store_true", help="also human halves against each other, a random walk")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    console = Console(width=250 if arguments.per or arguments.audio else 150)
    human = measure_excerpts(human_corpus.excerpts())
    if arguments.baselines:
        _print_baselines(console, human)
    if arguments.per == "genre":
        _print_groups(console, compose_genres(arguments.data), human, "genre")
        return
    for name in SETS if arguments.set == "both" else [arguments.set]:
        pieces = compose_set(name, arguments.data)
        _print_table(console, name, pieces, human)
        if arguments.per:
            _print_groups(console, pieces, human, arguments.per)
        if arguments.audio:
            sound_table.print_sound(console, [piece.score for piece in pieces])


def _print_table(console: Console, name: str, pieces: Sequence[Piece], human: np.ndarray) -> None:
    ours = measure_excerpts(piece.excerpt for piece in pieces)
    spread = distributions.spread(ours, human)
    overlap = distributions.compare(ours, human)
    table = Table("measure", "ours", "human", "target", "", "spread", "overlap", "KL", box=None)
    for i, (measure, a, b) in enumerate(zip(MEASURES, means(ours), means(human), strict=True)):
        mark = "" if not measure.has_target else "yes" if measure.reached(float(a)) else "NO"
        value = f"{b:.3f}" if np.isfinite(b) else f"({measure.human:.3f})"
        further = [f"{each[i]:.2f}" for each in (spread, overlap.overlap, overlap.divergence)]
        table.add_row(measure.name, f"{a:.3f}", value, _target(measure.low, measure.high), mark, *further)
    for what, number, target, reached in _whole(pieces, ours, human):
        table.add_row(what, f"{number:.3f}", "", f"{target:g}", "yes" if reached else "NO")
    console.print(f"\nset {name}: {len(pieces)} pieces against {len(human)} human excerpts")
    console.print(table)
    metres = (f"{count} {name}" for name, count in Counter(map(_metre, pieces)).most_common())
    mine, theirs = distributions.nearest_neighbour_share(ours[:, COMPARED], human[:, COMPARED])
    console.print(f"1-NN: ours recognized {mine:.2f}, human {theirs:.2f}; metres: {', '.join(metres)}")
    console.print(f"tells ours most: {_tells(ours, human)}")


def _tells(ours: np.ndarray, human: np.ndarray) -> str:
    """The measures whose means differ most, in human standard deviations."""
    with np.errstate(invalid="ignore"):
        apart = (means(ours) - means(human)) / np.nanstd(human, axis=0)
    order = [i for i in np.argsort(-np.abs(np.nan_to_num(apart))) if i in COMPARED][:8]
    return "; ".join(f"{MEASURES[i].name} {apart[i]:+.1f} SD" for i in order)


def _print_groups(console: Console, pieces: Sequence[Piece], human: np.ndarray, per: str) -> None:
    groups: dict[str, list[Piece]] = defaultdict(list)
    for k, piece in enumerate(pieces):
        groups[{"piece": str(k + 1), "mood": piece.mood, "genre": piece.genre}[per]].append(piece)
    measured = {name: means(measure_excerpts(p.excerpt for p in each)) for name, each in groups.items()}
    table = Table("measure", *(f"{name} ({len(groups[name])})" if per != "piece" else name for name in groups),
                  "human", "target", box=None)  # fmt: skip
    for i, measure in enumerate(MEASURES):
        cells = [_cell(measure, float(values[i])) for values in measured.values()]
        table.add_row(measure.name, *cells, f"{means(human)[i]:.2f}", _target(measure.low, measure.high))
    console.print(table)
    for k, piece in enumerate(pieces if per == "piece" else ()):
        bpm = f"{piece.score.pulse_bpm:.0f} bpm"
        console.print(f"{k + 1}: {piece.name}, {piece.mood}, {piece.genre}, {piece.score.key}, {bpm}, {_metre(piece)}")


def _cell(measure: Any, value: float) -> str:
    missed = measure.has_target and not measure.reached(value)
    return f"[bold red]{value:.2f}*[/]" if missed else f"{value:.2f}"


def _print_baselines(console: Console, human: np.ndarray) -> None:
    columns = list(COMPARED)
    walk = measure_excerpts(random_walks())
    for name, ours, theirs in (
        ("human halves", human[::2], human[1::2]),
        ("a random walk", walk, human),
    ):
        a, b = ours[:, columns], theirs[:, columns]
        overlap = distributions.compare(a, b)
        shares = distributions.nearest_neighbour_share(a, b)
        console.print(
            f"{name}: overlap {np.nanmean(overlap.overlap):.3f}, KL {np.nanmean(overlap.divergence):.3f}, overlap of "
            f"values {np.nanmean(distributions.value_overlap(a, b)):.3f}, "
            f"1-NN {np.mean(shares):.2f}, spread {np.nanmean(distributions.spread(a, b)):.2f}"
        )


def _target(low: float, high: float) -> str:
    if not np.isfinite(low):
        return f"<= {high:g}" if np.isfinite(high) else ""
    return f">= {low:g}" if not np.isfinite(high) else f"{low:g} to {high:g}"


def _row(what: str, ours: float, peer: float, note: str) -> dict[str, Any]:
    ratio = min(ours, peer) / max(ours, peer) if ours > 0 and peer > 0 else float("nan")
    return {"what": what, "ours": round(float(ours), 3), "peer": round(float(peer), 3), "ratio": ratio, "note": note}


if __name__ == "__main__":
    main()
