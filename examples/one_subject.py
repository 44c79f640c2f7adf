"""One subject, six ways: sorting images that all show the same thing.

The subject here is the cup of coffee in the built-in sample. For a set of your own, set DATA_ROOT to its folder and
leave `where=` out.
"""

import numpy as np

from imbatch2soundvisu import *


def coffee(table):
    """Whether each image shows the cup."""
    return np.array([record.name.startswith("coffee") for record in table.records])


# What all six have in common. Leave `outputs` out for full-size films.
def small(**film):
    outputs = standard_outputs(Film(size=(640, 360), **film), Gif(size=(240, 135)))
    return {"where": coffee, "limit": 6, "seconds_per_image": 0.6, "outputs": outputs}


OUTPUTS = "outputs/examples/one-subject"

PLANS = [
    # From dark to bright.
    SequencePlan("the light comes up", order="luminance", **small()),
    # Around the colour wheel.
    SequencePlan("the tint drifts", order="hue", music=Composed(mood="calm"), **small(transition=CrossFade(0.3))),
    # From muted to vivid colours.
    SequencePlan("muted to vivid", order="colourfulness", music=Composed(mood="lively"), **small()),
    # From the whole scene to the detail.
    SequencePlan("closer and closer", order="subject_scale", **small(motion=SlowZoom(0.1))),
    # From plain surfaces to many edges.
    SequencePlan("plain to intricate", order="edge_density", **small()),
    # From upright to wide frames.
    SequencePlan("the frame opens", order="aspect", music=None, **small()),
]
