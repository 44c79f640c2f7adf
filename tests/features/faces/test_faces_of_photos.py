"""What `Faces` finds in photographs: identity, many faces, turned photos, angles; the same on any number of cores."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.datasets.images import open_image
from imbatch2soundvisu.features.faces import DlibFaces, Faces, MediaPipeFaces, faces_of
from imbatch2soundvisu.measurement import measure

pytest.importorskip("dlib")

PLAIN = Faces(embedding=None)


@pytest.fixture
def portraits(shared_data):
    """Portraits of ten people, by person."""
    return {folder.name: sorted(folder.glob("*.jpg")) for folder in sorted(shared_data("C-faces").iterdir())}


def largest(rgb, faces=PLAIN):
    return faces_of(faces.measure([rgb])[0].regions)[0]


@pytest.mark.slow
def test_the_nearest_face_is_of_the_same_person(portraits):
    chosen = [(name, path) for name, paths in portraits.items() for path in paths[:2]]
    vectors = np.stack([largest(np.asarray(Image.open(path)), Faces()).descriptor for _, path in chosen])
    distances = np.linalg.norm(vectors[:, None] - vectors, axis=2) + 9 * np.eye(len(chosen))
    right = [chosen[i][0] == chosen[j][0] for i, j in enumerate(distances.argmin(axis=1))]
    assert np.mean(right) >= 0.95


def group(portraits, columns=6, rows=5, px=180):
    """Thirty heads in one photo."""
    paths = [path for paths in portraits.values() for path in paths[:3]]
    image = np.full((rows * 240, columns * 260, 3), (90, 110, 100), np.uint8)
    for i, path in enumerate(paths[: columns * rows]):
        rgb = np.asarray(Image.open(path))
        left, top, right, _ = max(DlibFaces().detect(rgb), key=lambda each: each.score).box
        margin = 0.3 * (right - left)
        x, y, side = (max(0, int(v)) for v in (left - margin, top - margin, right - left + 2 * margin))
        head = cv2.resize(rgb[y : y + side, x : x + side], (px, px), interpolation=cv2.INTER_AREA)
        row, column = divmod(i, columns)
        image[row * 240 + 20 : row * 240 + 20 + px, column * 260 + 20 : column * 260 + 20 + px] = head
    return image


@pytest.mark.slow
def test_thirty_faces_in_one_photo_are_found_once_each_also_at_24_megapixels(portraits, tmp_path):
    image = group(portraits)
    (found,) = PLAIN.measure([image])
    assert found.columns["n_faces"] == 30
    Image.fromarray(image).resize((6240, 4800)).save(tmp_path / "large.jpg")
    (record,) = i2s.discover(tmp_path).records
    small = open_image(record, PLAIN.input_size)
    assert max(small.shape) <= 1600
    assert PLAIN.measure([small])[0].columns["n_faces"] == 30


def test_a_photo_turned_by_exif_has_its_face_upright(portraits, tmp_path):
    image = Image.open(portraits["person01"][0])
    for orientation, turn in ((3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90)):
        turned = image.transpose(turn)
        exif = turned.getexif()
        exif[0x0112] = orientation
        turned.save(tmp_path / f"{orientation}.jpg", exif=exif, quality=95)
    image.save(tmp_path / "upright.jpg", quality=95)
    table = measure(i2s.discover(tmp_path), ["n_faces"], embeddings=(), passes=[PLAIN])
    assert table["n_faces"].tolist() == [1, 1, 1]
    assert np.ptp(table["face_x"]) < 0.01
    assert np.ptp(table["face_roll"]) < 1


@pytest.mark.parametrize("degrees", [-25, 10])
def test_roll_is_the_angle_by_which_a_photo_is_turned(portraits, degrees):
    rgb = np.asarray(Image.open(portraits["person05"][1]))
    upright = largest(rgb)
    centre = tuple(float(v) for v in upright.landmarks((rgb.shape[1], rgb.shape[0])).mean(axis=0))
    turned = cv2.warpAffine(rgb, cv2.getRotationMatrix2D(centre, -degrees, 1), rgb.shape[1::-1], borderMode=1)
    assert largest(turned).roll - upright.roll == pytest.approx(degrees, abs=2)


def test_a_mirrored_face_has_the_opposite_yaw(portraits):
    rgb = np.asarray(Image.open(portraits["person01"][2]))
    face, mirrored = largest(rgb), largest(np.ascontiguousarray(rgb[:, ::-1]))
    assert face.yaw < -5
    assert mirrored.yaw == pytest.approx(-face.yaw, abs=4)


@pytest.mark.slow
def test_clothes_have_no_faces(shared_data):
    paths = sorted(shared_data("B-clothing").rglob("*.jpg"))[::25]
    found = PLAIN.measure([np.asarray(Image.open(path).convert("RGB")) for path in paths])
    assert [each.columns["n_faces"] for each in found] == [0] * len(paths)


@pytest.mark.slow
def test_regions_are_the_same_on_any_number_of_cores(portraits, tmp_path):
    for path in portraits["person05"][:4]:
        Image.open(path).resize((360, 238)).save(tmp_path / path.name)
    one, two = (
        measure(
            i2s.discover(tmp_path), (), embeddings=(), passes=["faces"], settings=replace(config.resolve(), jobs=jobs)
        )
        for jobs in (1, 2)
    )
    assert one.regions == two.regions
    assert len(one.regions["faces"]) == 4


def test_mediapipe_finds_a_profile(shared_data):
    pytest.importorskip("mediapipe")
    detector = MediaPipeFaces(model=shared_data("models/face_detection_short_range.tflite"))
    try:
        detector.prepare()
    except i2s.ConfigError as error:
        pytest.skip(str(error))
    rgb = np.asarray(Image.open(shared_data("E-archive-amnh/images/19710.jpg")).convert("RGB"))
    face = largest(rgb, Faces(detector, None))
    assert face.yaw < -45
    assert 0.2 < face.region.x < 0.5
