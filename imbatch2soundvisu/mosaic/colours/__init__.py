"""Colours of cells and tiles: light, samples, tint, palettes, and what is mixed."""
