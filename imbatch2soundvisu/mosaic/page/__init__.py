"""The page of a mosaic: a folder that opens in a browser from the disk, where each tile shows its photo and its name.

It needs no server and no network: the viewer is in the page, the mosaic is beside it as a Deep Zoom pyramid, and each
photo as a small JPEG.
"""

from .writing import write_page

__all__ = ["write_page"]
