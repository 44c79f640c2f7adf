"""The terminal shows names and messages from files and sessions as text: they cannot control it."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from imbatch2soundvisu.cli import session_file
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.cli.terminal import Terminal
from imbatch2soundvisu.cli.text import plain
from imbatch2soundvisu.core import Collection, FeatureInfo, FeatureTable, ImageRecord, Result, Skipped
from imbatch2soundvisu.pipeline import RunResult
from imbatch2soundvisu.plans import PLAN_KINDS
from tests.conftest import photo

COLOUR, TITLE, C1 = "\x1b[31mred.jpg", "\x1b]0;owned\x07.jpg", "\x9b31m.jpg"
FORGED, TURNED, EMOJI, MARKUP = "a\nnot made: b.jpg", "a\u202egpj.exe", "a:heart:.jpg", "[bold]a[/x].jpg"
NO_TEXT = os.fsdecode(b"\xff.jpg") if os.name == "posix" else "\udcff.jpg"
HOSTILE = (COLOUR, TITLE, C1, FORGED, TURNED, EMOJI, MARKUP, NO_TEXT)


def stream(encoding: str = "utf-8") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")


def written(file: io.TextIOWrapper) -> str:
    file.flush()
    return file.buffer.getvalue().decode(file.encoding)  # type: ignore[attr-defined]


def table(unit: str = "share", name: str = "luminance", description: str = "mean lightness") -> FeatureTable:
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(3))
    return FeatureTable(records, {name: np.arange(3.0)}, info={name: FeatureInfo(name, unit, description=description)})


def show_everything(console: Console | None, hostile: str) -> None:
    """Show all that a terminal can show, with `hostile` wherever a file or a session could put it."""
    terminal = Terminal(console, verbose=True)
    features = table(unit=hostile, name=hostile, description=hostile)
    skipped = (Skipped(hostile, hostile),)
    collection = Collection(Path(hostile), features.records, 4, skipped, skipped)
    entry = {
        "plan": hostile, "images": [hostile], "shown": [hostile], "summary": hostile, "lines": [hostile],
        "music": {"engine": hostile},
    }  # fmt: skip
    result = Result(Path(hostile), entry, {})
    terminal.measured(collection, features)
    terminal.made(result, type("Plan", (), {"name": hostile})())
    terminal.problem(hostile)
    terminal.finished(RunResult(Path(hostile), collection, features, (result,)))


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
@pytest.mark.parametrize("is_terminal", [False, True])
def test_text_from_files_cannot_control_the_terminal(hostile: str, is_terminal: bool) -> None:
    shown = []
    for text in (hostile, "harmless.jpg"):
        file = stream()
        show_everything(Console(file=file, force_terminal=is_terminal, color_system=None, width=400), text)
        shown.append(written(file))
    printed, harmless = shown
    assert printed.count("\n") == harmless.count("\n")
    assert not set(printed) & set("\x1b\x07\x9b\u202e\u2764")
    assert printed.count(plain(hostile)) == harmless.count("harmless.jpg") >= 16


@pytest.mark.parametrize(
    ("kept", "line"), [(False, "a · b: 3 images\n"), (True, "a · b: 3 images (unchanged, kept)\n")]
)
def test_a_result_is_its_title_and_summary(kept: bool, line: str) -> None:
    file = stream()
    entry = {"plan": "a", "cluster": "b", "summary": "3 images", "lines": ["one more"]}
    Terminal(Console(file=file, color_system=None, width=400)).made(Result(Path("a"), entry, {}, kept=kept), None)
    assert written(file) == f"{line}  one more\n"


def test_plain_leaves_text_of_every_script_alone() -> None:
    ordinary = "Ünïcode, 日本, שלום, 👩\u200d🚀, a\u202fb, C:\\images"
    assert plain(ordinary) == ordinary
    assert plain("a\nb\tc\x7f", keep="\n") == "a\nb\\tc\\x7f"
    assert plain("\u2028\u2067\udcff") == r"\u2028\u2067\udcff"


def test_styles_reach_a_terminal() -> None:
    file = stream()
    Terminal(Console(file=file, force_terminal=True, color_system="standard", width=200)).problem("it")
    assert "\x1b[1;31mnot made:\x1b[0m it" in written(file)


def test_a_pipe_that_cannot_write_a_character_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    file = stream("cp1252")
    monkeypatch.setattr(sys, "stdout", file)
    show_everything(None, "日本.jpg")
    assert "??.jpg" in written(file)


def test_the_list_survives_a_narrow_pipe_and_a_hostile_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    file = stream("cp1252")
    monkeypatch.setattr(sys, "stdout", file)
    Path("s.py").write_text(
        "from imbatch2soundvisu import *\nPLANS = [SequencePlan('日\\x1b[31m\\nx')]", encoding="utf-8"
    )
    assert main(["s.py", "--list"]) == 0
    assert r"?\x1b[31m\nx" in written(file)


def test_the_list_names_kinds_of_plan_that_are_registered(capsys: pytest.CaptureFixture[str]) -> None:
    class Extra:
        """Something else to make."""

    PLAN_KINDS.register("extra")(Extra)
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert "  sequence " in printed
    assert f"  {'extra':<18} Something else to make." in printed


@pytest.mark.parametrize(("given", "made"), [("my", "my.py"), ("my.py", "my.py"), ("v1.2", "v1.2.py")])
def test_a_new_session_has_the_ending_py(given: str, made: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--new", given]) == 0
    printed = capsys.readouterr().out.strip()
    assert printed == f"Wrote {made}. Edit it, then run: python -m imbatch2soundvisu {made}"
    assert Path(made).is_file()
    assert session_file.write_starter(Path("other")) == Path("other.py")


def test_a_nul_byte_in_a_session_is_reported_with_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("n.py").write_bytes(b"PLANS = []\n\0")
    assert main(["n.py"]) == 2
    error = capsys.readouterr().err
    assert "n.py: " in error
    assert "null bytes" in error
    assert "None" not in error


def test_errors_keep_their_line_breaks_and_lose_control_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"")
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(folder))
    Path("s.py").write_text("from imbatch2soundvisu import *\nPLANS = [SequencePlan('a')]")
    assert main(["s.py"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("imbatch2soundvisu: no usable image among 2 files")
    assert "\n  a.jpg: " in error
    assert "\n  b.jpg: " in error
    (folder / "b.jpg").unlink()
    assert main(["s.py"]) == 2
    assert capsys.readouterr().err.startswith("imbatch2soundvisu: no usable image among 1 file in ")
    assert main(["\x1b[31mred.py"]) == 2
    assert r"\x1b[31mred.py" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="such names are only possible on POSIX systems")
def test_a_run_of_files_with_hostile_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for seed, name in enumerate((COLOUR, FORGED, EMOJI)):
        Image.fromarray(photo(seed)).save(folder / name)
    (folder / TITLE).write_bytes(b"no image")
    Path("s.py").write_text(
        f"from imbatch2soundvisu import *\nDATA_ROOT = {str(folder)!r}\n"
        "PLANS = [SequencePlan('a', music=None, outputs=['tables'])]"
    )
    assert main(["s.py", "--verbose"]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert EMOJI in printed
    assert "\nnot made: b.jpg" not in printed
    assert plain(TITLE) in printed
