"""Images, what is known of them, and their order."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas

    from .clusters import Profile
    from .protocols import Embedder


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image.

    digest : hex digest of the file's bytes: a renamed file is the same image.
    width, height : pixels, upright (after EXIF orientation).
    taken : when, in local time; `taken_from` says whether the EXIF, the file name or the file's own time told it.
    name : the path relative to the collection's root, with forward slashes.
    """

    path: Path
    digest: str
    width: int
    height: int
    taken: datetime | None = None
    taken_from: str = ""
    name: str = ""
    format: str = ""

    @property
    def label(self) -> str:
        """The name a person reads: the last part of `name`, or of the path."""
        return (self.name or str(self.path)).rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not used, and why; or, in `damaged` lists, one that is used although damaged."""

    name: str
    reason: str


@dataclass(frozen=True)
class Collection:
    """The images of one folder, in a fixed order (by name).

    found : how many files were looked at. skipped : those that cannot be used. damaged : those used as far as they
    can be read. duplicates : groups of names with the same bytes. near_duplicates : groups that look the same
    (filled in when the images have been measured).
    """

    root: Path
    records: tuple[ImageRecord, ...]
    found: int = 0
    skipped: tuple[Skipped, ...] = ()
    damaged: tuple[Skipped, ...] = ()
    duplicates: tuple[tuple[str, ...], ...] = ()
    near_duplicates: tuple[tuple[str, ...], ...] = ()
    source: str = "folder"

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[ImageRecord]:
        return iter(self.records)

    def __repr__(self) -> str:
        return f"<Collection {self.root}: {len(self)} images of {self.found} files, {len(self.skipped)} skipped>"

    def _repr_html_(self) -> str:
        rows = [(r.name, f"{r.width} × {r.height}", r.format, _date(r.taken)) for r in self.records[:20]]
        return _html_table(f"{self!r}"[1:-1], ("name", "size", "format", "taken"), rows, len(self))


@dataclass(frozen=True, slots=True)
class FeatureInfo:
    """What a column of numbers means: unit, range [low, high] (None: open), whether the ends meet (degrees)."""

    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    circular: bool = False
    description: str = ""
    source: str = ""

    def format(self, value: float) -> str:
        """A value as a person reads it, with its unit; '–' for an undefined one."""
        if not np.isfinite(value):
            return "–"
        if self.unit == "date":
            return _date(moment_of(value))
        if self.unit == "degrees":
            return f"{value:.0f}°"
        digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
        number = f"{value:.{digits}f}"
        return f"{number} {self.unit}" if self.unit and self.unit not in ("share", "ratio", "rank") else number


@dataclass(frozen=True)
class FeatureTable:
    """What is known of n images.

    columns : {name: (n,) float64}, NaN where undefined. vectors : {name: (n, d) float32}. labels : {name: (n,) int}.
    info : what each column means. embedders : what made the vectors, by their names, for phrases and other images
    that are asked about later; probes : those that are known already, by (space, phrase or path), (d,) float32.
    damaged, skipped : files that decoded badly or not at all while measuring; without_vector : images that some
    embedding has no vector for (a row of NaN), and why. problems : features that failed, one line
    each.
    """

    records: tuple[ImageRecord, ...]
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)
    info: Mapping[str, FeatureInfo] = field(default_factory=dict)
    embedders: Mapping[str, Embedder] = field(default_factory=dict)
    probes: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
    damaged: tuple[Skipped, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    without_vector: tuple[Skipped, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    everything: FeatureTable | None = None

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, name: str) -> np.ndarray:
        """The column `name`, (n,) float64. Raises KeyError with the columns there are."""
        try:
            return self.columns[name]
        except KeyError:
            raise KeyError(f"no column {name!r}; there are: {', '.join(self.columns)}") from None

    def select(self, indices: Sequence[int] | np.ndarray) -> FeatureTable:
        """The rows at `indices`, in that order."""
        chosen = np.asarray(indices, dtype=np.intp)
        return replace(
            self,
            records=tuple(self.records[i] for i in chosen),
            columns={name: values[chosen] for name, values in self.columns.items()},
            vectors={name: values[chosen] for name, values in self.vectors.items()},
            labels={name: values[chosen] for name, values in self.labels.items()},
        )

    def probe(self, space: str, wish: str | Path) -> np.ndarray:
        """A phrase (str), or an image from elsewhere (Path), as a point of a space, (d,) float32.

        Known ones are looked up, others embedded now. Raises KeyError for a space without an embedding.
        """
        known = self.probes.get((space, str(wish)))
        if known is not None:
            return known
        if space not in self.embedders:
            raise KeyError(f"no embedding {space!r}; there are: {', '.join(self.embedders)}")
        from ..measurement import probe

        return probe(self.embedders[space], wish)

    def search(self, wish: str | Path, n: int = 12, on: str | None = None) -> ImageSequence:
        """The `n` images most like a phrase ("red door"), or most like an image (a Path), with their similarities.

        on : a space; None for the first that reads, or for an image the first there is. Raises ConfigError where no
        embedding of the table reads text.
        """
        from .errors import ConfigError

        reads = [name for name, each in self.embedders.items() if hasattr(each, "embed_text")]
        spaces = list(self.embedders) if isinstance(wish, Path) else reads
        if on is None and not spaces:
            raise ConfigError(
                "search() needs vectors of an embedding that reads text: measure(collection, embeddings=[Clip()])"
            )
        space = on or spaces[0]
        target = np.asarray(self.probe(space, wish), np.float64)
        vectors = np.asarray(self.vectors[space], np.float64)
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(target)
        similarity = vectors @ target / np.where(lengths > 0, lengths, np.inf)
        rows = np.argsort(np.where(np.isfinite(similarity), -similarity, np.inf), kind="stable")[:n]
        info = FeatureInfo(f"like “{Path(wish).name if isinstance(wish, Path) else wish}”", "", -1.0, 1.0)
        nothing = Criterion("nothing", 0.0, 0.0, 0.0, 0.0, 0.0)
        return ImageSequence(f"search: {wish}", self.select(rows), similarity[rows], info, nothing, by=info.name)

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame: one row an image, indexed by name. Needs the extra `notebook`."""
        return _frame(self)

    def __repr__(self) -> str:
        return f"<FeatureTable: {len(self)} images × {len(self.columns)} features>"

    def _repr_html_(self) -> str:
        names = list(self.columns)
        rows = [
            (record.name, *(self._format(name, self.columns[name][i]) for name in names))
            for i, record in enumerate(self.records[:20])
        ]
        return _html_table(repr(self)[1:-1], ("name", *names), rows, len(self))

    def _format(self, name: str, value: float) -> str:
        return self.info.get(name, FeatureInfo(name)).format(float(value))


