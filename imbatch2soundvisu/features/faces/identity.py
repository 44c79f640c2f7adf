"""Who a face shows: a model of one person from examples, and the people of a collection by clustering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.text import plural

#: Distance of identities, Euclidean, at which two faces show as likely one person as two. Among 92 photographs of 10
#: people, faces of one person were at most 0.43 apart and those of two at least 0.56.
SAME_PERSON = 0.5
#: The distance in which the score of a face falls from 0.73 to 0.5.
_STEP = 0.035
#: Fewer examples of the person, or faces of others, than this are too few.
FEW_EXAMPLES, _FEW_OTHERS = 5, 20
_FOLDS = 5
#: More faces than this are first joined to groups of nearly equal ones.
_MOST_LINKED, _NEARLY_EQUAL = 4000, 0.25


@dataclass(frozen=True)
class PersonModel:
    """Says how likely a face shows one person.

    A face shows the person when it is near to an example (by the distance of identities) and, where there are examples
    of others, on the person's side of a linear support vector machine. The score is the lesser of the two as
    probabilities.

    Attributes
    ----------
    examples : ndarray, shape (n, d)
        Identities of the person.
    weights : ndarray, shape (d,), optional
        Of the support vector machine, with `bias`: 0 halfway between the cross-validated values of the two classes, 1
        in the middle of those of the person. None: no examples of others.
    bias : float
    precision, recall : float
        By cross-validation; `precision` is NaN with fewer than 2 others, `recall` with fewer than 2 examples.
    warnings : tuple of str
        What the user should know about the examples.
    """

    examples: np.ndarray
    weights: np.ndarray | None = None
    bias: float = 0.0
    precision: float = float("nan")
    recall: float = float("nan")
    warnings: tuple[str, ...] = ()

    def scores(self, descriptors: np.ndarray) -> np.ndarray:
        """Return how likely each face shows the person, (m,) in [0, 1]; from 0.5 it is more likely than not.

        Parameters
        ----------
        descriptors : ndarray, shape (m, d)
        """
        near = _near_scores(self.examples, descriptors)
        if self.weights is None:
            return near
        return np.minimum(near, _logistic(4.0 * (np.asarray(descriptors, np.float64) @ self.weights + self.bias)))


def person_model(examples: np.ndarray, others: np.ndarray | None = None) -> PersonModel:
    """Return a model of one person.

    Parameters
    ----------
    examples : ndarray, shape (n, d)
        Identities of faces of the person, n from 1.
    others : ndarray, shape (m, d), optional
        Identities of faces of other people.

    Raises
    ------
    ValueError
        Without examples.

    References
    ----------
    Cortes & Vapnik 1995, "Support-vector networks"; the distance of 0.5 to 0.6: King 2017, "High quality face
    recognition with deep metric learning" (dlib).

    Examples
    --------
    >>> me, others = np.eye(4)[:1] * 0.1 + np.zeros((6, 4)), np.eye(4)[1:2] + np.zeros((20, 4))
    >>> person_model(me, others).scores(np.array([[0.1, 0, 0, 0], [0, 1, 0, 0]])).round(1).tolist()
    [1.0, 0.0]
    """
    own = np.asarray(examples, np.float64)
    if len(own) == 0:
        raise ValueError("a model of a person needs at least one example")
    apart = np.zeros((0, own.shape[1])) if others is None else np.asarray(others, np.float64)
    notes = _warnings(own, len(apart))
    if not len(apart) or len(own) < 2:
        recall = float((_left_out(own) >= 0.5).mean()) if len(own) > 1 else float("nan")
        return PersonModel(own, recall=recall, warnings=notes)
    own_scores, other_scores = _cross_validated(own, apart)
    weights, bias = _machine(own, apart)
    hits, false = int((own_scores >= 0.5).sum()), int((other_scores >= 0.5).sum())
    precision = hits / (hits + false) if hits + false and len(other_scores) else float("nan")
    return PersonModel(own, weights, bias, precision, hits / len(own), notes)


def unlike_others(examples: np.ndarray) -> np.ndarray:
    """Return the rows of examples that show another person than most of them, (k,) intp.

    These are the examples whose median distance to the others is above `SAME_PERSON`. Fewer than 3 examples: none.

    Parameters
    ----------
    examples : ndarray, shape (n, d)
    """
    if len(examples) < 3:
        return np.zeros(0, np.intp)
    apart = _distances(examples, examples)
    np.fill_diagonal(apart, np.nan)
    return np.flatnonzero(np.nanmedian(apart, axis=1) > SAME_PERSON)


def people(descriptors: np.ndarray, distance: float = SAME_PERSON) -> np.ndarray:
    """Return the person of each face, (n,) intp, by average linkage; 0 has most faces, equal ones by the first face.

    Parameters
    ----------
    descriptors : ndarray, shape (n, d)
        Identities.
    distance : float
        Mean distance at which two clusters are no longer joined.

    References
    ----------
    Sokal & Michener 1958 (average linkage).

    Examples
    --------
    >>> people(np.array([[0.0, 1.0], [5.0, 0.0], [5.0, 0.1], [0.0, 1.1], [5.1, 0.0]])).tolist()
    [1, 0, 0, 1, 0]
    """
    points = np.asarray(descriptors, np.float64)
    if len(points) < 2:
        return np.zeros(len(points), np.intp)
    if len(points) <= _MOST_LINKED:
        return _by_size(_linked(points, distance))
    first = _nearly_equal(points)
    sums = np.zeros((first.max() + 1, points.shape[1]))
    np.add.at(sums, first, points)
    means = sums / np.bincount(first)[:, None]
    return _by_size(_linked(means, distance)[first])


def _linked(points: np.ndarray, distance: float) -> np.ndarray:
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(points) < 2:
        return np.zeros(len(points), np.intp)
    return fcluster(linkage(points, "average"), distance, "distance").astype(np.intp)


def _nearly_equal(points: np.ndarray) -> np.ndarray:
    """Groups of faces within `_NEARLY_EQUAL` of the first of their group, (n,) from 0."""
    group = np.full(len(points), -1, np.intp)
    squares = (points**2).sum(axis=1)
    count = 0
    for i in range(len(points)):
        if group[i] < 0:
            near = squares + squares[i] - 2.0 * points @ points[i] <= _NEARLY_EQUAL**2
            near[i] = True
            group[near & (group < 0)] = count
            count += 1
    return group


def _by_size(labels: np.ndarray) -> np.ndarray:
    """Labels numbered by descending size, equal sizes by their first member."""
    found, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(found), np.intp)
    rank[np.lexsort((first, -counts))] = np.arange(len(found))
    return rank[inverse]


def _warnings(own: np.ndarray, n_others: int) -> tuple[str, ...]:
    notes = []
    if len(own) < FEW_EXAMPLES:
        notes.append(f"{plural(len(own), 'example')} of the person; {FEW_EXAMPLES} or more find more faces")
    if n_others == 0:
        notes.append("no examples of other people, so that it is not known how many of the faces taken are wrong")
    elif n_others < _FEW_OTHERS:
        notes.append(f"{plural(n_others, 'example')} of other people; {_FEW_OTHERS} or more make fewer mistakes")
    return tuple(notes)


def _cross_validated(own: np.ndarray, apart: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores of examples and of others by models that were made without them; none of a single other one."""
    folds = min(_FOLDS, len(own), len(apart))
    if folds < 2:
        return _left_out(own), np.zeros(0)
    own_fold, other_fold = np.arange(len(own)) % folds, np.arange(len(apart)) % folds
    own_scores, other_scores = np.zeros(len(own)), np.zeros(len(apart))
    for fold in range(folds):
        weights, bias = _machine(own[own_fold != fold], apart[other_fold != fold])
        model = PersonModel(own[own_fold != fold], weights, bias)
        own_scores[own_fold == fold] = model.scores(own[own_fold == fold])
        other_scores[other_fold == fold] = model.scores(apart[other_fold == fold])
    return own_scores, other_scores


