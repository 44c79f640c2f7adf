"""Music and sound on the images' own grid: timeline, theory, performing, MIDI, synthesis, mastering, measures."""

from .playback import Player, preview

__all__ = ["Player", "preview"]
