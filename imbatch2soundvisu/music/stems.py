"""Stems: every part of a score as a WAV file, to be mixed in another program. Their sum is the finished sound."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .. import config
from ..core import Audio, Score
from ..runtime import buffers, files
from . import loudness, mastering, recordings, synthesis, wav

FOLDER = "stems"
#: File names in FOLDER: a number and the part.
PATTERN = "[0-9][0-9]-*.wav"


def render_parts(score: Score, engine: synthesis.Engine | None = None) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the sound of each part that has notes, then of each recording.

    Their sum is the sound of the score, as `mixing.render` returns it where nothing is too loud.

    Parameters
    ----------
    score : Score
        The music.
    engine : Engine, optional
        The synthesizer; None: `find_engine()`, if there are notes.

    Yields
    ------
    name : str
        The name of the part, or of the file without its ending.
    samples : np.ndarray
        (total_samples, 2) float32, not scaled.

    Raises
    ------
    EngineMissing
        If there are notes and no synthesizer.
    MakeError
        If a recording cannot be decoded.
    """
    grid, parts = score.timeline, sorted({note.part for note in score.notes})
    engine = (engine or synthesis.find_engine()) if parts else None
    for part in parts:
        assert engine is not None
        yield score.parts[part].name, synthesis.render_part(score, engine, part)
    for recording in score.recordings:
        yield recording.path.stem, recordings.render((recording,), grid.total_samples, grid.sample_rate)


def write(
    folder: Path, score: Score, engine: synthesis.Engine | None = None, loudness_lufs: float | None = None
) -> dict[str, str]:
    """Write every part to `folder`/stems, as WAV of 32-bit floats.

    All have the fades of the finished sound, and one gain: the one that brings their sum to the loudness of the
    finished sound, before its limiter. Nothing is limited or clipped; samples may lie beyond [-1, 1].

    Parameters
    ----------
    folder : Path
        The folder of the result.
    score : Score
        The music.
    engine : Engine, optional
        As in `render_parts`.
    loudness_lufs : float, optional
        Integrated loudness of the sum, in LUFS; None: the setting LOUDNESS_LUFS.

    Returns
    -------
    dict of str to str
        {kind: path within `folder`}, such as {"stem_1_melody-flute": "stems/01-melody-flute.wav"}.

    Raises
    ------
    EngineMissing, MakeError
        As `render_parts`; MakeError for sound longer than a WAV file can hold.
    OSError
        If a file cannot be written.
    """
    grid, parts = score.timeline, []
    wav.check_length(grid.total_samples, wav.BYTES_FLOAT, grid.sample_rate)
    for name, raw in render_parts(score, engine):
        samples = mastering.faded(Audio(raw, grid.sample_rate), mastering.FADE_IN_S, mastering.ending_s(score))
        parts.append((name, samples))
        buffers.release(samples)
    target = config.resolve().loudness_lufs if loudness_lufs is None else loudness_lufs
    gain = np.float32(_gain([samples for _, samples in parts], grid.sample_rate, target))
    written = {}
    for number, (name, samples) in enumerate(parts, 1):
        for chunk in buffers.chunks(samples):
            samples[chunk] *= gain
        slug = files.slug(name)
        file = f"{FOLDER}/{number:02}-{slug}.wav"
        wav.write_float(folder / file, samples, grid.sample_rate)
        written[f"stem_{number}_{slug}"] = file
    return written


def remove(folder: Path) -> None:
    """Remove the stems of an earlier result in `folder`, and their folder if it is empty then."""
    for path in (folder / FOLDER).glob(PATTERN):
        path.unlink(missing_ok=True)
    if (folder / FOLDER).is_dir() and not any((folder / FOLDER).iterdir()):
        (folder / FOLDER).rmdir()


def _gain(parts: list[np.ndarray], sample_rate: int, target_lufs: float) -> float:
    """The factor that brings the sum of the parts to the target loudness; 1 for silence."""
    if not parts:
        return 1.0
    total = buffers.scratch(len(parts[0]))
    for chunk in buffers.chunks(total):
        for samples in parts:
            total[chunk] += samples[chunk]
            buffers.release(samples)
    before = loudness.integrated(total, sample_rate)
    return 1.0 if before is None else math.exp((target_lufs - before) * math.log(10) / 20)
