"""Crops keep faces and what draws the eye, at the magnification of a centred crop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import FeatureTable, ImageRecord
from imbatch2soundvisu.core.regions import Region
from imbatch2soundvisu.datasets import faces, images
from imbatch2soundvisu.datasets.cropping import Focus, crop_window, focus_of, head_of
from imbatch2soundvisu.datasets.faces import find_faces
from imbatch2soundvisu.datasets.fitting import fit_to
from imbatch2soundvisu.datasets.saliency import importance
from imbatch2soundvisu.visuals import frame

FLAT = Focus(np.full((40, 64), 1 / 2560, np.float32))


def scene(width: int = 300, height: int = 200, left: int = 220, top: int = 60, side: int = 50) -> np.ndarray:
    """A textured red square on a plain background with little noise."""
    rng = np.random.default_rng(1)
    image = rng.normal((90, 120, 100), 3, (height, width, 3))
    image[top : top + side, left : left + side] = rng.normal((200, 40, 40), 25, (side, side, 3))
    return np.clip(image, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("left", [0, 30, 125, 240])
def test_the_window_holds_the_object_that_differs(left: int) -> None:
    window = crop_window(focus_of(scene(left=left)), 1.5, 9 / 16)
    assert window.x <= left / 300 + 0.01
    assert left / 300 + 50 / 300 <= window.x + window.width + 0.01
    assert (window.y, window.height, window.width) == (0, 1, pytest.approx(0.375))


@pytest.mark.parametrize("top", [10, 75, 245])
def test_tall_images_are_cropped_to_wide_frames(top: int) -> None:
    window = crop_window(focus_of(scene(200, 300, 80, top)), 2 / 3, 16 / 9)
    assert window.y <= top / 300 + 0.01
    assert top / 300 + 50 / 300 <= window.y + window.height + 0.01


def test_a_narrow_head_is_kept_with_less_of_its_wide_base() -> None:
    image = scene(200, 400, 40, 200, 120)
    image[120:200, 90:110] = image[200:280, 60:80]
    window = crop_window(focus_of(image), 0.5, 1.0)
    assert window.y <= 120 / 400
    assert crop_window(FLAT, 0.5, 1.0).y < 0.25


def test_what_is_alike_everywhere_is_cropped_in_the_middle() -> None:
    assert crop_window(FLAT, 1.6, 0.8).x == pytest.approx(0.25, abs=0.01)
    assert 0.1 < crop_window(FLAT, 0.5, 1.0).y < 0.25  # heads are above the middle


def test_measured_faces_are_kept_whole_with_their_heads() -> None:
    face = Region(0.72, 0.2, 0.2, 0.3, label="face")
    head = head_of(face)
    window = crop_window(Focus(importance(scene(left=10)), (face,)), 1.5, 9 / 16)
    assert window.x <= head.x
    assert head.x + head.width <= window.x + window.width + 1e-6


def test_of_two_faces_too_far_apart_the_larger_is_kept_and_none_is_cut() -> None:
    small, large = Region(0.05, 0.3, 0.1, 0.15), Region(0.7, 0.2, 0.2, 0.3)
    window = crop_window(Focus(FLAT.importance, (small, large)), 1.5, 9 / 16)
    assert window.x <= large.x
    assert large.x + large.width <= window.x + window.width
    assert window.x > small.x + small.width


def test_a_face_wider_than_the_window_is_centred() -> None:
    window = crop_window(Focus(FLAT.importance, (Region(0.5, 0.1, 0.5, 0.8),)), 1.5, 0.6)
    assert window.x + window.width / 2 == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("size", [(90, 160), (160, 90), (100, 100)])
def test_smart_magnifies_as_much_as_fill(size: tuple[int, int]) -> None:
    """The crop is a window of the same resized image, of the size of the canvas."""
    image = scene()
    smart, fill = fit_to(image, size, "smart"), fit_to(image, size, "fill")
    assert smart.shape == fill.shape == (size[1], size[0], 3)
    scale = max(size[0] / 300, size[1] / 200)
    placed = Image.fromarray(image).resize((round(300 * scale), round(200 * scale)), Image.Resampling.LANCZOS)
    whole = np.asarray(placed)
    positions = [(x, y) for x in range(whole.shape[1] - size[0] + 1) for y in range(whole.shape[0] - size[1] + 1)]
    assert any((whole[y : y + size[1], x : x + size[0]] == smart).all() for x, y in positions)


def test_nothing_is_searched_where_nothing_is_cropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imbatch2soundvisu.datasets.fitting.focus_of", None)
    assert (fit_to(scene(), (150, 100), "smart") == fit_to(scene(), (150, 100), "fill")).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (30, 700)])
def test_extreme_images_are_cropped_too(shape: tuple[int, int]) -> None:
    assert fit_to(np.full((*shape, 3), 99, np.uint8), (90, 160), "smart").min() == 99


def test_flat_images_and_noise_have_no_faces() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (200, 300, 3), np.uint8)
    assert find_faces(np.full((200, 300, 3), 200, np.uint8)) == find_faces(noise) == ()


def test_without_the_file_of_the_detector_there_are_no_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "_detector", lambda: None)
    assert find_faces(scene()) == ()
    assert focus_of(scene()).faces == ()


def test_the_same_image_has_the_same_focus() -> None:
    first, second = focus_of(scene()), focus_of(scene())
    assert (first.importance == second.importance).all()
    assert first.importance.sum() == pytest.approx(1, abs=1e-4)


def test_no_face_of_a_portrait_is_cut(shared_data) -> None:
    """Of 46 portraits, the faces are found, and are whole in an upright and in a square crop."""
    paths = sorted(shared_data("C-faces").glob("*/*.jpg"))[::2]
    for path in paths:
        focus = focus_of(images.open_image(path, 256))
        assert len(focus.faces) >= 1, path.name
        face = max(focus.faces, key=lambda each: each.score)
        for aspect in (9 / 16, 1.0):
            window = crop_window(focus, 720 / 476, aspect)
            visible = min(face.x + face.width, window.x + window.width) - max(face.x, window.x)
            assert visible >= min(face.width, window.width) - 0.03, path.name


def test_measured_faces_decide_what_a_frame_shows(tmp_path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(scene(left=220)).save(path)
    record = ImageRecord(path, "0" * 32, 300, 200, name="a.png")
    found = frame(record, (90, 160), "smart")
    measured = frame(record, (90, 160), "smart", faces=(Region(0.1, 0.3, 0.1, 0.2, label="face"),))
    assert (found[..., 0] > 180).any()
    assert not (measured[..., 0] > 180).any()


def test_faces_of_a_table_are_the_regions_with_that_label() -> None:
    records = tuple(ImageRecord(Path(str(i)), str(i), 9, 9) for i in range(2))
    face, hand = Region(0, 0, 0.5, 0.5, label="face"), Region(0, 0, 0.1, 0.1, label="hand")
    assert FeatureTable(records).faces is None
    assert FeatureTable(records, regions={"hands": ((hand,), ())}).faces is None
    table = FeatureTable(records, regions={"hands": ((hand,), ()), "faces": ((), (face,))})
    assert table.faces == ((), (face,))
    assert table.select([1]).faces == ((face,),)
