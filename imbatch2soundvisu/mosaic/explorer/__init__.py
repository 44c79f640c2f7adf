"""An explorer of scales: a slider, and the mosaic of the scale it stands at, in a window, on a page or in a notebook.

Mosaics are computed in threads as they are asked for (`computing`), shown in a window of pygame (`window`, `drawing`),
in a widget of Jupyter (`widget`), or all written beside a page (`page`).
"""

from .explore import explore

__all__ = ["explore"]
