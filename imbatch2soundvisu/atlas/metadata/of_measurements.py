"""What was measured as metadata: names of clusters in words, classes of ImageNet, numbers of faces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ... import clustering
from ...clustering.contents import classified
from ...core import Clusters, FeatureTable, Profile
from ..data import Metadata

#: The column with the classes of an image.
CLASSES = "shows"
#: The note where the tags are not those of people.
TAGS_ARE_CLASSES = "tags are classes of ImageNet, by the embedding"
_SURE, _MOST = 0.15, 3  # the least probability of a class, and how many of one image are named
_NUMBERED = re.compile(r"cluster \d+")
_NAMED = 2  # words of a name
_TAG_SHARE, _TAG_LIFT = 0.25, 2.0  # from which a tag names a cluster


def with_words(clusters: Clusters, table: FeatureTable, tags: Sequence[Sequence[str]] = ()) -> Clusters:
    """Return clusters whose numbered names are words: their tags, what their images show, else how they differ.

    Parameters
    ----------
    clusters : Clusters
        Those with names of their own, such as folders, keep them.
    table : FeatureTable
        The images that were clustered.
    tags : sequence of sequences of str, optional
        Of each image, from its metadata. A cluster is named by those that many of its images have, and few others.

    Examples
    --------
    "cluster 3" becomes "Ships, Ice", or "tabby cat, tiger cat" with a classifier, or "darker, warmer".
    """
    if not any(map(_NUMBERED.fullmatch, clusters.names)):
        return clusters
    profiles = clustering.profiles(table, clusters)
    names = [
        (_tags_of(profile.rows, tags) or _short(profile) or name) if _NUMBERED.fullmatch(name) else name
        for name, profile in zip(clusters.names, profiles, strict=True)
    ]
    return replace(clusters, names=_distinct(names))


def _tags_of(rows: np.ndarray, tags: Sequence[Sequence[str]]) -> str:
    """The tags that set a cluster apart: on a quarter of its images, and on twice as large a share as elsewhere."""
    inside, everywhere = (
        Counter(tag for row in rows.tolist() for tag in tags[row]) if tags else Counter(),
        Counter[str](),
    )
    for each in tags:
        everywhere.update(each)
    others = max(1, len(tags) - len(rows))
    found = []
    for tag, count in inside.items():
        share, elsewhere = count / len(rows), (everywhere[tag] - count) / others
        if share >= _TAG_SHARE and share >= _TAG_LIFT * elsewhere:
            found.append((round(elsewhere - share, 6), tag))
    return ", ".join(tag for _, tag in sorted(found)[:_NAMED])


def _short(profile: Profile) -> str:
    """A name for a label on a map: the classes, else the group of classes, else differences."""
    if profile.classes:
        return ", ".join(name for name, _ in profile.classes[:_NAMED])
    return profile.contents.removeprefix("mostly ") or ", ".join(profile.differences[:_NAMED])


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names, with a number where one is there more than once."""
    count, seen, found = Counter(names), Counter[str](), []
    for name in names:
        seen[name] += 1
        found.append(name if count[name] == 1 or seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)


def with_measurements(metadata: Metadata, table: FeatureTable) -> Metadata:
    """Return metadata with what was measured: classes of ImageNet as the column "shows", and numbers of faces.

    Parameters
    ----------
    metadata : Metadata
        Where no image of it has a tag, the classes are the tags as well.
    table : FeatureTable
        With an embedding that has a classifier, such as `Cnn()`, and with faces, where these were measured.
    """
    columns, tags, notes = dict(metadata.columns), metadata.tags, metadata.notes
    classes = _classes(table)
    if any(classes):
        columns.setdefault(CLASSES, tuple(", ".join(each) for each in classes))
        if not any(tags):
            tags, notes = classes, (*notes, TAGS_ARE_CLASSES)
    faces = table.faces
    if faces is not None:
        columns.setdefault("faces", tuple(str(len(each)) for each in faces))
    return replace(metadata, columns=columns, tags=tags, notes=notes)


def _classes(table: FeatureTable) -> tuple[tuple[str, ...], ...]:
    """The most probable classes of each image."""
    names, probabilities = classified(table)
    if not names:
        return ((),) * len(table)
    return tuple(_most_probable(names, np.nan_to_num(row)) for row in probabilities)


def _most_probable(names: Sequence[str], shares: np.ndarray) -> tuple[str, ...]:
    first = np.argsort(-shares, kind="stable")[:_MOST]
    return tuple(dict.fromkeys(names[i] for i in first.tolist() if shares[i] >= _SURE))
