"""The tune: themes that return, their variations, ornaments, pickups and rests."""

from __future__ import annotations

import itertools
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from imbatch2soundvisu.core import METRES, TICKS_PER_BEAT
from imbatch2soundvisu.music.composition import phrase_layout, rhythms, tune
from imbatch2soundvisu.music.composition.contours import direction
from imbatch2soundvisu.music.composition.melody_notes import MelodyNote
from imbatch2soundvisu.music.composition.motif import CONTOURS, invent
from imbatch2soundvisu.music.composition.ornaments import ornamented
from imbatch2soundvisu.music.composition.phrase_layout import IDEA, Layout
from imbatch2soundvisu.music.composition.phrase_structures import (
    ORNAMENTED,
    REPETITION,
    STATEMENT,
    STRUCTURES,
    choose,
    labels_of,
    name_of,
    treatment,
)
from imbatch2soundvisu.music.composition.piece import Piece
from imbatch2soundvisu.music.composition.rhythms import SHORTEST_S, RhythmStyle
from imbatch2soundvisu.music.composition.tune import Place, find_line
from imbatch2soundvisu.music.styles import Composed
from tests.music.composition.pieces import drafted
from tests.music.scores import images, music

WHITE = frozenset({0, 2, 4, 5, 7, 9, 11})
C, G = frozenset({0, 4, 7}), frozenset({7, 11, 2})


def style(metre: str = "4/4", ornaments: float = 0.4, seconds_per_beat: float = 0.5) -> RhythmStyle:
    return RhythmStyle(METRES[metre], seconds_per_beat, 1.5, ornaments)


def idea_of(draft: Piece, index: int) -> list[MelodyNote]:
    """The notes of a phrase before its idea ends, without its pickup."""
    start = draft.plan.slots[draft.plan.phrases[index].first].beat * TICKS_PER_BEAT
    return [n for n in draft.melody if n.phrase == index and start <= n.start < draft.tune.statements[index].idea_ends]


class TestThemes:
    def test_an_idea_returns_with_the_same_notes_moved_as_a_whole(self) -> None:
        alike = []
        for seed in range(8):
            draft = drafted(images(48, seed), seed=seed)
            for k, stated in enumerate(draft.tune.statements):
                if stated.treatment != REPETITION:
                    continue
                first = next(i for i, p in enumerate(draft.plan.phrases) if p.theme == draft.plan.phrases[k].theme)
                one, two = idea_of(draft, first), idea_of(draft, k)
                moves = [np.sign(np.diff([n.pitch for n in idea])).tolist() for idea in (one, two)]
                alike.append(moves[0] == moves[1])
        assert len(alike) >= 12
        assert np.mean(alike) >= 0.6

    def test_what_returns_goes_up_and_down_as_before(self) -> None:
        """Also what follows an idea, on other chords: of the notes of a returning theme, by their place and rhythm."""
        alike = []
        for seed in range(8):
            draft = drafted(images(48, seed), seed=seed)
            stated: dict[str, dict[tuple[int, int], int]] = {}
            for k, (phrase, statement) in enumerate(zip(draft.plan.phrases, draft.tune.statements, strict=True)):
                start = draft.plan.slots[phrase.first].beat * TICKS_PER_BEAT
                notes = [n for n in draft.melody if n.phrase == k and n.start >= start]
                moves = {(a.start - start, b.start - start): direction(a.pitch, b.pitch) for a, b in pairwise(notes)}
                before = stated.setdefault(phrase.theme, moves)
                if statement.treatment in (REPETITION, ORNAMENTED) and before is not moves:
                    alike += [moves[each] == before[each] for each in moves if each in before]
        assert len(alike) > 200
        assert np.mean(alike) >= 0.8

    def test_the_last_note_is_mostly_reached_by_step_or_third(self) -> None:
        for count in (24, 48):
            tunes = [drafted(images(count, seed), seed=seed).melody for seed in range(10)]
            last = [abs(notes[-1].pitch - notes[-2].pitch) for notes in tunes]
            assert np.mean(np.array(last) <= 4) >= 0.7
            assert max(last) <= 7

    def test_a_phrase_is_near_the_register_of_its_images(self) -> None:
        draft = drafted(images(64, luminance=np.linspace(0.3, 0.9, 64)))
        means = [np.mean([n.pitch for n in draft.melody if n.phrase == k]) for k in range(len(draft.plan.phrases))]
        wanted = [draft.register[p.first : p.last].mean() for p in draft.plan.phrases]
        assert np.corrcoef(means, wanted)[0, 1] > 0.8
        assert np.abs(np.array(means) - wanted).mean() < 4

    @pytest.mark.parametrize("mood", ["calm", "lively"])
    def test_notes_follow_each_other_and_none_is_too_short(self, mood: str) -> None:
        draft = drafted(images(48), Composed(mood))
        notes = draft.melody
        assert all(a.start + a.length <= b.start for a, b in itertools.pairwise(notes))
        assert min(n.length for n in notes) / TICKS_PER_BEAT * draft.seconds_per_beat >= SHORTEST_S - 1e-3

    def test_phrases_end_with_a_rest_and_some_begin_with_a_pickup(self) -> None:
        pickups = []
        for seed in range(6):
            draft = drafted(images(48, seed), seed=seed)
            pickups += [stated.has_pickup for stated in draft.tune.statements[1:]]
            for k in range(len(draft.plan.phrases) - 1):
                last = [n for n in draft.melody if n.phrase == k][-1]
                following = next(n for n in draft.melody if n.phrase == k + 1)
                assert following.start - last.start - last.length >= TICKS_PER_BEAT // 4
        assert 0.1 < np.mean(pickups) < 0.95

    def test_a_statement_with_ornaments_has_some(self) -> None:
        counted = []
        for seed in range(12):
            draft = drafted(images(48, seed), seed=seed)
            heads = {draft.plan.slots[k].beat * TICKS_PER_BEAT for k in draft.plan.changes}
            for k, stated in enumerate(draft.tune.statements):
                if stated.treatment == ORNAMENTED:
                    phrase = draft.plan.phrases[k]
                    start = draft.plan.slots[phrase.first].beat * TICKS_PER_BEAT
                    plain = {start + at for at, _ in draft.tune.tunes[phrase.theme].motif.idea}
                    counted.append(len({n.start for n in idea_of(draft, k)} - plain - heads))
        assert len(counted) >= 3
        assert min(counted) >= 1

    def test_the_first_image_of_a_phrase_says_what_becomes_of_the_theme(self) -> None:
        decisions = music(images(48)).decisions
        assert decisions[0]["statement"].startswith("theme A is stated")
        assert any(" returns" in decision["statement"] for decision in decisions)
        assert decisions[-1]["cadence"] == "final cadence"


