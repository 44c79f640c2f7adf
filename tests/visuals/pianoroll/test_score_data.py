"""What decisions declare: tension, chords, form."""

from __future__ import annotations

import numpy as np

from imbatch2soundvisu.visuals.pianoroll.score_data import chords, tension

from .samples import score


def test_tension_is_declared_or_estimated_from_the_notes() -> None:
    rising = tuple({"tension": i / 3} for i in range(4))
    values, declared = tension(score(decisions=rising))
    assert declared
    assert values.tolist() == [0, 1 / 3, 2 / 3, 1]
    tune = tuple(n for n in score().notes if n.part == 0)
    values, declared = tension(score(notes=tune))
    assert not declared
    assert np.all(np.diff(values) > 0)
    values, declared = tension(score(notes=()))
    assert not declared
    assert np.isnan(values).all()


def test_chords_share_the_beats_of_their_image() -> None:
    declared = ({"chords": ["C", "G"]}, {"chord": "G"}, {}, {"chord": "F"})
    assert chords(score(decisions=declared)) == [(0, 1, "C"), (1, 4, "G"), (4, 6, ""), (6, 8, "F")]
