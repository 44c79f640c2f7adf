"""The report as a page of the gallery: static, offline, with its thumbnails inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from ...core import Clusters, FeatureTable, ImageRecord, Result
from ...visuals import thumbnail_uri
from ..pages import asset, clamp, environment, link, size_text, whole
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

#: What all thumbnails of a page may take together, bytes of the page.
BUDGET = 3_900_000
#: (most thumbnails, px of their longer side, typical ones a part, odd ones a part): the first that holds them all.
_LADDER = ((200, 224, 8, 6), (420, 176, 8, 5), (900, 128, 6, 4), (2400, 96, 4, 2), (10**9, 72, 2, 1))
_SIDES = (224, 176, 128, 96, 72, 48, 24)
#: How many features a part shows before the rest is folded away.
_FEATURES = 7

_PLOTS = {
    "silhouettes": "Silhouettes: how well each image sits in its part",
    "sweep": "Which k: the measures of all that were tried",
    "dendrogram": "The tree: how the parts grew together",
    "sizes": "Sizes of the parts",
}
_LINKS = {"mp4": "Film", "gif": "GIF", "contact_sheet": "Contact sheet", "wav": "Sound", "mid": "Score"}
_LABELS = {
    "report_text": "This report as text",
    "assignments": "Image by image (CSV)",
    "map_umap": "Map (UMAP)",
    "map_pca": "Map (PCA)",
    "silhouettes": "Silhouettes",
    "sizes": "Sizes",
    "sweep": "Which k",
    "dendrogram": "Tree",
}


def render(
    folder: Path,
    plan: str,
    table: FeatureTable,
    groups: Clusters,
    parts: Sequence[Part],
    pieces: Sequence[Result],
    files: Mapping[str, str],
    gallery: str,
) -> str:
    """The page as text, below 5 MB. Same groups and same images, same text."""
    shown = _shown(parts)
    thumbnails = _thumbnails(table.records, shown)
    names = names_of(table)
    most = max((part.size for part in parts), default=1) or 1
    links = {kind: link(folder, name) for kind, name in files.items()}
    page = environment().get_template("report.html.j2").render(
        style=Markup(asset("gallery.css") + asset("report.css")),
        plan=plan,
        gallery=gallery,
        lead=opening(table, groups),
        by=groups.by,
        saw=saw(table, groups),
        root=root_of(table),
        notes=groups.notes,
        verdict=verdict(groups),
        measures=measures(groups),
        maps=[(links[kind], title) for kind, title in (("map_umap", "UMAP"), ("map_pca", "PCA")) if links.get(kind)],
        plots=[(links[kind], title) for kind, title in _PLOTS.items() if links.get(kind)],
        parts=[_part(part, shown[i], table, names, thumbnails, most) for i, part in enumerate(parts)],
        albums=[_album(folder, piece_of(part, pieces)) for part in parts],
        together=[
            (str(piece.account.get("part") or "All parts"), _album(folder, piece)) for piece in others_of(parts, pieces)
        ],
        files=[
            (links[kind], _LABELS[kind], size_text((folder / name).stat().st_size))
            for kind, name in files.items()
            if kind in _LABELS and links[kind]
        ],
    )  # fmt: skip
    return whole(page)


def _shown(parts: Sequence[Part]) -> list[tuple[list[int], list[int]]]:
    """(typical, odd) rows of each part, the medoid first, as many as a page of so many parts holds."""
    for most, _, typical, odd in _LADDER:
        rows = [_rows(part, typical, odd) for part in parts]
        if sum(len(near) + len(far) for near, far in rows) <= most:
            break
    return rows


def _rows(part: Part, typical: int, odd: int) -> tuple[list[int], list[int]]:
    if part.profile is None:  # of the noise none is typical: some of all
        chosen = np.linspace(0, part.size - 1, min(part.size, typical)).round().astype(int)
        return [], [int(part.rows[i]) for i in chosen]
    medoid = [part.profile.medoid] if part.profile.medoid >= 0 else []
    near = list(dict.fromkeys([*medoid, *part.profile.typical]))[:typical]
    return near, [row for row in part.profile.atypical if row not in near][:odd]


def _thumbnails(records: Sequence[ImageRecord], shown: Sequence[tuple[list[int], list[int]]]) -> dict[int, str]:
    """{row: data URI}, as large as the budget of the page lets them be."""
    rows = sorted({row for near, far in shown for row in (*near, *far)})
    first = next(side for most, side, _, _ in _LADDER if len(rows) <= most)
    found: dict[int, str] = {}
    for side in _SIDES[_SIDES.index(first) :]:
        found, used = {}, 0
        for row in rows:
            found[row] = thumbnail_uri(records[row], side)
            used += len(found[row])
            if used > BUDGET:
                break
        else:
            return found
    return found


def _part(
    part: Part,
    shown: tuple[list[int], list[int]],
    table: FeatureTable,
    names: Sequence[str],
    thumbnails: Mapping[int, str],
    most: int,
) -> dict[str, Any]:
    """What the template needs of a part."""
    profile = part.profile
    rows = [] if profile is None else [_compared(row) for row in compared(table, profile)]

    def image(row: int) -> dict[str, Any]:
        record = table.records[row]
        return {
            "name": names[row],
            "label": record.label,
            "uri": Markup(thumbnails.get(row, "data:,")),
            # a panorama would leave its neighbours no room: its ends are not shown
            "ratio": f"{min(max(record.width / max(record.height, 1), 0.5), 2.5):.3f}",
            "middle": profile is not None and row == profile.medoid,
        }

    return {
        "id": f"part-{part.number}" if part.number >= 0 else "part-none",
        "name": part.name,
        "colour": part.colour,
        "noise": part.number < 0,
        "place": None if part.place is None else part.place + 1,
        "size": part.size,
        "share": percent(part.size, len(table)),
        "bar": round(100 * part.size / most, 1),
        "words": "" if profile is None else profile.words,
        "silhouette": figure(part.silhouette, ""),
        "variance": "" if profile is None else _small(profile.variance),
        "typical": [image(row) for row in shown[0]],
        "odd": [image(row) for row in shown[1]],
        "numbers": rows[:_FEATURES],
        "every_number": rows if len(rows) > _FEATURES else [],
        "phrases": [] if profile is None else [(phrase, figure(value)) for phrase, value in profile.phrases[:6]],
    }


def _compared(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a part's numbers, with its bar: (left, width) in percent, the rest of the images being the middle."""
    effect = row["effect"]
    length = 0.0 if effect is None else 50 * clamp(abs(effect) / 3)
    left = 50.0 if (effect or 0.0) >= 0 else 50 - length
    side = "above" if (effect or 0.0) >= 0 else "below"
    told = "" if effect is None else f"{figure(abs(effect))} standard deviations {side}"
    if effect is not None and row["circular"]:
        told = f"how much commoner it is here: Cohen’s h {figure(effect)}"
    return {**row, "left": round(left, 1), "width": round(length, 1), "told": told}


def _album(folder: Path, piece: Result | None) -> list[tuple[str, str, str]]:
    """(link, label, size) of what was made of a part."""
    if piece is None or not piece.folder.is_relative_to(folder):
        return []
    place = piece.folder.relative_to(folder).as_posix()
    found = []
    for kind, label in _LINKS.items():
        name = piece.files.get(kind)
        href = link(folder, f"{place}/{name}") if name else None
        if href is not None:
            found.append((href, label, size_text((piece.folder / str(name)).stat().st_size)))
    return found


def _small(value: float) -> str:
    """A small number with two figures."""
    return np.format_float_positional(value, 2, fractional=False, trim="-") if np.isfinite(value) else ""
