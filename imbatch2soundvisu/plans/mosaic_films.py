"""The film and the GIF in which a mosaic builds itself up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..config import Settings
from ..core import FeatureTable, frame_rate, size_of
from ..core.errors import ConfigError, unknown
from . import checks
from .film_outputs import Film, gif_size
from .mosaic_music import music_plan, scored_film
from .mosaic_outputs import MosaicOutput, MosaicSource
from .output_checks import check_seconds, check_size, check_switch
from .protocols import OutputFiles
from .registry import OUTPUT_KINDS

#: Seconds of a group of tiles, about; the music chooses the tempo.
GROUP_S = 0.6
#: Frames of the GIF, the seconds of each, and of the last.
GIF_FRAMES, GIF_FRAME_S, GIF_LAST_S = 40, 0.12, 2.5
#: The side of the film of a draft, in pixels.
_DRAFT_SIDE = 480


@OUTPUT_KINDS.register("build-up")
@dataclass(frozen=True)
class BuildUp(MosaicOutput):
    """A film and a GIF in which the mosaic builds itself up, in time with the music.

    The tiles come in groups, each of which begins on a beat; the music follows one tile of each group.

    Parameters
    ----------
    order : {"fidelity", "rows", "spiral", "random", "clusters"} or callable
        In which the tiles are placed: those first that improve the picture most; in reading order; from the middle
        outwards; at random; by colour, one cluster of similar tiles after the other. Or a function of the `Mosaic` that
        returns the numbers of its cells.
    seconds : float
        Of the film.
    hold : float
        Seconds for which the whole mosaic is shown at the end of it, about.
    size : str, int or (int, int), optional
        Of the film, as in `Film`; a whole number: its long side, in the aspect of the mosaic; None: that of VIDEO_SIZE.
    fps : int, float, Fraction or str, optional
        As in `Film`.
    gif : bool
        Write a GIF, too.
    """

    order: Any = "fidelity"
    seconds: float = 20.0
    hold: float = 3.0
    size: Any = None
    fps: Any = None
    gif: bool = True
    needs_audio: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", size_of(self.size))  # a name
        object.__setattr__(self, "fps", frame_rate(self.fps))

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for an order, duration, size or frame rate that is not possible."""
        from ..mosaic.films.placement_orders import PLACEMENTS

        if not callable(self.order) and self.order not in PLACEMENTS:
            raise unknown("order", self.order, PLACEMENTS)
        check_seconds("BuildUp(seconds=...)", self.seconds, 2, 3600)
        check_seconds("BuildUp(hold=...)", self.hold, 0.5, 60)
        if self.hold > self.seconds / 2:
            raise ConfigError(f"BuildUp(hold={self.hold:g}) is more than half of seconds={self.seconds:g}")
        check_film_size("BuildUp(size=...)", self.size)
        check_switch("gif", self.gif)

    def check_music(self, plan: Any, settings: Settings) -> None:
        """Raise ConfigError when the music of a plan cannot be that of this film."""
        checks.check(self._music_plan(plan, settings.video_size), settings)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["build-up.mp4", *(["build-up.gif"] if self.gif else [])]

    def cost(self, width: int, height: int) -> tuple[float, float]:
        """Return bytes and seconds, roughly, for a mosaic of the given size."""
        return self.seconds * 700_000 + (6_000_000 if self.gif else 0), self.seconds * 1.2 + 4

    def draft(self) -> BuildUp:
        """Return this output for a first look."""
        return BuildUp(self.order, min(self.seconds, 8.0), min(self.hold, 2.0), _DRAFT_SIDE, self.fps, False)

    def write(self, content: MosaicSource, out: OutputFiles) -> None:
        """Write `build-up.mp4` and `build-up.gif`."""
        from ..mosaic.films.placement_orders import placement_order

        order = placement_order(content.mosaic, self.order, out.settings.background, content.mosaic.options.seed)
        self._write_film(content, out, order)
        if self.gif:
            self._write_gif(content, out, order)

    def _write_film(self, content: Any, out: OutputFiles, order: np.ndarray) -> None:
        from ..mosaic.films import build_up
        from ..visuals.video import write_frames

        size = film_size(self.size, content.mosaic.size, out.settings)
        keyframes = self._keyframes(content, order)
        plan = self._music_plan(content.fields, size)
        scored, problems = scored_film(plan, keyframes, out.settings, out.progress)
        if problems:
            out.describe(lines=problems)
        timeline = scored.timeline
        placed = build_up.placing(content.mosaic, order, timeline.start_frames.tolist(), size, float(timeline.fps))
        frames = build_up.frames(content.mosaic, placed, timeline.total_frames, size, out.settings.background)
        path = out.path("build_up", "build-up.mp4", "video", "The mosaic builds itself up")
        write_frames(
            path, frames, timeline, scored.audio, size=size, title=content.plan, progress=out.progress,
        )  # fmt: skip

    def _write_gif(self, content: Any, out: OutputFiles, order: np.ndarray) -> None:
        from ..mosaic.films import build_up
        from ..visuals import write_gif

        width, height = content.mosaic.size
        size = gif_size(width / height, out.settings.gif_side)
        placed = build_up.stepwise(order, GIF_FRAMES)
        count = int(placed.starts[-1]) + 1

        def frames() -> Iterator[np.ndarray]:
            return build_up.frames(content.mosaic, placed, count, size, out.settings.background)

        seconds = [GIF_FRAME_S] * (count - 1) + [GIF_LAST_S]
        write_gif(
            out.path("build_up_gif", "build-up.gif", "image", "The mosaic builds itself up (GIF)"), frames, seconds
        )

    def _keyframes(self, content: Any, order: np.ndarray) -> FeatureTable:
        """The tile of the middle of each group, as rows of the table of tiles."""
        from ..mosaic.films.build_up import group_sizes

        made, row_of = content.mosaic, {record: row for row, record in enumerate(content.tiles.records)}
        ends = np.cumsum(group_sizes(len(order), self._groups))
        firsts = np.r_[0, ends[:-1]]
        cells = order[(firsts + ends - 1) // 2]
        return content.tiles.select([row_of[made.codebook.records[made.chosen[cell]]] for cell in cells.tolist()])

    @property
    def _groups(self) -> int:
        return max(4, round((self.seconds - self.hold) / GROUP_S))

    def _music_plan(self, plan: Any, size: tuple[int, int]) -> Any:
        film = Film(size, fps=self.fps)
        return music_plan(plan.name, plan.music, self.seconds, self.hold, film, plan.seed)


def check_film_size(title: str, size: Any) -> None:
    """Raise ConfigError unless a size is None, the long side, or (width, height) in pixels."""
    if size is not None:
        check_size(title, (size, size) if isinstance(size, int) else size)


def film_size(size: Any, picture: tuple[int, int], settings: Settings) -> tuple[int, int]:
    """Return width and height of a film, both even.

    Parameters
    ----------
    size : int, (int, int) or None
        The long side, in the aspect of the picture; width and height; None: the long side of VIDEO_SIZE.
    picture : (int, int)
        Width and height of what it shows.
    settings : Settings
        Those of the run.
    """
    if isinstance(size, tuple | list):
        width, height = size
    else:
        width, height = gif_size(picture[0] / picture[1], size or max(settings.video_size))
    return max(16, width // 2 * 2), max(16, height // 2 * 2)
