"""A user-defined order and a user-defined style of music. Each is a small frozen dataclass."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from imbatch2soundvisu import *
from imbatch2soundvisu.music.timeline import build


@dataclass(frozen=True)
class BackAndForth:
    """From both ends inwards: lowest, highest, second lowest, second highest ...

    An order declares the features it needs and returns a permutation of the rows of the table. `driver` returns the
    values that are shown and followed by the music. `drives` is False: the values do not rise along the sequence.
    """

    feature: str = "luminance"
    drives: ClassVar[bool] = False

    @property
    def needs(self):
        return Needs(features=frozenset({self.feature}))

    def driver(self, table):
        return table[self.feature], table.info[self.feature]

    def order(self, table, rng):
        rising = np.argsort(table[self.feature], kind="stable")
        path = np.empty(len(rising), dtype=int)
        path[0::2] = rising[: (len(rising) + 1) // 2]
        path[1::2] = rising[::-1][: len(rising) // 2]
        return path


@dataclass(frozen=True)
class Bells:
    """A bell for every image, higher for a higher value, over a fifth that is held for two images.

    A style returns the timeline (how long each image lasts, in whole beats) and a score with notes in ticks.
    """

    root: int = 62  # D above middle C, as a MIDI pitch
    scale: tuple[int, ...] = (0, 2, 4, 7, 9, 12, 14, 16, 19, 21)

    def timeline(self, sequence, fps, timing):
        return build(len(sequence), fps, timing)

    def compose(self, sequence, timeline, rng):
        starts = timeline.start_ticks  # one for each image, and the end
        steps = self._steps(sequence.values)
        notes, decisions = [], []
        for i, step in enumerate(steps):
            pitch, start, length = self.root + self.scale[step], int(starts[i]), int(starts[i + 1] - starts[i])
            notes.append(Note(part=0, pitch=pitch, velocity=70 + 4 * step, start=start, length=length))
            if i % 2 == 0:
                held = int(starts[min(i + 2, len(steps))]) - start
                notes += [Note(1, self.root - down, 60, start, held) for down in (24, 17)]
            decisions.append({"why": f"bell {step + 1} of {len(self.scale)}, by {sequence.driver.name}"})
        return Score(
            timeline,
            parts=(Part("bells", program=14, reverb=90), Part("strings", program=48, volume=70)),
            notes=tuple(notes),
            key="D major",
            style="Bells",
            summary=f"{len(steps)} bells over a held fifth",
            decisions=tuple(decisions),  # one per image; shown in the gallery and written to decisions.json
        )

    def _steps(self, values):
        """Return the scale degree of each value, lowest to highest; the middle one for undefined values."""
        low, high = np.nanmin(values), np.nanmax(values)
        shares = (np.nan_to_num(values, nan=(low + high) / 2) - low) / max(high - low, 1e-9)
        return np.round(shares * (len(self.scale) - 1)).astype(int).tolist()


def off_centre(table):
    """An order may also be a function of the table: one number for each image, from low to high."""
    return np.abs(table["saliency_x"] - 0.5)


SMALL = {"limit": 10, "seconds_per_image": 0.6, "size": (640, 360), "gif": False}

PLANS = [
    SequencePlan("night and day", order=BackAndForth(), music=Bells(), **SMALL),
    SequencePlan("grey and colourful", order=BackAndForth("colourfulness"), **SMALL),
    SequencePlan("rising bells", order="luminance", music=Bells(root=57), **SMALL),
    SequencePlan("off centre", order=off_centre, music=Bells(), **SMALL),
]
