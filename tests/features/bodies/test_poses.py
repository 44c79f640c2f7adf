"""What landmarks say, on figures drawn by numbers; no network."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import KMeans, SmoothPath, discover, measure
from imbatch2soundvisu.core import Needs
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features.bodies import LANDMARKS, Landmarks, Pose, bodies_of, body_alignment, pose_vector
from imbatch2soundvisu.features.bodies.landmarks import JOINTS, numbers
from imbatch2soundvisu.features.bodies.poses import STANDING, facing, limb_spread, shoulder_tilt
from imbatch2soundvisu.features.bodies.records import region_of
from imbatch2soundvisu.features.passes import resolved_passes
from imbatch2soundvisu.measurement.spaces import space_needs, space_points

ALL = np.ones(33)


def figure(arms: float = 0.0, at: tuple[float, float] = (200, 220), torso: float = 100) -> np.ndarray:
    """The landmarks of a standing person in pixels, (33, 2), both arms raised by so many degrees."""
    points = np.zeros((33, 2))
    points[JOINTS] = STANDING
    for side, sign in (("left", 1), ("right", -1)):
        shoulder, elbow, wrist, hand = numbers(*(f"{side}_{each}" for each in ("shoulder", "elbow", "wrist", "index")))
        direction = np.array([sign * np.sin(np.radians(arms)), np.cos(np.radians(arms))])
        for joint, length in ((elbow, 0.5), (wrist, 1.0), (hand, 1.2)):
            points[joint] = points[shoulder] + direction * length
    return points * torso + at


def test_a_vector_of_a_pose_does_not_depend_on_place_and_size():
    one = pose_vector(figure(40), ALL)
    same = pose_vector(figure(40, at=(700, 300), torso=33), ALL)
    other = pose_vector(figure(120), ALL)
    assert one.shape == (38,)
    np.testing.assert_allclose(one, same, atol=1e-6)
    assert np.linalg.norm(one - other) > 0.3
    assert np.linalg.norm(one - pose_vector(figure(50), ALL)) < np.linalg.norm(one - other) / 3


def test_a_joint_that_is_not_seen_does_not_count():
    hidden = ALL.copy()
    hidden[numbers("elbow", "wrist", "index")] = 0.0
    np.testing.assert_allclose(pose_vector(figure(40), hidden), pose_vector(figure(150), hidden), atol=1e-6)
    assert np.isnan(limb_spread(figure(), np.zeros(33)))


def test_spread_rises_with_the_arms_and_tilt_is_clockwise():
    spreads = [limb_spread(figure(angle), ALL) for angle in (10, 60, 110)]
    assert spreads == sorted(spreads)
    turn = np.array([[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]])
    assert shoulder_tilt(figure()) == pytest.approx(0, abs=1e-9)
    assert shoulder_tilt(figure() @ turn.T) == pytest.approx(np.degrees(0.2))


@pytest.mark.parametrize("angle", [-150, -90, -30, 0, 60, 135])
def test_facing_is_the_turn_of_the_chest(angle):
    world = np.zeros((33, 3))
    turn = np.radians(angle)
    world[11], world[12] = (np.cos(turn) / 5, 0, np.sin(turn) / 5), (-np.cos(turn) / 5, 0, -np.sin(turn) / 5)
    assert facing(world) == pytest.approx(angle)


def test_alignment_finds_the_transform_and_ignores_points_without_weight():
    source = figure(70)
    linear = 1.7 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    target = source @ linear.T + [30, -12]
    target[5] += 400
    weights = ALL.copy()
    weights[5] = 0
    matrix = body_alignment(source, target, weights)
    np.testing.assert_allclose(matrix, np.column_stack([linear, [30, -12]]), atol=1e-9)
    np.testing.assert_allclose(body_alignment(source, target, np.zeros(33)), np.eye(2, 3))
    mirrored = body_alignment(source, source * [-1, 1])
    assert np.linalg.det(mirrored[:, :2]) >= 0


@dataclasses.dataclass(frozen=True)
class DrawnPose(Pose):
    """Finds one person in each image: the brightness says how far the arms are raised; none in a black one."""

    def prepare(self, progress=None):
        """It needs no model."""

    def find(self, rgb):
        level = float(rgb.mean())
        if level < 10:
            return []
        world = np.zeros((33, 3))
        world[11, 0] = 0.3
        return [Landmarks(figure(level) / (rgb.shape[1], rgb.shape[0]), ALL, world)]

    @property
    def key(self):
        return ""


@pytest.fixture
def dancers(tmp_path):
    for number, level in enumerate((140, 20, 0, 80, 50, 110, 0, 170)):
        Image.fromarray(np.full((600, 400, 3), level, np.uint8)).save(tmp_path / f"{number}.png")
    return tmp_path


def test_a_path_on_poses_and_columns_need_no_network(dancers):
    stand_in = DrawnPose()
    order = SmoothPath(on=stand_in)
    assert order.needs.passes == (stand_in,)
    table = measure(discover(dancers), ("luminance",), embeddings=(), passes=[stand_in])
    assert table["n_bodies"].tolist() == [1, 1, 0, 1, 1, 1, 0, 1]
    assert np.isnan(table["limb_spread"][[2, 6]]).all()
    shown = [int(row) for row in order.order(table, np.random.default_rng(0)) if table["n_bodies"][row]]
    assert shown in ([1, 4, 3, 5, 0, 7], [7, 0, 5, 3, 4, 1])
    assert space_points(table, "pose").shape == (8, 38)
    clusters = KMeans(3, on="pose").cluster(table, np.random.default_rng(0))
    assert clusters.labels[2] == clusters.labels[6]
    (body,) = bodies_of(table.regions["pose"][0])
    assert body.landmarks((400, 600)) == pytest.approx(figure(140))
    assert body.visibility.tolist() == [1.0] * len(LANDMARKS)


def test_a_name_stands_for_the_instance_that_is_given():
    stand_in = DrawnPose()
    assert resolved_passes(["pose", stand_in]) == [stand_in]
    assert resolved_passes(["pose"]) == [Pose()]
    assert space_needs(("pose", "luminance")) == Needs(frozenset({"luminance"}), passes=("pose",))


def test_without_any_person_the_message_says_so(tmp_path):
    Image.fromarray(np.zeros((60, 40, 3), np.uint8)).save(tmp_path / "black.png")
    table = measure(discover(tmp_path), (), embeddings=(), passes=[DrawnPose()])
    with pytest.raises(ConfigError, match="pass 'pose' found nothing in any image"):
        space_points(table, "pose")


def test_bad_parameters_and_spaces_are_refused():
    for wrong in ({"most": 0}, {"threshold": 2}, {"input_size": 3}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            Pose(**wrong)
    with pytest.raises(ConfigError, match="class Pose"):
        SmoothPath(on=Pose)


def test_a_person_with_hardly_any_landmark_in_the_image_is_none():
    assert region_of(Landmarks(figure() / 600, np.zeros(33), np.zeros((33, 3))), (600, 600)) is None