@dataclass(frozen=True)
class Criterion:
    """How good an order is.

    spearman : rank correlation of position and driving value, [-1, 1]; None where nothing drives the order.
    length : sum of distances between neighbours in `space`; random : the mean over shuffled orders;
    best : the shortest path known through the same images; mean_step, largest_step : of this order.
    """

    space: str
    length: float
    random: float
    best: float
    mean_step: float
    largest_step: float
    spearman: float | None = None

    @property
    def closeness(self) -> float:
        """Where the length lies from random (0) to the best known (1); 1 when there is nothing to choose."""
        span = self.random - self.best
        return 1.0 if span <= 1e-12 * max(self.random, 1.0) else (self.random - self.length) / span

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
        numbers = ("length", "random", "best", "mean_step", "largest_step", "closeness", "spearman")
        values = {name: getattr(self, name) for name in numbers}
        return {"space": self.space} | {k: None if v is None else round(float(v), 6) for k, v in values.items()}

    def __str__(self) -> str:
        parts = [] if self.spearman is None else [f"Spearman {self.spearman:+.3f}"]
        if self.random > 0:
            parts.append(f"path {self.length / self.random:.0%} of random (best known {self.best / self.random:.0%})")
        return ", ".join(parts) or "nothing to compare"


@dataclass(frozen=True)
class ImageSequence:
    """Images in an order, the value that drives it, and how good the order is.

    by : what the order is called. table : the rows in order.
    values : (n,) float64, the driving value of each image, NaN where undefined.
    driver : what the values mean. sections : where the parts of a tour begin, 0 among them; section_names : of them.
    about : what a part is like, in words. profile : of the part this is of a split, and profiles : of all its parts,
    in the order of the tour; None and () without a split.
    seed : the plan's.
    """

    plan: str
    table: FeatureTable
    values: np.ndarray
    driver: FeatureInfo
    criterion: Criterion
    part: str = ""
    seed: int = 0
    by: str = ""
    sections: tuple[int, ...] = ()
    about: str = ""
    profile: Profile | None = None
    profiles: tuple[Profile, ...] = ()
    section_names: tuple[str, ...] = ()

    @property
    def records(self) -> tuple[ImageRecord, ...]:
        return self.table.records

    @property
    def title(self) -> str:
        return f"{self.plan} · {self.part}" if self.part else self.plan

    def chance(self) -> np.random.Generator:
        """What is drawn at random for this sequence, in its music say: the same whenever it is asked for.

        Of the plan's seed and name and the part, not of the images, so that another image does not change it all.
        """
        wish = f"{self.seed}\0{self.plan}\0{self.part}".encode()
        return np.random.default_rng(int.from_bytes(hashlib.blake2b(wish, digest_size=8).digest(), "big"))

    def __len__(self) -> int:
        return len(self.table)

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame in playing order with the driving value first. Needs the extra `notebook`."""
        frame = _frame(self.table)
        frame.insert(0, "value", self.values)
        frame.insert(0, "position", np.arange(1, len(self) + 1))
        return frame

    def to_moviepy(self, seconds_per_image: float = 1.0, size: tuple[int, int] | None = None) -> Any:
        """A MoviePy clip of the images with hard cuts, for people who go on editing there.

        Each image is decoded when its turn comes. Needs the extra `notebook`; raises MissingExtra without it.
        """
        from ..visuals.video import moviepy_clip

        return moviepy_clip(self, seconds_per_image, size)

    def __repr__(self) -> str:
        return f"<ImageSequence {self.title!r}: {len(self)} images by {self.by or self.driver.name}; {self.criterion}>"

    def _repr_html_(self) -> str:
        from ..visuals import thumbnail_uri

        cells = "".join(
            f'<figure style="display:inline-block;margin:2px;width:96px;font-size:10px;vertical-align:top">'
            f'<img src="{thumbnail_uri(record, 96)}" style="max-width:96px;max-height:96px">'
            f"<figcaption>{position}. {html.escape(self.driver.format(float(value)))}</figcaption></figure>"
            for position, (record, value) in enumerate(zip(self.records, self.values, strict=True), 1)
            if position <= 60
        )
        more = f"<p>… and {len(self) - 60} more</p>" if len(self) > 60 else ""
        return f"<p><b>{html.escape(self.title)}</b>: {html.escape(str(self.criterion))}</p>{cells}{more}"


_EPOCH = datetime(1970, 1, 1)


def seconds_of(moment: datetime | None) -> float:
    """Seconds since 1970 on the same clock, without time zones; NaN for None."""
    return float("nan") if moment is None else (moment - _EPOCH).total_seconds()


def moment_of(seconds: float) -> datetime | None:
    """The inverse of `seconds_of`; None for what no calendar holds."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def _date(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "–"


def _frame(table: FeatureTable) -> pandas.DataFrame:
    from .errors import MissingExtra

    try:
        import pandas
    except ImportError:
        raise MissingExtra("pandas", "notebook", "to_pandas()") from None
    frame = pandas.DataFrame(dict(table.columns), index=pandas.Index([r.name for r in table.records], name="name"))
    frame.insert(0, "path", [str(r.path) for r in table.records])
    for name, labels in table.labels.items():
        frame[name] = labels
    return frame


def _html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], total: int) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    more = f"<p>… and {total - len(rows)} more</p>" if total > len(rows) else ""
    body = "".join(line(row, "td") for row in rows)
    return f"<table><caption>{html.escape(caption)}</caption>{line(head, 'th')}{body}</table>{more}"
