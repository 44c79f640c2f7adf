"""Where the camera was for each image of a shot: pairs are aligned, and their motions joined to one picture of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..clustering.arrays import parallel_map
from ..features.motion import camera_of, dense_flow
from ..features.motion.passes import UNRELATED
from ..features.motion.thumbnails import SIDE
from .path_search import distance_blocks

_NEIGHBOURS = 8  # similar images that each image is aligned with
_ROUNDS = 5  # of the robust fit of positions to motions
_TRUSTED = 0.5  # px: by which motions may disagree with each other


@dataclass(frozen=True)
class Poses:
    """Positions of the camera, and the component of each image: those connected by pairs that could be aligned.

    Parameters
    ----------
    positions : ndarray of shape (n, 4)
        To the right, downwards, magnification and rotation, as the motion of content in pixels of a thumbnail; those of
        each component have the mean 0.
    components : ndarray of shape (n,)
        int, numbered by their first image.
    """

    positions: np.ndarray
    components: np.ndarray


def poses(thumbnails: np.ndarray) -> Poses:
    """Return where the camera was for each image.

    Each image is aligned, by optical flow, with those that look most like it. The positions are those whose differences
    agree best with the motions that were found, by iteratively reweighted least squares.

    Parameters
    ----------
    thumbnails : ndarray of shape (n, 4096)
        Grey levels.
    """
    images = [_rgb(each) for each in thumbnails]
    pairs = _similar_pairs(thumbnails)

    def motion(number: int) -> np.ndarray | None:
        return _motion(images[pairs[number, 0]], images[pairs[number, 1]])

    found = list(parallel_map(motion, range(len(pairs)), 10**9))
    kept = [number for number, each in enumerate(found) if each is not None]
    edges = pairs[kept].reshape(-1, 2)
    moved = np.array([found[number] for number in kept], np.float64).reshape(-1, 4)
    return Poses(_positions(len(images), edges, moved), _components(len(images), edges))


def _rgb(thumbnail: np.ndarray) -> np.ndarray:
    grey = np.clip(np.rint(np.nan_to_num(thumbnail)), 0, 255).astype(np.uint8).reshape(SIDE, SIDE)
    return np.repeat(grey[..., None], 3, axis=2)


def _similar_pairs(thumbnails: np.ndarray) -> np.ndarray:
    """(m, 2) rows of images that look alike, the lower one first, ascending."""
    points = np.nan_to_num(np.asarray(thumbnails, np.float64))
    count = min(_NEIGHBOURS, len(points) - 1)
    found = set()
    for rows, block in distance_blocks(points):
        block[np.arange(len(block)), np.arange(rows.start, rows.stop)] = np.inf
        near = np.argsort(block, axis=1, kind="stable")[:, :count]
        found |= {(min(i, j), max(i, j)) for i, row in enumerate(near.tolist(), rows.start) for j in row}
    return np.array(sorted(found), np.intp).reshape(-1, 2)


def _motion(first: np.ndarray, second: np.ndarray) -> np.ndarray | None:
    """Translation, magnification and rotation from one image to another, (4,) px; None for unrelated images."""
    flow = dense_flow(first, second)
    if flow.unlike >= UNRELATED:
        return None
    camera = camera_of(flow.vectors, flow.valid)
    if camera is None:
        return None
    return np.array([camera.x, camera.y, np.log(camera.zoom) * SIDE / 2, np.radians(camera.rotation) * SIDE / 2])


def _components(count: int, edges: np.ndarray) -> np.ndarray:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.intp)


def _positions(count: int, edges: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """(n, 4): the positions whose differences are the motions, as nearly as possible."""
    from scipy.sparse import coo_array, eye_array
    from scipy.sparse.linalg import splu

    positions, weights = np.zeros((count, 4)), np.ones(len(edges))
    rows = np.repeat(np.arange(len(edges)), 2)
    signs = np.tile([-1.0, 1.0], len(edges))
    incidence = coo_array((signs, (rows, edges.ravel())), shape=(len(edges), count)).tocsc()
    for _ in range(_ROUNDS):
        weighted = incidence.T.multiply(weights).tocsc()
        normal = (weighted @ incidence + 1e-9 * eye_array(count)).tocsc()
        positions = splu(normal).solve(weighted @ moved)
        wrong = np.linalg.norm(incidence @ positions - moved, axis=1)
        weights = 1 / (1 + (wrong / _TRUSTED) ** 2)
    return positions
