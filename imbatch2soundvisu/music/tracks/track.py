"""`Track`: the person's own music, chosen by what the images and the recordings are like."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ... import config
from ...core import ImageSequence, Recording, Score, Timeline, Timing
from ...core.errors import ConfigError, MakeError, unknown
from ..recordings import KINDS, as_text, name_of
from ..timeline import build
from . import explanations, fitting
from .analysis import Analysis
from .analysis_cache import analysis_of, digest_of, telling
from .choices import Choice, Choices
from .matching import MOODS, distance, positions, wish_of

#: Recordings are brought to this loudness before anything is mixed with them, in LUFS.
LOUDNESS_LUFS = -20.0
#: No more gain than this, so that a hiss stays one.
MOST_GAIN_DB = 40.0
# Where the tracks that come with the program are, when it runs from its source.
_SOURCE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Track:
    """One of the person's own recordings: the one that fits the images best, cut, trimmed or looped to them.

    folder : where they are, with its subfolders; None: `config.MUSIC`, or the one beside the program's source
    where there is none. mood : a name in `matching.MOODS` ("upbeat", "calm", "dynamic", "neutral") to choose by,
    instead of by the images. file : this track and no other.

    Cuts fall on the beats of the track where they can be trusted, and `seconds_per_image` are rounded to whole beats
    where those are no further than 6 % away (see `fitting.timeline`); otherwise images last as asked, to the frame.
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
                raise ConfigError(f"Track({name}={value!r}): a path is wanted")

    def check(self, fps: int, pace: Timing) -> None:
        """Raise ConfigError when there are no tracks, or the pace cannot be met."""
        self.paths()
        fitting.check(pace)
        build(2, fps, replace(pace, weights=None))

    def paths(self) -> list[Path]:
        """The tracks there are to choose from, by name. Raises ConfigError when there is none."""
        if self.file is not None:
            file = Path(self.file).expanduser()
            if not file.is_file() and self.folder is not None and (self._root / file).is_file():
                file = self._root / file
            if not file.is_file():
                raise ConfigError(f"Track(file={str(self.file)!r}): there is no such file")
            return [file]
        if self._root.is_file():
            raise ConfigError(
                f"Track({str(self.folder)!r}): that is a file, not a folder: Track(file={str(self.folder)!r})"
            )
        if not self._root.is_dir():
            raise ConfigError(f"Track: there is no folder {str(self._root.absolute())!r}. {_ADVICE}")
        found = [each for each in self._root.rglob("*") if each.suffix.lower() in KINDS and self._is_open(each)]
        if not found:
            raise ConfigError(f"Track: the folder {str(self._root.absolute())!r} has no tracks. {_ADVICE}")
        return sorted(found, key=self._name)

    def state(self, sequence: ImageSequence) -> list[list[Any]]:
        """The tracks, by name, size and time."""
        found = [(self._name(each), each.stat()) for each in self.paths()]
        return [[name, status.st_size, status.st_mtime_ns] for name, status in found]

    def choose(self, sequence: ImageSequence, seconds_per_image: float = config.SECONDS_PER_IMAGE) -> Choice:
        """The track for a sequence whose images last so long. Raises MakeError when none can be used."""
        wish = wish_of(sequence, seconds_per_image, self.mood)
        usable, left_out = [], []
        for path in telling(self.paths()):
            try:
                usable.append((path, analysis_of(path)))
            except MakeError as error:
                left_out.append((self._name(path), str(error).removeprefix(name_of(path)).strip()))
            except OSError as error:  # it was removed meanwhile, or may not be read
                left_out.append((self._name(path), f"cannot be read: {error.strerror or error}"))
        if not usable:
            told = explanations.left_out(left_out)
            if self.file is not None:
                raise MakeError(told)
            raise MakeError(f"no track in {str(self._root.absolute())!r} can be used: {told}. {_ADVICE}")
        places = positions([each for _, each in usable])
        far = [distance(place, wish.axes) for place in places]
        order = sorted(range(len(usable)), key=lambda i: (round(far[i], 9), self._name(usable[i][0])))
        path, analysis = usable[order[0]]
        ranking = tuple((self._name(usable[i][0]), far[i]) for i in order)
        place = places[order[0]] if len(usable) > 1 else {}
        return Choice(path, self._name(path), analysis, wish, ranking, tuple(left_out), place)

    def timeline(self, sequence: ImageSequence, fps: int, pace: Timing) -> Timeline:
        """The grid, in frames, on which cuts fall on the beats of the track. Raises ConfigError."""
        choice = self.choose(sequence, fitting.seconds_of(len(sequence), pace))
        grid = fitting.timeline(choice.analysis, _route(choice.analysis), len(sequence), fps, pace)
        if pace.beats_per_image is not None and not choice.analysis.has_beat:
            choice = replace(choice, aside=f"beats_per_image = {pace.beats_per_image} left aside")
        _choices.put((self, _images(sequence), grid), choice)
        return grid

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """The track on a timeline: the one chosen for that timeline, or by its pace where another style made it."""
        if len(timeline.beats) != len(sequence):
            raise ValueError(f"a timeline of {len(timeline.beats)} images for a sequence of {len(sequence)}")
        choice = _choices.get((self, _images(sequence), timeline))
        if choice is None:
            choice = self.choose(sequence, float(timeline.seconds) / len(sequence))
        analysis, way = choice.analysis, _route(choice.analysis)
        looped = fitting.is_looped(analysis, way, timeline)
        decisions = explanations.decisions(choice, way, timeline, looped)
        played = Recording(
            choice.path,
            digest_of(choice.path),
            fitting.stretches(analysis, way, timeline, looped),
            10 ** (min(LOUDNESS_LUFS - analysis.loudness_lufs, MOST_GAIN_DB) / 20),
        )
        return Score(
            timeline, (), (),
            key=analysis.key_told,
            style="Track" if self.mood is None else f"Track, {self.mood}",
            summary=explanations.summary(choice, way, timeline, looped, decisions),
            decisions=decisions,
            recordings=(played,),
            tempo_bpm=analysis.tempo_bpm or 60 * len(sequence) / float(timeline.seconds),
        )  # fmt: skip

    @property
    def _root(self) -> Path:
        root = Path(config.MUSIC if self.folder is None else self.folder).expanduser()
        if self.folder is None and not root.is_dir() and (_SOURCE / "pyproject.toml").is_file():
            return _SOURCE / root if (_SOURCE / root).is_dir() else root
        return root

    def _name(self, path: Path) -> str:
        """A track as people call it: its path in the folder, as text that any file can hold."""
        inner = path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else path.name
        return as_text(inner)

    def _is_open(self, path: Path) -> bool:
        """Whether a path is a file, and not hidden."""
        return path.is_file() and not any(part.startswith(".") for part in path.relative_to(self._root).parts)


_ADVICE = f"Put music there ({', '.join(kind[1:].upper() for kind in KINDS)}), or name another folder: Track('…')"
_choices = Choices()


def _images(sequence: ImageSequence) -> tuple[str, ...]:
    return tuple(record.digest for record in sequence.records)


@functools.lru_cache(64)
def _route(analysis: Analysis) -> fitting.Route:
    return fitting.route(analysis)
