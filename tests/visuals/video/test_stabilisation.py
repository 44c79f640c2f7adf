"""Stabilised films: jitter goes, pans stay, borders are hidden, and what has no jitter stays as it is."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.features.motion.steadying import limited, smoothed
from imbatch2soundvisu.visuals import frame
from imbatch2soundvisu.visuals.video import Stabilisation, steadied, steady_frame
from tests.conftest import photo
from tests.made_shots import Shot, textures

SIZE, BLACK = (320, 180), (0, 0, 0)
PHOTO, OTHER = textures(2)


def saved(folder: Path, frames):
    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(frames):
        cv2.imwrite(str(folder / f"{number:03}.png"), each[..., ::-1])
    return list(discover(folder))


def shaky(shake=1.5, count=24, image=PHOTO, seed=0, **shot):
    made = Shot(image, count, (0.42, 0.5, 0.5), (0.58, 0.5, 0.5), shake=shake, **shot)
    return made.render(np.random.default_rng(seed), noise=1.0)


def shown(records, size=SIZE, fit="fit", **options):
    found = steadied(records, size, fit, options=Stabilisation(**options))
    return [
        frame(record, size, fit, BLACK) if how is None else steady_frame(record, size, fit, BLACK, how)
        for record, how in zip(records, found, strict=True)
    ], found


def shifts(frames):
    """The translation between neighbours by phase correlation, (n - 1, 2) px."""
    greys = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float32) for each in frames]
    window = cv2.createHanningWindow(greys[0].shape[::-1], cv2.CV_32F)
    return np.array([cv2.phaseCorrelate(a, b, window)[0] for a, b in zip(greys, greys[1:], strict=False)])


def jitter(frames):
    moved = shifts(frames)
    return float(np.sqrt(((moved - moved.mean(axis=0)) ** 2).sum(axis=1).mean()))


@pytest.mark.parametrize("fit", ["fit", "fill", "smart"])
def test_jitter_goes_and_the_pan_stays(tmp_path, fit):
    records = saved(tmp_path, shaky())
    size = SIZE if fit == "fit" else (180, 180)
    before = [frame(record, size, "fill", BLACK) for record in records]
    after, found = shown(records, size, fit)
    assert jitter(after) < jitter(before) / 5
    zoom = 1 / found[0].shown
    assert 1 <= zoom < 1.25
    assert {each.shown for each in found} == {found[0].shown}
    assert shifts(after).mean(axis=0)[0] == pytest.approx(zoom * shifts(before).mean(axis=0)[0], rel=0.15)
    assert all(each.shape == (*size[::-1], 3) for each in after)


def test_a_subject_does_not_disturb(tmp_path):
    made = Shot(PHOTO, 24, (0.42, 0.5, 0.5), (0.58, 0.5, 0.5), subject=0.35, shake=1.5)
    records = saved(tmp_path, made.render(np.random.default_rng(0)))
    known = np.array([complex(x, y) for x, y, _ in made.jitter])
    left = known + SIZE[0] * np.array([each.b for each in steadied(records, SIZE)])
    before, after = (np.diff(each) for each in (known, left))
    assert (after - after.mean()).std() < before.std() / 10


def test_no_border_is_seen(tmp_path):
    records = saved(tmp_path, shaky(shake=2.5))
    for record, how in zip(records, steadied(records, SIZE), strict=True):
        height, width = record.height, record.width
        corners = np.array([complex(x, y * height / width) / 2 for x in (-1, 1) for y in (-1, 1)]) * how.shown
        seen = (how.centre + corners - how.b) / how.a
        assert np.abs(seen.real).max() <= 0.5 + 1e-9
        assert np.abs(seen.imag).max() <= 0.5 * height / width + 1e-9


def test_cuts_stills_and_unlike_images_stay_as_they_are(tmp_path):
    (tmp_path / "unlike").mkdir()
    for seed in range(5):
        Image.fromarray(photo(seed, 300, 200)).save(tmp_path / "unlike" / f"{seed}.png")
    assert steadied(list(discover(tmp_path / "unlike")), SIZE) == [None] * 5
    still = saved(tmp_path / "still", shaky(shake=0, count=1) * 6)
    assert steadied(still, SIZE) == [None] * 6
    steady = Shot(PHOTO, 12, (0.42, 0.5, 0.5), (0.58, 0.5, 0.5)).render(np.random.default_rng(0), noise=0.5)
    assert steadied(saved(tmp_path / "pan", steady), SIZE) == [None] * 12
    assert steadied(still[:1], SIZE) == [None]


def test_each_shot_has_a_path_and_zoom_of_its_own(tmp_path):
    first, second = shaky(count=14), shaky(count=14, image=OTHER, seed=1, shake=0.8)
    both = steadied(saved(tmp_path / "both", [*first, *second]), SIZE)
    assert both[:14] == steadied(saved(tmp_path / "a", first), SIZE)
    assert both[14:] == steadied(saved(tmp_path / "b", second), SIZE)
    assert both[0].shown != both[14].shown


def test_the_zoom_has_a_limit(tmp_path):
    records = saved(tmp_path, shaky(shake=4))
    free, bound = (shown(records, crop=crop) for crop in (0.4, 0.05))
    assert free[1][0].shown < 0.93
    assert bound[1][0].shown >= 0.95 - 1e-6
    before = [frame(record, SIZE, "fit", BLACK) for record in records]
    assert jitter(free[0]) < jitter(bound[0]) < jitter(before)


def test_a_steady_path_is_not_corrected():
    steps = np.full(20, np.exp(0.01 + 0.005j)), np.full(20, 0.004 + 0.001j)
    a, b = smoothed(*steps, smoothing=5)
    assert np.abs(a - 1).max() < 1e-9
    assert np.abs(b).max() < 1e-3  # of 0.08: the path is a spiral
    same = limited(np.ones(4, complex), np.zeros(4, complex), np.full(4, 0.5 + 0.3j), 0j, 0.5 + 0.3j, 0.2, 5)
    assert same[2] == 1


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: Stabilisation(smoothing=0), "from 0.5 to 200"),
        (lambda: Stabilisation(crop=0.9), "from 0 to 0.5"),
        (lambda: check(i2s.Film(stabilise="yes")), "True, False or Stabilisation"),
        (lambda: check(i2s.Film(stabilise=True, motion="slow-zoom")), "exclude each other"),
    ],
)
def test_values_that_are_not_possible_are_refused(made, message):
    with pytest.raises(ConfigError, match=message):
        made()


def check(film):
    film.check(i2s.config.resolve({}, {}))


def test_film_and_gif_of_a_plan_are_stabilised(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "frames", shaky(count=16))
    found = {}
    for name, stabilise in (("plain", False), ("steady", True)):
        film = i2s.Film(SIZE, stabilise=stabilise)
        plan = i2s.SequencePlan("pan", order="name", music=None, seconds_per_image=0.2, outputs=[film, i2s.Gif(SIZE)])
        (result,) = i2s.run([plan], tmp_path / "frames", tmp_path / name, tmp_path / "cache").results
        with Image.open(result.path("gif")) as gif:
            found[name, "gif"] = [np.asarray(_frame(gif, i).convert("RGB")) for i in range(gif.n_frames)]
        capture = cv2.VideoCapture(os.fspath(result.path("mp4")))
        frames = [capture.read()[1] for _ in range(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))]
        found[name, "mp4"] = [each[..., ::-1] for each in frames[3::6]]
    for kind in ("gif", "mp4"):
        assert len(found["plain", kind]) == len(found["steady", kind]) == 16
        assert jitter(found["steady", kind]) < jitter(found["plain", kind]) / 3


def _frame(gif, number):
    gif.seek(number)
    return gif
