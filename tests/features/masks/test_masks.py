"""Masks of made images, and of shared photos against outlines drawn by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from imbatch2soundvisu import discover, measure
from imbatch2soundvisu.core.errors import ConfigError, MissingExtra
from imbatch2soundvisu.features import mediapipe_tasks
from imbatch2soundvisu.features.masks import PersonMask, SubjectMask, background_blur, mask_values, subject_mask
from imbatch2soundvisu.features.masks.measuring import mask_region

from .outlines import HARD, PEOPLE, SUBJECTS


def scene(centre=(0.5, 0.5), radius=0.2, size=(300, 200)) -> tuple[np.ndarray, np.ndarray]:
    """A textured disc on a textured ground, and its true mask."""
    rng = np.random.default_rng(4)
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    disc = np.hypot(x - centre[0] * width, y - centre[1] * height) < radius * width
    image = np.where(disc[..., None], (190, 60, 40), (70, 110, 90)) + rng.normal(0, 12, (height, width, 1))
    return image.clip(0, 255).astype(np.uint8), disc


def overlap(mask: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    found = cv2.resize(np.float32(mask), truth.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    return float((found & truth).sum() / (found | truth).sum())


@pytest.mark.parametrize("centre", [(0.3, 0.5), (0.6, 0.4)])
def test_the_subject_of_a_made_scene_is_found(centre):
    image, disc = scene(centre)
    (found,) = SubjectMask().measure([image])
    assert overlap(subject_mask(image), disc) > 0.95
    assert found.columns["subject_x"] == pytest.approx(centre[0], abs=0.02)
    assert found.columns["subject_y"] == pytest.approx(centre[1], abs=0.02)
    assert found.columns["subject_area"] == pytest.approx(disc.mean(), rel=0.05)
    assert found.columns["subject_aspect"] == pytest.approx(1.0, abs=0.1)
    (region,) = found.regions
    assert (region.label, region.x + region.width / 2) == ("subject", pytest.approx(centre[0], abs=0.03))


def test_an_image_without_contrast_has_no_subject(tmp_path):
    Image.fromarray(np.full((80, 120, 3), 90, np.uint8)).save(tmp_path / "flat.png")
    Image.fromarray(scene()[0]).save(tmp_path / "scene.png")
    table = measure(discover(tmp_path), ("subject_area", "subject_x"), embeddings=())
    assert table["subject_area"][0] == 0
    assert table["subject_area"][1] > 0.1
    assert np.isnan(table["subject_x"][0])
    assert table.problems == ()


def test_tiny_and_narrow_images_have_masks():
    rng = np.random.default_rng(1)
    for shape in ((1, 1), (3, 400), (900, 7), (40, 40)):
        image = rng.integers(0, 255, (*shape, 3), np.uint8)
        assert 0 <= SubjectMask().measure([image])[0].columns["subject_area"] <= 1


def test_the_same_image_has_the_same_mask():
    image = scene()[0]
    np.testing.assert_array_equal(subject_mask(image), subject_mask(image.copy()))


def test_blur_of_the_background():
    image, disc = scene()
    blurred = np.where(disc[..., None], image, cv2.GaussianBlur(image, (0, 0), 6))
    assert background_blur(image, disc) < 0.2
    assert background_blur(blurred, disc) > 0.8
    assert np.isnan(background_blur(image, np.ones_like(disc)))


def test_an_empty_mask_says_only_that():
    assert mask_values(scene()[0], np.zeros((20, 30))) == {"area": 0.0}
    assert mask_region(np.zeros((20, 30)), "person") is None


def test_bad_sizes_are_refused():
    for make in (lambda: SubjectMask(side=8), lambda: SubjectMask(input_size=0), lambda: PersonMask(input_size=True)):
        with pytest.raises(ConfigError, match="pixels"):
            make()


def drawn(path, outline) -> tuple[np.ndarray, np.ndarray]:
    image = Image.open(path).convert("RGB")
    mask = Image.new("L", image.size)
    points = [(x * image.width / 100, y * image.height / 100) for x, y in outline]
    ImageDraw.Draw(mask).polygon(points, fill=1)
    return np.asarray(image), np.asarray(mask) > 0


@pytest.mark.parametrize(("name", "least"), [*((name, 0.85) for name in SUBJECTS), *((name, 0.75) for name in HARD)])
def test_subjects_of_photos_agree_with_outlines_drawn_by_hand(name, least, shared_data):
    image, truth = drawn(shared_data(name), (SUBJECTS | HARD)[name])
    assert overlap(SubjectMask().mask(image), truth) >= least
    assert SubjectMask().measure([image])[0].columns["subject_area"] == pytest.approx(truth.mean(), abs=0.04)


@pytest.mark.parametrize("name", PEOPLE)
def test_people_agree_with_outlines_drawn_by_hand(name, shared_data, capfd):
    model = shared_data("models/selfie_segmentation.tflite")
    try:
        mediapipe_tasks.vision("this test")
    except (MissingExtra, ConfigError) as error:
        pytest.skip(str(error))
    image, truth = drawn(shared_data(name), PEOPLE[name])
    person = PersonMask(model=model)
    assert overlap(person.mask(image), truth) >= 0.9
    assert person.measure([image])[0].columns["person_area"] == pytest.approx(truth.mean(), abs=0.03)
    assert capfd.readouterr().err == ""
