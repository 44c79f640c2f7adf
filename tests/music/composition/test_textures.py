"""Textures: each has the layers it names, layers enter and leave, instruments keep to their ranges."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note
from imbatch2soundvisu.music.composition.draft import Draft
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.composition.figures import FIGURES
from imbatch2soundvisu.music.composition.genres import GENRES
from imbatch2soundvisu.music.composition.instruments import (
    ACCENT,
    BASS,
    CHORDS,
    COUNTER,
    DRUMS,
    MELODY,
    PAD,
    SECOND,
    range_of,
)
from imbatch2soundvisu.music.composition.orchestration import Passage, contrasted
from imbatch2soundvisu.music.composition.textures import TEXTURES
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.voice_leading import is_parallel
from tests.music.composition.pieces import drafted, of_part
from tests.music.scores import images

#: The same soloist throughout.
COOL = images(32, warmth=np.full(32, -0.05))
SOLOISTS = {MELODY, SECOND}


def with_texture(
    name: str, ensemble: str = "salon", genre: str = "song", seconds: float = 1.0, **style: object
) -> Draft:
    """A piece in one texture up to its last cadence."""
    row = replace(GENRES[genre], textures=(name,), figures=GENRES[genre].figures)
    free = replace(ENSEMBLES[ensemble], textures=())
    return drafted(COOL, Composed(genre=row, ensemble=free, **style), seconds)


def before_close(draft: Draft) -> list[Note]:
    """The notes that begin before the last cadence."""
    end = draft.index.starts[draft.passages[-1].first]
    return [note for note in draft.notes() if note.start < end]


@pytest.mark.parametrize("genre", ["song", "swing", "minimal"])
def test_gaps_are_the_long_notes_and_rests_of_the_melody(genre: str) -> None:
    """From a beat after the onset to the next one, or to the end of the passage."""
    draft = drafted(COOL, Composed(genre=genre))
    onsets = [*(note.start for note in draft.melody), draft.index.end_of_piece]
    for passage in (*draft.passages, *draft.plan.phrases):
        start, end = draft.index.starts[passage.first], draft.index.end_of(passage)
        expected = [
            (a + TICKS_PER_BEAT, min(b, end))
            for a, b in itertools.pairwise(onsets)
            if b - a >= 1.5 * TICKS_PER_BEAT and start <= a and a + TICKS_PER_BEAT < end
        ]
        assert draft.index.gaps(passage) == expected


def ticks_of(draft: Draft, passage: Passage) -> tuple[int, int]:
    return draft.index.starts[passage.first], draft.index.end_of(passage)


@pytest.mark.parametrize("name", TEXTURES)
def test_a_texture_has_the_layers_it_names(name: str) -> None:
    texture, draft = TEXTURES[name], with_texture(name, drums=True)
    playing = {note.part for note in before_close(draft)} - {ACCENT, DRUMS} - SOLOISTS
    layers = {CHORDS: texture.chords, BASS: texture.bass, PAD: texture.inner, COUNTER: texture.counter}
    needed = {part for part, kind in layers.items() if kind and kind not in ("answers", "answer")}
    assert needed <= playing <= {part for part, kind in layers.items() if kind}


def test_a_duet_goes_in_thirds_and_sixths_below_the_melody() -> None:
    draft = with_texture("duet")
    above = {note.start: note.pitch for note in draft.melody}
    below = [note for note in before_close(draft) if note.part == COUNTER]
    intervals = [above[note.start] - note.pitch for note in below]
    assert set(intervals) <= {3, 4, 5, 6, 7, 8, 9, 10, 12}
    assert np.mean([interval in (3, 4, 8, 9) for interval in intervals]) > 0.8


def test_a_countermelody_moves_where_the_melody_does_not() -> None:
    draft = with_texture("trio")
    melody = {note.start for note in draft.melody}
    counter = [note for note in before_close(draft) if note.part == COUNTER]
    assert np.mean([note.start not in melody for note in counter]) > 0.4
    assert all(draft.index.melody_at(note.start) is None or note.length > 0 for note in counter)
    steps = [abs(b.pitch - a.pitch) for a, b in itertools.pairwise(counter)]
    assert np.mean(steps) < 4


def test_a_walking_bass_has_every_beat_in_steps_and_small_leaps() -> None:
    draft = with_texture("walking bass")
    bass = [note for note in before_close(draft) if note.part == BASS]
    beats = {note.start // TICKS_PER_BEAT for note in bass}
    assert len(beats) >= 0.85 * (max(beats) - min(beats) + 1)
    moves = [abs(b.pitch - a.pitch) for a, b in itertools.pairwise(bass)]
    assert np.mean([move <= 5 for move in moves]) > 0.8
    for passage in draft.passages[:-1]:
        for span in draft.index.chord_spans(passage):
            assert draft.bass[span.first] in [note.pitch for note in bass if note.start == span.start]


def test_a_waltz_has_its_bass_on_one_and_chords_on_two_and_three() -> None:
    draft = with_texture("melody and chords", genre="waltz", seconds=1.5)
    assert draft.timeline.metre.name == "3/4"
    bar, eighth = 3 * TICKS_PER_BEAT, TICKS_PER_BEAT // 2
    chords = {(note.start % bar) // eighth for note in before_close(draft) if note.part == CHORDS}
    assert chords == {2, 4}
    changes = {draft.index.starts[k] for k in draft.plan.changes}
    inside = [note for note in before_close(draft) if note.part == BASS and note.start not in changes]
    assert all(note.start % TICKS_PER_BEAT == 0 for note in inside)


def test_a_drone_holds_one_fifth_under_a_phrase() -> None:
    draft = with_texture("drone", genre="folk")
    for phrase in draft.plan.phrases[:-1]:
        start, end = draft.index.starts[phrase.first], draft.index.starts[phrase.last - 3]
        drone = {note.pitch % 12 for note in draft.notes() if note.part == BASS and start <= note.start < end}
        assert drone <= {phrase.key.tonic, (phrase.key.tonic + 7) % 12}


@pytest.mark.parametrize("ensemble", ["strings", "brass", "woodwinds"])
def test_a_chorale_has_one_voice_for_each_instrument(ensemble: str) -> None:
    draft = with_texture("chorale", ensemble, "chorale")
    melody = {note.start for note in draft.melody}
    changes = {span.start for passage in draft.passages for span in draft.index.chord_spans(passage)}
    for part in (CHORDS, PAD, BASS):
        voice = of_part(draft.notes(), part)
        assert all(a.start + a.length <= b.start for a, b in itertools.pairwise(voice))
        assert {note.start for note in voice} <= melody | changes


@pytest.mark.parametrize("ensemble", ["strings", "brass", "woodwinds", "piano"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_chorale_is_in_four_voices_throughout_with_the_melody_on_top(ensemble: str, seed: int) -> None:
    draft = drafted(images(32, seed), Composed(genre="chorale", ensemble=ensemble), seed=seed)
    notes = [note for note in draft.notes() if note.part != ACCENT]
    assert {note.part for note in notes} - {CHORDS, PAD, BASS} == {MELODY}
    lower = [note for note in notes if note.part != MELODY]
    for tick in range(0, draft.index.end_of_piece, TICKS_PER_BEAT):
        inner = [n.pitch for n in lower if n.part != BASS and n.start <= tick < n.start + n.length]
        assert len(inner) == 2, tick
        begins = [n.pitch for n in notes if n.part == MELODY and n.start == tick]
        assert all(max(inner) <= pitch for pitch in begins)
        slot = draft.index.slot_at(tick)
        sounding = {pitch % 12 for pitch in (*inner, draft.index.melody_at(tick) or 0, draft.bass[slot])}
        is_moving = any(n.start % TICKS_PER_BEAT and n.start <= tick < n.start + n.length for n in lower)
        assert is_moving or draft.plan.chords[slot].pitch_classes[1] in sounding


@pytest.mark.parametrize("name", ["held voices", "chorale", "moving voices"])
def test_four_voices_have_no_parallels(name: str) -> None:
    found = total = 0
    for genre, ensemble in (("chorale", "strings"), ("chorale", "woodwinds"), ("song", "brass")):
        draft = with_texture(name, ensemble, genre)
        moments = [span for phrase in draft.plan.phrases for span in draft.index.chord_spans(phrase)]
        pairs = [draft.four_voices.held[span.first] for span in moments]
        for (a, one), (b, two) in itertools.pairwise(zip(moments, pairs, strict=True)):
            bass = draft.bass[a.first], draft.bass[b.first]
            melody = draft.index.melody_at(a.start), draft.index.melody_at(b.start)
            lines = [(one[1], two[1]), (one[0], two[0]), bass, *([melody] if None not in melody else [])]
            total += 1
            found += any(is_parallel(upper, lower) for upper, lower in itertools.combinations(lines, 2))
    assert total > 40
    assert found <= 0.04 * total


@pytest.mark.parametrize("genre", ["waltz", "march", "folk", "tango"])
@pytest.mark.parametrize("ensemble", ["strings", "brass", "woodwinds"])
def test_strings_and_winds_play_one_note_at_a_time(ensemble: str, genre: str) -> None:
    draft = drafted(images(40, 3), Composed(genre=genre, ensemble=ensemble, intensity=0.8))
    voices = [of_part(draft.notes(), part) for part in (MELODY, CHORDS, PAD, COUNTER, SECOND)]
    assert sum(len(voice) > 20 for voice in voices) >= 3
    for voice in voices:
        assert all(a.start + a.length <= b.start for a, b in itertools.pairwise(voice))


@pytest.mark.parametrize("ensemble", ["strings", "woodwinds", "salon"])
def test_a_bass_is_searched_in_the_range_of_its_instrument(ensemble: str) -> None:
    draft = drafted(images(40, 2), Composed(ensemble=ensemble))
    low, high = draft.bass_limits
    assert low <= min(draft.bass) <= max(draft.bass) <= high
    heads = [draft.bass[head] for head in draft.plan.heads]
    assert np.median(np.abs(np.diff(heads))) <= 5
    # a seventh in the bass falls by step: it is not broken by a change of octave
    for a, b in itertools.pairwise(draft.plan.heads):
        chord = draft.plan.chords[a]
        is_seventh = chord.quality in ("7", "m7", "maj7") and draft.bass[a] % 12 == chord.pitch_classes[3]
        if is_seventh and draft.plan.pedals[a] is None:
            assert draft.bass[a] - draft.bass[b] in (1, 2) or b in {p.first for p in draft.plan.phrases}


def test_the_other_soloist_answers_in_the_rests_of_the_melody() -> None:
    draft = with_texture("call and response")
    gaps = [gap for passage in draft.passages for gap in draft.index.gaps(passage)]
    answers = [note for note in before_close(draft) if note.part in (COUNTER, CHORDS)]
    assert answers
    assert all(any(start <= note.start < end for start, end in gaps) for note in answers)


@pytest.mark.parametrize("genre", ["song", "minimal", "bossa", "lullaby"])
def test_chords_lie_below_the_melody(genre: str) -> None:
    above = []
    for seed in (1, 2, 3):
        draft = drafted(images(40, seed), Composed(genre=genre), seed=seed)
        for passage in draft.passages:
            for span in draft.index.chord_spans(passage):
                floor = min((n.pitch for n in draft.index.melody_between(span.start, span.end)), default=127)
                above += [pitch > floor for pitch in draft.pad_voicings[span.first]]
    assert np.mean(above) < 0.12


@pytest.mark.parametrize("genre", ["waltz", "song", "swing", "nocturne"])
def test_the_highest_voice_of_the_last_chord_ends_on_the_tonic(genre: str) -> None:
    for seed in (1, 2, 3):
        draft = drafted(images(24, seed), Composed(genre=genre), seed=seed)
        last = [n for n in draft.notes() if n.start >= draft.index.starts[-1] and n.part not in (ACCENT, DRUMS)]
        assert max(n.pitch for n in last) % 12 == draft.plan.chords[-1].root


class TestForm:
    @pytest.mark.parametrize("seed", range(4))
    def test_a_chase_begins_with_drums_and_most_pieces_with_few_instruments(self, seed: int) -> None:
        chase = drafted(images(40, seed), Composed("lively", genre="chase"), seed=seed)
        song = drafted(images(40, seed), Composed(genre="song"), seed=seed)
        eight = 8 * TICKS_PER_BEAT
        first = [{n.part for n in draft.notes() if n.start < eight} - {ACCENT} for draft in (chase, song)]
        assert {DRUMS, BASS} <= first[0]
        assert DRUMS not in first[1]
        assert TEXTURES[chase.passages[0].name].drums
        beats = {n.start // TICKS_PER_BEAT for n in chase.notes() if n.part == DRUMS and n.start < eight}
        assert len(beats) == 8

    @pytest.mark.parametrize("seed", range(4))
    def test_layers_enter_and_leave(self, seed: int) -> None:
        draft = drafted(images(48, seed), seed=seed)
        names = [passage.name for passage in draft.passages]
        assert len(set(names)) >= 3
        counts = []
        for passage in draft.passages:
            start, end = ticks_of(draft, passage)
            counts.append(len({note.part for note in draft.notes() if start <= note.start < end} - {ACCENT}))
        assert min(counts) <= 2
        assert max(counts) >= 4

    def test_only_the_melody_plays_in_a_general_pause(self) -> None:
        found = 0
        for seed in range(6):
            draft = drafted(images(48, seed), seed=seed)
            for passage in draft.passages:
                end = draft.index.end_of(passage)
                for note in draft.notes() if passage.pause else ():
                    if note.start < end and note.start + note.length > end - passage.pause:
                        assert note.part in {*SOLOISTS, ACCENT}
                found += bool(passage.pause)
        assert found >= 3

    def test_denser_images_have_more_notes(self) -> None:
        for seed in range(4):
            wanted = images(64, seed)
            draft = drafted(wanted, Composed(genre="song"), seed=seed)
            starts = np.array([note.start for note in draft.notes() if note.part != DRUMS])
            rates = []
            for phrase in draft.plan.phrases[:-1]:
                start, end = draft.index.starts[phrase.first], draft.index.end_of(phrase)
                rates.append(((starts >= start) & (starts < end)).sum() * TICKS_PER_BEAT / (end - start))
            order = np.argsort(draft.half_levels[:-1, 0])
            assert np.corrcoef(np.argsort(order), np.argsort(np.argsort(rates)))[0, 1] > 0.85

    def test_densities_are_spread_and_keep_their_order(self) -> None:
        density = np.array([0.3, 0.45, 0.5, 0.62])
        wide = contrasted(density)
        assert (np.diff(wide) > np.diff(density)).all()
        assert 0 < wide.min() < wide.max() < 1


@pytest.mark.parametrize("name", ENSEMBLES)
def test_instruments_keep_to_their_ranges(name: str) -> None:
    draft = drafted(images(40, 1, luminance=np.linspace(0.2, 0.95, 40)), Composed(ensemble=name, intensity=0.9))
    players = dict(zip(range(6), draft.ensemble.instruments, strict=True))
    for part, player in players.items():
        low, high = range_of(player)
        pitches = [note.pitch for note in draft.notes() if note.part == part]
        assert all(low <= pitch <= high for pitch in pitches), (player.name, min(pitches), max(pitches))


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_fill_bars_of_every_metre(figure: str) -> None:
    for groups in ((4, 4), (6,), (3, 3), (6, 4), (3, 2, 2)):
        bar = FIGURES[figure].bar(groups)
        assert len(bar) == sum(groups)
        assert any(bar)
