"""Captions of the tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imbatch2soundvisu.visuals.pianoroll import track_drawing
from imbatch2soundvisu.visuals.pianoroll.style import REPEAT_PX
from imbatch2soundvisu.visuals.plots.canvas import write, write_bold
from imbatch2soundvisu.visuals.text_drawing import text_width

from .samples import drawn, score


@pytest.mark.parametrize("count", [26, 30, 40, 47, 48, 49, 60])
def test_repeated_captions_are_complete_and_not_at_the_edge(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[float, str, float]] = []

    def noted(writer: Any) -> Any:
        def write_and_note(
            canvas: Image.Image, xy: tuple[float, float], text: str, *args: Any, **options: Any
        ) -> float:
            width = writer(canvas, xy, text, *args, **options)
            written.append((xy[0] + width, text, width))
            return width

        return write_and_note

    monkeypatch.setattr(track_drawing, "write", noted(write))
    monkeypatch.setattr(track_drawing, "write_bold", noted(write_bold))
    geometry, _ = drawn(tmp_path, score(count, 2, decisions=tuple({"tension": 0.5} for _ in range(count))))
    starts = [end - width for end, text, width in written if text == "Tension"]
    edges = [*starts, geometry.right]
    assert starts[0] == geometry.left
    assert all(
        REPEAT_PX / 2 - 1 <= after - before <= REPEAT_PX + 1 for before, after in zip(edges, edges[1:], strict=False)
    )
    assert all(end <= geometry.right for end, _, _ in written)
    assert all(width == text_width(text, 13, bold=True) for _, text, width in written if text == "Tension")
