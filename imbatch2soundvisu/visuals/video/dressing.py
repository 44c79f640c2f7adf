"""The cards, captions, watermark and fades of one film, ready to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...core import ImageRecord, Timeline
from .. import fonts
from ..text_blocks import TextStyle, block, wrapped
from . import cards
from .field_checks import POSITIONS
from .film_text import Captions, Fade, TitleCard, Watermark
from .overlays import Overlay, Placed, overlay

_TEXT_SIZE, _IMAGE_SIZE = 0.03, 0.14
_GAP = 0.4
#: Default share of a frame that stays free at each edge; of the height where it is this many times the width.
_EDGE, _EDGE_OF_VERTICAL, _VERTICAL = 0.05, 0.12, 1.4


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

    def mark(self, size: tuple[int, int]) -> Overlay | None:
        """Return the watermark; None without."""
        mark = self._watermark(size)
        return None if mark is None else overlay([mark], size)

    def caption(self, index: int, size: tuple[int, int]) -> Overlay | None:
        """Return the caption of image `index`; None where it has none."""
        text = self.texts[index] if self.captions is not None and self.captions.burned_in and self.texts else ""
        if not text.strip() or self.captions is None:
            return None
        placed = _placed_caption(text, self.captions, self.watermark, self._watermark(size), size)
        return overlay([placed], size, text)

    def _watermark(self, size: tuple[int, int]) -> Placed | None:
        if self.watermark is None:
            return None
        if size not in self._mark:
            self._mark[size] = _placed_watermark(self.watermark, size)
        return self._mark[size]


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
    if area is None:
        area = (_EDGE, _EDGE_OF_VERTICAL if size[1] > _VERTICAL * size[0] else _EDGE)
    shares = tuple(area) if isinstance(area, tuple | list) else (area, area)
    return round(shares[0] * size[0]), round(shares[1] * size[1])


def _free(area: Any, size: tuple[int, int]) -> tuple[int, int]:
    across, down = _edges(area, size)
    return size[0] - 2 * across, size[1] - 2 * down


def _pixels(share: float, size: tuple[int, int]) -> int:
    return max(6, round(share * min(size)))


def _font(font: str | Path | None) -> Path | None:
    return None if font is None else fonts.find_font(font)
