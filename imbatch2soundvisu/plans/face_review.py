"""Faces that may show the person of a montage or not: a sheet and a table for the user to decide."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from ..config import Settings
from ..core.text import plural
from ..faces.choosing import ChosenPhotos, JudgedFace
from ..features.faces.judging import DECISION, FACE, IMAGE
from ..runtime.files import atomic
from .face_outputs import MontageOutput, MontageSource
from .protocols import Content, OutputFiles
from .registry import OUTPUT_KINDS

_ANSWERS = {True: "yes", False: "no", None: ""}


def person_lines(chosen: ChosenPhotos, decides: bool = True) -> tuple[str, ...]:
    """Return what is said of the examples of a montage and of faces to review; `decides`: `review=` is possible."""
    lines = [] if chosen.person is None else list(chosen.person.lines)
    if open_ := sum(each.decision is None for each in chosen.uncertain):
        decide = ", and decide in a copy of review.csv" if decides else ""
        lines.append(f"{plural(open_, 'face')} may show the person or not: see review-sheet.jpg{decide}")
    return tuple(lines)


@OUTPUT_KINDS.register("review-sheet")
@dataclass(frozen=True)
class ReviewSheet(MontageOutput):
    """The faces of which it is not certain that they show the person, on a sheet, and as a table to decide in."""

    def makes(self, content: Content) -> bool:
        """Whether this output applies: to montages with uncertain faces."""
        return isinstance(content, MontageSource) and bool(content.chosen.uncertain)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["review-sheet.jpg", "review.csv"]

    def write(self, content: MontageSource, out: OutputFiles) -> None:
        """Write `review-sheet.jpg` and `review.csv`."""
        from ..visuals.face_sheets import FaceCell, face_sheet

        uncertain: tuple[JudgedFace, ...] = content.chosen.uncertain
        path = out.path("review", "review.csv", "table", "Uncertain faces, to decide in a copy")
        with atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([IMAGE, FACE, "score", DECISION])
            for each in uncertain:
                writer.writerow([each.record.name, each.number, f"{each.score:.3f}", _ANSWERS[each.decision]])
        cells = [
            FaceCell(each.record, each.face.region, each.record.label, _note(each), each.score) for each in uncertain
        ]
        line = f"{plural(len(cells), 'face')}, the most likely ones first; write yes or no into a copy of review.csv"
        sheet = out.path("review_sheet", "review-sheet.jpg", "image", "Uncertain faces")
        face_sheet(
            sheet, f"{content.sequence.title}: is this the person?", line, cells,
            lambda done, total: out.progress("review sheet", done, total),
        )  # fmt: skip


def _note(each: JudgedFace) -> str:
    decided = {True: ", you said yes", False: ", you said no", None: ""}[each.decision]
    which = f", face {each.number}" if each.number > 1 else ""
    return f"{each.score:.2f}{which}{decided}"
