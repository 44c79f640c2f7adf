"""`python -m imbatch2soundvisu.faces montage`, then `gif`: two steps, so that frames can be removed between them."""

from .run import main

__all__ = ["main"]
