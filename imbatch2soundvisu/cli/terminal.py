"""What the terminal shows: bars while a run works, lines of what it made. Piped, it is plain lines."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..core import Collection, FeatureTable, Result
from ..core.text import plural
from ..plans import Plan
from ..report.manifest import overview
from ..report.run import Observer, RunResult
from ..runtime.bars import Bars
from .text import plain, replace_unencodable

_STAGES = {
    "discover": "finding images",
    "frames": "taking frames",
    "measure": "measuring",
    "analyse": "analysing tracks",
    "music": "music",
    "stabilise": "stabilising",
    "video": "film",
    "gif": "GIF",
}
_REASONS_SHOWN = 10


class Terminal(Observer):
    """Shows a run. Use as a context manager: the bars disappear at its end.

    Parameters
    ----------
    console : rich.console.Console, optional
        Where to write; standard output when None.
    verbose : bool
        Show the overview of all features, every image of a sequence with its value, and what played the music.
    quiet : bool
        Show only what could not be made.
    """

    def __init__(self, console: Console | None = None, verbose: bool = False, quiet: bool = False) -> None:
        self.console = console or Console(highlight=False, emoji=False)
        if not self.console.is_terminal:
            self.console = Console(
                file=self.console.file, highlight=False, emoji=False, width=10_000, no_color=True, soft_wrap=True
            )
        replace_unencodable(self.console.file)
        self._bars = Bars(self.console, _STAGES, quiet)
        self._verbose, self._quiet = verbose, quiet
        self._announced: set[str] = set()

    def __enter__(self) -> Terminal:
        self._bars.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.__exit__()

    def say(self, *parts: str | tuple[str, str]) -> None:
        """Print one message: strings, and (string, style) pairs. Nothing in them is markup."""
        if not self._quiet:
            self._print(*parts)

    def _print(self, *parts: str | tuple[str, str]) -> None:
        self.console.print(_text(*parts, keep="\n"))

    def progress(self, stage: str, done: int, total: int) -> None:
        """Move the bar of a stage."""
        if self._bars.shown:
            self._bars(stage, done, total)
        else:
            self._announce(stage)

    def discovered(self, collection: Collection) -> None:
        """Say that the sample is used."""
        if collection.source == "sample":
            self.say(
                "No DATA_ROOT is set: using the built-in sample. For your own images: "
                "python -m imbatch2soundvisu FOLDER,\nor set DATA_ROOT in a session"
            )

    def measured(self, collection: Collection, table: FeatureTable) -> None:
        """Show how many images are usable, and what is wrong with the others."""
        found = f" usable images of {collection.found} files in {plain(collection.root)}"
        self.say((str(len(collection)), "bold"), " · ".join([found, *_irregular(collection)]))
        reasons = {
            "skipped": collection.skipped, "damaged": collection.damaged, "without a vector": table.without_vector,
        }  # fmt: skip
        for title, entries in reasons.items():
            for each in entries[:_REASONS_SHOWN]:
                self.say(f"  {title}: {plain(each.name)}: {plain(each.reason)}")
            if len(entries) > _REASONS_SHOWN:
                self.say(f"  … {len(entries) - _REASONS_SHOWN} more {title}, all of them in run.json and the gallery")
        for note in table.notes:
            self.say(f"  {plain(note)}")
        if self._verbose:
            self.console.print(self._overview(table))

    def begins(self, plan: Plan, number: int, total: int) -> None:
        """Begin the bars of a plan."""
        self._bars.clear()
        self._bars.prefix = f"{number}/{total} {plain(plan.name)[:24]} · "

    def made(self, result: Result, plan: Plan) -> None:
        """Show a result in one line."""
        entry = result.entry
        kept = " (unchanged, kept)" if result.kept else ""
        self.say((plain(result.title), "bold"), f": {plain(entry.get('summary', ''))}{kept}")
        for line in (*entry.get("lines", ()), *(entry.get("clusters_in_words", ()) if self._verbose else ())):
            self.say(f"  {plain(line)}")
        if self._verbose:
            for position, (name, value) in enumerate(zip(entry["images"], entry.get("shown", ()), strict=False), 1):
                self.say(f"  {position:>4}  {plain(value):>10}  {plain(name)}")

    def problem(self, text: str) -> None:
        """Show what could not be made."""
        self._print(("not made:", "bold red"), f" {plain(text)}")

    def finished(self, result: RunResult) -> None:
        """Say what played the music, how much was made, and where to look."""
        engines = {(each.entry.get("music") or {}).get("engine") for each in result.results}
        for engine in sorted(filter(None, engines)):
            self.say(f"played by {plain(engine)}")
        total = sum(result.seconds.values())
        made = sum(not each.kept for each in result.results)
        kept = f", {len(result.results) - made} unchanged" if made < len(result.results) else ""
        problems = f", {plural(len(result.problems), 'problem')}" if result.problems else ""
        self.say(f"{plural(made, 'result')} made{kept}{problems}, in {total:.1f} s. Open {plain(result.index)}")

    def _announce(self, stage: str) -> None:
        """In a pipe: one line for the stages that may take minutes."""
        if stage.startswith(("download", "analyse")) and stage not in self._announced:
            self._announced.add(stage)
            self.say(plain(_STAGES.get(stage, stage)))

    def _overview(self, table: FeatureTable) -> Table | Text:
        rows = overview(table)
        if not self.console.is_terminal:
            lines = [f"  {plain(row['name'])}: {', '.join(_range(row, table))}" for row in rows]
            return Text("\n".join(["features (minimum, median, maximum):", *lines]))
        grid = Table(title="features", title_justify="left", box=None, pad_edge=False, expand=True)
        for head, justify in (("feature", "left"), ("minimum", "right"), ("median", "right"), ("maximum", "right")):
            grid.add_column(head, justify=justify, no_wrap=True)  # type: ignore[arg-type]
        grid.add_column("description", style="dim", no_wrap=True, overflow="ellipsis", ratio=1)
        for row in rows:
            missing = f"({row['undefined']} undefined) " if row["undefined"] else ""
            cells = row["name"], *_range(row, table), missing + row["description"]
            grid.add_row(*(_text(cell) for cell in cells))
        return grid


def _irregular(collection: Collection) -> list[str]:
    """What there is to know of the files besides how many are usable, one entry each."""
    copies = sum(len(group) - 1 for group in collection.duplicates)
    counts = [
        (len(collection.skipped), "skipped", "skipped"),
        (len(collection.damaged), "damaged", "damaged"),
        (copies, "exact copy", "exact copies"),
        (len(collection.near_duplicates), "group of near duplicates", "groups of near duplicates"),
    ]
    return [plural(*each) for each in counts if each[0]]


def _text(*parts: str | tuple[str, str], keep: str = "") -> Text:
    """Strings and (string, style) pairs as they are to be seen."""
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Text.assemble(*((plain(words, keep), style) for words, style in pairs))


def _range(row: dict[str, Any], table: FeatureTable) -> list[str]:
    info = table.info[row["name"]]
    return ["–" if row[key] is None else plain(info.format(row[key])) for key in ("min", "median", "max")]
