"""Title and end cards as frames of a film."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...core import ImageRecord
from .. import fonts
from ..frames import frame
from ..text_blocks import TextStyle, block, fitted, luma, wrapped
from ..text_drawing import Colour
from .film_text import TitleCard

#: Largest and smallest font of a title, as shares of the shorter side of the frame; that of a subtitle, of the title's.
LARGEST, SMALLEST, SUBTITLE = 0.13, 0.035, 0.48
#: Shares of the width and height of a frame that text may take.
FREE = (0.84, 0.74)
_LINES = 5
_WHITE, _BLACK = (255, 255, 255), (24, 24, 24)
_BLUR, _DARKENED = 0.03, 0.45


@dataclass(frozen=True)
class CardFrame:
    """A card, and the image beside it.

    Parameters
    ----------
    card : TitleCard
        What it shows.
    record : ImageRecord
        The image that a background "blur" shows.
    """

    card: TitleCard
    record: ImageRecord

    def drawn(self, size: tuple[int, int], background: Colour) -> np.ndarray:
        """Return the card.

        Parameters
        ----------
        size : (int, int)
            Width and height of the frame in pixels.
        background : (int, int, int)
            Where the card does not set one.

        Returns
        -------
        ndarray of shape (height, width, 3)
            uint8, sRGB.
        """
        canvas, behind = self._canvas(size, background)
        colour = self.card.colour or (_WHITE if luma(behind) < 140 else _BLACK)
        pictures = self._blocks(size, colour)
        gap = round(0.5 * pictures[-1].shape[0]) if len(pictures) > 1 else 0
        top = (size[1] - sum(each.shape[0] for each in pictures) - gap) // 2
        for picture in pictures:
            _paste(canvas, picture, (size[0] - picture.shape[1]) // 2, top)
            top += picture.shape[0] + gap
        return canvas

    def _canvas(self, size: tuple[int, int], background: Colour) -> tuple[np.ndarray, Colour]:
        """The background, and its mean colour."""
        if self.card.background != "blur":
            plain = background if self.card.background is None else self.card.background
            assert not isinstance(plain, str)
            return np.full((size[1], size[0], 3), plain, np.uint8), plain
        import cv2

        pixels = cv2.GaussianBlur(frame(self.record, size, "fill"), (0, 0), _BLUR * max(size))
        pixels = np.rint(pixels * np.float32(_DARKENED)).astype(np.uint8)
        red, green, blue = (int(each) for each in pixels.mean(axis=(0, 1)))
        return pixels, (red, green, blue)

    def _blocks(self, size: tuple[int, int], colour: Colour) -> list[np.ndarray]:
        """The title, and the subtitle where there is one."""
        card, side = self.card, min(size)
        font = None if card.font is None else fonts.find_font(card.font)
        free = round(FREE[0] * size[0]), round(FREE[1] * size[1])
        style = TextStyle(round((card.size or LARGEST) * side), colour, "none", font=font, bold=font is None)
        title_box = (free[0], round(free[1] * (0.68 if card.subtitle else 1)))
        style = fitted(card.text, title_box, style, max(8, round(SMALLEST * side)), _LINES)
        found = [block(wrapped(card.text, free[0], style, _LINES), style)]
        if card.subtitle:
            small = replace(style, size=max(8, round(SUBTITLE * style.size)), bold=False)
            found.append(block(wrapped(card.subtitle, free[0], small, 3), small))
        return found


def _paste(canvas: np.ndarray, picture: np.ndarray, left: int, top: int) -> None:
    """Draw a picture; what reaches beyond the canvas is cut off."""
    part = canvas[max(0, top) : max(0, top + picture.shape[0]), max(0, left) : max(0, left + picture.shape[1])]
    picture = picture[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1]]
    alpha = picture[..., 3:].astype(np.float32) / 255
    part[:] = np.rint(part * (1 - alpha) + picture[..., :3] * alpha)
