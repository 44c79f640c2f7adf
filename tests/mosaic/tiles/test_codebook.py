"""The tiles of a mosaic."""

from __future__ import annotations

import mmap
import os
import shutil

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import CollectionError, ImageError, MakeError
from imbatch2soundvisu.datasets import Decoding
from imbatch2soundvisu.mosaic import Codebook, MosaicOptions, codebook_of, make_mosaic
from imbatch2soundvisu.mosaic.tiles import files as tile_files
from imbatch2soundvisu.mosaic.tiles import store as tile_store
from imbatch2soundvisu.mosaic.tiles.files import TileWriter
from imbatch2soundvisu.mosaic.tiles.images import read_tile
from imbatch2soundvisu.runtime.cache import Cache

from ...conftest import photo

DECODING = Decoding.of()
RECORD = i2s.ImageRecord(None, "digest", 4, 4)


def codebook_with(*tiles: np.ndarray) -> Codebook:
    """A codebook of given tiles."""
    return Codebook((RECORD,) * len(tiles), np.stack(tiles), None, np.zeros(len(tiles), np.uint8))


def test_a_square_tile_has_eight_variants():
    tile = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    every = codebook_with(tile).with_variants(flip=True, rotate=True)
    assert len(every) == len(every.records) == 8
    assert len({every.tile(number).tobytes() for number in range(8)}) == 8
    assert every.rgb.shape == (1, 4, 4, 3)


def test_a_tall_tile_is_turned_by_halves_only():
    tile = np.arange(72, dtype=np.uint8).reshape(6, 4, 3)
    turned = codebook_with(tile).with_variants(flip=False, rotate=True)
    assert turned.variants.tolist() == [0, 2]
    assert np.array_equal(turned.tile(1), tile[::-1, ::-1])


