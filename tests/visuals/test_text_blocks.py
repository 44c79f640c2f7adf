"""Blocks of text stay within their width, wrap where their script breaks, and are readable on any image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.visuals import bidi, fonts, text_drawing
from imbatch2soundvisu.visuals.text_blocks import BACKINGS, TextStyle, block, fitted, wrapped

STYLE = TextStyle(20)


@given(st.text(max_size=60), st.integers(60, 300), st.integers(1, 3))
@settings(deadline=None, max_examples=50)
def test_lines_are_no_wider_and_no_more_than_requested(text: str, width: int, lines: int) -> None:
    found = wrapped(text, width, STYLE, lines)
    assert len(found) <= max(lines, text.count("\n") + 1)
    assert all(text_drawing.text_width(line, 20) <= width for line in found)


def test_long_names_break_at_their_marks_and_end_in_an_ellipsis() -> None:
    name = "IMG_20240131_a-very-long-name-of-a-file-from-a-camera-that-never-ends_0001"
    found = wrapped(name, 200, STYLE, 2)
    assert found[0][-1] in "_-"
    assert found[1].endswith("…")
    assert name.startswith("".join(found)[:-1])


def test_each_line_of_a_caption_is_shortened_alone() -> None:
    found = wrapped("a name that is much too long for one line of this width\nluminance 0.5", 200, STYLE, 2)
    assert found[0].endswith("…")
    assert found[1] == "luminance 0.5"


def test_lines_of_a_paragraph_have_similar_lengths() -> None:
    first, second = wrapped("one two three four five", 190, STYLE, 2)
    assert abs(len(first) - len(second)) < 6


def test_a_text_is_fitted_without_dividing_its_words() -> None:
    style = fitted("Photographs of butterflies", (160, 200), TextStyle(60), 8, 3)
    assert all(word in " ".join(wrapped("Photographs of butterflies", 160, style, 3)) for word in ("Photographs", "of"))


@pytest.mark.parametrize("backing", ["box", "outline"])
@pytest.mark.parametrize("behind", [0, 128, 255])
def test_letters_contrast_with_what_is_around_them_on_any_image(backing: str, behind: int) -> None:
    picture = block(["Readable"], TextStyle(40, backing=backing)).astype(float)
    alpha = picture[..., 3:] / 255
    shown = (picture[..., :3] * alpha + behind * (1 - alpha)).mean(axis=2)
    middle = shown[shown.shape[0] // 3 : -shown.shape[0] // 3]
    assert middle.max() > 250
    assert middle.min() < 105


def test_every_backing_has_a_picture_as_large_as_its_lines() -> None:
    sizes = [block(["one", "three"], TextStyle(20, backing=each)).shape for each in BACKINGS]
    assert sizes[0][0] > sizes[1][0] > sizes[2][0] >= 2 * 20


def test_arabic_and_hebrew_are_in_the_order_they_are_read() -> None:
    assert bidi.visual_runs("שלום world 12", True) == [
        ("12", False),
        (" ", True),
        ("world", False),
        ("שלום ", True),
    ] or (bidi.visual_runs("שלום world 12", True)[-1] == ("שלום ", True))
    assert [part for part, _ in bidi.visual_runs("IMG שבת 12.jpg", False)][0] == "IMG "


def test_arabic_letters_are_joined_without_a_shaping_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_drawing, "_has_raqm", lambda: False)
    (piece,) = text_drawing.line_pieces("بيت", 20, rtl=True)
    assert piece.text == "\ufe96\ufef4\ufe91"  # final, medial, initial: from left to right as they are seen


def test_what_is_joined_is_one_character() -> None:
    family, flag = "👨\u200d👩\u200d👧", "🇩🇪"
    assert text_drawing.characters(f"a{family}{flag}é") == ["a", family, flag, "é"]


def test_characters_without_a_font_are_named_with_what_to_install() -> None:
    missing = fonts.missing_characters(["plain é", "\U0001f9ff" if not fonts.emoji_files() else "\U000f0000"])
    assert len(missing) == 1
    assert fonts.missing_characters(["Ünïcode العربية Ελληνικά"]) == ()
    assert "Noto Sans CJK" in fonts.advice("北")
    assert "Emoji" in fonts.advice("\U0001f600")


def test_an_unknown_font_is_refused_with_similar_ones() -> None:
    assert fonts.find_font(fonts.font_files()[0]).name == "DejaVuSans.ttf"
    with pytest.raises(ConfigError, match="no such font is installed"):
        fonts.find_font("Nonexistent Sans")


@pytest.mark.skipif(not fonts.emoji_files(), reason="no font of coloured emoji is installed")
def test_emoji_have_their_colours() -> None:
    picture = block(["😀"], TextStyle(60, backing="none"))
    seen = picture[picture[..., 3] > 200][:, :3].astype(int)
    assert np.ptp(seen, axis=1).max() > 100
