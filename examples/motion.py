"""Frames of a video or a camera roll: motion as a feature, shots, the order in time, the best of each burst.

The images here are crops of photographs; set DATA_ROOT to a video, or to a folder of its frames, to see more.
"""

from imbatch2soundvisu import *

small = {
    "seconds_per_image": 0.5,
    "outputs": standard_outputs(Film(size=(640, 360)), without=(Gif,)),
    "music": None,
    "limit": 16,
}

OUTPUTS = "outputs/examples/motion"

PLANS = [
    # By how much an image moved from the one before it.
    SequencePlan("calm to wild", order="motion", **small),
    # What moves to the left is followed by what moves to the left.
    SequencePlan("the motion goes on", order=MotionPath(), **small),
    # The order in time of shuffled frames, from the motion of the camera between them.
    SequencePlan("in time", order=TemporalOrder(), **small),
    # The sharpest image of each burst. With clusters=Shots(), one sequence for each shot.
    SequencePlan("best of each burst", order="name", unique="burst", **small),
]
