"""The widget of an explorer; skipped where ipywidgets is not installed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from imbatch2soundvisu.mosaic.explorer.widget import explorer_widget


def test_the_slider_shows_scales_and_the_button_saves(mosaics):
    pytest.importorskip("ipywidgets")
    box = explorer_widget(mosaics, lambda scale: Path(f"a-{scale}.png"), 4)
    (controls, image), computing = box.children, box.computing
    slider, button, label = controls.children
    slider.value = 5
    button.click()
    with computing._changed:
        assert computing._changed.wait_for(lambda: 5 in computing._complete, 30)
    computing.close()
    assert computing.saved == [Path("a-5.png")]
    assert Image.open("a-5.png").size == (120, 80)
    assert Image.open(io.BytesIO(image.value)).size == (120, 80)
    assert label.value.startswith("32 tiles of 15 × 20 px")
