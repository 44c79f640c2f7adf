"""What a person reads and copies works: the examples run, the README's sessions load, the docs tell what there is."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config, pipeline
from imbatch2soundvisu.cli import session_file
from imbatch2soundvisu.clustering import CLUSTERINGS
from imbatch2soundvisu.embeddings import EMBEDDINGS
from imbatch2soundvisu.features import FEATURES
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES, MOODS
from imbatch2soundvisu.music.composition.mapping import MAPPING
from imbatch2soundvisu.music.composition.sonified import SCALES
from imbatch2soundvisu.music.cutting import CUTTINGS
from imbatch2soundvisu.music.recordings import KINDS as RECORDINGS
from imbatch2soundvisu.music.styles import STYLES
from imbatch2soundvisu.music.timeline import FREE_SHARE
from imbatch2soundvisu.music.tracks import MOODS as TRACK_MOODS
from imbatch2soundvisu.plans import SequencePlan
from imbatch2soundvisu.sorting import ORDERS, PARAMETERS
from tests.test_layers import BELOW, PACKAGE

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("*/README.md")), *sorted((ROOT / "docs").glob("*.md"))]
SESSIONS = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "PLANS = [" in block]
LARGEST_IMAGE = 250_000


@pytest.fixture(autouse=True)
def _only_built_in_features() -> Iterator[None]:
    """Features that a session brings leave with it."""
    before = dict(FEATURES)
    yield
    FEATURES.clear()
    FEATURES.update(before)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all examples: the sample is cut and measured once."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_makes_everything_it_wishes_for(path, cache, tmp_path):
    session = session_file.load(path)
    assert session.root is None, "an example plays with the built-in sample"
    result = pipeline.run(session.plans, outputs=tmp_path / "outputs", cache=cache)
    assert not result.problems
    assert list(dict.fromkeys(piece.account["plan"] for piece in result.pieces)) == [p.name for p in session.plans]
    plans = {plan.name: plan for plan in session.plans}
    for piece in result.pieces:
        plan = plans[piece.account["plan"]]
        if plan.split is not None and not piece.account["part"]:
            assert {"report", "report_text", "assignments", "sizes"} <= set(piece.files)
            continue
        wished = {"contact_sheet", "storyboard", "csv", "decisions"}
        wished |= {kind for kind, wanted in (("mp4", plan.video), ("gif", plan.gif)) if wanted}
        if plan.music is not None and type(plan.music).__name__ != "Silent":
            wished |= {"mid", "wav", "piano_roll"}
        stems = {kind for kind in piece.files if kind.startswith("stem_")}
        assert bool(stems) == plan.stems
        assert wished | stems == set(piece.files)
        assert all(piece.path(kind).stat().st_size > 0 for kind in piece.files)
        parts = len(piece.account["sections"]) or 1
        assert 2 <= len(piece.account["images"]) <= plan.limit * parts
    assert result.index.is_file()


def test_the_example_of_music_has_every_style():
    styles = {type(plan.music).__name__ for plan in session_file.load(ROOT / "examples" / "music.py").plans}
    assert styles == set(STYLES) - {"Silent"}


def test_every_example_is_named_in_the_readme():
    assert EXAMPLES
    assert NOTEBOOKS
    for path in [*EXAMPLES, *NOTEBOOKS]:
        assert f"(examples/{path.name})" in README


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="notebooks are read with nbformat")
    nbclient = pytest.importorskip("nbclient", reason="notebooks are run with nbclient")
    pytest.importorskip("ipykernel", reason="notebooks are run by ipykernel")
    pytest.importorskip("pandas", reason="the notebook shows tables with pandas")
    pytest.importorskip("moviepy", reason="the notebook goes on in MoviePy")
    notebook = nbformat.read(path, as_version=4)
    stored = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not stored, "commit notebooks without their outputs"
    where = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()
    assert (tmp_path / "outputs" / "index.html").is_file()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    kinds = {kind for output in shown for kind in output.get("data", {})}
    assert {"text/html", "image/png", "image/jpeg"} <= kinds


@pytest.mark.parametrize("block", SESSIONS, ids=range(1, len(SESSIONS) + 1))
def test_a_session_of_the_readme_can_be_granted(block, tmp_path):
    path = tmp_path / "session.py"
    path.write_text(block, encoding="utf-8")
    pipeline.check(session_file.load(path).plans)


def test_the_styles_and_orders_of_the_readme_run(cache, tmp_path):
    """The sessions that bring code of their own do not only load: they make a small piece."""
    for number, block in enumerate(block for block in SESSIONS if "@" in block):
        path = tmp_path / f"readme_{number}.py"
        path.write_text(block, encoding="utf-8")
        (plan,) = session_file.load(path).plans
        small = SequencePlan(
            plan.name, plan.order, plan.music, limit=3, seconds_per_image=0.5, size=(64, 36), gif=False
        )
        result = pipeline.run([small], outputs=tmp_path / "outputs", cache=cache)
        assert not result.problems
        assert {"mp4", "mid", "wav"} <= set(result.pieces[0].files)


def test_the_lines_about_music_in_notebooks_run(cache, tmp_path):
    (block,) = (each for each in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "sound.preview(" in each)
    still = SequencePlan("still", limit=4, video=False, gif=False, music=None)
    sequence = pipeline.run([still], outputs=tmp_path / "outputs", cache=cache).pieces[0].sequence
    known = {"i2s": i2s, "sequence": sequence}
    exec(compile(block, "README.md", "exec"), known)
    assert known["score"].decisions[0]["why"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_images_of_a_page_exist(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", text):
        if "://" in target:
            continue
        linked = (path.parent / target).resolve() if target else path
        assert linked.exists(), f"{target} is not there"
        assert linked.is_relative_to(ROOT)
        if anchor:
            assert anchor in _anchors(linked.read_text(encoding="utf-8"))


def _anchors(text: str) -> set[str]:
    """What GitHub calls the headings of a page."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


