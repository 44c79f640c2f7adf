"""The fields of an `AtlasPlan` and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import clustering
from ..atlas.layout_kinds import LAYOUTS, GridLayout
from ..atlas.matrix import width_and_height
from ..clustering import KMeans
from ..core import Clustering, FeatureTable, Needs
from ..core.errors import ConfigError
from ..embeddings import Look
from ..features import COLUMNS
from ..measurement.spaces import Space, space_needs
from . import result_cache
from .atlas_outputs import AtlasPage
from .atlas_phrases import check_phrases, phrase_needs
from .chosen_images import Choices
from .declared import declared_at
from .named_columns import needs_of
from .protocols import Output
from .registry import OUTPUT_KINDS
from .sequence_fields import Where

#: Features that a map has for its filters, beside those that its layouts need.
MAP_FEATURES = ("luminance", "hue", "saturation", "colourfulness", "edge_density", "aspect")
#: Layouts of an atlas unless its plan says otherwise; without clusters, there are no islands.
DEFAULT_LAYOUTS = ("map", "islands", "plane", "timeline")
#: What an atlas is written as unless its plan says otherwise.
DEFAULT_ATLAS_OUTPUTS: tuple[Any, ...] = (AtlasPage(),)


@dataclass(frozen=True)
class AtlasFields:
    """The fields of an `AtlasPlan`, which documents them, and what follows from them."""

    name: str
    on: Space = "auto"
    layouts: Sequence[Any] = DEFAULT_LAYOUTS
    grid: Any = True
    tile: str | tuple[int, int] = (128, 128)
    metadata: Any = None
    clusters: str | Clustering | Callable[[FeatureTable], Any] | None = field(default_factory=lambda: KMeans("auto"))
    phrases: Sequence[str] = ()
    paths: str | Sequence[str] | None = "all"
    dimensions: int = 256
    where: Where | None = None
    include: Choices = None
    exclude: Choices = None
    unique: str | None = None
    outputs: Sequence[Output | str] = DEFAULT_ATLAS_OUTPUTS
    seed: int = 0
    keep_layouts: bool = True
    declared_at: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "declared_at", declared_at())

    @property
    def needs(self) -> Needs:
        """What must be measured for the space, the filter, the clusters and the layouts."""
        needs = space_needs(self.on) | Needs(features=frozenset(MAP_FEATURES))
        needs |= phrase_needs(self.on, self.phrases) | needs_of(self.where)
        if self.unique == "near":
            needs |= Needs(embeddings=(Look(),))
        needs |= clustering.unique_needs(self.unique)
        if self.clusters is not None:
            needs |= clustering.resolve_clustering(self.clusters, COLUMNS).needs
        for each in self.kinds:
            needs |= getattr(each, "needs", Needs())
        return needs

    @property
    def kinds(self) -> list[Any]:
        """The layouts as instances, each once, the grid first. Raises ConfigError for an unknown one."""
        without = ["islands"] if self.clusters is None and self.layouts == DEFAULT_LAYOUTS else []
        without += ["grid"] if self._grid else []
        named = [each for each in self.layouts if not (isinstance(each, str) and each.strip() in without)]
        return _each_once([*self._grid, *(LAYOUTS.resolve(each) for each in named)])

    @property
    def _grid(self) -> list[Any]:
        if self.grid is False or self.grid is None:
            return []
        if self.grid is True:
            return [GridLayout()]
        return [self.grid] if callable(getattr(self.grid, "layout", None)) else [GridLayout(self.grid)]

    @property
    def written(self) -> list[Output]:
        """The outputs as instances. Raises ConfigError for an unknown one."""
        return [OUTPUT_KINDS.resolve(each) for each in self.outputs]

    def check_fields(self) -> None:
        """Raise ConfigError for values of a wrong kind."""
        if not self.name or not isinstance(self.name, str):
            raise ConfigError("a plan needs a name")
        if isinstance(self.layouts, str) or not isinstance(self.layouts, list | tuple):
            raise ConfigError(f"layouts= takes a list, such as [TSNE(), TimelineLayout()], not {self.layouts!r}")
        width_and_height(self.tile)
        check_phrases(self.phrases)
        if not self.kinds:
            raise ConfigError("an atlas needs a layout: layouts= is empty and grid= is False")
        if not isinstance(self.dimensions, int) or isinstance(self.dimensions, bool) or self.dimensions < 2:
            raise ConfigError(f"dimensions={self.dimensions!r} must be a whole number, at least 2")
        if not isinstance(self.keep_layouts, bool):
            raise ConfigError(f"keep_layouts={self.keep_layouts!r} must be True or False")
        if not isinstance(self.seed, int) or isinstance(self.seed, bool) or not 0 <= self.seed < 2**32:
            raise ConfigError(f"seed={self.seed!r} must be a whole number from 0 to {2**32 - 1}")
        if self.paths not in ("all", None) and not isinstance(self.paths, list | tuple):
            raise ConfigError(f'paths={self.paths!r} must be "all", None, or a list of names of plans')


def _each_once(kinds: Sequence[Any]) -> list[Any]:
    """Layouts without those that are there already: "map" is "tsne" where that is installed."""
    found: dict[str, Any] = {}
    for kind in kinds:
        found.setdefault(str(result_cache.described(getattr(kind, "projection", kind))), kind)
    return list(found.values())
