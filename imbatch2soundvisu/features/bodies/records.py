"""One person of an image, by the names of what is known of the pose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.regions import Region
from .landmarks import LANDMARKS
from .poses import SEEN, facing, limb_spread, pose_vector, shoulder_tilt


@dataclass(frozen=True)
class Landmarks:
    """The landmarks that a network found of one person.

    Attributes
    ----------
    points : ndarray of shape (33, 2)
        In shares of the width and height of the image; they may be outside of it.
    visibility : ndarray of shape (33,)
        The likelihood that each is in the image and not hidden.
    world : ndarray of shape (33, 3)
        In metres: x to the right of the image, y down, z away from the camera.
    """

    points: np.ndarray
    visibility: np.ndarray
    world: np.ndarray


@dataclass(frozen=True)
class Body:
    """A person that the pass `Pose` found, with the geometry in pixels of an image of any size.

    Parameters
    ----------
    region : Region
        With 33 landmarks, their visibility by name, the vector of the pose, and what was measured.
    """

    region: Region

    @property
    def share(self) -> float:
        """The box around all landmarks that are seen, as a share of the image, in [0, 1]."""
        return self.region.width * self.region.height

    @property
    def visibility(self) -> np.ndarray:
        """The likelihood that each landmark is seen, (33,)."""
        return np.array([self.region.values.get(name, 0.0) for name in LANDMARKS], np.float64)

    def landmarks(self, size: tuple[int, int]) -> np.ndarray:
        """Return the landmarks in pixels of an image of this (width, height), (33, 2) float64."""
        return np.array(self.region.points, np.float64).reshape(-1, 2) * size


def bodies_of(regions: Sequence[Region]) -> tuple[Body, ...]:
    """Return the regions that are persons with landmarks, the largest first."""
    found = [Body(each) for each in regions if each.label == "person" and len(each.points) == len(LANDMARKS)]
    return tuple(sorted(found, key=lambda body: -body.share))


def region_of(found: Landmarks, size: tuple[int, int]) -> Region | None:
    """Return what is known of a person as a region; None where hardly any landmark is seen.

    Parameters
    ----------
    found : Landmarks
    size : (int, int)
        Width and height of the image in pixels.
    """
    seen = found.visibility >= SEEN
    inside = np.clip(found.points[seen], 0.0, 1.0)
    if len(inside) < 3 or not (span := np.ptp(inside, axis=0)).all():
        return None
    pixels = found.points * np.asarray(size, np.float64)
    spread = limb_spread(pixels, found.visibility)
    values = {
        "tilt": shoulder_tilt(pixels), "facing": facing(found.world), **({"spread": spread} if spread == spread else {})
    }  # fmt: skip
    visible = {name: round(float(share), 4) for name, share in zip(LANDMARKS, found.visibility, strict=True)}
    x, y = inside.min(axis=0).tolist()
    return Region(
        x, y, float(span[0]), float(span[1]), float(found.visibility.mean()), "person",
        tuple((float(x), float(y)) for x, y in found.points),
        tuple(map(float, pose_vector(pixels, found.visibility))), values | visible,
    )  # fmt: skip
