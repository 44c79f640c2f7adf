"""The command line: session files, terminal output, and the stages of a run as functions with files in and out."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(__name__, submodules=["stages"])