def test_the_first_screen_shows_a_image_and_the_two_commands():
    first = "\n".join(README.splitlines()[:30])
    for wanted in ("![", "make run", "make test", "pip install -e .", "-m imbatch2soundvisu", "-m pytest"):
        assert wanted in first


def test_images_of_the_docs_are_small():
    images = [path for path in (ROOT / "docs").iterdir() if path.suffix in (".png", ".jpg")]
    assert images
    assert all(path.stat().st_size <= LARGEST_IMAGE for path in images)


@pytest.mark.parametrize("name", FEATURES)
def test_the_readme_tells_each_feature_with_its_unit_and_range(name):
    info = FEATURES[name].info
    row = next((line for line in README.splitlines() if line.startswith(f"| `{name}` |")), None)
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


def test_the_docs_tell_the_size_that_is_measured():
    for page in (README, ARCHITECTURE):
        assert set(re.findall(r"(\d+) px\)? on (?:its|the) longer side", page)) == {str(config.MEASURE_SIZE)}


def test_the_readme_tells_of_no_feature_that_there_is_not():
    table = README.split("| feature | what rises |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(FEATURES)


def test_the_readme_names_every_order_grouping_embedding_style_and_mood():
    for name, order in ORDERS.items():
        assert f"{order.__name__}(" in README
        assert f'"{name}"' in README or name in PARAMETERS
    for name, kind in (CLUSTERINGS | EMBEDDINGS).items():
        assert f"{kind.__name__}(" in README
        assert f'"{name}"' in README
    for style in STYLES:
        assert f"{style}(" in README
    for mood in MOODS:
        assert f'"{mood}"' in README


def test_the_readme_names_all_that_music_may_be_called():
    music = README.split("\n## Music")[1].split("\n## ")[0]
    for name in (*ENSEMBLES, *SCALES, *TRACK_MOODS, *CUTTINGS):
        assert f'"{name}"' in music
    for kind in RECORDINGS:
        assert kind[1:].upper().replace("OGA", "OGG").replace("AIFF", "AIF") in music


def test_the_readme_tells_what_music_follows_by_default():
    table = README.split("| parameter | follows |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    told = {row[0].strip("`"): row[1:] for row in rows}
    assert list(told) == list(MAPPING)
    for parameter, link in MAPPING.items():
        feature, low, high, source = told[parameter]
        assert (feature, low, high) == (f"`{link.feature}`", link.low, link.high)
        assert source in link.source


def test_the_readme_tells_how_long_images_last_where_nobody_says():
    low, high = (config.SECONDS_PER_IMAGE * share for share in FREE_SHARE)
    assert f"{low:g} to {high:g}," in README


def test_the_readme_of_the_tracks_tells_those_that_are_there():
    page = (ROOT / "music" / "README.md").read_text(encoding="utf-8")
    there = {path.name for path in (ROOT / "music").glob("*.ogg")}
    assert there
    assert set(re.findall(r"^\| `(.*?)` \|", page, re.MULTILINE)) == there


@pytest.mark.parametrize("kind", [SequencePlan, *STYLES.values()], ids=lambda kind: kind.__name__)
def test_the_readme_names_every_wish(kind):
    told = [name for name in inspect.signature(kind).parameters if name not in ("name", "order", "a", "b", "folder")]
    missing = [name for name in told if f"{name}=" not in README]
    assert not missing


def test_the_table_of_rooms_is_the_one_that_is_held():
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", ARCHITECTURE.split("## Rooms")[1], re.MULTILINE)
    drawn = {room: set(imports.split()) for room, imports in rows if room in BELOW}
    there = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")}
    assert set(drawn) == there
    for room, allowed in BELOW.items():
        if room in there:
            assert drawn[room] == ({"everything"} if allowed == "*" else set(allowed.split()) & there), room


def test_the_architecture_tells_every_key_of_the_account(cache, tmp_path):
    plan = SequencePlan("keys", limit=3, seconds_per_image=0.5, size=(64, 36), gif_size=(32, 18))
    result = pipeline.run([plan], outputs=tmp_path / "outputs", cache=cache)
    told = set(re.findall(r"`([^`]+)`", ARCHITECTURE))
    account, piece = result.account, result.account["pieces"][0]
    held = [account, account["collection"], account["health"], account["features"][0]]
    held += [account["health"]["dates"], account["health"]["distribution"]["hue"]]
    held += [piece, piece["driver"], piece["criterion"], piece["music"], piece["files"]]
    for block in held:
        assert set(block) <= told
    for each in result.pieces[0].files.values():
        assert Path(each).suffix in ARCHITECTURE
