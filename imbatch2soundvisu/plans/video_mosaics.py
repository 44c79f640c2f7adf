"""`VideoMosaicPlan`: a video of which each frame is a mosaic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from .. import config
from ..config import Settings
from ..core import Collection, FeatureTable, Result
from ..core.errors import ConfigError
from ..core.text import duration, looked_for, plural
from ..datasets.discovery import digest_of
from ..mosaic.options import MosaicOptions
from ..mosaic.videos import VideoMosaicOptions, VideoMosaicReport, video_mosaic
from ..mosaic.videos.reading import source_of
from ..runtime.cache import Cache
from . import result_cache
from .declared import errors_at
from .mosaic_checks import check_outputs, check_selection, check_tiles
from .mosaic_content import placed_contents, state_of_options
from .mosaic_fields import MosaicFields
from .mosaic_tiles import tiles_for
from .outputs import output_names
from .plan_folder import write_plan
from .protocols import Content, Foreseen, OutputFiles, RunContext
from .registry import OUTPUT_KINDS, PLAN_KINDS
from .result_writer import write_result

#: Frames that two cores make in a second, and bytes of a second of the film, about.
_FRAMES_A_SECOND, _BYTES_A_SECOND = 20.0, 1_500_000
#: Seconds of a draft.
_DRAFT_S = 3.0


@OUTPUT_KINDS.register("mosaic-video")
@dataclass(frozen=True)
class MosaicVideo:
    """A video mosaic as MP4, with the sound of the source."""

    plan_kind: ClassVar[str] = "video mosaic"

    def makes(self, content: Content) -> bool:
        """Whether this output applies: only to video mosaics."""
        return isinstance(content, VideoMosaicContent)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["mosaic.mp4"]

    def write(self, content: Any, out: OutputFiles) -> None:
        """Write `mosaic.mp4`."""
        content.write_video(out.path("mp4", "mosaic.mp4", "video", "Video mosaic"), out.progress)


class VideoMosaicContent:
    """A video with the tiles that its frames are to be made of.

    Parameters
    ----------
    plan : VideoMosaicPlan
        Its options.
    tiles : FeatureTable
        The images that it is made of.
    settings : Settings
        Those of the run.
    cluster : str
        The cluster that the tiles are, "" for none.
    """

    def __init__(self, plan: VideoMosaicPlan, tiles: FeatureTable, settings: Settings, cluster: str = "") -> None:
        self.fields, self.tiles, self.settings, self.cluster = plan, tiles, settings, cluster
        self.report: VideoMosaicReport | None = None

    @property
    def plan(self) -> str:
        return self.fields.name

    def write_video(self, path: Path, progress: Any) -> None:
        """Write the film; `report` says what it is."""
        collection = Collection(Path("."), self.tiles.records)
        with Cache(self.settings.cache) as store:
            self.report = video_mosaic(
                self.fields.path, collection, path, settings=self.settings, cache=store, progress=progress,
                **self.fields.keywords,
            )  # fmt: skip

    def state(self) -> Any:
        """Everything that the film depends on: video, tiles and options."""
        tiles = [(record.name, record.digest) for record in self.tiles.records]
        return [state_of_options(self.fields.keywords), self.plan, self.cluster, self._digest, tiles]

    @cached_property
    def _digest(self) -> str:
        return digest_of(self.fields.path)

    def entry(self) -> Mapping[str, Any]:
        """The video mosaic in `run.json`."""
        title = f"{self.plan} · {self.cluster}" if self.cluster else self.plan
        names = [record.name for record in self.tiles.records]
        entry = {"plan": self.plan, "kind": "video-mosaic", "title": title, "cluster": self.cluster, "images": names}
        if self.report is None:
            return entry | {"summary": f"{self.fields.path.name}: not made"}
        made, (columns, rows) = self.report, self.report.grid
        used = f"{made.tiles_used} of {plural(len(names), 'image')}"
        return entry | {
            "summary": f"{self.fields.path.name} of {columns} × {rows} tiles from {used}, {duration(made.seconds)}",
            "video_mosaic": _plain(made),
            "lines": [*made.problems, *made.notes],
            "details": {
                "Tiles that change": f"{made.changed:.1%} from frame to frame",
                "Sound": ", ".join(made.audio) or "none",
            },
        }


@PLAN_KINDS.register("video-mosaic")
@dataclass(frozen=True)
class VideoMosaicPlan(MosaicFields):
    """A video of which each frame is a mosaic, with tiles that stay where they are as long as they fit.

    The options of `MosaicOptions` that a video mosaic has are fields of the plan: `tile`, `columns`, `tint`, ...

    Parameters
    ----------
    name : str
        The title, and the name of the folder.
    target : str or Path
        The video.
    tiles, where, include, exclude, unique, limit, clusters, cluster
        The images that it is made of, as in `MosaicPlan`.
    stabilization : float
        A tile is replaced only if another one is nearer to the cell by this factor: from 0 (tiles stay until the next
        cut) to 1 (each frame has the nearest tiles).
    start, seconds : float, optional
        The part of the video, in seconds; None: all of it.
    outputs : sequence of Output
        `MosaicVideo()`.

    Examples
    --------
    >>> VideoMosaicPlan("surf", target="surf.mp4", tiles="photos/", columns=60, stabilization=0.8).stabilization
    0.8
    """

    music: Any = field(default=None, kw_only=True)
    outputs: Sequence[Any] = field(default=(MosaicVideo(),), kw_only=True)
    min_distance: float = field(default=0, kw_only=True)
    stabilization: float = field(default=0.9, kw_only=True)
    start: float | None = field(default=None, kw_only=True)
    seconds: float | None = field(default=None, kw_only=True)

    @property
    def path(self) -> Path:
        """The video."""
        return Path(self.target).expanduser()

    @property
    def keywords(self) -> dict[str, Any]:
        """The options of the video mosaic."""
        names = [*(each.name for each in fields(MosaicOptions)), "stabilization", "start", "seconds"]
        values = {name: getattr(self, name) for name in names}
        return {**values, "enlarge": 1.0 if self.enlarge is None else self.enlarge}

    def check(self, settings: Settings | None = None) -> None:
        """Raise ConfigError, with the line of the plan, when something in it is invalid."""
        with errors_at(self):
            self._check(settings or config.resolve())

    def _check(self, settings: Settings) -> None:
        if not self.name or not isinstance(self.name, str):
            raise ConfigError("a plan needs a name")
        if not isinstance(self.target, str | Path):
            raise ConfigError(f"target={self.target!r} must be the file of a video")
        if not self.path.is_file():
            raise ConfigError(f"target={str(self.target)!r} does not exist{looked_for(self.path)}")
        if self.music is not None:
            raise ConfigError("music= is not possible: a video mosaic has the sound of its video")
        VideoMosaicOptions.of(self.keywords)
        check_tiles(self.tiles)
        check_selection(self)
        check_outputs(self, settings, "video mosaic")

    def check_images(self, collection: Collection) -> None:
        """Raise ConfigError when the target cannot be read as a video."""
        with errors_at(self):
            source_of(self.path)

    def make(self, table: FeatureTable, folder: Path, context: RunContext | None = None) -> list[Result]:
        """Write the video mosaic into `folder`, or one of each cluster into a folder in it; see `MosaicPlan.make`."""

        def results(context: RunContext) -> list[Result]:
            placed = self._contents(table, folder, context)
            return [write_result(content, self.written, place, context) for content, place in placed]

        return write_plan(self, folder, context, results)

    def _contents(
        self, table: FeatureTable, folder: Path, context: RunContext
    ) -> list[tuple[VideoMosaicContent, Path]]:
        tiles = tiles_for(self, table, context)
        return placed_contents(
            self, tiles, folder, lambda chosen, cluster: VideoMosaicContent(self, chosen, context.settings, cluster)
        )

    def writes(self, folder: Path, settings: Settings) -> list[Path]:
        """Return the files that `make` may write into `folder` itself, as far as they are known before."""
        return [folder / name for name in [result_cache.RESULT, *output_names(self.written, settings)]]

    def draft(self, settings: Settings) -> VideoMosaicPlan:
        """Return a plan for a first look: the first seconds."""
        draft = replace(self, seconds=min(self.seconds or _DRAFT_S, _DRAFT_S))
        object.__setattr__(draft, "declared_at", self.declared_at)
        return draft

    def foresee(self, table: FeatureTable | None, found: int, folder: Path, settings: Settings) -> Foreseen:
        """Return what would be made, of a collection of `found` images; see `protocols.Plan`."""
        source = source_of(self.path)
        seconds = max(0.0, float(source.seconds) - (self.start or 0.0))
        seconds = min(seconds, self.seconds or seconds)
        frames = seconds * float(source.clock.rate)
        text = f"video mosaic of {self.path.name}, {duration(seconds)}"
        if table is not None:
            placed = self._contents(table, folder, RunContext(settings))
            text += f" from {plural(sum(len(content.tiles) for content, _ in placed), 'image')}"
            if all(self._is_kept(content, place, settings) for content, place in placed):
                return Foreseen(text, kept=True)
        return Foreseen(text, seconds * _BYTES_A_SECOND, frames / _FRAMES_A_SECOND + 2)

    def _is_kept(self, content: VideoMosaicContent, folder: Path, settings: Settings) -> bool:
        state = result_cache.state_of(content, self.written, settings)
        return result_cache.kept_result(folder, state, content) is not None


def _plain(report: VideoMosaicReport) -> dict[str, Any]:
    """A report as JSON values."""
    return {**asdict(report), "rate": str(report.rate)}
