"""What `examples/extending.py` adds is used by name, cached, listed and shown, without a change anywhere else."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli import session_file
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.core.errors import ConfigError
from tests.conftest import photo

EXAMPLE = Path(__file__).parents[1] / "examples" / "extending.py"
NAMES = {
    "FEATURES": "sky_share", "PASSES": "grain", "EMBEDDINGS": "tones", "ORDERS": "inwards", "CLUSTERINGS": "formats",
    "STYLES": "bells", "OUTPUT_KINDS": "tile-sheet", "PLAN_KINDS": "poster",
}  # fmt: skip
LONGEST = 25

OUT = Path("outputs/examples/extending")


@pytest.fixture
def images(tmp_path, monkeypatch):
    """Twelve images, wide and tall, as DATA_ROOT."""
    root = tmp_path / "images"
    root.mkdir()
    for seed in range(12):
        width, height = (120, 80) if seed % 2 else (80, 120)
        Image.fromarray(photo(seed, width, height)).save(root / f"image-{seed:02}.png")
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(root))
    return root


def test_the_session_makes_every_plan_and_a_second_run_keeps_everything(images, capsys):
    assert main([str(EXAMPLE)]) == 0
    printed = capsys.readouterr().out
    assert "the brightest: 12 images, 4 in a row" in printed
    manifest = json.loads((OUT / "run.json").read_text(encoding="utf-8"))
    entries = {each["title"]: each for each in manifest["results"]}
    check_sequences(entries)
    check_poster(entries["the brightest"])
    assert main([str(EXAMPLE)]) == 0
    again = json.loads((OUT / "run.json").read_text(encoding="utf-8"))
    assert all(each["kept"] for each in again["results"])
    assert f"0 results made, {len(again['results'])} unchanged" in capsys.readouterr().out


def check_sequences(entries):
    """Values rise along a feature and a column of a pass; styles, clusterings and outputs are used."""
    for title, name in (("into the sky", "sky_share"), ("smooth to grainy", "grain")):
        entry = entries[title]
        assert entry["driver"]["name"] == name
        assert entry["values"] == sorted(entry["values"])
        assert entry["music"]["style"] == "bells"
        order = Path(OUT, entry["files"]["order"]).read_text(encoding="utf-8").splitlines()
        assert order == entry["images"]
    values = entries["inwards"]["values"]
    assert values[0] == min(values)
    assert values[1] == max(values)
    assert {"wide and tall · wide", "wide and tall · tall"} <= set(entries)


def check_poster(entry):
    """The result of another kind of plan is in the manifest, and its file in the gallery."""
    assert (entry["kind"], entry["viewers"], entry["labels"]) == ("poster", {"poster": "image"}, {"poster": "Poster"})
    with Image.open(Path(OUT, entry["files"]["poster"])) as poster:
        assert poster.size == (4 * 96, 3 * 96)
    gallery = (OUT / "index.html").read_text(encoding="utf-8")
    assert "the brightest" in gallery
    assert entry["files"]["poster"] in gallery


def test_the_list_has_every_name(capsys):
    assert main([str(EXAMPLE), "--list"]) == 0
    printed = capsys.readouterr().out
    for name in (*NAMES.values(), "order-as-text", "the brightest"):
        assert re.search(rf"^  {re.escape(name)}\s", printed, re.MULTILINE), name


def test_nothing_of_it_is_left_after_the_session():
    with session_file.opened(EXAMPLE):
        assert all(name in getattr(i2s, kind) for kind, name in NAMES.items())
    assert not any(name in getattr(i2s, kind) for kind, name in NAMES.items())


def test_an_invalid_plan_of_another_kind_is_refused_before_any_work():
    with session_file.opened(EXAMPLE), pytest.raises(ConfigError, match="columns=0 must be at least 1"):
        i2s.check([i2s.PLAN_KINDS["poster"]("none", columns=0)])


def test_each_thing_is_at_most_25_lines():
    source = EXAMPLE.read_text(encoding="utf-8")
    bodies = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    assert len(bodies) == len(NAMES) + 2  # and an output of sequences, and the content of the poster
    long = [node.name for node in bodies if node.end_lineno - node.decorator_list[0].lineno + 1 > LONGEST]
    assert long == []
