"""What a window shows: the image, and below it a bar with a slider and what the keys do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

BACKGROUND, BAR, TRACK, HANDLE = (18, 18, 20), (32, 32, 36), (92, 92, 100), (255, 190, 92)
TEXT, FAINT = (240, 240, 242), (168, 168, 176)
#: What the keys do, longest first; the first that fits is shown.
HINTS = (
    "← → scale    S save    O original    Esc leave",
    "← → scale   S save   Esc leave",
    "S save   Esc leave",
    "",
)


@dataclass(frozen=True)
class State:
    """What a window shows.

    Parameters
    ----------
    scales : tuple of int
        The scales of the slider.
    scale : int
        The one it stands at.
    pixels : ndarray of shape (h, w, 3)
        uint8, sRGB.
    details : str
        What is shown of the mosaic beside its scale.
    message : str
        What happened last.
    """

    scales: tuple[int, ...]
    scale: int
    pixels: np.ndarray
    details: str
    message: str


@dataclass(frozen=True)
class Layout:
    """Where things are in a window of (width, height) pixels, with text of a size in pixels."""

    width: int
    height: int
    text: int

    @property
    def bar(self) -> int:
        """Height of the bar."""
        return round(self.text * 4.2)

    @property
    def track(self) -> tuple[int, int, int]:
        """Left, right and middle of the slider."""
        left = round(self.text * 6.5)
        return (
            left,
            max(left + 20, self.width - round(self.text * 1.2)),
            self.height - self.bar + round(self.text * 1.3),
        )

    def x_of(self, scale: int, scales: tuple[int, ...]) -> int:
        """Return where a scale is on the slider."""
        left, right, _ = self.track
        return left + round((right - left) * scales.index(scale) / max(1, len(scales) - 1))

    def scale_at(self, x: int, scales: tuple[int, ...]) -> int:
        """Return the scale that is nearest to a place on the slider.

        Examples
        --------
        >>> layout = Layout(600, 400, 20)
        >>> [layout.scale_at(x, (1, 2, 3)) for x in (0, layout.x_of(2, (1, 2, 3)) + 5, 999)]
        [1, 2, 3]
        """
        return min(scales, key=lambda scale: abs(self.x_of(scale, scales) - x))

    def on_slider(self, x: int, y: int) -> bool:
        """Whether a place is on the slider, or near enough to mean it."""
        left, right, middle = self.track
        return left - self.text <= x <= right + self.text and abs(y - middle) <= self.text


def fitted(size: tuple[int, int], space: tuple[int, int]) -> tuple[int, int]:
    """Return the largest width and height of an image of a size that fit into a space; never larger than twice.

    Examples
    --------
    >>> fitted((400, 200), (200, 200)), fitted((10, 10), (200, 200))
    ((200, 100), (20, 20))
    """
    factor = min(space[0] / size[0], space[1] / size[1], 2.0)
    return max(1, int(size[0] * factor)), max(1, int(size[1] * factor))


def draw(surface: Any, state: State, layout: Layout, font: Any) -> None:
    """Draw everything on a surface of pygame."""
    import cv2
    import pygame

    surface.fill(BACKGROUND)
    space = layout.width, max(1, layout.height - layout.bar)
    size = fitted((state.pixels.shape[1], state.pixels.shape[0]), space)
    way = cv2.INTER_AREA if size[0] < state.pixels.shape[1] else cv2.INTER_CUBIC
    image = cv2.resize(state.pixels, size, interpolation=way)
    place = (space[0] - size[0]) // 2, (space[1] - size[1]) // 2
    surface.blit(pygame.surfarray.make_surface(image.swapaxes(0, 1)), place)
    pygame.draw.rect(surface, BAR, (0, space[1], layout.width, layout.bar))
    _draw_slider(surface, state, layout, font)
    _draw_texts(surface, state, layout, font)


def _draw_slider(surface: Any, state: State, layout: Layout, font: Any) -> None:
    import pygame

    left, right, middle = layout.track
    label = font.render(f"Scale {state.scale}", True, TEXT)
    surface.blit(label, (round(layout.text * 0.8), middle - label.get_height() // 2))
    pygame.draw.line(surface, TRACK, (left, middle), (right, middle), max(2, layout.text // 6))
    for scale in state.scales:
        pygame.draw.circle(surface, TRACK, (layout.x_of(scale, state.scales), middle), max(3, layout.text // 5))
    handle = layout.x_of(state.scale, state.scales), middle
    pygame.draw.aacircle(surface, HANDLE, handle, max(7, layout.text // 2))


def _draw_texts(surface: Any, state: State, layout: Layout, font: Any) -> None:
    margin, y = round(layout.text * 0.8), layout.height - round(layout.text * 1.8)
    said = " · ".join(filter(None, (state.details, state.message)))
    left = font.render(_shortened(said, font, layout.width - 2 * margin), True, TEXT)
    surface.blit(left, (margin, y))
    free_px = layout.width - left.get_width() - 4 * margin
    hint = next(each for each in HINTS if not each or font.size(each)[0] <= free_px)
    right = font.render(hint, True, FAINT)
    surface.blit(right, (layout.width - margin - right.get_width(), y))


def _shortened(text: str, font: Any, width: int) -> str:
    """A text that is no wider than a width; what is left out in its middle is "…"."""
    if font.size(text)[0] <= width:
        return text
    kept = len(text)
    while kept > 2 and font.size(f"{text[: kept // 2]}…{text[-(kept // 2) :]}")[0] > width:
        kept -= 1
    return f"{text[: kept // 2]}…{text[-(kept // 2) :]}"
