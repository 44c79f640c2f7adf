"""Pictures with transparency on planar images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import yuv

#: An RGBA picture of shape (h, w, 4), uint8, and the pixel of the frame (x, y) of its top left corner.
Placed = tuple[np.ndarray, tuple[int, int]]


@dataclass(frozen=True)
class Patch:
    """A picture as it is added to a rectangle of a planar image.

    Parameters
    ----------
    left, top : int
        Even; corner of the rectangle in pixels.
    kept : tuple of three ndarray
        float32, [0, 1]: the share of the image that is kept, for luma and both chroma planes.
    added : tuple of three ndarray
        float32: what is added to it.
    """

    left: int
    top: int
    kept: tuple[np.ndarray, ...]
    added: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Overlay:
    """Pictures that are drawn on each frame of an image, where a motion does not move them.

    Parameters
    ----------
    patches : tuple of Patch
    text : str
        What the pictures say; two overlays of the same text look the same.
    """

    patches: tuple[Patch, ...]
    text: str = ""

    def on(self, planar: np.ndarray, opacity: float = 1.0) -> np.ndarray:
        """Return a planar image with the pictures on it; opacity : in [0, 1], of all pictures."""
        result = planar.copy()
        for patch in self.patches:
            for i, plane in enumerate(yuv.planes(result)):
                half = 2 if i else 1
                height, width = patch.kept[i].shape
                top, left = patch.top // half, patch.left // half
                part = plane[top : top + height, left : left + width]
                kept, added = patch.kept[i], patch.added[i]
                if opacity < 1:
                    kept, added = 1 - opacity * (1 - kept), opacity * added
                part[:] = np.rint(part * kept + added)
        return result


def overlay(placed: Sequence[Placed], size: tuple[int, int], text: str = "") -> Overlay:
    """Return pictures as an overlay for frames of a size; what reaches beyond the frame is cut off."""
    return Overlay(tuple(patch for each in placed if (patch := _patch(*each, size)) is not None), text)


def _patch(picture: np.ndarray, xy: tuple[int, int], size: tuple[int, int]) -> Patch | None:
    left, top = max(xy[0], 0), max(xy[1], 0)
    picture = picture[top - xy[1] :, left - xy[0] :][: max(0, size[1] - top), : max(0, size[0] - left)]
    if not picture.size or not picture[..., 3].any():
        return None
    height, width = picture.shape[:2]
    edges = max(0, left - 2) // 2 * 2, max(0, top - 2) // 2 * 2  # the filter of chroma reaches one pixel further
    right, bottom = min(size[0], _even(left + width + 2)), min(size[1], _even(top + height + 2))
    whole = np.zeros((bottom - edges[1], right - edges[0], 4), np.uint8)
    whole[top - edges[1] :, left - edges[0] :][:height, :width] = picture
    alpha = whole[..., 3:].astype(np.float32) / 255
    rgb = np.rint(whole[..., :3] * alpha).astype(np.uint8)
    kept = [1 - plane for plane in _alpha_planes(whole[..., 3])]
    added = [
        plane.astype(np.float32) - zero * share
        for plane, zero, share in zip(yuv.planes(yuv.to_planar(rgb)), (16, 128, 128), kept, strict=True)
    ]
    return Patch(*edges, tuple(kept), tuple(added))


def _alpha_planes(alpha: np.ndarray) -> list[np.ndarray]:
    """Opacity for luma and for both chroma planes, whose samples are filtered as those of the colours are."""
    grey = np.repeat(alpha[..., None], 3, axis=2)
    filtered = yuv.chroma_sited(grey)[..., 0].astype(np.float32) / 255
    return [alpha.astype(np.float32) / 255, filtered, filtered]


def _even(length: int) -> int:
    return length + length % 2
