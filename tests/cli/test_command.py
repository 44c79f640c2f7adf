"""The command line: what it runs, prints and returns."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli import session_file
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.clustering import CLUSTERINGS
from imbatch2soundvisu.embeddings import EMBEDDINGS
from imbatch2soundvisu.features import FEATURES, PASSES
from imbatch2soundvisu.features.faces import FACE_DETECTORS, FACE_EMBEDDINGS
from imbatch2soundvisu.music.composition.bass_patterns import BASSES
from imbatch2soundvisu.music.composition.drum_patterns import DRUM_PATTERNS
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.composition.figures import FIGURES
from imbatch2soundvisu.music.composition.genres import GENRES
from imbatch2soundvisu.music.composition.mapping import MAPPING
from imbatch2soundvisu.music.composition.moods import MOODS
from imbatch2soundvisu.music.composition.phrase_structures import STRUCTURES
from imbatch2soundvisu.music.composition.progressions import MODELS
from imbatch2soundvisu.music.composition.sonified import SCALES
from imbatch2soundvisu.music.composition.textures import TEXTURES
from imbatch2soundvisu.music.cutting import CUTTINGS
from imbatch2soundvisu.music.styles import STYLES
from imbatch2soundvisu.plans import OUTPUT_KINDS, PLAN_KINDS
from imbatch2soundvisu.sorting import ORDERS
from imbatch2soundvisu.visuals.video import MOTIONS, TRANSITIONS
from tests.small import without_video


def session(text: str) -> str:
    path = Path("my_session.py")
    path.write_text("from imbatch2soundvisu import *\n" + text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PLANS = [SequencePlan('a', order='lum')]", "my_session.py:2: .*unknown"),
        ("x = 1\nPLANS = [1 / 0]", "my_session.py:3: ZeroDivisionError"),
        ("PLANS = [", "my_session.py:2: .*never closed"),
        ("import nowhere_to_be_found", "my_session.py:2: ModuleNotFoundError"),
        ("x = SequencePlan('a', cluster='folder')", "my_session.py:2: .*Did you mean 'clusters'"),
        ("x = SmoothPath(seconds=-1)", "my_session.py:2: "),
        ("nothing = 1", "no PLANS"),
        ("PLANS = []", "no plans"),
        ("PLANS = [SequencePlan('a')]\nDATA_ROOT = 'missing'", "missing: No such file"),
        ("PLANS = [SequencePlan('a')]\nFPS = 'fast'", "my_session.py:3: FPS='fast'"),
        ("PLANS = [SequencePlan('a')]\nOUTPUT = 'here'", "my_session.py:3: .*Did you mean 'OUTPUTS'"),
    ],
)
def test_an_invalid_session_ends_with_2_before_any_work(text, message, capsys):
    assert main([session(text)]) == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert "Traceback" not in error
    assert not Path("outputs").exists() or not list(Path("outputs").iterdir())


def test_a_session_that_does_not_exist_is_named(capsys):
    assert main(["nowhere.py"]) == 2
    assert "nowhere.py" in capsys.readouterr().err


def test_outputs_that_cannot_be_written_are_named(folder, capsys):
    Path("blocked").write_text("a file")
    text = f"PLANS = [SequencePlan('a')]\nDATA_ROOT = {str(folder)!r}\nOUTPUTS = 'blocked/outputs'"
    assert main([session(text)]) == 2
    assert "blocked" in capsys.readouterr().err


def test_the_environment_wins_over_the_session_and_verbose_prints_every_image(folder, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(folder))
    monkeypatch.setenv("IMBATCH2SOUNDVISU_OUTPUTS", str(tmp_path / "elsewhere"))
    text = (
        "PLANS = [SequencePlan('a', outputs=[Film(), Tables()])]\nDATA_ROOT = 'missing'\nOUTPUTS = 'here'\n"
        "VIDEO_SIZE = (96, 54)\nLIMIT = 3"
    )
    assert main([session(text), "--verbose"]) == 0
    assert (tmp_path / "elsewhere" / "a" / "sequence.mp4").is_file()
    printed = capsys.readouterr().out
    assert "12 usable images of 12 files" in printed
    assert "a: 3 of 12 images (limit=3) by luminance" in printed
    assert "features (minimum, median, maximum)" in printed
    assert len(re.findall(r"^ +\d  .* image-\d\d\.jpg$", printed, re.MULTILINE)) == 3
    assert "index.html" in printed


def test_without_verbose_a_result_is_one_line(folder, monkeypatch, capsys):
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(folder))
    assert main([session("PLANS = [SequencePlan('a', outputs=['tables'])]")]) == 0
    printed = capsys.readouterr().out
    assert "image-" not in printed
    assert sum(line.startswith("a: ") for line in printed.splitlines()) == 1
    assert main([session("PLANS = [SequencePlan('a', outputs=['tables'])]")]) == 0
    assert "(unchanged, kept)" in capsys.readouterr().out


@pytest.mark.slow
def test_the_starter_session_makes_every_plan(folder):
    assert main(["--new", "mine.py"]) == 0
    with session_file.opened(Path("mine.py")) as starter:
        assert len(starter.plans) >= 5
        small = [
            dataclasses.replace(each, limit=4, seconds_per_image=0.3, outputs=without_video()) for each in starter.plans
        ]
        result = i2s.run(small, root=folder)
    assert {each.entry["plan"] for each in result.results} == {plan.name for plan in starter.plans}
    assert result.exit_code == 0, result.problems


def test_the_starter_session_is_valid_and_never_overwritten(capsys):
    assert main(["--new", "mine.py"]) == 0
    with session_file.opened(Path("mine.py")) as starter:
        i2s.check(starter.plans)
    assert main(["--new", "mine.py"]) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_session_of_the_package_is_valid():
    with session_file.opened() as own:
        i2s.check(own.plans)
    assert own.settings == {}


REGISTRIES = (FEATURES, ORDERS, EMBEDDINGS, CLUSTERINGS, STYLES, OUTPUT_KINDS, TRANSITIONS, MOTIONS, PLAN_KINDS, PASSES)
REGISTRIES += (FACE_DETECTORS, FACE_EMBEDDINGS)
TABLES = (
    MOODS, GENRES, ENSEMBLES, MAPPING, SCALES, CUTTINGS, TEXTURES, FIGURES, BASSES, DRUM_PATTERNS, STRUCTURES, MODELS,
)  # fmt: skip


def test_the_list_names_every_entry_of_every_registry(capsys):
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    for name in (*(name for kind in (*REGISTRIES, *TABLES) for name in kind), "dark to bright"):
        assert re.search(rf"^  {re.escape(name)}\s", printed, re.MULTILINE), name


def test_play_plays_the_sound_of_each_result(folder, monkeypatch, capsys):
    played = []
    monkeypatch.setattr("imbatch2soundvisu.music.playback.play_file", played.append)
    text = f"PLANS = [SequencePlan('a', limit=3, outputs=['wav'], total_seconds=1)]\nDATA_ROOT = {str(folder)!r}"
    assert main([session(text), "--play"]) == 0
    assert played == [Path("outputs/a/sequence.wav")]
    assert "playing a" in capsys.readouterr().out
