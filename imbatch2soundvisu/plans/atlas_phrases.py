"""How similar the images of an atlas are to phrases, as features to filter and to sort by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..core import FeatureTable, Needs
from ..core.errors import ConfigError
from ..measurement.spaces import Space, embedder_of
from ..sorting import Phrase
from ..sorting.image_points import has_text_encoder


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
    for phrase in _phrases(on, phrases):
        needs |= phrase.needs
    return needs


def with_phrases(table: FeatureTable, on: Space, phrases: Sequence[str]) -> FeatureTable:
    """Return the table with a feature for each phrase: the cosine similarity of each image to it, [-1, 1].

    It is NaN for images without a vector.
    """
    columns, info = dict(table.columns), dict(table.info)
    for phrase in _phrases(on, phrases):
        columns[phrase.info.name], info[phrase.info.name] = phrase(table), phrase.info
    return replace(table, columns=columns, info=info)


def _phrases(on: Space, phrases: Sequence[str]) -> list[Phrase]:
    """The features of the phrases, in the first space that reads text."""
    members = on if isinstance(on, tuple) else (on,)
    reader: Any = next((each for each in members if has_text_encoder(embedder_of(each))), "clip")
    return [Phrase(text, on=reader) for text in dict.fromkeys(phrases)]
