"""What the images of a cluster show, by the classes of an embedding that has a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import FeatureTable

#: {group of classes: their numbers}. The classes of animals are in the order of zoology; narrower groups come first.
GROUPS: dict[str, tuple[range, ...]] = {
    "dogs": (range(151, 269),),
    "cats": (range(281, 294),),
    "monkeys": (range(365, 385),),
    "fish": (range(7), range(389, 398)),
    "birds": (range(7, 25), range(80, 101), range(127, 147)),
    "reptiles": (range(33, 69),),
    "insects": (range(300, 327),),
    "animals": (range(398),),
    "food": (range(923, 970), range(987, 989)),
    "landscapes": (range(970, 981),),
}
#: Share of the probability from which a cluster is "mostly" something.
MOST = 0.5
#: Number of classes of ImageNet, to which the groups belong.
IMAGENET = 1000
#: At most so many classes name a cluster.
CLASSES = 3
#: A class is named if it has this share of the probability inside, and so many times that of the other images.
SHARE, LIFT = 0.05, 2.0


@dataclass(frozen=True)
class Contents:
    """What the images of a cluster show: in words, or ""; and (class, mean probability), the largest first."""

    words: str = ""
    classes: tuple[tuple[str, float], ...] = ()


def classified(table: FeatureTable) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of classes and their probabilities for each image, (n, classes); none without a classifier."""
    for name, embedder in table.embedders.items():
        classify = getattr(embedder, "classify", None)
        if callable(classify) and name in table.vectors:
            names, probabilities = classify(table.vectors[name])
            if names:
                return tuple(names), probabilities
    return (), np.zeros((len(table), 0))


def contents(names: Sequence[str], probabilities: np.ndarray, inside: np.ndarray) -> Contents:
    """Return what the images of a cluster show, as words and as classes.

    Parameters
    ----------
    names : sequence of str
        The classes of ImageNet, or other ones, which have no groups.
    probabilities : ndarray, shape (n, len(names))
    inside : ndarray of bool, shape (n,)
        Which images are in the cluster.

    Returns
    -------
    Contents
        Words such as "mostly: tabby cat, tiger cat"; "mostly birds: jay, magpie" where only the group is frequent;
        "among others: palace, castle" below a half; "" where no class sets the cluster apart.

    Examples
    --------
    >>> contents(["cat", "dog"], np.array([[0.9, 0.1], [0.7, 0.3], [0.0, 1.0]]), np.array([True, True, False]))
    Contents(words='mostly: cat', classes=(('cat', 0.8),))
    """
    known = np.isfinite(probabilities).all(axis=1) if names else np.zeros(len(inside), bool)
    if not (known & inside).any():
        return Contents()
    own, others = (_mean(probabilities[known & side]) for side in (inside, ~inside))
    places = [i for i in np.argsort(-np.round(own, 6), kind="stable") if own[i] >= max(SHARE, LIFT * others[i])]
    classes = tuple((names[i], round(float(own[i]), 6)) for i in places[:CLASSES])
    group = _group(own, others) if len(names) == IMAGENET else ""
    listed = ", ".join(name for name, _ in classes)
    if sum(share for _, share in classes) >= MOST:
        return Contents(f"mostly: {listed}", classes)
    if group:
        return Contents(f"mostly {group}" + (f": {listed}" if listed else ""), classes)
    return Contents(f"among others: {listed}" if listed else "", classes)


def _mean(probabilities: np.ndarray) -> np.ndarray:
    return probabilities.mean(axis=0) if len(probabilities) else np.zeros(probabilities.shape[1])


def _group(own: np.ndarray, others: np.ndarray) -> str:
    """The narrowest group that most of the probability is in, and twice that of the other images; "" without one."""
    for name, members in GROUPS.items():
        numbers = np.concatenate(members)
        if own[numbers].sum() >= max(MOST, LIFT * others[numbers].sum()):
            return name
    return ""
