"""Which faces are those of a person, of whom there are examples."""

from __future__ import annotations

import numpy as np

#: Distance of identities within which two faces are of one person.
NEAR = 0.52
_NEIGHBOURS = 3


def matches(descriptors: np.ndarray, examples: np.ndarray, others: np.ndarray | None = None) -> np.ndarray:
    """Return how certain it is that faces are those of a person, (n,) float64, from 0 on for those that are.

    Parameters
    ----------
    descriptors : ndarray of shape (n, 128)
        Identities of faces.
    examples : ndarray of shape (e, 128)
        Those of the person, at least one.
    others : ndarray of shape (o, 128), optional
        Those of other people.

    Examples
    --------
    >>> matches(np.array([[0.0, 0.1], [0.0, 2.0]]), np.zeros((1, 2))).round(2).tolist()
    [0.42, -1.48]
    """
    near = _distances(descriptors, examples)
    scores = NEAR - near
    return scores if others is None or not len(others) else np.minimum(scores, _distances(descriptors, others) - near)


def _distances(points: np.ndarray, to: np.ndarray) -> np.ndarray:
    """The mean distance of each point to its nearest few."""
    squares = (points**2).sum(axis=1)[:, None] + (to**2).sum(axis=1) - 2 * points @ to.T
    nearest = np.sort(np.maximum(0.0, squares.astype(np.float64)), axis=1)[:, : min(_NEIGHBOURS, len(to))]
    return np.asarray(np.sqrt(nearest).mean(axis=1))
