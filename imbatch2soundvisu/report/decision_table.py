"""Why the music is what it is, as the gallery tells it: feature, decision, and the moment, image by image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core import FeatureInfo, tempo_text
from .pages import cell, clamp, clock, number_or_none, number_text

#: Columns of the music's decisions, in the order they are read; others follow.
DECISIONS = ("melody", "degree", "mode", "register", "velocity", "level", "bass", "phrase")
#: Said elsewhere in the row, or meant for programs.
TOLD = (
    "position", "name", "path", "value", "bar", "beat", "frame", "sample", "chord", "chords", "why", "because", "with",
    "ranking", "left_out", "measured", "place", "phrase_key",
)  # fmt: skip


def images(
    names: Sequence[str],
    shown: Sequence[str],
    starts: Sequence[float],
    decisions: Sequence[Mapping[str, Any]],
    known: Mapping[str, FeatureInfo],
) -> list[dict[str, Any]]:
    """The rows of the table: one an image. known : what features mean, by name."""
    return [
        {
            "name": name,
            "shown": shown[i] if i < len(shown) else "",
            "start": clock(starts[i]),
            "decision": decisions[i] if i < len(decisions) else {},
            "place": place(decisions[i]) if i < len(decisions) else "",
            "moment": _moment(decisions[i]) if i < len(decisions) else "",
            "reasons": _reasons(decisions[i], known) if i < len(decisions) else [],
        }
        for i, name in enumerate(names)
    ]


def _reasons(decision: Mapping[str, Any], known: Mapping[str, FeatureInfo]) -> list[dict[str, Any]]:
    """What of the image was heard as what: feature, value, share of its bar in percent, parameter, outcome.

    Of music mixed of two, those of both. What an image has no value of is no cause of anything, and left out.
    """
    other = decision.get("with")
    found = [_reason(row, known) for row in _rows(decision.get("because")) if row.get("value", "") is not None]
    return found + (_reasons(other, known) if isinstance(other, Mapping) else [])


def _reason(row: Mapping[str, Any], known: Mapping[str, FeatureInfo]) -> dict[str, Any]:
    feature, value, level = str(row.get("feature") or ""), row.get("value"), _number(row.get("level"))
    number = _number(value)
    terms = [term.strip() for term in feature.split("+")]
    info = known.get(feature.removeprefix("-"))
    return {
        "feature": " + ".join(_named(term, len(terms) > 1) for term in terms) or "–",
        "inverse": len(terms) == 1 and feature.startswith("-"),
        "value": info.format(number) if info and number is not None else cell(value),
        "share": None if level is None else round(100 * clamp(level)),
        "parameter": str(row.get("parameter") or "").replace("_", " "),
        "outcome": cell(row.get("outcome")),
    }


def _named(term: str, among: bool) -> str:
    """A feature as a person reads it. among : it is one of several, and says itself that it is followed inversely."""
    inverse = " (the less, the more)" if among and term.startswith("-") else ""
    return term.removeprefix("-").replace("_", " ") + inverse


def rankings(music: Mapping[str, Any], decisions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tracks that were chosen from, as `ranking`, nearest first: track, distance, and whether it was chosen; and
    as `left_out` those that could not be used: path and reason. Of music mixed of two, those of both."""
    found: list[dict[str, Any]] = []
    told: Any = decisions[0] if decisions else {}
    while isinstance(told, Mapping):
        rows = _rows(music.get("ranking") or told.get("ranking"))
        ranking = [
            {
                "track": str(row.get("track") or "–"),
                "distance": number_text(_number(row.get("distance"))),
                "chosen": bool(
                    row.get("chosen", row.get("track") is not None and row.get("track") == told.get("track"))
                ),
            }
            for row in rows
        ]
        left_out = [
            {"path": str(row.get("track") or "–"), "reason": str(row.get("reason") or "")}
            for row in _rows(told.get("left_out"))
        ]
        if ranking or left_out:
            found.append({"ranking": ranking, "left_out": left_out})
        music, told = {}, told.get("with")
    return found


def _rows(given: Any) -> list[Mapping[str, Any]]:
    return [row for row in given if isinstance(row, Mapping)] if isinstance(given, list) else []


def columns(decisions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`has`: the keys that some image has. `columns`: those worth a column of their own; `folded`: instead, where
    the music explains itself (`explained`), those shown with its reasons. `throughout`: (key, text) of those that
    are the same of every image, or are told once for the piece."""
    has = list({key: None for decision in decisions for key, value in decision.items() if cell(value) != "–"})
    told = [key for key in DECISIONS if key in has] + [key for key in has if key not in (*DECISIONS, *TOLD)]
    others: Sequence[Mapping[str, Any]] = decisions[1:]
    once = [key for key in told if isinstance(decisions[0].get(key), Mapping) and not any(d.get(key) for d in others)]
    texts = {key: {_text(key, decision.get(key)) for decision in decisions} for key in told}
    texts |= {key: {_once(key, decisions[0])} for key in once}
    same = [key for key in told if len(texts[key]) == 1 and len(decisions) > 1]
    varied = [key for key in told if key not in same]
    explained = any(_reasons(decision, {}) for decision in decisions)
    return {
        "has": has,
        "columns": [] if explained else varied,
        "folded": varied if explained else [],
        "explained": explained,
        "throughout": [(key, *texts[key]) for key in same],
    }


def _text(key: str, value: Any) -> str:
    tempo = _number(value) if key == "tempo_bpm" else None
    return cell(value) if tempo is None else tempo_text(tempo)


def _once(key: str, decision: Mapping[str, Any]) -> str:
    """What is told of the whole piece. What was wished of a track, axis by axis, stands beside the place that the
    track has among those it was chosen from; both in [0, 1]."""
    here = decision.get("place")
    if key != "wished":
        return cell(decision[key])
    told = []
    for axis, value in decision[key].items():
        wished, found = (_number(each) for each in (value, here.get(axis) if isinstance(here, Mapping) else None))
        beside = "" if found is None else f" (the track {found:.2f})"
        told.append(f"{str(axis).replace('_', ' ')} {cell(value) if wished is None else f'{wished:.2f}'}{beside}")
    return ", ".join(told) or "–"


def place(decision: Mapping[str, Any]) -> str:
    """Bar and beat as musicians write them: "12.1"."""
    return ".".join(str(decision[key]) for key in ("bar", "beat") if decision.get(key) is not None)


def _moment(decision: Mapping[str, Any]) -> str:
    """Frame and sample, as far as they are told."""
    told = {key: _number(decision.get(key)) for key in ("frame", "sample")}
    return ", ".join(f"{key} {value:,.0f}" for key, value in told.items() if value is not None)


def _number(value: Any) -> float | None:
    return number_or_none(value) if isinstance(value, int | float) else None