class TestLines:
    @staticmethod
    def places(count: int, wanted: int | None = None) -> list[Place]:
        return [Place(WHITE, C, frozenset(), 2 if k % 4 == 0 else 0, 48, 60 + k, wanted) for k in range(count)]

    def test_strong_notes_are_chord_tones_and_others_move_by_step(self) -> None:
        line = find_line(self.places(9), (48, 84)).pitches
        assert {pitch % 12 for pitch in line[::4]} <= C
        assert {pitch % 12 for pitch in line} <= WHITE
        passing = [k for k in range(1, 8) if line[k] % 12 not in C]
        assert all(abs(line[k] - line[k - 1]) <= 2 and abs(line[k + 1] - line[k]) <= 2 for k in passing)

    def test_a_pitch_that_is_asked_for_is_kept_where_its_chord_allows_it(self) -> None:
        assert find_line(self.places(3, wanted=67), (48, 84)).pitches == (67, 67, 67)
        assert find_line(self.places(1, wanted=65), (48, 84)).pitches[0] % 12 in C

    def test_no_parallels_with_the_bass(self) -> None:
        asked = [
            Place(WHITE, C, frozenset(), 2, 48, 72, 72),
            Place(WHITE, G, frozenset(), 2, 50, 72, 74),
        ]
        assert find_line(asked, (60, 84)).pitches != (72, 74)

    def test_a_direction_that_is_asked_for_is_kept_where_the_pitch_is_not_possible(self) -> None:
        for rise in (-1, 1):
            asked = [replace(self.places(1, 65)[0], weight=0), replace(self.places(1, 65)[0], rise=rise)]
            first, second = find_line(asked, (48, 84)).pitches
            assert direction(first, second) == rise
            assert second % 12 in C

    def test_a_last_note_is_near_the_one_before_rather_than_on_its_curve(self) -> None:
        asked = [*self.places(4, 71), replace(self.places(1)[0], allowed=frozenset({0}))]
        assert find_line(asked, (48, 84)).pitches[-1] == 60
        asked[-1] = replace(asked[-1], is_last=True)
        assert find_line(asked, (48, 84)).pitches[-1] == 72

    def test_a_tune_without_a_climax_is_duller(self) -> None:
        lengths = [960, 480, 480, 960, 960, 960]
        assert tune.theme_penalty([60, 62, 64, 67, 65, 64], lengths) < tune.theme_penalty(
            [60, 60, 62, 60, 62, 60], lengths
        )


