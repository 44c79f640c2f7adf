"""One face of an image, by the names of what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.regions import Region

#: The landmarks of a face, in the order of `Region.points`: corners of the eyes from left to right in the image, then
#: the base of the nose.
LANDMARKS = ("left eye, outer", "left eye, inner", "right eye, inner", "right eye, outer", "nose")


@dataclass(frozen=True)
class Face:
    """A face that the pass `Faces` found, with its geometry in pixels of an image of any size.

    Parameters
    ----------
    region : Region
        Its box and landmarks, in shares of the image, its embedding, and its values.

    Examples
    --------
    >>> region = Region(0.4, 0.3, 0.2, 0.3, label="face", points=((0.45, 0.4), (0.48, 0.4), (0.52, 0.4), (0.55, 0.4)))
    >>> Face(region).eyes((1000, 500)).tolist()
    [[465.0, 200.0], [535.0, 200.0]]
    """

    region: Region

    @property
    def share(self) -> float:
        """Its box as a share of the image, in [0, 1]."""
        return self.region.width * self.region.height

    @property
    def descriptor(self) -> np.ndarray:
        """Its identity, (d,) float32: faces of one person are less than about 0.6 apart (Euclidean)."""
        return np.array(self.region.vector, np.float32)

    @property
    def roll(self) -> float:
        """Angle of the line through the eyes, in degrees, clockwise."""
        return self.region.values.get("roll", float("nan"))

    @property
    def yaw(self) -> float:
        """Estimate of how far it is turned, in degrees; negative: to the left of the image."""
        return self.region.values.get("yaw", float("nan"))

    @property
    def sharpness(self) -> float:
        """See `quality.sharpness`."""
        return self.region.values.get("sharpness", float("nan"))

    def landmarks(self, size: tuple[int, int]) -> np.ndarray:
        """Return its landmarks in pixels of an image of this (width, height), (m, 2) float64."""
        return np.array(self.region.points, np.float64).reshape(-1, 2) * size

    def eyes(self, size: tuple[int, int]) -> np.ndarray:
        """Return the middles of the left and right eye (as seen in the image) in pixels, (2, 2) float64."""
        corners = self.landmarks(size)
        return np.stack([corners[:2].mean(axis=0), corners[2:4].mean(axis=0)])


def faces_of(regions: Sequence[Region]) -> tuple[Face, ...]:
    """Return the regions with landmarks that are faces, the largest first."""
    found = [Face(region) for region in regions if region.label == "face" and len(region.points) >= 4]
    return tuple(sorted(found, key=lambda face: -face.share))
