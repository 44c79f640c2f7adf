"""What a plan would make of a table, and what of that is there already; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..config import Settings
from ..core import FeatureTable
from . import result_cache
from .albums import album_sequences
from .protocols import Content, Output
from .sequence import SequencePlan
from .sequence_content import SequenceContent


def contents_of(
    plan: SequencePlan, table: FeatureTable, folder: Path, settings: Settings
) -> list[tuple[SequenceContent, Path]]:
    """Return the content of each sequence of a plan, with the folder it would be written into.

    Parameters
    ----------
    plan : SequencePlan
        A plan that has been checked.
    table : FeatureTable
        The collection, measured.
    folder : Path
        Of the plan.
    settings : Settings
        Those of the run.

    Raises
    ------
    ConfigError
        As the run would, when too few images are left or no cluster has 2 images.
    """
    if plan.clusters is None:
        placed = [(plan.sequence(table, settings), folder)]
    else:
        placed = album_sequences(plan, plan.album(table, settings), folder)
    return [(SequenceContent(plan, sequence, settings), place) for sequence, place in placed]


def is_kept(content: Content, outputs: Sequence[Output], folder: Path, settings: Settings) -> bool:
    """Return whether a run would keep the result in `folder`, since nothing that it is made from has changed."""
    state = result_cache.state_of(content, outputs, settings)
    return result_cache.kept_result(folder, state, content) is not None
