"""The cards, captions, watermark and fades of one film, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import ImageRecord, Timeline
from .. import fonts
from ..text_blocks import TextStyle, block, wrapped
from ..text_drawing import Colour
from . import cards, yuv
from .film_text import POSITIONS, Captions, Fade, TitleCard, Watermark
from .overlays import Overlay, Placed, overlay

if TYPE_CHECKING:
    from .schedule import Shot

_TEXT_SIZE, _IMAGE_SIZE = 0.03, 0.14
_GAP = 0.4


@dataclass(frozen=True)
class Dressing:
    """What is drawn on and between the images of a film.

    Parameters
    ----------
    title, end : TitleCard, optional
        Cards, where the timeline has time for them.
    captions : Captions, optional
        How captions look.
    texts : tuple of str
        (n,) the captions of the images; empty without.
    watermark : Watermark, optional
        On every image.
    fade_in, fade_out : Fade, optional
        Of picture and sound.
    """

    title: TitleCard | None = None
    end: TitleCard | None = None
    captions: Captions | None = None
    texts: tuple[str, ...] = ()
    watermark: Watermark | None = None
    fade_in: Fade | None = None
    fade_out: Fade | None = None

    def slots(self, records: Sequence[ImageRecord], timeline: Timeline) -> tuple[list[Any], Timeline]:
        """Return images and cards in the order they are shown, and a timeline with a duration for each.

        Time that a timeline reserves for a card that this film does not have belongs to the image beside it.
        """
        shown: list[Any] = list(records)
        beats = list(timeline.beats)
        for card, time, first in ((self.title, timeline.title_beats, True), (self.end, timeline.end_beats, False)):
            at, edge = (0, 0) if first else (len(shown), -1)
            if card is not None and time:
                beats.insert(at, time)
                shown.insert(at, cards.CardFrame(card, records[edge]))
            else:
                beats[edge] += time
        return shown, replace(timeline, beats=tuple(beats), title_beats=0, end_beats=0)

    @cached_property
    def _mark(self) -> dict[tuple[int, int], Placed]:
        return {}

    def on_image(self, index: int, size: tuple[int, int]) -> Overlay | None:
        """Return the caption and the watermark of image `index`, None where it has neither."""
        mark = self._watermark(size)
        placed = [] if mark is None else [mark]
        text = self.texts[index] if self.captions is not None and self.captions.burned_in and self.texts else ""
        if text.strip() and self.captions is not None:
            placed.append(_placed_caption(text, self.captions, self.watermark, mark, size))
        return overlay(placed, size) if placed else None

    def _watermark(self, size: tuple[int, int]) -> Placed | None:
        if self.watermark is None:
            return None
        if size not in self._mark:
            self._mark[size] = _placed_watermark(self.watermark, size)
        return self._mark[size]

    def faded(self, film: Iterator[Shot], timeline: Timeline, size: tuple[int, int]) -> Iterator[Shot]:
        """Yield the shots of a film, those within a fade frame by frame."""
        if self.fade_in is None and self.fade_out is None:
            yield from film
            return
        total = timeline.total_frames
        opens, closes = self._lengths(float(timeline.fps), total)
        colours = [yuv.to_planar(np.full((size[1], size[0], 3), rgb, np.uint8)) for rgb in self._fade_colours()]
        for shot in film:
            end = shot.start + shot.length
            solo = min(max(shot.start, opens), end), max(min(end, total - closes), shot.start)
            for number in range(shot.start, min(opens, end)):
                yield _mixed(shot, number, colours[0], number / opens)
            if solo[0] < solo[1]:
                key = shot.key and solo[0] == shot.start
                yield replace(shot, start=solo[0], length=solo[1] - solo[0], key=key)
            for number in range(max(total - closes, shot.start), end):
                yield _mixed(shot, number, colours[1], (total - 1 - number) / closes)

    def _fade_colours(self) -> list[Colour]:
        return [(0, 0, 0) if fade is None else fade.rgb for fade in (self.fade_in, self.fade_out)]

    def _lengths(self, rate: float, total: int) -> tuple[int, int]:
        """Frames or samples of both fades, each at most half of the film."""
        opens, closes = (0 if fade is None else round(fade.seconds * rate) for fade in (self.fade_in, self.fade_out))
        return min(opens, total // 2), min(closes, total // 2)

    def gain(self, start: int, stop: int, total: int, rate: int) -> np.ndarray | None:
        """Return the gain of samples `start` to `stop` of `total`, (stop - start, 1) float32; None where it is 1."""
        opens, closes = self._lengths(rate, total)
        if start >= opens and stop <= total - closes:
            return None
        at = np.arange(start, stop, dtype=np.float64)
        rise = _rise(np.minimum(at / max(opens, 1), 1)) if opens else np.ones(len(at))
        fall = _rise(np.minimum((total - 1 - at) / max(closes, 1), 1)) if closes else np.ones(len(at))
        return (rise * fall).astype(np.float32)[:, None]


def _mixed(shot: Shot, number: int, colour: np.ndarray, share: float) -> Shot:
    """One frame of a shot, `share` of its way from a colour."""
    planar = yuv.blend(colour, shot.planar, float(_rise(share)))
    return replace(shot, planar=planar, start=number, length=1, key=shot.key and number == shot.start)


def _rise(share: Any) -> Any:
    """A raised cosine from 0 to 1, as the music's fades have."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0, 1))


