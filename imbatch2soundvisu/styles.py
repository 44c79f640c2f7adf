"""Every style of music that a plan may wish for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import config
from .composing import Composed
from .records import ImageSequence, Pace, Timeline
from .sound.timeline import build


@dataclass(frozen=True)
class Silent:
    """No music; pictures last exactly as long as asked, to the frame."""

    def timeline(self, sequence: ImageSequence, fps: int, pace: Pace) -> Timeline:
        """One beat a picture, so that nothing is rounded to a tempo."""
        seconds = pace.seconds_per_image or config.SECONDS_PER_IMAGE
        return build(len(sequence), fps, replace(pace, beats_per_image=1), tempo_bpm=60 / seconds)

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> None:
        """Nothing."""
        return None


#: Every style of music by name.
STYLES: dict[str, type] = {"Composed": Composed, "Silent": Silent}
