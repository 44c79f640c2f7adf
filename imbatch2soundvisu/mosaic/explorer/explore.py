"""Where mosaics of a range of scales are looked at: a window, a page, or a notebook."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...core import Progress, silent
from ...core.errors import ConfigError
from ..options import options_of
from ..savepaths import check_ending, check_savepath, for_each_scale, image_endings, saved_at
from ..scales import ScaledMosaics, check_scales, scale_range, scaled_mosaics
from ..sources import target_of
from .computing import first_scale

#: Where a scale is saved.
SAVEPATH = "%s-at-scale-%d.jpg"
#: Where the page is written.
PAGE = "%s-scales.html"


def explore(
    target: Any,
    tiles: Any,
    min_scale: int = 1,
    max_scale: int = 12,
    page: bool | str | Path | None = None,
    savepath: str = SAVEPATH,
    *,
    progress: Progress = silent,
    **options: Any,
) -> Any:
    """Look at mosaics of a target in a range of scales, and save those that look best.

    In a window, the slider, the arrow keys and the wheel change the scale. A preview comes first, then the mosaic;
    neighbouring scales are computed meanwhile. S saves the mosaic that is shown, O shows the target while it is held
    down, Esc closes the window. In a notebook, a widget does the same. Where there is no screen, a page with the
    slider is written, with an image of each scale beside it.

    Parameters
    ----------
    target, tiles
        As in `mosaic`.
    min_scale, max_scale : int
        The smallest and the largest `scale`.
    page : bool, str or Path, optional
        True or a path ending in `.html`: write the page. False: only a window or a widget. None: a page where neither
        is possible.
    savepath : str
        Where a mosaic is saved: `%s` is the name of the target, `%d` the scale.
    progress : callable
        `progress(stage, done, total)`.
    **options
        Those of `MosaicOptions` except the size of tiles, and `settings` and `cache` as in `mosaic`.

    Returns
    -------
    tuple of Path, or a widget
        The files that were saved: by the window, or the page. In a notebook, the widget.

    Raises
    ------
    ConfigError
        For options that are not possible, or when there is neither screen nor notebook with `page=False`.
    CollectionError, ImageError
        As `mosaic` does.
    NotOursError
        When a file that this program did not write is in the place of the page or its images.

    Examples
    --------
    >>> from imbatch2soundvisu.mosaic import explore
    >>> explore("portrait.jpg", "photos/", 3, 12, page="scales.html")  # doctest: +SKIP
    """
    places = {name: options.pop(name, None) for name in ("settings", "cache")}
    made_with, scales = options_of(options), scale_range(min_scale, max_scale)
    check_scales(scales, made_with)
    name = str(target) if isinstance(target, str | Path) else str(getattr(target, "path", "target"))
    pattern = for_each_scale(savepath)
    check_ending(saved_at(pattern, name, [min_scale], SAVEPATH), image_endings())
    way = _way(page)
    at = saved_at(str(page) if isinstance(page, str | Path) else PAGE, name, (), PAGE)
    if way == "page":
        check_savepath(at, (".html", ".htm"))
    mosaics = scaled_mosaics(target_of(target), tiles, scales, made_with, progress=progress, **places)
    if way == "page":
        from .page import write_page

        return write_page(mosaics, at, Path(name).stem, progress)
    return _shown(way, mosaics, name, lambda scale: saved_at(pattern, name, [scale], SAVEPATH))


def _shown(way: str, mosaics: ScaledMosaics, name: str, at: Any) -> Any:
    start = first_scale(mosaics)
    if way == "notebook":
        from .widget import explorer_widget

        return explorer_widget(mosaics, at, start)
    from .window import Window

    return Window(mosaics, Path(name).stem, at, start).run()


def _way(page: bool | str | Path | None) -> str:
    """How mosaics are shown: "page", "notebook" or "window"."""
    from .window import has_screen

    if page is not None and page is not False:
        return "page"
    if in_notebook():
        return "notebook"
    if has_screen():
        return "window"
    if page is None:
        return "page"
    raise ConfigError("there is no screen for a window; page=True writes a page instead")


def in_notebook() -> bool:
    """Return whether this runs in a notebook with a kernel that has widgets."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and hasattr(shell, "kernel") and find_spec("ipywidgets") is not None
