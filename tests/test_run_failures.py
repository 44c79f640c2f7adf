"""What fails costs as little as it can: one output or one plan, and never a half-written file."""

from __future__ import annotations

import dataclasses
import errno
import json
import re
from pathlib import Path

import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu import plans
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Part, Score
from imbatch2soundvisu.core.errors import MakeError
from imbatch2soundvisu.runtime.partials import PARTIAL
from tests.small import small_outputs, without_video


def plan(name: str = "dark to bright", **fields) -> i2s.SequencePlan:
    """A plan that is declared in this file."""
    return i2s.SequencePlan(name, **{"outputs": small_outputs(), "seconds_per_image": 0.5, **fields})


def _unknown_column(table):
    return table["nope"]


@dataclasses.dataclass(frozen=True)
class _Rows:
    """An order that returns the rows it was given, valid or not."""

    rows: tuple
    needs: i2s.Needs = i2s.Needs()

    def order(self, table, rng):
        return np.array(self.rows)


@dataclasses.dataclass(frozen=True)
class _Failing:
    """A style that raises an error."""

    error: Exception = RuntimeError("no idea")

    def timeline(self, sequence, fps, timing):
        return i2s.Silent().timeline(sequence, fps, timing)

    def compose(self, sequence, timeline, rng):
        raise self.error


@dataclasses.dataclass(frozen=True)
class _TooHigh(_Failing):
    """A style with a note that MIDI does not have."""

    def compose(self, sequence, timeline, rng):
        return Score(timeline, (Part("tone", 12),), (Note(0, 500, 90, 0, 960),), style="TooHigh")


@dataclasses.dataclass(frozen=True)
class _Numbers(_Failing):
    """A style whose decisions hold numbers that are not JSON."""

    def compose(self, sequence, timeline, rng):
        tone = Note(0, 60, 90, 0, timeline.total_beats * TICKS_PER_BEAT)
        decisions = ({"hue": float("nan"), "rank": np.int64(3), "share": np.float32(0.5)} for _ in sequence.records)
        return Score(timeline, (Part("tone", 12),), (tone,), style="numbers", decisions=tuple(decisions))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"order": _unknown_column}, "nope"),
        ({"order": _Rows((0, 99))}, "at most once, from 0 to 11"),
        ({"order": _Rows((0, 0, 1))}, "at most once"),
        ({"order": _Rows((3,))}, "at least 2"),
        ({"where": lambda table: table["luminance"] > 2}, "leave 0 of 12"),
        ({"music": _Failing()}, "RuntimeError: no idea"),
        ({"music": _TooHigh()}, "TooHigh: note 1 has pitch=500; it must be a whole number from 0 to 127"),
        ({"music": _Failing(FileNotFoundError(2, "not there", "tune.mid"))}, "tune.mid"),
    ],
)
def test_a_plan_that_fails_does_not_stop_the_others(folder, fields, message):
    made = {"outputs": [i2s.Tables()]}
    result = i2s.run([plan("first", **made), plan("bad", **fields, **made), plan("last", **made)], root=folder)
    assert [each.title for each in result.results] == ["first", "last"]
    assert result.exit_code == 1
    assert message in result.problems[0]
    assert "plan 'bad': " in result.problems[0]
    assert re.search(r"test_run_failures\.py:\d+: ", result.problems[0])
    assert (result.outputs / "index.html").is_file()
    assert json.loads((result.outputs / "run.json").read_text())["problems"] == list(result.problems)


def test_numbers_of_numpy_in_decisions_become_json(folder):
    result = i2s.run([plan(music=_Numbers(), outputs=without_video())], root=folder)
    assert result.problems == ()
    decision = json.loads(result.results[0].path("decisions").read_text())["images"][0]
    assert (decision["hue"], decision["rank"], decision["share"]) == (None, 3, 0.5)
    assert json.loads((result.outputs / "run.json").read_text())["results"]


def test_without_a_sound_engine_everything_but_the_sound_is_written(folder, monkeypatch):
    def find_engine(*_: object) -> None:
        raise i2s.EngineMissing("no FluidSynth: pip install pyfluidsynth")

    monkeypatch.setattr("imbatch2soundvisu.music.engines.find_engine", find_engine)
    result = i2s.run([plan()], root=folder)
    assert result.exit_code == 1
    assert set(result.results[0].files) >= {"mid", "gif", "mp4", "decisions"}
    assert "wav" not in result.results[0].files
    assert "pip install pyfluidsynth" in result.problems[0]


def test_an_image_that_is_deleted_during_the_run_is_named(folder, monkeypatch):
    original = plans.SequencePlan.sequence

    def delete_one(self, table, settings=None):
        sequence = original(self, table, settings)
        sequence.records[4].path.unlink()
        return sequence

    monkeypatch.setattr(plans.SequencePlan, "sequence", delete_one)
    result = i2s.run([plan()], root=folder)
    assert result.exit_code == 1
    assert "image-" in " ".join(result.problems)
    assert not list(result.outputs.rglob(f"{PARTIAL}*"))
    assert json.loads((result.results[0].folder / plans.RESULT).read_text())["sizes"] == {}


def test_a_full_disk_is_one_clear_error(folder, monkeypatch, capsys):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "sequence.gif")

    monkeypatch.setattr("imbatch2soundvisu.visuals.write_gif", full)
    with pytest.raises(MakeError, match=r"sequence\.gif: No space left"):
        i2s.run([plan()], root=folder)
    session = Path("s.py")
    session.write_text(f"from imbatch2soundvisu import *\nPLANS = [SequencePlan('a')]\nDATA_ROOT = {str(folder)!r}\n")
    assert main(["s.py"]) == 1
    assert len(capsys.readouterr().err.strip().split("\n")) == 1


def test_ctrl_c_leaves_no_half_written_file(folder):
    class Impatient(i2s.Observer):
        def progress(self, stage, done, total):
            if stage == "gif" and done == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        i2s.run([plan()], root=folder, observer=Impatient())
    assert not list(Path("outputs").rglob(f"{PARTIAL}*"))
    assert not list(Path("outputs").rglob("sequence.gif"))
    assert i2s.run([plan()], root=folder).exit_code == 0
