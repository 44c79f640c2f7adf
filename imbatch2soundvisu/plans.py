"""`SequencePlan`: one wish, from an order to files."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import config, files, sorting
from .embeddings import EMBEDDINGS
from .errors import EngineMissing, UnwritableError, WishError, unknown
from .features import FEATURES
from .fingerprints import fingerprint
from .images import FITS
from .likeness import near_duplicates
from .records import (
    Audio,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Music,
    Needs,
    Order,
    Piece,
    Progress,
    Score,
    Timeline,
    silent,
)
from .sound import Composed, Silent, synthesis
from .spaces import space_title
from .video import MOTIONS, TRANSITIONS, CrossFade, Cut, SlowZoom, write_mp4
from .visuals import frame, write_gif
from .workshop import Workshop

#: Which of several pictures that are alike a plan keeps one of.
UNIQUE = ("exact", "near")
#: The file that says what a piece was made from; written last, so a folder that has it is complete.
ACCOUNT = "piece.json"

Where = Callable[[FeatureTable], Any]


@dataclass(frozen=True)
class SequencePlan:
    """Pictures in one order, as a GIF and a film with music, a contact sheet, a storyboard and tables.

    name : the title, and the folder's name. order : a feature ("luminance", "-hue" descending), an order ("date",
    "smooth", ...), an order instance, or a callable of the table that gives a number per picture. music : a style,
    or None for a silent film.
    where : a callable of the FeatureTable that gives (n,) bool, the pictures to keep. unique : keep one of each group
    of "exact" or of "near" duplicates. limit : at most so many pictures, taken evenly along the order; None for all.
    reverse : play the order backwards. seconds_per_image : before snapping to whole beats.
    transition : Cut() or CrossFade(); motion : None or SlowZoom(). fit : "fit", "fill" or "blur".
    size, gif_size : (width, height) px. gif_seconds : per picture; gif_max_bytes : shrink until it fits.
    one_frame_per_still : a smaller film with a variable frame rate. seed : for whatever is drawn at random.
    verbose : log every picture with its value.
    """

    name: str
    order: str | Order | Callable[..., Any] = "luminance"
    music: Music | None = field(default_factory=Composed)
    where: Where | None = None
    unique: str | None = None
    limit: int | None = config.LIMIT
    reverse: bool = False
    seconds_per_image: float = config.SECONDS_PER_IMAGE
    fps: int = config.FPS
    size: tuple[int, int] = config.VIDEO_SIZE
    fit: str = "fit"
    transition: str | Cut | CrossFade = Cut()
    motion: str | SlowZoom | None = None
    one_frame_per_still: bool = False
    video: bool = True
    gif: bool = True
    gif_size: tuple[int, int] = config.GIF_SIZE
    gif_seconds: float = 0.3
    gif_max_bytes: int | None = None
    gifsicle: bool = False
    seed: int = 0
    verbose: bool = False
    declared_at: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        caller = sys._getframe(2)  # the line of the wish, past the generated __init__
        while caller.f_back and caller.f_code.co_filename == dataclasses.__file__:  # dataclasses.replace
            caller = caller.f_back
        object.__setattr__(self, "declared_at", f"{caller.f_code.co_filename}:{caller.f_lineno}")

    @property
    def needs(self) -> Needs:
        return self._order.needs

    @property
    def _order(self) -> Order:
        return sorting.resolve(self.order, FEATURES)

    def check(self) -> None:
        """Raise WishError, with the line of the plan, when something in it cannot be granted."""
        try:
            self._check()
        except WishError as error:
            if error.where:
                raise
            raise WishError(f"plan {self.name!r}: {error}", self.declared_at) from error
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            raise WishError(f"plan {self.name!r}: {type(error).__name__}: {error}", self.declared_at) from error

    def _check(self) -> None:
        if not self.name or not isinstance(self.name, str):
            raise WishError("a plan needs a name")
        self._check_numbers()
        for name in sorted(self.needs.features):
            if name not in FEATURES:
                raise unknown("feature", name, FEATURES)
        order = self._order
        if hasattr(order, "check"):
            order.check({name: each.info for name, each in FEATURES.items()})
        if self.unique is not None and self.unique not in UNIQUE:
            raise unknown("unique", self.unique, UNIQUE)
        if self.fit not in FITS:
            raise unknown("fit", self.fit, FITS)
        if self.music is not None and not callable(getattr(self.music, "compose", None)):
            raise WishError(f"music={self.music!r} is not a style; write Composed(), Composed(mood='calm') or None")
        if isinstance(self.music, type):
            raise WishError(f"music={self.music.__name__} is a class; write {self.music.__name__}()")
        if self.where is not None and not callable(self.where):
            raise WishError("where= must be a callable of the table, such as lambda table: table['luminance'] > 0.5")
        _check_space(getattr(order, "on", "look"))
        _effect("transition", self.transition, TRANSITIONS)
        _effect("motion", self.motion, MOTIONS)
        if self.music is None or type(self.music).__module__.startswith(f"{__package__}."):
            self._timeline(_STAND_IN)
        if self.music is not None:
            with contextlib.suppress(EngineMissing):  # told with the piece; a sound font that is not there, now
                synthesis.find_engine()

    def _check_numbers(self) -> None:
        """Every number is one, and makes sense."""
        whole = {"limit": (self.limit, 2), "fps": (self.fps, 1), "gif_max_bytes": (self.gif_max_bytes, 1)}
        for title, (number, least) in (whole | {"seed": (self.seed, 0)}).items():
            if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < least):
                raise WishError(f"{title}={number!r} must be a whole number, at least {least}")
        for title, value, span in (
            ("seconds_per_image", self.seconds_per_image, (0.02, 3600)),
            ("gif_seconds", self.gif_seconds, (0.02, 655)),
        ):
            if not isinstance(value, int | float) or not span[0] <= value <= span[1]:
                raise WishError(f"{title}={value!r} must be a number of seconds from {span[0]} to {span[1]}")
        for title, size in (("size", self.size), ("gif_size", self.gif_size)):
            if (
                not isinstance(size, tuple | list)
                or len(size) != 2
                or not all(isinstance(side, int) and 16 <= side <= 8192 for side in size)
            ):
                raise WishError(f"{title}={size!r} must be (width, height), each from 16 to 8192 px")
        for title in ("reverse", "video", "gif", "gifsicle", "one_frame_per_still", "verbose"):
            if not isinstance(getattr(self, title), bool):
                raise WishError(f"{title}={getattr(self, title)!r} must be True or False")

    def sequence(self, table: FeatureTable) -> ImageSequence:
        """The pictures of a table in this plan's order, without making anything of them.

        Raises WishError when fewer than 2 pictures are left to order.
        """
        kept = table.select(self._kept(table))
        if len(kept) < 2:
            raise WishError(f"plan {self.name!r}: its filters leave {len(kept)} of {len(table)} pictures; it needs 2")
        seed = self._seed(kept)
        order = self._order
        permutation = _checked(order.order(kept, np.random.default_rng(seed)), len(kept))
        values, driver = order.driver(kept) if hasattr(order, "driver") else sorting.seen(kept)
        drives = bool(getattr(order, "drives", hasattr(order, "driver")))
        if drives and not np.isfinite(values).any():
            raise WishError(f"plan {self.name!r}: no picture has a value for {driver.name!r}", self.declared_at)
        if self.limit is not None and len(permutation) > self.limit:
            permutation = sorting.limit_evenly(permutation, self.limit)
            permutation = permutation[_walked_again(order, kept.select(permutation))]
        if self.reverse:
            permutation = permutation[::-1]
        ordered, values = kept.select(permutation), np.asarray(values, np.float64)[permutation]
        criterion = sorting.criterion(ordered, values=values if drives else None, circular=driver.circular)
        by = driver.name if drives else _called(order)
        return ImageSequence(self.name, ordered, values, driver, criterion, seed=seed, by=by)

    def make(self, table: FeatureTable, folder: Path, progress: Progress = silent) -> list[Piece]:
        """Order, compose and render into `folder`. A piece whose inputs have not changed is kept as it is.

        What cannot be made is told in the piece's `problems`. Raises UnwritableError when nothing more can be written.
        """
        sequence = self.sequence(table)
        try:
            engine, silence = (synthesis.find_engine() if self.music is not None else None), ""
        except EngineMissing as error:
            engine, silence = None, str(error)
        state = self._state(sequence, _engine_state(engine))
        kept = _kept_piece(folder, state, sequence)
        if kept is not None:
            return [kept]
        try:
            return [self._make(sequence, folder, engine, silence, state, progress)]
        except OSError as error:
            raise UnwritableError(f"{error.filename or folder}: {error.strerror or error}") from error

    def _make(
        self,
        sequence: ImageSequence,
        folder: Path,
        engine: synthesis.Engine | None,
        silence: str,
        state: str,
        progress: Progress,
    ) -> Piece:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ACCOUNT).unlink(missing_ok=True)
        grid, score = self._compose(sequence)
        work = Workshop(sequence, grid, score, folder, progress)
        problems = [silence] if silence and score is not None else []
        audio = work.sound(engine) if engine is not None and score is not None else None
        tasks: list[tuple[str, Callable[[], None]]] = []
        if self.video:
            tasks.append(("film", functools.partial(self._film, work, audio)))
        if self.gif:
            tasks.append(("GIF", functools.partial(self._gif, work)))
        tasks += [("contact sheet", work.contact_sheet), ("storyboard", work.storyboard), ("tables", work.tables)]
        problems += work.run(tasks)
        account = work.account(audio, problems)
        sizes = {name: (folder / name).stat().st_size for name in work.files.values()}
        entry = {"state": state, "sizes": sizes, "files": work.files, "account": account}
        if not problems:
            files.write_text(folder / ACCOUNT, json.dumps(entry, ensure_ascii=False, indent=1, allow_nan=False))
        return Piece(folder, account, work.files, sequence, problems=tuple(problems))

    def _timeline(self, sequence: ImageSequence) -> Timeline:
        music = Silent() if self.music is None else self.music
        return music.timeline(sequence, self.fps, self.seconds_per_image)

    def _compose(self, sequence: ImageSequence) -> tuple[Timeline, Score | None]:
        grid = self._timeline(sequence)
        if self.music is None:
            return grid, None
        return grid, self.music.compose(sequence, grid, np.random.default_rng([sequence.seed, 1]))

    def _film(self, work: Workshop, audio: Audio | None) -> None:
        write_mp4(
            work.path("mp4", "sequence.mp4"), work.sequence.records, work.grid, audio,
            size=self.size, fit=self.fit, title=work.sequence.title, progress=work.progress,
            transition=_effect("transition", self.transition, TRANSITIONS),
            motion=_effect("motion", self.motion, MOTIONS),
            variable_frame_rate=self.one_frame_per_still,
        )  # fmt: skip

    def _gif(self, work: Workshop) -> None:
        records = work.sequence.records

        def frames() -> Any:
            for number, record in enumerate(records, 1):
                yield frame(record, self.gif_size, self.fit)
                work.progress("gif", number, len(records))

        write_gif(
            work.path("gif", "sequence.gif"), frames, [self.gif_seconds] * len(records),
            max_bytes=self.gif_max_bytes, gifsicle=self.gifsicle,
        )  # fmt: skip

    def _kept(self, table: FeatureTable) -> np.ndarray:
        keep = np.ones(len(table), dtype=bool)
        if self.where is not None:
            keep &= self._chosen(table)
        if self.unique is not None:
            seen: set[str] = set()
            groups = near_duplicates(table.select(np.flatnonzero(keep))) if self.unique == "near" else ()
            group_of = {name: f"group {number}" for number, group in enumerate(groups) for name in group}
            for i, record in enumerate(table.records):
                alike = group_of.get(record.name, record.digest)
                repeated = keep[i] and bool({alike, record.digest} & seen)
                seen |= {alike, record.digest} if keep[i] else set()
                keep[i] &= not repeated
        return np.flatnonzero(keep)

    def _chosen(self, table: FeatureTable) -> np.ndarray:
        assert self.where is not None
        try:
            chosen = np.asarray(self.where(table))
        except Exception as error:
            raise WishError(f"plan {self.name!r}: where= failed: {type(error).__name__}: {error}") from error
        if chosen.shape != (len(table),) or chosen.dtype != bool:
            raise WishError(f"plan {self.name!r}: where= must give {len(table)} booleans, one a picture")
        return chosen

    def _seed(self, table: FeatureTable) -> int:
        # of the plan, too: two plans of the same pictures are not to sound alike
        digest = hashlib.blake2b(f"{self.seed}\0{self.name}\0".encode(), digest_size=6)
        for one in sorted(record.digest for record in table.records):
            digest.update(one.encode())
        return int.from_bytes(digest.digest(), "big")

    def _state(self, sequence: ImageSequence, engine: list[Any]) -> str:
        """A digest of everything that the piece is made from."""
        digest = hashlib.blake2b(digest_size=16)
        told = {each.name: _told(getattr(self, each.name)) for each in fields(self) if each.name not in _UNTOLD}
        driver, knobs = asdict(sequence.driver), [config.BACKGROUND, config.LOUDNESS_LUFS, config.PEAK_DBFS]
        digest.update(json.dumps([told, engine, driver, knobs, code_version()], sort_keys=True).encode())
        for record in sequence.records:
            digest.update(f"{record.name}\0{record.digest}\0".encode())
        for values in (sequence.values, *sequence.table.columns.values()):
            digest.update(np.ascontiguousarray(values).tobytes())
        digest.update("\0".join(sequence.table.columns).encode())
        return digest.hexdigest()


# Two pictures that are nowhere, to ask a style of music for its timeline before there is a sequence.
_STAND_IN = ImageSequence(
    "", FeatureTable(tuple(ImageRecord(Path(), str(i), 1, 1) for i in range(2))), np.zeros(2), FeatureInfo(""),
    Criterion("", 0, 0, 0, 0, 0),
)  # fmt: skip
# What these do is in the sequence already, or does not change the files.
_UNTOLD = ("order", "where", "unique", "limit", "reverse", "declared_at", "verbose")


def _walked_again(order: Order, chosen: FeatureTable) -> np.ndarray:
    """The order of pictures picked evenly along a longer one: a smooth path is shorter when it is searched anew."""
    if not isinstance(order, sorting.SmoothPath):
        return np.arange(len(chosen))
    first, last = chosen.records[0].name, chosen.records[-1].name
    start, end = (first if order.start is not None else None), (last if order.end is not None else None)
    return replace(order, start=start, end=end).order(chosen, np.random.default_rng(0))


def _checked(permutation: Any, count: int) -> np.ndarray:
    """Rows in an order, each at most once. Raises WishError for anything else."""
    rows = np.asarray(permutation)
    if rows.ndim != 1 or rows.size < 2 or not np.issubdtype(rows.dtype, np.integer):
        raise WishError(f"an order must give the numbers of rows, at least 2 of them, not {permutation!r:.60}")
    if rows.min() < 0 or rows.max() >= count or np.unique(rows).size < rows.size:
        raise WishError(f"an order must give each row at most once, from 0 to {count - 1}")
    return rows.astype(np.intp)


def _called(order: Order) -> str:
    """What an order that no number drives is called: "smooth path on look"."""
    name = type(order).__name__
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    space = space_title(order.on) if hasattr(order, "on") else ""
    return f"{words} on {space}" if space else words


def _engine_state(engine: synthesis.Engine | None) -> list[Any]:
    """The engine, and the font by size and time: another font may have the same name."""
    if engine is None:
        return []
    font = engine.soundfont.stat()
    return [engine.name, str(engine.soundfont), font.st_size, font.st_mtime_ns]


def _told(value: Any) -> Any:
    """A setting as JSON, with the code of classes that a person wrote."""
    if is_dataclass(value) and not isinstance(value, type):
        return [{f.name: _told(getattr(value, f.name)) for f in fields(value)}, fingerprint(type(value))]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


@functools.cache
def code_version() -> str:
    """A digest of this package's own code: what an older version made is not mistaken for this one's."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        if path.name not in ("config.py", "session.py", "__main__.py", "terminal.py", "gallery.py"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _check_space(on: Any) -> None:
    """Raise WishError when `on=` names a space that nothing measures."""
    for wish in on if isinstance(on, tuple) else (on,):
        if isinstance(wish, str) and wish not in {"features", *EMBEDDINGS, *FEATURES}:
            raise unknown("space", wish, {"features", *EMBEDDINGS, *FEATURES})


def _effect(kind: str, wish: Any, registry: Mapping[str, type]) -> Any:
    """A transition or a motion, by its name or as it is."""
    if wish is None or isinstance(wish, tuple(registry.values())):
        return wish
    if isinstance(wish, str) and wish in registry:
        return registry[wish]()
    raise unknown(kind, wish, registry)


def _kept_piece(folder: Path, state: str, sequence: ImageSequence) -> Piece | None:
    """The piece that is there already, when it was made from the same and is whole."""
    try:
        entry = json.loads((folder / ACCOUNT).read_text(encoding="utf-8"))
        whole = all((folder / name).stat().st_size == size for name, size in entry["sizes"].items())
        if entry["state"] != state or not whole:
            return None
        return Piece(folder, {**entry["account"], "kept": True}, entry["files"], sequence, kept=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None
