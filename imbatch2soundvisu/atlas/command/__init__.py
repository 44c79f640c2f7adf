"""`python -m imbatch2soundvisu.atlas STEP`: the steps of `atlas.steps` from the shell.

Names and types of options are those of the functions' parameters, their help is in the docstrings; `steps` is a table
of the flags.
"""

from .run import main

__all__ = ["main"]
