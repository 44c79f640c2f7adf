"""Every style follows the protocol; a mix is both of its styles."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.core import (
    TICKS_PER_BEAT,
    Control,
    Criterion,
    Excerpt,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Music,
    Note,
    Part,
    Recording,
    Score,
    TempoTimeline,
    Timeline,
    Timing,
)
from imbatch2soundvisu.core.errors import ConfigError, MakeError
from imbatch2soundvisu.music import midi
from imbatch2soundvisu.music.composition import ClusterProfile, ClusterTheme, Composed, Sonified
from imbatch2soundvisu.music.styles import STYLES, Mix, Silent
from imbatch2soundvisu.music.timeline import build
from imbatch2soundvisu.music.tracks import Track
from imbatch2soundvisu.plans import SequencePlan

N = 6


@dataclass(frozen=True)
class Tones:
    """Some parts with one note each, a recording, and controllers of the volume."""

    pitch: int = 60
    parts: int = 1
    volume: int = 100
    bpm: float | None = None
    on_any_grid: bool = False
    summary: str = "They play."

    def timeline(self, sequence: ImageSequence, fps: int, timing: Timing) -> Timeline:
        return build(len(sequence), fps, Timing(), tempo_bpm=self.pitch)  # a tempo that identifies the style

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        parts = tuple(Part(f"{self.pitch} {k}", k, self.volume) for k in range(self.parts))
        notes = tuple(Note(k, self.pitch + int(rng.integers(12)), 80, 0, TICKS_PER_BEAT) for k in range(self.parts))
        controls = (Control(0, 7, self.volume, 10), Control(0, 64, 127, 20))
        recording = Recording(Path(f"{self.pitch}.wav"), str(self.pitch), (Excerpt(0, 0, 100),), 0.8)
        stated = tuple({"position": i + 1, "pitch": self.pitch} for i in range(len(sequence)))
        return Score(
            timeline, parts, notes, "D minor" if self.pitch == 60 else "E major", f"tones {self.pitch}", self.summary,
            stated, controls, (recording,), self.bpm,
        )  # fmt: skip

    def check(self, fps: int, timing: Timing) -> None:
        if self.pitch == 99:
            raise ConfigError("99 is too high")

    def state(self, sequence: ImageSequence) -> list[int]:
        return [self.pitch, len(sequence)]


@pytest.fixture
def wanted() -> ImageSequence:
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(N))
    values = np.linspace(0.2, 0.8, N)
    table = FeatureTable(records, {"luminance": values})
    return ImageSequence("test", table, values, FeatureInfo("luminance"), Criterion("x", 1, 1, 1, 1, 1))


def score(style: Music, wanted: ImageSequence, timing: Timing | None = None, seed: int = 0) -> Score | None:
    grid = style.timeline(wanted, 30, timing or Timing(1.0))
    return style.compose(wanted, grid, np.random.default_rng(seed))


#: `Track` needs recordings; it has its own tests.
WRITTEN = {name: style for name, style in STYLES.items() if name != "track"}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_style_composes_with_its_defaults(name: str, wanted: ImageSequence) -> None:
    style = WRITTEN[name]()
    assert isinstance(style, Music)
    grid = style.timeline(wanted, 30, Timing(1.0))
    assert len(grid.beats) == N
    last = float(grid.start_seconds[-1] - grid.start_seconds[-2]) if isinstance(grid, TempoTimeline) else 1.0
    assert float(grid.seconds) == pytest.approx(N - 1 + last, rel=0.1)
    made = style.compose(wanted, grid, np.random.default_rng(1))
    again = style.compose(wanted, grid, np.random.default_rng(1))
    assert made == again
    if made is not None:
        end = grid.total_beats * TICKS_PER_BEAT
        assert made.timeline == grid
        assert len(made.decisions) == N
        assert all(n.start >= 0 and n.start + n.length <= end and 0 <= n.part < len(made.parts) for n in made.notes)
        assert all(0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 for n in made.notes)
        assert all(0 <= c.value <= 127 and 0 <= c.tick <= end for c in made.controls)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_plan_accepts_every_style(name: str) -> None:
    SequencePlan("a", order="luminance", music=WRITTEN[name]()).check()


class TestMix:
    def test_a_mix_has_the_parts_of_both(self, wanted: ImageSequence) -> None:
        a, b = Tones(60, 2), Tones(72, 3)
        mixed = score(Mix(a, b), wanted)
        assert [part.name for part in mixed.parts] == ["60 0", "60 1", "72 0", "72 1", "72 2"]
        assert sorted(note.part for note in mixed.notes) == [0, 1, 2, 3, 4]
        assert all(note.pitch // 12 == (5 if note.part < 2 else 6) for note in mixed.notes)
        assert [control.part for control in mixed.controls] == [0, 0, 2, 2]
        assert [each.digest for each in mixed.recordings] == ["60", "72"]

    def test_the_first_sounds_as_it_would_alone(self, wanted: ImageSequence) -> None:
        a, b = Tones(60, 2), Tones(72, 3)
        alone = [(n.pitch, n.start) for n in score(a, wanted, seed=5).notes]
        mixed = score(Mix(a, b), wanted, seed=5)
        assert [(n.pitch, n.start) for n in mixed.notes if n.part < 2] == alone

    @pytest.mark.parametrize("balance", [0.0, 0.3, 0.5, 0.8, 1.0])
    def test_the_balance_is_of_equal_power(self, balance: float, wanted: ImageSequence) -> None:
        a, b = Tones(60, volume=120), Tones(72, volume=120)
        mixed = score(Mix(a, b, balance), wanted)
        # General MIDI: the amplitude is the square of the volume
        gains = [(part.volume / 120) ** 2 for part in mixed.parts]
        assert sum(gain**2 for gain in gains) == pytest.approx(1, abs=0.02)
        assert gains == pytest.approx([math.cos(balance * math.pi / 2), math.sin(balance * math.pi / 2)], abs=0.01)
        moved = [control.value for control in mixed.controls if control.controller == 7]
        assert moved == [part.volume for part in mixed.parts]
        assert [control.value for control in mixed.controls if control.controller == 64] == [127, 127]
        assert [each.gain for each in mixed.recordings] == pytest.approx([0.8 * gain for gain in gains], abs=0.01)

    def test_key_and_decisions_are_those_of_a_with_those_of_b_added(self, wanted: ImageSequence) -> None:
        mixed = score(Mix(Tones(60), Tones(72), 0.3), wanted)
        assert mixed.key == "D minor"
        assert mixed.decisions[2] == {"position": 3, "pitch": 60, "with": {"position": 3, "pitch": 72}}
        assert mixed.style == "tones 60 with tones 72"
        assert mixed.summary == "They play. With tones 72 at 30%: They play."

    @pytest.mark.parametrize(
        ("first", "second", "said"),
        [
            ("They play.", "", "They play. With tones 72 at 30%."),
            ("", "They play.", "With tones 72 at 30%: They play."),
        ],
    )
    def test_a_missing_summary_leaves_no_gap(self, first: str, second: str, said: str, wanted: ImageSequence) -> None:
        assert score(Mix(Tones(60, summary=first), Tones(72, summary=second), 0.3), wanted).summary == said

    def test_the_key_is_that_of_the_style_that_has_one(self, wanted: ImageSequence) -> None:
        composed = score(Composed(key="D minor"), wanted)
        assert Score(composed.timeline, (), ()).key == ""
        for mix in (Mix(Composed(key="D minor"), Sonified()), Mix(Sonified(), Composed(key="D minor"))):
            assert score(mix, wanted).key == composed.key

    def test_one_that_is_silent_leaves_the_other(self, wanted: ImageSequence) -> None:
        assert score(Mix(Silent(), Silent()), wanted) is None
        for mix in (Mix(Silent(), Tones(60)), Mix(Tones(60), Silent())):
            made = score(mix, wanted)
            assert [part.name for part in made.parts] == ["60 0"]
            assert made.timeline == Tones(60).timeline(wanted, 30, Timing(1.0))

    def test_a_mix_can_be_mixed(self, wanted: ImageSequence) -> None:
        mixed = score(Mix(Mix(Tones(60), Tones(72)), Mix(Silent(), Tones(84))), wanted)
        assert [part.name for part in mixed.parts] == ["60 0", "72 0", "84 0"]
        assert [note.part for note in sorted(mixed.notes, key=lambda n: n.pitch)] == [0, 1, 2]
        # halves of halves
        assert [(part.volume / 100) ** 2 for part in mixed.parts] == pytest.approx([0.5] * 3, abs=0.02)

    def test_the_grid_is_that_of_the_first_that_counts_in_its_beats(self, wanted: ImageSequence) -> None:
        counting, free = Tones(100), Tones(72, on_any_grid=True)
        own, other = (each.timeline(wanted, 30, Timing()) for each in (counting, free))
        assert own != other
        assert Mix(counting, free).timeline(wanted, 30, Timing()) == own
        assert Mix(free, counting).timeline(wanted, 30, Timing()) == own
        assert Mix(Tones(90), counting).timeline(wanted, 30, Timing()).tempo_bpm == pytest.approx(90)
        assert Mix(free, Tones(100, on_any_grid=True)).timeline(wanted, 30, Timing()) == other
        assert Mix(free, free).on_any_grid
        assert Mix(Mix(free, free), counting).leader is counting
        composed = Composed(tempo_bpm=90)
        for style in (Sonified(), ClusterProfile(), Silent()):
            grid = Mix(style, composed).timeline(wanted, 30, Timing())
            assert grid == composed.timeline(wanted, 30, Timing())

    def test_the_tempo_is_that_of_the_leader(self, wanted: ImageSequence) -> None:
        slow = Tones(72, bpm=61.5, on_any_grid=True)
        assert score(Mix(slow, Silent()), wanted).tempo_bpm == 61.5
        assert score(Mix(slow, Tones(80, on_any_grid=True)), wanted).tempo_bpm == 61.5
        assert score(Mix(slow, Tones(100)), wanted).tempo_bpm is None
        assert score(Mix(Tones(100), slow), wanted).tempo_bpm is None

    def test_state_and_checks_of_both_styles_count(self, wanted: ImageSequence) -> None:
        assert Mix(Tones(60), Silent()).state(wanted) == [[60, N], None]
        Mix(Tones(60), Tones(61)).check(30, Timing())
        for mix in (Mix(Tones(60), Tones(99)), Mix(Mix(Tones(99), Silent()), Silent())):
            with pytest.raises(ConfigError, match="too high"):
                mix.check(30, Timing())
            with pytest.raises(ConfigError, match="too high"):
                SequencePlan("a", order="luminance", music=mix).check()

    def test_more_declared_parts_than_channels_are_refused_before_any_work(self) -> None:
        many = Mix(Mix(Composed(), Composed("calm")), Composed("lively"))
        assert many.max_parts == 3 * Composed.max_parts > 15
        for refuse in (lambda: many.check(30, Timing()), SequencePlan("a", order="luminance", music=many).check):
            with pytest.raises(ConfigError, match=f"{many.max_parts} melodic parts.*15"):
                refuse()
        Mix(Mix(Composed(), Composed("calm")), Sonified()).check(30, Timing())
        Mix(ClusterTheme(), Tones()).check(30, Timing())

    def test_a_recording_is_refused_beside_another_beat_or_key(self, tmp_path: Path) -> None:
        (tmp_path / "a.wav").write_bytes(b"not read by this test")
        track = Track(file=tmp_path / "a.wav")
        for mix, named in (
            (Mix(track, Composed()), "Composed"),
            (Mix(ClusterTheme(), track), "ClusterTheme"),
            (Mix(track, Tones()), "Tones"),
            (Mix(track, replace(track, mood="calm")), "Track"),
            (Mix(track, track), "Track"),
            (Mix(Mix(Sonified(), track), Mix(Silent(), Composed())), "Composed"),
        ):
            for refuse in (lambda mix=mix: mix.check(30, Timing()), SequencePlan("a", order="hue", music=mix).check):
                with pytest.raises(ConfigError, match=f"{named} cannot be mixed with Track.*go Sonified, Cluster"):
                    refuse()
        for other in (Sonified(), ClusterProfile(), Silent(), Tones(on_any_grid=True), Mix(Sonified(), Silent())):
            Mix(track, other).check(30, Timing())
            Mix(other, track).check(30, Timing())

    def test_there_is_one_tempo(self) -> None:
        for mix in (
            Mix(Composed(tempo_bpm=90), Composed(tempo_bpm=120)),
            Mix(Composed(), Composed(tempo_bpm=120)),
            Mix(Mix(Sonified(), Composed(tempo_bpm=90)), Composed(tempo_bpm=120)),
        ):
            with pytest.raises(ConfigError, match="tempo_bpm=120"):
                mix.check(30, Timing())
        for mix in (
            Mix(Composed(tempo_bpm=90), Composed()),
            Mix(Composed(tempo_bpm=90), Composed(tempo_bpm=90)),
            Mix(Sonified(), Composed(tempo_bpm=90)),
            Mix(Mix(Sonified(), Composed(tempo_bpm=90)), Composed()),
        ):
            mix.check(30, Timing())
            assert mix.tempo_bpm == 90

    def test_more_parts_than_channels_are_refused_when_midi_is_written(
        self, wanted: ImageSequence, tmp_path: Path
    ) -> None:
        midi.write(tmp_path / "fits.mid", replace(score(Mix(Tones(60, 7), Tones(72, 8)), wanted), recordings=()))
        with pytest.raises(MakeError, match="16 melodic parts"):
            midi.write(tmp_path / "more.mid", score(Mix(Tones(60, 8), Tones(72, 8)), wanted))

    @pytest.mark.parametrize(
        ("parameter", "said"),
        [
            ({"a": Composed}, r"write Composed\(\)"),
            ({"b": "calm"}, "not a style"),
            ({"b": None}, "Silent"),
            ({"balance": 1.2}, "from 0"),
            ({"balance": True}, "from 0"),
            ({"balance": float("nan")}, "from 0"),
        ],
    )
    def test_other_objects_are_refused(self, parameter: dict, said: str) -> None:
        with pytest.raises(ConfigError, match=said):
            Mix(**parameter)
