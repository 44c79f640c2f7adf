"""Drafts of plans, for a first look: few images, small films and GIFs, and nothing that takes long to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..config import Settings
from .film_outputs import Film, Gif, gif_size
from .protocols import Plan
from .sequence import SequencePlan
from .sequence_fields import SequenceFields
from .sheet_outputs import PianoRoll, Storyboard
from .sound_outputs import Stems

#: Images of a draft, and of each cluster of one.
IMAGES, IMAGES_OF_A_CLUSTER = 12, 6
#: The long sides of films and GIFs of a draft, in pixels.
FILM_SIDE, GIF_SIDE = 480, 240
#: Outputs that a draft leaves out, and what it leaves out beside a film, which shows the same.
LEFT_OUT, LEFT_OUT_BESIDE_A_FILM = (PianoRoll, Storyboard, Stems), (Gif,)


def draft_of(plan: Any, settings: Settings) -> Plan:
    """Return a plan that makes a first look at what `plan` makes: smaller, faster, of fewer images.

    Order, music, transitions and filters are those of the plan. A total duration is shortened with the number of
    images. A plan of another kind may have a method `draft(settings)`; without one it is made as it is.

    Parameters
    ----------
    plan : Plan
        A plan that has been checked.
    settings : Settings
        Those of the run: the default size of films, and how many images a plan shows.

    Examples
    --------
    >>> from imbatch2soundvisu import SequencePlan, config
    >>> draft = draft_of(SequencePlan("a", limit=48, total_seconds=60.0), config.resolve())
    >>> draft.limit, draft.total_seconds, [type(each).__name__ for each in draft.outputs]
    (12, 15.0, ['Film', 'Wav', 'Midi', 'ContactSheet', 'Tables'])
    """
    if callable(getattr(plan, "draft", None)):
        return plan.draft(settings)  # type: ignore[no-any-return]
    if not isinstance(plan, SequencePlan):
        return plan  # type: ignore[no-any-return]
    most = IMAGES if plan.clusters is None else IMAGES_OF_A_CLUSTER
    full = plan.images_limit(settings) or settings.limit
    limit = min(full, most)
    total = plan.total_seconds
    if isinstance(total, int | float) and not isinstance(total, bool):
        total = max(total * limit / full, 0.1)
    draft = replace(plan, limit=limit, total_seconds=total, tour=False, outputs=_outputs(plan, settings))
    object.__setattr__(draft, "declared_at", plan.declared_at)  # messages point at the session, not at this line
    return draft


def _outputs(plan: SequenceFields, settings: Settings) -> Sequence[Any]:
    """The outputs of a draft: a small film or GIF, and what is quick as it is."""
    outputs, aspect = plan.written, plan.film.aspect(settings)
    has_film = any(isinstance(each, Film) for each in outputs)
    left_out = (*LEFT_OUT, *(LEFT_OUT_BESIDE_A_FILM if has_film else ()))
    return [_small(each, settings, aspect) for each in outputs if not isinstance(each, left_out)] or outputs


def _small(output: Any, settings: Settings, aspect: float) -> Any:
    if isinstance(output, Film):
        width, height = gif_size(output.aspect(settings), FILM_SIDE)
        return replace(output, size=(width // 2 * 2, height // 2 * 2))
    if isinstance(output, Gif):
        width, height = output.size or gif_size(aspect, GIF_SIDE)
        return replace(output, size=gif_size(width / height, GIF_SIDE))
    return output
