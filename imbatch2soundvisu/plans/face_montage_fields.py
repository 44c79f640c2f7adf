"""The fields of a `FaceMontagePlan` and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar

import numpy as np

from ..config import Settings
from ..core import FeatureInfo, FeatureTable, ImageSequence, Needs, Order
from ..core.errors import unknown
from ..faces.choosing import FACE_FEATURES, SIMILARITY
from ..faces.options import MontageOptions
from ..features import COLUMNS, PASSES
from ..features.faces import Faces
from ..sorting import ORDERS, ByDate, Shuffled, paths, resolve_order
from ..sorting.common import Undriven
from .face_outputs import AlignedFrames, AverageFace
from .face_review import ReviewSheet
from .film_outputs import Film, Gif
from .protocols import Output
from .registry import OUTPUT_KINDS
from .sequence_fields import SequenceFields
from .sheet_outputs import ContactSheet
from .sound_outputs import Midi, Wav
from .table_outputs import Tables

#: What a montage is written as unless its plan says otherwise.
DEFAULT_MONTAGE_OUTPUTS: tuple[Any, ...] = (
    Film(), Gif(), Wav(), Midi(), AverageFace(), AlignedFrames(), ContactSheet(), ReviewSheet(), Tables(),
)  # fmt: skip
#: Orders of faces by their short names; others are those of every sequence.
SHORT_NAMES = {"yaw": "face_yaw", "roll": "face_roll", "sharpness": "face_sharpness", "size": "face_share"}
#: Orders that a message lists before those of every sequence.
_FIRST = ("date", "yaw", "similarity", "smooth", "random", "sharpness", "roll", "size")
#: The vector of a table that holds small pictures of the aligned faces.
SMALL_FACES = "small aligned faces"
#: Times between photos count at least, and at most, so many times the median.
_LEAST_GAP, _MOST_GAP = 0.2, 6.0


@dataclass(frozen=True)
class BySimilarity:
    """The faces that are most similar to the examples first."""

    descending: bool = True
    drives: ClassVar[bool] = True

    @property
    def needs(self) -> Needs:
        return Needs()

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return how similar each face is, (n,) float64."""
        return table[SIMILARITY.name], SIMILARITY

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp."""
        values = table[SIMILARITY.name]
        return np.argsort(-values if self.descending else values, kind="stable")


@dataclass(frozen=True)
class SmoothFaces(Undriven):
    """The shortest path through the aligned faces: neighbours look alike."""

    title: ClassVar[str] = "smooth path of faces"

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp."""
        return paths.shortest_path(table.vectors[SMALL_FACES])


@dataclass(frozen=True)
class MontageSequence(SequenceFields):
    """The sequence of aligned frames that a montage is, as music and outputs see it.

    Parameters
    ----------
    frame_size : (int, int)
        Width and height of the frames.
    """

    frame_size: tuple[int, int] = (800, 800)

    @property
    def film(self) -> Film:
        """The first film of the outputs, or one of the size of the frames."""
        return next(iter(self.films), Film(size=_even(self.frame_size)))


@dataclass(frozen=True)
class FaceMontageFields(MontageOptions, SequenceFields):
    """The fields of a `FaceMontagePlan`, which documents them, and what follows from them."""

    order: Any = "date"
    unique: str | None = "near"
    limit: Any = None
    outputs: Sequence[Output | str] = DEFAULT_MONTAGE_OUTPUTS
    output_size: Any = field(default=None, kw_only=True)
    target_faces: Any = field(default=None, kw_only=True)
    other_faces: Any = field(default=None, kw_only=True)
    person: str | None = field(default=None, kw_only=True)
    names: Any = field(default=None, kw_only=True)
    review: Any = field(default=None, kw_only=True)
    spacing: str = field(default="even", kw_only=True)
    transition: Any = field(default="cut", kw_only=True)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frames: as given, else those of the film, so that they fill it."""
        if self.output_size is not None:
            return super().size
        sizes = (each.size for each in self.outputs if isinstance(each, Film) and each.size is not None)
        return next(sizes, (MontageOptions.output_size,) * 2)

    def _check_size(self) -> None:
        if self.output_size is not None:
            super()._check_size()

    @property
    def needs(self) -> Needs:
        """What must be measured of the collection: faces, and what order and music need."""
        return self.sequence_fields.needs | Needs(features=FACE_FEATURES)

    @property
    def face_pass(self) -> Faces:
        """How faces are found: as `passes=` says."""
        return next((each for each in map(PASSES.resolve, self.passes) if isinstance(each, Faces)), Faces())

    @property
    def resolved_order(self) -> Order:
        """The order as an instance. Raises ConfigError for an unknown one."""
        order = self.order
        if not isinstance(order, str):
            return resolve_order(order, COLUMNS)
        minus, name = ("-", order[1:].strip()) if order.startswith("-") else ("", order.strip())
        if name == "similarity":
            return BySimilarity(descending=not minus)
        if name == "smooth" and not minus:
            return SmoothFaces()
        if name == "random":
            return Shuffled(self.seed)
        if name == "date":
            return ByDate(descending=bool(minus))
        if name not in {*SHORT_NAMES, *ORDERS, *COLUMNS}:
            raise unknown("order", order, {*ORDERS.without_parameters(), *COLUMNS}, first=_FIRST)
        return resolve_order(minus + SHORT_NAMES.get(name, name), COLUMNS)

    @property
    def written(self) -> list[Output]:
        """The outputs as instances; films have the transition of the plan, and the size of its frames.

        A `ReviewSheet()` is among them where faces are judged; it is written when some are uncertain.
        """
        found = [self._in_size(OUTPUT_KINDS.resolve(each)) for each in self.outputs]
        judges = self.target_faces is not None or self.person is not None
        if judges and not any(isinstance(each, ReviewSheet) for each in found):
            found.append(ReviewSheet())
        return found

    @property
    def sequence_fields(self) -> MontageSequence:
        """The montage as a sequence of images."""
        values = {each.name: getattr(self, each.name) for each in fields(SequenceFields) if each.init}
        own = {
            "order": self.resolved_order, "unique": None, "outputs": tuple(self.written), "frame_size": self.size,
            "cutting": elapsed_time if self.spacing == "time" else self.cutting,
        }  # fmt: skip
        found = MontageSequence(**{**values, **own})
        object.__setattr__(found, "declared_at", self.declared_at)  # messages point at the session, not at this line
        return found

    def fps(self, settings: Settings) -> Any:
        """Frames a second of the timeline."""
        return self.sequence_fields.fps(settings)

    def _in_size(self, output: Any) -> Any:
        if not isinstance(output, Film):
            return output
        size = _even(self.size) if output.size is None else output.size
        return replace(
            output, size=size, transition=self.transition if output.transition == "cut" else output.transition
        )


def elapsed_time(sequence: ImageSequence) -> np.ndarray:
    """Return weights for photos by the time until the next one, (n,): within limits, so that each can be seen."""
    values, _ = ByDate().driver(sequence.table)
    gaps = np.abs(np.diff(values))
    usual = float(np.median(gaps[np.isfinite(gaps) & (gaps > 0)])) if (gaps > 0).any() else 1.0
    gaps = np.where(np.isfinite(gaps), gaps / usual, 1.0)
    return np.clip(np.append(gaps, 1.0), _LEAST_GAP, _MOST_GAP)


def _even(size: tuple[int, int]) -> tuple[int, int]:
    return max(16, size[0] // 2 * 2), max(16, size[1] // 2 * 2)
