"""A map in a notebook: its page in a frame."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class MapFrame:
    """The page of a map, as notebooks show it.

    Parameters
    ----------
    page : Path
        `index.html` of a map. Notebook servers show files in and below the folder of the notebook only.
    height : int
        In pixels.

    Examples
    --------
    >>> MapFrame(Path("outputs/my map/map/index.html")).source
    'outputs/my%20map/map/index.html'
    """

    page: Path
    height: int = 640

    @property
    def source(self) -> str:
        """The address of the page, relative to the present folder; JupyterLab allows no parameters in it."""
        try:
            path = Path(os.path.relpath(self.page))
        except ValueError:  # on another drive
            path = self.page
        return quote(path.as_posix(), safe="/:")

    def _repr_html_(self) -> str:
        return (
            f'<iframe src="{html.escape(self.source)}" title="map" width="100%" height="{int(self.height)}" '
            'style="border:0" allowfullscreen></iframe>'
        )