def _placed_caption(
    text: str, captions: Captions, watermark: Watermark | None, mark: Placed | None, size: tuple[int, int]
) -> Placed:
    x, y = POSITIONS[captions.position]
    style = TextStyle(
        _pixels(captions.size, size), captions.colour, captions.backing,
        {0.0: "left", 1.0: "right"}.get(x, "center"), _font(captions.font),
    )  # fmt: skip
    width, height = _free(captions.safe_area, size)
    fewer = max(1, min(captions.max_lines, int((height - 2 * style.padding) // (1.3 * style.size))))
    picture = block(wrapped(text, width - 2 * style.padding, style, fewer), style)
    left, top = _corner(picture, captions.position, captions.safe_area, size)
    if mark is not None and watermark is not None and _share_a_place(captions.position, watermark.position):
        away = mark[0].shape[0] + round(_GAP * style.size)
        top = mark[1][1] + away if y == 0 else mark[1][1] - picture.shape[0] - round(_GAP * style.size)
    return picture, (left, top)


def _share_a_place(caption: str, mark: str) -> bool:
    (x, y), (mark_x, mark_y) = POSITIONS[caption], POSITIONS[mark]
    return y == mark_y and (x == mark_x or 0.5 in (x, mark_x))


def _placed_watermark(watermark: Watermark, size: tuple[int, int]) -> Placed:
    if watermark.image is not None:
        picture = _image(watermark.image, _pixels(watermark.size or _IMAGE_SIZE, size))
    else:
        width, _ = _free(watermark.safe_area, size)
        style = TextStyle(
            _pixels(watermark.size or _TEXT_SIZE, size), watermark.colour, "outline", font=_font(watermark.font)
        )
        picture = block(wrapped(str(watermark.mark), width - 2 * style.padding, style, 2), style)
    picture = picture.copy()
    picture[..., 3] = np.rint(picture[..., 3] * watermark.opacity)
    return picture, _corner(picture, watermark.position, watermark.safe_area, size)


def _image(path: Path, side: int) -> np.ndarray:
    from PIL import Image, ImageOps

    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGBA")
    scale = side / max(picture.size)
    small = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return np.asarray(picture.resize(small, Image.Resampling.LANCZOS))


def _corner(picture: np.ndarray, position: str, area: Any, size: tuple[int, int]) -> tuple[int, int]:
    (x, y), (across, down) = POSITIONS[position], _edges(area, size)
    height, width = picture.shape[:2]
    return round(across + x * (size[0] - 2 * across - width)), round(down + y * (size[1] - 2 * down - height))


def _edges(area: Any, size: tuple[int, int]) -> tuple[int, int]:
    shares = tuple(area) if isinstance(area, tuple | list) else (area, area)
    return round(shares[0] * size[0]), round(shares[1] * size[1])


def _free(area: Any, size: tuple[int, int]) -> tuple[int, int]:
    across, down = _edges(area, size)
    return size[0] - 2 * across, size[1] - 2 * down


def _pixels(share: float, size: tuple[int, int]) -> int:
    return max(6, round(share * min(size)))


def _font(font: str | Path | None) -> Path | None:
    return None if font is None else fonts.find_font(font)
