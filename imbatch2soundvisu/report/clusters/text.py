"""The report as text that a person can read and mail."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from ...core import Clusters, FeatureTable, Result
from ..pages import plural, whole
from .report_data import (
    Part,
    compared,
    figure,
    measures,
    names_of,
    opening,
    others_of,
    percent,
    piece_of,
    root_of,
    saw,
    verdict,
)

_WIDTH = 96
#: How many features are told of each part.
_FEATURES = 8


def summary(
    plan: str,
    table: FeatureTable,
    groups: Clusters,
    parts: Sequence[Part],
    pieces: Sequence[Result],
    files: Mapping[str, str],
) -> str:
    """The whole report: collection, grouping and why, quality, each part, files."""
    names = names_of(table)
    blocks = [
        f"{plan}\n{'=' * max(3, len(plan))}",
        _collection(table, groups),
        _section("Why these parts", [_item(note) for note in groups.notes]),
        _section("How good the parts are", _quality(groups)),
        _section("The parts", ["\n\n".join(_part(part, table, names, pieces) for part in parts)]),
        _section("All parts together", [_together(piece) for piece in others_of(parts, pieces)]),
        _section("Files", [f"  {name}" for name in files.values()]),
    ]
    return whole("\n\n".join(block for block in blocks if block) + "\n")


def _collection(table: FeatureTable, groups: Clusters) -> str:
    root = root_of(table)
    lines = [f"{opening(table, groups)}{f', from {root}' if root else ''}.", f"Grouped by {groups.by}."]
    looked = saw(table, groups)
    return "\n".join(lines + ([f"It looked at {looked}."] if looked else []))


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, "-" * len(title), *lines]) if lines else ""


def _quality(groups: Clusters) -> list[str]:
    lines = [_wrapped(verdict(groups), "")] if verdict(groups) else []
    for measure in measures(groups):
        random = f"   (shuffled labels {measure.random})" if measure.random else ""
        lines += [f"  {measure.name:<30} {measure.value:>8}{random}", _wrapped(measure.meaning, "      ")]
    return lines


def _part(part: Part, table: FeatureTable, names: Sequence[str], pieces: Sequence[Result]) -> str:
    silhouette = "" if figure(part.silhouette) == "–" else f", silhouette {figure(part.silhouette)}"
    number = "" if part.place is None else f"{part.place + 1}. "
    lines = [f"{number}{part.name}: {plural(part.size, 'image')} ({percent(part.size, len(table))}){silhouette}"]
    if part.profile is not None:
        profile = part.profile
        told = [f"{row['name']} {row['here']} ({row['rest']})" for row in compared(table, profile)[:_FEATURES]]
        lines += [f"   {profile.words}"]
        lines += [_row("means", ", ".join(told) + "; in brackets the other images")] if told else []
        lines += [_row("middle", names[profile.medoid])] if profile.medoid >= 0 else []
        lines += [_row("typical", ", ".join(names[row] for row in profile.typical if row != profile.medoid))]
        lines += [_row("odd", ", ".join(names[row] for row in profile.atypical))]
        lines += [_row("phrases", ", ".join(f"“{phrase}” {figure(value)}" for phrase, value in profile.phrases[:5]))]
    piece = piece_of(part, pieces)
    if piece is not None:
        lines += [_row("album", ", ".join(_files(piece)))]
    elif pieces and part.size == 1:
        lines += [_row("album", "none: it is one image")]
    return "\n".join(line for line in lines if line)


def _together(piece: Result) -> str:
    return _row(str(piece.account.get("part") or "album"), ", ".join(_files(piece)))


def _files(piece: Result) -> list[str]:
    return [f"{piece.folder.name}/{name}" for name in piece.files.values()]


def _row(title: str, text: str) -> str:
    return _wrapped(text, " " * 12, f"   {title:<9}") if text else ""


def _item(text: str) -> str:
    return _wrapped(text, "    ", "  - ")


def _wrapped(text: str, indent: str, first: str | None = None) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
