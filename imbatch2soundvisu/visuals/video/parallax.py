"""A camera that moves sideways before an image whose depth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ...core import Needs
from .effects import MOTIONS
from .field_checks import check_range

_STEEPEST = 0.5  # of the path, in heights for one width


class Camera(NamedTuple):
    """Where a camera is.

    right, down : how far the nearest moves against the farthest, in widths of the frame. zoom : from 1.
    """

    right: float
    down: float
    zoom: float


@MOTIONS.register("parallax")
@dataclass(frozen=True)
class Parallax:
    """The camera moves past the image and a little into it: what is near moves against what is far.

    The depth is that of the pass `Depth`, which runs for a plan with this motion. The image fills the frame, whatever
    `fit` is, and what appears behind near things is filled with what is beside it. The direction depends on the image.
    An image without depth is magnified slowly.

    Parameters
    ----------
    amount : float
        How far the nearest moves against the farthest, in widths of the frame, from 0 to 0.2. Above 0.06 the places
        that are filled are easily seen.
    zoom_in : float
        From 0 to 1; 0.04 is 4% larger where the camera is closest.

    Raises
    ------
    ConfigError
        If a value is out of range.

    Examples
    --------
    >>> start, end = (Parallax(0.04).camera(share, seed=1) for share in (0.0, 1.0))
    >>> round(end.right - start.right, 3)
    0.04
    """

    amount: float = 0.03
    zoom_in: float = 0.04
    # named by a column, so that `passes=[Depth(...)]` of a plan takes the place of the default network
    needs: ClassVar[Needs] = Needs(features=frozenset({"depth_spread"}))

    def __post_init__(self) -> None:
        check_range("Parallax(amount=...)", self.amount, 0, 0.2, " widths of the frame")
        check_range("Parallax(zoom_in=...)", self.zoom_in, 0, 1, "; 0.04 is 4% larger")

    def zoom(self, index: int) -> tuple[float, float]:
        """Return the magnification of an image without depth, in its first and in its last frame."""
        return 1.0, 1.0 + max(self.zoom_in, self.amount)

    @property
    def largest_zoom(self) -> float:
        """How many frames large an image is drawn."""
        return (1 + self.zoom_in) * (1 + self.amount / 2)

    def camera(self, share: float, seed: int) -> Camera:
        """Return where the camera is.

        Parameters
        ----------
        share : float
            Of the time, in [0, 1].
        seed : int
            Of the image: its last bit is the side that the camera moves to, the next one whether it comes closer or
            leaves, and the rest how steep its path is.
        """
        eased = share * share * (3 - 2 * share)
        right = self.amount * (eased - 0.5) * (1 if seed & 1 else -1)
        steep = ((seed >> 2) % 64 / 63 - 0.5) * 2 * _STEEPEST
        return Camera(right, right * steep, (1 + self.zoom_in) ** (eased if seed & 2 else 1 - eased))
