"""Time marks."""

from __future__ import annotations

import pytest

from imbatch2soundvisu.visuals.pianoroll.style import multiples


def test_multiples_end_before_the_end() -> None:
    assert multiples(4, 2) == [0, 2]
    assert multiples(0.1 * 3, 0.1) == pytest.approx([0, 0.1, 0.2])
