"""Any detector and embedding fit into the pass `Faces`: stand-ins with known answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import Needs, registry
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features.faces import FACE_DETECTORS, Detection, Faces, faces_of
from imbatch2soundvisu.features.passes import pass_version
from imbatch2soundvisu.measurement import measure_for
from imbatch2soundvisu.runtime.cache import Cache
from tests.conftest import photo


@dataclass(frozen=True)
class Painted:
    """Finds the green rectangle of an image, twice; its eyes are at a quarter and three quarters of its width."""

    shift: float = 0.0
    calls: list = field(default_factory=list, compare=False, metadata={"place": True})

    def detect(self, rgb):
        self.calls.append(rgb.shape)
        rows, columns = np.nonzero((rgb == (0, 200, 0)).all(axis=2))
        if not len(rows):
            return []
        left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        wide, high = right - left, bottom - top
        nose = left + wide * (0.5 + self.shift)
        points = np.array(
            [[left + wide / 4, top + high / 3], [left + 3 * wide / 4, top + high / 3], [nose, top + high / 2]]
        )
        box = (float(left), float(top), float(right), float(bottom))
        return [Detection(box, 0.9, points), Detection((left + 1.0, top + 1.0, right + 2.0, bottom + 1.0), 0.8, points)]


@dataclass(frozen=True)
class Mean:
    """Colour below the face as its identity."""

    same_person: float = 0.6

    def embed_face(self, rgb, face, landmarks):
        left, top, right, bottom = (int(v) for v in face.box)
        return rgb[top:bottom, left:right].mean(axis=(0, 1)) / 255


def with_face(left=40, top=30, right=80, bottom=80):
    image = np.full((120, 160, 3), 90, np.uint8)
    image[top:bottom, left:right] = (0, 200, 0)
    return image


def test_a_face_found_twice_is_one_region_with_landmarks_vector_and_values():
    (found,) = Faces(Painted(), Mean()).measure([with_face()])
    (face,) = faces_of(found.regions)
    assert (face.region.x, face.region.y, face.region.width, face.region.height) == pytest.approx(
        (40 / 160, 30 / 120, 40 / 160, 50 / 120), abs=1e-6
    )
    assert face.eyes((160, 120)) == pytest.approx(np.array([[50, 30 + 50 / 3], [70, 30 + 50 / 3]]), abs=1e-3)
    assert face.descriptor == pytest.approx([0, 200 / 255, 0], abs=1e-5)
    assert face.roll == pytest.approx(0, abs=0.01)
    assert face.yaw == pytest.approx(0, abs=0.01)
    assert found.columns["n_faces"] == 1
    assert found.columns["face_x"] == pytest.approx(60 / 160, abs=1e-5)


def test_identities_are_on_one_scale_whatever_the_embedding():
    usual, wide = (Faces(Painted(), Mean(same)).measure([with_face()])[0].regions[0].vector for same in (0.6, 1.2))
    assert np.array(wide) * 2 == pytest.approx(np.array(usual), abs=1e-5)


@pytest.mark.parametrize("make", [
    lambda faces: i2s.ByPerson(faces=faces), lambda faces: i2s.PersonSimilarity("me", faces=faces),
    lambda faces: i2s.FaceMontagePlan("a", person="person 1", passes=[faces]).check(),
])  # fmt: skip
def test_people_are_not_told_apart_without_identities(make):
    with pytest.raises(ConfigError, match="embedding=None"):
        make(Faces(Painted(), None))


def test_a_nose_to_the_left_is_a_negative_yaw():
    (left,), (right,) = (Faces(Painted(shift), None).measure([with_face()])[0].regions for shift in (-0.1, 0.1))
    assert left.values["yaw"] == pytest.approx(-right.values["yaw"], abs=0.01)
    assert left.values["yaw"] < -5


def test_the_landmarks_of_dlib_are_needed_only_where_a_detector_has_none(monkeypatch):
    def none(*arguments):
        raise AssertionError("dlib was asked")

    monkeypatch.setattr("imbatch2soundvisu.features.faces.dlib_faces.landmarks_of", none)
    assert Faces(Painted(), None).measure([with_face()])[0].regions[0].vector == ()


def test_results_depend_on_detector_its_fields_and_its_weights():
    @dataclass(frozen=True)
    class Weighted(Painted):
        key: str = "a"

    every = [Faces(Painted(), None), Faces(Painted(0.1), None), Faces(Painted(), Mean()), Faces(Weighted(), None)]
    every += [Faces(Weighted(key="b"), None)]
    assert len({pass_version(each) for each in every}) == len(every)
    assert pass_version(Faces(Painted(), None)) == pass_version(Faces(Painted(), None))


@pytest.fixture
def folder(tmp_path):
    """Four images: two without a face, one small and one large face."""
    images = {"a": photo(1, 160, 120), "b": with_face(60, 40, 70, 52), "c": photo(2, 160, 120), "d": with_face()}
    for name, image in images.items():
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    return tmp_path


def test_faces_order_and_filter_images_those_without_one_come_last(folder):
    passes = (Faces(Painted(), None),)
    needs = Needs(frozenset({"face_share", "face_x"}), passes=passes)
    table = measure_for(i2s.discover(folder), needs)
    assert table["face_share"].tolist() == pytest.approx([0, 120 / 19200, 0, 2000 / 19200], abs=1e-5)
    assert np.isnan(table["face_x"]).tolist() == [True, False, True, False]
    sequence = i2s.SequencePlan("left to right", order="face_x").sequence(table)
    assert [record.name for record in sequence.records] == ["d.png", "b.png", "a.png", "c.png"]
    chosen = i2s.SequencePlan("with", order="face_x", where=lambda table: table["n_faces"] > 0).sequence(table)
    assert [record.name for record in chosen.records] == ["d.png", "b.png"]


def test_a_plan_names_a_pass_with_parameters_and_completes_a_table(folder):
    detector = Painted()
    plan = i2s.SequencePlan(
        "by place", order="face_x", where=lambda table: table["n_faces"] > 0, passes=[Faces(detector, None)]
    )
    sequence = plan.sequence(i2s.measure(i2s.discover(folder)))
    assert [record.name for record in sequence.records] == ["d.png", "b.png"]
    assert [len(faces) for faces in sequence.table.faces] == [1, 1]
    assert len(detector.calls) == 4
    for wrong, message in (("faces", r"passes=\['faces'\]"), (["face"], "pass 'face'")):
        with pytest.raises(ConfigError, match=message):
            i2s.SequencePlan("a", passes=wrong).check()


def test_a_second_run_detects_nothing_again(folder, tmp_path):
    detector = Painted()
    needs = Needs(frozenset({"n_faces"}), passes=(Faces(detector, Mean()),))
    with Cache(tmp_path / "cache") as cache:
        first = measure_for(i2s.discover(folder), needs, cache=cache)
        assert len(detector.calls) == 4
        Image.open(folder / "d.png").save(folder / "copy of d.png")
        second = measure_for(i2s.discover(folder), needs, cache=cache)
    assert len(detector.calls) == 4
    assert second.regions["faces"][-1] == first.regions["faces"][-1]


def test_a_registered_detector_has_a_name():
    with registry.isolated():
        FACE_DETECTORS.register("painted")(Painted)
        assert len(Faces("painted", None).measure([with_face()])[0].regions) == 1
    with pytest.raises(ConfigError, match="painted"):
        Faces("painted")


def test_the_result_line_says_how_many_images_have_no_face(folder, tmp_path):
    plan = i2s.SequencePlan("by place", order="face_x", passes=[Faces(Painted(), None)], outputs=["tables"])
    result = i2s.run([plan], root=folder, outputs=tmp_path / "out", cache=tmp_path / "cache")
    assert result.problems == ()
    assert "4 images by face_x (2 without a value, last)" in result.results[0].entry["summary"]
