"""Music and sound on the pictures' own grid: timeline, theory, MIDI, synthesis, mastering, measures."""
