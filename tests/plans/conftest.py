"""Images of three colours, for tests of plans."""

from __future__ import annotations

from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import FeatureTable

from .coloured import COLOURS, paint


@pytest.fixture
def colours(tmp_path) -> Path:
    """Images of three colours in folders of their names: six red, five green, four blue."""
    root = tmp_path / "colours"
    for (name, colour), count in zip(COLOURS.items(), (6, 5, 4), strict=True):
        for i in range(count):
            paint(root / name, f"{name}-{i}", colour, i)
    return root


@pytest.fixture
def table(colours) -> FeatureTable:
    return i2s.measure(i2s.discover(colours))
