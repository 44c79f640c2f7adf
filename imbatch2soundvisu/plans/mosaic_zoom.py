"""The zoom film of a mosaic: from one photo out through several mosaics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..config import Settings
from ..core import Collection, FeatureTable, ImageRecord, frame_rate, size_of
from ..core.errors import ConfigError
from ..core.image_names import ImageNames
from ..datasets import discover
from . import checks
from .film_outputs import Film
from .mosaic_films import check_film_size, film_size
from .mosaic_music import music_plan, scored_film
from .mosaic_outputs import MosaicOutput
from .output_checks import check_seconds, check_switch, check_whole
from .protocols import OutputFiles
from .registry import OUTPUT_KINDS

#: Images that the music follows on the way through one mosaic; the film turns on the first.
IMAGES_A_STAGE = 4
_DRAFT_SIDE, _DRAFT_S = 480, 5.0


@OUTPUT_KINDS.register("zoom-film")
@dataclass(frozen=True)
class ZoomFilm(MosaicOutput):
    """A film from one photo, out through the mosaic that contains it, and into the next, up to the mosaic of the plan.

    Parameters
    ----------
    photos : sequence of str or Path
        Names of tiles: the photo that the film begins with, and those that the mosaics on the way show, one for each
        mosaic. Empty: photos with much contrast, near the middle of each mosaic.
    mosaics : int
        Without `photos`: through so many mosaics, of which that of the plan is the last.
    seconds : float
        Of the film.
    hold : float
        Seconds for which the last mosaic is shown at the end of it, about.
    loop : bool
        The target is in the first mosaic, so that the end of the film is its beginning; nothing is held then.
    size : str, int or (int, int), optional
        Of the film, as in `Film`; a whole number: its long side, in the aspect of the mosaic; None: that of VIDEO_SIZE.
    fps : int, float, Fraction or str, optional
        As in `Film`.
    """

    photos: Sequence[Any] = ()
    mosaics: int = 2
    seconds: float = 20.0
    hold: float = 2.0
    loop: bool = False
    size: Any = None
    fps: Any = None
    needs_audio: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", size_of(self.size))
        object.__setattr__(self, "fps", frame_rate(self.fps))

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a number, duration, size or frame rate that is not possible."""
        if isinstance(self.photos, str) or not all(
            isinstance(each, str) or hasattr(each, "parts") for each in self.photos
        ):
            raise ConfigError(f"ZoomFilm(photos={self.photos!r}) must be a list of names of images")
        check_whole("ZoomFilm(mosaics)", self.mosaics, 1)
        if self.mosaics > 20:
            raise ConfigError(f"ZoomFilm(mosaics={self.mosaics}) must be at most 20")
        check_seconds("ZoomFilm(seconds=...)", self.seconds, 2 * self._count, 3600)
        check_seconds("ZoomFilm(hold=...)", self.hold, 0.5, 60)
        if not self.loop and self.hold > self.seconds / 2:
            raise ConfigError(f"ZoomFilm(hold={self.hold:g}) is more than half of seconds={self.seconds:g}")
        check_switch("loop", self.loop)
        check_film_size("ZoomFilm(size=...)", self.size)

    def check_music(self, plan: Any, settings: Settings) -> None:
        """Raise ConfigError when the music of a plan cannot be that of this film, or its target cannot be a tile."""
        checks.check(self._music_plan(plan, settings.video_size), settings)
        if self.loop and isinstance(plan.target, np.ndarray):
            raise ConfigError("ZoomFilm(loop=True) shows the target as a tile, which must be a file, not an array")

    def check_images(self, plan: Any, collection: Collection) -> None:
        """Raise ConfigError when a photo is not among the images of a run whose images are the tiles."""
        if plan.tiles is None:
            names = ImageNames(collection.records, collection.skipped)
            for each in self.photos:
                names.row(each, "ZoomFilm(photos=): ")

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["zoom.mp4"]

    def cost(self, width: int, height: int) -> tuple[float, float]:
        """Return bytes and seconds, roughly, for a mosaic of the given size."""
        return self.seconds * 900_000, self.seconds * 3 + 8 * self._count

    def draft(self) -> ZoomFilm:
        """Return this output for a first look."""
        seconds = min(self.seconds, _DRAFT_S * self._count)
        return ZoomFilm(self.photos, self.mosaics, seconds, min(self.hold, 1.0), self.loop, _DRAFT_SIDE, self.fps)

    def write(self, content: Any, out: OutputFiles) -> None:
        """Write `zoom.mp4`."""
        from ..mosaic.films.zoom_film import Zoom
        from ..visuals.video import write_frames

        stages = self._stages(content, out.settings)
        size = film_size(self.size, stages[-1].mosaic.size, out.settings)
        plan = self._music_plan(content.fields, size)
        scored, problems = scored_film(plan, self._keyframes(content, stages), out.settings, out.progress)
        if problems:
            out.describe(lines=problems)
        timeline = scored.timeline
        frames = timeline.start_frames.tolist()
        starts = [*frames[:-1][::IMAGES_A_STAGE], frames[-1]]
        zoom = Zoom(stages, size, out.settings.background, loop=self.loop, settings=out.settings)
        path = out.path("zoom", "zoom.mp4", "video", "From one photo through the mosaics")
        write_frames(
            path, zoom.frames(starts, timeline.total_frames), timeline, scored.audio,
            size=size, title=content.plan, progress=out.progress,
        )  # fmt: skip

    def _stages(self, content: Any, settings: Settings) -> Any:
        from ..mosaic.films.zoom_stages import ring_of, stages_to

        made, names = content.mosaic, ImageNames(content.tiles.records)
        photos = [content.tiles.records[names.row(each, "ZoomFilm(photos=): ")] for each in self.photos]
        if not self.loop:
            return stages_to(made, self._count, settings, photos, content.target.name)
        return ring_of(made, self._count, settings, _record_of(content.target.source, settings), photos)

    def _keyframes(self, content: Any, stages: Any) -> FeatureTable:
        """What the music follows: the picture of each stage, and tiles that come into view on the way, as rows."""
        from ..mosaic.films.parts import centres

        row_of = {record: row for row, record in enumerate(content.tiles.records)}
        rows = []
        for stage in stages:
            middles = centres(stage.mosaic.cells)
            order = np.argsort(np.linalg.norm(middles - middles[stage.cell], axis=1), kind="stable")
            steps = [round((len(order) - 1) ** (step / IMAGES_A_STAGE)) for step in range(1, IMAGES_A_STAGE)]
            cells = [stage.cell, *order[steps].tolist()]
            rows += [row_of.get(stage.mosaic.codebook.records[stage.mosaic.chosen[cell]], 0) for cell in cells]
        return content.tiles.select(rows)  # type: ignore[no-any-return]

    @property
    def _count(self) -> int:
        """The number of mosaics."""
        return len(self.photos) + self.loop if self.photos else self.mosaics

    def _music_plan(self, plan: Any, size: tuple[int, int]) -> Any:
        hold = 0.0 if self.loop else self.hold
        return music_plan(plan.name, plan.music, self.seconds, hold, Film(size, fps=self.fps), plan.seed)


def _record_of(source: Any, settings: Settings) -> ImageRecord:
    """The target as an image that can be a tile."""
    return source if isinstance(source, ImageRecord) else discover([source], settings=settings).records[0]
