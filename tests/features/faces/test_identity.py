"""Models of a person and people by clustering, on made identities with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.features.faces import identity


@pytest.fixture
def made():
    """Identities of 8 people with 12 faces each, as far apart as dlib's: (96, 128), and the person of each."""
    rng = np.random.default_rng(3)
    middles = rng.normal(size=(8, 128)) * 0.055
    who = np.repeat(np.arange(8), 12)
    return middles[who] + rng.normal(size=(96, 128)) * 0.014, who


def test_people_are_found_and_numbered_by_size(made):
    points, who = made
    labels = identity.people(points[:-4])
    assert all(len(set(labels[who[:-4] == person])) == 1 for person in range(8))
    assert len(set(labels)) == 8
    assert np.bincount(labels).tolist() == [12] * 7 + [8]


def test_many_faces_are_joined_in_two_steps(made, monkeypatch):
    points, who = made
    whole = identity.people(points)
    monkeypatch.setattr(identity, "_MOST_LINKED", 50)
    np.testing.assert_array_equal(identity.people(points), whole)


def test_a_person_is_recognised_among_people_the_model_never_saw(made):
    points, who = made
    own, others, rest = points[:6], points[(who >= 1) & (who <= 4)], np.r_[np.arange(6, 12), np.arange(60, 96)]
    found = identity.person_model(own, others).scores(points[rest]) >= 0.5
    np.testing.assert_array_equal(found, who[rest] == 0)


def test_precision_and_recall_fall_when_others_contain_the_person(made):
    points, _ = made
    clean = identity.person_model(points[:6], points[12:60])
    mixed = identity.person_model(points[:6], np.concatenate([points[12:60], points[6:12]]))
    assert clean.precision == clean.recall == 1.0
    assert mixed.precision < 1.0


def test_few_examples_are_said():
    model = identity.person_model(np.zeros((1, 128)))
    assert model.warnings == (
        "1 example of the person; 5 or more find more faces",
        "no examples of other people, so that it is not known how many of the faces taken are wrong",
    )
    assert np.isnan(model.recall)


def test_an_example_of_somebody_else_is_named(made):
    points, _ = made
    assert identity.unlike_others(np.concatenate([points[:5], points[20:21]])).tolist() == [5]
    assert identity.unlike_others(points[:5]).size == 0


def test_a_single_other_face_says_nothing_of_precision(made):
    points, who = made
    model = identity.person_model(points[who == 0], points[who == 1][:1])
    assert np.isnan(model.precision)
    assert model.recall == 1
