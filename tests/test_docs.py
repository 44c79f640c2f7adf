"""The README and the docs agree with the package: links, names, units, ranges, keys of the manifest."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import METRES
from imbatch2soundvisu.features import FEATURES
from imbatch2soundvisu.music.composition.bass_patterns import BASSES
from imbatch2soundvisu.music.composition.drum_patterns import DRUM_PATTERNS
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.composition.figures import FIGURES
from imbatch2soundvisu.music.composition.genres import GENRES
from imbatch2soundvisu.music.composition.mapping import MAPPING
from imbatch2soundvisu.music.composition.moods import MOODS, NEUTRAL
from imbatch2soundvisu.music.composition.phrase_structures import STRUCTURES
from imbatch2soundvisu.music.composition.progressions import DESCRIPTIONS, MODELS
from imbatch2soundvisu.music.composition.sonified import SCALES
from imbatch2soundvisu.music.composition.textures import TEXTURES
from imbatch2soundvisu.music.cutting import CUTTINGS
from imbatch2soundvisu.music.styles import STYLES
from imbatch2soundvisu.music.tracks import MOODS as TRACK_MOODS
from imbatch2soundvisu.plans import DEFAULT_OUTPUTS
from tests.small import small_plan

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("*/README.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES) + (
    ROOT / "imbatch2soundvisu" / "config.py"
).read_text(encoding="utf-8")
LARGEST_IMAGE = 250_000


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_images_of_a_page_exist(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", text):
        if "://" in target:
            continue
        linked = (path.parent / target).resolve() if target else path
        assert linked.exists(), f"{target} does not exist"
        assert linked.is_relative_to(ROOT if path.parent == ROOT else ROOT / "docs"), f"{target} is not on the site"
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


def test_the_first_screen_of_the_readme_has_an_image_and_the_commands():
    first = "\n".join(README.splitlines()[:30])
    for part in ("![", "pip install", "-m imbatch2soundvisu"):
        assert part in first


def test_images_of_the_docs_are_small():
    images = [path for path in (ROOT / "docs").rglob("*") if path.suffix in (".png", ".jpg")]
    assert images
    assert all(path.stat().st_size <= LARGEST_IMAGE for path in images)


@pytest.mark.parametrize("name", FEATURES)
def test_a_table_has_each_feature_with_its_unit_and_range(name):
    info = FEATURES[name].info
    row = next((line for line in TEXT.splitlines() if line.startswith(f"| `{name}` |")), None)
    assert row, f"{name} is missing in the table of features"
    _, unit, extent = (cell.strip() for cell in row.strip("|").split("|")[1:])
    assert unit.startswith(info.unit)
    assert ("circular" in unit) == info.circular
    if info.low is None:
        assert not extent
    elif info.high is None:
        assert extent == f"from {info.low:g}"
    else:
        assert extent == f"{info.low:g} to {info.high:g}"


@pytest.mark.parametrize("kind", ["ORDERS", "CLUSTERINGS", "EMBEDDINGS", "STYLES", "OUTPUT_KINDS"])
def test_every_class_of_a_registry_is_documented(kind):
    assert [entry.__name__ for entry in getattr(i2s, kind).values() if f"{entry.__name__}(" not in TEXT] == []


@pytest.mark.parametrize(
    "names", [MOODS, GENRES, METRES, ENSEMBLES, SCALES, TRACK_MOODS, CUTTINGS], ids=lambda names: next(iter(names))
)
def test_every_value_of_a_parameter_of_the_music_is_documented(names):
    assert [name for name in names if f'"{name}"' not in TEXT] == []


def test_every_value_of_a_field_of_a_genre_is_documented():
    rows = dict(_rows("| in `Genre(...)` | names |"))
    tables = {"figures": FIGURES, "bass": BASSES, "drums": DRUM_PATTERNS, "structures": STRUCTURES}
    assert list(DESCRIPTIONS) == list(MODELS)
    tables["progressions"] = MODELS
    for field, names in tables.items():
        row = next(text for key, text in rows.items() if key.startswith(f"`{field}=`"))
        assert re.findall('`"([^"]*)"`', row) == list(names)
    textures = "".join(row[0] for row in _rows("| texture | what plays |"))
    assert set(re.findall('`"([^"]*)"`', textures)) == set(TEXTURES)
    kit = rows["`textures=`, sparse to dense"].split("a kit plays in")[1]
    assert set(re.findall('`"([^"]*)"`', kit)) == {name for name, texture in TEXTURES.items() if texture.drums}


def _rows(head):
    table = TEXT.split(head)[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_tables_of_genres_and_moods_are_those_of_the_music():
    genres = {row[0].strip('`"'): (row[3], row[4]) for row in _rows("| genre | sounds like |")}
    assert genres == {
        name: (", ".join(row.metres), f"{row.tempi_bpm[0]:g} to {row.tempi_bpm[1]:g}") for name, row in GENRES.items()
    }
    moods = {row[0].strip('`"'): (row[2], row[3]) for row in _rows("| mood | for |")}
    assert moods == {
        name: (f"{mood.tempi_bpm[0]:g} to {mood.tempi_bpm[1]:g}", ", ".join(mood.genres))
        for name, mood in {**MOODS, "none": NEUTRAL}.items()
    }


def test_the_table_of_the_mapping_is_the_mapping():
    table = TEXT.split("| parameter | follows |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    documented = {row[0].strip("`"): row[1:] for row in rows}
    assert list(documented) == list(MAPPING)
    for parameter, link in MAPPING.items():
        feature, low, high, source = documented[parameter]
        assert (feature, low, high) == (f"`{link.feature}`", link.low, link.high)
        assert source in link.source


@pytest.mark.parametrize(
    "kind", [i2s.SequencePlan, *STYLES.values(), *map(type, DEFAULT_OUTPUTS)], ids=lambda kind: kind.__name__
)
def test_every_parameter_is_documented(kind):
    parameters = [name for name in inspect.signature(kind).parameters if name not in ("name", "order", "a", "b")]
    assert [name for name in parameters if f"{name}=" not in TEXT and f"`{name}`" not in TEXT] == []


def test_every_setting_is_documented():
    assert [name for name in i2s.config.NAMES if name not in TEXT] == []


def test_the_readme_of_the_tracks_lists_them():
    page = (ROOT / "music" / "README.md").read_text(encoding="utf-8")
    tracks = {path.name for path in (ROOT / "music").glob("*.ogg")}
    assert tracks
    assert set(re.findall(r"^\| `(.*?)` \|", page, re.MULTILINE)) == tracks


def test_every_key_of_the_manifest_is_documented(folder):
    manifest = i2s.run([small_plan()], root=folder).manifest
    (result,) = manifest["results"]
    blocks = [
        manifest,
        manifest["collection"],
        manifest["health"],
        manifest["features"][0],
        manifest["health"]["dates"],
    ]
    blocks += [result, result["driver"], result["criterion"], result["music"], result["files"]]
    documented = set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", TEXT))
    assert sorted({key for block in blocks for key in block} - documented) == []
