"""`Composed`: rules of composition, on sequences of many shapes."""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
from scipy.stats import spearmanr

import imbatch2soundvisu
from imbatch2soundvisu.core import TICKS_PER_BEAT, ImageSequence, Music, Note, Score, Timeline, Timing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music import theory, voice_leading
from imbatch2soundvisu.music.analysis.measures import counterparts, melody
from imbatch2soundvisu.music.composition import composer
from imbatch2soundvisu.music.composition.composed import TEMPO_LIMITS_BPM
from imbatch2soundvisu.music.composition.composer import QUICK_BPM, SLOW_BPM
from imbatch2soundvisu.music.composition.draft import Draft
from imbatch2soundvisu.music.composition.drums import CRASH, HAT
from imbatch2soundvisu.music.composition.dynamics import dynamic, velocity_of
from imbatch2soundvisu.music.composition.ensembles import (
    BASS,
    DRUMS,
    ENSEMBLES,
    FIGURES,
    MELODY,
    MOODS,
    NEUTRAL,
    ROLES,
    SECOND,
    Instrument,
    choose_ensemble,
)
from imbatch2soundvisu.music.composition.mapping import MAPPING
from imbatch2soundvisu.music.styles import STYLES, Composed, Silent
from imbatch2soundvisu.music.theory import DOMINANT, TONIC, Key, chord
from tests.music.scores import composed, images, music, part, sequence

RANDOM = np.random.default_rng(11)
CASES: dict[str, tuple] = {
    "rising": (np.linspace(0, 1, 48), None, 1.0),
    "falling, dark": (np.linspace(1, 0, 24), Composed("dark"), 2.0),
    "erratic, lively": (RANDOM.random(36), Composed("lively"), 1.0),
    "random walk, calm": (np.cumsum(RANDOM.normal(size=60)), Composed("calm"), 1.0),
    "two": ([0.0, 1.0], None, 1.0),
    "three": ([1.0, 0.0, 2.0], None, 1.0),
    "five": ([1.0, 0.0, 2.0, 2.0, 0.5], None, 1.0),
    "seven of one beat": (RANDOM.random(7), Composed("bright"), 0.5),
    "one beat each": (RANDOM.random(40), None, 0.5),
    "two of one beat": ([3.0, 1.0], None, 0.5),
    "eight beats each": (RANDOM.random(12), None, 4.0),
    "constant": (np.full(16, 7.0), None, 1.5),
    "undefined": (np.full(20, np.nan), None, 3.0),
    "holes": (np.where(np.arange(30) % 4 == 0, np.nan, np.arange(30)), None, 1.0),
    "three hundred": (np.sin(np.arange(300) / 20), None, 0.5),
}
FREE_TIMING = Timing()


@pytest.fixture(scope="module", params=list(CASES))
def piece(request: pytest.FixtureRequest) -> Score:
    return composed(*CASES[request.param], seed=len(request.param))


def drafted(wanted: ImageSequence, style: Composed | None = None, seconds: float = 1.0, seed: int = 0) -> Draft:
    """What is decided before the notes are played; its parts are those of the ensemble, whether they play or not."""
    style = style or Composed()
    return style.draft(wanted, style.timeline(wanted, 30, Timing(seconds)), seed)


def of_part(notes: list[Note], index: int) -> list[Note]:
    return sorted((n for n in notes if n.part == index), key=lambda n: n.start)


def soloist_of(score: Score, name: str) -> list[Note]:
    playing = [i for i, each in enumerate(score.parts) if each.name == f"Melody: {name}"]
    return [n for n in score.notes if n.part in playing]


