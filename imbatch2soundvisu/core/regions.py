"""Rectangles within an image, such as faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Region:
    """A rectangle that a pass found in an image, in shares of its upright width and height.

    Attributes
    ----------
    x, y : float
        Left upper corner, in [0, 1].
    width, height : float
        In [0, 1].
    score : float
        Confidence, in [0, 1].
    label : str
        What it shows: "face".
    points : tuple of (float, float)
        Landmarks, in the same unit.
    vector : tuple of float
        An embedding of what it shows, such as the identity of a face.
    values : mapping of str to float
        What was measured of it, such as {"yaw": 12.5}.
    """

    x: float
    y: float
    width: float
    height: float
    score: float = 1.0
    label: str = ""
    points: tuple[tuple[float, float], ...] = ()
    vector: tuple[float, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict, hash=False)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Region:
        """Return the region of `as_dict`."""
        points = tuple((float(x), float(y)) for x, y in values.get("points", ()))
        return cls(**{**values, "points": points, "vector": tuple(map(float, values.get("vector", ())))})
