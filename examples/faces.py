"""Faces: one person in many photos, the eyes always at the same places; as films, an average and a mosaic.

It needs the extra "faces": pip install "imbatch2soundvisu[faces]"
"""

from imbatch2soundvisu import *

OUTPUTS = "outputs/examples/faces"

PLANS = [
    # Every crop of one photo in which the face is found. Each face becomes the next, and the camera comes closer.
    FaceMontagePlan(
        "closer and closer",
        closeness=(0.12, 0.35),
        order="size",
        unique=None,
        output_size=320,
        transition=Morph(0.3),
        include="astronaut-*",
        seconds_per_image=0.5,
        outputs=[Film(), Gif(), AverageFace(), AlignedFrames(), ContactSheet()],
    ),
    # One face made of all others, and a quiet film with the frames in an order in which neighbours look alike.
    FaceMontagePlan(
        "one of all",
        order="smooth",
        unique=None,
        output_size=(480, 320),
        border=(20, 20, 30),
        equalise=True,
        include="astronaut-*",
        music=Composed(mood="calm"),
        outputs=[Film(transition=CrossFade(0.3)), FaceMosaic(columns=24, tile_px=24), Tables()],
    ),
]