class TestEveryPiece:
    def test_notes_lie_on_the_timeline(self, piece: Score) -> None:
        end = piece.timeline.total_beats * TICKS_PER_BEAT
        assert all(0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 and n.length > 0 for n in piece.notes)
        assert all(n.start >= 0 and n.start + n.length <= end for n in piece.notes)
        assert list(piece.notes) == sorted(piece.notes, key=lambda n: (n.start, n.part, n.pitch))

    def test_every_part_plays_and_says_its_role(self, piece: Score) -> None:
        assert {n.part for n in piece.notes} == set(range(len(piece.parts)))
        assert {c.part for c in piece.controls} <= set(range(len(piece.parts)))
        assert all(each.name.split(":")[0] in ROLES for each in piece.parts)

    def test_every_cut_has_an_accent_a_bass_note_and_a_melody_note(self, piece: Score) -> None:
        cuts = set(piece.timeline.start_ticks[:-1].tolist())
        assert {n.start for n in part(piece, "accents")} == cuts
        assert cuts <= {n.start for n in part(piece, "bass")}
        assert cuts <= {n.start for n in part(piece, "melody")}

    def test_the_chord_changes_on_every_cut(self, piece: Score) -> None:
        for before, after in itertools.pairwise(piece.decisions):
            assert before["chord"] != after["chord"]
            assert before["chords"][-1] != after["chord"]

    def test_the_last_image_is_an_authentic_cadence(self, piece: Score) -> None:
        last, before = piece.decisions[-1], piece.decisions[-2]
        key = Key(theory.parse_key(last["key"])[0], last["mode"])
        assert last["degree"] in ("I", "i")
        assert before["chords"][-1].removesuffix("7") == chord(key, "V").name
        start = piece.timeline.start_ticks[-2]
        closing = [n for n in (*melody(piece), *part(piece, "bass")) if n.start == start]
        assert {n.pitch % 12 for n in closing} == {key.tonic}
        assert theory.parse_key(piece.key)[0] == key.tonic

    def test_the_melody_starts_each_image_on_a_chord_tone(self, piece: Score) -> None:
        """Both soloists, if there are two."""
        for tick, decision in zip(piece.timeline.start_ticks[:-1].tolist(), piece.decisions, strict=True):
            sounding = {n.pitch % 12 for n in part(piece, "melody") if n.start == tick}
            assert sounding <= pitch_classes(decision["chord"])

    def test_inner_voices_move_little(self, piece: Score) -> None:
        if len(piece.decisions) < 20:
            pytest.skip("too short for a mean motion")
        pads = part(piece, "pad")
        ticks = [t for t in piece.timeline.start_ticks[:-1].tolist() if t >= pads[0].start]
        sounding = [sorted(n.pitch for n in pads if n.start <= t < n.start + n.length) for t in ticks]
        pairs = [(a, b) for a, b in itertools.pairwise(sounding) if a and b]  # it may rest for a phrase
        assert len(pairs) >= len(piece.decisions) // 3
        assert np.mean([abs(p - q) for a, b in pairs for p, q in zip(a, b, strict=True)]) <= 3

    def test_decisions_are_complete_and_plain(self, piece: Score) -> None:
        json.dumps(piece.decisions, allow_nan=False)
        assert len(piece.decisions) == len(piece.timeline.beats)
        needed = {"value", "level", "bar", "beat", "chord", "degree", "mode", "register", "velocity", "melody", "why"}
        for i, decision in enumerate(piece.decisions):
            assert needed <= set(decision)
            assert 0 <= decision["level"] <= 1
            assert (decision["bar"], decision["beat"]) == piece.timeline.bar_and_beat(i)
            assert decision["melody"]
            assert "\n" not in decision["why"]
        assert piece.summary.endswith(".")

    def test_decisions_match_the_notes_of_each_image(self, piece: Score) -> None:
        time = piece.timeline
        for i, (decision, (a, b)) in enumerate(zip(piece.decisions, itertools.pairwise(time.start_ticks), strict=True)):
            assert (decision["frame"], decision["sample"]) == (time.start_frames[i], time.start_samples[i])
            notes = [n for n in soloist_of(piece, decision["soloist"]) if a <= n.start < b]
            assert len(decision["melody"]) == len(notes)
            accents = [n.velocity for n in part(piece, "accents") if n.start == a]
            assert abs(decision["accent"] - max(accents)) <= 4  # the performance changes velocities

    def test_decisions_have_reasons(self, piece: Score) -> None:
        for decision in piece.decisions:
            assert len({row["parameter"] for row in decision["because"]}) == len(decision["because"])
            for row in decision["because"]:
                assert set(row) == {"feature", "value", "level", "parameter", "outcome"}
                assert row["parameter"] in MAPPING
                assert row["feature"]
                assert row["outcome"]
                assert 0 <= row["level"] <= 1
            assert 0 <= decision["tension"] <= 1

    def test_the_summary_names_every_instrument(self, piece: Score) -> None:
        missing = [each.name for each in piece.parts if each.name.split(": ")[-1].lower() not in piece.summary]
        assert not missing


