"""`--dry-run`: what a run would make, from what, how long it is, how long it takes and how large it gets."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .. import datasets
from ..config import Settings
from ..core import Collection, FeatureTable, Needs, Progress
from ..core.errors import I2SError
from ..core.text import duration, plural, words_of
from ..embeddings import Look
from ..measurement import measure_for, unmeasured
from ..music import tracks
from ..plans import (
    ContactSheet,
    Film,
    Gif,
    Midi,
    PianoRoll,
    Plan,
    SequencePlan,
    Stems,
    Storyboard,
    Wav,
    check,
    contents_of,
    is_kept,
)  # fmt: skip
from ..plans.film_outputs import gif_size
from ..runtime import files
from ..runtime.cache import Cache
from .text import plain

#: Seconds that two cores take, measured with photographs of 1 megapixel: to measure an image, to read one again for a
#: film or sheet, to compose and play a second of music; to encode a megapixel of a still, and of a moving frame.
MEASURE_S, READ_S, MUSIC_S, STILL_S, MOVING_S = 0.03, 0.02, 0.035, 0.25, 0.012
#: Bytes: of a pixel of a still in a film, of a pixel of a frame of a GIF, of a second of a film's and a WAV's sound.
STILL_BYTES, GIF_BYTES, AAC_BYTES, WAV_BYTES = 0.12, 0.55, 24_000, 176_400
#: Bytes and seconds of the other outputs, roughly.
_OTHERS = {Midi: (6_000, 0.05), ContactSheet: (350_000, 0.5), Storyboard: (450_000, 0.8), PianoRoll: (350_000, 2.5)}

_ABBREVIATIONS = {"Gif": "GIF", "Wav": "WAV", "Midi": "MIDI"}


@dataclass(frozen=True)
class Cost:
    """How large something gets, in bytes, and how long it takes, in seconds."""

    size: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.size + other.size, self.seconds + other.seconds)

    def times(self, count: int) -> Cost:
        """Return the cost of `count` such things."""
        return Cost(self.size * count, self.seconds * count)


def foreseen(plans: Sequence[Plan], settings: Settings, progress: Progress) -> Iterator[str]:
    """Yield what a run would do, one line each. No result is written; images are found, and read only if new.

    When everything is measured already, orders, durations and what would be kept are those of the run itself. Else
    they are estimates.

    Parameters
    ----------
    plans : sequence of Plan
        What would be made.
    settings : Settings
        Those of the run.
    progress : callable
        `progress(stage, done, total)` of finding the images.

    Raises
    ------
    ConfigError, CollectionError
        As the run would.
    """
    check(plans, settings)
    needs = Needs(embeddings=(Look(),))
    for plan in plans:
        needs |= plan.needs
    with _cache(settings) as store, tracks.analysis_caching(store, progress):
        collection = datasets.usable(
            datasets.discover(settings.data_root, cache=store, settings=settings, progress=progress)
        )
        left = unmeasured(collection, needs, store, settings)
        table = None if left else measure_for(collection, needs, cache=store, settings=settings)
        yield from _lines(plans, settings, collection, table, left)


@contextlib.contextmanager
def _cache(settings: Settings) -> Iterator[Cache]:
    """The cache of the run where there is one; else one in memory, so that none is made."""
    with Cache(settings.cache if settings.cache.is_dir() else None) as store:
        yield store


def _lines(
    plans: Sequence[Plan], settings: Settings, collection: Collection, table: FeatureTable | None, left: int
) -> Iterator[str]:
    known = "all measured" if not left else f"{left} to measure"
    yield f"{len(collection)} images of {collection.found} files in {plain(collection.root)}, {known}"
    yield f"would be written to {plain(settings.outputs)}; nothing is written now:"
    total = Cost(seconds=left * MEASURE_S)
    for plan in plans:
        line, cost = _plan_line(plan, settings, table, len(collection))
        total += cost
        yield f"  {plain(plan.name)}: {line}"
    yield f"about {_seconds(total.seconds)} and {_bytes(total.size)} in all"


def _plan_line(plan: Any, settings: Settings, table: FeatureTable | None, found: int) -> tuple[str, Cost]:
    """What a plan would make, in words, and what it costs."""
    if callable(getattr(plan, "foresee", None)):
        return _foreseen_line(plan, settings, table, found)
    if not isinstance(plan, SequencePlan):
        return f"{type(plan).__name__}; its cost is not known", Cost()
    try:
        sequences, kept = _sequences(plan, settings, table, found)
    except I2SError as error:  # the run would report it, and make the others
        return f"cannot be made: {plain(error)}", Cost()
    cost = Cost()
    for count, seconds in sequences:
        cost += _cost(plan, settings, count, seconds)
    written = ", ".join(_titles(plan, settings)) or "nothing"
    if kept == len(sequences):
        return f"{_summary(plan, sequences, found, table)}; unchanged, would be kept", Cost()
    about = f"about {_seconds(cost.seconds)}, {_bytes(cost.size)}"
    return f"{_summary(plan, sequences, found, table)}; {written}; {about}", cost


def _foreseen_line(plan: Any, settings: Settings, table: FeatureTable | None, found: int) -> tuple[str, Cost]:
    """The same, of a plan that knows it itself."""
    try:
        what = plan.foresee(table, found, settings.outputs / files.slug(plan.name), settings)
    except I2SError as error:
        return f"cannot be made: {plain(error)}", Cost()
    if what.kept:
        return f"{plain(what.text)}; unchanged, would be kept", Cost()
    cost = Cost(what.size, what.seconds)
    return f"{plain(what.text)}; about {_seconds(cost.seconds)}, {_bytes(cost.size)}", cost


def _sequences(
    plan: SequencePlan, settings: Settings, table: FeatureTable | None, found: int
) -> tuple[list[tuple[int, float]], int]:
    """(images, seconds) of each sequence of a plan, and how many of them would be kept."""
    if table is None:
        return _estimated(plan, settings, found), 0
    contents = contents_of(plan, table, settings.outputs / files.slug(plan.name), settings)
    kept = sum(is_kept(content, plan.written, folder, settings) for content, folder in contents)
    return [(len(each.sequence), float(each.timeline.seconds)) for each, _ in contents], kept


def _estimated(plan: SequencePlan, settings: Settings, found: int) -> list[tuple[int, float]]:
    """The same, before anything is measured: every cluster as large as the limit."""
    limit = plan.images_limit(settings)
    count = found if limit is None else min(limit, found)
    each = plan.seconds_per_image or settings.seconds_per_image
    total = plan.total_seconds if isinstance(plan.total_seconds, int | float) else count * each
    if plan.clusters is None:
        return [(count, total)]
    clusters = _clusters(plan)
    count = min(count, max(found // clusters, 2))
    own = plan.total_seconds if isinstance(plan.total_seconds, int | float) else count * each
    tour = [(count * clusters, own * clusters)] if plan.tour else []
    return [(count, own)] * clusters + tour


def _clusters(plan: SequencePlan) -> int:
    """How many clusters a plan will have; a guess where the images decide."""
    by: Any = plan.clusters
    for name in ("k", "n_clusters", "bins"):
        if isinstance(number := getattr(by, name, None), int):
            return number
    return 8


def _summary(plan: SequencePlan, sequences: Sequence[tuple[int, float]], found: int, table: Any) -> str:
    about = "" if table is not None else "about "
    images, seconds = sum(count for count, _ in sequences), sum(seconds for _, seconds in sequences)
    if plan.clusters is None:
        count = f"{images} of {found} images" if images < found else f"{images} images"
        return f"{count}, {about}{duration(seconds)}"
    return f"{about}{plural(len(sequences), 'sequence')} of {images} images together, {duration(seconds)}"


def _titles(plan: SequencePlan, settings: Settings) -> list[str]:
    """The outputs in words: "film 1280 × 720", "GIF 480 × 270", "WAV"."""
    found = []
    for each in plan.written:
        if plan.music is None and getattr(each, "needs_score", False):
            continue
        kind = type(each)  # the title of an instance may be the text of a card, as with Film
        title = _ABBREVIATIONS.get(kind.__name__, getattr(kind, "title", "") or words_of(kind.__name__))
        if isinstance(each, Film | Gif):
            of = _film_size(each, settings) if isinstance(each, Film) else _gif_size(each, plan, settings)
            title = f"{title} {of[0]} × {of[1]}"
        found.append(title)
    return found


def _film_size(film: Film, settings: Settings) -> tuple[int, int]:
    size = (
        film.size if isinstance(film.size, tuple | list) else gif_size(film.aspect(settings), max(settings.video_size))
    )
    return int(size[0]), int(size[1])


def _gif_size(gif: Gif, plan: SequencePlan, settings: Settings) -> tuple[int, int]:
    return tuple(gif.size or gif_size(plan.film.aspect(settings), settings.gif_side))  # type: ignore[return-value]


def _cost(plan: SequencePlan, settings: Settings, count: int, seconds: float) -> Cost:
    """What one sequence costs."""
    cost = Cost(20_000, 0.3) + (Cost() if plan.music is None else Cost(0, seconds * MUSIC_S))
    for output in plan.written:
        if not (plan.music is None and getattr(output, "needs_score", False)):
            cost += _output_cost(output, plan, settings, count, seconds)
    return cost


def _output_cost(output: Any, plan: SequencePlan, settings: Settings, count: int, seconds: float) -> Cost:
    if isinstance(output, Film):
        width, height = _film_size(output, settings)
        return _film_cost(output, width * height, count, seconds, float(plan.fps(settings)))
    if isinstance(output, Gif):
        width, height = _gif_size(output, plan, settings)
        size = width * height * count * GIF_BYTES
        return Cost(min(size, output.max_bytes or size), count * READ_S + width * height * count * 4e-7)
    if isinstance(output, Wav):
        return Cost(seconds * WAV_BYTES, 0.1)
    if isinstance(output, Stems):
        return Cost(seconds * WAV_BYTES * 2 * 6, seconds * MUSIC_S)
    return Cost(*next((cost for kind, cost in _OTHERS.items() if isinstance(output, kind)), (20_000, 0.1)))


def _film_cost(film: Film, pixels: int, count: int, seconds: float, fps: float) -> Cost:
    """Stills are encoded once each; frames of a zoom, a fade or another motion each for itself."""
    fade = getattr(film.transition, "seconds", 0.0)
    moving = seconds if film.motion is not None else min(count * float(fade), seconds)
    megapixels = pixels / 1e6
    size = pixels * count * STILL_BYTES + moving * float(fps) * pixels * STILL_BYTES / 12 + seconds * AAC_BYTES
    return Cost(size, count * READ_S + megapixels * (count * STILL_S + moving * float(fps) * MOVING_S))


def _seconds(seconds: float) -> str:
    return f"{max(round(seconds), 1)} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _bytes(size: float) -> str:
    """A size in round decimal units."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"
