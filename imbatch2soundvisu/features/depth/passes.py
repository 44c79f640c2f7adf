"""The pass that estimates the depth of images."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np

from ...config import Settings
from ...core import FeatureInfo, FeatureTable, Progress, silent
from ...core.errors import ConfigError
from ...runtime.fingerprints import fingerprint
from ..models import PLACE
from ..passes import PASSES, Measurement
from .maps import DEPTH_COLUMNS, depth_columns, nearness
from .models import DEFAULT, DepthModel, HubDepth

#: Side of the square map that each image keeps, in pixels; the image is stretched to it.
MAP_PX = 96
_MOST_PX, _LEAST_PX = 4096, 64


@PASSES.register("depth")
@dataclass(frozen=True)
class Depth:
    """Estimate how far everything in an image is away.

    Columns: `depth_spread` (flat to deep), `depth_gradient`, `far_share`. The vector is a map of 96 × 96 values, from 0
    (farthest) to 1 (nearest), that `Parallax()` moves images by. Depth is relative: no network knows metres from a
    photograph alone.

    Parameters
    ----------
    model : str, Path or DepthModel
        A model of transformers for depth: "owner/name" of the hub, a folder, also by its name in MODELS, or a file of
        weights beside its configuration; or an instance with a method `disparity(images)`.
    input_size : int
        Long side, in pixels, at which images are decoded.
    device : str, optional
        "cuda", "mps" or "cpu"; None: the fastest available.

    Examples
    --------
    >>> sorted(Depth().columns)
    ['depth_gradient', 'depth_spread', 'far_share']
    """

    model: Any = field(default=DEFAULT, metadata=PLACE)
    input_size: int = 700
    device: str | None = field(default=None, metadata=PLACE)
    columns: ClassVar[Mapping[str, FeatureInfo]] = DEPTH_COLUMNS
    batch_size: ClassVar[int] = 4

    def __post_init__(self) -> None:
        size = self.input_size
        if not isinstance(size, int) or isinstance(size, bool) or not _LEAST_PX <= size <= _MOST_PX:
            raise ConfigError(
                f"Depth(input_size={size!r}) must be a whole number from {_LEAST_PX} to {_MOST_PX} pixels"
            )
        _ = self._model

    def located(self, settings: Settings) -> Depth:
        """Return the pass with the path of its model, where that is a folder or file."""
        locate = getattr(self._model, "located", None)
        return self if locate is None else dataclasses.replace(self, model=locate(settings))

    def prepare(self, progress: Progress = silent) -> None:
        """Download the network if it is not there. Raises MissingExtra or ConfigError where `measure` cannot run."""
        if callable(ready := getattr(self._model, "prepare", None)):
            ready(progress)

    @property
    def key(self) -> str:
        """A digest of the code, parameters and weights of the network."""
        model = self._model
        fields: tuple[Any, ...] = dataclasses.fields(model) if dataclasses.is_dataclass(model) else ()
        values = {each.name: getattr(model, each.name) for each in fields if not each.metadata.get("place")}
        return fingerprint(type(model), values, getattr(model, "key", ""))

    def measure(self, batch: Sequence[np.ndarray]) -> list[Measurement]:
        """Return columns and map of each image, (h, w, 3) uint8."""
        return [_measurement(np.asarray(each, np.float32)) for each in self._model.disparity(batch)]

    @property
    def _model(self) -> DepthModel:
        if isinstance(self.model, str | Path):
            return HubDepth(self.model, self.device)
        if not callable(getattr(self.model, "disparity", None)):
            raise ConfigError(f"Depth(model={self.model!r}) must be a name, a path, or have a method disparity(images)")
        found: DepthModel = self.model
        return found


def _measurement(disparity: np.ndarray) -> Measurement:
    small = cv2.resize(nearness(disparity), (MAP_PX, MAP_PX), interpolation=cv2.INTER_AREA)
    return Measurement(depth_columns(disparity), vector=small.ravel())


def depth_maps(table: FeatureTable) -> list[np.ndarray | None] | None:
    """Return the map of each image of a table, (96, 96) float32 from 0, the farthest, to 1; None where it failed.

    None instead of all maps where `Depth` did not run.
    """
    found = table.vectors.get("depth")
    if found is None or found.shape[1] != MAP_PX * MAP_PX:
        return None
    return [each.reshape(MAP_PX, MAP_PX) if np.isfinite(each).all() else None for each in found]
