"""How similar the images of an atlas are to phrases, as features to filter and to sort by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..core import FeatureTable, Needs
from ..core.errors import ConfigError
from ..measurement.spaces import Space, embedder_of
from ..sorting import AlongText
from ..sorting.image_points import has_text_encoder, text_embedder


def check_phrases(phrases: Any) -> None:
    """Raise ConfigError for anything but a list or tuple of texts."""
    if isinstance(phrases, str):
        raise ConfigError(f"phrases= takes a list of phrases: [{phrases!r}]")
    if not isinstance(phrases, list | tuple) or not all(isinstance(each, str) and each.strip() for each in phrases):
        raise ConfigError(f"phrases={phrases!r} must be a list of texts that are not empty")


def phrase_needs(on: Space, phrases: Sequence[str]) -> Needs:
    """Return what must be measured for phrases: images and phrases in a space that has both.

    Parameters
    ----------
    on : Space
        That of the map; where it has no text encoder, the phrases are read by `Clip()`.
    phrases : sequence of str
    """
    needs = Needs()
    for order in _orders(on, phrases):
        needs |= order.needs
    return needs


def with_phrases(table: FeatureTable, on: Space, phrases: Sequence[str]) -> FeatureTable:
    """Return the table with a feature for each phrase: the cosine similarity of each image to it, [-1, 1].

    It is NaN for images without a vector.
    """
    columns, info = dict(table.columns), dict(table.info)
    for order in _orders(on, phrases):
        values, about = order.driver(table)
        seen = np.isfinite(table.vectors[text_embedder(order.on, "phrases=").name]).all(axis=1)
        columns[about.name], info[about.name] = np.where(seen, values, np.nan), about
    return replace(table, columns=columns, info=info)


def _orders(on: Space, phrases: Sequence[str]) -> list[AlongText]:
    """One order for each phrase, whose value is the similarity to it."""
    members = on if isinstance(on, tuple) else (on,)
    reader: Any = next((each for each in members if has_text_encoder(embedder_of(each))), "clip")
    return [AlongText(phrase, on=reader) for phrase in dict.fromkeys(phrases)]
