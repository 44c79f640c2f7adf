"""Features of your own: a function from an image to a number.

They are measured with the built-in ones, cached until their code changes, and can be ordered by, shown and exported.
"""

import numpy as np

from imbatch2soundvisu import *


@feature(unit="share", low=0, high=1)
def sky_share(pixels):
    """Share of the upper half that is blue."""
    upper = pixels.rgb[: pixels.rgb.shape[0] // 2].astype(int)
    red, blue = upper[..., 0], upper[..., 2]
    return float((blue > red + 10).mean())


# Circular: 359° is next to 1°, and the order begins at the widest gap. NaN means undefined.
@feature(unit="degrees", low=0, high=360, circular=True)
def light_from(pixels):
    """Direction of the brighter side: right 0, above 90, left 180, below 270."""
    light = pixels.lightness  # (h, w), 0 to 1; there are more planes: oklab, chroma, gradient, saliency
    middle_y, middle_x = light.shape[0] // 2, light.shape[1] // 2
    right = light[:, middle_x:].mean() - light[:, :middle_x].mean()
    above = light[:middle_y].mean() - light[middle_y:].mean()
    if np.hypot(right, above) < 0.01:
        return float("nan")
    return float(np.degrees(np.arctan2(above, right)) % 360)


# of="record": from path, name, width, height, taken or format, without the pixels.
@feature(unit="megapixels", low=0, of="record")
def megapixels(record):
    """Number of pixels."""
    return record.width * record.height / 1e6


small = {
    "limit": 8,
    "seconds_per_image": 0.6,
    "outputs": standard_outputs(Film(size=(640, 360)), Gif(size=(192, 108))),
}

OUTPUTS = "outputs/examples/my-feature"

PLANS = [
    SequencePlan("into the sky", order="-sky_share", **small),
    SequencePlan("around the light", order="light_from", **small),
    SequencePlan("small to large", order="megapixels", music=Composed(mood="bright"), **small),
    SequencePlan("sky and light", order=Weighted({"sky_share": 1.0, "luminance": 0.5}), music=None, **small),
]
