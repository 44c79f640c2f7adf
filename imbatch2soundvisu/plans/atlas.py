"""`AtlasPlan`: a whole collection on one zoomable map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from .. import config
from ..atlas.viewer.notebook import MapFrame
from ..config import Settings
from ..core import Collection, FeatureTable, Result
from ..core.errors import ConfigError, MissingExtra
from ..measurement import completed
from ..runtime import files
from . import result_cache
from .atlas_checks import check_fields, check_images
from .atlas_content import AtlasContent
from .atlas_fields import AtlasFields
from .atlas_foresight import foreseen
from .atlas_paths import check_paths, draft_of, results_of_run
from .declared import errors_at
from .outputs import output_names
from .plan_folder import write_plan
from .protocols import Foreseen, RunContext
from .registry import PLAN_KINDS
from .result_writer import write_result
from .selecting import rows_kept, without_vector
from .stored_layouts import FILE as STORED

if TYPE_CHECKING:
    from ..atlas.viewer.widget import AtlasWidget


@PLAN_KINDS.register("atlas")
@dataclass(frozen=True)
class AtlasPlan(AtlasFields):
    """A whole collection on one zoomable map, with its metadata; the sequences of the run are paths that play.

    Parameters
    ----------
    name : str
        The title, and the name of the folder.
    on : str, embedding or tuple
        The space in which images are alike: "auto", an embedding, "features", a feature, or a tuple of these.
    layouts : sequence
        Maps to choose from: "map" (t-SNE where it is installed, else PCA), "pca", "tsne", "umap", "islands", "plane",
        "timeline", "category-by-date", or instances: `TSNE()`, `Plane("hue", "luminance")`, `TimelineLayout("month")`.
        Unless given: "map", "islands" where there are clusters, "plane" and "timeline".
    grid : bool, (int, int), str or GridLayout
        Show a grid first, in which similar images are next to each other: True, its size as (114, 116) or "114x116",
        a shape ("circle", a text, an image), or a `GridLayout`. False for none.
    tile : (int, int) or str
        Width and height of an image in pixels, in the outputs that paint a grid: (128, 128) or "128x128".
    metadata : str, Path or MetadataTable, optional
        A CSV, TSV, JSON or Parquet file about the images, joined by file name.
    clusters : str, Clustering or callable, optional
        Clusters for labels, filters and islands; None for none.
    phrases : sequence of str
        Phrases of which the page shows how similar each image is, to filter and to sort by. They are read by the
        embedding of `on` if it has a text encoder, else by `Clip()`.
    paths : "all", sequence of str or None
        Plans whose sequences are drawn over the map and played: "all" those of the run, or some by name, which may
        also have been made by a run before.
    dimensions : int
        Spaces of more dimensions are reduced to as many by PCA.
    where, include, exclude, unique : optional
        Which images are on the map, as in `SequencePlan`.
    outputs : sequence of Output
        What is written: `AtlasPage()`, `AtlasTables()`, `Matrix()`, `Pyramid()`, or their names.
    seed : int
        Of the layouts.
    keep_layouts : bool
        Images keep the places that they had in the run before, so that only new ones are placed; False computes all
        layouts anew whenever something has changed.

    Examples
    --------
    >>> plan = AtlasPlan("map", on="look", layouts=["pca"], grid="8x6")
    >>> [type(each).__name__ for each in plan.kinds]
    ['GridLayout', 'Projection']
    """

    uses_results: ClassVar[bool] = True  # it is made after the plans whose sequences it shows

    def check(self, settings: Settings | None = None) -> None:
        """Raise ConfigError, with the line of the plan, when something in it is invalid."""
        with errors_at(self):
            check_fields(self, settings or config.resolve())

    def check_plans(self, plans: Sequence[Any], settings: Settings) -> None:
        """Raise ConfigError when `paths` names a plan that the run does not have, and that was not made before."""
        with errors_at(self):
            check_paths(self, plans, settings.outputs)

    def check_images(self, collection: Collection) -> None:
        """Raise ConfigError when no image is left, or when metadata or a layout does not fit the images."""
        with errors_at(self):
            check_images(self, collection)

    def make(self, table: FeatureTable, folder: Path, context: RunContext | None = None) -> list[Result]:
        """Compute the layouts and write the map into `folder`. A result whose inputs have not changed is kept.

        Raises
        ------
        NotOursError
            When it would overwrite a file that this program did not write.
        UnwritableError
            When nothing more can be written.
        """

        def results(context: RunContext) -> list[Result]:
            if not (folder / STORED).exists():  # the user deleted it, so that all places are computed again
                files.remove_own(folder / result_cache.RESULT)
            return [write_result(self.content(table, folder, context), self.written, folder, context)]

        return write_plan(self, folder, context, results, keep=(STORED,))

    def content(self, table: FeatureTable, folder: Path, context: RunContext) -> AtlasContent:
        """Return what the map is made from; layouts are computed when they are first used."""
        measured = completed(table, self.needs, settings=context.settings)
        rows = rows_kept(self, measured)
        kept = measured.select(rows)
        if not len(kept):
            raise ConfigError(f"plan {self.name!r}: its filters leave none of {len(table)} images", self.declared_at)
        content = AtlasContent(self, kept, folder, context)
        if missing := without_vector(self.needs.embeddings, measured):
            have, are = ("has", "is") if missing == 1 else ("have", "are")
            content.note(f"{missing} of {len(measured)} images {have} no vector and {are} not on the map")
        return content

    def foresee(self, table: FeatureTable | None, found: int, folder: Path, settings: Settings) -> Foreseen:
        """Return what would be made, of a collection of `found` images; see `protocols.Plan`."""
        context = RunContext(settings, results=results_of_run(settings.outputs))
        content = None if table is None else self.content(table, folder, context)
        return foreseen(self, content, found, folder, settings)

    def show(self, outputs: str | Path | None = None, height: int = 640) -> MapFrame:
        """Return the map that a run has written, for the last line of a cell of a notebook.

        Parameters
        ----------
        outputs : path, optional
            Those of the run; OUTPUTS when None.
        height : int
            Of the frame, in pixels.

        Raises
        ------
        ConfigError
            When the map is not there.
        """
        return MapFrame(self._page(outputs), height)

    def widget(self, outputs: str | Path | None = None, height: int = 640) -> AtlasWidget:
        """Return the map that a run has written as a widget: what is selected in it comes back.

        It has `selection`, `layout_name`, `filters` and `shown`; see `atlas.viewer.widget`.

        Parameters
        ----------
        outputs : path, optional
            Those of the run; OUTPUTS when None.
        height : int
            In pixels.

        Raises
        ------
        ConfigError
            When the map is not there.
        MissingExtra
            Without the package anywidget.
        """
        page = self._page(outputs)
        try:
            from ..atlas.viewer.widget import AtlasWidget
        except ModuleNotFoundError as error:
            if error.name not in ("anywidget", "traitlets"):
                raise
            raise MissingExtra("anywidget", "notebook", "AtlasPlan.widget()") from None
        return AtlasWidget(page, height)

    def _page(self, outputs: str | Path | None) -> Path:
        folder = config.resolve().outputs if outputs is None else Path(outputs)
        page = folder / files.slug(self.name) / "map" / "index.html"
        if not page.is_file():
            raise ConfigError(f"{page} is not there: make the map first, with run([plan], ...), or give outputs=")
        return page

    def draft(self, settings: Settings) -> AtlasPlan:
        """Return the plan of a first look: a grid and the layouts that are quick, as a page."""
        drafted: AtlasPlan = draft_of(self)
        return drafted

    def writes(self, folder: Path, settings: Settings) -> list[Path]:
        """Return the files that `make` may write into `folder` itself, as far as they are known before."""
        return [folder / name for name in [result_cache.RESULT, STORED, *output_names(self.written, settings)]]
