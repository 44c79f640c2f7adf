"""Clusters by person, on tables whose faces are made: their identities are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu import ByPerson, SequencePlan
from imbatch2soundvisu.core import FeatureTable, ImageRecord, Region
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features.faces import Faces

_EYES = ((0.4, 0.4), (0.45, 0.4), (0.55, 0.4), (0.6, 0.4), (0.5, 0.5))
RNG = np.random.default_rng(0)


def face(person: int, size: float = 0.2) -> Region:
    """A face whose identity is near that of all faces of this person."""
    rng = np.random.default_rng(person)
    vector = rng.normal(size=128) * 0.055 + RNG.normal(size=128) * 0.01
    return Region(0.3, 0.3, size, size, label="face", points=_EYES, vector=tuple(vector.tolist()))


def table_of(*images: tuple[Region, ...]) -> FeatureTable:
    records = tuple(
        ImageRecord(Path(f"{i:02}.jpg"), f"digest {i}", 100, 100, name=f"{i:02}.jpg") for i in range(len(images))
    )
    return FeatureTable(records, regions={"faces": images})


def clusters(table: FeatureTable, **options: object):
    return ByPerson(**options).cluster(table, np.random.default_rng(0))  # type: ignore[arg-type]


def test_people_are_numbered_by_the_images_they_are_in():
    found = clusters(table_of((face(1),), (face(2),), (face(2),), (face(1),), (face(2),), ()))
    assert found.names == ("person 1", "person 2")
    assert found.labels.tolist() == [1, 0, 0, 1, 0, -1]
    assert "1 of 6 images show no face and are in no cluster" in found.notes


def test_the_largest_face_of_an_image_counts():
    found = clusters(table_of((face(1),), (face(1),), (face(2), face(1, 0.3)), (face(2),), (face(2),)))
    assert found.labels.tolist() == [0, 0, 0, 1, 1]
    assert "1 image with several faces, counted for the largest one" in found.notes


def test_a_person_of_one_image_is_in_no_cluster_unless_asked_for():
    table = table_of((face(1),), (face(1),), (face(2),))
    assert clusters(table).labels.tolist() == [0, 0, -1]
    assert clusters(table, min_size=1).labels.tolist() == [0, 0, 1]


def test_people_are_named_and_joined_by_a_file(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("image,person\n00.jpg,Ada\n02.jpg,Ada\n05.jpg,\n", encoding="utf-8-sig")
    table = table_of((face(1),), (face(1),), (face(2),), (face(2),), (face(3),), (face(3),))
    found = clusters(table, names=file)
    assert found.names == ("Ada", "person 3")
    assert found.labels.tolist() == [0, 0, 0, 0, 1, 1]


def test_what_the_file_says_of_an_image_counts_also_without_a_face(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("image,person\n00.jpg,Ada\n01.jpg,Ada\n02.jpg,Ben\n04.jpg,Ben\n05.jpg,Ada\n")
    table = table_of((face(1),), (face(1),), (face(1),), (face(1),), (face(2),), ())
    found = clusters(table, names=file)
    assert [found.names[label] for label in found.labels] == ["Ada", "Ada", "Ben", "Ada", "Ben", "Ada"]
    assert not found.notes


def test_faces_are_what_clusters_of_people_show_and_compare():
    found = clusters(table_of((face(1),), (face(2),), (face(2),), (face(1), face(2, 0.1)), ()))
    assert [None if each is None else each.width for each in found.regions] == [0.2, 0.2, 0.2, 0.2, None]
    assert found.points.shape == (5, 128)
    assert np.isnan(found.points).all(axis=1).tolist() == [False] * 4 + [True]
    assert found.quality.silhouette > 0.5
    assert np.isnan(found.quality.silhouettes[4])


def test_an_edited_copy_of_the_clusters_of_a_run_is_a_file_of_names(tmp_path):
    file = tmp_path / "cluster_assignments.csv"
    file.write_text("image_path,cluster,medoid\n00.jpg,Ada,1\n02.jpg,person 1,0\n04.jpg,in no cluster,0\n")
    table = table_of((face(1),), (face(1),), (face(2),), (face(2),), (face(3),), (face(3),))
    assert clusters(table, names=file).names == ("Ada", "person 1", "person 3")


def test_people_without_a_name_keep_their_number(tmp_path):
    file = tmp_path / "short.csv"
    table = table_of(*[(face(1),)] * 5, *[(face(2),)] * 4, *[(face(3),)] * 3, *[(face(4),)] * 2)
    file.write_text("image,person\n00.jpg,Will\n09.jpg,Grandma\n99.jpg,Nobody\n")
    found = clusters(table, names=file)
    assert found.names == ("Will", "person 2", "Grandma", "person 4")
    assert "1 row of short.csv names no image of the collection: 99.jpg" in found.notes
    file.write_text("image,person\n00.jpg,person 2\n")
    assert clusters(table, names=file).names == ("person 2", "person 5", "person 3", "person 4")


@pytest.mark.parametrize("content", ["name;who\na;b\n", None])
def test_a_file_that_is_no_such_table_is_refused(tmp_path, content):
    file = tmp_path / "people.csv"
    if content:
        file.write_text(content)
    with pytest.raises(ConfigError, match="names="):
        clusters(table_of((face(1),), (face(1),)), names=file)
    with pytest.raises(ConfigError, match="'image_path' and 'cluster'" if content else "does not exist"):
        SequencePlan("people", clusters=ByPerson(names=file)).check()


def test_a_table_without_faces_has_no_people():
    found = clusters(table_of((), ()))
    assert found.names == ()
    assert found.labels.tolist() == [-1, -1]


def test_it_needs_the_pass_that_finds_faces():
    assert ByPerson().needs.passes == (Faces(),)
