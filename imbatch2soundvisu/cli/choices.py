"""What the options of the command line make of a session: its settings, and the plans that are run."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .. import config
from ..config import Settings
from ..core.errors import unknown
from ..plans import Plan, check, draft_of
from ..runtime.files import slug
from .session_file import Session


def settings_of(
    session: Session, options: argparse.Namespace, environment: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings of a run. The command line wins over the environment, the environment over the session.

    Parameters
    ----------
    session : Session
        What the session file declares.
    options : argparse.Namespace
        `images`, `outputs`, `jobs` and `draft` of the command line.
    environment : mapping, optional
        Environment variables; `os.environ` when None.
    """
    chosen = dict(session.settings) | ({"JOBS": options.jobs} if options.jobs else {})
    variables = dict(os.environ if environment is None else environment)
    for name, path in (("DATA_ROOT", options.images), ("OUTPUTS", options.outputs)):
        if path is not None:
            variables[config.ENVIRONMENT[name]] = str(path)
    settings = config.resolve(chosen, variables)
    if not options.draft:
        return settings
    outputs = settings.outputs if options.outputs is not None else draft_folder(settings.outputs)
    return replace(settings, outputs=outputs, umap_maps=False)


def draft_folder(outputs: Path) -> Path:
    """Return the folder of drafts, beside that of the full results, which a draft would otherwise replace.

    Examples
    --------
    >>> draft_folder(Path("results/tulips")).as_posix()
    'results/tulips-draft'
    """
    whole = outputs if outputs.name else outputs.resolve()
    return whole.with_name(f"{whole.name}-draft")


def plans_of(session: Session, options: argparse.Namespace, settings: Settings) -> list[Plan]:
    """Return the plans to run: those that `--only` names, as drafts where these are asked for.

    Raises
    ------
    ConfigError
        When a name of `--only` fits no plan, or a plan is invalid.
    """
    check(session.plans, settings)
    plans = named(session.plans, options.only)
    return [draft_of(plan, settings) for plan in plans] if options.draft else plans


def named(plans: Sequence[Any], patterns: Sequence[str]) -> list[Any]:
    """Return the plans whose name, or the name of whose folder, fits one of the patterns; all without patterns.

    Upper and lower case are the same.

    Raises
    ------
    ConfigError
        When a pattern fits none of them.
    """
    if not patterns:
        return list(plans)
    chosen: set[int] = set()
    for pattern in patterns:
        fitting = {i for i, plan in enumerate(plans) if _fits(str(getattr(plan, "name", "")), pattern)}
        if not fitting:
            raise unknown("plan", pattern, [str(getattr(plan, "name", plan)) for plan in plans])
        chosen |= fitting
    return [plan for i, plan in enumerate(plans) if i in chosen]


def _fits(name: str, pattern: str) -> bool:
    pattern = pattern.strip().casefold()
    return any(each == pattern or fnmatchcase(each, pattern) for each in (name.casefold(), slug(name).casefold()))
