"""The synthesizer of the tests of music."""

from __future__ import annotations

import pytest

from imbatch2soundvisu.core.errors import EngineMissing
from imbatch2soundvisu.music import synthesis


@pytest.fixture(scope="session")
def engine() -> synthesis.Engine:
    """The best synthesizer that is installed; without one, the tests that need it are skipped with the reason."""
    try:
        return synthesis.find_engine()
    except EngineMissing as missing:
        pytest.skip(str(missing))
