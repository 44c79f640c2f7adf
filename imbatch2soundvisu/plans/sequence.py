"""`SequencePlan`: which images, in which order, with which music, how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .. import config, visuals  # noqa: F401 - visuals registers the thumbnails of sequences
from ..config import Settings
from ..core import Collection, FeatureTable, ImageSequence, Result, Score, Timeline
from ..core.errors import ConfigError
from ..measurement import completed
from . import result_cache
from .albums import Album, album_of, write_album
from .checks import check, check_images
from .declared import errors_at
from .outputs import output_names
from .plan_folder import write_plan
from .protocols import RunContext
from .registry import OUTPUT_KINDS, PLAN_KINDS
from .result_writer import write_result
from .selecting import ordered_sequence, rows_kept, unique_note
from .sequence_content import SequenceContent
from .sequence_fields import SequenceFields


@PLAN_KINDS.register("sequence")
@dataclass(frozen=True)
class SequencePlan(SequenceFields):
    """Images in one order, with music.

    Parameters
    ----------
    name : str
        The title, and the name of the folder.
    order : str, Order, callable or list of str
        A feature ("luminance", "-hue" descending), an order ("date", "smooth", ...), an instance (`SmoothPath()`), or a
        function of the table that returns a number for each image, or a list of image names. "listed" is the order of a
        DATA_ROOT that is a `.txt` list.
    music : style, str or None
        `Composed()`, `Track()`, ..., or the name of one; "song.mp3" is `Track("song.mp3")`; None for a silent film.
    where : callable, optional
        A function of the `FeatureTable` that returns (n,) bool: the images to keep.
    include, exclude : str, Path, callable or list of these, optional
        The only images to use, and images not to use: names ("a.jpg"), patterns ("*.png", "2024/*"), folders
        ("drafts/"), or a function of the `ImageRecord` that returns bool. What matches nothing is an error.
    unique : {"exact", "near", "burst"}, optional
        Keep one image of each group of duplicates; "burst": the sharpest of each series of images of the same scene
        taken within seconds.
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
    total_seconds : float or "track", optional
        Of the whole sequence, to the frame with composed music, else to the nearest beat; "track": as long as the song
        of `music=`, from its beginning to its end. At most two of these three.
    cutting : str or callable
        "even": all images last as long. "weight": striking images last longer. "section": the first and last image of
        each section last longer. A feature ("luminance", "-hue"), or a function of the sequence that returns (n,)
        weights from 0.
    outputs : sequence of Output
        What is written: `Film(size=(1080, 1920))`, `Gif(max_bytes=5_000_000)`, ..., or their names.
    seed : int
        Of everything random.
    passes : sequence of Pass or str
        Measured besides what order, clusters and music need: for `where`, for crops around faces, or in place of the
        registered pass of the same columns, such as `Faces(detector="mediapipe")`.

    Examples
    --------
    >>> from imbatch2soundvisu import Film
    >>> SequencePlan("dark to bright", order="luminance", outputs=[Film(), "gif"]).name
    'dark to bright'
    """

    def check(self, settings: Settings | None = None) -> None:
        """Raise ConfigError, with the line of the plan, when something in it is invalid."""
        with errors_at(self):
            check(self, settings or config.resolve())

    def check_images(self, collection: Collection) -> None:
        """Raise ConfigError when a name in `include`, `exclude` or `order` means no single image of a collection."""
        with errors_at(self):
            check_images(self, collection)

    def sequence(self, table: FeatureTable, settings: Settings | None = None) -> ImageSequence:
        """Return the images of a table in this plan's order; what it needs and the table lacks is measured.

        Raises
        ------
        ConfigError
            When fewer than 2 images are left, and for a plan with clusters (see `album`).
        """
        if self.clusters is not None:
            raise ConfigError(f"plan {self.name!r} has clusters: plan.album(table).sequences has a sequence for each")
        kept = self._kept(completed(table, self.needs, settings=settings))
        found = ordered_sequence(self, kept, np.arange(len(kept)), settings or config.resolve())
        return replace(found, note="; ".join(filter(None, (found.note, unique_note(self, kept)))))

    def album(self, table: FeatureTable, settings: Settings | None = None) -> Album:
        """Return the clusters of a table with their profiles and sequences.

        Raises
        ------
        ConfigError
            For a plan without clusters, and when no cluster has 2 images.
        """
        if self.clusters is None:
            raise ConfigError(f"plan {self.name!r} has no clusters: give it some, such as clusters=KMeans(6)")
        return album_of(self, self._kept(completed(table, self.needs, settings=settings)), settings or config.resolve())

    def timeline(self, sequence: ImageSequence, settings: Settings | None = None) -> Timeline:
        """Return when each image of a sequence is shown, as the music of this plan requires it.

        Parameters
        ----------
        sequence : ImageSequence
            What `sequence` returned, or one of the sequences of an album.
        settings : Settings, optional
            None: `config.resolve()`.
        """
        return SequenceContent(self, sequence, settings or config.resolve()).timeline

    def score(self, sequence: ImageSequence, settings: Settings | None = None) -> Score | None:
        """Return the music of a sequence as its film has it; None for a silent plan.

        Parameters
        ----------
        sequence, settings
            As for `timeline`.

        Returns
        -------
        Score or None
            Notes with times in ticks, parts, and a decision for each image that says why it sounds as it does.
        """
        return SequenceContent(self, sequence, settings or config.resolve()).score

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
        return write_plan(self, folder, context, lambda context: self._make(table, folder, context))

    def writes(self, folder: Path, settings: Settings) -> list[Path]:
        """Return the files that `make` may write into `folder` itself, as far as they are known before."""
        names = (
            output_names([OUTPUT_KINDS["cluster-report"]()], settings)
            if self.clusters is not None
            else self.file_names(settings)
        )
        return [folder / name for name in [result_cache.RESULT, *names]]

    def _make(self, table: FeatureTable, folder: Path, context: RunContext) -> list[Result]:
        if self.clusters is not None:
            return write_album(self, self.album(table, context.settings), folder, context)
        sequence = self.sequence(table, context.settings)
        return [write_result(SequenceContent(self, sequence, context.settings), self.written, folder, context)]

    def _kept(self, table: FeatureTable) -> FeatureTable:
        kept = replace(table.select(rows_kept(self, table)), unfiltered=table.unfiltered or table)
        if len(kept) < 2:
            raise ConfigError(f"plan {self.name!r}: its filters leave {len(kept)} of {len(table)} images; it needs 2")
        return kept
