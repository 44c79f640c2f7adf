"""What a person sees in the terminal: bars while it works, tables of what came out. Piped, it is plain lines."""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from ..core import Collection, FeatureTable, Plan, Result, tempo_text
from ..pipeline import Observer, RunResult, overview

_STAGES = {
    "discover": "finding images",
    "frames": "taking frames",
    "measure": "measuring",
    "listening": "listening to tracks",
    "music": "music",
    "video": "film",
    "gif": "GIF",
}
_SKIPPED_SHOWN = 10
#: Controls, halves of surrogate pairs (bytes of a name that are no text), separators of lines and of paragraphs.
_UNSHOWN = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: What turns the direction of the text after it (Unicode Standard Annex 9, 2.1 to 2.5).
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def plain(text: object, keep: str = "") -> str:
    r"""`text` as one line that cannot command the terminal: controls and turns of direction become escapes.

    keep : characters to leave as they are, "\n" for a text of several lines.

    >>> print(plain("a\x1b[31m\nb"))
    a\x1b[31m\nb
    """
    return "".join(_shown(c) if c not in keep else c for c in str(text))


def _shown(character: str) -> str:
    commands = unicodedata.category(character) in _UNSHOWN or unicodedata.bidirectional(character) in _TURNS
    return character.encode("unicode_escape").decode("ascii") if commands else character


def _forgiving(stream: Any) -> None:
    """Let a stream that cannot write a character (a pipe in code page 1252) write "?" rather than fail."""
    if getattr(stream, "errors", None) in ("strict", "surrogateescape") and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


