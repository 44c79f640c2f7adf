"""The registry of styles of music. The styles themselves are in `composition`, `tracks` and `styles`."""

from __future__ import annotations

from ..core.registry import Registry

#: Every style of music by name; `music=` of a plan.
STYLES: Registry[type] = Registry(
    "style of music", method="compose", argument="music=", modules=("imbatch2soundvisu.music.styles",)
)
