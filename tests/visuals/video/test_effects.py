"""Transitions and motions: their registries, their limits, and ones of a session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import ImageRecord, Timeline
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.visuals.video import MOTIONS, TRANSITIONS, CrossFade, Cut, SlowZoom, write_mp4


@pytest.mark.parametrize("make", [
    lambda: CrossFade(-1), lambda: CrossFade(float("nan")), lambda: SlowZoom(-0.1), lambda: SlowZoom(7),
])  # fmt: skip
def test_values_out_of_range_are_refused(make) -> None:
    with pytest.raises(ConfigError):
        make()


def test_names_stand_for_transitions_and_motions() -> None:
    assert TRANSITIONS.resolve("cut") == Cut()
    assert TRANSITIONS.resolve("cross-fade") == CrossFade()
    assert MOTIONS.resolve("slow-zoom") == SlowZoom()
    with pytest.raises(ConfigError, match="cross-fade"):
        TRANSITIONS.resolve("crossfade")


def test_a_transition_of_a_session_is_used(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Wipe:
        def frames(self, fps: int) -> int:
            return fps

        def blend(self, first: np.ndarray, second: np.ndarray, progress: float) -> np.ndarray:
            mixed, width = first.copy(), round(progress * first.shape[1])
            mixed[:64, :width] = second[:64, :width]
            return mixed

    records = []
    for level in (0, 255):
        Image.new("L", (96, 64), level).save(tmp_path / f"{level}.png")
        records.append(ImageRecord(tmp_path / f"{level}.png", str(level), 96, 64))
    write_mp4(tmp_path / "a.mp4", records, Timeline(30, 44_100, 30, (1, 1)), size=(96, 64), transition=Wipe())
    with av.open(str(tmp_path / "a.mp4")) as container:
        cut = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)][30]
    assert cut[:, :40].min() > 200
    assert cut[:, 60:].max() < 60
