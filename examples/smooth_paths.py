"""Orders in which each image is similar to the one before it."""

from dataclasses import dataclass

import numpy as np

from imbatch2soundvisu import *


@dataclass(frozen=True)
class Tones:
    """An embedding of your own: the histogram of lightness, whatever the place and the colour.

    `name` is its name in `on=`, `key` its name in the cache: change it when you change `embed`.
    """

    bins: int = 32

    @property
    def name(self):
        return "tones"

    @property
    def key(self):
        return f"tones-1-{self.bins}"

    def embed(self, images):
        """(h, w, 3) uint8 images -> (n, d) float32, whose distances measure dissimilarity."""
        counts = [np.histogram(rgb.mean(axis=2), self.bins, (0, 256))[0] / rgb[..., 0].size for rgb in images]
        return np.sqrt(np.array(counts, dtype=np.float32))


film = Film(size=(640, 360))
small = {"limit": 12, "seconds_per_image": 0.6, "outputs": standard_outputs(film, without=(Gif,))}

# `seconds` limits the search; the path it finds is cached, so the next run has it without a search.
OUTPUTS = "outputs/examples/smooth-paths"

PLANS = [
    # By look: colours and where they are. Begins at the darker end.
    SequencePlan(
        "the smoothest path",
        order=SmoothPath(effort=0.2),
        **small | {"outputs": standard_outputs(Film(size=(640, 360), transition=CrossFade(0.3)), without=(Gif,))},
    ),
    # Ends near where it began: a GIF that loops without a visible cut.
    SequencePlan(
        "a loop",
        order=SmoothPath(loop=True, effort=0.2),
        **small | {"outputs": standard_outputs(film, Gif(size=(192, 108)))},
    ),
    # From one image to another, by their names in the collection.
    SequencePlan(
        "from the stars to the coffee",
        order=SmoothPath(start="hubble-deep-field-00.jpg", end="coffee-00.jpg", effort=0.2),
        **small,
    ),
    # Through a few features instead of the look.
    SequencePlan("warm and sharp", order=SmoothPath(on=("warmth", "sharpness"), effort=0.2), music=None, **small),
    # Through an embedding of your own.
    SequencePlan("tone by tone", order=SmoothPath(on=Tones(), effort=0.2), music=None, **small),
    # The leaves of a dendrogram, with its branches turned so that neighbours are similar.
    SequencePlan("leaves of a tree", order=LeafOrder(method="ward"), music=None, **small),
]
