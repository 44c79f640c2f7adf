"""Depth: flat to deep, and a camera that moves past images.

`Depth()` downloads a network once. The one below needs none: it takes what is lower in an image, sharper and more
vivid, to be nearer, which is often right in photographs of open places.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from imbatch2soundvisu import *


@dataclass(frozen=True)
class LowerIsNearer:
    """Disparity from the height in the image and from local contrast."""

    def disparity(self, images):
        return [self.of(image) for image in images]

    def of(self, image):
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        around = cv2.GaussianBlur(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 3)), (0, 0), 15)
        height = np.linspace(0, 1, len(grey), dtype=np.float32)[:, None] ** 2
        return height + around / max(float(around.max()), 1e-6) * 0.5


estimated = Depth(LowerIsNearer())  # Depth() with a network and the extra `depth`

small = {"limit": 6, "seconds_per_image": 1.0, "passes": [estimated]}

OUTPUTS = "outputs/examples/depth"

PLANS = [
    SequencePlan(
        "flat to deep",
        order="depth_spread",
        outputs=[Film(size=(640, 360), motion=Parallax(0.03), transition=CrossFade(0.3)), "contact-sheet", "tables"],
        **small,
    ),
    SequencePlan(
        "open space",
        order="-far_share",
        where=lambda table: table["depth_gradient"] > np.median(table["depth_gradient"]),
        outputs=[Gif(size=(192, 108)), "tables"],
        music=None,
        **small,
    ),
]
