"""The patterns of the drum kit: complete, in every metre, sparse to full, with fills that end with their phrase."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.core import METRES, TICKS_PER_BEAT
from imbatch2soundvisu.music.composition.drum_patterns import DRUM_PATTERNS
from imbatch2soundvisu.music.composition.drums import Kit, drum_notes
from imbatch2soundvisu.music.composition.genres import GENRES
from imbatch2soundvisu.music.styles import Composed
from tests.music.composition.pieces import drafted
from tests.music.scores import images

PATTERNS = sorted(DRUM_PATTERNS)


@pytest.mark.parametrize("name", PATTERNS)
def test_every_line_has_whole_steps_in_every_beat(name: str) -> None:
    row = DRUM_PATTERNS[name]
    for table in (row.bars, row.full):
        for metre, bars in table.items():
            for line in (line for bar in bars for line in bar.values()):
                assert len(line) % METRES[metre].beats_per_bar == 0, (metre, line)
                assert set(line) <= set("Xxo.")
    assert set(row.sparse) & {drum for bars in row.bars.values() for bar in bars for drum in bar}
    assert row.fills


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("metre", METRES)
def test_every_pattern_has_a_bar_in_every_metre(name: str, metre: str) -> None:
    row = DRUM_PATTERNS[name]
    for level in range(3):
        bar = row.bar(METRES[metre], 3, level)
        assert bar
        assert {len(line) % METRES[metre].beats_per_bar for line in bar.values()} == {0}
    assert any(line[0] != "." for line in row.bar(METRES[metre], 0, 1).values())


def test_genres_name_patterns_that_exist() -> None:
    assert {row.drums for row in GENRES.values()} - {""} <= set(DRUM_PATTERNS)


@pytest.mark.parametrize("metre", ["4/4", "3/4", "5/4", "6/8", "7/8"])
def test_strokes_are_on_the_grid_of_the_metre_and_grow_with_density(metre: str) -> None:
    draft = drafted(images(24), Composed(genre="song", metre=metre, drums=True))
    kit = Kit("rock", METRES[metre], 0.5)
    found = []
    for density in (0.2, 0.35, 0.5, 0.9):
        notes = drum_notes(draft.plan, np.full(len(draft.plan.slots), density), draft.loudness, kit)
        found.append(len(notes))
        sixteenth = TICKS_PER_BEAT // METRES[metre].sixteenths
        assert all(n.start % sixteenth == 0 for n in notes)
    assert found[0] == 2
    assert found[1] < found[2] <= found[3]


def test_bossa_has_its_clave_over_two_bars() -> None:
    draft = drafted(images(24), Composed(genre="bossa"))
    notes = drum_notes(
        draft.plan, np.full(len(draft.plan.slots), 0.5), draft.loudness, Kit("bossa", METRES["4/4"], 0.5)
    )
    rim = sorted({n.start // 480 for n in notes if n.pitch == 37 and n.start < 8 * TICKS_PER_BEAT})
    assert rim == [0, 3, 6, 10, 13]
