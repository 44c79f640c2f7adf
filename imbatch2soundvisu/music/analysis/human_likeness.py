"""The table of measures in which generated and human music are compared, and whether a set of scores reaches it.

Human values are means over the corpus of `benchmarks.human_corpus` unless a reference is named. Targets are nearer to
the human value than music that follows images cut by cut is by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from . import harmonic_measures as harmonic
from . import melodic_measures as melodic
from . import texture_measures as texture
from .excerpt import Excerpt


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of an excerpt.

    Parameters
    ----------
    name : str
    of : function
        From an excerpt to a number; NaN where undefined.
    human : float
        The mean of human music.
    low, high : float, default -inf, inf
        The target for the mean over a set of pieces; none for measures that are only compared.
    is_compared : bool, default True
        Whether the human corpus has the measure, so that distributions are compared.
    """

    name: str
    of: Callable[[Excerpt], float]
    human: float
    low: float = -math.inf
    high: float = math.inf
    is_compared: bool = True

    @property
    def has_target(self) -> bool:
        return math.isfinite(self.low) or math.isfinite(self.high)

    def reached(self, value: float) -> bool:
        """Return whether a mean is within the target, rounded as it is printed."""
        return math.isfinite(value) and self.low <= round(value, 3) <= self.high


#: With targets: what tells the music of this program from human music.
TARGETS = (
    Measure("chords of the commonest length", harmonic.chord_length_share, 0.50, high=0.65),
    Measure("chords in inversion", harmonic.inversions, 0.41, low=0.30),
    Measure("time on the tonic", harmonic.tonic_share, 0.36, low=0.30),
    Measure("notes in recurring 5-note motifs", melodic.motif_recurrence, 0.62, low=0.45),
    Measure("returning 6-note rhythms with their contour", melodic.contour_recurrence, 0.51, low=0.40),
    Measure("melody bars of before", melodic.bar_recurrence, 0.14, low=0.12),
    Measure("steps continued", melodic.step_continuation, 0.68, low=0.60),
    Measure("phrases with a pickup", melodic.phrase_pickups, 0.65, low=0.40),
    Measure("downbeats with a melody onset", melodic.downbeat_onsets, 0.84, low=0.85, high=0.92),
    Measure("melody silent", melodic.melody_silence, 0.095, low=0.06),
    Measure("IOIs of a sixteenth or less", melodic.short_iois, 0.29, low=0.08),
    Measure("triplet onsets", melodic.triplet_onsets, 0.037, low=0.001),
    Measure("pitches sounding, mean", texture.mean_sounding, 3.4, high=5.0),
    Measure("pitches sounding, SD", texture.sd_sounding, 1.1, low=1.5),
    Measure("moments with at most one pitch", texture.thin_moments, 0.097, low=0.05),
    Measure("change of density from bar to bar", texture.density_change, 0.29, low=0.22),
    Measure("velocity follows pitch in a phrase", melodic.velocity_follows_pitch, 0.25, low=0.15, is_compared=False),
)
#: Without targets: what is within human range and has to stay so.
FURTHER = (
    Measure("pieces that begin with a pickup", melodic.begins_with_pickup, 0.34),
    Measure("leaps of a fourth or more turned", melodic.leap_recovery, 0.57),
    Measure("steps", melodic.step_share, 0.54),
    Measure("repeated notes", melodic.repeated_notes, 0.15),
    Measure("mean interval, semitones", melodic.mean_interval, 2.7),
    Measure("fifths or larger", melodic.large_leaps, 0.09),
    Measure("range of the melody, semitones", melodic.melody_range, 26.5),
    Measure("melody notes per quarter", melodic.note_rate, 1.5),
    Measure("entropy of IOIs, bits", melodic.ioi_entropy, 2.0),
    Measure("syncopated onsets", melodic.syncopation, 0.012),
    Measure("phrases with an arch", melodic.phrase_arch, 0.29),
    Measure("notes per quarter", texture.notes_per_quarter, 5.4),
    Measure("range of all notes, semitones", texture.total_range, 46.4),
    Measure("mean pitch of the melody", texture.melody_height, 73.8),
    Measure("length of a chord, quarters", harmonic.mean_chord_length, 2.6),
    Measure("entropy of chords, bits", harmonic.chord_vocabulary, 2.9),
    Measure("time under seventh chords", harmonic.seventh_share, 0.19),
    Measure("notes in one diatonic scale", harmonic.scale_share, 0.92),
    Measure("entropy of pitch classes, bits", harmonic.pitch_class_entropy, 2.9),
)
MEASURES = (*TARGETS, *FURTHER)
#: The columns that distributions, classifier and spread are computed of.
COMPARED = tuple(i for i, each in enumerate(MEASURES) if each.is_compared)


def measure_excerpts(excerpts: Iterable[Excerpt]) -> np.ndarray:
    """Return every measure of each excerpt, (excerpts, MEASURES) float64; NaN where undefined."""
    rows = [[measure.of(excerpt) for measure in MEASURES] for excerpt in excerpts]
    return np.array(rows, np.float64).reshape(-1, len(MEASURES))


def means(table: np.ndarray) -> np.ndarray:
    """Return the mean of each column over the rows where it is defined; NaN where it is nowhere."""
    known = np.isfinite(table)
    counts = known.sum(axis=0)
    return np.divide(
        np.where(known, table, 0).sum(axis=0), counts, out=np.full(table.shape[1], np.nan), where=counts > 0
    )


def missed(values: Sequence[float]) -> list[str]:
    """Return the names of the measures whose target the means, one per measure, do not reach."""
    pairs = zip(MEASURES, values, strict=True)
    return [measure.name for measure, value in pairs if measure.has_target and not measure.reached(float(value))]
