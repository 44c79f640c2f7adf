"""Canons: a second voice imitates the melody, over chords that repeat, by the rules of counterpoint."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT
from imbatch2soundvisu.music.composition.canons import DISSONANCES, INTERVALS, Canon
from imbatch2soundvisu.music.composition.draft import Draft
from imbatch2soundvisu.music.composition.explanations import decision
from imbatch2soundvisu.music.composition.genres import GENRES
from imbatch2soundvisu.music.composition.instruments import COUNTER, MELODY, SECOND, range_of
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.voice_leading import is_parallel
from tests.music.composition.pieces import drafted, of_part
from tests.music.scores import images

CASES = [("folk", 1), ("folk", 2), ("minimal", 3), ("minimal", 4), ("lullaby", 5)]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}{case[1]}")
def draft(request: pytest.FixtureRequest) -> Draft:
    genre, seed = request.param
    row = replace(GENRES[genre], structures=("canon",))
    return drafted(images(40, seed), Composed(genre=row), seed=seed)


def canons(draft: Draft) -> list[Canon]:
    found = [canon for canon in draft.canons if canon]
    assert len(found) >= len(draft.plan.phrases) - 1
    return found


def test_the_chords_of_a_phrase_repeat_after_the_delay(draft: Draft) -> None:
    shares = []
    for phrase, canon in zip(draft.plan.phrases, draft.canons, strict=True):
        if canon is None:
            continue
        start, close = draft.index.starts[phrase.first], draft.index.chord_spans(phrase)[-1].start
        roots = [draft.plan.chords[draft.index.slot_at(tick)].root for tick in range(start, close, TICKS_PER_BEAT)]
        behind = canon.delay // TICKS_PER_BEAT
        shares += [a == b for a, b in zip(roots, roots[behind:], strict=False)]
    assert np.mean(shares) > 0.6


def test_most_of_the_second_voice_is_the_melody_moved(draft: Draft) -> None:
    found = canons(draft)
    assert {canon.interval for canon in found} <= set(INTERVALS)
    assert np.mean([canon.literal for canon in found]) > 0.55
    assert max(canon.literal for canon in found) > 0.75
    for index, canon in enumerate(draft.canons):
        if canon:
            models = {note.start + canon.delay for note in draft.melody if note.phrase == index}
            assert {start for _, start, _ in canon.notes[:-1]} <= models


def test_it_is_consonant_with_the_melody_on_strong_beats(draft: Draft) -> None:
    strong = []
    for pitch, start, _ in (note for canon in canons(draft) for note in canon.notes):
        chord = draft.plan.chords[draft.index.slot_at(start)]
        if start % TICKS_PER_BEAT == 0:
            tones = set(chord.pitch_classes)
            assert pitch % 12 in tones or not chord.key.is_tonal
            melody = draft.index.melody_at(start)
            if melody is not None and len(chord.pitch_classes) == 3:
                strong.append((pitch - melody) % 12 not in DISSONANCES)
    assert np.mean(strong) >= 0.9


def test_it_makes_no_parallels_with_melody_and_bass(draft: Draft) -> None:
    found = total = 0
    for canon in canons(draft):
        for (p, a, _), (q, b, _) in itertools.pairwise(canon.notes):
            bass = draft.bass[draft.index.slot_at(a)], draft.bass[draft.index.slot_at(b)]
            melody = draft.index.melody_at(a), draft.index.melody_at(b)
            total += 1
            found += is_parallel((p, q), bass)
            found += None not in melody and is_parallel(melody, (p, q))
    assert found <= 0.03 * total


def test_two_soloists_play_it_within_their_ranges(draft: Draft) -> None:
    lead = SECOND if draft.uses_second_soloist[0] else MELODY
    assert len(set(draft.uses_second_soloist)) == 1
    second = of_part(draft.notes(), COUNTER)
    assert len(second) > 20
    assert of_part(draft.notes(), lead)
    low, high = range_of(draft.counter_player[1])
    assert all(low <= note.pitch <= high for note in second)


def test_decisions_say_where_it_imitates(draft: Draft) -> None:
    said = [decision(draft, i)["imitation"] for i in range(len(draft.sequence))]
    assert {each for each in said if each} <= {canon.name for canon in canons(draft)}
    assert sum(each is not None for each in said) > len(said) / 2


def test_other_structures_imitate_nothing() -> None:
    song = drafted(images(24), Composed(genre="song"))
    assert {decision(song, i)["imitation"] for i in range(24)} == {None}
