"""Form: phrases and their themes, boundaries, keys and cadences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from imbatch2soundvisu.core import Timeline
from imbatch2soundvisu.music.composition import form
from imbatch2soundvisu.music.composition.form import AUTHENTIC, DECEPTIVE, FINAL, HALF, Phrase, make_slots
from imbatch2soundvisu.music.theory import MAJOR, MINOR, Key
from imbatch2soundvisu.music.timeline import build

LENGTHS = (2, 3, 5, 6, 7, 8, 11, 12, 16, 19, 20, 24, 26, 28, 31, 32, 33, 35, 36, 40, 41, 48, 60, 64, 100)


def grid(n: int, beats: int = 2, beats_per_bar: int = 4, frames_per_beat: int = 15) -> Timeline:
    return Timeline(30, 44_100, frames_per_beat, (beats,) * n, beats_per_bar)


def phrases(
    n: int, level: np.ndarray | float = 0.8, jump: np.ndarray | None = None, fixed: str | None = None,
    sections: tuple[int, ...] = (), timeline: Timeline | None = None,
) -> tuple[Phrase, ...]:  # fmt: skip
    level = np.full(n, level) if isinstance(level, float) else level
    return form.divide_into_phrases(
        timeline or grid(n), level, np.zeros(n) if jump is None else jump, 0, fixed, sections
    )


def labels(found: tuple[Phrase, ...]) -> list[str]:
    return [phrase.label for phrase in found]


class TestPhrases:
    @pytest.mark.parametrize("n", LENGTHS)
    @pytest.mark.parametrize("seed", [None, 0, 1])
    def test_they_are_contiguous_and_of_4_to_16_images(self, n: int, seed: int | None) -> None:
        found = phrases(n, jump=None if seed is None else np.random.default_rng(seed).random(n))
        assert found[0].first == 0
        assert found[-1].last == n
        assert all(a.last == b.first for a, b in itertools.pairwise(found))
        if n >= 12:
            assert all(4 <= len(phrase) <= 16 for phrase in found)

    def test_four_phrases_have_the_form_a_a_b_a(self) -> None:
        for n in (24, 32):
            assert labels(phrases(n)) == ["A", "A'", "B", "A''"]

    def test_eight_phrases_have_new_themes_in_the_second_round(self) -> None:
        assert labels(phrases(64)) == ["A", "A'", "B", "A''", "C", "A'", "D", "A''"]

    @pytest.mark.parametrize("n", LENGTHS)
    def test_the_piece_begins_and_ends_with_its_first_theme(self, n: int) -> None:
        found = phrases(n)
        assert found[0].label == "A"
        assert found[-1].theme == "A"
        assert found[0].key == found[-1].key == Key(0, MAJOR)

    @pytest.mark.parametrize("n", [n for n in LENGTHS if n >= 24])
    def test_there_are_other_themes_in_between(self, n: int) -> None:
        themes = [phrase.theme for phrase in phrases(n)]
        assert set(themes) > {"A"}
        assert all(a == "A" or a != b for a, b in itertools.pairwise(themes))

    def test_quick_images_have_longer_phrases_and_slow_ones_shorter(self) -> None:
        quick, usual, slow = (
            np.mean([len(p) for p in phrases(96, timeline=grid(96, b, 4, f))]) for b, f in ((1, 15), (2, 15), (8, 15))
        )
        assert slow < usual < quick


class TestBoundaries:
    def test_a_phrase_begins_where_the_images_jump(self) -> None:
        regular = [p.first for p in phrases(32)]
        for boundary, move in itertools.product(regular[1:], (-2, 2)):
            jump = np.zeros(32)
            jump[boundary + move] = 1
            moved = [p.first for p in phrases(32, jump=jump)]
            assert boundary + move in moved
            assert [b for b in moved if b != boundary + move] == [b for b in regular if b != boundary]

    def test_it_moves_by_whole_bars_only(self) -> None:
        jump = np.zeros(32)
        jump[9] = 1  # in the middle of a bar of two images
        assert [p.first for p in phrases(32, jump=jump)] == [p.first for p in phrases(32)]
        for seed in range(20):
            found = phrases(40, jump=np.random.default_rng(seed).random(40))
            assert {2 * p.first % 4 for p in found} == {0}

    def test_a_jump_too_small_or_too_far_moves_nothing(self) -> None:
        regular = [p.first for p in phrases(32)]
        small, far = np.zeros(32), np.zeros(32)
        small[10], far[12] = 0.3, 1.0
        assert [p.first for p in phrases(32, jump=small)] == [p.first for p in phrases(32, jump=far)] == regular

    def test_an_image_has_no_influence_on_boundaries_far_from_it(self) -> None:
        jump = np.random.default_rng(3).random(64)
        for i in range(64):
            other = jump.copy()
            other[i] = 1 - other[i]
            before, after = ({p.first for p in phrases(64, jump=j)} for j in (jump, other))
            assert all(abs(edge - i) <= 4 for edge in before ^ after)


class TestSections:
    def test_each_begins_with_a_phrase_and_a_theme(self) -> None:
        found = phrases(48, sections=(0, 11, 29))
        assert {0, 11, 29} <= {p.first for p in found}
        themes = {start: {p.theme for p in found if a <= p.first < b}
                  for start, (a, b) in zip((0, 11, 29), ((0, 11), (11, 29), (29, 48)), strict=True)}  # fmt: skip
        assert themes == {0: {"A"}, 11: {"B"}, 29: {"A"}}

    def test_a_long_one_has_another_theme_between_its_own(self) -> None:
        found = phrases(96, sections=(0, 48))
        assert labels(found) == ["A", "A'", "C", "A''", "A", "A'", "A", "A'", "C", "A''", "A", "A'"]
        for start, own in ((0, "A"), (40, "B"), (80, "A")):
            section = [p.theme for p in phrases(120, sections=(0, 40, 80)) if start <= p.first < start + 40]
            assert (section[0], section[-1]) == (own, own)
            assert sum(theme == own for theme in section) > len(section) / 2
            assert len(set(section)) > 1

    def test_jumps_do_not_move_where_they_begin(self) -> None:
        for seed in range(10):
            found = phrases(48, sections=(0, 13, 27), jump=np.random.default_rng(seed).random(48))
            assert {0, 13, 27} <= {p.first for p in found}

    @pytest.mark.parametrize("lengths", [(5, 5), (12, 24), (5, 26, 5), (24, 24, 24), (3, 3, 3, 3, 3, 3)])
    def test_phrases_in_succession_have_different_labels(self, lengths: tuple[int, ...]) -> None:
        starts = tuple(itertools.accumulate(lengths[:-1], initial=0))
        found = labels(phrases(sum(lengths), sections=starts))
        assert all(a != b for a, b in itertools.pairwise(found)), found

    def test_sections_of_two_images_are_phrases_too(self) -> None:
        found = phrases(12, sections=(0, 2, 4, 6, 8, 10))
        assert [(p.first, p.theme) for p in found] == list(zip(range(0, 12, 2), "ABCDAA", strict=True))


class TestModes:
    def test_light_is_major_and_dark_is_minor(self) -> None:
        assert {p.key.mode for p in phrases(32, 0.8)} == {MAJOR}
        assert {p.key.mode for p in phrases(32, 0.2)} == {MINOR}

    def test_a_phrase_changes_mode_with_its_images(self) -> None:
        level = np.full(32, 0.8)
        level[16:24] = 0.1
        found = phrases(32, level)
        assert [p.key.mode for p in found] == [MAJOR, MAJOR, MINOR, MAJOR]
        assert found[2].key == Key(9, MINOR)  # the relative minor

    def test_levels_near_the_middle_do_not_change_the_mode(self) -> None:
        level = np.repeat([0.54, 0.46, 0.54, 0.46, 0.54, 0.46, 0.54, 0.46], 8)
        assert len({p.key.mode for p in phrases(64, level)}) == 1

    def test_a_given_mode_is_kept(self) -> None:
        for fixed in (MAJOR, MINOR):
            assert {p.key.mode for p in phrases(64, np.linspace(0, 1, 64), fixed=fixed)} == {fixed}

    def test_other_themes_are_in_near_keys(self) -> None:
        for level in (0.2, 0.8):
            found = phrases(64, level)
            assert {p.key.tonic for p in found if p.theme == "A"} == {0}
            for other in (p for p in found if p.theme != "A"):
                assert other.key.tonic != 0
                assert len(set(other.key.scale) & set(found[0].key.scale)) >= 5


class TestCadences:
    @pytest.mark.parametrize("n", LENGTHS)
    def test_only_the_last_phrase_is_final(self, n: int) -> None:
        cadences = [p.cadence for p in phrases(n)]
        assert cadences[-1] == FINAL
        assert FINAL not in cadences[:-1]

    def test_a_statement_stays_open_and_its_answer_closes(self) -> None:
        """An authentic cadence before a phrase in the same key would end the piece, so it is deceptive."""
        for found in (phrases(64), phrases(64, 0.2), phrases(100)):
            for phrase, after in itertools.pairwise(found):
                if phrase.label.endswith("'"):
                    wanted = DECEPTIVE if phrase.key.tonic == after.key.tonic else AUTHENTIC
                    assert phrase.cadence == wanted
                else:
                    assert phrase.cadence == HALF


class TestSlots:
    @pytest.mark.parametrize("beats", range(1, 17))
    @pytest.mark.parametrize("n", [2, 3, 9])
    def test_they_fill_the_timeline_and_cuts_are_among_them(self, n: int, beats: int) -> None:
        timeline = grid(n, beats)
        slots = make_slots(timeline)
        assert all(a.beat + a.beats == b.beat for a, b in itertools.pairwise(slots))
        assert slots[-1].beat + slots[-1].beats == timeline.total_beats
        assert set(timeline.start_beats[:-1].tolist()) <= {slot.beat for slot in slots}
        assert [slot.image for slot in slots] == sorted(slot.image for slot in slots)
        assert sum(slot.image == n - 1 for slot in slots) == 1
        if n > 3:
            assert all(beats < 6 or 3 <= slot.beats <= 5 for slot in slots[:-1])

    def test_images_of_different_length_have_as_many_as_they_need(self) -> None:
        timeline = build(6, 30, 2.0, beats_per_image=[2, 8, 2, 12, 2, 4])
        counts = [sum(slot.image == i for slot in make_slots(timeline)) for i in range(6)]
        assert counts == [1, 2, 1, 3, 1, 1]
