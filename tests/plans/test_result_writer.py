"""One writer for every kind of content: files, manifest, what is kept, and what a failing output costs."""

from __future__ import annotations

import errno
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import NotOursError, UnwritableError
from imbatch2soundvisu.plans import RESULT, Content, Output, write_result
from imbatch2soundvisu.runtime import files, ownership
from tests.small import without_video

OUT = Path("out")


@dataclass(frozen=True)
class Words:
    """A content that is not a sequence."""

    words: tuple[str, ...] = ("one", "two")
    plan: str = "words"

    def state(self):
        return list(self.words)

    def entry(self):
        return {"plan": self.plan, "kind": "words", "images": [], "summary": f"{len(self.words)} words"}


@dataclass(frozen=True)
class Text:
    """An output that writes the words into a file."""

    separator: str = " "
    name: str = "words.txt"

    def write(self, content, out):
        out.describe(count=len(content.words))
        files.write_text(out.path("text", self.name, "text", "Words"), self.separator.join(content.words))


@dataclass(frozen=True)
class Failing:
    """An output that raises an error after it has written a file."""

    error: Exception = ValueError("no ink")

    def write(self, content, out):
        files.write_text(out.path("half", "half.txt"), "half")
        raise self.error


def made(*outputs, content=Words(), **settings):
    """Write a content into the folder "out", as a run does."""
    with ownership.guarding(OUT) as guard:
        guard.check_free([], [OUT])
        return write_result(content, outputs, OUT, i2s.RunContext(config.resolve(settings)))


def test_contents_and_outputs_of_a_session_follow_the_protocols():
    assert isinstance(Words(), Content)
    assert isinstance(Text(), Output)


def test_a_result_lists_its_files_with_viewers_labels_and_described_values():
    result = made(Text())
    assert result.path("text").read_text() == "one two"
    assert result.entry["summary"] == "2 words"
    assert result.entry["count"] == 2
    assert (result.entry["files"], result.entry["viewers"]) == ({"text": "words.txt"}, {"text": "text"})
    assert result.entry["labels"] == {"text": "Words"}
    saved = json.loads((result.folder / RESULT).read_text())
    assert saved["entry"]["summary"] == "2 words"


def test_lines_of_content_and_outputs_add_up(monkeypatch):
    own = Words.entry
    monkeypatch.setattr(Words, "entry", lambda self: {**own(self), "lines": ["of the content"]})
    monkeypatch.setattr(Text, "write", lambda self, content, out: out.describe(lines=[f"of {self.name}"]))
    lines = made(Text(), Text(name="more.txt")).entry["lines"]
    assert lines[0] == "of the content"
    assert sorted(lines[1:]) == ["of more.txt", "of words.txt"]


def test_an_unchanged_result_is_kept_with_its_entry():
    first = made(Text())
    time = first.path("text").stat().st_mtime_ns
    second = made(Text())
    assert second.kept
    assert second.entry == {**first.entry, "kept": True}
    assert second.path("text").stat().st_mtime_ns == time


@pytest.mark.parametrize(
    ("outputs", "content", "settings"),
    [
        ([Text(separator=", ")], Words(), {}),
        ([Text()], Words(("one", "two", "three")), {}),
        ([Text()], Words(), {"BACKGROUND": (1, 2, 3)}),
    ],
    ids=["output field", "content", "setting"],
)
def test_a_changed_output_field_content_or_setting_makes_the_result_again(outputs, content, settings):
    made(Text())
    again = made(*outputs, content=content, **settings)
    assert not again.kept
    assert again.path("text").read_text() == outputs[0].separator.join(content.words)


def test_an_output_that_raises_costs_only_its_own_file_and_its_line_is_named():
    result = made(Failing(), Text())
    assert result.path("text").read_text() == "one two"
    (problem,) = result.problems
    assert re.search(r"^failing: .*test_result_writer\.py:\d+: ValueError: no ink$", problem)
    assert result.entry["problems"] == [problem]
    assert not made(Failing(), Text()).kept


