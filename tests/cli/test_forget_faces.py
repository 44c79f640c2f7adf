"""`forget-faces` removes faces from the cache, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.core import Needs
from imbatch2soundvisu.core.regions import Region
from imbatch2soundvisu.features import Measurement
from imbatch2soundvisu.measurement import measure_for
from imbatch2soundvisu.runtime.cache import FILE, Cache
from tests.conftest import photo

IDENTITY = 0.123456


class Boxes:
    """A pass whose regions have a label; dark images have none."""

    input_size, columns = 64, {}

    def __init__(self, name, label):
        self.name, self.label, self.measured = name, label, 0

    def measure(self, batch):
        self.measured += len(batch)
        region = Region(0.1, 0.1, 0.5, 0.5, label=self.label, vector=(IDENTITY,) * 3)
        return [
            Measurement(regions=[region] if image.mean() > 40 else [], vector=np.full(3, IDENTITY)) for image in batch
        ]


@pytest.fixture
def folder(tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    for seed in range(3):
        Image.fromarray(photo(seed)).save(images / f"{seed}.png")
    Image.new("RGB", (60, 40)).save(images / "dark.png")
    return images


def test_faces_are_removed_and_other_regions_and_features_stay(folder, tmp_path, capsys):
    place, faces, signs = tmp_path / "cache", Boxes("people", "face"), Boxes("signs", "sign")
    needs = Needs(frozenset({"luminance"}), passes=(faces, signs))
    with Cache(place) as cache:
        measure_for(i2s.discover(folder), needs, cache=cache)
        cache.put("faces persons", [1, 2])
        cache.put("path", [3])
        cache.put_vectors("small-aligned-faces-1", {"a": np.full(3, 7.5)})
        cache.put_values("dense-landmarks@1", {"a": [[1.25, 2.5]]})
    (place / "aligned-faces").mkdir()
    (place / "aligned-faces" / "a.jpg").write_bytes(b"a face")
    (place / f"{FILE}.unreadable-1").write_bytes(b"damaged")
    assert main(["forget-faces", "--cache", str(place)]) == 0
    assert "removed the faces of 3 images" in capsys.readouterr().out
    assert sorted(each.name for each in place.iterdir() if each.name.startswith("measurements")) == [FILE]
    assert not (place / "aligned-faces").exists()
    stored = (place / FILE).read_bytes()
    assert b'"label": "face"' not in stored
    assert stored.count(b'"label": "sign"') == 3
    with Cache(place) as cache:
        assert cache.get("faces persons") is None
        assert cache.get("path") == [3]
        assert cache.vectors("small-aligned-faces-1", ["a"]) == cache.values("dense-landmarks@1", ["a"]) == {}
        measure_for(i2s.discover(folder), needs, cache=cache)
    assert (faces.measured, signs.measured) == (8, 4)


def test_a_folder_that_is_not_there_is_refused(tmp_path, capsys):
    assert main(["forget-faces", "--cache", str(tmp_path / "chache")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "chache: there is no such folder" in said.err


def test_a_session_says_which_cache(folder, tmp_path, capsys):
    session = tmp_path / "mine.py"
    session.write_text(f"PLANS = []\nCACHE = {str(tmp_path / 'kept')!r}\n")
    assert main(["forget-faces", str(session)]) == 0
    assert capsys.readouterr().out == f"no faces in the cache {tmp_path / 'kept'}\n"
    assert not (tmp_path / "kept").exists()
