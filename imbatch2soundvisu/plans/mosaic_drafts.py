"""Drafts of mosaic plans: the same matching, smaller, without what takes long to write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .mosaic_fields import DEFAULT_MOSAIC_OUTPUTS

#: Width of a tile of a draft, in pixels of the mosaic.
TILE_PX = 16


def draft_of(plan: Any) -> Any:
    """Return a mosaic plan that makes a first look at what `plan` makes."""
    outputs = [each.draft() if callable(getattr(each, "draft", None)) else each for each in plan.written]
    kept = [each for each in outputs if each is not None]
    draft = replace(plan, enlarge=None, tile_px=TILE_PX, outputs=kept or DEFAULT_MOSAIC_OUTPUTS[:1])
    object.__setattr__(draft, "declared_at", plan.declared_at)  # messages point at the session, not at this line
    return draft
