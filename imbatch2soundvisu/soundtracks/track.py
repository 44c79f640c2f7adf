"""`Track`: the person's own music, chosen by what the pictures and the recordings are like."""

from __future__ import annotations

import functools
import math
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .. import config
from ..errors import MakeError, WishError, unknown
from ..records import ImageSequence, Pace, Recording, Score, Timeline
from ..sound.recordings import KINDS
from ..sound.timeline import build
from . import fitting
from .analysis import Analysis
from .matching import AXES, MOODS, Wish, distance, positions, wish_of
from .memory import analysis_of, digest_of, telling

#: Recordings are brought to this loudness before anything is mixed with them, in LUFS.
LOUDNESS_LUFS = -20.0
#: No more gain than this, so that a hiss stays one.
MOST_GAIN_DB = 40.0
#: Choices that are remembered from `timeline` to `compose`.
REMEMBERED = 256


@dataclass(frozen=True)
class Choice:
    """The track that was chosen, and why. ranking : (name, distance) of all that can be used, nearest first.

    left_out : (name, reason) of those that cannot.
    """

    path: Path
    name: str
    analysis: Analysis
    wish: Wish
    ranking: tuple[tuple[str, float], ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Track:
    """One of the person's own recordings: the one that fits the pictures best, cut, trimmed or looped to them.

    folder : where they are, with its subfolders; None: `config.MUSIC`. mood : a name in `matching.MOODS` ("upbeat",
    "calm", "dynamic", "neutral") to choose by, instead of by the pictures. file : this track and no other.

    Cuts fall on the beats of the track where they can be trusted; otherwise pictures last exactly as asked.
    """

    folder: str | Path | None = None
    mood: str | None = None
    file: str | Path | None = None

    on_any_grid: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.mood is not None and self.mood not in MOODS:
            raise unknown("mood", self.mood, MOODS)
        for name in ("folder", "file"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str | Path):
                raise WishError(f"Track({name}={value!r}): a path is wanted")

    def check(self, fps: int, pace: Pace) -> None:
        """Raise WishError when there are no tracks, or the pace cannot be met."""
        self.paths()
        build(2, fps, replace(pace, weights=None))

    def paths(self) -> list[Path]:
        """The tracks there are to choose from, by name. Raises WishError when there is none."""
        if self.file is not None:
            file = Path(self.file).expanduser()
            if not file.is_file() and self.folder is not None and (self._root / file).is_file():
                file = self._root / file
            if not file.is_file():
                raise WishError(f"Track(file={str(self.file)!r}): there is no such file")
            return [file]
        if not self._root.is_dir():
            raise WishError(f"Track: there is no folder {str(self._root)!r}. {_ADVICE}")
        found = [each for each in self._root.rglob("*") if each.suffix.lower() in KINDS and self._is_open(each)]
        if not found:
            raise WishError(f"Track: the folder {str(self._root)!r} has no tracks. {_ADVICE}")
        return sorted(found, key=self._name)

    def state(self, sequence: ImageSequence) -> list[list[Any]]:
        """The tracks, by name, size and time."""
        found = [(self._name(each), each.stat()) for each in self.paths()]
        return [[name, status.st_size, status.st_mtime_ns] for name, status in found]

    def choose(self, sequence: ImageSequence, seconds_per_image: float = config.SECONDS_PER_IMAGE) -> Choice:
        """The track for a sequence whose pictures last so long. Raises MakeError when none can be used."""
        wish = wish_of(sequence, seconds_per_image, self.mood)
        usable, left_out = [], []
        for path in telling(self.paths()):
            try:
                usable.append((path, analysis_of(path)))
            except (MakeError, OSError) as error:
                reason = str(getattr(error, "strerror", None) or error).removeprefix(path.name).strip()
                left_out.append((self._name(path), reason))
        if not usable:
            told = "; ".join(f"{name} {reason}" for name, reason in left_out[:5])
            raise MakeError(f"no track in {str(self._root)!r} can be used: {told}. {_ADVICE}")
        far = [distance(place, wish.axes) for place in positions([each for _, each in usable])]
        order = sorted(range(len(usable)), key=lambda i: (round(far[i], 9), self._name(usable[i][0])))
        path, analysis = usable[order[0]]
        ranking = tuple((self._name(usable[i][0]), far[i]) for i in order)
        return Choice(path, self._name(path), analysis, wish, ranking, tuple(left_out))

    def timeline(self, sequence: ImageSequence, fps: int, pace: Pace) -> Timeline:
        """The grid, in frames, on which cuts fall on the beats of the track. Raises WishError for impossible paces."""
        choice = self.choose(sequence, fitting.seconds_of(len(sequence), pace))
        grid = fitting.timeline(choice.analysis, _route(choice.analysis), len(sequence), fps, pace)
        _choices.put((self, _pictures(sequence), grid), choice)
        return grid

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """The track on a timeline: the one chosen for that timeline, or by its pace where another style made it."""
        if len(timeline.beats) != len(sequence):
            raise ValueError(f"a timeline of {len(timeline.beats)} pictures for a sequence of {len(sequence)}")
        choice = _choices.get((self, _pictures(sequence), timeline))
        if choice is None:
            choice = self.choose(sequence, float(timeline.seconds) / len(sequence))
        analysis, way = choice.analysis, _route(choice.analysis)
        looped = fitting.is_looped(analysis, way, timeline)
        decisions = _decisions(choice, way, timeline, looped)
        played = Recording(
            choice.path,
            digest_of(choice.path),
            fitting.stretches(analysis, way, timeline, looped),
            10 ** (min(LOUDNESS_LUFS - analysis.loudness_lufs, MOST_GAIN_DB) / 20),
        )
        return Score(
            timeline, (), (),
            key=analysis.key,
            style="Track" if self.mood is None else f"Track, {self.mood}",
            summary=_summary(choice, way, timeline, looped, decisions),
            decisions=decisions,
            recordings=(played,),
            tempo_bpm=analysis.tempo_bpm or 60 * len(sequence) / float(timeline.seconds),
        )  # fmt: skip

    @property
    def _root(self) -> Path:
        return Path(config.MUSIC if self.folder is None else self.folder).expanduser()

    def _name(self, path: Path) -> str:
        """A track as people call it: its path in the folder."""
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else path.name

    def _is_open(self, path: Path) -> bool:
        """Whether a path is a file, and not hidden."""
        return path.is_file() and not any(part.startswith(".") for part in path.relative_to(self._root).parts)


_ADVICE = f"Put music there ({', '.join(kind[1:].upper() for kind in KINDS)}), or name another folder: Track('…')"


class _Choices:
    """The latest choices, so that a score is of the track that its timeline was cut to."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Choice] = OrderedDict()

    def put(self, key: Any, choice: Choice) -> None:
        self._kept[key] = choice
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)

    def get(self, key: Any) -> Choice | None:
        choice = self._kept.get(key)
        return choice if choice is not None and choice.path.is_file() else None


_choices = _Choices()


def _pictures(sequence: ImageSequence) -> tuple[str, ...]:
    return tuple(record.digest for record in sequence.records)


@functools.lru_cache(64)
def _route(analysis: Analysis) -> fitting.Route:
    return fitting.route(analysis)


def _decisions(choice: Choice, way: fitting.Route, grid: Timeline, looped: bool) -> tuple[dict[str, Any], ...]:
    """For each picture: where in the track it begins, on which beat, and why this track."""
    cuts = grid.start_frames / grid.fps
    places = _bars(choice.analysis, way, grid, looped)
    shared = {
        "track": choice.name,
        "mood": choice.wish.mood,
        "key": choice.analysis.key,
        "tempo_bpm": choice.analysis.tempo_bpm,
        "confidence": choice.analysis.confidence,
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
    found[0]["pictures"] = {name: round(value, 3) for name, value in choice.wish.pictures.items()}
    found[0]["ranking"] = [{"track": name, "distance": round(far, 4)} for name, far in choice.ranking]
    found[0]["measured"] = {axis: getattr(choice.analysis, axis) for axis in AXES}
    found[0]["left_out"] = [{"track": name, "reason": reason} for name, reason in choice.left_out]
    return tuple(found)


def _bars(
    analysis: Analysis, way: fitting.Route, grid: Timeline, looped: bool
) -> list[tuple[int | None, float | None, float | None]]:
    """(bar and beat of the track, from 1; milliseconds from it) of each cut; None where beats are not trusted.

    Where a beat is shared by several pictures, the beat of a later one is a fraction.
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
    fits = f"asked for: {choice.wish.mood}" if not choice.wish.pictures else f"pictures are {choice.wish.words}"
    minutes, seconds = divmod(decision["track_s"], 60)
    at = f"{choice.name} at {minutes:.0f}:{seconds:04.1f}"
    if "on_beat" not in decision:
        return f"{fits}; {at}, evenly, as its beats are not certain ({choice.analysis.confidence:.2f})"
    place = f"bar {decision['bar']} beat {decision['beat']:g}"
    return f"{fits}; {at}, {'on' if decision['on_beat'] else 'near'} {place}"


def _summary(
    choice: Choice, way: fitting.Route, grid: Timeline, looped: bool, decisions: tuple[dict[str, Any], ...]
) -> str:
    analysis, wish = choice.analysis, choice.wish
    fits = f"for pictures that are {wish.words}" if wish.pictures else "as asked"
    told = [f"{choice.name}, {wish.mood}, {fits}: {analysis.key}"]
    if analysis.has_beat:
        on = sum(each["on_beat"] for each in decisions)
        cuts = "all cuts" if on == len(decisions) else f"{on} of {len(decisions)} cuts"
        tempo = f"{analysis.tempo_bpm:.0f} beats a minute (confidence {analysis.confidence:.2f})"
        told.append(f"{tempo}, {cuts} on its beats")
    else:
        told.append(f"not cut to its beats, which are not certain (confidence {analysis.confidence:.2f})")
    if looped:
        told.append(f"looped from {way.leave_s:.1f} s back to {way.enter_s:.1f} s")
    elif float(grid.seconds) < way.straight_s - 0.5:
        told.append(f"the first {float(grid.seconds):.0f} of its {'more than ' if analysis.longer else ''}"
                    f"{analysis.duration_s:.0f} seconds")  # fmt: skip
    text = ", ".join(told) + "."
    if len(choice.ranking) > 1:
        ranked = ", ".join(f"{name} {far:.2f}" for name, far in choice.ranking[:8])
        text += f" Distances: {ranked}{', …' if len(choice.ranking) > 8 else ''}."
    if choice.left_out:
        text += " Left out: " + "; ".join(f"{name} {reason}" for name, reason in choice.left_out[:8]) + "."
    return text
