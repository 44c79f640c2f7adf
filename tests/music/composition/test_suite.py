"""A tour as a suite: the scores of the clusters, one after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Score, Timing
from imbatch2soundvisu.music import midi
from imbatch2soundvisu.music.analysis import measures
from imbatch2soundvisu.music.composition import suite, themes
from imbatch2soundvisu.music.composition.cluster_theme import ClusterTheme
from imbatch2soundvisu.plans.albums import _joined
from tests.music.composition.test_cluster_theme import many

PARTS = 5


@pytest.fixture(scope="module")
def album() -> list:
    return many(PARTS)


@pytest.fixture(scope="module")
def tour(album: list) -> Score:
    whole = _joined(album, "tour")
    assert whole is not None
    style = ClusterTheme()
    return style.compose(whole, style.timeline(whole, 30, Timing(1.0)), np.random.default_rng(0))


def section(tour: Score, k: int) -> Score:
    """The notes of the k-th section of a tour of equal sections, as a score."""
    n = len(tour.timeline.beats) // PARTS
    edges = tour.timeline.start_ticks[[k * n, (k + 1) * n]]
    notes = [replace(each, start=each.start - edges[0]) for each in tour.notes if edges[0] <= each.start < edges[1]]
    grid = tour.timeline.part(k * n, (k + 1) * n)
    return replace(tour, timeline=grid, notes=tuple(notes), decisions=tour.decisions[k * n : (k + 1) * n])


def test_each_section_has_the_motif_and_key_of_its_own_score(album: list, tour: Score) -> None:
    style, same_grid = ClusterTheme(), 0
    for k, part in enumerate(album):
        alone = style.compose(part, style.timeline(part, 30, Timing(1.0)), part.rng())
        here = section(tour, k)
        if (alone.timeline.beats, alone.timeline.metre) == (here.timeline.beats, here.timeline.metre):
            assert measures.motif(here) == measures.motif(alone)
            same_grid += 1
        assert here.decisions[0]["key"] == themes.theme_of(part).key.name
        assert measures.cadence(here) == 1
        assert {each["section"] for each in here.decisions} == {part.cluster}
    assert same_grid
    assert len({measures.motif(section(tour, k)) for k in range(PARTS)}) == PARTS


def test_decisions_have_the_position_in_the_whole(tour: Score) -> None:
    bars = tour.timeline.beats_per_bar
    assert [each["position"] for each in tour.decisions] == list(range(1, len(tour.decisions) + 1))
    assert [(d["bar"] - 1) * bars + d["beat"] - 1 for d in tour.decisions] == tour.timeline.start_beats[:-1].tolist()
    assert [d["sample"] for d in tour.decisions] == tour.timeline.start_samples[:-1].tolist()
    assert max(note.start + note.length for note in tour.notes) <= tour.timeline.total_beats * TICKS_PER_BEAT


def test_excess_parts_of_one_role_are_merged(tour: Score, tmp_path) -> None:
    melodic = [part for part in tour.parts if not part.drums]
    assert len(melodic) <= suite.MAX_PARTS
    assert len({part.program for part in melodic if part.name.startswith("Melody")}) >= PARTS
    assert {note.part for note in tour.notes} == set(range(len(tour.parts)))
    midi.write(tmp_path / "tour.mid", tour)


def test_a_sequence_that_is_not_a_tour_has_no_sections(album: list) -> None:
    assert suite.suite_sections(album[0]) == []
    assert suite.suite_sections(replace(album[0], sections=(0, 4))) == []