def test_an_incomplete_result_is_made_again_and_then_kept():
    made(Failing(), Text())
    assert not made(Text()).kept
    assert made(Text()).kept


def test_a_full_disk_stops_the_run_and_names_the_file():
    with pytest.raises(UnwritableError, match=r"half\.txt: No space left"):
        made(Failing(OSError(errno.ENOSPC, "No space left on device", "half.txt")), Text())


def test_a_file_that_an_output_cannot_read_is_a_problem_of_that_output_only():
    result = made(Failing(FileNotFoundError(2, "No such file", "font.ttf")), Text())
    assert "font.ttf" in result.problems[0]
    assert result.path("text").is_file()


def test_the_file_of_an_output_that_left_the_list_is_removed():
    first = made(Text(), Text(name="more.txt"))
    assert (first.folder / "more.txt").is_file() or (first.folder / "words.txt").is_file()
    again = made(Text())
    assert not again.kept
    assert {path.name for path in again.folder.iterdir()} - {ownership.RECORD} == {"words.txt", RESULT}


def test_an_unknown_viewer_is_a_problem_with_the_choices():
    class Odd:
        def write(self, content, out):
            out.path("odd", "odd.txt", "hologram")

    (problem,) = made(Odd()).problems
    assert "viewer='hologram'" in problem
    assert "video, image, audio" in problem


def test_a_listed_file_that_was_not_written_is_left_out():
    class Empty:
        def write(self, content, out):
            out.path("nothing", "nothing.txt", "text", "Nothing")

    entry = made(Empty(), Text()).entry
    assert (set(entry["files"]), set(entry["viewers"]), set(entry["labels"])) == ({"text"}, {"text"}, {"text"})


def test_an_output_may_decline_a_content():
    class Other:
        def makes(self, content):
            return False

        def write(self, content, out):
            raise AssertionError

    assert not made(Other(), Text()).problems


def test_the_lines_of_prepare_are_problems_of_the_result():
    class Prepared(Words):
        def prepare(self, outputs, progress):
            return [f"{len(outputs)} output without ink"]

    assert made(Text(), content=Prepared()).problems == ("1 output without ink",)


def test_progress_of_an_output_reaches_the_run(tmp_path):
    seen = []

    class Slow:
        def write(self, content, out):
            out.progress("letters", 1, 2)

    context = i2s.RunContext(config.resolve(), lambda *step: seen.append(step))
    write_result(Words(), [Slow()], tmp_path / "out", context)
    assert seen == [("letters", 1, 2)]


def test_in_a_run_an_output_that_raises_leaves_the_other_files_and_the_exit_code_is_1(folder):
    plan = i2s.SequencePlan("a", limit=3, music=None, outputs=[*without_video(), Failing()])
    run = i2s.run([plan], root=folder)
    assert run.exit_code == 1
    assert {"contact_sheet", "storyboard", "csv", "decisions"} <= set(run.results[0].files)
    assert re.match(r"a: failing: .*test_result_writer\.py:\d+: ValueError: no ink", run.problems[0])


def test_in_a_run_a_removed_output_has_its_file_removed_and_an_edited_one_is_refused(folder):
    def run(*outputs):
        plan = i2s.SequencePlan("a", limit=3, music=None, outputs=outputs)
        return i2s.run([plan], root=folder).results[0]

    first = run(i2s.ContactSheet(), i2s.Tables())
    second = run(i2s.Tables())
    assert not (first.folder / "contact-sheet.jpg").exists()
    assert run(i2s.Tables()).kept
    edited = second.path("csv")
    edited.write_text("mine")
    with pytest.raises(NotOursError, match=r"sequence\.csv was changed after this program wrote it"):
        run(i2s.Tables(), i2s.Storyboard())
    assert edited.read_text() == "mine"


def test_the_memory_of_a_result_is_returned_when_it_is_written(monkeypatch):
    written: list[bool] = []
    monkeypatch.setattr(
        "imbatch2soundvisu.plans.result_writer.return_freed_memory",
        lambda: written.append((OUT / "words.txt").is_file()),
    )
    made(Text())
    assert written == [True]
