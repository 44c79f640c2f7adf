"""Which images take part: filters, copies, limits."""

import numpy as np

from imbatch2soundvisu import *


def sharp_and_wide(table):
    """A filter takes the table and gives one boolean for each image. All features are there, by their names."""
    return (table["sharpness"] > np.median(table["sharpness"])) & (table["aspect"] > 1)


def without_stars(table):
    """What is known of the files is in the records: name, path, width, height, taken, format."""
    return np.array(["hubble" not in record.name for record in table.records])


SMALL = {"limit": 8, "seconds_per_image": 0.6, "size": (640, 360), "gif": False}

PLANS = [
    SequencePlan("sharp and wide", order="luminance", where=sharp_and_wide, **SMALL),
    SequencePlan("no stars", order="-saturation", where=without_stars, **SMALL),
    # Greys have no hue, and stand at the end of an order by hue; this leaves them out.
    SequencePlan("colours only", order="hue", where=lambda table: np.isfinite(table["hue"]), **SMALL),
    # One of each group of files with the same bytes ("exact"), or that look the same ("near").
    SequencePlan("each one once", order="smooth", unique="near", **SMALL),
    # A limit takes images evenly along the whole order, both ends among them. None takes all.
    SequencePlan("a glance from end to end", order="name", music=Silent(), **SMALL | {"limit": 4}),
    SequencePlan("bright to dark", order="luminance", reverse=True, music=None, **SMALL),
]
