"""Images by what a person writes of their names."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from imbatch2soundvisu.core import ImageRecord, Skipped
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.core.image_names import ImageNames

NFD = unicodedata.normalize("NFD", "Café/Ångström.JPG")
FILES = ["a.jpg", "sea/a.jpg", "sea/calm/b.jpg", "photo [1].png", "scan", NFD]
NAMES = ImageNames(
    [ImageRecord(Path("/photos") / name, str(i), 4, 3, name=name) for i, name in enumerate(FILES)],
    [Skipped("sea/broken.jpg", "its content is not an image")],
)


@pytest.mark.parametrize(
    ("written", "row"),
    [
        ("a.jpg", 0), ("./a.jpg", 0), ("sea/a.jpg", 1), ("b.jpg", 2), ("calm/b.jpg", 2), ("b", 2), ("B.JPG", 2),
        ("photo [1].png", 3), ("scan", 4), (unicodedata.normalize("NFC", "Café/Ångström.JPG"), 5),
        ("Ångström", 5), ("ångström.jpg", 5), (NFD, 5), ("/photos/sea/a.jpg", 1), (Path("/photos/scan"), 4),
    ],
)  # fmt: skip
def test_a_name_in_any_form_means_one_image(written, row):
    assert NAMES.row(written, "order=") == row


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("a", r"order='a' names 2 images: 'a\.jpg', 'sea/a\.jpg'\. Write the folder as well"),
        ("sae/calm/b.jpeg", r"'sae/calm/b\.jpeg' is not among the 6 images\. Did you mean 'sea/calm/b\.jpg'"),
        ("broken.jpg", r"'broken\.jpg' cannot be used: its content is not an image"),
        ("zzzzzzzz", r"There are 'a\.jpg', "),
    ],
)
def test_a_missing_or_ambiguous_name_is_explained(written, message):
    with pytest.raises(ConfigError, match=message):
        NAMES.row(written, "order=")


def test_without_loose_search_only_names_as_written_are_found():
    assert NAMES.rows("b.jpg", loose=False) == [2]
    assert NAMES.rows("b", loose=False) == NAMES.rows("B.jpg", loose=False) == []
