"""An image file that the records of plots share."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import photo


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.png"
    Image.fromarray(photo(3)).save(path)
    return path
