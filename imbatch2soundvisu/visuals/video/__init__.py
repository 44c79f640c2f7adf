"""MP4 films with sound: frames, transitions, motion and the H.264 stream."""

from .writer import MOTIONS, TRANSITIONS, CrossFade, Cut, SlowZoom, VideoReport, moviepy_clip, write_mp4

__all__ = ["MOTIONS", "TRANSITIONS", "CrossFade", "Cut", "SlowZoom", "VideoReport", "moviepy_clip", "write_mp4"]
