"""Features and passes of a session: a function from an image to a number, or a class that measures batches of images.

They are cached until their code changes, and ordered by, shown and exported like the built-in features.
"""

from dataclasses import dataclass

import numpy as np

from imbatch2soundvisu import *
from imbatch2soundvisu.core import FeatureInfo
from imbatch2soundvisu.features import PASSES


@feature(unit="share", low=0, high=1)
def sky_share(pixels):
    """Share of the upper half that is blue, as sky is."""
    upper = pixels.rgb[: pixels.rgb.shape[0] // 2].astype(int)
    red, blue = upper[..., 0], upper[..., 2]
    return float((blue > red + 10).mean())


# Circular: 359° is next to 1°, and the order begins at the widest gap. NaN: undefined.
@feature(unit="degrees", low=0, high=360, circular=True)
def light_from(pixels):
    """Direction of the light: right 0, above 90, left 180, below 270."""
    light = pixels.lightness  # (h, w), 0 to 1; further planes: oklab, chroma, gradient, saliency
    middle_y, middle_x = light.shape[0] // 2, light.shape[1] // 2
    right = light[:, middle_x:].mean() - light[:, :middle_x].mean()
    above = light[:middle_y].mean() - light[middle_y:].mean()
    if np.hypot(right, above) < 0.01:
        return float("nan")
    return float(np.degrees(np.arctan2(above, right)) % 360)


# Of the record, without pixels: path, name, width, height, taken, format.
@feature(unit="megapixels", low=0, of="record")
def megapixels(record):
    """Size of the image in megapixels."""
    return record.width * record.height / 1e6


# Features get images of 128 px. A pass has its own input size, and runs only because a plan below names its column.
@PASSES.register("detail")
@dataclass(frozen=True)
class Detail:
    """Fine detail at 512 px."""

    input_size = 512
    columns = {"fine_detail": FeatureInfo("fine_detail", "", 0.0, description="mean difference of neighbouring pixels")}

    def measure(self, batch):
        """Return the column of each (h, w, 3) uint8 image."""
        return [{"fine_detail": float(np.abs(np.diff(image.mean(axis=2), axis=1)).mean())} for image in batch]


SMALL = {"limit": 8, "seconds_per_image": 0.6, "size": (640, 360), "gif_size": (192, 108)}

PLANS = [
    SequencePlan("into the sky", order="-sky_share", **SMALL),
    SequencePlan("light turning", order="light_from", **SMALL),
    SequencePlan("small to large", order="megapixels", music=Composed(mood="bright"), **SMALL),
    SequencePlan("smooth to detailed", order="fine_detail", music=None, **SMALL),
    SequencePlan("sky and light", order=Weighted({"sky_share": 1.0, "luminance": 0.5}), music=None, **SMALL),
]
