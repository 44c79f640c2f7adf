"""The workbench of one piece: makes its files, two at a time, and tells what was made."""

from __future__ import annotations

import csv
import errno
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ..core import Audio, ImageSequence, Progress, Score, Timeline
from ..core.errors import I2SError
from ..music import mastering, midi, mixing, stems, synthesis
from ..runtime import files
from ..visuals import contact_sheet, storyboard
from ..visuals.pianoroll import draw

#: The files a piece may have, by the output contract.
CONTRACT = ("sequence.mp4", "sequence.gif", "sequence.wav", "sequence.mid", "sequence.csv")
#: All files of a piece.
FILES = (*CONTRACT, "contact-sheet.jpg", "storyboard.jpg", "piano-roll.png", "decisions.json")
_FATAL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


class _Cancelled(Exception):
    """Another part of the piece failed for good, or the person pressed Ctrl-C."""


class ResultWriter:
    """Makes the files of one piece, two at a time, and remembers their names."""

    def __init__(
        self, sequence: ImageSequence, grid: Timeline, score: Score | None, folder: Path, progress: Progress
    ) -> None:
        self.sequence, self.grid, self.score, self.folder = sequence, grid, score, folder
        self.files: dict[str, str] = {}
        self.roll: dict[str, int] | None = None
        self.starts_s = [float(start) for start in grid.start_frames[:-1] / grid.fps]
        self._progress, self._cancelled = progress, threading.Event()

    def progress(self, stage: str, done: int, total: int) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        self._progress(stage, done, total)

    def path(self, kind: str, name: str) -> Path:
        """Where a file of a kind goes; it counts as made when it exists at the end."""
        self.files[kind] = name
        return self.folder / name

    def run(self, tasks: list[tuple[str, Callable[[], None]]]) -> list[str]:
        """Do the tasks, two at a time. Returns one line for each that failed; what it would have made is forgotten.

        Raises OSError when the disk is full or read-only, KeyboardInterrupt on Ctrl-C.
        """
        problems: list[str] = []
        for name in CONTRACT:  # of an earlier piece in this folder, which may have had more
            if name not in self.files.values():
                files.remove_own(self.folder / name)
        stems.forget(self.folder)
        with ThreadPoolExecutor(2, thread_name_prefix="make") as pool:
            jobs = [(title, pool.submit(copy_context().run, task)) for title, task in tasks]
            try:
                for title, job in jobs:
                    try:
                        job.result()
                    except (I2SError, ValueError, OSError) as error:
                        if isinstance(error, OSError) and error.errno in _FATAL:
                            raise
                        problems.append(f"{title}: {error}")
            except BaseException:
                self._cancelled.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        for kind in [kind for kind, name in self.files.items() if not (self.folder / name).is_file()]:
            del self.files[kind]
        return problems

    def sound(self, engine: synthesis.Engine | None) -> Audio:
        assert self.score is not None
        self.progress("music", 0, 1)
        audio = mastering.master(mixing.play(self.score, engine), fade_out_s=mastering.ending_s(self.grid))
        self.progress("music", 1, 1)
        return audio

    def wav(self, audio: Audio) -> None:
        mastering.write_wav(self.path("wav", "sequence.wav"), audio)

    def stems(self, engine: synthesis.Engine | None) -> None:
        assert self.score is not None
        self.files |= stems.write(self.folder, self.score, engine)

    def contact_sheet(self) -> None:
        contact_sheet(self.path("contact_sheet", "contact-sheet.jpg"), self.sequence)

    def storyboard(self) -> None:
        decisions = self.score.decisions if self.score else ()
        storyboard(self.path("storyboard", "storyboard.jpg"), self.sequence, self.starts_s, decisions)

    def piano_roll(self, audio: Audio | None) -> None:
        assert self.score is not None
        self.roll = draw(self.path("piano_roll", "piano-roll.png"), self.sequence, self.score, audio).account()

    def tables(self) -> None:
        if self.score is not None:
            midi.write(self.path("mid", "sequence.mid"), self.score, [each.name for each in self.sequence.records])
        self._write_csv(self.path("csv", "sequence.csv"))
        images = [
            {
                "position": i + 1,
                "path": record.name,
                "value": _number(self.sequence.values[i]),
                "start_s": self.starts_s[i],
                "frame": int(self.grid.start_frames[i]),
                "sample": int(self.grid.start_samples[i]),
                **self._decision(i),
            }
            for i, record in enumerate(self.sequence.records)
        ]
        story = {"plan": self.sequence.plan, "part": self.sequence.part, "driver": self.sequence.driver.name}
        told = story | {"music": self._music(None), "images": images}
        files.write_json(self.path("decisions", "decisions.json"), told)

    def _write_csv(self, path: Path) -> None:
        table = self.sequence.table
        with files.atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["position", "path", "value", "start_s", "bar", "beat", *table.columns, *table.labels])
            for i, record in enumerate(table.records):
                measured = [_cell(values[i]) for values in (*table.columns.values(), *table.labels.values())]
                place = [_cell(self.sequence.values[i]), _cell(self.starts_s[i]), *self._bar_and_beat(i)]
                writer.writerow([i + 1, record.name, *place, *measured])

    def _bar_and_beat(self, i: int) -> list[Any]:
        """Of the music, which may count other beats than the grid; None where it counts none."""
        return [self._decision(i)[name] for name in ("bar", "beat")]

    def _decision(self, i: int) -> dict[str, Any]:
        bar, beat = self.grid.bar_and_beat(i)
        decision = self.score.decisions[i] if self.score and i < len(self.score.decisions) else {}
        place = {"frame": int(self.grid.start_frames[i]), "sample": int(self.grid.start_samples[i])}
        return {"bar": bar, "beat": beat, **place, **decision}

    def _music(self, audio: Audio | None) -> dict[str, Any] | None:
        if self.score is None:
            return None
        told: dict[str, Any] = {"style": self.score.style, "key": self.score.key, "summary": self.score.summary}
        if audio is not None:
            told |= {"engine": audio.engine, "loudness_lufs": audio.loudness_lufs, "peak_dbfs": audio.peak_dbfs}
        return told

    def account(self, audio: Audio | None, problems: list[str]) -> dict[str, Any]:
        """The piece as `run.json` tells it; file names are still relative to the piece's folder."""
        sequence, grid = self.sequence, self.grid
        driver = {f.name: getattr(sequence.driver, f.name) for f in fields(sequence.driver)}
        return {
            "plan": sequence.plan,
            "part": sequence.part,
            "about": sequence.about,
            "images": [record.name for record in sequence.records],
            "values": [_number(value) for value in sequence.values],
            "shown": [sequence.driver.format(float(value)) for value in sequence.values],
            "by": sequence.by or sequence.driver.name,
            "driver": driver,
            "criterion": sequence.criterion.as_dict(),
            "criterion_text": str(sequence.criterion),
            "tempo_bpm": round(self.score.bpm if self.score else grid.tempo_bpm, 6),
            "frames": grid.total_frames,
            "fps": grid.fps,
            "seconds": round(float(grid.seconds), 6),
            "starts_s": self.starts_s,
            "sections": list(sequence.sections),
            "files": dict(self.files),
            "roll": self.roll,
            "music": self._music(audio),
            "decisions": [self._decision(i) for i in range(len(sequence))],
            "kept": False,
            "problems": list(problems),
        }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _cell(value: float) -> str:
    return f"{value:.10g}" if np.isfinite(value) else ""