def _machine(own: np.ndarray, apart: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias of a linear support vector machine, scaled: 0 between the classes, 1 at the person's median."""
    from sklearn.svm import SVC

    classes = np.r_[np.ones(len(own)), np.zeros(len(apart))]
    machine = SVC(kernel="linear", class_weight="balanced").fit(np.concatenate([own, apart]), classes)
    weights, bias = machine.coef_[0], float(machine.intercept_[0])
    half = max(1e-9, float(np.median(own @ weights + bias)))
    return weights / half, bias / half


def _left_out(own: np.ndarray) -> np.ndarray:
    """The score of each example by the others."""
    return np.array([_near_scores(np.delete(own, i, axis=0), own[i : i + 1])[0] for i in range(len(own))])


def _near_scores(examples: np.ndarray, descriptors: np.ndarray) -> np.ndarray:
    """Scores by the distance to the nearest example."""
    if not len(descriptors):
        return np.zeros(0)
    return _logistic((SAME_PERSON - _distances(descriptors, examples).min(axis=1)) / _STEP)


def _distances(a: Sequence[Sequence[float]] | np.ndarray, b: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import cdist

    return cdist(np.asarray(a, np.float64), np.asarray(b, np.float64))


def _logistic(values: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(values, -50.0, 50.0)))
