"""What outputs of sequences share."""

from __future__ import annotations

from typing import ClassVar

from .protocols import Content, SequenceSource


class SequenceOutput:
    """Base of outputs that are made from a sequence."""

    plan_kind: ClassVar[str] = "sequence"
    needs_audio: ClassVar[bool] = False
    needs_score: ClassVar[bool] = False

    def makes(self, content: Content) -> bool:
        """Whether this output applies: only to sequences, and, where it is about the music, only with music."""
        if not isinstance(content, SequenceSource):
            return False
        if self.needs_score and content.score is None:
            return False
        return not (self.needs_score and self.needs_audio and content.audio is None)