class Terminal(Observer):
    """Tells a run as it goes. Use as a context manager: the bars leave the screen at its end."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, emoji=False)
        if not self.console.is_terminal:
            self.console = Console(
                file=self.console.file, highlight=False, emoji=False, width=10_000, no_color=True, soft_wrap=True
            )
        _forgiving(self.console.file)
        self._bars = Progress(
            SpinnerColumn(), TextColumn("{task.description:<18}", markup=False), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
            console=self.console, transient=True, disable=not self.console.is_terminal,
        )  # fmt: skip
        self._tasks: dict[str, tuple[TaskID, float]] = {}
        self._lock = threading.Lock()
        self._piece = ""
        self._told: set[str] = set()

    def __enter__(self) -> Terminal:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def say(self, *parts: str | tuple[str, str]) -> None:
        """Print one message: strings, shown as they are, and (string, style) pairs. Nothing in them is markup."""
        self.console.print(_text(*parts, keep="\n"))

    def progress(self, stage: str, done: int, total: int) -> None:
        if not self.console.is_terminal:
            if stage.startswith(("download", "listening")) and stage not in self._told:
                self._told.add(stage)
                self.say(plain(_STAGES.get(stage, stage)))
            return
        with self._lock:
            if stage not in self._tasks:
                title = self._piece + _STAGES.get(stage, plain(stage))
                task = self._bars.add_task(title, total=total, rate="")
                self._tasks[stage] = task, time.monotonic()
            task, begun = self._tasks[stage]
            rate = done / max(time.monotonic() - begun, 1e-3)
            self._bars.update(task, completed=done, total=total, rate=f"{rate:.0f}/s" if done else "")
            if done >= total:
                self._bars.remove_task(task)
                del self._tasks[stage]

    def discovered(self, collection: Collection) -> None:
        if collection.source == "sample":
            self.say(
                "No DATA_ROOT is set: using the built-in sample. For your own images set DATA_ROOT in config.py or "
                "in a session,\nor run with IMBATCH2SOUNDVISU_DATA_ROOT=/path/to/images"
            )

    def measured(self, collection: Collection, table: FeatureTable) -> None:
        copies = sum(len(group) - 1 for group in collection.duplicates)
        alike = len(collection.near_duplicates)
        self.say(
            (str(len(collection)), "bold"),
            f" usable images of {collection.found} files in {plain(collection.root)}"
            f" · {len(collection.skipped)} skipped · {len(collection.damaged)} damaged"
            f" · {copies} exact {_plural(copies, 'copy', 'copies')}"
            f" · {alike} {_plural(alike, 'group', 'groups')} that look alike",
        )
        told = {
            "skipped": collection.skipped, "damaged": collection.damaged, "without a vector": table.without_vector,
        }  # fmt: skip
        for title, entries in told.items():
            for each in entries[:_SKIPPED_SHOWN]:
                self.say(f"  {title}: {plain(each.name)}: {plain(each.reason)}")
            if len(entries) > _SKIPPED_SHOWN:
                self.say(f"  … {len(entries) - _SKIPPED_SHOWN} more {title}, all of them in run.json and the gallery")
        for note in table.notes:
            self.say(f"  {plain(note)}")
        self.console.print(self._overview(table))

    def _overview(self, table: FeatureTable) -> Table | Text:
        rows = overview(table)
        if not self.console.is_terminal:
            lines = [f"  {plain(row['name'])}: {', '.join(_range(row, table))}" for row in rows]
            return Text("\n".join(["features (least, median, greatest):", *lines]))
        grid = Table(title="features", title_justify="left", box=None, pad_edge=False, expand=True)
        for head, justify in (("feature", "left"), ("least", "right"), ("median", "right"), ("greatest", "right")):
            grid.add_column(head, justify=justify, no_wrap=True)  # type: ignore[arg-type]
        grid.add_column("what it is", style="dim", no_wrap=True, overflow="ellipsis", ratio=1)
        for row in rows:
            missing = f"({row['undefined']} undefined) " if row["undefined"] else ""
            cells = row["name"], *_range(row, table), missing + row["description"]
            grid.add_row(*(_text(cell) for cell in cells))
        return grid

    def begins(self, plan: Plan, number: int, total: int) -> None:
        with self._lock:
            for task, _ in self._tasks.values():  # of what stopped before its end
                self._bars.remove_task(task)
            self._tasks.clear()
        self._piece = f"{number}/{total} {plain(plan.name)[:24]} · "

    def made(self, piece: Result, plan: Plan) -> None:
        told = piece.account
        kept = " (unchanged, kept)" if piece.kept else ""
        by = told.get("by", "")
        seconds = f", {told['seconds']:.1f} s" if "seconds" in told else ""
        tempo = f" at {tempo_text(told['tempo_bpm'])} bpm" if told.get("music") else ""
        key = (told.get("music") or {}).get("key")
        if "groups" in told:
            self._parts(piece, kept)
            return
        self.say(
            (plain(piece.title), "bold"),
            f": {len(told.get('images', ()))} images by {plain(by)}"
            f"; {plain(told.get('criterion_text', ''))}{seconds}{tempo}{plain(f', {key}' if key else '')}{kept}",
        )
        if getattr(plan, "verbose", False):
            for position, (name, value) in enumerate(zip(told["images"], told["shown"], strict=True), 1):
                self.say(f"  {position:>4}  {plain(value):>10}  {plain(name)}")

    def _parts(self, piece: Result, kept: str) -> None:
        """What a split found: how good it is, and what each part is like."""
        groups, size = piece.account["groups"], len(piece.account["images"])
        quality = groups.get("quality") or {}
        figures = [
            f"{title} {quality[key]:.2f}"
            for key, title in (
                ("silhouette", "silhouette"),
                ("silhouette_random", "shuffled"),
                ("stability", "stability"),
            )
            if quality.get(key) is not None
        ]
        parts = f"{len(groups['parts'])} {_plural(len(groups['parts']), 'part', 'parts')}"
        told = ", ".join([f": {size} images in {parts} by {plain(groups['by'])}", *figures])
        self.say((plain(piece.title), "bold"), f"{told}{kept}")
        for note in groups.get("notes") or ():
            self.say(f"  {plain(note)}")
        for part in groups["parts"]:
            self.say(f"  {plain(part['part'])}: {part['size']}, {plain(part['words'])}")

    def problem(self, text: str) -> None:
        self.say(("not made:", "bold red"), f" {plain(text)}")

    def finished(self, result: RunResult) -> None:
        """Say where to look, and what played."""
        engines = {piece.account["music"].get("engine") for piece in result.pieces if piece.account.get("music")}
        for engine in sorted(filter(None, engines)):
            self.say(f"played by {plain(engine)}")
        total = sum(result.seconds.values())
        made = sum(not piece.kept for piece in result.pieces)
        self.say(
            f"{made} {_plural(made, 'piece', 'pieces')} made, {len(result.pieces) - made} kept, in {total:.1f} s. "
            f"Open {plain(result.index)}"
        )


def _text(*parts: str | tuple[str, str], keep: str = "") -> Text:
    """Strings and (string, style) pairs as they are to be seen."""
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Text.assemble(*((plain(words, keep), style) for words, style in pairs))


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _range(row: dict, table: FeatureTable) -> list[str]:
    info = table.info[row["name"]]
    return ["–" if row[key] is None else plain(info.format(row[key])) for key in ("min", "median", "max")]


def listing(sections: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> str:
    """Everything there is, one line each, in plain text."""
    lines = []
    for title, entries in sections:
        lines.append(f"{plain(title)}:")
        lines += [f"  {plain(name):<18} {plain(description)}" for name, description in entries]
    return "\n".join(lines)
