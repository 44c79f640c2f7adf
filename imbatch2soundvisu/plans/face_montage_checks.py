"""What can be checked of a montage before any work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ..clustering.persons import read_names
from ..config import Settings
from ..core import Collection
from ..core.errors import ConfigError, unknown
from ..core.text import looked_for
from ..datasets.listing import lacks_images
from ..features.faces.judging import read_decisions
from ..features.faces.passes import check_identity
from ..visuals.video import TRANSITIONS
from . import checks
from .face_montage_content import _morphs
from .face_montage_fields import BySimilarity, FaceMontageFields

SPACINGS = ("even", "time")
_KINDS = ("sequence", "face montage")


def check(plan: FaceMontageFields, settings: Settings) -> None:
    """Raise ConfigError when something in the plan is invalid."""
    if plan.clusters is not None or plan.tour:
        raise ConfigError(
            "clusters= is not possible in a montage: write a plan for each person, such as person='person 1'"
        )
    _check_frames(plan)
    _check_examples(plan, settings)
    if isinstance(plan.outputs, str) or not isinstance(plan.outputs, list | tuple):
        raise ConfigError(f"outputs= takes a list, such as [Film(), AverageFace()], not {plan.outputs!r:.60}")
    written = plan.written
    for output in written:
        kind = getattr(output, "plan_kind", "face montage")
        checks.check_output(output, settings, kind if kind in _KINDS else "face montage")
        if [type(each) for each in written].count(type(output)) > 1:
            raise ConfigError(
                f"{type(output).__name__} stands twice in outputs=; write another plan for the second one"
            )
    of_sequence = tuple(each for each in written if getattr(each, "plan_kind", "") == "sequence")
    fields = plan.sequence_fields
    found = replace(fields, outputs=of_sequence)
    object.__setattr__(found, "declared_at", plan.declared_at)
    checks.check(found, settings)
    _check_films(plan)


def _check_frames(plan: FaceMontageFields) -> None:
    plan.check_options()
    if plan.unique not in (None, "near"):
        raise ConfigError(f'unique={plan.unique!r}: a montage takes "near" or None')
    if plan.spacing not in SPACINGS:
        raise unknown("spacing", plan.spacing, SPACINGS)
    if plan.spacing == "time" and plan.cutting != "even":
        raise ConfigError('spacing="time" and cutting= both say how long photos are shown: give one of them')


def _check_examples(plan: FaceMontageFields, settings: Settings) -> None:
    if plan.other_faces is not None and plan.target_faces is None:
        raise ConfigError("other_faces= are compared with those of the person: give target_faces= as well")
    if plan.person is not None and plan.target_faces is not None:
        raise ConfigError("person= and target_faces= both say whom a montage shows: give one of them")
    if isinstance(plan.resolved_order, BySimilarity) and plan.person is None and plan.target_faces is None:
        raise ConfigError(f"order={plan.order!r}: similarity needs target_faces= or person=")
    if plan.person is not None or plan.target_faces is not None:
        check_identity(plan.face_pass, "a montage of one person")
    if plan.other_faces is not None and _same_folder(plan.target_faces, plan.other_faces):
        raise ConfigError(f"target_faces= and other_faces= are the same folder, {str(plan.other_faces)!r}")
    if plan.person is not None and (not isinstance(plan.person, str) or not plan.person.strip()):
        raise ConfigError(f'person={plan.person!r} must be a name, such as "person 1"')
    if plan.names is not None:
        if plan.person is None:
            raise ConfigError("names= are those of the people of the collection: give person= as well")
        read_names(plan.names)
    if plan.review is not None:
        if plan.target_faces is None:
            raise ConfigError("review= decides which faces show the person: give target_faces= as well")
        read_decisions(plan.review)
    for title in ("target_faces", "other_faces"):
        place: Any = getattr(plan, title)
        if place is None or isinstance(place, Collection):
            continue
        if not isinstance(place, str | Path) or not str(place).strip():
            raise ConfigError(f"{title}={place!r} must be a folder of photos")
        if not Path(place).expanduser().exists():
            raise ConfigError(f"{title}={str(place)!r} does not exist{looked_for(Path(place).expanduser())}")
        folder = Path(place).expanduser()
        if folder.is_dir() and lacks_images(folder, settings.quiet_extensions):
            raise ConfigError(f"{title}={str(place)!r}: the folder has no images")


def _same_folder(first: Any, second: Any) -> bool:
    if not (isinstance(first, str | Path) and isinstance(second, str | Path)):
        return False
    return Path(first).expanduser().resolve() == Path(second).expanduser().resolve()


def _check_films(plan: FaceMontageFields) -> None:
    TRANSITIONS.resolve(plan.transition)
    for film in plan.sequence_fields.films:
        if film.needs.features:
            raise ConfigError(
                f"motion={film.motion!r} needs the depth of frames, and that of photos is measured: a montage moves "
                "with KenBurns() or SlowZoom()"
            )
        if _morphs(film.transition) and (film.motion is not None or film.fit == "smart"):
            raise ConfigError('a film with Morph() needs images that stand still: leave out motion= and fit="smart"')
