"""One subject in six orders: sorting images that show the same thing.

The subject is the cup of coffee in the built-in sample. For your own images, set DATA_ROOT to their folder and leave
`where=` out.
"""

import numpy as np

from imbatch2soundvisu import *


def coffee(table):
    """Only the images of the cup."""
    return np.array([record.name.startswith("coffee") for record in table.records])


# Parameters of all six plans. Leave them out for full-size videos.
COMMON = {"where": coffee, "limit": 6, "seconds_per_image": 0.6, "size": (640, 360), "gif_size": (240, 135)}

PLANS = [
    # From dark to bright.
    SequencePlan("the light comes up", order="luminance", **COMMON),
    # Around the colour wheel.
    SequencePlan("the tint drifts", order="hue", music=Composed(mood="calm"), transition=CrossFade(0.3), **COMMON),
    # From grey to colourful.
    SequencePlan("muted to loud", order="colourfulness", music=Composed(mood="lively"), **COMMON),
    # From the whole scene to the detail.
    SequencePlan("closer and closer", order="subject_scale", motion=SlowZoom(0.1), **COMMON),
    # From plain surfaces to many edges.
    SequencePlan("plain to intricate", order="edge_density", **COMMON),
    # From portrait to landscape.
    SequencePlan("the frame opens", order="aspect", music=None, **COMMON),
]
