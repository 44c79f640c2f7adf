"""Synthetic scenes of known depth: brightness is disparity, which the stand-in network reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Brightness:
    """A network with known answers: brighter is nearer."""

    scale: float = 1.0

    def disparity(self, images):
        return [image.mean(axis=2).astype(np.float32) * self.scale for image in images]


def painted(disparity: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 of disparity in [0, 1]."""
    return np.repeat((np.clip(disparity, 0, 1) * 255).astype(np.uint8)[..., None], 3, axis=2)


def wall(height=90, width=120):
    """Facing the camera, with a little noise."""
    return painted(0.8 + np.random.default_rng(0).normal(0, 0.01, (height, width)))


def interior(height=90, width=120):
    """A back wall at twice the distance of the nearest of the floor."""
    floor = np.clip(np.linspace(0.2, 0.9, height), 0.45, 0.9)
    return painted(np.tile(floor[:, None], (1, width)))


def street(height=90, width=120):
    """From the nearest to the sky, which is infinitely far."""
    return painted(np.tile(np.clip(np.linspace(-0.5, 1, height), 0, 1)[:, None], (1, width)))
