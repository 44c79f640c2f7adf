"""Frames of a video or a camera roll: shots, motion as a feature, the order in time, the best of each burst."""

from imbatch2soundvisu import *

PLANS = [
    SequencePlan("calm to wild", order="motion"),
    SequencePlan("the motion goes on", order=MotionPath(), music=Composed(mapping={"density": "motion"})),
    SequencePlan("in time", order=TemporalOrder()),
    SequencePlan("shot by shot", order="name", clusters=Shots(), unique="burst"),
]
