"""What the outputs of a mosaic are made from: the target, its tiles, and the tile of each cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from ..config import Settings
from ..core import Collection, FeatureTable, Progress, silent
from ..core.text import plural
from ..datasets.discovery import digest_of
from ..mosaic.fidelity import Fidelity
from ..mosaic.mosaics import Mosaic, mosaic
from ..mosaic.options import MosaicOptions
from ..runtime.cache import Cache
from ..runtime.fingerprints import fingerprint
from . import result_cache
from .albums import folder_names
from .mosaic_fields import MosaicFields
from .mosaic_outputs import MosaicSource
from .mosaic_targets import Target, target_for
from .mosaic_tiles import tile_clusters, tiles_for
from .protocols import Output, RunContext

C = TypeVar("C")
#: Problems with tiles that are listed one by one.
_LISTED = 5


class MosaicContent(MosaicSource):
    """A target with the tiles that it is to be made of.

    Parameters
    ----------
    plan : MosaicPlan
        Its options and outputs.
    target : Target
        The image that the mosaic shows.
    tiles : FeatureTable
        The images that it is made of.
    settings : Settings
        Those of the run.
    cluster : str
        The cluster that the tiles are, "" for none.
    """

    def __init__(
        self, plan: MosaicFields, target: Target, tiles: FeatureTable, settings: Settings, cluster: str = ""
    ) -> None:
        self.fields, self.target, self.tiles, self.settings, self.cluster = plan, target, tiles, settings, cluster
        self._progress: Progress = silent

    @property
    def plan(self) -> str:
        return self.fields.name

    @cached_property
    def options(self) -> MosaicOptions:
        """The options of the mosaic, for the size of this target."""
        height, width = self.target.pixels.shape[:2]
        return self.fields.options(width, height)

    @cached_property
    def mosaic(self) -> Mosaic:
        """The mosaic; cells are matched when it is first used."""
        values = {each.name: getattr(self.options, each.name) for each in fields(MosaicOptions)}
        skipped = () if self.fields.tiles is None else self.tiles.skipped
        collection = Collection(Path("."), self.tiles.records, skipped=skipped)
        with Cache(self.settings.cache) as store:
            return mosaic(
                self.target.pixels, collection, settings=self.settings, cache=store, progress=self._progress, **values
            )

    @cached_property
    def fidelity(self) -> Fidelity:
        """How close the mosaic is to its target."""
        return self.mosaic.fidelity()

    def prepare(self, outputs: Sequence[Output], progress: Progress) -> list[str]:
        """Match the cells. Returns no problem: images that cannot be used as tiles are in the lines of the result."""
        self._progress = progress
        _ = self.mosaic
        return []

    def _skipped(self) -> list[str]:
        """The images that cannot be used as tiles, a line each."""
        problems = self.mosaic.codebook.problems
        rest = len(problems) - _LISTED
        more = [f"skipped: {rest} more images that cannot be used as tiles"] if rest > 0 else []
        return [*(f"skipped: {each}" for each in problems[:_LISTED]), *more]

    def state(self) -> Any:
        """Everything that the files depend on: target, tiles, options and music."""
        return [
            state_of_options({each.name: getattr(self.fields, each.name) for each in fields(MosaicOptions)}),
            [self.plan, self.cluster, self.target.name, self.target.digest],
            self._music_state(),
            [(record.name, record.digest) for record in self.tiles.records],
        ]

    def _music_state(self) -> list[Any]:
        """What the music of the films depends on besides the tiles."""
        settings, music = self.settings, self.fields.music
        return [result_cache.described(music), settings.loudness_lufs, settings.peak_dbfs, str(settings.soundfont)]

    def entry(self) -> Mapping[str, Any]:
        """The mosaic in `run.json`."""
        made, uses = self.mosaic, self.uses()
        width, height = made.size
        return {
            "plan": self.plan,
            "kind": "mosaic",
            "title": f"{self.plan} · {self.cluster}" if self.cluster else self.plan,
            "cluster": self.cluster,
            "images": list(uses),
            "summary": (
                f"{self.target.name} of {plural(len(made.cells), 'tile')} from {plural(len(uses), 'image')}, "
                f"{width} × {height} px"
            ),
            "mosaic": {
                "target": self.target.name,
                "cells": len(made.cells),
                "tiles": len(self.tiles),
                "distinct": len(uses),
                "most_uses": max(uses.values(), default=0),
                "width": width,
                "height": height,
                "fidelity": self.fidelity.as_dict(),
                "assignment": None if made.assignment is None else made.assignment.as_dict(),
            },
            "lines": [*made.notes[:_LISTED], *self._skipped()],
            "details": self._details(uses),
        }

    def uses(self) -> dict[str, int]:
        """Return how often each image is used, by its name, in the order of the collection."""
        made = self.mosaic
        counts = Counter(made.chosen.tolist())
        found: Counter[str] = Counter()
        for number in sorted(counts):
            found[made.codebook.records[number].name] += counts[number]
        return dict(found)

    def _details(self, uses: Mapping[str, int]) -> dict[str, str]:
        most = max(uses, key=lambda name: uses[name], default="")
        found = self.mosaic.assignment
        limits = {"Limits": found.summary} if found is not None and found.summary else {}
        return {
            "Fidelity": self.fidelity.summary,
            "Used most often": f"{most}, {plural(uses.get(most, 0), 'time')}",
            **limits,
        }


def state_of_options(options: Mapping[str, Any]) -> list[Any]:
    """Return what a mosaic depends on of its options; of a mask, its content."""
    mask = options["mask"]
    return [
        {name: result_cache.described(value) for name, value in options.items() if name != "mask"},
        digest_of(Path(mask).expanduser()) if isinstance(mask, str | Path) else fingerprint(mask),
    ]


def contents_of(
    plan: MosaicFields, table: FeatureTable, folder: Path, context: RunContext
) -> list[tuple[MosaicContent, Path]]:
    """Return what each result of a plan is made from, with the folder it is written into.

    Parameters
    ----------
    plan : MosaicPlan
        A plan that has been checked.
    table : FeatureTable
        The collection of the run.
    folder : Path
        Of the plan.
    context : RunContext
        Of the run.
    """
    target, tiles = target_for(plan, table), tiles_for(plan, table, context)
    return placed_contents(
        plan, tiles, folder, lambda chosen, cluster: MosaicContent(plan, target, chosen, context.settings, cluster)
    )


def placed_contents(
    plan: MosaicFields, tiles: FeatureTable, folder: Path, content_of: Callable[[FeatureTable, str], C]
) -> list[tuple[C, Path]]:
    """Return a content of all tiles with the folder of the plan, or one of each cluster with a folder in it."""
    contents = [(content_of(chosen, cluster), cluster) for cluster, chosen in tile_clusters(plan, tiles)]
    if plan.clusters is None or plan.cluster is not None:
        return [(content, folder) for content, _ in contents]
    names = folder_names([cluster for _, cluster in contents])
    return [(content, folder / name) for (content, _), name in zip(contents, names, strict=True)]
