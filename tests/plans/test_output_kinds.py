"""Outputs belong to a kind of plan."""

from __future__ import annotations

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError


@pytest.mark.parametrize(
    "plan",
    [
        i2s.MosaicPlan("a", target="representative", outputs=["film"]),
        i2s.AtlasPlan("a", on="look", outputs=[i2s.MosaicImage()]),
        i2s.SequencePlan("a", outputs=["atlas-page"]),
    ],
    ids=["mosaic", "atlas", "sequence"],
)
def test_an_output_of_another_kind_of_plan_is_refused_with_those_that_fit(plan):
    with pytest.raises(ConfigError, match="is an output of .* plans; .* plans have"):
        plan.check(i2s.config.resolve())
