"""The outputs of a sequence: what is written, and how."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..config import Settings
from ..core import Needs, frame_rate, is_ntsc, size_of
from ..core.errors import ConfigError, unknown
from ..core.timecode import timecode
from ..datasets.fitting import FITS
from ..runtime import files
from . import film_text
from .protocols import Content, Output, OutputFiles, SequenceSource
from .registry import OUTPUT_KINDS


class SequenceOutput:
    """What outputs of sequences share."""

    plan_kind: ClassVar[str] = "sequence"
    needs_audio: ClassVar[bool] = False
    needs_score: ClassVar[bool] = False

    def makes(self, content: Content) -> bool:
        """Whether this output applies: only to sequences, and, where it is about the music, only with music."""
        if not isinstance(content, SequenceSource):
            return False
        if self.needs_score and content.score is None:
            return False
        return not (self.needs_score and self.needs_audio and content.audio is None)


@OUTPUT_KINDS.register("film")
@dataclass(frozen=True)
class Film(SequenceOutput):
    """An MP4 film with the music.

    Parameters
    ----------
    size : str or (int, int), optional
        "hd" (1920 x 1080), "720p" (1280 x 720), "4k" (3840 x 2160), "vertical" (1080 x 1920), "portrait" (1080 x 1350),
        "square" (1080 x 1080), or width and height in pixels; VIDEO_SIZE of the settings when None.
    fps : int, float, Fraction or str, optional
        Frames a second; FPS of the settings when None. Must divide 44,100 or 48,000, or be 23.976, 29.97 or 59.94,
        which mean 24000/1001, 30000/1001 and 60000/1001 exactly.
    fit : {"fit", "fill", "smart", "blur"}
        Whole images on the background; their middle cropped to fill the frame, or as much around faces and what draws
        the eye; or whole on a blurred copy.
    transition : Transition or str
        `Cut()` or `CrossFade(seconds)`.
    motion : Motion or str, optional
        `SlowZoom(amount)`, `KenBurns(amount, speed)` or `Parallax(amount)`.
    stabilise : bool or Stabilisation
        Remove the jitter of the camera within shots; True is `Stabilisation()`. Not with a motion.
    one_frame_per_still : bool
        Write a smaller film with a variable frame rate.
    title, end : TitleCard, EndCard or str, optional
        Cards before the first and after the last image, in time with the music; `total_seconds` includes them.
    captions : Captions, str, callable or tuple, optional
        A text on each image: "name", "date", "value", "number", "cluster", a function of the `ImageRecord`, several of
        these as lines, or `Captions(...)`. Also written as subtitles.
    watermark : Watermark, str or Path, optional
        A text or an image on every image.
    fade_in, fade_out : Fade or float
        Fades of picture and sound, in seconds from and to black, or `Fade(seconds, "white")`.

    Examples
    --------
    >>> film = Film("vertical", fps=29.97)
    >>> film.size, film.fps
    ((1080, 1920), Fraction(30000, 1001))
    """

    size: Any = None
    fps: Any = None
    fit: str = "fit"
    transition: Any = "cut"
    motion: Any = None
    one_frame_per_still: bool = False
    title: Any = None
    end: Any = None
    captions: Any = None
    watermark: Any = None
    fade_in: Any = 0.0
    fade_out: Any = 0.0
    stabilise: Any = False
    needs_audio: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", size_of(self.size))
        object.__setattr__(self, "fps", frame_rate(self.fps))

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a size, frame rate, fit, transition or motion that is not possible."""
        from ..visuals.video import MOTIONS, TRANSITIONS
        from ..visuals.video.stabilisation import as_stabilisation

        check_size("Film(size=...)", self.size or settings.video_size)
        check_fit(self.fit)
        check_rate(settings.fps if self.fps is None else self.fps)
        check_switch("one_frame_per_still", self.one_frame_per_still)
        TRANSITIONS.resolve(self.transition)
        if self.motion is not None:
            MOTIONS.resolve(self.motion)
        if as_stabilisation(self.stabilise) and self.motion is not None:
            raise ConfigError("Film(stabilise=...) and motion=... exclude each other: one of them moves the images")
        film_text.check(self)

    @property
    def needs(self) -> Needs:
        """What must be measured for its motion."""
        from ..visuals.video import MOTIONS

        motion = MOTIONS.get(self.motion) if isinstance(self.motion, str) else self.motion
        needs: Needs = getattr(motion, "needs", Needs())
        return needs

    def state(self) -> list[Any]:
        """Return what the file depends on besides the fields."""
        return film_text.state(self)

    def aspect(self, settings: Settings | None) -> float:
        """Return width / height."""
        width, height = self.size or (settings.video_size if settings is not None else (16, 9))
        return width / height

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["sequence.mp4", *(["sequence.srt"] if self.captions is not None else [])]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `sequence.mp4`, and the captions as `sequence.srt`."""
        from ..features.depth import depth_maps
        from ..visuals.video import write_mp4

        size, dressing = self.size or out.settings.video_size, film_text.dressing(self, content.sequence)
        if warnings := film_text.warnings(dressing, content.sequence):
            out.describe(lines=warnings, details={"Texts of the film": "; ".join(warnings)})
        if self.captions is not None:
            subtitles = out.path("srt", "sequence.srt", "download", "Subtitles")
            film_text.write_subtitles(subtitles, dressing.texts, content.timeline)
        path = out.path("mp4", "sequence.mp4", "video", "Video")
        write_mp4(
            path, content.sequence.records, content.timeline, content.audio, progress=out.progress,
            size=size, fit=self.fit, background=out.settings.background,
            transition=self.transition, motion=self.motion, variable_frame_rate=self.one_frame_per_still,
            title=content.sequence.title, dressing=dressing,
            tags=film_text.tags(self, content, size, out.settings.background), faces=content.sequence.table.faces,
            depths=depth_maps(content.sequence.table),
            steady=steady_of(self, content, size, self.fit, out),
        )  # fmt: skip


@OUTPUT_KINDS.register("gif")
@dataclass(frozen=True)
class Gif(SequenceOutput):
    """An animated GIF.

    Parameters
    ----------
    size : str or (int, int), optional
        A name, as in `Film`, or width and height in pixels; when None, the
        aspect of the plan's first film with GIF_SIDE as the long side.
    seconds_per_image : float
        From 0.02 to 655; GIF counts in hundredths.
    max_bytes : int, optional
        Reduce colours, then the size, until the file is no larger.
    fit : {"fit", "fill", "smart", "blur"}, optional
        As `Film.fit`; that of the plan's first film when None.
    gifsicle : bool
        Let gifsicle, where it is installed, compress the file further.
    fuzz : float
        In percent of the distance of black and white: colours that differ less from the image before count as equal,
        and are not stored again.
    """

    size: Any = None
    seconds_per_image: float = 0.3
    max_bytes: int | None = None
    fit: str | None = None
    gifsicle: bool = False
    fuzz: float = 0.0
    _file: ClassVar[tuple[str, str, str]] = ("gif", "sequence.gif", "Animated GIF")

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", size_of(self.size))

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a size, duration or limit that is not possible."""
        if self.size is not None:
            check_size("Gif(size=...)", self.size)
        check_seconds("Gif(seconds_per_image=...)", self.seconds_per_image, 0.02, 655)
        if self.max_bytes is not None:
            check_whole("max_bytes", self.max_bytes, 1)
        if self.fit is not None:
            check_fit(self.fit)
        check_switch("gifsicle", self.gifsicle)
        if isinstance(self.fuzz, bool) or not isinstance(self.fuzz, int | float) or not 0 <= self.fuzz <= 100:
            raise ConfigError(f"Gif(fuzz={self.fuzz!r}) must be from 0 to 100 percent")

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return [self._file[1]]

    def frames(
        self, content: SequenceSource, out: OutputFiles, size: tuple[int, int], fit: str
    ) -> Iterator[np.ndarray]:
        """Yield the frames, (h, w, 3) uint8."""
        from ..visuals import frame
        from ..visuals.video import steady_frame

        records, background = content.sequence.records, out.settings.background
        faces = content.sequence.table.faces or [None] * len(records)
        steady = steady_of(content.film, content, size, fit, out) or [None] * len(records)
        for record, found, how in zip(records, faces, steady, strict=True):
            if how is None:
                yield frame(record, size, fit, background, found)
            else:
                yield steady_frame(record, size, fit, background, how)

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write the file."""
        from ..visuals import write_gif

        film, count = content.film, len(content.sequence.records)
        size = self.size or gif_size(film.aspect(out.settings), out.settings.gif_side)

        def frames() -> Iterator[np.ndarray]:
            for number, pixels in enumerate(self.frames(content, out, size, self.fit or film.fit), 1):
                yield pixels
                out.progress("gif", number, count)

        kind, name, label = self._file
        write_gif(
            out.path(kind, name, "image", label), frames, [self.seconds_per_image] * count,
            max_bytes=self.max_bytes, gifsicle=self.gifsicle, fuzz=self.fuzz,
        )  # fmt: skip


def steady_of(film: Film, content: SequenceSource, size: tuple[int, int], fit: str, out: OutputFiles) -> Any:
    """Return how each image of a stabilised film is shown, at a size and fit of a film or GIF; None without."""
    from ..visuals.video import steadied
    from ..visuals.video.stabilisation import as_stabilisation

    options, sequence = as_stabilisation(film.stabilise), content.sequence
    return (
        None if options is None else steadied(sequence.records, size, fit, sequence.table.faces, options, out.progress)
    )


def gif_size(aspect: float, side: int) -> tuple[int, int]:
    """Return (width, height) in pixels with the given long side.

    Examples
    --------
    >>> gif_size(16 / 9, 480), gif_size(9 / 16, 480)
    ((480, 270), (270, 480))
    """
    return (side, max(16, round(side / aspect))) if aspect >= 1 else (max(16, round(side * aspect)), side)


@OUTPUT_KINDS.register("wav")
@dataclass(frozen=True)
class Wav(SequenceOutput):
    """The music as WAV, 16 bits."""

    needs_audio: ClassVar[bool] = True
    needs_score: ClassVar[bool] = True

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["sequence.wav"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `sequence.wav`."""
        from ..music import wav

        assert content.audio is not None
        wav.write_pcm16(out.path("wav", "sequence.wav", "audio", "Sound (WAV)"), content.audio)


