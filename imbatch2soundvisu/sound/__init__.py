"""Music and sound on the pictures' own grid: timeline, composing, MIDI, synthesis, mastering."""

from .compose import STYLES, Composed, Silent

__all__ = ["STYLES", "Composed", "Silent"]
