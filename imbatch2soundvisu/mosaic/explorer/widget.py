"""A widget for notebooks, with a slider for the scale."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from ..scales import ScaledMosaics
from .computing import Computing

#: The longer side of the image in a notebook, in pixels.
SIDE = 900


def explorer_widget(mosaics: ScaledMosaics, saved_at: Callable[[int], Path], start: int) -> Any:
    """Return a widget that shows the mosaic of a scale, and saves it.

    Parameters
    ----------
    mosaics : ScaledMosaics
        The mosaics.
    saved_at : callable
        The path at which a scale is saved.
    start : int
        The scale that is shown first.

    Returns
    -------
    ipywidgets.VBox
        Its `computing` has the files that were saved, and stops the threads by `close`.
    """
    import ipywidgets

    slider = ipywidgets.SelectionSlider(
        options=[(str(scale), scale) for scale in mosaics.scales], value=start, description="Scale"
    )
    button = ipywidgets.Button(description="Save", tooltip="Save the mosaic of this scale in full size")
    label, image = ipywidgets.Label(), ipywidgets.Image(format="jpeg")

    def show(*_: Any) -> None:
        found = computing.best(slider.value)
        width, height = mosaics.tile(slider.value)
        state = "computing …" if found is None else "preview" if found.is_preview else found.problem
        tiles = f"{found.tiles:,} " if found is not None else ""
        label.value = " · ".join(filter(None, (f"{tiles}tiles of {width} × {height} px", computing.message or state)))
        if found is not None:
            image.value = _jpeg(found.pixels)

    def move(_: Any) -> None:
        computing.message = ""
        computing.ask(slider.value)
        show()

    computing = Computing(mosaics, SIDE, show)
    slider.observe(move, "value")
    button.on_click(lambda _: computing.save(slider.value, saved_at(slider.value)))
    box = ipywidgets.VBox([ipywidgets.HBox([slider, button, label]), image])
    box.computing = computing
    computing.start(start)
    return box


def _jpeg(pixels: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "jpeg", quality=88)
    return stream.getvalue()