@pytest.mark.parametrize("name", CASES)
def test_outer_voices_have_no_parallel_fifths_or_octaves(name: str) -> None:
    """At every onset of the melody or the bass, as written."""
    values, style, seconds = CASES[name]
    draft = drafted(sequence(values), style, seconds, seed=len(name))
    upper = [(n.start, n.pitch) for n in draft.melody]
    lower = [(n.start, n.pitch) for n in of_part(draft.notes(), BASS)]

    def at(voice: list[tuple[int, int]], tick: int) -> int:
        return [pitch for start, pitch in voice if start <= tick][-1]

    for a, b in itertools.pairwise(sorted({start for start, _ in (*upper, *lower)})):
        assert not voice_leading.is_parallel((at(upper, a), at(upper, b)), (at(lower, a), at(lower, b))), (a, b)


def pitch_classes(name: str) -> set[int]:
    """The pitch classes of a chord by its name."""
    root = name[: 1 + len(name[1:]) - len(name[1:].lstrip("#b"))]
    shift = root.count("#") - root.count("b")
    return {("C.D.EF.G.A.B".index(root[0]) + shift + step) % 12 for step in theory.QUALITIES[name[len(root) :]]}


def test_composing_is_linear_in_the_number_of_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line runs in proportion to the images, and the timeline is summed equally often."""
    monkeypatch.setattr(composer, "ATTEMPTS", 1)
    sums = 0
    whole = Timeline.start_beats.fget  # type: ignore[attr-defined]
    package = str(Path(imbatch2soundvisu.__file__).parent)

    def start_beats(self: Timeline) -> np.ndarray:
        nonlocal sums
        sums += 1
        return whole(self)

    monkeypatch.setattr(Timeline, "start_beats", property(start_beats))

    def steps(n: int) -> tuple[Counter[tuple[str, int]], int]:
        nonlocal sums
        lines: Counter[tuple[str, int]] = Counter()

        def count(frame: FrameType, event: str, _: object) -> Callable:
            lines[frame.f_code.co_filename, frame.f_lineno] += event == "line"
            return count

        style, wanted, before = Composed(drums=True), images(n), sys.gettrace()
        grid, sums = style.timeline(wanted, 30, Timing(1.0)), 0
        sys.settrace(lambda frame, *_: count if frame.f_code.co_filename.startswith(package) else None)
        try:
            style.compose(wanted, grid, np.random.default_rng(0))
        finally:
            sys.settrace(before)
        return lines, sums

    steps(60)  # fills the caches
    (few, few_sums), (many, many_sums) = steps(60), steps(240)
    assert few.total() > 60
    # four times as many, plus a margin for what only some images have; pairs of images would be sixteen times as many
    assert not [line for line, times in many.items() if times > 6 * few[line] + 240]
    assert many_sums == few_sums


class TestDynamics:
    def test_every_phrase_swells_and_comes_back(self) -> None:
        draft = drafted(images(32))
        soft, loud = draft.mood.velocity
        swell = draft.loudness - (soft + draft.levels["dynamics"] * (loud - soft))
        assert len(draft.plan.phrases) == 4
        for phrase in draft.plan.phrases:
            own = swell[phrase.first : phrase.last]
            assert own == pytest.approx(own[::-1])
            assert own.max() - own[0] > 1.5
            assert own.max() == own[len(own) // 2]
            assert abs(own).max() < 4  # far less than what the images do

    def test_velocities_are_midi_values(self) -> None:
        assert [velocity_of(each) for each in (-3, 0.4, 63.6, 130)] == [1, 1, 64, 127]
        assert [dynamic(each) for each in (40, 70, 90, 127)] == ["pp", "mp", "f", "ff"]


class TestFollowing:
    @pytest.mark.parametrize("name", ["rising", "falling, dark", "random walk, calm", "three hundred"])
    def test_register_and_loudness_follow_the_values_where_there_is_nothing_else(self, name: str) -> None:
        values, style, seconds = CASES[name]
        score = composed(values, style, seconds)
        sounding = counterparts(score)
        assert spearmanr(values, sounding["pitch"]).statistic > 0.75
        assert spearmanr(values, sounding["velocity"]).statistic > 0.9

    def test_dark_is_minor_bright_is_major_and_the_mode_does_not_flicker(self) -> None:
        modes = [d["mode"] for d in music(images(48, luminance=np.linspace(0.3, 0.9, 48))).decisions]
        assert modes[0] == "minor"
        assert modes[-1] == "major"
        assert sum(a != b for a, b in itertools.pairwise(modes)) == 1
        noisy = [d["mode"] for d in music(images(64, seed=3)).decisions]
        assert sum(a != b for a, b in itertools.pairwise(noisy)) <= 8

    def test_where_the_order_has_no_values_the_music_follows_the_images(self) -> None:
        score = music(sequence(np.full(24, np.nan), luminance=np.linspace(0.3, 0.9, 24)))
        assert "luminance" in score.summary
        levels = [d["level"] for d in score.decisions]
        assert levels == sorted(levels)
        assert levels[-1] - levels[0] > 0.5
        assert score.decisions[0]["value"] is None

    def test_circular_values_have_no_jump_at_360_degrees(self) -> None:
        """The order goes once round, so the level of the last image is near that of the first."""
        score = music(sequence((np.arange(24) * 15.0 + 200) % 360, circular=True))
        levels = [d["level"] for d in score.decisions]
        assert abs(levels[0] - levels[-1]) <= max(abs(b - a) for a, b in itertools.pairwise(levels))

    def test_the_second_soloist_has_the_melody_of_warm_images(self) -> None:
        warmth = np.where(np.arange(32) < 16, -0.05, 0.1) + np.linspace(0, 0.01, 32)
        score = music(images(32, warmth=warmth), Composed(ensemble="salon"))
        half = score.timeline.start_ticks[16]
        cool, warm = ENSEMBLES["salon"].melody.name, ENSEMBLES["salon"].second.name
        assert [d["soloist"] for d in score.decisions] == [cool] * 16 + [warm] * 16
        assert max(n.start for n in melody(score) if n in soloist_of(score, cool) and n.start < half) < half
        assert {n.start for n in soloist_of(score, warm)} >= set(score.timeline.start_ticks[16:-1].tolist())
        assert not [n for n in soloist_of(score, warm) if n.start < half]

    def test_where_images_jump_the_accent_is_stronger_and_doubled(self) -> None:
        vectors = np.cumsum(np.tile([[0.35, 0.0], [0.45, 0.0]], (12, 1)), axis=0).astype(np.float32)
        vectors[9:] += (0.0, 2.0)  # where no phrase can begin
        wanted = images(24, saturation=np.full(24, 0.08), contrast=np.full(24, 0.2))
        wanted = replace(wanted, table=replace(wanted.table, vectors={"look": vectors}))
        score = music(wanted, Composed(mapping={"dynamics": None}))
        struck = [
            [n.velocity for n in part(score, "accents") if n.start == tick] for tick in score.timeline.start_ticks[:-1]
        ]
        within = [i for i, d in enumerate(score.decisions) if i and d["phrase"] == score.decisions[i - 1]["phrase"]]
        assert 9 in within
        assert len(struck[9]) == 2
        others = [i for i in within if i != 9]
        assert {len(struck[i]) for i in others} == {1}
        assert max(struck[9]) > max(struck[i][0] for i in others)

    def test_far_images_have_more_reverberation(self) -> None:
        score = music(images(24, subject_scale=np.linspace(0.55, 0.1, 24)))
        chords = next(i for i, each in enumerate(score.parts) if each.name.startswith("Chords"))
        values = [c.value for c in score.controls if c.part == chords and c.controller == 91]
        assert len(values) == 24
        assert values == sorted(values)
        assert values[-1] > 2 * values[0]

    def test_decisions_have_the_levels_that_were_followed(self) -> None:
        wanted = images(24)
        features = drafted(wanted).features
        for i, decision in enumerate(music(wanted).decisions):
            rows = {row["parameter"]: row for row in decision["because"]}
            assert set(rows) == {parameter for parameter, source in features.sources.items() if source} - {"tempo"}
            for parameter, row in rows.items():
                assert row["level"] == round(float(features.levels[parameter][i]), 3)
                assert row["feature"] == features.sources[parameter]

    def test_tension_rises_with_what_is_high_loud_and_full(self) -> None:
        """For chords of the same function."""
        rising = {"luminance": (0.5, 0.8), "saturation": (0.03, 0.13), "edge_density": (0.13, 0.31)}
        wanted = images(48, **{name: np.linspace(*span, 48) for name, span in rising.items()})
        decisions = music(wanted).decisions
        resting = [d["tension"] for d in decisions if d["degree"].removesuffix("add9") in ("I", "i")]
        assert len(resting) >= 5
        assert resting == sorted(resting)
        assert resting[-1] > resting[0] + 0.25

    def test_tension_is_higher_on_dominants_than_at_rest(self) -> None:
        wanted = images(64)
        draft = drafted(wanted)
        stated = [d["tension"] for d in music(wanted).decisions]
        jobs = {job: [] for job in (TONIC, DOMINANT)}
        for i, decision in enumerate(music(wanted).decisions):
            degree = decision["degree"]
            if degree.rstrip("7") == "V":
                jobs[DOMINANT].append(stated[i])
            elif degree.removesuffix("add9") in ("I", "i"):
                jobs[TONIC].append(stated[i])
        assert min(len(each) for each in jobs.values()) >= 4
        assert np.mean(jobs[DOMINANT]) > np.mean(jobs[TONIC]) + 0.2
        assert draft.plan.home.name == music(wanted).key


class TestThemes:
    def test_the_motif_returns_with_its_theme(self) -> None:
        """Statements of theme A have the same rhythm and the same first chord; theme B has another rhythm."""
        draft = drafted(images(32), Composed(mapping={"density": None}))
        size = len(draft.motif.cells)
        opening = {
            phrase.label: (
                tuple(cell.rhythm for cell in draft.cells[phrase.first : phrase.first + size]),
                draft.plan.chords[phrase.first].root,
            )
            for phrase in draft.plan.phrases
        }
        assert set(opening) == {"A", "A'", "B", "A''"}
        assert opening["A"][0] == opening["A'"][0] == opening["A''"][0] != opening["B"][0]
        assert opening["A"][1] == opening["A'"][1] == opening["A''"][1]
        assert len(set(opening["A"][0])) > 1

    def test_the_progression_returns_with_its_theme(self) -> None:
        alike, other = [], []
        for seed in range(6):
            draft = drafted(images(32, seed), seed=seed)
            degrees = {p.label: [c.numeral for c in draft.plan.chords[p.first : p.last]] for p in draft.plan.phrases}
            alike += [a == b for a, b in zip(degrees["A"], degrees["A'"], strict=False)]
            other += [a == b for a, b in zip(degrees["A"], degrees["B"], strict=False)]
        assert np.mean(alike) > 0.5 > np.mean(other) + 0.1

    def test_both_soloists_play_in_the_recapitulation(self) -> None:
        draft = drafted(images(32, edge_density=np.linspace(0.3, 0.5, 32)))
        notes, last = draft.notes(), draft.plan.phrases[-1]
        start = draft.plan.slots[last.first].beat * TICKS_PER_BEAT
        playing = [{n.part for n in notes if (n.start >= start) == late} & {MELODY, SECOND} for late in (False, True)]
        assert playing[1] == {MELODY, SECOND}
        pitches = {n.start: n.pitch for n in draft.melody}
        below = [
            n for n in notes if n.part == (MELODY if draft.uses_second_soloist[-1] else SECOND) and n.start >= start
        ]
        assert below
        assert all(3 <= pitches[n.start] - n.pitch <= 9 for n in below)

    def test_harmony_is_not_three_chords(self) -> None:
        pieces = [music(images(32, seed), seed=seed) for seed in range(6)]
        assert min(len({d["chord"] for d in score.decisions}) for score in pieces) >= 9
        assert len({tuple(d["degree"] for d in score.decisions) for score in pieces}) == 6
        cadences = [d["why"] for score in pieces for d in score.decisions if "half cadence" in d["why"]]
        assert len(cadences) >= 6

    def test_it_is_deterministic_and_depends_on_the_seed(self) -> None:
        wanted = images(20)
        assert music(wanted, seed=4) == music(wanted, seed=4)
        assert music(wanted, seed=4).notes != music(wanted, seed=5).notes


class TestKey:
    @pytest.mark.parametrize(("hue", "near"), [(2.0, {"F", "C", "G"}), (61.0, {"G", "D", "A"})])
    def test_the_tonic_comes_from_the_hue_and_its_neighbours(self, hue: float, near: set[str]) -> None:
        """A fifth is thirty degrees of hue: red is C, yellow is D."""
        keys = {music(images(12, hue=np.full(12, hue)), seed=seed).key.split()[0] for seed in range(12)}
        assert keys == near

    def test_a_given_key_is_kept_with_its_mode(self) -> None:
        rising = images(48, luminance=np.linspace(0.3, 0.9, 48))
        pinned = music(rising, Composed(key="Eb minor"))
        assert pinned.key == "Eb minor"
        assert {d["mode"] for d in pinned.decisions} == {"minor"}
        free = music(rising, Composed(key="Eb"))
        assert free.key.startswith("Eb ")
        assert {d["mode"] for d in free.decisions} == {"major", "minor"}


class TestTempo:
    @staticmethod
    def tempo(style: Composed | None = None, timing: Timing = FREE_TIMING, **columns: np.ndarray) -> float:
        return (style or Composed()).timeline(images(24, **columns), 30, timing).tempo_bpm

    def test_light_and_saturated_images_are_quicker_than_dark_and_pale_ones(self) -> None:
        light = self.tempo(luminance=np.linspace(0.75, 0.95, 24), saturation=np.linspace(0.15, 0.3, 24))
        usual = self.tempo()
        dark = self.tempo(luminance=np.linspace(0.1, 0.4, 24), saturation=np.linspace(0, 0.02, 24))
        assert SLOW_BPM <= dark < usual < light <= QUICK_BPM

    def test_moods_differ_in_tempo(self) -> None:
        assert self.tempo(Composed("calm")) < self.tempo() <= self.tempo(Composed("lively"))

    @pytest.mark.parametrize("bpm", [*TEMPO_LIMITS_BPM, 75, 100, 150])
    def test_a_given_tempo_is_kept_to_the_frame(self, bpm: float) -> None:
        frames = 30 * 60 / bpm
        assert abs(30 * 60 / self.tempo(Composed(tempo_bpm=bpm)) - frames) <= 0.5

    def test_what_the_tempo_follows_can_be_changed(self) -> None:
        columns = {"edge_density": np.linspace(0.5, 0.9, 24), "luminance": np.linspace(0.1, 0.4, 24)}
        assert self.tempo(Composed(mapping={"tempo": "edge_density"}), **columns) > self.tempo(**columns)


class TestPlayers:
    def test_an_ensemble_by_name_and_as_an_instance_is_the_same(self) -> None:
        wanted = images(20)
        by_name, own = (music(wanted, Composed(ensemble=each)) for each in ("low", ENSEMBLES["low"]))
        assert by_name == own
        assert music(wanted, Composed(ensemble="bells")).parts != own.parts

    def test_a_user_defined_ensemble_plays_in_its_range(self) -> None:
        low = replace(ENSEMBLES["low"], melody=replace(ENSEMBLES["low"].melody, name="tuba", program=58))
        low = replace(low, second=low.melody, range=(40, 52))
        score = music(images(20), Composed(ensemble=low))
        tubas = [each for each in score.parts if each.name == "Melody: tuba"]
        assert {each.program for each in tubas} == {58}
        assert 38 <= np.mean([n.pitch for n in melody(score)]) <= 54

    def test_warm_and_cool_collections_differ_in_ensemble(self) -> None:
        def temperatures(warmth: float) -> set[float]:
            wanted = images(20, warmth=np.linspace(warmth, warmth + 0.01, 20))
            return {drafted(wanted, seed=seed).ensemble.temperature for seed in range(6)}

        assert max(temperatures(-0.1)) < min(temperatures(0.1))

    def test_only_dark_collections_have_the_low_ensemble(self) -> None:
        temperature = ENSEMBLES["low"].temperature
        found = [{choose_ensemble(None, temperature, light, draw) for draw in (0.0, 0.5, 0.99)} for light in (0.2, 0.8)]
        assert "low" in found[0]
        assert "low" not in found[1]

    def test_there_are_at_most_max_parts_melodic_parts(self) -> None:
        pieces = [music(images(32, seed), Composed(mood)) for seed in range(3) for mood in (None, *MOODS)]
        assert max(sum(not each.drums for each in score.parts) for score in pieces) == Composed.max_parts

    def test_moods_differ(self) -> None:
        wanted = images(32)
        count = {mood: len(music(wanted, Composed(mood)).notes) for mood in MOODS}
        assert count["calm"] < count["lively"]
        major = {m: sum(d["mode"] == "major" for d in music(wanted, Composed(m)).decisions) for m in ("bright", "dark")}
        assert major["bright"] > major["dark"]
        for mood in (*MOODS.values(), NEUTRAL):
            assert set(mood.ensembles) <= set(ENSEMBLES)

    def test_intensity_is_louder_and_fuller(self) -> None:
        pieces = [music(images(32), Composed(intensity=each)) for each in (0.0, 0.5, 1.0)]
        loud = [np.mean([n.velocity for n in score.notes]) for score in pieces]
        many = [len(score.notes) for score in pieces]
        assert loud[0] + 5 < loud[1] < loud[2] - 5
        assert many[0] < many[1] < many[2]


class TestDrums:
    @pytest.mark.parametrize(("style", "plays"), [
        (Composed(), False), (Composed(drums=True), True), (Composed("lively"), True),
        (Composed("lively", drums=False), False),
    ])  # fmt: skip
    def test_they_play_where_they_are_wanted(self, style: Composed, plays: bool) -> None:
        score = music(images(32), style)
        assert any(each.drums for each in score.parts) is plays
        assert ("drums" in score.summary) is plays

    def test_they_are_as_loud_as_the_music_around_them(self) -> None:
        ratios = []
        for mood in (None, *MOODS):
            for intensity in (0.0, 0.5, 1.0):
                score = music(images(24, 1), Composed(mood, drums=True, intensity=intensity))
                own, others = (
                    [n.velocity for n in score.notes if score.parts[n.part].drums is drums] for drums in (True, False)
                )
                ratios.append(np.mean(own) / np.mean(others))
        assert min(ratios) > 0.7
        assert max(ratios) < 1.05
        assert max(ratios) < 1.3 * min(ratios)

    def test_they_follow_the_dynamics_of_the_images(self) -> None:
        rising = images(32, saturation=np.linspace(0.03, 0.13, 32), edge_density=np.full(32, 0.5))
        draft = drafted(rising, Composed(drums=True, mapping={"density": None}, intensity=1.0))
        hats = [n.velocity for n in of_part(draft.notes(), DRUMS) if n.pitch == HAT and n.start % TICKS_PER_BEAT == 0]
        assert len(hats) >= 24
        assert np.mean(hats[-8:]) > np.mean(hats[:8]) + 15

    def test_a_calm_piece_has_a_soft_final_crash(self) -> None:
        """Its last stroke is at most as loud as the others, its cymbal as the accent on the same cut."""
        crashes = []
        for style in (Composed("calm", drums=True, intensity=0.2), Composed("lively", drums=True, intensity=0.8)):
            score = music(images(24), style)
            last = score.timeline.start_ticks[-2]
            struck = {n.pitch: n.velocity for n in part(score, "drums") if n.start == last}
            before = max(n.velocity for n in part(score, "drums") if n.start < last)
            accent = max(n.velocity for n in part(score, "accents") if n.start == last)
            crashes.append((struck[CRASH], struck[CRASH] <= accent, max(struck.values()) <= before))
        calm, lively = crashes
        assert calm[1:] == (True, True)
        assert lively[0] > calm[0] + 25

    def test_they_change_no_other_part_than_the_chords(self) -> None:
        """A kit reduces the notes of the chords only."""
        wanted = images(32)
        with_kit, without = (drafted(wanted, Composed(drums=each)) for each in (True, False))
        assert with_kit.melody == without.melody
        assert with_kit.plan == without.plan
        assert with_kit.bass == without.bass

    def test_they_wait_for_busy_phrases(self) -> None:
        density = np.random.default_rng(1).permutation(np.linspace(0.3, 0.5, 48))
        density[16:24] = 0.02  # one plain phrase
        draft = drafted(images(48, edge_density=density), Composed(drums=True))
        hits = of_part(draft.notes(), DRUMS)
        spans = [(draft.plan.slots[a].beat, draft.plan.slots[b].beat) for a, b in ((16, 24), (24, 32))]
        plain, busy = (sum(a <= n.start / TICKS_PER_BEAT < b for n in hits) for a, b in spans)
        assert [(p.first, p.last) for p in draft.plan.phrases][2:4] == [(16, 24), (24, 32)]
        assert plain <= 2  # a crash, at most
        assert busy >= 16

    def test_they_fill_before_a_new_phrase(self) -> None:
        """The last beat of a phrase has a drum that the others do not have."""
        draft = drafted(images(32, edge_density=np.linspace(0.5, 0.9, 32)), Composed(drums=True))
        hits = of_part(draft.notes(), DRUMS)
        filled = 0
        for phrase in draft.plan.phrases[:-1]:
            first, last = draft.plan.slots[phrase.first], draft.plan.slots[phrase.last - 1]
            end = last.beat + last.beats
            within = {n.pitch for n in hits if first.beat + 1 <= n.start / TICKS_PER_BEAT < end - 1}
            before = {n.pitch for n in hits if end - 1 <= n.start / TICKS_PER_BEAT < end}
            filled += bool(before - within)
            assert not within or before - within
        assert filled >= 2


class TestParameters:
    @pytest.mark.parametrize(
        "parameter",
        [
            {"mood": "brigth"}, {"key": "H dur"}, {"key": 3}, {"tempo_bpm": 29.9}, {"tempo_bpm": 240.1},
            {"tempo_bpm": True}, {"tempo_bpm": float("nan")}, {"ensemble": "orchestra"}, {"intensity": -0.1},
            {"intensity": 1.1}, {"intensity": "loud"}, {"mood": ["calm"]}, {"ensemble": ["lounge"]}, {"ensemble": 3},
            {"drums": "no"}, {"drums": 1},
        ],
    )  # fmt: skip
    def test_invalid_ones_are_refused(self, parameter: dict) -> None:
        with pytest.raises(ConfigError):
            Composed(**parameter)

    @pytest.mark.parametrize(
        ("change", "stated"),
        [
            ({"figures": ("typo", "push", "broken")}, "push"), ({"figures": ("push", "broken")}, "three"),
            ({"figures": (["push"], "push", "push")}, "push"), ({"range": (84, 60)}, "lower first"),
            ({"range": (96, 127)}, "108"), ({"range": 60}, "108"), ({"temperature": 2}, "0 to 1"),
            ({"melody": "flute"}, "Instrument"),
        ],
    )  # fmt: skip
    def test_an_ensemble_that_cannot_play_is_refused(self, change: dict, stated: str) -> None:
        with pytest.raises(ConfigError, match=stated):
            replace(ENSEMBLES["lounge"], **change)

    @pytest.mark.parametrize("change", [{"program": 300}, {"volume": -1}, {"pan": 64.0}, {"reverb": True}])
    def test_an_instrument_outside_midi_values_is_refused(self, change: dict) -> None:
        with pytest.raises(ConfigError, match=f"{next(iter(change))} .* 'horn' .*127"):
            Instrument(**{"name": "horn", "program": 60, "volume": 100} | change)

    def test_ensembles_at_the_ends_of_the_range_stay_within_midi(self) -> None:
        for ends in ((21, 40), (90, 108)):
            score = music(images(20), Composed(ensemble=replace(ENSEMBLES["band"], range=ends)))
            assert all(0 <= n.pitch <= 127 for n in score.notes)

    @pytest.mark.parametrize("figure", FIGURES)
    def test_every_figure_is_played(self, figure: str) -> None:
        own = replace(ENSEMBLES["band"], figures=(figure,) * 3)
        assert {d["figure"] for d in music(images(8), Composed(ensemble=own)).decisions} == {figure}

    @pytest.mark.parametrize(
        ("parameter", "stated"),
        [({"mood": "brigth"}, "Did you mean 'bright'"), ({"ensemble": "loow"}, "Did you mean 'low'")],
    )
    def test_a_misspelled_name_gets_a_suggestion(self, parameter: dict, stated: str) -> None:
        with pytest.raises(ConfigError, match=stated):
            Composed(**parameter)

    def test_a_timeline_of_another_length_is_refused(self) -> None:
        style = Composed()
        grid = style.timeline(sequence([1, 2, 3]), 30, Timing(1.0))
        with pytest.raises(ValueError, match="3 images"):
            style.compose(sequence([1, 2]), grid, np.random.default_rng(0))


class TestState:
    """The state by which a run decides whether a result is up to date."""

    @staticmethod
    def darker_half(hue: float = 30.0, light: float = 0.85) -> ImageSequence:
        """Thirty constant images of a collection whose other half varies."""
        luminance = np.concatenate([np.linspace(0.45, 0.6, 30), np.linspace(0.61, light, 30)])
        whole = images(60, luminance=luminance, hue=np.where(np.arange(60) < 30, 30.0, hue))
        table = replace(whole.table.select(range(30)), unfiltered=whole.table)
        return replace(whole, table=table, values=whole.values[:30])

    @pytest.mark.parametrize("other", [{"hue": 200.0}, {"light": 0.99}])
    def test_the_state_depends_on_the_whole_collection(self, other: dict[str, float]) -> None:
        one, two = self.darker_half(), self.darker_half(**other)
        assert music(one).notes != music(two).notes
        assert Composed().state(one) != Composed().state(two)
        assert Composed().state(one) == Composed().state(self.darker_half())
        json.dumps(Composed().state(one), allow_nan=False)


def test_styles_are_registered_frozen_documented_and_follow_the_protocol() -> None:
    names = {"composed", "cluster-theme", "cluster-profile", "sonified", "mix", "silent", "track"}
    assert set(STYLES) == names
    assert STYLES.resolve("composed") == Composed()
    assert STYLES.resolve(Composed) == Composed()
    for style in STYLES.values():
        assert (style.__doc__ or "").strip().splitlines()[0].endswith(".")
        assert isinstance(style(), Music)
    with pytest.raises(FrozenInstanceError):
        Composed().mood = "dark"  # type: ignore[misc]


def test_silence_is_exact_and_empty() -> None:
    wanted = sequence([1, 2, 3])
    grid = Silent().timeline(wanted, 30, Timing(3.1))
    assert float(grid.seconds) == pytest.approx(9.3)
    assert Silent().compose(wanted, grid, np.random.default_rng(0)) is None
