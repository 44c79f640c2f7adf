"""`SequencePlan`: which images, in which order, with which music, how long."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .. import config, sorting
from ..config import Settings
from ..core import (
    Clustering,
    FeatureTable,
    ImageSequence,
    Music,
    Needs,
    Order,
    Probe,
    Result,
    Timing,
)
from ..core.errors import ConfigError
from ..features import FEATURES
from ..measurement.spaces import embedder_of
from ..music import cutting
from ..music.cutting import Cutting
from ..music.styles import Composed
from ..runtime import ownership
from . import result_cache
from .albums import PHRASES, Album, album_of, write_album
from .checks import check
from .outputs import DEFAULT_OUTPUTS, Film
from .protocols import Output, RunContext
from .registry import OUTPUTS, PLAN_KINDS
from .result_writer import write_result
from .selecting import ALONE, Neighbours, measured_in, order_rows, order_title, rows_kept
from .sequence_content import SequenceContent

Where = Callable[[FeatureTable], Any]


@PLAN_KINDS.register("sequence")
@dataclass(frozen=True)
class SequencePlan:
    """Images in one order, with music.

    Parameters
    ----------
    name : str
        The title, and the name of the folder.
    order : str, Order or callable
        A feature ("luminance", "-hue" descending), an order ("date", "smooth", ...), an instance (`SmoothPath()`), or a
        function of the table that returns a number for each image.
    music : style or None
        `Composed()`, `Track()`, ...; None for a silent film.
    where : callable, optional
        A function of the `FeatureTable` that returns (n,) bool: the images to keep.
    unique : {"exact", "near"}, optional
        Keep one image of each group of duplicates.
    limit : int, "default" or None
        At most this many images; "default" is LIMIT of the settings, None is all.
    choose : {"evenly", "representative"}, optional
        How a limit chooses: evenly along the order, or so that every image has a similar one among the chosen. None:
        "representative" with `clusters`, else "evenly".
    clusters : str, Clustering or callable, optional
        One sequence for each cluster, each in its own folder, and a report: "kmeans", `KMeans(6)`, the name of a
        feature for bins of it, or a function of the table that returns labels.
    tour : bool
        With `clusters`: one more sequence through all of them, similar ones next to each other.
    phrases : tuple of str
        What clusters may be named by, where the embedding of the clustering has a text encoder.
    reverse : bool
        Reverse the order.
    seconds_per_image : float, optional
        On average, rounded to whole beats; None: about SECONDS_PER_IMAGE of the settings, as the music likes.
    beats_per_image : int, optional
        Beats of each image, on average.
    total_seconds : float, optional
        Of the whole sequence, to the nearest beat. At most two of these three.
    cutting : str or callable
        "even": all images last as long. "weight": striking images last longer. "section": the first and last image of
        each section last longer. A feature ("luminance", "-hue"), or a function of the sequence that returns (n,)
        weights from 0.
    outputs : sequence of Output
        What is written: `Film(size=(1080, 1920))`, `Gif(max_bytes=5_000_000)`, ..., or their names.
    seed : int
        Of everything random.

    Examples
    --------
    >>> SequencePlan("dark to bright", order="luminance", outputs=[Film(), "gif"]).name
    'dark to bright'
    """

    name: str
    order: str | Order | Callable[..., Any] = "luminance"
    music: Music | None = field(default_factory=Composed)
    where: Where | None = None
    unique: str | None = None
    limit: int | Literal["default"] | None = "default"
    choose: str | None = None
    clusters: str | Clustering | Callable[[FeatureTable], Any] | None = None
    tour: bool = False
    phrases: tuple[str, ...] = PHRASES
    reverse: bool = False
    seconds_per_image: float | None = None
    beats_per_image: int | None = None
    total_seconds: float | None = None
    cutting: Cutting = "even"
    outputs: Sequence[Output | str] = DEFAULT_OUTPUTS
    seed: int = 0
    declared_at: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        caller = sys._getframe(2)  # the line of the plan, past the generated __init__
        while caller.f_back and caller.f_code.co_filename == dataclasses.__file__:  # dataclasses.replace
            caller = caller.f_back
        object.__setattr__(self, "declared_at", f"{caller.f_code.co_filename}:{caller.f_lineno}")

    @property
    def needs(self) -> Needs:
        """What must be measured for the order, the cutting and the clusters."""
        needs = sorting.resolve(self.order, FEATURES).needs | Needs(features=cutting.features(self.cutting))
        if self.clusters is None:
            return needs
        clustering = sorting.resolve_clustering(self.clusters, FEATURES)
        reader = embedder_of(getattr(clustering, "on", ()))
        if reader is None or not callable(getattr(reader, "embed_text", None)):
            return needs | clustering.needs
        return needs | clustering.needs | Needs(probes=tuple(Probe(reader, each) for each in self.phrases))

    @property
    def chooses(self) -> str:
        """What `choose` means for this plan."""
        return self.choose or ("evenly" if self.clusters is None else "representative")

    @property
    def written(self) -> list[Output]:
        """The outputs as instances. Raises ConfigError for an unknown one."""
        return [OUTPUTS.resolve(each) for each in self.outputs]

    @property
    def film(self) -> Film:
        """The first film of the outputs, whose frame rate, aspect and fit other outputs follow."""
        return next((each for each in self.written if isinstance(each, Film)), Film())

    def images_limit(self, settings: Settings) -> int | None:
        """How many images a sequence may have; None for any number."""
        return settings.limit if isinstance(self.limit, str) else self.limit

    def fps(self, settings: Settings) -> int:
        """Frames a second of the timeline."""
        return settings.fps if self.film.fps is None else self.film.fps

    def timing(self, settings: Settings, sequence: ImageSequence | None = None) -> Timing:
        """How long images last; with a sequence, with the weights of its cutting."""
        weights = None if sequence is None else cutting.weights(self.cutting, sequence)
        return Timing(self.seconds_per_image, self.beats_per_image, self.total_seconds, weights)

    def check(self, settings: Settings | None = None) -> None:
        """Raise ConfigError, with the line of the plan, when something in it is invalid."""
        try:
            check(self, settings or config.resolve())
        except ConfigError as error:
            if error.where:
                raise
            raise ConfigError(f"plan {self.name!r}: {error}", self.declared_at) from error
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            raise ConfigError(f"plan {self.name!r}: {type(error).__name__}: {error}", self.declared_at) from error

    def sequence(self, table: FeatureTable, settings: Settings | None = None) -> ImageSequence:
        """Return the images of a table in this plan's order.

        Raises
        ------
        ConfigError
            When fewer than 2 images are left, and for a plan with clusters (see `album`).
        """
        if self.clusters is not None:
            raise ConfigError(f"plan {self.name!r} has clusters: plan.album(table).sequences has a sequence for each")
        kept = self._kept(table)
        return self.ordered(kept, np.arange(len(kept)), settings or config.resolve())

    def album(self, table: FeatureTable, settings: Settings | None = None) -> Album:
        """Return the clusters of a table with their profiles and sequences.

        Raises
        ------
        ConfigError
            For a plan without clusters, and when no cluster has 2 images.
        """
        if self.clusters is None:
            raise ConfigError(f"plan {self.name!r} has no clusters: give it some, such as clusters=KMeans(6)")
        return album_of(self, self._kept(table), settings or config.resolve())

    def ordered(
        self, table: FeatureTable, rows: np.ndarray, settings: Settings, cluster: str = "", beside: Neighbours = ALONE
    ) -> ImageSequence:
        """Return some rows of a table as a sequence: all of them, or one cluster and the rows of those beside it."""
        rng = np.random.default_rng(_seed(f"{self.seed}\0{self.name}\0", table.select(rows)))
        selection = order_rows(self, table, rows, rng, beside, self.images_limit(settings))
        order, ordered = sorting.resolve(self.order, FEATURES), table.select(selection.rows)
        driver, drives = selection.driver, selection.drives
        space = measured_in(order, ordered)
        criterion = sorting.criterion(ordered, space, selection.values if drives else None, driver.circular)
        by = driver.name if drives else order_title(order)
        return ImageSequence(self.name, ordered, selection.values, driver, criterion, cluster, self.seed, by)

    def content(self, sequence: ImageSequence, settings: Settings) -> SequenceContent:
        """Return what the outputs of a sequence are made from."""
        return SequenceContent(self, sequence, self.fps(settings), settings)

    def make(self, table: FeatureTable, folder: Path, context: RunContext | None = None) -> list[Result]:
        """Order, compose and write into `folder`, or into a folder in it for each cluster.

        A result whose inputs have not changed is kept. What could not be made is in `problems` of the result.

        Raises
        ------
        NotOursError
            When it would overwrite a file that this program did not write.
        UnwritableError
            When nothing more can be written.
        """
        context = context or RunContext()
        with ownership.guarding(folder) as guard:
            guard.check_free(self.writes(folder, context.settings), [folder])
            results = self._make(table, folder, context)
            result_cache.remove_stale(folder, results)
        return results

    def writes(self, folder: Path, settings: Settings) -> list[Path]:
        """Return the files that `make` may write into `folder` itself, as far as they are known before."""
        names = (
            _names([OUTPUTS["cluster-report"]()], settings) if self.clusters is not None else self.file_names(settings)
        )
        return [folder / name for name in [result_cache.RESULT, *names]]

    def file_names(self, settings: Settings) -> list[str]:
        """Return the file names that the outputs of one sequence may write."""
        silent = self.music is None
        return _names([each for each in self.written if not (silent and getattr(each, "needs_score", False))], settings)

    def _make(self, table: FeatureTable, folder: Path, context: RunContext) -> list[Result]:
        if self.clusters is not None:
            return write_album(self, self.album(table, context.settings), folder, context)
        sequence = self.sequence(table, context.settings)
        return [write_result(self.content(sequence, context.settings), self.written, folder, context)]

    def _kept(self, table: FeatureTable) -> FeatureTable:
        kept = replace(table.select(rows_kept(self, table)), everything=table.everything or table)
        if len(kept) < 2:
            raise ConfigError(f"plan {self.name!r}: its filters leave {len(kept)} of {len(table)} images; it needs 2")
        return kept


def _names(outputs: Sequence[Output], settings: Settings) -> list[str]:
    return [name for each in outputs for name in getattr(each, "names", lambda _: [])(settings)]


def _seed(text: str, table: FeatureTable) -> int:
    """A seed from the plan and the images: two plans of the same images are not shuffled alike."""
    digest = hashlib.blake2b(text.encode(), digest_size=6)
    for one in sorted(record.digest for record in table.records):
        digest.update(one.encode())
    return int.from_bytes(digest.digest(), "big")
