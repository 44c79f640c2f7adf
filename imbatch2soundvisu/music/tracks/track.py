"""`Track`: music from a recording, chosen by the properties of the images and of the recordings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ... import config
from ...core import FrameRate, ImageSequence, Recording, Score, Timeline, Timing
from ...core.errors import ConfigError, MakeError, unknown
from ..recordings import EXTENSIONS, as_text, name_of
from ..timeline import build
from . import explanations, fitting
from .analysis import Analysis
from .analysis_cache import cached_analysis, digest_of, with_progress
from .choices import Choice
from .excerpts import excerpts
from .latest import LatestValues
from .loops import Loop, find_loop, is_looped
from .matching import MOODS, distance, positions, target_mood

#: Recordings are brought to this loudness before they are mixed with other sound, in LUFS.
LOUDNESS_LUFS = -20.0
#: Highest gain, so that noise is not amplified.
MAX_GAIN_DB = 40.0
# The folder of the source distribution, with the tracks of the project.
_SOURCE = Path(__file__).resolve().parents[3]
_ADVICE = f"Put music there ({', '.join(each[1:].upper() for each in EXTENSIONS)}), or name a folder: Track('…')"
# From `timeline` to `compose`: a score uses the track to whose beats its timeline was cut.
_choices: LatestValues[Choice] = LatestValues(256)


@dataclass(frozen=True)
class Track:
    """One of your own recordings, the one that suits the images best, cut, trimmed or looped to them.

    Cuts are on the beats of the track where these are reliable, and `seconds_per_image` are rounded to whole beats
    where the error is at most 6 % (see `fitting.timeline`); otherwise images last as long as set, to the frame.

    Parameters
    ----------
    folder : str or Path, optional
        A song, or the folder of the recordings, searched with its subfolders. None: the setting MUSIC, or the folder
        `music` of the source distribution where that does not exist.
    mood : str, optional
        "upbeat", "calm", "dynamic" or "neutral": choose by this mood instead of by the images.
    file : str or Path, optional
        Use this recording.

    Examples
    --------
    >>> Track("~/Music", mood="calm").mood
    'calm'
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
                raise ConfigError(f"Track({name}={value!r}): {name} must be a path")

    def check(self, fps: FrameRate, timing: Timing) -> None:
        """Raise ConfigError if there are no tracks, or the timing cannot be met."""
        self.paths()
        fitting.check(timing)
        if timing.total_seconds != fitting.WHOLE:
            build(2, fps, replace(timing, weights=None))

    @property
    def song(self) -> Path | None:
        """The one recording that is named; None where one is chosen from a folder."""
        if self.file is not None:
            return Path(self.file)
        root = None if self.folder is None else Path(self.folder).expanduser()
        is_song = root is not None and (root.is_file() or (root.suffix.lower() in EXTENSIONS and not root.is_dir()))
        return root if is_song else None

    def paths(self) -> list[Path]:
        """Return the tracks to choose from, by name.

        Raises
        ------
        ConfigError
            If there are none.
        """
        if self.file is not None:
            return [self._single_file(Path(self.file).expanduser())]
        root = self._root
        if self.song is not None:
            if root.is_file():
                return [root]
            raise ConfigError(f"Track({str(self.folder)!r}): the file {str(root.absolute())!r} does not exist")
        if not root.is_dir():
            raise ConfigError(f"Track: the folder {str(root.absolute())!r} does not exist. {_ADVICE}")
        found = [each for each in root.rglob("*") if each.suffix.lower() in EXTENSIONS and self._is_visible(each)]
        if not found:
            raise ConfigError(f"Track: the folder {str(root.absolute())!r} contains no tracks. {_ADVICE}")
        return sorted(found, key=self._name)

    def state(self, sequence: ImageSequence) -> list[list[Any]]:
        """Return name, size and modification time of each track, on which the music depends."""
        found = [(self._name(each), each.stat()) for each in self.paths()]
        return [[name, status.st_size, status.st_mtime_ns] for name, status in found]

    def choose(self, sequence: ImageSequence, seconds_per_image: float = 1.0) -> Choice:
        """Return the track that is nearest to what a sequence requires.

        Parameters
        ----------
        sequence : ImageSequence
            The images.
        seconds_per_image : float, default 1.0
            Their mean duration in seconds.

        Raises
        ------
        MakeError
            If none of the tracks can be used.
        """
        target = target_mood(sequence, seconds_per_image, self.mood)
        usable, left_out = self._analyses()
        places = positions([each for _, each in usable])
        far = [distance(place, target.axes) for place in places]
        order = sorted(range(len(usable)), key=lambda i: (round(far[i], 9), self._name(usable[i][0])))
        path, analysis = usable[order[0]]
        ranking = tuple((self._name(usable[i][0]), far[i]) for i in order)
        place = places[order[0]] if len(usable) > 1 else {}
        given = self.song is not None
        return Choice(path, self._name(path), analysis, target, ranking, tuple(left_out), place, given=given)

    def timeline(self, sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
        """Return the timeline, with one frame per beat, whose cuts are on beats of the track. Raises ConfigError."""
        choice = self.choose(sequence, fitting.seconds_of(len(sequence), timing))
        if timing.total_seconds == fitting.WHOLE:
            choice = replace(choice, whole=True)
        fit = fitting.song_timeline if choice.whole else fitting.timeline
        grid = fit(choice.analysis, _loop(choice), len(sequence), fps, timing)
        if timing.beats_per_image is not None and not choice.analysis.has_beat:
            choice = replace(choice, unmet=f"beats_per_image = {timing.beats_per_image} not used")
        _choices.put((self, _digests(sequence), grid), choice)
        return grid

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """Return a score with the track: the one chosen for that timeline, or by its mean duration of an image where
        another style made the timeline."""
        if len(timeline.beats) != len(sequence):
            raise ValueError(f"a timeline of {len(timeline.beats)} images for a sequence of {len(sequence)}")
        choice = _choices.get((self, _digests(sequence), timeline))
        if choice is None or not choice.path.is_file():
            choice = self.choose(sequence, float(timeline.seconds) / len(sequence))
        analysis, loop = choice.analysis, _loop(choice)
        looped = not choice.whole and is_looped(analysis, loop, timeline)
        placement = explanations.Placement(choice, loop, timeline, looped)
        decisions = explanations.decisions(placement)
        gain = 10 ** (min(LOUDNESS_LUFS - analysis.loudness_lufs, MAX_GAIN_DB) / 20)
        played = excerpts(analysis, loop, timeline, looped)
        return Score(
            timeline, (), (),
            key=analysis.key_label,
            style="Track" if self.mood is None else f"Track, {self.mood}",
            summary=explanations.summary(placement, decisions),
            decisions=decisions,
            recordings=(Recording(choice.path, digest_of(choice.path), played, gain),),
            tempo_bpm=analysis.tempo_bpm or 60 * len(sequence) / float(timeline.seconds),
        )  # fmt: skip

    def _analyses(self) -> tuple[list[tuple[Path, Analysis]], list[tuple[str, str]]]:
        """The usable tracks, and (name, reason) of the others. Raises MakeError where none is usable."""
        usable, left_out = [], []
        for path in with_progress(self.paths()):
            try:
                usable.append((path, cached_analysis(path)))
            except MakeError as error:
                left_out.append((self._name(path), str(error).removeprefix(name_of(path)).strip()))
            except OSError as error:  # removed since, or not readable
                left_out.append((self._name(path), f"cannot be read: {error.strerror or error}"))
        if not usable:
            reasons = explanations.left_out(left_out)
            if self.song is not None:
                raise MakeError(reasons)
            raise MakeError(f"no track in {str(self._root.absolute())!r} can be used: {reasons}. {_ADVICE}")
        return usable, left_out

    def _single_file(self, file: Path) -> Path:
        if not file.is_file() and self.folder is not None and (self._root / file).is_file():
            file = self._root / file
        if not file.is_file():
            raise ConfigError(f"Track(file={str(self.file)!r}): the file does not exist")
        return file

    @property
    def _root(self) -> Path:
        return default_folder() if self.folder is None else Path(self.folder).expanduser()

    def _name(self, path: Path) -> str:
        """The path of a track within the folder, as printable text."""
        is_inside = path != self._root and path.is_relative_to(self._root)
        inner = path.relative_to(self._root).as_posix() if is_inside else path.name
        return as_text(inner)

    def _is_visible(self, path: Path) -> bool:
        """Whether a path is a file, and neither hidden nor in a hidden folder."""
        return path.is_file() and not any(name.startswith(".") for name in path.relative_to(self._root).parts)


def default_folder(folder: Path | None = None) -> Path:
    """Return the folder of a `Track()` without parameters.

    Parameters
    ----------
    folder : Path, optional
        The setting MUSIC of the run; None: `config.resolve().music`. If it does not exist, the folder of the same
        name in the source distribution is returned, where there is one.
    """
    root = config.resolve().music if folder is None else folder
    if not root.is_dir() and (_SOURCE / "pyproject.toml").is_file() and (_SOURCE / root).is_dir():
        return _SOURCE / root
    return root


def _loop(choice: Choice) -> Loop:
    """How the track of a choice is played."""
    loop = find_loop(choice.analysis)
    return fitting.whole_loop(choice.analysis, loop) if choice.whole else loop


def _digests(sequence: ImageSequence) -> tuple[str, ...]:
    return tuple(record.digest for record in sequence.records)
