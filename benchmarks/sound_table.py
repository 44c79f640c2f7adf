"""The sound of composed pieces against targets: the mean of a set of pieces, and of those of each ensemble.

Each piece is rendered whole, its parts separately, and mastered: a few seconds each. Human values are those of
recordings of ensembles and keyboard instruments.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from imbatch2soundvisu.core import Audio, Score
from imbatch2soundvisu.music import mastering, stems, synthesis
from imbatch2soundvisu.music.analysis import sound_measures
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES

NAN, INFINITE = float("nan"), float("inf")


@dataclass(frozen=True)
class Line:
    """A measure of rendered sound: its name, the human value, and the lowest and highest target."""

    name: str
    human: float
    low: float = -INFINITE
    high: float = INFINITE

    def reached(self, value: float) -> bool:
        """Return whether a value is within the targets."""
        return self.low <= value <= self.high

    @property
    def target(self) -> str:
        """The targets for display; empty without any."""
        if self.low == -INFINITE:
            return "" if self.high == INFINITE else f"<= {self.high:g}"
        return f">= {self.low:g}" if self.high == INFINITE else f"{self.low:g} to {self.high:g}"


#: The first four have targets for a set as a whole.
LINES = (
    Line("correlation of left and right", 0.57, high=0.80),
    Line("energy above 6 kHz, dB", -30.0, low=-33.0),
    Line("frames 15 dB under the loud level", 0.14, low=0.08),
    Line("the last chord rings, seconds", NAN, low=2.0),
    Line("energy below 250 Hz, dB", -7.2),
    Line("energy below 500 Hz, dB", -3.2),
    Line("melody above the loudest other layer, dB", NAN, 3.0, 8.0),
    Line("melody above the drums, dB", NAN, low=0.0),
)


def measure(score: Score, engine: synthesis.Engine) -> tuple[float, ...]:
    """Return the values of LINES for a score that a synthesizer plays; NaN where there is no such layer."""
    rate = score.timeline.sample_rate
    tunes: list[np.ndarray] = []
    layers: dict[str, list[np.ndarray]] = defaultdict(list)
    for name, samples in stems.render_parts(score, engine):
        role = name.partition(":")[0]
        (tunes if role == "Melody" else layers[role]).append(samples)
    whole = _sum([*tunes, *(each for layer in layers.values() for each in layer)])
    synthesis.scale_to_headroom(whole)
    samples = np.asarray(mastering.master(Audio(whole, rate), fade_out_s=mastering.ending_s(score)).samples)
    melody = _sum(tunes) if tunes else np.zeros_like(samples)
    leads = {name: sound_measures.lead_db(melody, _sum(layer), rate) for name, layer in layers.items()}
    drums = leads.pop("Drums", NAN)
    last = score.timeline.samples_at(max(note.start for note in score.notes)) / rate
    return (
        sound_measures.correlation(samples),
        sound_measures.share_db(samples, rate, 6000),
        sound_measures.quiet_share(samples, rate),
        sound_measures.ring_s(samples, rate, last),
        sound_measures.share_db(samples, rate, 0, 250),
        sound_measures.share_db(samples, rate, 0, 500),
        min(leads.values(), default=NAN) if tunes else NAN,
        drums if tunes else NAN,
    )


def _sum(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(functools.reduce(np.add, parts))


def ensemble_name(score: Score) -> str:
    """Return the name of the ensemble in ENSEMBLES that has most of the parts of a score."""
    played = {score.parts[note.part].name for note in score.notes}

    def shared(name: str) -> int:
        both = {part.name for second in (False, True) for part in ENSEMBLES[name].parts(second)}
        return len(played & both)

    return max(ENSEMBLES, key=shared)


def print_sound(console: Console, scores: Sequence[Score], engine: synthesis.Engine | None = None) -> None:
    """Render scores, and print the mean and the worst of each line, then a column for each ensemble."""
    engine = engine or synthesis.find_engine()
    found = np.array([measure(score, engine) for score in track(scores, "rendering", console=console, transient=True)])
    names = [ensemble_name(score) for score in scores]
    table = Table("sound", "ours", "least", "most", "human", "target", "", "pieces that miss it", box=None)
    for line, values in zip(LINES, found.T, strict=True):
        mean = float(np.nanmean(values))
        missing = (f"{k}" for k, each in enumerate(values.tolist(), 1) if np.isfinite(each) and not line.reached(each))
        numbers = (f"{each:.2f}" for each in (mean, np.nanmin(values), np.nanmax(values)))
        human = f"{line.human:g}" if np.isfinite(line.human) else ""
        mark = "" if not line.target else "yes" if line.reached(mean) else "NO"
        table.add_row(line.name, *numbers, human, line.target, mark, " ".join(missing))
    console.print(f"{len(scores)} pieces played by {engine.name}")
    console.print(table)
    counts = {name: names.count(name) for name in ENSEMBLES if name in names}
    table = Table("sound", *(f"{name} ({count})" for name, count in counts.items()), "target", box=None)
    for line, values in zip(LINES, found.T, strict=True):
        means = [np.nanmean(values[[k for k, n in enumerate(names) if n == name]]) for name in counts]
        table.add_row(line.name, *(_cell(line, float(each)) for each in means), line.target)
    console.print(table)


def _cell(line: Line, value: float) -> str:
    if not np.isfinite(value):
        return ""
    return f"{value:.2f}" if line.reached(value) else f"[bold red]{value:.2f}*[/]"
