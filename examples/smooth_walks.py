"""Orders in which each image is like the one before it."""

from dataclasses import dataclass

import numpy as np

from imbatch2soundvisu import *


@dataclass(frozen=True)
class Tones:
    """An embedding of your own: how much of each lightness there is, whatever the place and the colour.

    `name` is what it is called, `key` its name in the cache: change it when you change `embed`.
    """

    bins: int = 32

    @property
    def name(self):
        return "tones"

    @property
    def key(self):
        return f"tones-1-{self.bins}"

    def embed(self, images):
        """(h, w, 3) uint8 images -> (n, d) float32, whose distances mean unlikeness."""
        counts = [np.histogram(rgb.mean(axis=2), self.bins, (0, 256))[0] / rgb[..., 0].size for rgb in images]
        return np.sqrt(np.array(counts, dtype=np.float32))


SMALL = {"limit": 12, "seconds_per_image": 0.6, "size": (640, 360), "gif": False}

# `seconds` is for the search, at most; what it finds is kept in the cache, so the next run gives the same walk at once.
PLANS = [
    # By look: colours and where they are. Begins at its darker end.
    SequencePlan("the smoothest walk", order=SmoothPath(seconds=0.5), transition=CrossFade(0.3), **SMALL),
    # Ends where it began: a GIF that loops without a seam.
    SequencePlan(
        "round and round",
        order=SmoothPath(loop=True, seconds=0.5),
        **SMALL | {"gif": True, "gif_size": (192, 108)},
    ),
    # From one image to another, by their names in the collection.
    SequencePlan(
        "from the stars to the coffee",
        order=SmoothPath(start="hubble-deep-field-00.jpg", end="coffee-00.jpg", seconds=0.5),
        **SMALL,
    ),
    # Through a few features instead of the look.
    SequencePlan("warm and sharp", order=SmoothPath(on=("warmth", "sharpness"), seconds=0.5), music=None, **SMALL),
    # Through an embedding of your own.
    SequencePlan("tone by tone", order=SmoothPath(on=Tones(), seconds=0.5), music=None, **SMALL),
    # Families next to families: a tree of the images, its branches turned to fit.
    SequencePlan("a family tree", order=LeafOrder(method="ward"), music=None, **SMALL),
]
