"""Music and sound on the pictures' own grid: timeline, theory, performing, MIDI, synthesis, mastering, measures."""

from .listening import Player, preview

__all__ = ["Player", "preview"]
