"""Films of mosaics: on the beats of their music, as long as the plan says, and what is refused."""

from __future__ import annotations

import av
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import ConfigError
from tests.conftest import photo

SETTINGS = config.resolve({}, {})


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "portrait.png"
    Image.fromarray(photo(100)).save(path)
    return path


def decoded(path):
    """The frames of a film, its frame rate, and the seconds of its sound."""
    with av.open(str(path)) as film:
        frames = [frame.to_ndarray(format="rgb24").astype(int) for frame in film.decode(video=0)]
        rate = film.streams.video[0].average_rate
    with av.open(str(path)) as film:
        sound = sum(frame.samples for frame in film.decode(audio=0)) if film.streams.audio else 0
    return frames, rate, sound


def test_the_build_up_film_has_its_music_and_ends_on_the_mosaic(folder, target):
    output = i2s.BuildUp(seconds=4, hold=1, size=96, fps=10)
    plan = i2s.MosaicPlan("a", target, columns=8, outputs=["mosaic-image", output])
    (result,) = i2s.run([plan], root=folder).results
    assert not result.problems
    frames, rate, sound = decoded(result.path("build_up"))
    assert (len(frames), rate, frames[0].shape) == (40, 10, (64, 96, 3))
    assert abs(sound / 44_100 - 4) < 0.1
    with Image.open(result.path("mosaic")) as image:
        whole = np.asarray(image.resize((96, 64), Image.Resampling.BOX)).astype(int)
    assert np.abs(frames[-1] - whole).mean() < 12
    assert frames[0].mean() < frames[20].mean() < frames[-1].mean()
    with Image.open(result.path("build_up_gif")) as gif:
        assert gif.n_frames > 10
    assert result.entry["viewers"]["build_up"] == "video"


def test_a_silent_film_needs_no_synthesizer(folder, target):
    plan = i2s.MosaicPlan("a", target, columns=6, music=None, outputs=[i2s.BuildUp("rows", 3, 1, 64, 10, gif=False)])
    (result,) = i2s.run([plan], root=folder).results
    frames, _, sound = decoded(result.path("build_up"))
    assert (len(frames), sound) == (30, 0)
    assert "build_up_gif" not in result.files


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (i2s.BuildUp("colour"), "fidelity"),
        (i2s.BuildUp(seconds=1), "seconds"),
        (i2s.BuildUp(seconds=4, hold=3), "more than half"),
        (i2s.BuildUp(size=7), "size"),
        (i2s.BuildUp(fps=0), "fps=0"),
        (i2s.BuildUp(gif=1), "gif=1"),
    ],
)
def test_films_that_are_not_possible_are_refused(target, output, says):
    with pytest.raises(ConfigError, match=says):
        i2s.MosaicPlan("a", target, outputs=[output]).check(SETTINGS)


def test_music_that_is_not_there_is_refused_with_the_line_of_the_plan(target):
    with pytest.raises(ConfigError, match="composed") as caught:
        i2s.MosaicPlan("a", target, music="compose").check(SETTINGS)
    assert f"{__file__}:" in str(caught.value)
