"""How close a mosaic is to its target, and what it says about it."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.mosaic import Codebook, MosaicOptions, make_mosaic
from imbatch2soundvisu.mosaic.fidelity import measured


def codebook_with(*tiles):
    """A codebook of arrays."""
    records = tuple(ImageRecord(Path(f"{n}.png"), str(n), 8, 8) for n in range(len(tiles)))
    return Codebook(records, np.stack(tiles), None, np.zeros(len(tiles), np.uint8))


def textured(colours, seed=0, size=8):
    """A tile of each colour, with texture."""
    rng = np.random.default_rng(seed)
    return [
        (np.array(colour) + 12 * rng.standard_normal((size, size, 1))).clip(0, 255).astype(np.uint8)
        for colour in colours
    ]


@pytest.fixture
def made():
    """A mosaic of a smooth target with textured tiles."""
    rng = np.random.default_rng(3)
    target = cv2.resize(rng.uniform(30, 220, (4, 4, 3)).astype(np.float32), (128, 128)).astype(np.uint8)
    codebook = codebook_with(*textured(rng.integers(20, 235, (60, 3))))
    return make_mosaic(target, codebook, MosaicOptions(tile=(8, 8), best_k=5))


def test_the_best_match_is_closer_than_random_and_both_are_given(made):
    found = made.fidelity()
    for near_or_far in ("near", "far"):
        best, random = (getattr(row, near_or_far) for row in (found.best_match, found.random))
        assert best.psnr > random.psnr
        assert best.structure > random.structure
        assert best.delta_e < random.delta_e
    assert found.best_match == measured(make_mosaic(made.target, made.codebook, MosaicOptions(tile=(8, 8))))


def test_a_mosaic_is_closer_from_afar(made):
    near_by, far_away = (made.fidelity(distance).mosaic.far for distance in (20, 40))
    assert far_away.delta_e < near_by.delta_e < made.fidelity().mosaic.near.delta_e


def test_uses_are_of_images_and_not_of_variants(made):
    twice = dataclasses.replace(made.codebook, rows=made.codebook.rows // 2)
    chosen = np.arange(len(made.cells), dtype=np.int32) % 4
    found = measured(dataclasses.replace(made, codebook=twice, chosen=chosen))
    assert (found.images, found.most_uses) == (2, len(made.cells) // 2)


def test_json_holds_it_all(made):
    figures = json.loads(json.dumps(made.fidelity().as_dict(), allow_nan=False))
    assert set(figures) == {"mosaic", "best_match", "random", "available", "distance"}
    assert set(figures["mosaic"]) == {"near", "far", "images", "most_uses"}
    assert set(figures["mosaic"]["far"]) == {"psnr", "ssim", "delta_e", "structure"}


def test_the_summary_is_for_photographers(made):
    used, most = made.fidelity().mosaic.images, made.fidelity().mosaic.most_uses
    summary = made.fidelity().summary
    assert "to the target from afar" in summary
    assert summary.endswith(f"; {used} of 60 images used, one up to {most} times")
    assert not re.search(r"dB|SSIM|delta|CIE|sigma", summary)


def test_the_summary_of_a_plain_match():
    target = np.full((16, 16, 3), 90, np.uint8)
    codebook = codebook_with(*(np.full((8, 8, 3), value, np.uint8) for value in (90, 200)))
    made = make_mosaic(target, codebook, MosaicOptions(tile=(16, 16), enlarge=0.5))
    assert made.fidelity().summary == "very close to the target from afar; 1 of 2 images used, each once"
    assert made.fidelity().mosaic.near.psnr == 100


def test_an_enlarged_mosaic_is_compared_at_the_size_of_its_target(made):
    large = [cv2.resize(tile, (32, 32), interpolation=cv2.INTER_CUBIC) for tile in made.codebook.rgb]
    enlarged = make_mosaic(made.target, codebook_with(*large), dataclasses.replace(made.options, best_k=1, tile_px=32))
    reduced = cv2.resize(enlarged.pixels(), (128, 128), interpolation=cv2.INTER_AREA)
    error = np.square(reduced.astype(float) - made.target).mean()
    assert measured(enlarged).near.psnr == pytest.approx(10 * np.log10(255**2 / error), abs=0.05)


def test_a_large_target_is_compared_at_a_bounded_size(monkeypatch):
    sizes = []
    monkeypatch.setattr(
        "imbatch2soundvisu.mosaic.fidelity.likeness", lambda image, target: sizes.append((image.shape, target.shape))
    )
    target = np.full((30, 9000, 3), 90, np.uint8).repeat(100, axis=0)
    codebook = codebook_with(np.full((8, 8, 3), 90, np.uint8))
    measured(make_mosaic(target, codebook, MosaicOptions(tile=(300, 300))))
    assert all(one == two and one[0] * one[1] < 1_600_000 for one, two in sizes)


def test_copies_of_a_file_are_one_image(folder):
    copies = [folder / "image-00.jpg", folder / "copy.jpg"]
    copies[1].write_bytes(copies[0].read_bytes())
    made = i2s.mosaic(np.full((16, 16, 3), 90, np.uint8), copies, tile=(4, 4), randomness=0.5)
    found = made.fidelity()
    assert (found.available, found.mosaic.images, found.mosaic.most_uses) == (1, 1, 16)
