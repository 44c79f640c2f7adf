"""Clips for MoviePy."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest

from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import MissingExtra
from imbatch2soundvisu.visuals import frame
from imbatch2soundvisu.visuals.video import to_moviepy

from ..samples import save, scene, sequence

SIZE = (160, 96)


@pytest.fixture
def records(tmp_path: Path) -> list[ImageRecord]:
    return [save(tmp_path / f"{i}.png", scene(i)) for i in range(5)]


def test_clip_shows_each_image_in_its_time(records: list[ImageRecord]) -> None:
    pytest.importorskip("moviepy")
    clip = to_moviepy(sequence(records), 0.5, SIZE)
    assert clip.duration == 2.5
    assert tuple(clip.size) == SIZE
    for seconds, index in ((0.0, 0), (0.49, 0), (0.5, 1), (1.7, 3), (2.49, 4)):
        assert (clip.get_frame(seconds) == frame(records[index], SIZE)).all()


def test_missing_moviepy_is_answered_with_the_install_command(
    records: list[ImageRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest, **more):
        if name == "moviepy":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"\[notebook\]"):
        to_moviepy(sequence(records))
