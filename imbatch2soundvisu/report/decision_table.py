"""The musical decisions of a sequence, image by image: feature, value, parameter, outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core import FeatureInfo, tempo_text
from .formatting import MISSING, cell, clamp, clock, number_or_none, number_text

Decision = Mapping[str, Any]

#: Columns of the table, in this order; others follow.
_COLUMNS = ("melody", "degree", "mode", "register", "velocity", "level", "bass", "phrase")
#: Keys that have an own place in the row, or that only programs need.
_PLACED = (
    "position", "name", "path", "value", "bar", "beat", "frame", "sample", "chord", "chords", "why", "because", "with",
    "ranking", "left_out", "measured", "place", "phrase_key", "tempo_notes", "metre_notes",
)  # fmt: skip
#: The key of the first decision that holds what the tracks were compared with, axis by axis in [0, 1].
_TRACK_TARGET = "target"
_INVERSE = " (less of it gives more)"


def image_rows(
    names: Sequence[str],
    shown: Sequence[str],
    starts_s: Sequence[float],
    decisions: Sequence[Decision],
    features: Mapping[str, FeatureInfo],
) -> list[dict[str, Any]]:
    """Return one row of the table for each image.

    Parameters
    ----------
    names, shown : sequence of str
        The names of the images, and their driving values as text.
    starts_s : sequence of float
        When each image begins.
    decisions : sequence of mapping
        Those of the music; may be shorter than `names`.
    features : mapping
        {name: FeatureInfo}, for the values in the reasons.
    """
    padded = [decisions[i] if i < len(decisions) else {} for i in range(len(names))]
    return [
        {
            "name": name,
            "shown": shown[i] if i < len(shown) else "",
            "start": clock(starts_s[i]),
            "decision": padded[i],
            "bar_beat": bar_beat(padded[i]),
            "moment": _moment(padded[i]),
            "reasons": _reasons(padded[i], features),
        }
        for i, name in enumerate(names)
    ]


def table_columns(decisions: Sequence[Decision]) -> dict[str, Any]:
    """Return which keys of the decisions are shown where.

    Returns
    -------
    dict
        `decision_keys`: those that some image has. `columns`: those with a column. `folded`: those shown with the
        reasons of an image instead, where the music gives reasons (`explained`). `constant`: (key, text) of those that
        are the same for all images, or are given once for the sequence.
    """
    keys = list({key: None for decision in decisions for key, value in decision.items() if cell(value) != MISSING})
    listed = [key for key in _COLUMNS if key in keys] + [key for key in keys if key not in (*_COLUMNS, *_PLACED)]
    texts = {key: _distinct_texts(key, decisions) for key in listed}
    constant = [key for key in listed if len(texts[key]) == 1 and len(decisions) > 1]
    varied = [key for key in listed if key not in constant]
    explained = any(_reasons(decision, {}) for decision in decisions)
    return {
        "decision_keys": keys,
        "columns": [] if explained else varied,
        "folded": varied if explained else [],
        "explained": explained,
        "constant": [(key, *texts[key]) for key in constant],
    }


def _distinct_texts(key: str, decisions: Sequence[Decision]) -> set[str]:
    """The different texts of a key; one where only the first decision has it, for the whole sequence."""
    first = decisions[0].get(key)
    if isinstance(first, Mapping) and not any(decision.get(key) for decision in decisions[1:]):
        return {_track_target(decisions[0]) if key == _TRACK_TARGET else cell(first)}
    return {_text(key, decision.get(key)) for decision in decisions}


def _text(key: str, value: Any) -> str:
    tempo = number_or_none(value) if key == "tempo_bpm" else None
    return cell(value) if tempo is None else tempo_text(tempo)


def _track_target(decision: Decision) -> str:
    """What a track was to be like, axis by axis, with the value of the chosen track behind it."""
    chosen = decision.get("place")
    texts = []
    for axis, value in decision[_TRACK_TARGET].items():
        target = number_or_none(value)
        found = number_or_none(chosen.get(axis)) if isinstance(chosen, Mapping) else None
        behind = "" if found is None else f" (the track {found:.2f})"
        texts.append(f"{str(axis).replace('_', ' ')} {cell(value) if target is None else f'{target:.2f}'}{behind}")
    return ", ".join(texts) or MISSING


def _reasons(decision: Decision, features: Mapping[str, FeatureInfo]) -> list[dict[str, Any]]:
    """Which feature of the image led to which outcome; of both styles for a mix. Undefined features are left out."""
    rows = [row for row in _mappings(decision.get("because")) if row.get("value", "") is not None]
    other = decision.get("with")
    found = [_reason(row, features) for row in rows]
    return found + (_reasons(other, features) if isinstance(other, Mapping) else [])


def _reason(row: Mapping[str, Any], features: Mapping[str, FeatureInfo]) -> dict[str, Any]:
    feature, value, level = str(row.get("feature") or ""), row.get("value"), number_or_none(row.get("level"))
    number = number_or_none(value)
    terms = [term.strip() for term in feature.split("+")]
    info = features.get(feature.removeprefix("-"))
    return {
        "feature": " + ".join(_feature_text(term, marked=len(terms) > 1) for term in terms) or MISSING,
        "inverse": _INVERSE if len(terms) == 1 and feature.startswith("-") else "",
        "value": info.format(number) if info and number is not None else cell(value),
        "percent": None if level is None else round(100 * clamp(level)),
        "parameter": str(row.get("parameter") or "").replace("_", " "),
        "outcome": cell(row.get("outcome")),
    }


def _feature_text(term: str, marked: bool) -> str:
    """A feature's name; `marked`: with a remark where it is used inversely."""
    return term.removeprefix("-").replace("_", " ") + (_INVERSE if marked and term.startswith("-") else "")


def track_rankings(music: Mapping[str, Any], decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """Return the tracks that were compared, one table for each style of a mix that used tracks.

    Returns
    -------
    list of dict
        `ranking`: track, distance and whether it was chosen, nearest first; `left_out`: path and reason of the tracks
        that could not be used.
    """
    found: list[dict[str, Any]] = []
    decision: Any = decisions[0] if decisions else {}
    while isinstance(decision, Mapping):
        ranking = [_ranked(row, decision) for row in _mappings(music.get("ranking") or decision.get("ranking"))]
        left_out = [
            {"path": str(row.get("track") or MISSING), "reason": str(row.get("reason") or "")}
            for row in _mappings(decision.get("left_out"))
        ]
        if ranking or left_out:
            found.append({"ranking": ranking, "left_out": left_out})
        music, decision = {}, decision.get("with")
    return found


def _ranked(row: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    track = row.get("track")
    return {
        "track": str(track or MISSING),
        "distance": number_text(number_or_none(row.get("distance"))),
        "chosen": bool(row.get("chosen", track is not None and track == decision.get("track"))),
    }


def bar_beat(decision: Decision) -> str:
    """Return bar and beat as musicians write them.

    >>> bar_beat({"bar": 12, "beat": 1})
    '12.1'
    """
    return ".".join(str(decision[key]) for key in ("bar", "beat") if decision.get(key) is not None)


def _moment(decision: Decision) -> str:
    """Frame and sample, where the decision has them."""
    known = {key: number_or_none(decision.get(key)) for key in ("frame", "sample")}
    return ", ".join(f"{key} {value:,.0f}" for key, value in known.items() if value is not None)


def _mappings(given: Any) -> list[Mapping[str, Any]]:
    return [row for row in given if isinstance(row, Mapping)] if isinstance(given, list) else []
