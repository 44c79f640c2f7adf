"""Excerpts of music by people, for comparison: read from the corpus that the package music21 installs, never copied.

The first bars of 56 movements by 18 composers. Parsed notes are kept in the user's cache, since parsing is slow.
The works are in the public domain; music21's `corpus/license.txt` has the licenses of the encodings.
"""

from __future__ import annotations

import io
import os
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from imbatch2soundvisu.music.analysis.excerpt import LENGTH, PITCH, QUARTER, START, Excerpt

#: Bars of an excerpt: those whose bars are shorter than three quarters are longer.
BARS, SHORT_BARS = 24, 32
#: Changes whenever what is read from a file changes.
VERSION = 3
QUARTETS = (
    *(f"haydn/opus74no1/movement{k}" for k in (1, 2, 3, 4)),
    *(f"haydn/opus1no1/movement{k}" for k in (1, 2, 3, 4, 5)),
    *(f"mozart/k458/movement{k}" for k in (1, 2, 3, 4)),
    *(f"mozart/k155/movement{k}" for k in (1, 2, 3)),
    *(f"mozart/k156/movement{k}" for k in (1, 2, 3)),
    *(f"mozart/k80/movement{k}" for k in (1, 2, 3, 4)),
    *(f"beethoven/opus18no1/movement{k}.mxl" for k in (1, 2, 3, 4)),
    "beethoven/opus18no3", "beethoven/opus18no4", "beethoven/opus18no5", "beethoven/opus74",
    *(f"beethoven/opus59no1/movement{k}" for k in (1, 3)),
    *(f"schumann_robert/opus41no1/movement{k}" for k in (2, 3, 4)),
)  # fmt: skip
KEYBOARD_AND_SONGS = (
    "schumann_robert/opus48no2", "schumann_clara/opus17/movement3",
    *(f"schumann_clara/polonaise_op1n{k}" for k in (1, 2, 3, 4)),
    "schubert/Lindenbaum", "chopin/mazurka06-2", "joplin/maple_leaf_rag", "cpebach/h186",
    "handel/rinaldo/Lascia_chio_pianga",
    "beach/prayer_of_a_tired_child", "verdi/laDonnaEMobile", "weber/concertino_clarinet", "corelli/opus3no1/1grave",
)  # fmt: skip
CHORALES = tuple(f"bach/bwv{number}" for number in ("1.6", "7.7", "10.7", "11.6", "108.6"))
WORKS = (*QUARTETS, *KEYBOARD_AND_SONGS, *CHORALES)


def excerpts() -> list[Excerpt]:
    """Return the excerpts, from the cache where they were read before.

    Raises
    ------
    ImportError
        If music21 is not installed: `pip install imbatch2soundvisu[bench]`.
    """
    return [excerpt for work in WORKS if (excerpt := _cached(work)) is not None]


def user_cache() -> Path:
    """Return the folder in which benchmarks keep what is slow to read, for all checkouts of this repository."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "imbatch2soundvisu"


def _cached(work: str) -> Excerpt | None:
    folder = user_cache() / "human-corpus"
    path = folder / f"{work.replace('/', '-')}-{VERSION}.npz"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        read = _read(work)
        if read is None:
            return None
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
            np.savez(file, notes=read.notes, melody=read.melody, bars=np.array(read.bars), beat=read.beat)
        os.replace(file.name, path)
    with np.load(path) as stored:
        bars = tuple(stored["bars"].tolist())
        return Excerpt(stored["notes"], stored["melody"], bars, int(stored["beat"]), work)


def _read(work: str) -> Excerpt | None:
    """The first bars of a work in the corpus; None if this version of music21 does not have it."""
    from music21 import converter, corpus

    try:
        path = Path(str(corpus.getWork(work)))
    except Exception:
        return None
    if path.suffix in {".mxl", ".xml", ".musicxml"}:
        score = converter.parseData(_first_measures(path, SHORT_BARS + 1), format="musicxml")
    else:
        score = converter.parse(path)
    return excerpt_of_stream(score, work)


def _first_measures(path: Path, count: int) -> str:
    """The MusicXML of a file without the measures after the first ones: parsing takes seconds for each page."""
    data = path.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            name = next(
                n for n in packed.namelist() if not n.startswith("META-INF") and n.endswith(("xml", "musicxml"))
            )
            data = packed.read(name)
    root = ET.fromstring(data)
    for part in root.iter("part"):
        for measure in part.findall("measure")[count:]:
            part.remove(measure)
    return ET.tostring(root, encoding="unicode")


def excerpt_of_stream(score: Any, name: str) -> Excerpt:
    """Return the first bars of a music21 score; the melody is the highest line of its first part."""
    parts = list(score.parts)
    bars, signature = _bars(parts[0])
    short = signature.barDuration.quarterLength < 3
    bars = bars[: (SHORT_BARS if short else BARS) + 1 + (bars[1] - bars[0] < bars[2] - bars[1])]
    rows = [np.array(list(_notes(part, bars[-1])), np.int64).reshape(-1, 4) for part in parts]
    every = np.concatenate(rows)
    order = np.lexsort((every[:, PITCH], every[:, START]))
    return Excerpt(every[order], _skyline(rows[0]), tuple(bars), _beat(signature), name)


def _bars(part: Any) -> tuple[list[int], Any]:
    """Where the bars of a part start, and its end; its time signature."""
    measures = list(part.getElementsByClass("Measure"))
    starts = [_units(m.offset) for m in measures]
    last = measures[-1]
    end = _units(last.offset + last.duration.quarterLength)
    signature = next(iter(part.recurse().getElementsByClass("TimeSignature")))
    return sorted({*starts, end}), signature


def _notes(part: Any, end: int) -> Iterator[tuple[int, int, int, int]]:
    flat = part.stripTies().flatten()
    for element in flat.notes:
        start, length = _units(element.offset), _units(element.duration.quarterLength)
        if element.duration.isGrace or not length or start >= end or not hasattr(element, "pitches"):
            continue
        yield from ((start, min(length, end - start), p.midi, 0) for p in element.pitches)


def _skyline(rows: np.ndarray) -> np.ndarray:
    """The highest note of each onset, without those below a longer, higher one that still sounds."""
    kept: list[np.ndarray] = []
    for row in rows[np.lexsort((-rows[:, PITCH], rows[:, START]))]:
        if kept and row[START] == kept[-1][START]:
            continue
        before = kept[-1] if kept else None
        if before is not None and before[START] + before[LENGTH] > row[START] and before[PITCH] > row[PITCH]:
            continue
        kept.append(row)
    return np.array(kept, np.int64).reshape(-1, 4)


def _beat(signature: Any) -> int:
    numerator, denominator = signature.numerator, signature.denominator
    if denominator == 8:
        return QUARTER * 3 // 2 if numerator % 3 == 0 and numerator > 3 else QUARTER // 2
    return QUARTER


def _units(quarters: float | Fraction) -> int:
    return round(Fraction(quarters) * QUARTER)


if __name__ == "__main__":
    for each in excerpts():
        print(f"{each.name}: {len(each.bars) - 1} bars, {len(each.notes)} notes, {len(each.melody)} of the melody")
