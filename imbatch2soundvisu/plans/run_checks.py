"""What is checked of all plans of a run before any work: each plan, their folders, and the files they would write."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from .. import config
from ..config import Settings
from ..core import Collection
from ..core.errors import ConfigError, describe_error
from ..runtime import files
from ..runtime.ownership import WrittenFiles
from .protocols import Plan

#: What a run writes into OUTPUTS itself.
RUN_FILES = ("index.html", "run.json", "dataset.png")


def check(plans: Sequence[Plan], settings: Settings | None = None) -> None:
    """Raise ConfigError for the first plan that is invalid. Nothing is read or written."""
    settings = settings or config.resolve()
    if callable(getattr(plans, "make", None)):
        raise ConfigError("PLANS is a list of plans, not one plan: write [plan]")
    if not plans:
        raise ConfigError("there are no plans: declare PLANS = [SequencePlan(...), ...]")
    folders: dict[str, str] = {}
    for plan in plans:
        if not all(callable(getattr(type(plan), method, None)) for method in ("check", "make")):
            raise ConfigError(
                f"{plan!r} is not a plan; PLANS is a list of plans such as SequencePlan('dark to bright')"
            )
        plan.check(settings)
        folder = files.slug(plan.name)
        if folder in folders:
            where = getattr(plan, "declared_at", None)
            raise ConfigError(
                f"two plans would share the folder {folder!r}: {folders[folder]!r}, {plan.name!r}. "
                "Give each its own name",
                where,
            )
        folders[folder] = plan.name
    for plan in plans:
        if callable(getattr(plan, "check_plans", None)):
            plan.check_plans(plans, settings)  # type: ignore[attr-defined]


def check_images(plans: Sequence[Plan], collection: Collection) -> None:
    """Raise ConfigError for the first plan that names an image which the collection does not have."""
    for plan in plans:
        if callable(getattr(plan, "check_images", None)):
            plan.check_images(collection)  # type: ignore[attr-defined]


def check_free(plans: Sequence[Plan], settings: Settings, written: WrittenFiles) -> None:
    """Raise NotOursError when a file that is to be written is there and not ours, as far as names are known yet."""
    folders = [settings.outputs / files.slug(plan.name) for plan in plans]
    paths = [settings.outputs / name for name in RUN_FILES]
    for plan, folder in zip(plans, folders, strict=True):
        if callable(getattr(plan, "writes", None)):
            paths += plan.writes(folder, settings)  # type: ignore[attr-defined]
    written.check_free(paths, folders)


def check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"nothing can be written to {folder}: {reason}. Set OUTPUTS to another folder") from error


def describe_failure(plan: Plan, error: Exception) -> str:
    """Return why a plan failed, with the line of the user's code the error came through, or else that of the plan."""
    text = describe_error(error)
    named = text if f"plan {plan.name!r}" in text else f"plan {plan.name!r}: {text}"
    where = getattr(plan, "declared_at", "")
    return named if text != str(error) or not where or getattr(error, "where", None) else f"{where}: {named}"
