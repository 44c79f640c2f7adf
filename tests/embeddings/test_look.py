"""Distances of `Look` mean what an eye means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import Look, config
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.datasets import images
from imbatch2soundvisu.embeddings import _blocks
from imbatch2soundvisu.features import Pixels, to_oklab
from tests.conftest import photo

LOOK = Look()
FLAT = {
    "black": np.zeros((90, 128, 3), np.uint8),
    "white": np.full((128, 90, 3), 255, np.uint8),
    "mid-grey": np.full((64, 128, 3), 99, np.uint8),  # where the layout is nearly nothing
    "one pixel": np.array([[[200, 30, 40]]], np.uint8),
}
ODD = FLAT | {
    "a line": photo(1, width=128, height=1),
    "a column": photo(2, width=1, height=128),
    "two pixels": np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8),
    "grey": np.repeat(photo(3).mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2),
    "noise": np.random.default_rng(4).integers(0, 256, (96, 128, 3), np.uint8),
}


def distance(one: np.ndarray, other: np.ndarray, look: Look = LOOK) -> float:
    return float(np.linalg.norm(np.subtract(*look.embed([one, other]))))


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def turned(image: np.ndarray, degrees: float) -> np.ndarray:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def stripes(
    degrees: float, period: float = 16, light: tuple = (220, 220, 220), dark: tuple = (60, 60, 60)
) -> np.ndarray:
    y, x = np.mgrid[0:96, 0:96]
    phase = (x * np.cos(np.deg2rad(degrees)) + y * np.sin(np.deg2rad(degrees))) / period
    return np.where((phase % 1 < 0.5)[..., None], light, dark).astype(np.uint8)


@pytest.mark.parametrize("image", ODD.values(), ids=ODD)
def test_every_image_has_a_direction(image):
    vectors = LOOK.embed([image, photo(0)])
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("colour", [0, 0.25, 1])
@pytest.mark.parametrize("image", ODD.values(), ids=ODD)
def test_every_share_of_colour_gives_unit_vectors(image, colour):
    assert np.linalg.norm(Look(colour=colour).embed([image])[0]) == pytest.approx(1, abs=1e-5)


def test_the_same_image_gives_the_same_vector_whatever_was_measured_of_it_before():
    pixels = Pixels(photo(5))
    assert pixels.saliency is not None
    assert pixels.hue_weights.size
    np.testing.assert_array_equal(LOOK.of_pixels(pixels), LOOK.embed([photo(5)])[0])
    np.testing.assert_array_equal(LOOK.embed([photo(6), photo(5)])[1], LOOK.of_pixels(pixels))


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "halved": lambda image: cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "JPEG at 50": lambda image: jpeg(image, 50),
    "brightened": lambda image: cv2.convertScaleAbs(image, alpha=1.2, beta=5),
    "darkened": lambda image: cv2.convertScaleAbs(image, alpha=0.8),
    "cropped": lambda image: image[3:-3, 5:-4],
    "turned": lambda image: turned(image, 3),
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_copy_is_nearer_than_any_other_image(change):
    images = [photo(seed) for seed in range(20)]
    originals, copies = LOOK.embed(images), LOOK.embed([change(image) for image in images])
    apart = np.linalg.norm(copies[:, None] - originals, axis=2)
    np.testing.assert_array_equal(apart.argmin(axis=1), np.arange(20))


def test_more_change_is_farther():
    degrees = [distance(photo(7), turned(photo(7), angle)) for angle in (2, 10, 45)]
    darkness = [distance(photo(7), cv2.convertScaleAbs(photo(7), alpha=alpha)) for alpha in (0.9, 0.6, 0.3)]
    assert degrees == sorted(degrees)
    assert darkness == sorted(darkness)


def test_flat_images_are_as_far_apart_as_their_colours():
    grey, dark, light, red = (np.full((80, 120, 3), c, np.uint8) for c in (110, 90, 240, (200, 60, 60)))
    assert distance(grey, dark) < distance(grey, light)
    assert distance(grey, dark) < distance(grey, red)
    assert distance(grey, grey[:40, :40]) < 0.01


def test_a_fade_in_leads_from_black_to_its_image():
    faded = [(photo(8) * share).astype(np.uint8) for share in (0, 0.04, 0.15, 0.4, 1)]
    vectors = LOOK.embed(faded)
    from_black, from_image = (np.linalg.norm(vectors - end, axis=1) for end in (vectors[0], vectors[-1]))
    assert (np.diff(from_black) > 0).all()
    assert (np.diff(from_image) < 0).all()


def test_colour_moves_it():
    warm, cool = stripes(30, light=(230, 120, 60)), stripes(30, light=(60, 120, 230))
    assert distance(warm, cool) > 5 * distance(warm, stripes(30, light=(220, 120, 70)))
    assert distance(warm, cool, Look(colour=1)) > distance(warm, cool) > distance(warm, cool, Look(colour=0))


def test_where_a_colour_is_moves_it():
    left = np.full((96, 96, 3), 128, np.uint8)
    left[:, :48] = (200, 40, 40)
    top = np.ascontiguousarray(left.transpose(1, 0, 2))
    for block in (_blocks.layout, _blocks.form, _blocks.edges):
        assert np.linalg.norm(block(Pixels(left)) - block(Pixels(top))) > 0.1
    assert np.linalg.norm(_blocks.palette(Pixels(left)) - _blocks.palette(Pixels(top))) < 0.01


@pytest.mark.parametrize("block", [_blocks.form, _blocks.edges], ids=["form", "edges"])
def test_form_follows_direction(block):
    level, tilted, steep = (block(Pixels(stripes(degrees))) for degrees in (90, 75, 0))
    assert np.linalg.norm(level - tilted) < np.linalg.norm(level - steep)


def test_form_follows_scale():
    fine, wider, coarse = (_blocks.form(Pixels(stripes(20, period))) for period in (4, 6, 24))
    assert np.linalg.norm(fine - wider) < np.linalg.norm(fine - coarse)


@pytest.mark.parametrize("block", [_blocks.form, _blocks.edges], ids=["form", "edges"])
def test_edges_between_colours_of_one_lightness_count(block):
    """Red and blue-green as light as each other: nothing for a grey image to see."""
    red, green = (190, 70, 90), (0, 125, 128)
    lightness = to_oklab(np.array([[red, green]], np.uint8))[0, :, 0]
    assert abs(lightness[0] - lightness[1]) < 0.03
    level, steep = (block(Pixels(stripes(degrees, light=red, dark=green))) for degrees in (90, 0))
    assert np.linalg.norm(level - steep) > 0.5


@pytest.mark.parametrize("block", [_blocks.form, _blocks.edges], ids=["form", "edges"])
def test_a_mirrored_image_has_the_same_form(block):
    image, other = photo(10, 96, 96), photo(11, 96, 96)
    mirrored = np.ascontiguousarray(image[:, ::-1])
    vector = block(Pixels(image))
    assert np.linalg.norm(block(Pixels(mirrored)) - vector) < 0.5 * np.linalg.norm(block(Pixels(other)) - vector)


def test_texture_moves_it():
    rng = np.random.default_rng(12)
    smooth = np.full((96, 96), 120.0)
    grains = [cv2.GaussianBlur(rng.normal(0, 60, (96, 96)), (0, 0), sigma) for sigma in (0.5, 0.5, 4)]
    fine, again, coarse = (
        _blocks.grain(Pixels(np.repeat(np.clip(smooth + 30 * g / g.std(), 0, 255)[..., None], 3, 2).astype(np.uint8)))
        for g in grains
    )
    assert np.linalg.norm(fine - again) < 0.3 * np.linalg.norm(fine - coarse)


def test_shades_lie_within_reach_of_the_layout():
    corners = np.array(np.meshgrid(*[[0, 64, 128, 192, 255]] * 3), np.uint8).reshape(3, -1).T[None]
    shades = (to_oklab(corners)[0] - (0.5, 0, 0)) * (1, 2, 2)
    assert np.linalg.norm(shades, axis=1).max() < _blocks._FARTHEST


def test_names_tell_settings_apart():
    assert Look().name == "look"
    assert Look(colour=0.8).name == "look-0.8"
    assert Look(colour=0.8).key != Look().key
    assert Look(colour=0.8).embed([photo(0)]).shape == Look().embed([photo(0)]).shape


@pytest.mark.parametrize("colour", [-0.1, 1.5, float("nan")])
def test_a_share_of_colour_is_a_share(colour):
    with pytest.raises(ConfigError, match="from 0"):
        Look(colour=colour)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "floor"), [("B-clothing", 0.42), ("A-photos-gcompris", 0.60)])
def test_the_nearest_image_is_often_of_the_same_class(name, floor, shared_data):
    vectors, labels, _ = embedded(shared_data(name))
    apart = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (labels[apart.argmin(axis=1)] == labels).mean() >= floor


@pytest.mark.slow
def test_copies_of_photographs_are_found(shared_data, tmp_path):
    vectors, _, paths = embedded(shared_data("A-photos-gcompris"))
    found, numbers = [], range(0, len(paths), 8)
    for number in numbers:
        with Image.open(paths[number]) as opened:
            whole = np.asarray(opened.convert("RGB"))
        for change in CHANGES.values():
            Image.fromarray(change(whole)).save(tmp_path / "copy.jpg", quality=90)
            copy = LOOK.embed([images.decode(tmp_path / "copy.jpg", config.MEASURE_SIZE).rgb])[0]
            found.append(np.linalg.norm(vectors - copy, axis=1).argmin() == number)
    assert np.mean(found) >= 0.95


def embedded(folder: Path) -> tuple[np.ndarray, np.ndarray, list[Path]]:
    """Vectors, labels and paths of a folder of class folders, as measuring decodes them."""
    paths = sorted(path for path in folder.glob("*/*") if path.suffix in (".jpg", ".webp"))
    vectors = LOOK.embed([images.decode(path, config.MEASURE_SIZE).rgb for path in paths])
    return vectors, np.array([path.parent.name for path in paths]), paths
