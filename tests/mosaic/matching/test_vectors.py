"""Cells and tiles as vectors: averages, spaces, weights, transparent tiles."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.mosaic import Cells, Codebook, MosaicOptions
from imbatch2soundvisu.mosaic.colours import sampling
from imbatch2soundvisu.mosaic.colours.sampling import averages, box_averages
from imbatch2soundvisu.mosaic.layout.cells import lay_out
from imbatch2soundvisu.mosaic.matching.vectors import cell_vectors, samples_of, tile_vectors, vectors_of
from imbatch2soundvisu.mosaic.tiles.codebook import oriented
from tests.conftest import photo


def codebook(pixels, alpha=None, variants=None, rows=None):
    variants = np.zeros(len(pixels), np.uint8) if variants is None else variants
    return Codebook((), pixels, alpha, variants, rows=rows)


def one_by_one(target, boxes, samples):
    """Each cell cut out of the target with its edges repeated, and averaged alone."""
    padded = cv2.copyMakeBorder(target, 50, 50, 50, 50, cv2.BORDER_REPLICATE)
    cut = [padded[50 + y : 50 + y + h, 50 + x : 50 + x + w] for x, y, w, h in boxes.tolist()]
    return np.stack([cv2.resize(each, samples, interpolation=cv2.INTER_AREA) for each in cut]).reshape(
        len(boxes), samples[1], samples[0], 3
    )


@pytest.mark.parametrize("cover", ["all", "whole"])
@pytest.mark.parametrize("tile", [(16, 24), (15, 23), (7, 9), (40, 30)])
@pytest.mark.parametrize("samples", [(1, 1), (5, 8), (4, 4)])
def test_averages_are_those_of_each_cell_alone(tile, samples, cover, monkeypatch):
    monkeypatch.setattr(sampling, "_BATCH_PIXELS", 5000)
    target = photo(3, 211, 133)
    cells = lay_out(target, MosaicOptions(tile=tile, cover=cover))
    left, top, width, height = cells.canvas
    if tile[0] < samples[0] or tile[1] < samples[1]:
        pytest.skip("cells smaller than their samples")
    found = box_averages(target[top : top + height, left : left + width], cells.boxes, samples)
    expected = one_by_one(target[top : top + height, left : left + width], cells.boxes, samples)
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_averages_of_cells_of_different_sizes():
    target, rng = photo(1, 200, 150), np.random.default_rng(0)
    boxes = np.column_stack((rng.integers(-20, 180, (90, 2)), rng.choice([8, 16, 32], (90, 2)))).astype(np.int32)
    boxes[:, 1] %= 130
    expected = one_by_one(target, boxes, (4, 4))
    assert np.abs(box_averages(target, boxes, (4, 4)).astype(int) - expected).max() <= 1


def test_cells_smaller_than_their_samples_see_their_own_pixels_only():
    target = np.zeros((4, 8, 3), np.uint8)
    target[:, 2:4] = 200
    boxes = np.array([[0, 0, 2, 2], [2, 0, 2, 2], [4, 0, 2, 2]], np.int32)
    found = box_averages(target, boxes, (5, 5))
    assert found.reshape(3, -1).tolist() == [[0] * 75, [200] * 75, [0] * 75]


def test_a_cell_beside_the_target_repeats_its_edge():
    target = np.arange(0, 200, 10, dtype=np.uint8).reshape(1, 20, 1).repeat(6, axis=0).repeat(3, axis=2)
    found = box_averages(target, np.array([[30, 10, 4, 4], [-9, -9, 4, 4]], np.int32), (1, 1))
    assert found[:, 0, 0, 0].tolist() == [190, 0]


def test_tiles_and_cells_with_the_same_pixels_have_the_same_vectors():
    tiles = np.stack([photo(seed, 16, 24) for seed in range(6)])
    target = np.concatenate([np.concatenate(tiles[:3], axis=1), np.concatenate(tiles[3:], axis=1)])
    for space in ("oklab", "lab", "linear", "srgb"):
        options = MosaicOptions(tile=(16, 24), space=space, edges=0.5)
        cells, samples = lay_out(target, options), samples_of((16, 24), 8)
        assert np.array_equal(
            cell_vectors(target, cells, samples, options), tile_vectors(codebook(tiles), samples, options)
        )


@pytest.mark.parametrize("variant", range(8))
def test_vectors_of_turned_tiles_are_those_of_their_pixels(variant):
    tiles, options = np.stack([photo(seed, 24, 24) for seed in range(3)]), MosaicOptions()
    turned = np.stack([oriented(each, variant) for each in tiles])
    book = codebook(tiles, variants=np.full(3, variant, np.uint8), rows=np.arange(3))
    found, expected = tile_vectors(book, (5, 8), options), tile_vectors(codebook(turned), (5, 8), options)
    assert np.abs(found - expected).max() < 0.02


def test_a_plain_colour_is_compared_by_its_colour():
    reds = np.array([[200, 0, 0], [190, 0, 0], [0, 0, 200]], np.uint8)[:, None, None].repeat(8, axis=1)
    one, near, far = vectors_of(reds.repeat(5, axis=2), MosaicOptions())
    assert np.linalg.norm(one - near) < np.linalg.norm(one - far) / 5


def test_the_mean_counts_more_than_the_pattern():
    grey = np.full((3, 2, 2, 3), 100, np.uint8)
    grey[1] = 120
    grey[2] = np.array([[80, 120], [120, 80]])[..., None]
    plain, lighter, checked = vectors_of(grey, MosaicOptions(space="srgb"))
    assert np.isclose(np.linalg.norm(plain - lighter), 1.5 * np.linalg.norm(plain - checked))


def test_what_tint_corrects_is_not_searched_for():
    cell, same_mean, same_pattern = (np.zeros((1, 4, 4, 3), np.uint8) for _ in range(3))
    cell[:, :2], cell[:, 2:] = 90, 110
    same_mean[:, :, :2], same_mean[:, :, 2:] = 110, 90
    same_pattern[:, :2], same_pattern[:, 2:] = 110, 130
    for tint, expected in ((0, 0), (0.9, 1)):
        rows = [vectors_of(each, MosaicOptions(tint=tint))[0] for each in (cell, same_mean, same_pattern)]
        assert np.argmin([np.linalg.norm(rows[0] - each) for each in rows[1:]]) == expected


def test_edges_tell_a_shifted_step_from_another_colour():
    samples = np.zeros((2, 8, 8, 3), np.uint8)
    samples[0, :, 4:] = samples[1, 4:] = 255
    plain, edged = (vectors_of(samples, MosaicOptions(edges=edges)) for edges in (0, 1))
    assert np.linalg.norm(edged[0] - edged[1]) > np.linalg.norm(plain[0] - plain[1]) * 1.05
    flat = np.zeros((2, 8, 8, 3), np.uint8)
    flat[1] = 9
    plain, edged = (vectors_of(flat, MosaicOptions(edges=edges)) for edges in (0, 1))
    assert np.isclose(np.linalg.norm(edged[0] - edged[1]), np.linalg.norm(plain[0] - plain[1]))


@pytest.mark.parametrize("edges", [0, 0.5])
def test_corners_outside_a_hexagon_do_not_count(edges):
    samples = np.full((3, 8, 8, 3), 100, np.uint8)
    samples[1, [0, 0, -1, -1], [0, -1, 0, -1]] = 250
    samples[2, 3:5, 3:5] = 250
    plain, corners, middle = vectors_of(samples, MosaicOptions(edges=edges), "hexagon")
    assert np.allclose(plain, corners)
    assert np.linalg.norm(plain - middle) > 0.1


def test_hexagons_of_the_target_and_the_tile_with_the_same_pixels_have_the_same_vectors():
    target, options = photo(5, 96, 96), MosaicOptions(tile=(24, 24), tiling="hexagon")
    cells = lay_out(target, options)
    inner = np.flatnonzero(((cells.boxes[:, :2] >= 0) & (cells.boxes[:, :2] + cells.boxes[:, 2:] <= 96)).all(axis=1))
    left, top, width, height = cells.boxes[inner[0]].tolist()
    samples = samples_of((width, height), 8)
    tile = codebook(target[None, top : top + height, left : left + width])
    cell = cell_vectors(target, cells, samples, options)[inner[0]]
    assert np.allclose(tile_vectors(tile, samples, options, cells.shape)[0], cell, atol=0.01)


def test_transparent_parts_count_as_the_mean_of_the_opaque_ones():
    pixels = np.zeros((2, 24, 16, 3), np.uint8)
    pixels[0, :12], pixels[1] = (200, 30, 30), (200, 30, 30)
    alpha = np.full((2, 24, 16), 255, np.uint8)
    alpha[0, 12:] = 0
    sticker, plain = tile_vectors(codebook(pixels, alpha), (5, 8), MosaicOptions())
    assert np.abs(sticker - plain).max() < 1e-3


def test_a_tile_that_is_transparent_throughout_is_black_and_no_error():
    empty = codebook(np.full((1, 24, 16, 3), 90, np.uint8), np.zeros((1, 24, 16), np.uint8))
    assert np.isfinite(tile_vectors(empty, (5, 8), MosaicOptions())).all()


def test_a_target_of_one_pixel():
    cells = Cells(np.array([[-7, -11, 16, 24]], np.int32), np.zeros((1, 2), np.float32), (0, 0, 1, 1))
    target = np.full((1, 1, 3), 80, np.uint8)
    assert (box_averages(target, cells.boxes, (5, 8)) == 80).all()
    assert averages(target[None], (5, 8)).shape == (1, 8, 5, 3)
