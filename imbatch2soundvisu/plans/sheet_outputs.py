"""A sequence on one page: its images, its time axis, its notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..config import Settings
from .protocols import OutputFiles, SequenceSource
from .registry import OUTPUT_KINDS
from .sequence_outputs import SequenceOutput


@OUTPUT_KINDS.register("contact-sheet")
@dataclass(frozen=True)
class ContactSheet(SequenceOutput):
    """All images of the sequence on one sheet, in order."""

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["contact-sheet.jpg"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `contact-sheet.jpg`."""
        from ..visuals import contact_sheet

        contact_sheet(out.path("contact_sheet", "contact-sheet.jpg", "image", "Contact sheet"), content.sequence)


@OUTPUT_KINDS.register("storyboard")
@dataclass(frozen=True)
class Storyboard(SequenceOutput):
    """The images on a time axis with the curve of the driving value and the musical decisions."""

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["storyboard.jpg"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `storyboard.jpg`."""
        from ..visuals import storyboard

        decisions = content.score.decisions if content.score else ()
        path = out.path("storyboard", "storyboard.jpg", "image", "Storyboard")
        storyboard(path, content.sequence, content.starts_s, decisions)


@OUTPUT_KINDS.register("piano-roll")
@dataclass(frozen=True)
class PianoRoll(SequenceOutput):
    """The score as a piano roll, with the images above their notes and the features that the music follows."""

    needs_score: ClassVar[bool] = True

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["piano-roll.png"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `piano-roll.png`."""
        from ..visuals.pianoroll import draw

        assert content.score is not None
        path = out.path("piano_roll", "piano-roll.png", "image", "Piano roll")
        out.describe(roll=draw(path, content.sequence, content.score, content.audio).as_dict())
