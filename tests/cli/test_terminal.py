"""What reaches the terminal: names and messages from elsewhere are shown, never obeyed."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from imbatch2soundvisu.cli import command, session_file
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.cli.terminal import Terminal, listing, plain
from imbatch2soundvisu.core import Collection, FeatureInfo, FeatureTable, ImageRecord, Result, Skipped
from imbatch2soundvisu.pipeline import RunResult
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


def table(unit: str = "share", name: str = "luminance", description: str = "how light it is") -> FeatureTable:
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(3))
    return FeatureTable(records, {name: np.arange(3.0)}, info={name: FeatureInfo(name, unit, description=description)})


def told(terminal: Terminal, hostile: str) -> None:
    """Everything a terminal says, with `hostile` wherever a file or a session could have put it."""
    features = table(unit=hostile, name=hostile, description=hostile)
    skipped = (Skipped(hostile, hostile),)
    collection = Collection(Path(hostile), features.records, 4, skipped, skipped)
    account = {
        "plan": hostile, "images": [hostile], "shown": [hostile], "by": hostile, "criterion_text": hostile,
        "seconds": 1.0, "tempo_bpm": 120.0, "music": {"key": hostile, "engine": hostile},
    }  # fmt: skip
    piece = Result(Path(hostile), account, {})
    verbose = type("Verbose", (), {"verbose": True})()
    terminal.measured(collection, features)
    terminal.made(piece, verbose)
    terminal.problem(hostile)
    terminal.finished(RunResult(Path(hostile), collection, features, (piece,)))


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
@pytest.mark.parametrize("is_terminal", [False, True])
def test_what_comes_from_files_is_shown_and_not_obeyed(hostile: str, is_terminal: bool) -> None:
    shown = []
    for text in (hostile, "harmless.jpg"):
        file = stream()
        told(Terminal(Console(file=file, force_terminal=is_terminal, color_system=None, width=400)), text)
        shown.append(written(file))
    said, harmless = shown
    assert said.count("\n") == harmless.count("\n")
    assert not set(said) & set("\x1b\x07\x9b\u202e\u2764")
    assert said.count(plain(hostile)) == harmless.count("harmless.jpg") >= 16


@pytest.mark.parametrize(("key", "said"), [("", "120 bpm\n"), ("C minor", "120 bpm, C minor\n")])
def test_a_key_is_said_where_there_is_one(key: str, said: str) -> None:
    file = stream()
    account = {"plan": "steps", "seconds": 1.0, "tempo_bpm": 120.0, "music": {"key": key}}
    terminal = Terminal(Console(file=file, color_system=None, width=400))
    terminal.made(Result(Path("steps"), account, {}), type("Plan", (), {}))
    assert written(file).endswith(said)


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
    told(Terminal(), "日本.jpg")
    assert "??.jpg" in written(file)


def test_the_list_survives_a_narrow_pipe_and_a_hostile_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    file = stream("cp1252")
    monkeypatch.setattr(sys, "stdout", file)
    Path("s.py").write_text(
        "from imbatch2soundvisu.session import *\nPLANS = [SequencePlan('日\\x1b[31m\\nx')]", encoding="utf-8"
    )
    assert main(["s.py", "--list"]) == 0
    assert r"?\x1b[31m\nx" in written(file)
    assert listing([("a", [("b\nc", "d\x1b")])]).count("\n") == 1


def test_the_kinds_of_plan_are_a_registry(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Extra:
        """Something else to make."""

    monkeypatch.setitem(command.PLAN_KINDS, "Extra", Extra)
    assert main(["--list"]) == 0
    said = capsys.readouterr().out
    assert "  SequencePlan " in said
    assert f"  {'Extra':<18} Something else to make." in said


@pytest.mark.parametrize(("asked", "made"), [("my", "my.py"), ("my.py", "my.py"), ("v1.2", "v1.2.py")])
def test_a_new_session_is_named_as_it_is_written(asked: str, made: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--new", asked]) == 0
    said = capsys.readouterr().out.strip()
    assert said == f"Wrote {made}. Edit it, then run: python -m imbatch2soundvisu {made}"
    assert Path(made).is_file()
    assert session_file.write_starter(Path("other")) == Path("other.py")


def test_a_nul_byte_in_a_session_is_told_with_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("n.py").write_bytes(b"PLANS = []\n\0")
    assert main(["n.py"]) == 2
    error = capsys.readouterr().err
    assert "n.py: " in error
    assert "null bytes" in error
    assert "None" not in error


def test_errors_keep_their_lines_and_lose_their_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"")
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(folder))
    Path("s.py").write_text("from imbatch2soundvisu.session import *\nPLANS = [SequencePlan('a')]")
    assert main(["s.py"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("imbatch2soundvisu: no usable image among 2 files")
    assert "\n  a.jpg: " in error
    assert "\n  b.jpg: " in error
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
        f"from imbatch2soundvisu.session import *\nDATA_ROOT = {str(folder)!r}\n"
        "PLANS = [SequencePlan('a', size=(96, 54), music=None, video=False, verbose=True)]"
    )
    assert main(["s.py"]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert EMOJI in said
    assert "\nnot made: b.jpg" not in said
    assert plain(TITLE) in said
