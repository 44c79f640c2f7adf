"""MP4 films with sound: transitions, motions, the schedule of frames, H.264 and AAC encoding, clips for MoviePy."""

from .clips import to_moviepy
from .effects import MOTIONS, TRANSITIONS, CrossFade, Cut, Motion, SlowZoom, Transition
from .options import VideoOptions
from .writer import VideoReport, write_mp4

__all__ = [
    "MOTIONS",
    "TRANSITIONS",
    "CrossFade",
    "Cut",
    "Motion",
    "SlowZoom",
    "Transition",
    "VideoOptions",
    "VideoReport",
    "to_moviepy",
    "write_mp4",
]
