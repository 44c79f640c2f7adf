"""Render a score, whatever it consists of: notes, recordings, or both."""

from __future__ import annotations

from ..core import Audio, Score
from ..runtime import buffers
from . import midi, recordings, synthesis


def needs_engine(score: Score | None) -> bool:
    """Return whether a score has notes, so that a synthesizer is needed."""
    return score is not None and bool(score.notes)


def render(score: Score, engine: synthesis.Engine | None = None) -> Audio:
    """Return the sound of a score: its notes as a synthesizer plays them, and its recordings.

    Parameters
    ----------
    score : Score
        The music.
    engine : Engine, optional
        The synthesizer; None: `find_engine()`. Without notes none is needed.

    Returns
    -------
    Audio
        (total_samples, 2) float32, scaled down where it would exceed [-1, 1].

    Raises
    ------
    EngineMissing
        If there are notes and no synthesizer.
    MakeError
        For a recording that cannot be decoded, and for a note that MIDI does not allow.
    """
    midi.check(score)
    grid, names = score.timeline, [recordings.name_of(each.path) for each in score.recordings]
    if score.notes and not score.recordings:
        return synthesis.render(score, engine)
    samples = recordings.render(score.recordings, grid.total_samples, grid.sample_rate)
    if score.notes:
        notes = synthesis.render(score, engine, limit_peak=False)
        names.insert(0, notes.engine)
        for chunk in buffers.chunks(samples):
            samples[chunk] += notes.samples[chunk]
        buffers.release(notes.samples)
    synthesis.scale_to_headroom(samples)
    return Audio(samples, grid.sample_rate, " + ".join(dict.fromkeys(names)))
