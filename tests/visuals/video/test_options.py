"""Options of a film: names, settings and sizes are resolved once."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from imbatch2soundvisu import config
from imbatch2soundvisu.core import ImageRecord, Timeline
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.visuals.video import CrossFade, Cut, SlowZoom, VideoOptions, write_mp4
from imbatch2soundvisu.visuals.video.options import VideoKeywords


def test_every_option_is_a_keyword_of_write_mp4() -> None:
    assert set(VideoKeywords.__annotations__) == {each.name for each in fields(VideoOptions)}


def test_names_become_instances_and_settings_fill_what_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "VIDEO_SIZE", (321, 201))
    monkeypatch.setattr(config, "BACKGROUND", (1, 2, 3))
    options = VideoOptions(transition="cross-fade", motion="slow-zoom").resolved()
    assert (options.size, options.background) == ((320, 200), (1, 2, 3))
    assert (options.transition, options.motion) == (CrossFade(), SlowZoom())
    assert options.resolved() == options


def test_given_values_are_kept() -> None:
    options = VideoOptions(size=(64, 48), background=(9, 9, 9), transition=CrossFade(0.2)).resolved()
    assert (options.size, options.background, options.transition) == ((64, 48), (9, 9, 9), CrossFade(0.2))
    assert VideoOptions(size=(64, 48)).resolved().transition == Cut()


@pytest.mark.parametrize(
    ("keywords", "message"),
    [({"transition": "wipe"}, "cross-fade"), ({"motion": "spin"}, "slow-zoom"), ({"size": (1, 1)}, "16384 pixels")],
)
def test_unknown_names_and_sizes_are_refused_before_a_file_is_opened(
    keywords: VideoKeywords, message: str, tmp_path: Path
) -> None:
    record = ImageRecord(tmp_path / "a.png", "", 8, 8)
    with pytest.raises(ConfigError, match=message):
        write_mp4(tmp_path / "out" / "a.mp4", [record], Timeline(30, 44_100, 30, (1,)), **keywords)
    assert not (tmp_path / "out").exists()


def test_a_misspelt_option_is_a_type_error(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="colour"):
        write_mp4(tmp_path / "a.mp4", [], Timeline(30, 44_100, 30, (1,)), colour="red")  # type: ignore[call-arg]
