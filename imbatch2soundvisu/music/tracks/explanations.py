"""Explain why a track was chosen and where it is cut, in words and numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core import Timeline, tempo_text
from .analysis import Analysis
from .choices import Choice
from .loops import Loop, beat_times
from .matching import AXES

#: Tracks that a sentence names; the gallery lists them all.
NAMED = 8


@dataclass(frozen=True)
class Placement:
    """A chosen track on a timeline: how it is played, and whether it is looped."""

    choice: Choice
    loop: Loop
    grid: Timeline
    looped: bool


def decisions(placement: Placement) -> tuple[dict[str, Any], ...]:
    """Return for each image its position in the track, the bar and beat there, and why this track was chosen."""
    choice, grid = placement.choice, placement.grid
    bars = _bars(placement)
    shared = {
        "track": choice.name,
        **({} if choice.given else {"mood": choice.target.mood}),
        "key": choice.analysis.key_label,
        "tempo_bpm": choice.analysis.tempo_bpm,
        "confidence": choice.analysis.confidence,
        **({"beats_per_bar": choice.analysis.beats_per_bar} if choice.analysis.has_beat else {}),
    }
    found: list[dict[str, Any]] = []
    for i, at in enumerate(grid.start_seconds[:-1].tolist()):
        bar, beat, off_ms = bars[i]
        track_s = round(placement.loop.source_s(at, placement.looped), 3)
        decision = {"position": i + 1, "bar": bar, "beat": beat, "track_s": track_s, **shared}
        if off_ms is not None:
            decision |= {"on_beat": off_ms <= 500 / float(grid.fps) + 1e-6, "off_beat_ms": round(off_ms, 1)}
        found.append(decision | {"why": _reason(choice, decision)})
    found[0] |= _choice_details(choice)
    return tuple(found)


def _choice_details(choice: Choice) -> dict[str, Any]:
    if choice.given:
        return {"measured": {axis: getattr(choice.analysis, axis) for axis in AXES}}
    return {
        "target": _rounded(choice.target.axes),
        "images": _rounded(choice.target.images),
        "ranking": [{"track": name, "distance": round(far, 4)} for name, far in choice.ranking],
        "measured": {axis: getattr(choice.analysis, axis) for axis in AXES},
        "place": _rounded(choice.place),
        "left_out": [{"track": name, "reason": reason} for name, reason in choice.left_out],
    }


def _rounded(values: Any) -> dict[str, float]:
    return {name: round(value, 3) for name, value in values.items()}


def _bars(placement: Placement) -> list[tuple[int | None, float | None, float | None]]:
    """(bar and beat of the track, from 1; milliseconds from it) of each cut; None where beats are not reliable.

    Where several images share a beat, the beat of a later one is a fraction.
    """
    analysis, grid = placement.choice.analysis, placement.grid
    cuts = grid.start_seconds[:-1]
    if not analysis.has_beat:
        return [(None, None, None)] * len(cuts)
    beats = beat_times(analysis, placement.loop, float(grid.seconds), placement.looped)
    whole = np.arange(len(beats.times_s))
    found: list[tuple[int | None, float | None, float | None]] = []
    for at in cuts.tolist():
        place = round(float(np.interp(at, beats.times_s, whole)) * 8) / 8
        index = min(math.floor(place), len(whole) - 1)
        off_ms = 1000 * abs(float(np.interp(place, whole, beats.times_s)) - at)
        bar, beat = divmod(int(beats.marks[index]) - analysis.downbeat, analysis.beats_per_bar)
        number = beat + 1 + place - index
        found.append((bar + 1, int(number) if number.is_integer() else number, off_ms))
    return found


def _reason(choice: Choice, decision: dict[str, Any]) -> str:
    target = choice.target
    fits = f"images are {target.description}" if target.images else f"mood: {target.mood}"
    if choice.given:
        fits = "the song of the plan"
    minutes, seconds = divmod(decision["track_s"], 60)
    at = f"{choice.name} at {minutes:.0f}:{seconds:04.1f}"
    if "on_beat" not in decision:
        return f"{fits}; {at}, equal durations, as its beats are uncertain ({choice.analysis.confidence:.2f})"
    place = f"bar {decision['bar']} beat {decision['beat']:g}"
    return f"{fits}; {at}, {'on' if decision['on_beat'] else 'near'} {place}"


def summary(placement: Placement, found: Sequence[dict[str, Any]]) -> str:
    """Return one paragraph on a track: why it was chosen, its key and tempo, and how it is cut and looped."""
    choice, target = placement.choice, placement.choice.target
    fits = f"for images that are {target.description}" if target.images else "the mood of the plan"
    named = choice.name if choice.given else f"{choice.name}, {target.mood}, {fits}"
    phrases = [f"{named}: {choice.analysis.key_label}", _tempo(choice.analysis, found)]
    if choice.unmet:
        phrases.append(choice.unmet)
    text = ", ".join([*phrases, *_length(placement)]) + "."
    if len(choice.ranking) > 1:
        ranked = ", ".join(f"{name} {far:.2f}" for name, far in choice.ranking[:NAMED])
        text += f" Distances: {ranked}{_more(len(choice.ranking), ', ')}."
    if choice.left_out:
        text += f" Left out: {left_out(choice.left_out)}."
    return text


def _tempo(analysis: Analysis, found: Sequence[dict[str, Any]]) -> str:
    if not analysis.has_beat:
        return f"not cut on its beats, which are uncertain (confidence {analysis.confidence:.2f})"
    on = sum(each["on_beat"] for each in found)
    cuts = "all cuts" if on == len(found) else f"{on} of {len(found)} cuts"
    return f"{tempo_text(analysis.tempo_bpm)} bpm (confidence {analysis.confidence:.2f}), {cuts} on its beats"


def _length(placement: Placement) -> list[str]:
    analysis, loop, seconds = placement.choice.analysis, placement.loop, float(placement.grid.seconds)
    if placement.looped:
        return [f"looped from {loop.leave_s:.1f} s back to {loop.enter_s:.1f} s"]
    if placement.choice.whole:
        return [f"the first {seconds:.0f} seconds" if analysis.truncated else f"all {seconds:.0f} seconds of it"]
    if seconds < loop.straight_s - 0.5:
        more = "more than " if analysis.truncated else ""
        return [f"the first {seconds:.0f} of its {more}{analysis.duration_s:.0f} seconds"]
    return []


def left_out(tracks: Sequence[tuple[str, str]]) -> str:
    """Return the tracks that cannot be used, each with the reason: the first NAMED, and how many more there are."""
    return "; ".join(f"{name} {reason}" for name, reason in tracks[:NAMED]) + _more(len(tracks), "; ")


def _more(count: int, mark: str) -> str:
    return f"{mark}and {count - NAMED} more" if count > NAMED else ""
