"""Passes: measurements that are expensive or need another view of the image, and run only when a plan needs them.

The protocol and its registry stand here, beneath the descriptors that register themselves; `measurement` runs them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..core import FeatureInfo
from ..core.errors import ConfigError
from ..core.regions import Region
from ..core.registry import Registry, required_parameters
from ..runtime.fingerprints import fingerprint
from .registry import FEATURES, Feature


@dataclass(frozen=True)
class Measurement:
    """What a pass found in one image: values of its columns, a vector, regions, or several of these.

    Attributes
    ----------
    columns : mapping
        {column: value}; NaN, or left out: undefined.
    vector : ndarray, shape (d,), optional
        Of the same length for every image.
    regions : sequence of Region
        Rectangles in the image.
    """

    columns: Mapping[str, float] = field(default_factory=dict)
    vector: np.ndarray | None = None
    regions: Sequence[Region] = ()


@runtime_checkable
class Pass(Protocol):
    """Measures batches of images at an input size of its own. A frozen dataclass.

    Register the class with `@PASSES.register("name")`: then a plan can order by its columns, and the pass runs when
    one does. Results are cached by the content of the image and the code and fields of the pass.

    Attributes
    ----------
    input_size : int or None
        The longer side, in pixels, at which images are decoded; None: full size. Images are never enlarged.
    columns : mapping of str to FeatureInfo, optional
        The scalars it gives. {}: vectors or regions only.
    batch_size : int, optional
        Images per call of `measure`; 16 by default.
    name : str, optional
        The name of its vectors and regions in the table; by default the registered name.
    key : str, optional
        What its values depend on besides its code and fields, such as a digest of weights.
    thread_safe : bool, optional
        Whether `measure` may run in several threads at a time; False by default.
    has_vectors : bool, optional
        Whether it gives vectors whose Euclidean distances measure how different images are: then orders, clusters and
        maps take it, or its name, as `on=`. False by default.

    It may also have
    `located(settings) -> Pass`, the pass with the paths of its model files, which stand in fields with the metadata
    {"place": True}, since values do not depend on paths (see `models.UsesModel`);
    `prepare(progress)`, called before any work: it finds or downloads models, and raises MissingExtra or ConfigError
    when `measure` could not run.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from imbatch2soundvisu.core import FeatureInfo, registry
    >>> with registry.isolated():
    ...     @PASSES.register("detail")
    ...     @dataclass(frozen=True)
    ...     class Detail:
    ...         "Detail at 512 px."
    ...         input_size = 512
    ...         columns = {"fine_detail": FeatureInfo("fine_detail", "", 0.0)}
    ...         def measure(self, batch):
    ...             return [{"fine_detail": float(image.std())} for image in batch]
    ...     "fine_detail" in COLUMNS
    True
    """

    @property
    def input_size(self) -> int | None: ...

    def measure(self, batch: Sequence[np.ndarray]) -> Sequence[Mapping[str, float] | np.ndarray | Measurement]:
        """Measure upright sRGB images, each (h, w, 3) uint8; one result for each, in their order.

        A mapping gives columns, an array a vector, a `Measurement` both and regions.
        """
        ...


@runtime_checkable
class PairPass(Protocol):
    """Measures how an image differs from the one before it. A frozen dataclass.

    It is registered, cached and used as a `Pass` is, with the same attributes besides `pairs`. The image before another
    is the one before it in its folder, by the dates of the images where all have one in their EXIF data, else by name;
    a video is a folder of its frames. Its results belong to the second image of each pair: those of the first image of
    a folder are undefined. They are cached by the content of both images; images are decoded in runs of `batch_size`
    pairs, each once a run.

    Attributes
    ----------
    input_size : int or None
        As of a `Pass`.
    pairs : bool
        True.
    """

    input_size: int | None
    pairs: bool

    def measure(
        self, batch: Sequence[tuple[np.ndarray, np.ndarray]]
    ) -> Sequence[Mapping[str, float] | np.ndarray | Measurement]:
        """Measure pairs of upright sRGB images, each (h, w, 3) uint8, of any two sizes; one result for each pair."""
        ...


#: Every registered pass by its name.
PASSES: Registry[Any] = Registry(
    "pass",
    method="measure",
    argument="measure(passes=[...])",
    modules=tuple(
        f"{__package__}.{each}"
        for each in (
            "depth.passes",
            "faces.passes",
            "motion.passes",
            "motion.thumbnails",
            "focus",
            "bodies.passes",
            "masks.passes",
        )
    ),
)


def pass_name(each: Pass) -> str:
    """Return the name of a pass: its `name`, else the name its class is registered under, else that of the class."""
    registered = next((name for name, entry in PASSES.items() if entry is type(each)), type(each).__name__.lower())
    return str(getattr(each, "name", registered))


def pass_columns(each: Pass) -> Mapping[str, FeatureInfo]:
    """Return the columns that a pass gives."""
    return getattr(each, "columns", {})


def is_pair_pass(each: Pass | PairPass) -> bool:
    """Return whether a pass measures pairs of neighbouring images."""
    return bool(getattr(each, "pairs", False))


def pass_version(each: Pass) -> str:
    """Return a digest of what its values depend on: code, fields and `key`."""
    fields_of: tuple[Any, ...] = dataclasses.fields(each) if dataclasses.is_dataclass(each) else ()
    names = [field.name for field in fields_of if not field.metadata.get("place")]
    fields = {name: getattr(each, name) for name in names}
    return fingerprint(type(each), fields, str(getattr(each, "key", "")))


def space_pass(on: object) -> Pass | None:
    """Return the pass whose vectors `on=` is: an instance, or the name of a registered one; None for other things."""
    if isinstance(on, str):
        entry = PASSES.get(on)
        if entry is None or required_parameters(entry) or not getattr(entry, "has_vectors", False):
            return None
        found: Pass = PASSES.resolve(on)
        return found
    return on if isinstance(on, Pass) and not isinstance(on, type) and getattr(on, "has_vectors", False) else None


def space_passes() -> list[str]:
    """Return the names of registered passes that `on=` takes."""
    return [name for name in PASSES if space_pass(name) is not None]


def resolved_passes(passes: Iterable[Any]) -> list[Pass]:
    """Return passes given as instances or by name; a name stands for the instance of that name, if there is one."""
    passes = list(passes)
    given = {pass_name(each) for each in passes if not isinstance(each, str | type)}
    return [PASSES.resolve(each) for each in passes if not (isinstance(each, str) and each in given)]


def passes_for(names: Sequence[str]) -> tuple[Pass, ...]:
    """Return the registered passes that give the columns of these names, each once; features are left out."""
    found: dict[str, Pass] = {}
    for name in names:
        if name not in FEATURES and (column := _pass_columns().get(name)) is not None:
            found.setdefault(column.pass_name, PASSES.resolve(column.pass_name))
    return tuple(found.values())


@dataclass(frozen=True)
class PassColumn:
    """A column that a registered pass gives."""

    info: FeatureInfo
    pass_name: str


def _pass_columns() -> dict[str, PassColumn]:
    found: dict[str, PassColumn] = {}
    for name, entry in PASSES.items():
        if required_parameters(entry):
            continue
        for column, info in pass_columns(entry() if isinstance(entry, type) else entry).items():
            if column in FEATURES or column in found:
                raise ConfigError(f"the pass {name!r} gives a column {column!r}, and so does something else; rename it")
            found[column] = PassColumn(info, name)
    return found


class _Columns(Mapping[str, Feature | PassColumn]):
    """Everything that can be a column of a table, by name: features, and columns of passes. Each has `info`."""

    def __getitem__(self, name: str) -> Feature | PassColumn:
        return FEATURES[name] if name in FEATURES else _pass_columns()[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*FEATURES, *_pass_columns()])

    def __len__(self) -> int:
        return len(FEATURES) + len(_pass_columns())

    def __contains__(self, name: object) -> bool:
        return name in FEATURES or name in _pass_columns()


#: Every column that a plan can name: features and columns of registered passes.
COLUMNS: Mapping[str, Feature | PassColumn] = _Columns()
