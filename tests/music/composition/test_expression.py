"""The melody of each phrase is louder where it is higher, above its accompaniment, and softer as it ends."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note
from imbatch2soundvisu.music.analysis.excerpt import excerpt_of
from imbatch2soundvisu.music.analysis.melodic_measures import velocity_follows_pitch
from imbatch2soundvisu.music.composition.draft import Draft
from imbatch2soundvisu.music.composition.dynamics import dynamic
from imbatch2soundvisu.music.composition.instruments import CHORDS, DRUMS, MELODY, PAD, SECOND
from imbatch2soundvisu.music.styles import Composed
from tests.music.composition.pieces import drafted
from tests.music.scores import images, music

MOODS = [None, "calm", "lively"]


def by_phrase(draft: Draft, notes: list[Note]) -> dict[int, list[Note]]:
    starts = [draft.plan.slots[phrase.first].beat * TICKS_PER_BEAT for phrase in draft.plan.phrases]
    found = defaultdict(list)
    for note in notes:
        found[max(0, bisect_right(starts, note.start) - 1)].append(note)
    return found


def leading(draft: Draft, phrase: int) -> list[Note]:
    """The melody of a phrase as it is played, in time."""
    own = {(note.start, note.pitch) for note in draft.melody if note.phrase == phrase}
    part = SECOND if draft.uses_second_soloist[phrase] else MELODY
    return sorted((n for n in draft.notes() if n.part == part and (n.start, n.pitch) in own), key=lambda n: n.start)


@pytest.mark.parametrize("mood", MOODS)
def test_velocity_follows_the_pitch_of_the_line_as_performed(mood: str | None) -> None:
    found = [
        velocity_follows_pitch(excerpt_of(music(images(32, seed), Composed(mood), seed=seed))) for seed in (1, 2, 3)
    ]
    assert 0.15 <= np.mean(found) < 0.8


def test_the_highest_note_is_among_the_loudest_and_the_end_is_softer() -> None:
    softer = []
    for seed in (1, 2, 3):
        draft = drafted(images(40, seed))
        for index in range(len(draft.plan.phrases)):
            line = leading(draft, index)
            velocities = [n.velocity for n in line]
            climax = max(line, key=lambda n: (n.pitch, n.length))
            assert climax.velocity >= np.quantile(velocities, 0.6)
            softer.append(line[-1].velocity < np.median(velocities))
    assert np.mean(softer) > 0.7


def test_the_melody_is_above_its_accompaniment() -> None:
    draft = drafted(images(40))
    for index, notes in by_phrase(draft, draft.notes()).items():
        line = np.mean([n.velocity for n in leading(draft, index)])
        others = [n.velocity for n in notes if n.part in (CHORDS, PAD)]
        assert not others or line > np.mean(others) + 5


@pytest.mark.parametrize("mood", MOODS)
def test_phrases_are_as_loud_as_their_images_ask(mood: str | None) -> None:
    draft = drafted(images(64, 5), Composed(mood))
    played, wanted = [], []
    for index, notes in sorted(by_phrase(draft, draft.notes()).items()):
        phrase = draft.plan.phrases[index]
        played.append(np.mean([n.velocity for n in notes if n.part != DRUMS]))
        wanted.append(draft.levels["dynamics"][phrase.first : phrase.last].mean())
    pairs = [(i, j) for i in range(len(wanted)) for j in range(len(wanted)) if wanted[i] > wanted[j] + 0.03]
    assert np.mean([played[i] > played[j] for i, j in pairs]) >= 0.9
    assert max(played) - min(played) > 5


def test_decisions_have_the_dynamics_that_are_played() -> None:
    score = music(images(24))
    starts = score.timeline.start_ticks.tolist()
    for i, decision in enumerate(score.decisions[:-1]):
        here = [
            n.velocity for n in score.notes if starts[i] <= n.start < starts[i + 1] and not score.parts[n.part].drums
        ]
        assert decision["velocity"] == pytest.approx(np.mean(here), abs=8)
        (row,) = (each for each in decision["because"] if each["parameter"] == "dynamics")
        assert row["outcome"].startswith(dynamic(decision["velocity"]))
