"""MP4 films with sound: transitions, motions, the schedule of frames, H.264 and AAC encoding, clips for MoviePy."""

from .clips import to_moviepy
from .dressing import Dressing
from .effects import MOTIONS, TRANSITIONS, CrossFade, Cut, Motion, SlowZoom, Transition
from .film_tags import Tags
from .film_text import Captions, EndCard, Fade, TitleCard, Watermark
from .ken_burns import KenBurns
from .options import VideoOptions
from .parallax import Parallax
from .stabilisation import Stabilisation, Steady, steadied, steady_frame
from .writer import VideoReport, write_frames, write_mp4

__all__ = [
    "MOTIONS",
    "TRANSITIONS",
    "Captions",
    "CrossFade",
    "Cut",
    "Dressing",
    "EndCard",
    "Fade",
    "KenBurns",
    "Motion",
    "Parallax",
    "SlowZoom",
    "Stabilisation",
    "Steady",
    "Tags",
    "TitleCard",
    "Transition",
    "VideoOptions",
    "VideoReport",
    "Watermark",
    "steadied",
    "steady_frame",
    "to_moviepy",
    "write_frames",
    "write_mp4",
]
