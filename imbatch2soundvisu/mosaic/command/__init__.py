"""`python -m imbatch2soundvisu.mosaic TARGET TILES`: mosaics from the shell.

Options are those of the dataclasses (`MosaicOptions`, `ScaleGif`, ...): their fields give the names and types, their
docstrings the help (`fields`). Subcommands are a table (`subcommands`); a savepath is a pattern (`mosaic.savepaths`).
"""

from .run import main

__all__ = ["main"]
