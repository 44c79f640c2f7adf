"""Which images a plan takes: by name, by feature, without duplicates, up to a limit; and an order by hand."""

import numpy as np

from imbatch2soundvisu import *


def sharp_and_wide(table):
    """A filter takes the table and returns one boolean for each image. Every feature is a column."""
    return (table["sharpness"] > np.median(table["sharpness"])) & (table["aspect"] > 1)


small = {
    "limit": 8,
    "seconds_per_image": 0.6,
    "outputs": standard_outputs(Film(size=(640, 360)), without=(Gif,)),
}

OUTPUTS = "outputs/examples/filters-and-duplicates"

PLANS = [
    SequencePlan("sharp and wide", order="luminance", where=sharp_and_wide, **small),
    # exclude= and include= take names, patterns, folders, and functions of the image record.
    SequencePlan("no stars", order="-saturation", exclude="hubble*", **small),
    # A list of names is an order. Extensions and folders may be left out.
    SequencePlan("by hand", order=["rocket-03", "astronaut-00.jpg", "flower-11", "china-18"], **small),
    # Greys have no hue, and come last in an order by hue; this leaves them out.
    SequencePlan("colours only", order="hue", where=lambda table: np.isfinite(table["hue"]), **small),
    # One image of each group of files with the same bytes ("exact"), or that look the same ("near").
    SequencePlan("without duplicates", order="smooth", unique="near", **small),
    # A limit takes images evenly along the whole order, both ends included. None takes all.
    SequencePlan("four by name", order="name", music=Silent(), **small | {"limit": 4}),
    SequencePlan("bright to dark", order="luminance", reverse=True, music=None, **small),
]
