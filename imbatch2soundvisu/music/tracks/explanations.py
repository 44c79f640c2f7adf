"""Why a track was chosen and where it is cut, in words and numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core import Timeline, tempo_text
from . import fitting
from .analysis import Analysis
from .choices import Choice
from .matching import AXES

#: Tracks that a sentence names; the gallery lists them all.
NAMED = 8


def decisions(choice: Choice, way: fitting.Route, grid: Timeline, looped: bool) -> tuple[dict[str, Any], ...]:
    """For each image: where in the track it begins, on which beat, and why this track."""
    cuts = grid.start_frames / grid.fps
    places = _bars(choice.analysis, way, grid, looped)
    shared = {
        "track": choice.name,
        "mood": choice.wish.mood,
        "key": choice.analysis.key_told,
        "tempo_bpm": choice.analysis.tempo_bpm,
        "confidence": choice.analysis.confidence,
        **({"beats_per_bar": choice.analysis.beats_per_bar} if choice.analysis.has_beat else {}),
    }
    found: list[dict[str, Any]] = []
    for i, at in enumerate(cuts[:-1].tolist()):
        source = way.source_s(at, looped)
        bar, beat, off_ms = places[i]
        decision = {"position": i + 1, "bar": bar, "beat": beat, "track_s": round(source, 3), **shared}
        if off_ms is not None:
            decision |= {"on_beat": off_ms <= 500 / grid.fps + 1e-6, "off_beat_ms": round(off_ms, 1)}
        found.append(decision | {"why": _why(choice, decision)})
    found[0]["wished"] = {axis: round(value, 3) for axis, value in choice.wish.axes.items()}
    found[0]["images"] = {name: round(value, 3) for name, value in choice.wish.images.items()}
    found[0]["ranking"] = [{"track": name, "distance": round(far, 4)} for name, far in choice.ranking]
    found[0]["measured"] = {axis: getattr(choice.analysis, axis) for axis in AXES}
    found[0]["place"] = {axis: round(value, 3) for axis, value in choice.place.items()}
    found[0]["left_out"] = [{"track": name, "reason": reason} for name, reason in choice.left_out]
    return tuple(found)


def _bars(
    analysis: Analysis, way: fitting.Route, grid: Timeline, looped: bool
) -> list[tuple[int | None, float | None, float | None]]:
    """(bar and beat of the track, from 1; milliseconds from it) of each cut; None where beats are not trusted.

    Where a beat is shared by several images, the beat of a later one is a fraction.
    """
    cuts = grid.start_frames[:-1] / grid.fps
    if not analysis.has_beat:
        return [(None, None, None)] * len(cuts)
    heard = fitting.beats(analysis, way, float(grid.seconds), looped)
    whole = np.arange(len(heard.times_s))
    found: list[tuple[int | None, float | None, float | None]] = []
    for at in cuts.tolist():
        exact = float(np.interp(at, heard.times_s, whole))
        place = round(exact * 8) / 8
        index = min(math.floor(place), len(whole) - 1)
        off_ms = 1000 * abs(float(np.interp(place, whole, heard.times_s)) - at)
        bar, beat = divmod(int(heard.marks[index]) - analysis.downbeat, analysis.beats_per_bar)
        told = beat + 1 + place - index
        found.append((bar + 1, int(told) if told.is_integer() else told, off_ms))
    return found


def _why(choice: Choice, decision: dict[str, Any]) -> str:
    fits = f"asked for: {choice.wish.mood}" if not choice.wish.images else f"images are {choice.wish.words}"
    minutes, seconds = divmod(decision["track_s"], 60)
    at = f"{choice.name} at {minutes:.0f}:{seconds:04.1f}"
    if "on_beat" not in decision:
        return f"{fits}; {at}, evenly, as its beats are not certain ({choice.analysis.confidence:.2f})"
    place = f"bar {decision['bar']} beat {decision['beat']:g}"
    return f"{fits}; {at}, {'on' if decision['on_beat'] else 'near'} {place}"


def summary(
    choice: Choice, way: fitting.Route, grid: Timeline, looped: bool, decisions: tuple[dict[str, Any], ...]
) -> str:
    analysis, wish = choice.analysis, choice.wish
    fits = f"for images that are {wish.words}" if wish.images else "as asked"
    told = [f"{choice.name}, {wish.mood}, {fits}: {analysis.key_told}"]
    if analysis.has_beat:
        on = sum(each["on_beat"] for each in decisions)
        cuts = "all cuts" if on == len(decisions) else f"{on} of {len(decisions)} cuts"
        tempo = f"{tempo_text(analysis.tempo_bpm)} beats a minute (confidence {analysis.confidence:.2f})"
        told.append(f"{tempo}, {cuts} on its beats")
    else:
        told.append(f"not cut to its beats, which are not certain (confidence {analysis.confidence:.2f})")
    if choice.aside:
        told.append(choice.aside)
    if looped:
        told.append(f"looped from {way.leave_s:.1f} s back to {way.enter_s:.1f} s")
    elif float(grid.seconds) < way.straight_s - 0.5:
        told.append(f"the first {float(grid.seconds):.0f} of its {'more than ' if analysis.longer else ''}"
                    f"{analysis.duration_s:.0f} seconds")  # fmt: skip
    text = ", ".join(told) + "."
    if len(choice.ranking) > 1:
        ranked = ", ".join(f"{name} {far:.2f}" for name, far in choice.ranking[:NAMED])
        text += f" Distances: {ranked}{_more(len(choice.ranking), ', ')}."
    if choice.left_out:
        text += f" Left out: {left_out(choice.left_out)}."
    return text


def left_out(tracks: Sequence[tuple[str, str]]) -> str:
    """Tracks that cannot be used, each with the reason: the first NAMED, and how many more there are."""
    return "; ".join(f"{name} {reason}" for name, reason in tracks[:NAMED]) + _more(len(tracks), "; ")


def _more(count: int, mark: str) -> str:
    return f"{mark}and {count - NAMED} more" if count > NAMED else ""
