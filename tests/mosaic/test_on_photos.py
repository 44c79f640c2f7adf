"""Tint and limits of uses on real photos: near and from afar closer than a plain tint of the best assignment."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.mosaic import MosaicOptions, codebook_of, make_mosaic
from imbatch2soundvisu.mosaic.similarity import likeness

data = pytest.importorskip("skimage.data")


def test_450_photos_used_at_most_8_times_with_tint(shared_data):
    settings = i2s.config.resolve()
    records = i2s.discover(shared_data("A-photos-gcompris"), settings=settings).records
    records += i2s.discover(shared_data("B-clothing"), settings=settings).records[:193]
    target = cv2.resize(data.astronaut(), (1024, 1024), interpolation=cv2.INTER_CUBIC)[8:1016]
    codebook = codebook_of(records, (16, 24), settings=settings)
    for tint_detail in (1, 3):
        options = MosaicOptions(tile=(16, 24), max_uses=8, tint=1.0, tint_detail=tint_detail)
        made = make_mosaic(target, codebook, options)
        assert np.bincount(made.chosen).max() <= 8
        near = likeness(made.pixels(), target)
        far = likeness(*(cv2.GaussianBlur(each, (0, 0), 12) for each in (made.pixels(), target)))
        assert near.psnr > 14.86
        assert far.psnr > 29.05
        assert far.ssim > 0.893
        assert far.delta_e < 2.2
