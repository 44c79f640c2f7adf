"""What a film shows besides its images: cards, captions, a watermark, fades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ...core import ImageRecord
from ...core.errors import ConfigError, unknown
from ...core.image_names import IMAGE_ENDINGS, is_file
from ..text_blocks import BACKINGS
from ..text_drawing import Colour
from .field_checks import check_colour, check_font, check_picture, check_position, check_range, check_safe_area

#: What captions can say, by name.
CAPTIONS = ("name", "date", "value", "number", "cluster")
_COLOURS: dict[str, Colour] = {"black": (0, 0, 0), "white": (255, 255, 255)}

CaptionText = str | Callable[[ImageRecord], Any]


@dataclass(frozen=True)
class TitleCard:
    """Text on a card before the first image.

    Its duration is a whole number of images, or of beats where images are longer, so that cuts stay on beats. A
    `total_seconds` of the plan includes it.

    Parameters
    ----------
    text : str
        The title; "\\n" starts a new line. In it and in the subtitle, "{plan}", "{cluster}", "{count}" and "{years}"
        stand for those of the sequence.
    seconds : float
        From 0.2 to 60, met as closely as the beats allow.
    subtitle : str
        A smaller text below.
    background : (int, int, int), "blur" or None
        sRGB colour, or the image beside the card, blurred and darkened; None: BACKGROUND of the settings.
    colour : (int, int, int), optional
        Of the text; None: white or black, in contrast to the background.
    font : str or Path, optional
        A font file, or the name of an installed font; None: DejaVu Sans, bold.
    size : float, optional
        Height of the font as a share of the shorter side of the frame, from 0.02 to 0.4; None: as large as fits.

    Raises
    ------
    ConfigError
        If a value is out of range, or the font is not installed.

    Examples
    --------
    >>> TitleCard("Ten years", 3).seconds
    3
    """

    text: str
    seconds: float = 3.0
    subtitle: str = ""
    background: Colour | str | None = None
    colour: Colour | None = None
    font: str | Path | None = None
    size: float | None = None

    def __post_init__(self) -> None:
        title = type(self).__name__
        if not isinstance(self.text, str) or not isinstance(self.subtitle, str) or not self.text.strip():
            raise ConfigError(f"{title}(text={self.text!r}): a card needs a text")
        check_range(f"{title}(seconds=...)", self.seconds, 0.2, 60)
        if self.background is not None and self.background != "blur":
            check_colour(f"{title}(background=...)", self.background, 'or "blur"')
        if self.colour is not None:
            check_colour(f"{title}(colour=...)", self.colour)
        if self.size is not None:
            check_range(f"{title}(size=...)", self.size, 0.02, 0.4)
        check_font(self.font)


@dataclass(frozen=True)
class EndCard(TitleCard):
    """Text on a card after the last image; see `TitleCard`.

    Examples
    --------
    >>> EndCard("The end").seconds
    3.0
    """


@dataclass(frozen=True)
class Captions:
    """A text on each image.

    Parameters
    ----------
    text : str, callable or tuple of these
        "name" (of the file), "date" (from EXIF or the name), "value" (of the driving feature), "number", "cluster",
        or a function of the `ImageRecord` that returns a text, "" for none. Several are lines of one caption.
    position : str
        "bottom", "top", "center", "left", "right", "bottom-left", ...
    size : float
        Height of the font as a share of the shorter side of the frame, from 0.015 to 0.2.
    safe_area : float or (float, float), optional
        Share of width and height at each edge that stays free of text, from 0 to 0.4; 0.05 when None, and 0.12 of the
        height in vertical films, where apps show their buttons.
    backing : {"box", "outline", "none"}
        What keeps the text readable on any image: a translucent box, an outline, nothing.
    colour : (int, int, int)
        sRGB colour of the text.
    font : str or Path, optional
        A font file, or the name of an installed font; None: DejaVu Sans.
    max_lines : int
        Longer texts end in an ellipsis.
    date_format : str
        How "date" is written, as `datetime.strftime` takes it.
    burned_in : bool
        Draw captions on the images. They are written as subtitles (`sequence.srt`) in either case.

    Raises
    ------
    ConfigError
        If a value is out of range or unknown.

    Examples
    --------
    >>> Captions(("date", "name"), position="top").lines
    ('date', 'name')
    """

    text: CaptionText | tuple[CaptionText, ...] = "name"
    position: str = "bottom"
    size: float = 0.042
    safe_area: float | tuple[float, float] | None = None
    backing: str = "box"
    colour: Colour = (255, 255, 255)
    font: str | Path | None = None
    max_lines: int = 2
    date_format: str = "%Y-%m-%d"
    burned_in: bool = True

    def __post_init__(self) -> None:
        for line in self.lines:
            if isinstance(line, type) or not callable(line) and line not in CAPTIONS:
                raise unknown("captions", line, CAPTIONS)
        if not self.lines:
            raise ConfigError("Captions(text=()): give a text")
        check_position(self.position)
        check_range("Captions(size=...)", self.size, 0.015, 0.2)
        check_safe_area("Captions", self.safe_area)
        if self.backing not in BACKINGS:
            raise unknown("backing", self.backing, BACKINGS)
        check_colour("Captions(colour=...)", self.colour)
        if isinstance(self.max_lines, bool) or not isinstance(self.max_lines, int) or not 1 <= self.max_lines <= 12:
            raise ConfigError(f"Captions(max_lines={self.max_lines!r}) must be a whole number from 1 to 12")
        if not isinstance(self.date_format, str) or not self.date_format.strip():
            raise ConfigError(f'Captions(date_format={self.date_format!r}) must be a text such as "%d %B %Y"')
        if not isinstance(self.burned_in, bool):
            raise ConfigError(f"Captions(burned_in={self.burned_in!r}) must be True or False")
        check_font(self.font)

    @property
    def lines(self) -> tuple[CaptionText, ...]:
        """The texts, each a line."""
        return tuple(self.text) if isinstance(self.text, tuple | list) else (self.text,)


@dataclass(frozen=True)
class Watermark:
    """A text or an image on every image of a film.

    Parameters
    ----------
    mark : str or Path
        A text, or the file of an image (`.png` with transparency, `.jpg`, ...).
    position : str
        "top-right", "bottom-left", "center", ...
    opacity : float
        From 0.05 to 1.
    size : float, optional
        Share of the shorter side of the frame, from 0.01 to 1: height of the font (0.03 when None), or longer side of
        the image (0.14).
    safe_area : float or (float, float), optional
        As in `Captions`.
    colour : (int, int, int)
        Of a text.
    font : str or Path, optional
        Of a text.

    Raises
    ------
    ConfigError
        If a value is out of range, or the image does not exist or cannot be read.

    Examples
    --------
    >>> Watermark("© Me", "bottom-right", 0.5).image is None
    True
    """

    mark: str | Path
    position: str = "top-right"
    opacity: float = 0.6
    size: float | None = None
    safe_area: float | tuple[float, float] | None = None
    colour: Colour = (255, 255, 255)
    font: str | Path | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.mark, str | Path) or not str(self.mark).strip():
            raise ConfigError(f"Watermark({self.mark!r}) needs a text or an image file")
        if self.image is not None:
            check_picture(f"Watermark({str(self.mark)!r})", self.image)
        check_position(self.position)
        check_range("Watermark(opacity=...)", self.opacity, 0.05, 1)
        if self.size is not None:
            check_range("Watermark(size=...)", self.size, 0.01, 1)
        check_safe_area("Watermark", self.safe_area)
        check_colour("Watermark(colour=...)", self.colour)
        check_font(self.font)

    @property
    def image(self) -> Path | None:
        """The file of an image; None for a text."""
        path = Path(self.mark).expanduser()
        is_image = isinstance(self.mark, Path) or self.mark.lower().endswith(IMAGE_ENDINGS) or is_file(path)
        return path if is_image else None


@dataclass(frozen=True)
class Fade:
    """A fade from or to a colour, of the picture and of the film's sound.

    Parameters
    ----------
    seconds : float
        From 0 to 60; at most half of the film.
    colour : "black", "white" or (int, int, int)
        sRGB colour.

    Raises
    ------
    ConfigError
        If a value is out of range.

    Examples
    --------
    >>> Fade(1.5, "white").rgb
    (255, 255, 255)
    """

    seconds: float = 1.0
    colour: str | Colour = "black"

    #: What a number of seconds stands for.
    default: ClassVar[str] = "black"

    def __post_init__(self) -> None:
        check_range("Fade(seconds=...)", self.seconds, 0, 60)
        if isinstance(self.colour, str):
            if self.colour not in _COLOURS:
                raise unknown("colour", self.colour, _COLOURS)
        else:
            check_colour("Fade(colour=...)", self.colour)

    @property
    def rgb(self) -> Colour:
        """The colour as (red, green, blue)."""
        return _COLOURS[self.colour] if isinstance(self.colour, str) else self.colour


def as_title(card: TitleCard | str | None) -> TitleCard | None:
    """Return a title card; a text is one of three seconds."""
    return _as(card, TitleCard, "title")


def as_end(card: TitleCard | str | None) -> TitleCard | None:
    """Return an end card; a text is one of three seconds."""
    return _as(card, EndCard, "end")


def as_captions(captions: Any) -> Captions | None:
    """Return captions from their text, or as they are."""
    if captions is None or isinstance(captions, Captions):
        return captions
    if isinstance(captions, str | tuple | list) or (callable(captions) and not isinstance(captions, type)):
        return Captions(tuple(captions) if isinstance(captions, list) else captions)
    raise ConfigError(f"captions={captions!r} must be one of {', '.join(CAPTIONS)}, a function, or Captions(...)")


def as_watermark(watermark: Any) -> Watermark | None:
    """Return a watermark from its text or file, or as it is."""
    if watermark is None or isinstance(watermark, Watermark):
        return watermark
    if isinstance(watermark, str | Path):
        return Watermark(watermark)
    raise ConfigError(f"watermark={watermark!r} must be a text, an image file, or Watermark(...)")


def as_fade(title: str, fade: Any) -> Fade | None:
    """Return a fade; a number is its seconds, to black. None for none."""
    if isinstance(fade, int | float) and not isinstance(fade, bool):
        fade = Fade(fade)
    if fade is None or isinstance(fade, Fade):
        return fade if fade is not None and fade.seconds > 0 else None
    raise ConfigError(f"{title}={fade!r} must be a number of seconds or Fade(seconds, colour)")


def _as(card: Any, kind: type[TitleCard], title: str) -> TitleCard | None:
    if card is None or isinstance(card, TitleCard):
        return card
    if isinstance(card, str):
        return kind(card)
    raise ConfigError(f"{title}={card!r} must be a text or {kind.__name__}(...)")
