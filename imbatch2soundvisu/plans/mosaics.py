"""`MosaicPlan`: one image made of many others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .. import config
from ..config import Settings
from ..core import Collection, FeatureTable, Result
from . import result_cache
from .declared import errors_at
from .mosaic_checks import check, check_images
from .mosaic_content import MosaicContent, contents_of
from .mosaic_drafts import draft_of
from .mosaic_fields import MosaicFields
from .mosaic_foresight import foreseen
from .outputs import output_names
from .plan_folder import write_plan
from .protocols import Foreseen, RunContext
from .registry import PLAN_KINDS
from .result_writer import write_result


@PLAN_KINDS.register("mosaic")
@dataclass(frozen=True)
class MosaicPlan(MosaicFields):
    """One image made of many others, still, zoomed and moving.

    All options of `MosaicOptions` are fields of the plan: `tile`, `columns`, `max_uses`, `tint`, ...

    Parameters
    ----------
    name : str
        The title, and the name of the folder.
    target : str, Path, ImageRecord, ndarray or callable
        The image that the mosaic shows: a file, the name of an image of the collection, "representative" (the image
        that is most similar to all others), or a function of the `FeatureTable` that returns a row of it.
    tiles : str, Path, Collection, FeatureTable, ImageSequence or list of paths, optional
        The images that it is made of: a folder, a `.txt` list, a video, ...; None for the collection of the run.
    enlarge : float, optional
        The mosaic is so many times larger than the target. None, without `tile_px`: so much that its tiles are 48
        pixels wide, up to 24 megapixels.
    min_distance : float
        The least distance between two uses of an image, in tiles: 3 in a plan, so that plain areas do not repeat one.
    where, include, exclude, unique : optional
        Which of the images are tiles, as in `SequencePlan`.
    limit : int, optional
        At most so many tiles, evenly along the collection; None for all.
    clusters : str, Clustering or callable, optional
        One mosaic of each cluster of the tiles, each in its own folder: "kmeans", `KMeans(6)`, ...
    cluster : int or str, optional
        With `clusters`: of this cluster only, by its number from 0 or its name.
    music : style, str or None
        Of the films: `Composed()`, `Track()`, ..., as in `SequencePlan`; None for silent films.
    outputs : sequence of Output
        What is written: `MosaicImage()`, `Placements()`, ..., or their names.

    Examples
    --------
    >>> plan = MosaicPlan("portrait", target="portrait.jpg", tile=(24, 32), max_uses=8, tint=0.5)
    >>> plan.tile, [type(each).__name__ for each in plan.written][:2]
    ((24, 32), ['MosaicImage', 'MosaicComparison'])
    """

    def check(self, settings: Settings | None = None) -> None:
        """Raise ConfigError, with the line of the plan, when something in it is invalid."""
        with errors_at(self):
            check(self, settings or config.resolve())

    def check_images(self, collection: Collection) -> None:
        """Raise ConfigError for a target that is no image, and for names of `include` and `exclude` that mean none."""
        with errors_at(self):
            check_images(self, collection)

    def make(self, table: FeatureTable, folder: Path, context: RunContext | None = None) -> list[Result]:
        """Make the mosaic and write it into `folder`, or into a folder in it for each cluster.

        A result whose inputs have not changed is kept. What could not be made is in `problems` of the result.

        Raises
        ------
        NotOursError
            When it would overwrite a file that this program did not write.
        UnwritableError
            When nothing more can be written.
        """

        def results(context: RunContext) -> list[Result]:
            placed = self.contents(table, folder, context)
            return [write_result(content, self.written, place, context) for content, place in placed]

        return write_plan(self, folder, context, results)

    def contents(self, table: FeatureTable, folder: Path, context: RunContext) -> list[tuple[MosaicContent, Path]]:
        """Return what each result is made from, with the folder it is written into; nothing is matched yet."""
        return contents_of(self, table, folder, context)

    def draft(self, settings: Settings) -> MosaicPlan:
        """Return a plan for a first look: the same tiles and matching, smaller, without pages and large files."""
        return draft_of(self)

    def foresee(self, table: FeatureTable | None, found: int, folder: Path, settings: Settings) -> Foreseen:
        """Return what would be made, of a collection of `found` images; see `protocols.Plan`."""
        return foreseen(self, table, found, folder, settings)

    def writes(self, folder: Path, settings: Settings) -> list[Path]:
        """Return the files that `make` may write into `folder` itself, as far as they are known before."""
        return [folder / name for name in [result_cache.RESULT, *output_names(self.written, settings)]]
