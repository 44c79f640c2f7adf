"""Albums by person: sheets of faces, a report that shows faces, and names that are read back; on made faces."""

from __future__ import annotations

import base64
import csv
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import Region
from imbatch2soundvisu.plans import RunContext

_EYES = ((0.4, 0.4), (0.45, 0.4), (0.55, 0.4), (0.6, 0.4), (0.5, 0.5))
COUNT = 8


@pytest.fixture
def table(tmp_path):
    """Eight images, of which the last has no face; the others show two people in turn."""
    root = tmp_path / "photos"
    root.mkdir()
    for number in range(COUNT):
        pixels = np.full((120, 200, 3), 30 * number, np.uint8)
        pixels[36:84, 60:108] = (250, 10, 10)  # the face
        Image.fromarray(pixels).save(root / f"{number}.png")
    table = i2s.measure(i2s.discover(root))
    vectors = [np.random.default_rng(person).normal(size=128) * 0.055 for person in (1, 2)]
    faces = [
        (Region(0.3, 0.3, 0.24, 0.4, label="face", points=_EYES, vector=tuple((vectors[number % 2] + 1e-3).tolist())),)
        for number in range(COUNT)
    ]
    return replace(table, regions={"faces": (*faces[:-1], ())})


def made(table, tmp_path, **options):
    plan = i2s.SequencePlan("people", clusters=i2s.ByPerson(**options), order="name", music=None, outputs=["tables"])
    context = RunContext(i2s.config.resolve({"CACHE": tmp_path / "cache", "UMAP_MAPS": False}))
    return plan.make(table, tmp_path / "out", context)


def test_each_person_has_a_sheet_of_faces_and_the_report_shows_faces(table, tmp_path):
    report, *people = made(table, tmp_path)
    assert not any(each.problems for each in (report, *people))
    assert [(each.entry["cluster"], each.files["face_sheet"]) for each in people] == [
        ("person 1", "face-sheet.jpg"), ("person 2", "face-sheet.jpg"),
    ]  # fmt: skip
    sheet = np.asarray(Image.open(people[0].path("face_sheet")))
    assert ((sheet[..., 0] > 200) & (sheet[..., 1] < 60)).mean() > 0.05
    page = (report.folder / "summary_report.html").read_text(encoding="utf-8")
    shown = [Image.open(io.BytesIO(base64.b64decode(each))) for each in re.findall(r"jpeg;base64,([^\"]+)", page)]
    assert len(shown) == COUNT
    *faces, whole = (np.asarray(image) for image in shown)
    assert whole.shape[:2] == (120, 200)  # in no cluster, without a face
    assert {face.shape for face in faces} == {(224, 224, 3)}
    assert all(face[112, 112, 0] > 200 and face[112, 112, 1] < 60 for face in faces)
    assert made(table, tmp_path)[1].kept


def test_people_are_named_by_an_edited_copy_of_the_assignments(table, tmp_path):
    report, *_ = made(table, tmp_path)
    text = report.path("assignments").read_text(encoding="utf-8")
    copy = tmp_path / "names.csv"
    copy.write_text(text.replace("person 1", "Ada").replace("person 2", "Ben"), encoding="utf-8")
    again, *people = made(table, tmp_path, names=copy)
    assert [each.entry["cluster"] for each in people] == ["Ada", "Ben"]
    copy.write_text(text.replace("person 1", "Ada").replace("person 2", "Ada"), encoding="utf-8")
    again, *people = made(table, tmp_path, names=copy)
    assert [(each.entry["cluster"], len(each.sequence)) for each in people] == [("Ada", COUNT - 1)]
    with open(again.path("assignments"), encoding="utf-8") as file:
        assert [row["cluster"] for row in csv.DictReader(file)] == ["Ada"] * (COUNT - 1) + ["in no cluster"]
