"""A mosaic that moves: it builds itself up tile by tile, or a camera moves away from it."""
