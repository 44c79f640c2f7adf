"""The faces of a sequence on one sheet, each cut out of its image."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import Settings
from ..core.text import plural
from ..features.faces import faces_of
from .protocols import Content, OutputFiles, SequenceSource
from .registry import OUTPUT_KINDS
from .sequence_outputs import SequenceOutput


@OUTPUT_KINDS.register("face-sheet")
@dataclass(frozen=True)
class FaceSheet(SequenceOutput):
    """The largest face of each image of the sequence, in order, with the name of the image.

    It is written where faces were measured: albums by person have it, others need `passes=["faces"]` in the plan.
    """

    def makes(self, content: Content) -> bool:
        """Whether this output applies: to sequences in whose images faces were found."""
        return isinstance(content, SequenceSource) and any(content.sequence.table.faces or ())

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["face-sheet.jpg"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `face-sheet.jpg`."""
        from ..visuals.face_sheets import FaceCell, face_sheet

        sequence = content.sequence
        found = [faces_of(regions) for regions in sequence.table.faces or ()]
        cells = [
            FaceCell(record, faces[0].region, record.label, _note(number, len(faces)))
            for number, (record, faces) in enumerate(zip(sequence.records, found, strict=True), 1)
            if faces
        ]
        line = f"{plural(len(cells), 'face')} of {plural(len(found), 'image')}, in order"
        path = out.path("face_sheet", "face-sheet.jpg", "image", "Faces")
        face_sheet(path, sequence.title, line, cells, lambda done, total: out.progress("faces", done, total))


def _note(number: int, faces: int) -> str:
    return f"{number}" if faces == 1 else f"{number}, the largest of {faces} faces"
