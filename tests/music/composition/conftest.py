"""The pieces of all shapes as a fixture."""

from tests.music.composition.pieces import piece

__all__ = ["piece"]
