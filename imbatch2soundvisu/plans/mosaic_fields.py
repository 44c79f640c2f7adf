"""The fields of a `MosaicPlan` and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .. import clustering
from ..core import Clustering, FeatureTable, Needs
from ..embeddings import Look
from ..features import COLUMNS
from ..mosaic.options import MosaicOptions
from ..music.styles import Composed
from .chosen_images import Choices
from .declared import declared_at
from .mosaic_films import BuildUp
from .mosaic_outputs import MosaicComparison, MosaicImage
from .mosaic_posters import Placements, ZoomPage
from .named_columns import needs_of
from .protocols import Output
from .registry import OUTPUT_KINDS
from .sequence_fields import Where

#: The target that is the image most similar to all others.
REPRESENTATIVE = "representative"
#: What a mosaic is written as unless its plan says otherwise.
DEFAULT_MOSAIC_OUTPUTS: tuple[Any, ...] = (MosaicImage(), MosaicComparison(), Placements(), ZoomPage(), BuildUp())


@dataclass(frozen=True)
class MosaicFields(MosaicOptions):
    """The fields of a `MosaicPlan`, which documents them, and what follows from them."""

    name: str
    target: Any
    tiles: Any = None
    enlarge: Any = field(default=None, kw_only=True)
    min_distance: float = field(default=3, kw_only=True)
    where: Where | None = field(default=None, kw_only=True)
    include: Choices = field(default=None, kw_only=True)
    exclude: Choices = field(default=None, kw_only=True)
    unique: str | None = field(default=None, kw_only=True)
    limit: int | None = field(default=None, kw_only=True)
    clusters: str | Clustering | Callable[[FeatureTable], Any] | None = field(default=None, kw_only=True)
    cluster: int | str | None = field(default=None, kw_only=True)
    music: Any = field(default_factory=Composed, kw_only=True)
    outputs: Sequence[Output | str] = field(default=DEFAULT_MOSAIC_OUTPUTS, kw_only=True)
    declared_at: str = field(default="", init=False, repr=False, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "declared_at", declared_at())

    @property
    def tile_needs(self) -> Needs:
        """What must be measured of the tiles to filter and cluster them."""
        alike = Needs(embeddings=(Look(),)) if self.unique == "near" else clustering.unique_needs(self.unique)
        needs = alike | needs_of(self.where)
        if self.clusters is not None:
            needs |= clustering.resolve_clustering(self.clusters, COLUMNS).needs
        return needs

    @property
    def needs(self) -> Needs:
        """What must be measured of the collection of the run."""
        needs = self.tile_needs if self.tiles is None else Needs()
        is_searched_for = isinstance(self.target, str) and self.target == REPRESENTATIVE
        return needs | Needs(embeddings=(Look(),)) if is_searched_for else needs

    @property
    def written(self) -> list[Output]:
        """The outputs as instances. Raises ConfigError for an unknown one."""
        return [OUTPUT_KINDS.resolve(each) for each in self.outputs]

    @property
    def target_path(self) -> Path | None:
        """The file of the target, where it is one."""
        if not isinstance(self.target, str | Path):
            return None
        path = Path(self.target).expanduser()
        return path if path.is_file() else None

    def options(self, width: int, height: int) -> MosaicOptions:
        """Return the options of the mosaic of a target of the given size. Raises ConfigError for invalid ones."""
        values = {each.name: getattr(self, each.name) for each in fields(MosaicOptions)}
        plain = MosaicOptions(**{**values, "enlarge": 1.0 if self.enlarge is None else self.enlarge})
        plain.check_options()
        if self.enlarge is not None or self.tile_px is not None:
            return plain
        return MosaicOptions(**{**values, "enlarge": plain.visible(width, height)})
