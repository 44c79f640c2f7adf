"""Queries on scores: one pass over the notes gives what a search through all notes gives."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note
from imbatch2soundvisu.music.analysis.score_queries import ONSET_TOLERANCE, Span, pitches_per_span, sounding_at


def random_notes(seed: int, count: int = 300, beats: int = 40) -> list[Note]:
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, beats * TICKS_PER_BEAT, count)
    lengths = rng.integers(1, 5 * TICKS_PER_BEAT, count)
    return [
        Note(0, int(rng.integers(40, 80)), 80, int(a), int(length)) for a, length in zip(starts, lengths, strict=True)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_the_pitches_at_a_tick_are_those_of_the_notes_that_sound_there(seed: int) -> None:
    notes, ticks = random_notes(seed), [k * TICKS_PER_BEAT // 2 for k in range(90)]
    expected = [
        sorted({n.pitch for n in notes if n.start <= tick + ONSET_TOLERANCE < n.start + n.length}) for tick in ticks
    ]
    assert list(sounding_at(notes, ticks)) == expected


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("length", [TICKS_PER_BEAT // 20, TICKS_PER_BEAT // 2, 3 * TICKS_PER_BEAT])
def test_the_pitches_of_a_span_start_in_it_or_sound_at_its_middle(seed: int, length: int) -> None:
    notes = random_notes(seed)
    spans = [Span(a, a + length) for a in range(0, 40 * TICKS_PER_BEAT, length)]

    def counts(note: Note, span: Span) -> bool:
        middle = (span.start + span.end) // 2
        starts_here = span.start <= note.start + ONSET_TOLERANCE < span.end
        return starts_here or note.start < middle < note.start + note.length

    expected = [sorted({n.pitch for n in notes if counts(n, span)}) for span in spans]
    assert list(pitches_per_span(notes, spans)) == expected
