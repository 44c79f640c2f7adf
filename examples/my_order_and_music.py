"""An order and a style of music of your own. Each is a small frozen dataclass, used as an instance.

`extending.py` registers such classes, so that they also have names.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from imbatch2soundvisu import *
from imbatch2soundvisu.music.timeline import build


@dataclass(frozen=True)
class BackAndForth:
    """From the two ends inwards: lowest, highest, second lowest, second highest ...

    An order declares the features it needs and returns a permutation of the table's rows. `driver` is the value that is
    shown and played; `drives` is False since these values do not rise: a rank correlation would mean nothing.
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
    """A bell for every image, higher for a higher value, over a fifth that is held for two of them.

    A style makes the timeline (how long each image lasts, in whole beats) and the notes on it, in ticks.
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
            decisions=tuple(decisions),  # one for each image: shown in the gallery, written to decisions.json
        )

    def _steps(self, values):
        """Steps of the scale, lowest to highest value; the middle one for undefined values."""
        low, high = np.nanmin(values), np.nanmax(values)
        shares = (np.nan_to_num(values, nan=(low + high) / 2) - low) / max(high - low, 1e-9)
        return np.round(shares * (len(self.scale) - 1)).astype(int).tolist()


def off_centre(table):
    """An order can be a function of the table: one number for each image, sorted from low to high."""
    return np.abs(table["saliency_x"] - 0.5)


small = {
    "limit": 10,
    "seconds_per_image": 0.6,
    "outputs": standard_outputs(Film(size=(640, 360)), without=(Gif,)),
}

OUTPUTS = "outputs/examples/my-order-and-music"

PLANS = [
    SequencePlan("night and day", order=BackAndForth(), music=Bells(), **small),
    SequencePlan("grey and gaudy", order=BackAndForth("colourfulness"), **small),
    SequencePlan("rising bells", order="luminance", music=Bells(root=57), **small),
    SequencePlan("away from the middle", order=off_centre, music=Bells(), **small),
]
