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
    page = (result.folder.parent / "index.html").read_text(encoding="utf-8")
    assert 'poster="a/mosaic.jpg"' in page  # the film itself begins with an empty frame
    assert page.index('<img src="a/mosaic.jpg"') < page.index("The mosaic builds itself up")


def test_a_silent_film_needs_no_synthesizer(folder, target):
    plan = i2s.MosaicPlan("a", target, columns=6, music=None, outputs=[i2s.BuildUp("rows", 3, 1, 64, 10, gif=False)])
    (result,) = i2s.run([plan], root=folder).results
    frames, _, sound = decoded(result.path("build_up"))
    assert (len(frames), sound) == (30, 0)
    assert "build_up_gif" not in result.files


def test_the_zoom_film_goes_through_the_mosaics_of_the_photos(folder, target):
    output = i2s.ZoomFilm(["image-03.jpg", "image-05.jpg"], seconds=5, hold=1, size=96, fps=10)
    (result,) = i2s.run([i2s.MosaicPlan("a", target, columns=8, outputs=["mosaic-image", output])], root=folder).results
    assert not result.problems
    frames, _, sound = decoded(result.path("zoom"))
    assert (len(frames), frames[0].shape) == (50, (64, 96, 3))
    assert abs(sound / 44_100 - 5) < 0.1
    with Image.open(result.path("mosaic")) as image:
        whole = np.asarray(image.resize((96, 64), Image.Resampling.BOX)).astype(int)
    assert np.abs(frames[-1] - whole).mean() < 14
    assert np.abs(frames[-1] - frames[-8]).mean() < 2


def test_an_endless_zoom_ends_as_it_begins(folder, target):
    output = i2s.ZoomFilm(mosaics=1, seconds=3, loop=True, size=64, fps=10)
    plan = i2s.MosaicPlan("a", target, columns=6, music=None, outputs=[output])
    (result,) = i2s.run([plan], root=folder).results
    assert not result.problems
    frames, _, _ = decoded(result.path("zoom"))
    assert abs(len(frames) - 30) <= 2  # whole frames for each image
    assert np.abs(frames[0] - frames[-1]).mean() < np.abs(frames[0] - frames[15]).mean() / 2


def test_a_photo_that_is_not_there_is_refused_before_anything_is_measured(folder, target):
    plan = i2s.MosaicPlan("a", target, outputs=[i2s.ZoomFilm(["image-99.jpg"])])
    with pytest.raises(ConfigError, match=r"'image-99\.jpg' is not among the 12 images"):
        i2s.run([plan], root=folder)


def test_an_array_can_be_no_tile_of_an_endless_zoom():
    plan = i2s.MosaicPlan("a", photo(1), outputs=[i2s.ZoomFilm(loop=True)])
    with pytest.raises(ConfigError, match="must be a file"):
        plan.check(SETTINGS)


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (i2s.ZoomFilm("image.jpg"), "must be a list"),
        (i2s.ZoomFilm(mosaics=0), "mosaics"),
        (i2s.ZoomFilm(mosaics=30), "at most 20"),
        (i2s.ZoomFilm(seconds=3), "seconds"),
        (i2s.ZoomFilm(seconds=5, hold=4), "more than half"),
        (i2s.ZoomFilm(size=(4, 4)), "size"),
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
