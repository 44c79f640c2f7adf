"""Small images that tests make, and the shared real ones where they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from imbatch2soundvisu import config
from imbatch2soundvisu.core import registry
from imbatch2soundvisu.embeddings import Look
from imbatch2soundvisu.measurement import automatic, spaces
from tests.report.browser import Browser

# The same examples in every run; `--hypothesis-profile=default` searches at random.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def _own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes the user's own folders."""
    for name in list(os.environ):
        if name.startswith("IMBATCH2SOUNDVISU_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "UMAP_MAPS", False)  # its compiler takes longer than most tests


@pytest.fixture(autouse=True)
def _same_default_embedding(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """`on="auto"` is Look in tests, whether torch is installed or not; a test with `auto_embedding` sees what is."""
    if "auto_embedding" not in request.fixturenames:
        monkeypatch.setattr(automatic, "auto_embedding", Look)
        monkeypatch.setattr(spaces, "auto_embedding", Look)


@pytest.fixture
def auto_embedding() -> None:
    """Let `on="auto"` be what is installed."""


@pytest.fixture(autouse=True)
def _built_in_entries() -> Iterator[None]:
    """What a test or a session registers is removed with it."""
    with registry.isolated():
        yield


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for the tests of a module."""
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """The path of a shared data set; the test skips where it is not."""

    def find(name: str) -> Path:
        if not (DATA / name).exists():
            pytest.skip(f"shared data {name} is not beside this repository")
        return DATA / name

    return find


def photo(seed: int, width: int = 120, height: int = 80) -> np.ndarray:
    """(h, w, 3) uint8: an image with blobs, a gradient and some noise, different for every seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    image = (
        rng.uniform(0, 1, 3) * 0.6 + rng.uniform(-0.5, 0.5, 3) * x[..., None] + rng.uniform(-0.5, 0.5, 3) * y[..., None]
    )
    for _ in range(4):
        cx, cy, radius = rng.uniform(0, 1), rng.uniform(0, height / width), rng.uniform(0.05, 0.25)
        blob = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / radius**2)[..., None]
        image = image * (1 - blob) + rng.uniform(0, 1, 3) * blob
    return (np.clip(image + rng.normal(0, 0.02, image.shape), 0, 1) * 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve small images in a folder."""
    root = tmp_path / "images"
    root.mkdir()
    for seed in range(12):
        Image.fromarray(photo(seed)).save(root / f"image-{seed:02}.jpg", quality=92)
    return root
