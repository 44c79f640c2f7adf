"""GIFs in which pixels that hardly change are not stored again."""

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.visuals import write_gif
from imbatch2soundvisu.visuals.gif_changes import changes


def noisy(seed, square):
    """A picture with some noise, and a bright square that moves."""
    rng = np.random.default_rng(seed)
    ramp = np.repeat(np.linspace(40, 200, 80)[None, :, None], 60, 0).repeat(3, 2)
    frame = np.clip(ramp + rng.normal(0, 1.5, ramp.shape), 0, 255).astype(np.uint8)
    frame[20:32, square : square + 12] = (250, 60, 40)
    return frame


FRAMES = [noisy(seed, 8 + 10 * seed) for seed in range(5)]


def shown(path):
    """The frames as a viewer shows them."""
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            yield np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("fuzz", [0, 3])
def test_every_frame_is_shown_as_it_is_within_the_fuzz(tmp_path, fuzz):
    report = write_gif(tmp_path / "a.gif", FRAMES, [0.1] * 5, fuzz=fuzz)
    assert report.frames == 5
    for frame, found in zip(FRAMES, shown(tmp_path / "a.gif"), strict=True):
        far = np.abs(frame.astype(int) - found).mean(axis=2)
        assert far.mean() < 8 + fuzz
        assert far[22:30, 20:24].max() < 60  # the square is where it was, no trace is left


def test_fuzz_makes_the_file_smaller(tmp_path):
    sizes = [write_gif(tmp_path / f"{fuzz}.gif", FRAMES, [0.1] * 5, fuzz=fuzz).bytes for fuzz in (0, 3)]
    assert sizes[1] < 0.6 * sizes[0]


def test_a_frame_without_a_change_keeps_its_time(tmp_path):
    report = write_gif(tmp_path / "a.gif", [FRAMES[0], FRAMES[0], FRAMES[1]], [0.1, 0.5, 0.1], fuzz=2)
    assert report.seconds == pytest.approx(0.7)
    assert len(list(shown(tmp_path / "a.gif"))) == 3


def test_what_hardly_changes_adds_up_until_it_is_stored():
    steps = [np.full((4, 4, 3), 100 + step, np.uint8) for step in range(12)]
    stored = [each.same is None or not each.same.all() for each in changes(iter(steps), 2)]
    assert stored == [True, False, False, False, False, False, True, False, False, False, False, False]
