"""What can be known of a wish before any work: whether every name, number and size in it makes sense."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import sorting
from ..core import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence
from ..core.errors import ConfigError, EngineMissing, unknown
from ..datasets.images import FITS
from ..embeddings import EMBEDDINGS
from ..features import FEATURES
from ..music import cutting, synthesis
from ..music.styles import Silent, Track
from ..music.timeline_request import TempoTooSlow, check_pulse
from ..visuals.video import MOTIONS, TRANSITIONS
from .rendering import effect, pace

if TYPE_CHECKING:
    from .sequence import SequencePlan

#: Which of several images that are alike a plan keeps one of.
UNIQUE = ("exact", "near")
#: How a limit chooses: evenly along the order, or so that every image has one like it among the chosen.
CHOICES = ("evenly", "representative")


def check(plan: SequencePlan) -> None:
    """Raise ConfigError when something in the plan cannot be granted."""
    if not plan.name or not isinstance(plan.name, str):
        raise ConfigError("a plan needs a name")
    _check_numbers(plan)
    _check_time(plan)
    _check_space(getattr(plan.order, "on", "look"))
    _check_split(plan)
    order = sorting.resolve(plan.order, FEATURES)
    if hasattr(order, "check"):
        order.check({name: each.info for name, each in FEATURES.items()})
    for name in sorted(plan.needs.features):
        if name not in FEATURES:
            raise unknown("feature", name, FEATURES)
    if plan.unique is not None and plan.unique not in UNIQUE:
        raise unknown("unique", plan.unique, UNIQUE)
    if plan.fit not in FITS:
        raise unknown("fit", plan.fit, FITS)
    if plan.music is not None and not callable(getattr(plan.music, "compose", None)):
        raise ConfigError(f"music={plan.music!r} is not a style; write Composed(), Composed(mood='calm') or None")
    if isinstance(plan.music, type):
        raise ConfigError(f"music={plan.music.__name__} is a class; write {plan.music.__name__}()")
    if callable(getattr(plan.music, "check", None)):
        plan.music.check(plan.fps, pace(plan))  # type: ignore[union-attr]
    if plan.where is not None and not callable(plan.where):
        raise ConfigError("where= must be a callable of the table, such as lambda table: table['luminance'] > 0.5")
    effect("transition", plan.transition, TRANSITIONS)
    effect("motion", plan.motion, MOTIONS)
    paced = plan.music or Silent()
    while hasattr(paced, "leader"):  # of a mix, the style whose grid it is
        paced = paced.leader
    own = type(paced).__module__.partition(".")[0] == __package__.partition(".")[0]
    if own and not isinstance(paced, Track):  # that would listen to the tracks; its check tries the grid
        try:
            paced.timeline(_STAND_IN, plan.fps, pace(plan))
        except TempoTooSlow:
            if plan.total_seconds is None:
                raise
            if plan.limit is not None:  # shared out over more images than two, a whole is quicker
                check_pulse(plan.limit, plan.beats_per_image, pace(plan))
    if plan.music is not None:
        with contextlib.suppress(EngineMissing):  # told with the piece; a sound font that is not there, now
            synthesis.find_engine()


def _check_split(plan: SequencePlan) -> None:
    """A grouping, with a space and features that there are; and nothing that only makes sense with one."""
    if plan.choose is not None and plan.choose not in CHOICES:
        raise unknown("choose", plan.choose, CHOICES)
    if not isinstance(plan.phrases, tuple) or not all(isinstance(each, str) and each for each in plan.phrases):
        raise ConfigError(f"phrases={plan.phrases!r} must be a tuple of texts")
    if plan.split is None:
        if plan.tour:
            raise ConfigError("tour=True is a walk through the parts of a split: give a split= as well")
        return
    order = sorting.resolve(plan.order, FEATURES)
    if isinstance(order, sorting.SmoothPath) and (order.start is not None or order.end is not None):
        raise ConfigError("SmoothPath(start=, end=) has no place in a split: most parts do not have that image")
    split = sorting.resolve_clustering(plan.split, FEATURES)
    _check_space(getattr(split, "on", "look"))
    known = {name: each.info for name, each in FEATURES.items()}
    feature = getattr(split, "feature", None)
    if isinstance(feature, str) and feature not in known:
        raise unknown("feature", feature, known)
    check_split = getattr(split, "check", None)
    if callable(check_split):
        check_split(known)


def _check_numbers(plan: SequencePlan) -> None:
    """Every number is one, and makes sense."""
    whole = {"limit": (plan.limit, 2), "fps": (plan.fps, 1), "gif_max_bytes": (plan.gif_max_bytes, 1)}
    whole["beats_per_image"] = (plan.beats_per_image, 1)
    for title, (number, least) in (whole | {"seed": (plan.seed, 0)}).items():
        if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < least):
            raise ConfigError(f"{title}={number!r} must be a whole number, at least {least}")
    for title, value, span in (
        ("seconds_per_image", plan.seconds_per_image, (0.02, 3600)),
        ("total_seconds", plan.total_seconds, (0.1, 86_400)),
        ("gif_seconds", plan.gif_seconds, (0.02, 655)),
    ):
        may_follow = value is None and title != "gif_seconds"
        if not may_follow and (not isinstance(value, int | float) or not span[0] <= value <= span[1]):
            raise ConfigError(f"{title}={value!r} must be a number of seconds from {span[0]} to {span[1]}")
    for title, size in (("size", plan.size), ("gif_size", plan.gif_size)):
        if (
            not isinstance(size, tuple | list)
            or len(size) != 2
            or not all(isinstance(side, int) and 16 <= side <= 8192 for side in size)
        ):
            raise ConfigError(f"{title}={size!r} must be (width, height), each from 16 to 8192 px")
    for title in ("reverse", "tour", "video", "gif", "gifsicle", "one_frame_per_still", "stems", "verbose"):
        if not isinstance(getattr(plan, title), bool):
            raise ConfigError(f"{title}={getattr(plan, title)!r} must be True or False")


def _check_time(plan: SequencePlan) -> None:
    """A cutting that there is, and wishes for time that leave something to follow."""
    cutting.check(plan.cutting, FEATURES)
    if plan.seconds_per_image is not None and plan.total_seconds is not None:
        raise ConfigError("seconds_per_image and total_seconds both say how long images last: give one of them")
    if plan.beats_per_image == 1 and plan.cutting != "even":
        raise ConfigError(
            f"beats_per_image=1 leaves no beat to give to other images: cutting={plan.cutting!r} needs 2 or more"
        )


def _check_space(on: Any) -> None:
    """Raise ConfigError when `on=` names a space that nothing measures."""
    for wish in on if isinstance(on, tuple) else (on,):
        if isinstance(wish, str) and wish not in {"features", *EMBEDDINGS, *FEATURES}:
            raise unknown("space", wish, {"features", *EMBEDDINGS, *FEATURES})


# Two images that are nowhere, to ask a style of music for its timeline before there is a sequence.
_STAND_IN = ImageSequence(
    "", FeatureTable(tuple(ImageRecord(Path(), str(i), 1, 1) for i in range(2))), np.zeros(2), FeatureInfo(""),
    Criterion("", 0, 0, 0, 0, 0),
)  # fmt: skip
