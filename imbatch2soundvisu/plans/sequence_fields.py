"""The fields of a `SequencePlan` and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from .. import clustering, config, sorting
from ..config import Settings
from ..core import Clustering, FeatureTable, FrameRate, ImageSequence, Music, Needs, Order, Probe, Timing
from ..features import COLUMNS, PASSES, Pass
from ..measurement.spaces import embedder_of
from ..music import cutting
from ..music.cutting import Cutting
from ..music.recordings import EXTENSIONS
from ..music.styles import STYLES, Composed, Mix, Track
from ..music.tracks.track import default_folder
from . import film_text
from .chosen_images import Choices
from .declared import declared_at
from .film_outputs import Film
from .named_columns import needs_of
from .outputs import DEFAULT_OUTPUTS, output_names
from .phrases import PHRASES
from .protocols import Output
from .registry import OUTPUT_KINDS

Where = Callable[[FeatureTable], Any]


@dataclass(frozen=True)
class SequenceFields:
    """The fields of a `SequencePlan`, which documents them, and what follows from them."""

    name: str
    order: str | Order | Callable[..., Any] | Sequence[str | Path] = "luminance"
    music: Music | str | None = field(default_factory=Composed)
    where: Where | None = None
    include: Choices = None
    exclude: Choices = None
    unique: str | None = None
    limit: int | Literal["default"] | None = "default"
    choose: str | None = None
    clusters: str | Clustering | Callable[[FeatureTable], Any] | None = None
    tour: bool = False
    phrases: tuple[str, ...] = PHRASES
    reverse: bool = False
    seconds_per_image: float | None = None
    beats_per_image: int | None = None
    total_seconds: float | Literal["track"] | None = None
    cutting: Cutting = "even"
    outputs: Sequence[Output | str] = DEFAULT_OUTPUTS
    seed: int = 0
    passes: Sequence[Pass | str] = ()
    declared_at: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "declared_at", declared_at())

    @property
    def needs(self) -> Needs:
        """What must be measured for the order, the filter, the cutting, the outputs and the clusters."""
        needs = sorting.resolve_order(self.order, COLUMNS).needs | Needs(features=cutting.features(self.cutting))
        needs |= getattr(self.style, "needs", Needs()) | Needs(passes=tuple(map(PASSES.resolve, self.passes)))
        needs |= clustering.unique_needs(self.unique) | needs_of(self.where)
        for output in self.written:
            needs |= getattr(output, "needs", Needs())
        if self.clusters is None:
            return needs
        by = clustering.resolve_clustering(self.clusters, COLUMNS)
        reader = embedder_of(getattr(by, "on", ()))
        if reader is None or not callable(getattr(reader, "embed_text", None)):
            return needs | by.needs
        return needs | by.needs | Needs(probes=tuple(Probe(reader, each) for each in self.phrases))

    @property
    def style(self) -> Music | None:
        """The music as an instance. Raises ConfigError for an unknown name."""
        if isinstance(self.music, str | Path):
            is_song = Path(self.music).suffix.lower() in EXTENSIONS
            return Track(self.music) if is_song else STYLES.resolve(str(self.music))
        return self.music

    def style_for(self, settings: Settings) -> Music | None:
        """The music of a run: a `Track()` without a folder takes MUSIC of the settings."""
        found: Music | None = _with_folder(self.style, settings)
        return found

    @property
    def chooses(self) -> str:
        """What `choose` means for this plan."""
        return self.choose or ("evenly" if self.clusters is None else "representative")

    @property
    def written(self) -> list[Output]:
        """The outputs as instances, with those that its clusters add. Raises ConfigError for an unknown one."""
        found = [OUTPUT_KINDS.resolve(each) for each in self.outputs]
        if self.clusters is None:
            return found
        by = clustering.resolve_clustering(self.clusters, COLUMNS)
        besides = [OUTPUT_KINDS.resolve(each) for each in getattr(by, "outputs", ())]
        return found + [each for each in besides if type(each) not in map(type, found)]

    @property
    def films(self) -> list[Film]:
        """The films of the outputs."""
        return [each for each in self.written if isinstance(each, Film)]

    @property
    def film(self) -> Film:
        """The first film of the outputs, whose frame rate, aspect and fit other outputs follow."""
        return next(iter(self.films), Film())

    @property
    def cards_s(self) -> tuple[float, float]:
        """Seconds of the title card and of the end card that the films of the outputs ask for, 0 without one."""
        return film_text.cards_s(self.films)

    def images_limit(self, settings: Settings) -> int | None:
        """How many images a sequence may have; None for any number, as where the images are named one by one."""
        if not isinstance(self.limit, str):
            return self.limit
        order = sorting.resolve_order(self.order, COLUMNS)
        return None if isinstance(order, sorting.Listed) and order.names else settings.limit

    def fps(self, settings: Settings) -> FrameRate:
        """Frames a second of the timeline."""
        rate: FrameRate = settings.fps if self.film.fps is None else self.film.fps
        return rate

    def timing(self, settings: Settings, sequence: ImageSequence | None = None) -> Timing:
        """How long images last; with a sequence, with the weights of its cutting."""
        weights = None if sequence is None else cutting.weights(self.cutting, sequence)
        return Timing(
            self.seconds_per_image, self.beats_per_image, self.total_seconds, weights, settings.seconds_per_image
        )

    def file_names(self, settings: Settings) -> list[str]:
        """Return the file names that the outputs of one sequence may write."""
        silent = self.music is None
        return output_names(
            [each for each in self.written if not (silent and getattr(each, "needs_score", False))], settings
        )


def _with_folder(style: Any, settings: Settings) -> Any:
    """A style whose `Track()` without a folder, also in a mix, takes MUSIC of the settings."""
    if isinstance(style, Mix):
        a, b = _with_folder(style.a, settings), _with_folder(style.b, settings)
        return style if a is style.a and b is style.b else replace(style, a=a, b=b)
    if isinstance(style, Track) and style.folder is None and style.file is None:
        own = settings.music != config.resolve().music
        return replace(style, folder=default_folder(settings.music)) if own else style
    return style