@OUTPUT_KINDS.register("midi")
@dataclass(frozen=True)
class Midi(SequenceOutput):
    """The music as a standard MIDI file, with a marker for each image."""

    needs_score: ClassVar[bool] = True

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["sequence.mid"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `sequence.mid`."""
        from ..music import midi

        assert content.score is not None
        names = [record.name for record in content.sequence.records]
        midi.write(out.path("mid", "sequence.mid", "download", "Score (MIDI)"), content.score, names)


@OUTPUT_KINDS.register("stems")
@dataclass(frozen=True)
class Stems(SequenceOutput):
    """Each part of the music as a WAV of 32-bit floats in `stems/`; their sum is the music before its limiter."""

    needs_audio: ClassVar[bool] = True
    needs_score: ClassVar[bool] = True

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `stems/NN-<part>.wav`."""
        from ..music import stems

        assert content.score is not None
        for kind, name in stems.write(out.folder, content.score, content.engine, out.settings.loudness_lufs).items():
            out.path(kind, name, "audio")


@OUTPUT_KINDS.register("contact-sheet")
@dataclass(frozen=True)
class ContactSheet(SequenceOutput):
    """All images of the sequence on one sheet, in order."""

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["contact-sheet.jpg"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `contact-sheet.jpg`."""
        from ..visuals import contact_sheet

        contact_sheet(out.path("contact_sheet", "contact-sheet.jpg", "image", "Contact sheet"), content.sequence)


@OUTPUT_KINDS.register("storyboard")
@dataclass(frozen=True)
class Storyboard(SequenceOutput):
    """The images on a time axis with the curve of the driving value and the musical decisions."""

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["storyboard.jpg"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `storyboard.jpg`."""
        from ..visuals import storyboard

        decisions = content.score.decisions if content.score else ()
        path = out.path("storyboard", "storyboard.jpg", "image", "Storyboard")
        storyboard(path, content.sequence, content.starts_s, decisions)


@OUTPUT_KINDS.register("piano-roll")
@dataclass(frozen=True)
class PianoRoll(SequenceOutput):
    """The score as a piano roll, with the images above their notes and the features that the music follows."""

    needs_score: ClassVar[bool] = True

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["piano-roll.png"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `piano-roll.png`."""
        from ..visuals.pianoroll import draw

        assert content.score is not None
        path = out.path("piano_roll", "piano-roll.png", "image", "Piano roll")
        out.describe(roll=draw(path, content.sequence, content.score, content.audio).as_dict())


@OUTPUT_KINDS.register("tables")
@dataclass(frozen=True)
class Tables(SequenceOutput):
    """The order as `sequence.csv`, and `decisions.json`: why the music is what it is, image by image."""

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["sequence.csv", "decisions.json"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `sequence.csv` and `decisions.json`."""
        path = out.path("csv", "sequence.csv", "table", "The order as a table")
        table, values = content.sequence.table, content.sequence.values
        with files.atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["position", "path", "value", *_PLACE, *table.columns, *table.labels])
            for i, record in enumerate(table.records):
                measured = [_cell(column[i]) for column in (*table.columns.values(), *table.labels.values())]
                writer.writerow([i + 1, record.name, _cell(values[i]), *_place(content, i), *measured])
        path = out.path("decisions", "decisions.json", "text", "Musical decisions")
        files.write_json(path, _decisions(content))


#: The columns of `sequence.csv` that say when an image is shown.
_PLACE = ("start_s", "end_s", "duration_s", "frame", "timecode", "bar", "beat")


def _place(content: SequenceSource, i: int) -> list[Any]:
    """When image `i` is shown; see _PLACE."""
    seconds, frames = content.timeline.start_seconds, content.timeline.start_frames
    decision, frame = content.decision(i), int(frames[i])
    shown = [_cell(each) for each in (seconds[i], seconds[i + 1], seconds[i + 1] - seconds[i])]
    return [*shown, frame, timecode(frame, content.timeline.fps), decision["bar"], decision["beat"]]


def _decisions(content: SequenceSource) -> dict[str, Any]:
    sequence = content.sequence
    images = [
        {
            "position": i + 1,
            "path": record.name,
            "value": float(sequence.values[i]),
            "start_s": content.starts_s[i],
            **content.decision(i),
        }
        for i, record in enumerate(sequence.records)
    ]
    music = content.music()
    fixed = None if music is None else {name: music[name] for name in ("style", "key", "summary")}
    story = {"plan": sequence.plan, "cluster": sequence.cluster, "driver": sequence.driver.name}
    return story | {"music": fixed, "images": images}


def _cell(value: float) -> str:
    return f"{value:.10g}" if np.isfinite(value) else ""


#: What a sequence is written as unless its plan says otherwise.
DEFAULT_OUTPUTS = (Film(), Gif(), Wav(), Midi(), ContactSheet(), Storyboard(), PianoRoll(), Tables())


def output_names(outputs: Sequence[Output], settings: Settings) -> list[str]:
    """Return the file names that outputs may write, as far as they are known before."""
    return [name for each in outputs for name in getattr(each, "names", lambda _: [])(settings)]


def standard_outputs(*changed: Any, without: tuple[type, ...] = ()) -> tuple[Any, ...]:
    """Return the default outputs, with those of the same class replaced and further ones added.

    Parameters
    ----------
    *changed : Output
        What takes the place of the default output of its class, or is added.
    without : tuple of classes
        Default outputs to leave out.

    Examples
    --------
    >>> [type(each).__name__ for each in standard_outputs(Film(fps=24), Stems(), without=(Gif, PianoRoll))]
    ['Film', 'Wav', 'Midi', 'ContactSheet', 'Storyboard', 'Tables', 'Stems']
    """
    own = {type(each): each for each in changed}
    kept = [own.pop(type(each), each) for each in DEFAULT_OUTPUTS if type(each) not in without]
    return (*kept, *own.values())


def check_size(title: str, size: Any) -> None:
    """Raise ConfigError unless `size` is (width, height), each from 16 to 8192 pixels."""
    sides = size if isinstance(size, tuple | list) else ()
    if len(sides) != 2 or not all(isinstance(side, int) and 16 <= side <= 8192 for side in sides):
        raise ConfigError(f"{title}: {size!r} must be (width, height), each from 16 to 8192 px")


def check_fit(fit: Any) -> None:
    """Raise ConfigError unless `fit` is one of FITS."""
    if not isinstance(fit, str) or fit not in FITS:
        raise unknown("fit", fit, FITS)


def check_rate(fps: Any) -> None:
    """Raise ConfigError unless `fps` is a whole number or a frame rate of NTSC video."""
    if not is_ntsc(fps) and (not isinstance(fps, int) or isinstance(fps, bool) or fps < 1):
        raise ConfigError(f"fps={fps!r} must be a whole number, at least 1, or 23.976, 29.97 or 59.94")


def check_whole(title: str, number: Any, least: int) -> None:
    """Raise ConfigError unless `number` is an int of at least `least`."""
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        raise ConfigError(f"{title}={number!r} must be a whole number, at least {least}")


def check_seconds(title: str, seconds: Any, least: float, most: float) -> None:
    """Raise ConfigError unless `seconds` is a number from `least` to `most`."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not least <= seconds <= most:
        raise ConfigError(f"{title}: {seconds!r} must be a number of seconds from {least} to {most}")


def check_switch(title: str, value: Any) -> None:
    """Raise ConfigError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ConfigError(f"{title}={value!r} must be True or False")
