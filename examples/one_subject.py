"""One subject, six ways: sorting images that all show the same thing.

The subject here is the cup of coffee in the built-in sample. For a set of your own, set DATA_ROOT to its folder and
leave `where=` out.
"""

import numpy as np

from imbatch2soundvisu import *


def coffee(table):
    """Only the images of the cup."""
    return np.array([record.name.startswith("coffee") for record in table.records])


# What all six have in common. Leave it out for full-size films.
COMMON = {"where": coffee, "limit": 6, "seconds_per_image": 0.6, "size": (640, 360), "gif_size": (240, 135)}

PLANS = [
    # The light comes up.
    SequencePlan("the light comes up", order="luminance", **COMMON),
    # The tint drifts: each image beside the one nearest on the colour wheel.
    SequencePlan("the tint drifts", order="hue", music=Composed(mood="calm"), transition=CrossFade(0.3), **COMMON),
    # From muted to loud.
    SequencePlan("muted to loud", order="colourfulness", music=Composed(mood="lively"), **COMMON),
    # From the whole scene to the detail.
    SequencePlan("closer and closer", order="subject_scale", motion=SlowZoom(0.1), **COMMON),
    # From plain surfaces to many edges.
    SequencePlan("plain to intricate", order="edge_density", **COMMON),
    # From upright to wide: a rhythm of frames.
    SequencePlan("the frame opens", order="aspect", music=None, **COMMON),
]