def test_variants_match_and_are_painted():
    tile = np.zeros((4, 4, 3), np.uint8)
    tile[0] = 250
    target = np.concatenate((np.rot90(tile), tile[::-1]), axis=1)
    made = make_mosaic(target, codebook_with(tile), MosaicOptions(tile=(4, 4), rotate=True))
    assert np.array_equal(made.pixels(), target)


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The names of the files that are decoded, in this process."""
    names: list[str] = []

    def noting(path, *rest):
        names.append(path.name)
        return read_tile(path, *rest)

    monkeypatch.setattr(tile_store, "read_tile", noting)
    monkeypatch.setattr(tile_store, "_code", lambda decoding: "code")
    return names


def tiles_of(folder, size=(12, 16), **keywords) -> Codebook:
    """The codebook of a folder, as a new run makes it."""
    settings = i2s.config.resolve()
    with Cache(settings.cache) as cache:
        return codebook_of(i2s.discover(folder, cache=cache), size, settings=settings, cache=cache, **keywords)


def test_the_second_run_decodes_nothing(folder, decoded):
    first = tiles_of(folder)
    assert len(decoded) == 12
    decoded.clear()
    second = tiles_of(folder)
    assert decoded == []
    assert np.array_equal(first.rgb, second.rgb)
    assert first.records == second.records


def test_only_what_is_new_is_decoded(folder, decoded):
    tiles_of(folder)
    decoded.clear()
    Image.fromarray(photo(99)).save(folder / "image-03.jpg")
    Image.fromarray(photo(100)).save(folder / "new.jpg")
    (folder / "image-05.jpg").unlink()
    (folder / "image-06.jpg").rename(folder / "renamed.jpg")
    found = tiles_of(folder)
    assert sorted(decoded) == ["image-03.jpg", "new.jpg"]
    assert [record.name for record in found.records][-2:] == ["new.jpg", "renamed.jpg"]
    assert np.array_equal(found.tile(len(found) - 1), read_tile(folder / "renamed.jpg", (12, 16), "centre", DECODING))


def test_some_images_of_a_folder_are_not_decoded_again(folder, decoded):
    tiles_of(folder)
    decoded.clear()
    tiles_of(sorted(folder.iterdir())[3:7])
    assert decoded == []


def test_copies_of_a_file_are_decoded_once(folder, decoded):
    shutil.copy(folder / "image-00.jpg", folder / "copy.jpg")
    found = tiles_of(folder)
    assert len(decoded) == 12
    assert len(found) == 13
    assert found.rgb.shape[0] == 12
    assert np.array_equal(found.tile(0), found.tile(1))


def test_another_size_or_crop_is_another_file(folder, decoded):
    tiles_of(folder)
    tiles_of(folder, (8, 8))
    tiles_of(folder, crop="smart")
    assert len(decoded) == 36


def test_an_interrupted_run_is_continued(folder, decoded, monkeypatch):
    def interrupting(path, *rest):
        if path.name == "image-08.jpg":
            raise KeyboardInterrupt
        decoded.append(path.name)
        return read_tile(path, *rest)

    monkeypatch.setattr(i2s.config, "JOBS", 1)
    monkeypatch.setattr(tile_store, "_BATCH", 1)
    with monkeypatch.context() as patched:
        patched.setattr(tile_store, "read_tile", interrupting)
        with pytest.raises(KeyboardInterrupt):
            tiles_of(folder)
    before = len(decoded)
    tiles_of(folder)
    assert before > 4
    assert len(decoded) < before + 12
    assert [path for path in i2s.config.resolve().cache.rglob("*incomplete*")] == []


def test_what_a_killed_run_wrote_is_used(folder, decoded):
    found = tiles_of(folder)
    (path,) = i2s.config.resolve().cache.rglob("*.tiles")
    dead = path.with_name(".partial-999999999-x.tiles")
    writer = TileWriter(dead, [record.digest for record in found.records], (12, 16))
    for row in range(5):
        writer.put(row, found.tile(row))
    writer.close()
    path.unlink()
    decoded.clear()
    assert np.array_equal(tiles_of(folder).rgb, found.rgb)
    assert len(decoded) == 7
    assert not dead.exists()


@pytest.mark.parametrize("damage", ["zeros", "short", "head", "empty"])
def test_a_damaged_file_is_made_again(folder, decoded, damage):
    found = tiles_of(folder)
    (path,) = i2s.config.resolve().cache.rglob("*.tiles")
    content = bytearray(path.read_bytes())
    if damage == "zeros":
        start = tile_files.layout_of(path).rgb_at
        content[start + 100 : start + 800] = bytes(700)
    elif damage == "head":
        content[20] ^= 255
    path.write_bytes(content[: {"short": len(content) // 2, "empty": 0}.get(damage, len(content))])
    decoded.clear()
    assert np.array_equal(tiles_of(folder).rgb, found.rgb)
    assert len(decoded) == (2 if damage == "zeros" else 12)


def test_unusable_images_are_named_and_not_read_again(folder, decoded, monkeypatch):
    def refusing(path, *rest):
        decoded.append(path.name)
        if path.name == "image-02.jpg":
            raise ImageError("is upside down")
        return read_tile(path, *rest)

    monkeypatch.setattr(tile_store, "read_tile", refusing)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff not a photo")
    problems = ("broken.jpg: damaged JPEG: its header cannot be read", "image-02.jpg: is upside down")
    first = tiles_of(folder)
    assert first.problems == problems
    decoded.clear()
    second = tiles_of(folder)
    assert second.problems == problems
    assert decoded == []
    assert np.array_equal(first.rgb, second.rgb)
    assert len(second) == 11


def test_a_file_that_is_away_is_looked_for_again(folder, decoded):
    found = i2s.discover(folder)
    settings = i2s.config.resolve()
    away = (folder / "image-04.jpg").rename(folder / "away")
    assert codebook_of(found, (8, 8), settings=settings).problems == ("image-04.jpg: the file does not exist any more",)
    away.rename(folder / "image-04.jpg")
    decoded.clear()
    assert len(codebook_of(found, (8, 8), settings=settings)) == 12
    assert decoded == ["image-04.jpg"]


def test_nothing_usable(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_bytes(b"nothing")
    with pytest.raises(CollectionError, match="no usable image for tiles in .*empty"):
        tiles_of(tmp_path / "empty")
    with pytest.raises(CollectionError, match="a.png: its content is not an image"):
        tiles_of(tmp_path / "broken")


def test_old_files_are_removed(folder, monkeypatch):
    monkeypatch.setattr(tile_store, "MOST_BYTES", 60_000)
    for number, size in enumerate([(30, 40), (31, 40), (32, 40), (30, 40), (33, 40)]):
        tiles_of(folder, size)
        for path in i2s.config.resolve().cache.rglob(f"{size[0]}x*/*.tiles"):
            os.utime(path, (number, number))
    kept = sorted(path.parent.name[:5] for path in i2s.config.resolve().cache.rglob("*.tiles"))
    assert kept == ["33x40"]
    assert len([each for each in (i2s.config.resolve().cache / "tiles").iterdir()]) == 1


def test_large_codebooks_are_mapped(folder, monkeypatch):
    monkeypatch.setattr(tile_files, "_READ_BYTES", 1000)
    found = tiles_of(folder)
    assert isinstance(found.rgb.base, (np.memmap, mmap.mmap))
    assert np.array_equal(found.tile(2), read_tile(folder / "image-02.jpg", (12, 16), "centre", DECODING))


def test_a_cache_in_memory_leaves_no_file(folder):
    settings = i2s.config.resolve()
    with Cache(None) as cache:
        codebook_of(i2s.discover(folder), (8, 8), settings=settings, cache=cache)
    assert not settings.cache.exists() or not list(settings.cache.rglob("*.tiles"))


def test_a_full_disk_is_one_line(folder, monkeypatch):
    def full(self, *_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TileWriter, "put", full)
    with pytest.raises(MakeError, match="the tiles cannot be kept in cache: No space left on device"):
        tiles_of(folder)
    assert list(i2s.config.resolve().cache.rglob("*.tiles")) == []


def test_a_transparent_image_is_shown_whole(tmp_path):
    image = np.zeros((60, 90, 4), np.uint8)
    image[10:30, 20:70] = (200, 30, 30, 255)
    (tmp_path / "tiles").mkdir()
    Image.fromarray(image).save(tmp_path / "tiles" / "stamp.png")
    Image.fromarray(photo(1)).save(tmp_path / "tiles" / "photo.png")
    found = tiles_of(tmp_path / "tiles", (20, 30))
    opaque, stamp = found.tile_alpha(0), found.tile_alpha(1)
    assert (opaque == 255).all()
    rows, columns = np.flatnonzero(stamp.any(axis=1)), np.flatnonzero(stamp.any(axis=0))
    assert (columns[0], columns[-1]) == (1, 18)
    assert 6 <= len(rows) <= 8
    assert abs(rows.mean() - 14.5) <= 0.5
    assert (found.tile(1) == (200, 30, 30)).all(), "invisible pixels have the mean colour of the visible ones"


def test_an_opaque_image_with_an_alpha_channel_is_cropped(tmp_path):
    (tmp_path / "tiles").mkdir()
    Image.fromarray(photo(1)).convert("RGBA").save(tmp_path / "tiles" / "photo.png")
    found = tiles_of(tmp_path / "tiles", (20, 30))
    assert found.alpha is None


def test_small_images_are_enlarged_and_counted(tmp_path):
    (tmp_path / "tiles").mkdir()
    Image.fromarray(photo(1, 8, 6)).save(tmp_path / "tiles" / "small.png")
    Image.fromarray(photo(2)).save(tmp_path / "tiles" / "photo.png")
    assert tiles_of(tmp_path / "tiles", (20, 30)).notes == (
        "1 image is smaller than a tile of 20 × 30 px and enlarged",
    )


def test_transparent_tiles_match_on_the_background_that_shows():
    tile = np.full((4, 4, 3), 255, np.uint8)
    half = np.zeros((2, 4, 4), np.uint8)
    half[0] = 255
    half[1, :, :2] = 255
    codebook = Codebook((RECORD,) * 2, np.stack([tile, tile]), half, np.zeros(2, np.uint8))
    target = np.full((4, 8, 3), 255, np.uint8)
    target[:, 6:] = 0
    made = make_mosaic(target, codebook, MosaicOptions(tile=(4, 4), background="black"))
    assert np.array_equal(made.pixels(), target)
