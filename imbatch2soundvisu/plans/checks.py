"""What can be checked of a plan before any work: every name, number, size and tempo in it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import clustering, sorting
from ..config import Settings
from ..core import Collection, Criterion, FeatureInfo, FeatureTable, FrameRate, ImageRecord, ImageSequence, rate_text
from ..core.errors import ConfigError, EngineMissing, unknown
from ..embeddings import EMBEDDINGS
from ..features import COLUMNS, PASSES
from ..features.passes import space_passes
from ..measurement.automatic import AUTO
from ..music import cutting
from ..music.card_slots import check_total
from ..music.styles import Silent, Track
from ..music.timeline_request import TempoTooSlow, check_tempo
from ..visuals.video import TRANSITIONS
from . import film_text
from .chosen_images import check_choices, chosen
from .output_checks import check_seconds, check_switch, check_whole
from .protocols import Output
from .registry import OUTPUT_KINDS
from .sequence_fields import SequenceFields

#: Which of several similar images a plan keeps one of.
UNIQUE = ("exact", "near", "burst")
#: How a limit chooses.
CHOICES = ("evenly", "representative")


def check(plan: SequenceFields, settings: Settings) -> None:
    """Raise ConfigError when something in the plan is invalid."""
    if not plan.name or not isinstance(plan.name, str):
        raise ConfigError("a plan needs a name")
    _check_numbers(plan)
    _check_selection(plan)
    _check_order(plan)
    _check_clusters(plan)
    _check_outputs(plan, settings)
    _check_time(plan)
    _check_music(plan, settings)


def check_images(plan: SequenceFields, collection: Collection) -> None:
    """Raise ConfigError when images that the plan names are not in a collection, or fewer than 2 are left."""
    keep = chosen(collection.records, collection.skipped, plan.include, plan.exclude)
    if (left := int(keep.sum())) < 2:
        raise ConfigError(f"include= and exclude= leave {left} of {len(collection)} images; a sequence needs 2")
    order = sorting.resolve_order(plan.order, COLUMNS)
    if callable(getattr(order, "check_images", None)):
        order.check_images(collection)  # type: ignore[attr-defined]
    if isinstance(order, sorting.Listed):
        order.check_kept(collection, keep)
    film_text.check_captions(plan.films, collection.records[int(np.argmax(keep))])


def _check_numbers(plan: SequenceFields) -> None:
    if isinstance(plan.limit, str):
        if plan.limit != "default":
            raise ConfigError(f'limit={plan.limit!r} must be a whole number, None for all images, or "default"')
    elif plan.limit is not None:
        check_whole("limit", plan.limit, 2)
    check_whole("seed", plan.seed, 0)
    if plan.beats_per_image is not None:
        check_whole("beats_per_image", plan.beats_per_image, 1)
    for title, least, most in (("seconds_per_image", 0.02, 3600), ("total_seconds", 0.1, 86_400)):
        if (value := getattr(plan, title)) is not None and (title, value) != ("total_seconds", "track"):
            check_seconds(title, value, least, most)
    for title in ("reverse", "tour"):
        check_switch(title, getattr(plan, title))


def _check_selection(plan: SequenceFields) -> None:
    if plan.unique is not None and plan.unique not in UNIQUE:
        raise unknown("unique", plan.unique, UNIQUE)
    if isinstance(plan.passes, str):
        raise ConfigError(f"passes={plan.passes!r} must be a list: passes=[{plan.passes!r}]")
    for each in plan.passes:
        PASSES.resolve(each)
    if plan.choose is not None and plan.choose not in CHOICES:
        raise unknown("choose", plan.choose, CHOICES)
    if plan.where is not None and not callable(plan.where):
        raise ConfigError("where= must be a function of the table, such as lambda table: table['luminance'] > 0.5")
    check_choices(plan.include, plan.exclude)


def _check_order(plan: SequenceFields) -> None:
    _check_space(getattr(plan.order, "on", "look"))
    order = sorting.resolve_order(plan.order, COLUMNS)
    if hasattr(order, "check"):
        order.check(_known_features())
    for name in sorted(order.needs.features):
        if name not in COLUMNS:
            raise unknown("feature", name, COLUMNS)


def _check_clusters(plan: SequenceFields) -> None:
    if not isinstance(plan.phrases, tuple) or not all(isinstance(each, str) and each for each in plan.phrases):
        raise ConfigError(f"phrases={plan.phrases!r} must be a tuple of texts")
    if plan.clusters is None:
        if plan.tour:
            raise ConfigError("tour=True is a sequence through all clusters: set clusters= as well")
        return
    order = sorting.resolve_order(plan.order, COLUMNS)
    if isinstance(order, sorting.SmoothPath) and (order.start is not None or order.end is not None):
        raise ConfigError("SmoothPath(start=, end=) cannot be used with clusters: most clusters lack that image")
    by = clustering.resolve_clustering(plan.clusters, COLUMNS)
    _check_space(getattr(by, "on", "look"))
    known, feature = _known_features(), getattr(by, "feature", None)
    if isinstance(feature, str) and feature not in known:
        raise unknown("feature", feature, known)
    if callable(getattr(by, "check", None)):
        by.check(known)  # type: ignore[attr-defined]


def _check_outputs(plan: SequenceFields, settings: Settings) -> None:
    if isinstance(plan.outputs, str) or not isinstance(plan.outputs, list | tuple):
        shown = plan.outputs if isinstance(plan.outputs, str) else type(plan.outputs).__name__
        raise ConfigError(f"outputs= takes a list, such as [Film(), Gif()], not {shown!r}")
    for output in plan.written:
        check_output(output, settings, "sequence")
    for film in plan.films:
        found = TRANSITIONS.resolve(film.transition)
        if hasattr(found, "blend_faces") and not hasattr(plan, "frame_size"):
            raise ConfigError(f"{type(found).__name__} works in a FaceMontagePlan; use CrossFade here")
    rates = {settings.fps if each.fps is None else each.fps for each in plan.films}
    if len(rates) > 1:
        raise ConfigError(
            f"the films of one plan need one frame rate, not {' and '.join(map(rate_text, sorted(rates)))}"
        )
    kinds = [type(each) for each in plan.written]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise ConfigError(f"{kind.__name__} stands twice in outputs=; write another plan for the second one")


def check_output(output: Output, settings: Settings, plan_kind: str) -> None:
    """Raise ConfigError for what is no output, an output of another kind of plan, or one with invalid fields."""
    OUTPUT_KINDS.resolve(output)
    other = getattr(output, "plan_kind", plan_kind)
    if other != plan_kind:
        fitting = (each.__name__ for each in OUTPUT_KINDS.values() if getattr(each, "plan_kind", "") == plan_kind)
        names = ", ".join(sorted(fitting))
        raise ConfigError(f"{type(output).__name__} is an output of {other} plans; {plan_kind} plans have {names}")
    if callable(getattr(output, "check", None)):
        output.check(settings)  # type: ignore[attr-defined]


def _check_time(plan: SequenceFields) -> None:
    cutting.check(plan.cutting, COLUMNS)
    check_total(plan.total_seconds, *plan.cards_s)
    if plan.seconds_per_image is not None and plan.total_seconds is not None:
        raise ConfigError("seconds_per_image and total_seconds both say how long images last: give one of them")
    if plan.beats_per_image == 1 and plan.cutting != "even":
        raise ConfigError(
            f"beats_per_image=1 leaves no beat to give to other images: cutting={plan.cutting!r} needs 2 or more"
        )


def _check_music(plan: SequenceFields, settings: Settings) -> None:
    """The style is one, its tempo is possible, and a sound font that is named exists."""
    music, fps, timing = plan.style_for(settings), plan.fps(settings), plan.timing(settings)
    if isinstance(music, type):
        raise ConfigError(f"music={music.__name__} is a class; write {music.__name__}()")
    if music is not None and not callable(getattr(music, "compose", None)):
        raise ConfigError(f"music={music!r} is not a style; write Composed(), Composed(mood='calm') or None")
    if callable(getattr(music, "check", None)):
        music.check(fps, timing)  # type: ignore[union-attr]
    timed: Any = music or Silent()
    while hasattr(timed, "leader"):  # of a mix, the style that makes the timeline
        timed = timed.leader
    if plan.total_seconds == "track" and not isinstance(timed, Track):
        raise ConfigError('total_seconds="track" is the length of a song: give it, such as music="song.mp3"')
    built_in = type(timed).__module__.partition(".")[0] == __name__.partition(".")[0]
    if built_in and not isinstance(timed, Track):  # a Track would analyse its files; its check tries the timeline
        _check_timeline(plan, timed, fps, timing, plan.images_limit(settings))
    if music is not None:
        from ..music.engines import find_engine

        with contextlib.suppress(EngineMissing):  # reported with the result; a sound font that is absent, now
            find_engine(settings.soundfont)


def _check_timeline(plan: SequenceFields, style: Any, fps: FrameRate, timing: Any, limit: int | None) -> None:
    try:
        style.timeline(_STAND_IN, fps, timing)
    except TempoTooSlow:
        if plan.total_seconds is None:
            raise
        if limit is not None:  # a total shared by more images than two is quicker
            check_tempo(limit, plan.beats_per_image, timing)


def _check_space(on: Any) -> None:
    """Raise ConfigError when `on=` names a space that nothing measures."""
    for name in on if isinstance(on, tuple) else (on,):
        if isinstance(name, str) and name not in (known := {AUTO, "features", *EMBEDDINGS, *COLUMNS, *space_passes()}):
            raise unknown("space", name, known)


def _known_features() -> Mapping[str, FeatureInfo]:
    return {name: each.info for name, each in COLUMNS.items()}


# Two images without content, to ask a style of music for its timeline before there is a sequence.
_STAND_IN = ImageSequence(
    "", FeatureTable(tuple(ImageRecord(Path(), str(i), 1, 1) for i in range(2))), np.zeros(2), FeatureInfo(""),
    Criterion("", 0, 0, 0, 0, 0),
)  # fmt: skip
