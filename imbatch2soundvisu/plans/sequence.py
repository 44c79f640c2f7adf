"""`SequencePlan`: one wish, from an order to files."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import config, sorting
from ..core import Clustering, FeatureTable, ImageSequence, Music, Needs, Order, Probe, Progress, Result, silent
from ..core.errors import ConfigError
from ..features import FEATURES
from ..measurement.spaces import embedder_of
from ..music import cutting, stems
from ..music.cutting import Cutting
from ..music.styles import Composed
from ..report import clusters
from ..runtime import files, ownership
from ..visuals.video import CrossFade, Cut, SlowZoom
from .albums import NUMBERS, PHRASES, Album, bind
from .checks import check
from .rendering import render
from .result_cache import ACCOUNT, forget_parts, piece_names
from .selecting import ALONE, Neighbours, called, measured_in, order_rows, rows_kept

Where = Callable[[FeatureTable], Any]


@dataclass(frozen=True)
class SequencePlan:
    """Images in one order, as a GIF and a film with music, a contact sheet, a storyboard and tables.

    name : the title, and the folder's name. order : a feature ("luminance", "-hue" descending), an order ("date",
    "smooth", ...), an order instance, or a callable of the table that gives a number per image. music : a style,
    or None for a silent film.
    where : a callable of the FeatureTable that gives (n,) bool, the images to keep. unique : keep one of each group
    of "exact" or of "near" duplicates. limit : at most so many images, None for all; choose : "evenly" along the
    order, or "representative", so that every image has one like it among the chosen (what a split does by itself).
    split : a grouping, its name, or a callable of the table that gives labels: one piece for each part, in a folder of
    its own, and a report of all. tour : one more piece through all parts, like beside like. phrases : what the profiles
    of parts may be called by, where the split's embedding reads.
    reverse : play the order backwards. seconds_per_image : on average, met as nearly as whole beats allow; None: about
    config.SECONDS_PER_IMAGE, as the music likes. beats_per_image : of each on average. total_seconds : of the whole, to
    the nearest beat. One of these, or the beats and either of the others; what is not given follows.
    cutting : "even", all as long; "weight", striking images longer (by the ranks of colourfulness, contrast, edge
    strength and focus, and by how unlike their neighbours they are); "section", the first and last of each part of a
    tour, or else of each eight, longer; a feature ("luminance", "-hue" where less is longer); or a callable of the
    sequence that gives (n,) weights from 0. Always whole beats; the whole lasts as long as cut evenly.
    transition : Cut() or CrossFade(); motion : None or SlowZoom(). fit : "fit", "fill" or "blur".
    size, gif_size : (width, height) px. gif_seconds : per image; gif_max_bytes : shrink until it fits.
    one_frame_per_still : a smaller film with a variable frame rate. stems : every part of the music as a WAV of its
    own, too, to be mixed again. seed : for whatever is drawn at random.
    verbose : log every image with its value.
    """

    name: str
    order: str | Order | Callable[..., Any] = "luminance"
    music: Music | None = field(default_factory=Composed)
    where: Where | None = None
    unique: str | None = None
    limit: int | None = config.LIMIT
    choose: str | None = None
    split: str | Clustering | Callable[[FeatureTable], Any] | None = None
    tour: bool = False
    phrases: tuple[str, ...] = PHRASES
    reverse: bool = False
    seconds_per_image: float | None = None
    beats_per_image: int | None = None
    total_seconds: float | None = None
    cutting: Cutting = "even"
    fps: int = config.FPS
    size: tuple[int, int] = config.VIDEO_SIZE
    fit: str = "fit"
    transition: str | Cut | CrossFade = Cut()
    motion: str | SlowZoom | None = None
    one_frame_per_still: bool = False
    video: bool = True
    gif: bool = True
    gif_size: tuple[int, int] = config.GIF_SIZE
    gif_seconds: float = 0.3
    gif_max_bytes: int | None = None
    gifsicle: bool = False
    stems: bool = False
    seed: int = 0
    verbose: bool = False
    declared_at: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        caller = sys._getframe(2)  # the line of the wish, past the generated __init__
        while caller.f_back and caller.f_code.co_filename == dataclasses.__file__:  # dataclasses.replace
            caller = caller.f_back
        object.__setattr__(self, "declared_at", f"{caller.f_code.co_filename}:{caller.f_lineno}")

    @property
    def needs(self) -> Needs:
        needs = sorting.resolve(self.order, FEATURES).needs | Needs(features=cutting.features(self.cutting))
        if self.split is None:
            return needs
        split = sorting.resolve_clustering(self.split, FEATURES)
        reader = embedder_of(getattr(split, "on", ()))
        if reader is None or not callable(getattr(reader, "embed_text", None)):
            return needs | split.needs
        return needs | split.needs | Needs(probes=tuple(Probe(reader, each) for each in self.phrases))

    @property
    def chooses(self) -> str:
        """What `choose` means: a split takes images that represent the part, other plans take them evenly."""
        return self.choose or ("evenly" if self.split is None else "representative")

    def check(self) -> None:
        """Raise ConfigError, with the line of the plan, when something in it cannot be granted."""
        try:
            check(self)
        except ConfigError as error:
            if error.where:
                raise
            raise ConfigError(f"plan {self.name!r}: {error}", self.declared_at) from error
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            raise ConfigError(f"plan {self.name!r}: {type(error).__name__}: {error}", self.declared_at) from error

    def sequence(self, table: FeatureTable) -> ImageSequence:
        """The images of a table in this plan's order, without making anything of them.

        Raises ConfigError when fewer than 2 images are left to order, and for a plan with a split (see `album`).
        """
        if self.split is not None:
            raise ConfigError(f"plan {self.name!r} is split into parts: plan.album(table).sequences has one for each")
        kept = self._kept(table)
        return self.part(kept, np.arange(len(kept)))

    def album(self, table: FeatureTable) -> Album:
        """The parts of this plan's split, with their profiles and sequences, without making anything of them.

        Raises ConfigError without a split, and when no part has 2 images.
        """
        if self.split is None:
            raise ConfigError(f"plan {self.name!r} has no split: give it one, such as split=KMeans(6)")
        return Album.of(self, self._kept(table))

    def part(self, table: FeatureTable, rows: np.ndarray, name: str = "", beside: Neighbours = ALONE) -> ImageSequence:
        """Some rows of a table as a sequence: one part of a split. beside : the rows of the parts before and after."""
        seed = _seed(f"{self.seed}\0{self.name}\0", table.select(rows))
        chosen, values, driver, drives = order_rows(self, table, rows, np.random.default_rng(seed), beside)
        order, ordered = sorting.resolve(self.order, FEATURES), table.select(chosen)
        space = measured_in(order, ordered)
        criterion = sorting.criterion(ordered, space, values if drives else None, driver.circular)
        by = driver.name if drives else called(order)
        return ImageSequence(self.name, ordered, values, driver, criterion, name, self.seed, by)

    def make(self, table: FeatureTable, folder: Path, progress: Progress = silent) -> list[Result]:
        """Order, compose and render into `folder`, or a folder in it for each part of a split.

        A piece whose inputs have not changed is kept as it is. What cannot be made is told in the piece's `problems`.
        Raises NotOursError when it would overwrite what this program did not write, UnwritableError when nothing more
        can be written.
        """
        with ownership.guarding(folder) as guard:
            guard.check_free(self.writes(folder), [folder])
            return self._made(table, folder, progress)

    def writes(self, folder: Path) -> list[Path]:
        """The files that `make` may write, as far as they are known before: not those of the parts of a split."""
        if self.split is not None:
            return [folder / name for name in (ACCOUNT, *clusters.FILES.values(), NUMBERS)]
        own_stems = sorted((folder / stems.FOLDER).glob(stems.PATTERN)) if self.stems and self.music is not None else []
        return [*(folder / name for name in piece_names(self)), *own_stems]

    def _made(self, table: FeatureTable, folder: Path, progress: Progress) -> list[Result]:
        if self.split is not None:
            return bind(self, self.album(table), folder, progress)
        forget_parts(folder, set())  # of a split that this plan had before, and its report
        for name in (*clusters.FILES.values(), NUMBERS):
            files.remove_own(folder / name)
        return [render(self, self.sequence(table), folder, progress)]

    def _kept(self, table: FeatureTable) -> FeatureTable:
        kept = replace(table.select(rows_kept(self, table)), everything=table.everything or table)
        if len(kept) < 2:
            raise ConfigError(f"plan {self.name!r}: its filters leave {len(kept)} of {len(table)} images; it needs 2")
        return kept


def _seed(wish: str, table: FeatureTable) -> int:
    """Of the images, and of the plan, too: two plans of the same images are not to be shuffled alike."""
    digest = hashlib.blake2b(wish.encode(), digest_size=6)
    for one in sorted(record.digest for record in table.records):
        digest.update(one.encode())
    return int.from_bytes(digest.digest(), "big")
