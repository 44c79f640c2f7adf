"""A sequence as a film and as a GIF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..config import Settings
from ..core import Needs, frame_rate, size_of
from ..core.errors import ConfigError
from . import film_text
from .output_checks import check_fit, check_rate, check_seconds, check_size, check_switch, check_whole
from .protocols import OutputFiles, SequenceSource
from .registry import OUTPUT_KINDS
from .sequence_outputs import SequenceOutput


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
