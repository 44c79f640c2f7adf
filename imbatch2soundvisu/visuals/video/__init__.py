"""MP4 films with sound: frames, transitions, motion and the H.264 stream."""

from .writer import *
