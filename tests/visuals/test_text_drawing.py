"""Text of any script is shortened to its width and can be drawn."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.visuals import text_drawing


@given(st.text(max_size=40), st.integers(20, 200))
@settings(deadline=None, max_examples=60)
def test_any_text_is_shortened_to_a_width(text: str, width: int) -> None:
    short = text_drawing.shorten(text, width, 12)
    assert text_drawing.text_width(short, 12) <= width
    assert text_drawing.readable(short) == short


def test_long_names_keep_start_and_end() -> None:
    short = text_drawing.shorten("a-very-long-name-of-a-image-from-a-camera-0001.jpg", 150, 12)
    assert short.startswith("a-very")
    assert "…" in short
    assert short.endswith(".jpg")
