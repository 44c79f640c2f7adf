"""Detectors and embeddings from ONNX files: real loading of a made network, and outputs with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features.faces import ArcFace, Detection, DlibFaces, Faces, Scrfd, SFace, YuNet, onnx_faces
from imbatch2soundvisu.features.faces.onnx_faces import TEMPLATE, aligned, scrfd_detections
from imbatch2soundvisu.features.passes import pass_version


def message(number: int, content: bytes | int | str) -> bytes:
    """One field of a protobuf message."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    data = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def node(kind: str, inputs: tuple[str, ...], output: str) -> bytes:
    return b"".join(message(1, each) for each in inputs) + message(2, output) + message(3, output) + message(4, kind)


def value(name: str, *sizes: int) -> bytes:
    shape = b"".join(message(1, message(1, size)) for size in sizes)
    return message(1, name) + message(2, message(1, message(1, 1) + message(2, shape)))


def mean_network(path) -> None:
    """An ONNX file that returns the mean of each channel, (1, 3)."""
    nodes = (node("GlobalAveragePool", ("x",), "mean"), node("Flatten", ("mean",), "y"))
    graph = b"".join(message(1, each) for each in nodes) + message(2, "means")
    graph += message(11, value("x", 1, 3, 112, 112)) + message(12, value("y", 1, 3))
    path.write_bytes(message(1, 7) + message(7, graph) + message(8, message(1, "") + message(2, 13)))


def test_an_embedding_is_read_from_a_file_and_aligns_the_face(tmp_path):
    mean_network(tmp_path / "means.onnx")
    image = np.full((200, 200, 3), (60, 120, 240), np.uint8)
    face = Detection((50, 50, 150, 150), 0.9, TEMPLATE + 40)
    for embedding, expected in (
        (SFace(tmp_path / "means.onnx"), np.array([60, 120, 240])),
        (ArcFace(tmp_path / "means.onnx"), np.array([60, 120, 240]) - 127.5),
    ):
        embedding.prepare()
        vector = embedding.embed_face(image, face, np.zeros((5, 2)))
        assert vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-3)


def test_a_file_is_found_in_models_and_its_content_is_part_of_the_version(tmp_path, monkeypatch):
    monkeypatch.setenv("IMBATCH2SOUNDVISU_MODELS", str(tmp_path))
    mean_network(tmp_path / "means.onnx")
    faces = Faces(YuNet("means.onnx"), SFace("means.onnx"))
    found = faces.located(config.resolve())
    assert found.embedding.model == tmp_path / "means.onnx"
    before = pass_version(found)
    (tmp_path / "means.onnx").write_bytes((tmp_path / "means.onnx").read_bytes() + b"\0")
    assert pass_version(faces.located(config.resolve())) != before
    with pytest.raises(ConfigError, match=r"missing.onnx.*OpenCV Zoo"):
        Faces(YuNet("missing.onnx"), None).located(config.resolve())


@pytest.mark.parametrize("kind", [YuNet, Scrfd, SFace, ArcFace])
def test_a_file_that_is_no_network_is_refused_before_any_work(kind, tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    with pytest.raises(ConfigError, match=r"bad\.onnx cannot be read as ONNX"):
        kind(tmp_path / "bad.onnx").prepare()


def test_a_face_is_turned_and_scaled_to_where_the_network_expects_it():
    turn = np.array([[0, -2], [2, 0]])  # a quarter, twice as large
    points = TEMPLATE @ turn.T + (250, 20)
    image = np.zeros((300, 300, 3), np.uint8)
    x, y = points[2].round().astype(int)
    image[y - 4 : y + 5, x - 4 : x + 5] = 255
    chip = aligned(image, points)
    rows, columns = np.nonzero(chip[..., 0] > 128)
    assert (columns.mean(), rows.mean()) == pytest.approx(tuple(TEMPLATE[2]), abs=0.6)


def test_outputs_of_scrfd_are_boxes_and_points_in_pixels_of_the_image():
    side, outputs = 64, {1: [], 4: [], 10: []}
    for stride in (8, 16, 32):
        count = 2 * (side // stride) ** 2
        for length, arrays in outputs.items():
            arrays.append(np.zeros((count, length), np.float32))
    cell = 2 * (1 * 4 + 2)  # of the stride 16: row 1, column 2, first anchor
    outputs[1][1][cell] = 0.75
    outputs[4][1][cell] = (1, 0.5, 1.5, 2)
    outputs[10][1][cell] = np.arange(10) / 10
    (found,) = scrfd_detections([*outputs[1], *outputs[4], *outputs[10]], side, 0.5, 0.5)
    assert found.score == 0.75
    assert found.box == pytest.approx(((32 - 16) * 2, (16 - 8) * 2, (32 + 24) * 2, (16 + 32) * 2))
    assert found.points[1] == pytest.approx([(32 + 0.2 * 16) * 2, (16 + 0.3 * 16) * 2], abs=1e-4)
    with pytest.raises(ConfigError, match="nine outputs"):
        scrfd_detections(outputs[1], side, 1.0, 0.5)


def test_rows_of_yunet_are_scaled_to_the_image(monkeypatch):
    class StandIn:
        def setInputSize(self, size):  # noqa: N802
            self.size = size

        def detect(self, image):
            assert image.shape[:2] == self.size[::-1] == (320, 640)
            assert image[0, 0].tolist() == [3, 2, 1]
            return 1, np.array([[10, 20, 30, 40, *range(10), 0.9]], np.float32)

    monkeypatch.setattr(onnx_faces.YuNet, "_load", lambda self: StandIn())
    (found,) = YuNet("any.onnx").detect(np.full((640, 1280, 3), (1, 2, 3), np.uint8))
    assert found.box == (20.0, 40.0, 80.0, 120.0)
    assert found.points[1].tolist() == [4.0, 6.0]
    assert found.score == pytest.approx(0.9)


def test_an_embedding_that_needs_eyes_and_nose_is_refused_with_a_detector_without():
    with pytest.raises(ConfigError, match="SFace.. needs a detector"):
        Faces(DlibFaces(), SFace("sface.onnx"))
    with pytest.raises(ConfigError, match=r"write SFace\(model=...\)"):
        Faces(YuNet("yunet.onnx"), "sface")
