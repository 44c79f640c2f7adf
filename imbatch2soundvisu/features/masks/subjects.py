"""The subject of an image without a network: GrabCut, started from what draws the eye."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...datasets.saliency import importance

_ROUNDS, _FREE_ROUNDS = 5, 3
_SMALLEST = 0.15  # parts smaller than this share of the largest part are left out
_SURE = 0.6  # the share of the salient region that is not certain to be the subject at first
_FLAT = 1e-3


def subject_mask(rgb: np.ndarray, side: int = 256) -> np.ndarray:
    """Return where the subject of an image is.

    What draws the eye most starts as the subject, and the dull part of the border as the background; GrabCut fits
    colours to both and cuts along edges. Then nothing is certain any more, and it is fitted again.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.
    side : int
        Long side, in pixels, at which it is computed.

    Returns
    -------
    ndarray of shape (h', w')
        float32 in [0, 1], at that size. All 0 for an image without contrast.

    References
    ----------
    Rother, Kolmogorov & Blake 2004, "GrabCut: interactive foreground extraction using iterated graph cuts".
    Hou & Zhang 2007, "Saliency detection: a spectral residual approach".

    Examples
    --------
    >>> image = np.full((60, 90, 3), (40, 90, 60), np.uint8)
    >>> image[20:40, 50:80] = (200, 30, 30)
    >>> found = subject_mask(image, side=90) > 0.5
    >>> int(found.sum()), bool(found[22:38, 52:78].all())
    (600, True)
    """
    scale = min(1.0, side / max(rgb.shape[:2]))
    size = max(8, round(rgb.shape[1] * scale)), max(8, round(rgb.shape[0] * scale))
    lab = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2Lab)
    if lab.reshape(-1, 3).std(axis=0).max() < 1.0:
        return np.zeros(lab.shape[:2], np.float32)
    labels = _seeds(rgb, size)
    if not _both(labels):
        return np.zeros(lab.shape[:2], np.float32)
    everywhere: Any = None  # OpenCV's own types leave this out
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)
    cv2.grabCut(lab, labels, everywhere, background, foreground, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    labels[labels == cv2.GC_FGD] = cv2.GC_PR_FGD
    if _both(labels):
        cv2.grabCut(lab, labels, everywhere, background, foreground, _FREE_ROUNDS, cv2.GC_EVAL)
    return _main_parts(labels == cv2.GC_PR_FGD).astype(np.float32)


def _seeds(rgb: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w) uint8: the labels of GrabCut to start with."""
    blurred = cv2.GaussianBlur(cv2.resize(importance(rgb), size, interpolation=cv2.INTER_CUBIC), (0, 0), max(size) / 64)
    salient: np.ndarray = blurred / max(_FLAT, float(blurred.max()))
    level, _ = cv2.threshold((salient.clip(0, 1) * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    threshold = max(_FLAT, level / 255)
    labels = np.where(salient > 0.8 * threshold, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    above = salient[salient > threshold]
    if len(above):
        labels[salient > np.quantile(above, _SURE)] = cv2.GC_FGD
    margin = max(2, round(0.015 * max(size)))
    border = np.ones(labels.shape, bool)
    border[margin:-margin, margin:-margin] = False
    labels[border & (salient < threshold)] = cv2.GC_BGD
    return labels


def _both(labels: np.ndarray) -> bool:
    """Whether there is a subject and a background."""
    subject = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    return bool(subject.any() and not subject.all())


def _main_parts(mask: np.ndarray) -> np.ndarray:
    """The mask without its small parts."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count < 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept: np.ndarray = np.isin(parts, 1 + np.flatnonzero(areas >= _SMALLEST * areas.max()))
    return kept
