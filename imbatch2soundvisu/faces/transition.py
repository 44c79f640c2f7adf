"""A transition of films in which one face becomes the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..visuals.video.effects import TRANSITIONS, CrossFade
from .morphing import morph


@TRANSITIONS.register("morph")
@dataclass(frozen=True)
class Morph(CrossFade):
    """Each face becomes the next, centred on the cut; images without a face that was measured fade.

    Parameters
    ----------
    seconds : float
        Duration of a morph, from 0 to 60; it never takes more than half of either image.

    Examples
    --------
    >>> Morph(0.5).frames(30)
    15
    """

    seconds: float = 0.5

    def blend_faces(
        self, first: np.ndarray, second: np.ndarray, progress: float, points: tuple[np.ndarray, np.ndarray]
    ) -> np.ndarray:
        """Return a frame of the transition.

        Parameters
        ----------
        first, second : ndarray of shape (h, w, 3)
            uint8, sRGB.
        progress : float
            Position within the transition, in (0, 1).
        points : (ndarray of shape (m, 2), ndarray of shape (m, 2))
            The landmarks of both faces, in pixels of the frame.
        """
        return morph(first, second, *points, progress)
