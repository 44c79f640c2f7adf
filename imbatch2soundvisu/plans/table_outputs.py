"""A sequence as tables: the order with all values, and the musical decisions."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..config import Settings
from ..core.timecode import timecode
from ..runtime import files
from .protocols import OutputFiles, SequenceSource
from .registry import OUTPUT_KINDS
from .sequence_outputs import SequenceOutput


@OUTPUT_KINDS.register("tables")
@dataclass(frozen=True)
class Tables(SequenceOutput):
    """The order as `sequence.csv`, and `decisions.json`: why the music is what it is, image by image."""

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["sequence.csv", "decisions.json"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `sequence.csv` and `decisions.json`."""
        path = out.path("csv", "sequence.csv", "table", "The order as a table")
        table, values = content.sequence.table, content.sequence.values
        with files.atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["position", "path", "value", *_PLACE, *table.columns, *table.labels])
            for i, record in enumerate(table.records):
                measured = [_cell(column[i]) for column in (*table.columns.values(), *table.labels.values())]
                writer.writerow([i + 1, record.name, _cell(values[i]), *_place(content, i), *measured])
        path = out.path("decisions", "decisions.json", "text", "Musical decisions")
        files.write_json(path, _decisions(content))


#: The columns of `sequence.csv` that say when an image is shown.
_PLACE = ("start_s", "end_s", "duration_s", "frame", "timecode", "bar", "beat")


def _place(content: SequenceSource, i: int) -> list[Any]:
    """When image `i` is shown; see _PLACE."""
    seconds, frames = content.timeline.start_seconds, content.timeline.start_frames
    decision, frame = content.decision(i), int(frames[i])
    shown = [_cell(each) for each in (seconds[i], seconds[i + 1], seconds[i + 1] - seconds[i])]
    return [*shown, frame, timecode(frame, content.timeline.fps), decision["bar"], decision["beat"]]


def _decisions(content: SequenceSource) -> dict[str, Any]:
    sequence = content.sequence
    images = [
        {
            "position": i + 1,
            "path": record.name,
            "value": float(sequence.values[i]),
            "start_s": content.starts_s[i],
            **content.decision(i),
        }
        for i, record in enumerate(sequence.records)
    ]
    music = content.music()
    fixed = None if music is None else {name: music[name] for name in ("style", "key", "summary")}
    story = {"plan": sequence.plan, "cluster": sequence.cluster, "driver": sequence.driver.name}
    return story | {"music": fixed, "images": images}


def _cell(value: float) -> str:
    return f"{value:.10g}" if np.isfinite(value) else ""
