"""Every example runs, the notebook runs, and every session in the README and the docs is valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.cli import session_file
from imbatch2soundvisu.core.errors import ConfigError, MissingExtra
from imbatch2soundvisu.music.styles import STYLES

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def sessions() -> list[Any]:
    """Every Python block with PLANS in the README and the docs, by page and line."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            if re.search(r"^PLANS\b", match[1], re.MULTILINE):
                line = text.count("\n", 0, match.start()) + 2
                found.append(pytest.param(match[1], id=f"{page.relative_to(ROOT).as_posix()}:{line}"))
    return found


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all examples: the sample is cut and measured once."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_writes_everything_that_its_plans_declare(path, cache, tmp_path):
    with session_file.opened(path) as session:
        assert "DATA_ROOT" not in session.settings, "an example uses the built-in sample"
        try:
            run = i2s.run(session.plans, outputs=tmp_path / "outputs", cache=cache, session=session.settings)
        except MissingExtra as error:
            pytest.skip(str(error))
        settings = config.resolve(session.settings)
        assert not run.problems
        assert list(dict.fromkeys(each.entry["plan"] for each in run.results)) == [plan.name for plan in session.plans]
        plans = {plan.name: plan for plan in session.plans}
        for result in run.results:
            assert result.files
            assert all(result.path(kind).stat().st_size > 0 for kind in result.files)
            assert set(result.entry["viewers"]) == set(result.files)
            if result.entry["kind"] == "sequence":
                check_sequence(result, plans[result.entry["plan"]], settings)
    assert run.index.is_file()


def check_sequence(result: i2s.Result, plan: i2s.SequencePlan, settings: config.Settings) -> None:
    """Each output of the plan is there, and no more images than the limit."""
    silent = result.entry["music"] is None
    outputs = [each for each in plan.written if not (silent and getattr(each, "needs_score", False))]
    declared = {name for each in outputs if hasattr(each, "names") for name in each.names(settings)}
    others = set(result.files.values()) - declared
    assert declared <= set(result.files.values())
    assert bool(others) == any(isinstance(each, i2s.Stems) for each in outputs)
    sections = len(result.entry["sections"]) or 1
    assert 2 <= len(result.entry["images"]) <= plan.images_limit(settings) * sections


def test_the_example_of_music_has_every_style():
    with session_file.opened(ROOT / "examples" / "music.py") as session:
        used = {type(plan.music) for plan in session.plans}
    assert used == set(STYLES.values()) - {i2s.Silent}


def test_every_example_is_valid():
    for path in EXAMPLES:
        with session_file.opened(path) as session:
            i2s.check(session.plans, config.resolve(session.settings))


def test_every_example_is_linked_from_the_readme_or_the_docs():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [path.name for path in (*EXAMPLES, *NOTEBOOKS) if f"examples/{path.name}" not in text] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="notebooks are read with nbformat")
    nbclient = pytest.importorskip("nbclient", reason="notebooks are run with nbclient")
    pytest.importorskip("ipykernel", reason="notebooks are run by ipykernel")
    pytest.importorskip("pandas", reason="the notebook shows tables with pandas")
    pytest.importorskip("moviepy", reason="the notebook makes a MoviePy clip")
    pytest.importorskip("anywidget", reason="the notebook shows a map as a widget")
    notebook = nbformat.read(path, as_version=4)
    stored = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not stored, "commit notebooks without their outputs"
    where = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()
    assert (tmp_path / "outputs" / "index.html").is_file()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    kinds = {kind for output in shown for kind in output.get("data", {})}
    assert {"text/html", "image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json"} <= kinds


@pytest.mark.parametrize("block", sessions())
def test_a_session_of_the_docs_is_valid(block, tmp_path):
    path = tmp_path / "documented_session.py"
    imports = "" if "import *" in block else "from imbatch2soundvisu import *\n"
    path.write_text(imports + block, encoding="utf-8")
    try:
        with session_file.opened(path) as session:
            i2s.check(session.plans, config.resolve(session.settings))
    except ConfigError as error:  # a session of the docs may name a recording of the reader's
        if "does not exist" not in str(error):
            raise
