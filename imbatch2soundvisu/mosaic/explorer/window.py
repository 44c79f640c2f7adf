"""A window with a slider for the scale."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...core.errors import MakeError
from ...visuals.fonts import font_files
from ..scales import ScaledMosaics
from .computing import Computing
from .drawing import Layout, State, draw, fitted

#: Share of the screen that a new window takes.
_SHARE = 0.85
_SMALLEST = (420, 320)
_INSTEAD = "A page can be written instead: page=True, in the shell --page"
#: Ctrl-C in the terminal is noticed after so many milliseconds.
_WAIT_MS = 500


def has_screen() -> bool:
    """Return whether there is a screen for a window."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return os.environ.get("SDL_VIDEODRIVER") not in ("dummy", "offscreen")


class Window:
    """Shows the mosaics of a target; keys and a slider change the scale.

    Parameters
    ----------
    mosaics : ScaledMosaics
        The mosaics.
    title : str
        The name of the target.
    saved_at : callable
        The path at which a scale is saved.
    start : int
        The scale that is shown first.
    """

    def __init__(self, mosaics: ScaledMosaics, title: str, saved_at: Callable[[int], Path], start: int) -> None:
        self._mosaics, self._title, self._saved_at = mosaics, title, saved_at
        self._scale, self._original, self._dragging = start, False, False

    def run(self) -> tuple[Path, ...]:
        """Show the window until it is closed. Return the files that were saved.

        Raises
        ------
        MakeError
            If no window can be opened.
        """
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        os.environ.setdefault("SDL_VIDEO_X11_WMCLASS", "imbatch2soundvisu")
        import pygame

        try:
            try:
                pygame.display.init()
                pygame.font.init()
                self._open(pygame)
            except pygame.error as error:
                raise MakeError(f"no window can be opened: {error}. {_INSTEAD}") from error
            return self._loop(pygame)
        finally:
            pygame.font.quit()
            pygame.display.quit()

    def _open(self, pygame: Any) -> None:
        screen = pygame.display.get_desktop_sizes()[0]
        self._text = max(15, min(28, screen[1] // 60))
        self._font = pygame.font.Font(str(font_files()[0]), self._text)
        self._side = max(screen)
        space = round(screen[0] * _SHARE), round(screen[1] * _SHARE)
        bar = Layout(*space, self._text).bar
        height, width = self._mosaics.target.shape[:2]
        image = fitted((width, height), (space[0], space[1] - bar))
        size = max(_SMALLEST[0], image[0]), max(_SMALLEST[1], image[1] + bar)
        self._surface = pygame.display.set_mode(size, pygame.RESIZABLE)
        pygame.key.set_repeat(350, 90)

    def _loop(self, pygame: Any) -> tuple[Path, ...]:
        arrived = pygame.event.custom_type()

        def report() -> None:
            if pygame.display.get_init():
                pygame.event.post(pygame.event.Event(arrived))

        self._computing = Computing(self._mosaics, self._side, report)
        self._computing.start(self._scale)
        try:
            self._draw(pygame)
            while self._handled(pygame, [pygame.event.wait(_WAIT_MS), *pygame.event.get()]):
                self._draw(pygame)
        finally:
            self._computing.close()
        return tuple(self._computing.saved)

    def _handled(self, pygame: Any, events: list[Any]) -> bool:
        """Do what events say; False when the window is to be closed."""
        return all([self._handle(pygame, event) for event in events])

    def _handle(self, pygame: Any, event: Any) -> bool:
        if event.type == pygame.QUIT:
            return False
        if event.type == pygame.KEYDOWN:
            return self._pressed(pygame, event.key)
        if event.type == pygame.KEYUP and event.key == pygame.K_o:
            self._original = False
        elif event.type == pygame.MOUSEWHEEL:
            self._step(1 if event.y > 0 else -1)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1 and self._layout.on_slider(*event.pos):
            self._dragging = True
            self._go(self._layout.scale_at(event.pos[0], self._mosaics.scales))
        elif event.type == pygame.MOUSEMOTION and self._dragging:
            self._go(self._layout.scale_at(event.pos[0], self._mosaics.scales))
        elif event.type == pygame.MOUSEBUTTONUP:
            self._dragging = False
        return True

    def _pressed(self, pygame: Any, key: int) -> bool:
        steps = {
            pygame.K_LEFT: -1, pygame.K_DOWN: -1, pygame.K_RIGHT: 1, pygame.K_UP: 1,
            pygame.K_PAGEDOWN: -3, pygame.K_PAGEUP: 3, pygame.K_HOME: -10_000, pygame.K_END: 10_000,
        }  # fmt: skip
        if key == pygame.K_ESCAPE:
            return False
        if key in steps:
            self._step(steps[key])
        elif key == pygame.K_s:
            self._computing.save(self._scale, self._saved_at(self._scale))
        elif key == pygame.K_o:
            self._original = True
        return True

    def _step(self, by: int) -> None:
        scales = self._mosaics.scales
        self._go(scales[min(len(scales) - 1, max(0, scales.index(self._scale) + by))])

    def _go(self, scale: int) -> None:
        if scale != self._scale:
            self._scale, self._computing.message = scale, ""
            self._computing.ask(scale)

    @property
    def _layout(self) -> Layout:
        width, height = self._surface.get_size()
        return Layout(width, height, self._text)

    def _draw(self, pygame: Any) -> None:
        state = self._state()
        self._surface = pygame.display.get_surface()
        draw(self._surface, state, self._layout, self._font)
        pygame.display.set_caption(" - ".join(filter(None, (self._title, f"scale {self._scale}", state.message))))
        pygame.display.flip()

    def _state(self) -> State:
        found = None if self._original else self._computing.best(self._scale)
        width, height = self._mosaics.tile(self._scale)
        details, message = f"tiles of {width} × {height} px", self._computing.message
        if found is not None and found.tiles:
            details = f"{found.tiles:,} {details}"
        if not message and not self._original:
            message = "computing …" if found is None else "preview" if found.is_preview else found.problem
        pixels = self._mosaics.target if found is None else found.pixels
        return State(self._mosaics.scales, self._scale, pixels, "original" if self._original else details, message)