class TestRhythms:
    @pytest.mark.parametrize("metre", METRES)
    def test_bars_are_full_and_have_no_short_notes(self, metre: str) -> None:
        own = style(metre, seconds_per_beat=0.4)
        for seed in range(20):
            rhythm = rhythms.bar(own, np.random.default_rng(seed))
            assert sum(length for _, length in rhythm) == own.bar
            assert min(length for _, length in rhythm) / TICKS_PER_BEAT * 0.4 >= SHORTEST_S - 1e-3

    def test_ornaments_make_sixteenths_usual(self) -> None:
        def share(ornaments: float) -> float:
            own = style(ornaments=ornaments)
            drawn = [rhythms.bar(own, np.random.default_rng(seed)) for seed in range(60)]
            return float(np.mean([any(length <= TICKS_PER_BEAT // 4 for _, length in bar) for bar in drawn]))

        assert share(0.0) == 0
        assert share(0.6) > share(0.1) > 0

    def test_a_motif_has_a_contour_and_a_pickup_before_the_downbeat(self) -> None:
        own = [invent(style(), 1.0, "A", np.random.default_rng(seed)) for seed in range(20)]
        assert {motif.contour for motif in own} <= set(CONTOURS)
        assert all(motif.pickup and sum(motif.pickup[-1]) == 0 for motif in own)
        assert not invent(style(), 0.0, "A", np.random.default_rng(0)).pickup
        doubled = own[0].augmented(style().bar)
        assert [length for _, length in doubled.idea] == [2 * n for s, n in own[0].idea if s < style().bar]


class TestLayouts:
    @pytest.mark.parametrize("beats", [2, 3, 4, 7, 8, 12, 16, 24, 40])
    @pytest.mark.parametrize("is_final", [False, True])
    def test_the_notes_of_a_phrase_leave_room_for_the_next_pickup(self, beats: int, is_final: bool) -> None:
        motif = invent(style(), 0.5, "A", np.random.default_rng(beats))
        layout = Layout(beats, max(1, min(2, beats // 2)), is_final, 0 if is_final else 240, 0.1)
        events = phrase_layout.phrase_events(motif, layout, style(), np.random.default_rng(1))
        assert all(a.start + a.length <= b.start for a, b in itertools.pairwise(events))
        end = events[-1].start + events[-1].length
        assert end == beats * TICKS_PER_BEAT if is_final else end <= beats * TICKS_PER_BEAT - 240 - 120
        if beats >= 16:
            idea = [(event.start, event.length) for event in events if event.kind == IDEA]
            assert [start for start, _ in idea[: len(motif.idea)]] == [start for start, _ in motif.idea]


class TestOrnaments:
    def test_a_run_fills_an_interval_with_notes_of_the_scale(self) -> None:
        run = ornamented((60, 0, 960), 67, (0, 2, 4, 5, 7, 9, 11), style(), 0.9)
        assert [pitch for pitch, _, _ in run] == [60, 62, 64, 65]
        assert sum(length for _, _, length in run) == 960

    def test_triplets_and_turns(self) -> None:
        triplet = ornamented((60, 0, 960), 65, (0, 2, 4, 5, 7, 9, 11), style(), 0.1)
        assert [length for _, _, length in triplet] == [320, 320, 320]
        turn = ornamented((60, 0, 1920), 62, (0, 2, 4, 5, 7, 9, 11), style(), 0.9)
        assert [pitch for pitch, _, _ in turn] == [60, 62, 60]

    def test_fast_music_has_none(self) -> None:
        quick = style(seconds_per_beat=0.3)
        assert ornamented((60, 0, 960), 67, (0, 2, 4, 5, 7, 9, 11), quick, 0.9) == ((60, 0, 960),)


class TestStructures:
    @pytest.mark.parametrize("name", STRUCTURES)
    @pytest.mark.parametrize("count", range(1, 20))
    def test_they_begin_and_end_with_theme_a_and_no_label_comes_twice_in_a_row(self, name: str, count: int) -> None:
        labels = labels_of(name, count)
        assert len(labels) == count
        assert labels[0][0] == labels[-1][0] == "A"
        assert all(a != b for a, b in itertools.pairwise(labels))

    def test_a_piece_is_named_after_a_structure_that_its_phrases_fulfil(self) -> None:
        for count in range(1, 20):
            for name in ("rondo", "song", "period"):
                themes = "".join(label[0] for label in labels_of(name, count))
                is_named = name_of(name, themes) == name
                assert is_named == {"rondo": count >= 5, "song": count >= 4, "period": count != 3 and count > 1}[name]

    def test_images_that_differ_more_have_more_themes(self) -> None:
        names = ("variations", "song", "rondo")
        chosen = [choose(names, contrast, 0.5) for contrast in (0.0, 0.5, 1.0)]
        assert len(set(chosen)) > 1
        assert [STRUCTURES[name].contrast for name in chosen] == sorted(STRUCTURES[name].contrast for name in chosen)

    def test_the_first_phrase_of_a_theme_is_its_statement(self) -> None:
        assert {treatment(name, 0) for name in STRUCTURES} == {STATEMENT}
