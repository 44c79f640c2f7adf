"""Cut-outs and subjects over a common background."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config, cut_out
from imbatch2soundvisu.core.errors import ConfigError

GROUND, THING = (70, 120, 95), (190, 40, 60)


def disc(size=(240, 160), centre=(0.5, 0.5), radius=0.2) -> tuple[np.ndarray, np.ndarray]:
    """A disc with a smooth outline on a noisy ground, and its alpha."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width] + 0.5
    away = np.hypot(x - centre[0] * width, y - centre[1] * height) - radius * width
    alpha = np.clip(0.5 - away / 2, 0, 1)[..., None]
    noise = np.random.default_rng(3).normal(0, 5, (height, width, 1))
    image = alpha * np.array(THING) + (1 - alpha) * (np.array(GROUND) + noise)
    return image.clip(0, 255).astype(np.uint8), alpha[..., 0]


def test_a_cut_out_follows_the_edge_and_has_no_rim_of_the_background():
    image, alpha = disc((1500, 1000))
    coarse = np.asarray(Image.fromarray((alpha > 0.5).astype(np.uint8) * 255).resize((96, 64))) / 255
    found = cut_out(image, coarse)
    assert found.shape == (1000, 1500, 4)
    assert np.abs(found[..., 3] / 255.0 - alpha).mean() < 0.01
    rim = (found[..., 3] > 40) & (found[..., 3] < 230)
    assert rim.any()
    assert np.abs(found[rim][:, :3].astype(float) - THING).mean() < 15  # a mix with the ground is 50 away


def test_sizes_and_strips_do_not_matter():
    image, alpha = disc((90, 60))
    assert cut_out(image, alpha).shape == (60, 90, 4)
    assert cut_out(image[:1, :1], alpha).shape == (1, 1, 4)
    assert cut_out(image, np.zeros((4, 6)))[..., 3].max() == 0
    assert cut_out(image, np.ones((4, 6)))[..., 3].min() == 255


@pytest.fixture
def run(tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    for number, place in enumerate((0.3, 0.5, 0.7)):
        Image.fromarray(disc(centre=(place, 0.5))[0]).save(images / f"thing {number}.png")
    Image.fromarray(np.full((160, 240, 3), 128, np.uint8)).save(images / "flat.png")

    def made(*outputs):
        plan = i2s.SequencePlan("a", order="name", outputs=outputs, music=None, limit=None)
        plan.check()
        table = i2s.measurement.measuring.measure_for(i2s.discover(images), plan.needs)
        (result,) = plan.make(table, tmp_path / "a")
        assert not result.problems
        return result

    return made


def table_of(result) -> list[dict[str, str]]:
    return list(csv.DictReader(result.path("cutouts").read_text(encoding="utf-8").splitlines()))


def test_cut_outs_are_png_with_alpha_and_can_be_tiles(run, tmp_path):
    result = run(i2s.CutOuts())
    rows = table_of(result)
    assert [row["image"] for row in rows if not row["file"]] == ["flat.png"]
    assert "1 of 4 images" in " ".join(result.entry["lines"])
    folder = result.path("cutouts").parent
    files = sorted(folder.glob("*.png"))
    assert len(files) == 3
    with Image.open(files[0]) as image:
        assert (image.mode, image.size) == ("RGBA", (240, 160))
        pixels = np.asarray(image)
    assert (pixels[2, 2, 3], pixels[80, 72, 3]) == (0, 255)
    mosaic = i2s.mosaic(np.full((60, 60, 3), THING, np.uint8), folder, columns=3, tile_px=20)
    assert mosaic.pixels().shape == (60, 60, 3)


def test_cropped_cut_outs_have_the_size_of_their_box(run):
    result = run(i2s.CutOuts(crop=True))
    row = next(
        row for row in csv.DictReader(result.path("cutouts").read_text(encoding="utf-8").splitlines()) if row["file"]
    )
    with Image.open(result.path("cutouts").parent / row["file"]) as image:
        assert image.size == (int(row["width"]), int(row["height"]))
        assert image.size == pytest.approx((98, 98), abs=6)


def test_subjects_over_a_common_background(run):
    result = run(i2s.SubjectGif(size=(120, 80), background="#0000ff"))
    with Image.open(result.path("subject_gif")) as gif:
        assert gif.n_frames >= 3
        gif.seek(0)
        first = np.asarray(gif.convert("RGB")).astype(int)
        assert first[3, 3] == pytest.approx((0, 0, 255), abs=12)


def test_a_background_can_be_an_image(run, tmp_path):
    Image.fromarray(np.full((50, 50, 3), (10, 200, 10), np.uint8)).save(tmp_path / "meadow.png")
    result = run(i2s.SubjectGif(size=(120, 80), background=tmp_path / "meadow.png"))
    with Image.open(result.path("subject_gif")) as gif:
        frames = [np.asarray(gif.convert("RGB")).astype(int) for n in range(gif.n_frames) if not gif.seek(n)]
    assert all(frame[3, 3] == pytest.approx((10, 200, 10), abs=12) for frame in frames)
    assert any(frame[40, 60] == pytest.approx(THING, abs=20) for frame in frames)


@pytest.mark.parametrize(
    "output",
    [
        i2s.CutOuts(mask="faces"),
        i2s.CutOuts(mask="nothing"),
        i2s.CutOuts(crop=1),
        i2s.SubjectGif(background="no colour"),
        i2s.SubjectGif(background="missing.jpg"),
        i2s.SubjectGif(background=(1, 2)),
        i2s.SubjectGif(mask="hue"),
    ],
)
def test_what_is_not_possible_is_refused_before_any_work(output):
    with pytest.raises(ConfigError):
        i2s.SequencePlan("a", outputs=[output]).check(config.resolve({}, {}))


def test_the_pass_of_the_mask_is_prepared_with_the_plan():
    plan = i2s.SequencePlan("a", outputs=[i2s.CutOuts("person-mask"), i2s.SubjectGif(mask=i2s.SubjectMask(side=64))])
    assert [getattr(each, "side", each) for each in plan.needs.passes] == ["person-mask", 64]
