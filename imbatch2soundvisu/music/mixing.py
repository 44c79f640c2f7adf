"""A score as sound, whatever it is made of: notes, recordings, or both."""

from __future__ import annotations

import numpy as np

from ..core import Audio, Score
from ..runtime import buffers
from . import midi, recordings, synthesis


def needs_engine(score: Score | None) -> bool:
    """Whether a score has notes, so that something must play them."""
    return score is not None and bool(score.notes)


def play(score: Score, engine: synthesis.Engine | None = None) -> Audio:
    """The notes of a score as an instrument plays them, its recordings as they are: (total_samples, 2) float32.

    Without notes no engine is needed. Raises EngineMissing where notes have nothing to play them, MakeError for a
    recording that cannot be played and a note that no instrument has.
    """
    midi.check(score)
    grid, names = score.timeline, [recordings.name_of(each.path) for each in score.recordings]
    if score.notes and not score.recordings:
        return synthesis.render(score, engine)
    samples = recordings.lay(score.recordings, grid.total_samples, grid.sample_rate)
    if score.notes:
        notes = synthesis.render(score, engine, guarded=False)
        names.insert(0, notes.engine)
        for piece in buffers.pieces(samples):
            samples[piece] += notes.samples[piece]
        buffers.release(notes.samples)
    peak = max((float(np.abs(samples[piece]).max()) for piece in buffers.pieces(samples)), default=0.0)
    if peak > synthesis.HEADROOM:
        for piece in buffers.pieces(samples):
            samples[piece] *= np.float32(synthesis.HEADROOM / peak)
    return Audio(samples, grid.sample_rate, " + ".join(dict.fromkeys(names)))
