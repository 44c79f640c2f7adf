"""Stems: every part of a score alone, as sound that adds up to the whole, to be mixed again elsewhere."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .. import config
from ..core import Audio, Score
from ..runtime import buffers, files
from . import mastering, recordings, synthesis

FOLDER = "stems"
#: Of a sample of both channels.
BYTES = 8
#: How the files in FOLDER are called: a number and the part.
PATTERN = "[0-9][0-9]-*.wav"


def separate(score: Score, engine: synthesis.Engine | None = None) -> Iterator[tuple[str, np.ndarray]]:
    """(name, samples) of each part that has notes, then of each recording: (total_samples, 2) float32, as they come.

    Their sum is the whole, as `playing.play` gives it where nothing is too loud. Raises EngineMissing where notes have
    nothing to play them, MakeError for a recording that cannot be played.
    """
    grid, playing = score.timeline, sorted({note.part for note in score.notes})
    engine = (engine or synthesis.find_engine()) if playing else None
    for part in playing:
        assert engine is not None
        yield score.parts[part].name, synthesis.render_part(score, engine, part)
    for recording in score.recordings:
        yield recording.path.stem, recordings.lay((recording,), grid.total_samples, grid.sample_rate)


def write(folder: Path, score: Score, engine: synthesis.Engine | None = None) -> dict[str, str]:
    """Write every part to `folder`/stems, as WAV of 32-bit floats. Returns {kind: name within `folder`}.

    All are faded as the finished piece is, and have one gain: the one that brings their sum to the loudness of the
    finished piece (config.LOUDNESS_LUFS), before its limiter. Nothing is limited or clipped: samples may lie beyond 1,
    which 32-bit floats hold. Raises as `separate`, MakeError for a piece longer than a WAV, and OSError with the
    system's reason.
    """
    mastering.check_wav(score.timeline.total_samples, BYTES, score.timeline.sample_rate)
    grid, alone = score.timeline, []
    for name, raw in separate(score, engine):
        samples = mastering.faded(Audio(raw, grid.sample_rate), mastering.FADE_IN_S, mastering.ending_s(grid))
        alone.append((name, samples))
        buffers.release(samples)
    gain = _gain([samples for _, samples in alone], grid.sample_rate)
    made = {}
    for number, (name, samples) in enumerate(alone, 1):
        slug = files.slug(name)
        file = f"{number:02}-{slug}.wav"
        _write(folder / FOLDER / file, samples, grid.sample_rate, gain)
        made[f"stem_{number}_{slug}"] = f"{FOLDER}/{file}"
    return made


def forget(folder: Path) -> None:
    """Remove the stems that this program wrote for an earlier piece in `folder`, and their folder when it is empty."""
    for path in (folder / FOLDER).glob(PATTERN):
        files.remove_own(path)


def _gain(parts: list[np.ndarray], sample_rate: int) -> float:
    """The factor that brings the sum of the parts to the loudness of a finished piece; 1 for silence."""
    if not parts:
        return 1.0
    whole = buffers.scratch(len(parts[0]))
    for piece in buffers.pieces(whole):
        for samples in parts:
            whole[piece] += samples[piece]
            buffers.release(samples)
    now = mastering.loudness(whole, sample_rate)
    return 1.0 if now is None else math.exp((config.LOUDNESS_LUFS - now) * math.log(10) / 20)


def _write(path: Path, samples: np.ndarray, sample_rate: int, gain: float) -> None:
    """32-bit float PCM (WAVE format 3), whole or not at all; the same samples give the same bytes."""
    size, frames = samples.nbytes, len(samples)
    shape = (18, 3, 2, sample_rate, BYTES * sample_rate, BYTES, 32, 0)
    head = struct.pack("<4sI4s4sIHHIIHHH", b"RIFF", 50 + size, b"WAVE", b"fmt ", *shape)
    with files.atomic(path) as partial, open(partial, "wb") as target:
        target.write(head + struct.pack("<4sII4sI", b"fact", 4, frames, b"data", size))
        for piece in buffers.pieces(samples):
            target.write((samples[piece] * np.float32(gain)).astype("<f4").tobytes())
