"""Plans and outputs by name."""

from __future__ import annotations

from typing import Any

from ..core.registry import Registry

#: Kinds of plans.
PLAN_KINDS: Registry[Any] = Registry(
    "plan",
    "make",
    modules=(
        "imbatch2soundvisu.plans.sequence",
        "imbatch2soundvisu.plans.mosaics",
        "imbatch2soundvisu.plans.video_mosaics",
        "imbatch2soundvisu.plans.atlas",
        "imbatch2soundvisu.plans.face_montage",
    ),
)
#: Kinds of files that a plan may write.
OUTPUT_KINDS: Registry[Any] = Registry(
    "output",
    "write",
    "outputs=",
    modules=(
        "imbatch2soundvisu.plans.film_outputs",
        "imbatch2soundvisu.plans.sound_outputs",
        "imbatch2soundvisu.plans.sheet_outputs",
        "imbatch2soundvisu.plans.table_outputs",
        "imbatch2soundvisu.plans.cut_lists",
        "imbatch2soundvisu.plans.cut_outs",
        "imbatch2soundvisu.plans.mosaic_outputs",
        "imbatch2soundvisu.plans.mosaic_films",
        "imbatch2soundvisu.plans.mosaic_zoom",
        "imbatch2soundvisu.plans.mosaic_posters",
        "imbatch2soundvisu.plans.video_mosaics",
        "imbatch2soundvisu.plans.atlas_outputs",
        "imbatch2soundvisu.plans.atlas_exports",
        "imbatch2soundvisu.plans.atlas_matrix",
        "imbatch2soundvisu.plans.face_outputs",
        "imbatch2soundvisu.report.outputs",
    ),
)
