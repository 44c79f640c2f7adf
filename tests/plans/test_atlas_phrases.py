"""Similarity to phrases as features of a map."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from tests.colour_embedder import Colour
from tests.conftest import photo
from tests.embeddings.conftest import place  # noqa: F401 - a fixture

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 220)}


def run(root, tmp_path, **fields):
    plan = i2s.AtlasPlan("map", **{"layouts": ["pca"], "grid": False, "clusters": None, **fields})
    made = i2s.run([plan], root=root, outputs=tmp_path / "outputs", cache=tmp_path / "cache")
    assert made.problems == ()
    return made.results[0]


def script(result, name):
    text = (result.folder / "map" / "data" / f"{name}.js").read_text(encoding="ascii")
    return json.loads(text.partition(",")[2].rpartition(")")[0])


def shown(result, feature):
    """Values of a feature of the page, by the names of the images."""
    values = np.frombuffer(base64.b64decode(script(result, "features")[feature]), "<f4")
    return dict(zip(script(result, "texts-0")["names"], values.tolist(), strict=True))


@pytest.fixture
def colours(tmp_path):
    root = tmp_path / "images"
    root.mkdir()
    for name, rgb in COLOURS.items():
        for i in range(2):
            noise = np.random.default_rng(i).integers(-20, 20, (40, 60, 3))
            Image.fromarray(np.clip(np.array(rgb) + noise, 0, 255).astype(np.uint8)).save(root / f"{name}-{i}.png")
    return root


def test_images_like_a_phrase_have_the_highest_similarity(colours, tmp_path):
    result = run(colours, tmp_path, on=Colour(), phrases=["red", "blue", "red"])
    assert script(result, "atlas")["phrases"] == ["like “red”", "like “blue”"]
    for phrase in ("red", "blue"):
        values = shown(result, f"like “{phrase}”")
        highest = sorted(values, key=values.__getitem__)[-2:]
        assert sorted(highest) == [f"{phrase}-0.png", f"{phrase}-1.png"]
        assert all(-1 <= value <= 1 for value in values.values())
    assert run(colours, tmp_path, on=Colour(), phrases=["red", "blue", "red"]).kept
    assert not run(colours, tmp_path, on=Colour(), phrases=["green"]).kept


def test_phrases_are_read_by_clip(place, tmp_path):  # noqa: F811
    root = tmp_path / "images"
    root.mkdir()
    for i in range(5):
        Image.fromarray(photo(i)).save(root / f"{i}.png")
    clip = i2s.Clip("test-tiny", place / "a.pt")
    result = run(root, tmp_path, on=("luminance", clip), phrases=("a ship in ice", "dusk"))
    images = clip.embed([photo(i) for i in range(5)])
    expected = images @ clip.embed_text(["a ship in ice"])[0]
    assert list(shown(result, "like “a ship in ice”").values()) == pytest.approx(expected.tolist(), abs=1e-4)
    about = next(each for each in script(result, "atlas")["features"] if each["name"] == "like “dusk”")
    assert about["description"] == "cosine similarity to a phrase"


def test_a_map_in_another_space_has_its_phrases_read_by_clip():
    needs = i2s.AtlasPlan("map", on="look", phrases=["a calm sea"]).needs
    assert [type(each.embedder).__name__ for each in needs.probes] == ["Clip"]
    assert {type(each).__name__ for each in needs.embeddings} == {"Look", "Clip"}


@pytest.mark.parametrize("phrases", ["a ship", ["a", ""], [3], None])
def test_anything_but_phrases_is_refused(phrases):
    with pytest.raises(ConfigError, match="phrases="):
        i2s.AtlasPlan("map", phrases=phrases).check()
