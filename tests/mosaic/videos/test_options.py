"""What a video mosaic is asked for."""

from __future__ import annotations

import pytest

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic import VideoMosaicOptions


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"stabilization": 1.5}, "stabilization=1.5 must be from 0 to 1"),
        ({"stabilization": float("nan")}, "from 0 to 1"),
        ({"start": -1}, "start=-1"),
        ({"seconds": 0}, "seconds=0"),
        ({"seconds": "3"}, "seconds='3'"),
        ({"max_uses": 3}, "max_uses= is not possible in a video mosaic"),
        ({"tiling": "hexagon"}, "tiling="),
        ({"stabilisation": 0.9}, "Did you mean 'stabilization'"),
        ({"tint": 2}, "tint=2"),
    ],
)
def test_what_is_not_possible_is_refused(keywords, words):
    with pytest.raises(ConfigError, match=words):
        VideoMosaicOptions.of(keywords)


def test_options_of_a_still_mosaic_are_passed_on():
    options = VideoMosaicOptions.of({"columns": 30, "start": 2, "max_uses": None})
    assert (options.still.columns, options.start, options.stabilization) == (30, 2, 0.9)
