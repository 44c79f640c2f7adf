"""The roll: what it says of the music stands where the music is, above it the images, below it what they follow."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import (
    TICKS_PER_BEAT,
    Audio,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Note,
    Part,
    Score,
    Timeline,
    silent,
)
from imbatch2soundvisu.plans.result_writer import ResultWriter
from imbatch2soundvisu.visuals.pianoroll import curves, draw, ink_of, measure_out
from imbatch2soundvisu.visuals.pianoroll.curves import HEARD_INK, level
from imbatch2soundvisu.visuals.pianoroll.drawing import inks
from imbatch2soundvisu.visuals.pianoroll.geometry import NARROWEST, WIDEST
from imbatch2soundvisu.visuals.pianoroll.lanes import (
    chords,
    form,
    in_words,
    lanes,
    runs,
    shares_of,
    tension,
    told_beats,
)
from imbatch2soundvisu.visuals.pianoroll.paper import PAPER, REPEAT, steps
from imbatch2soundvisu.visuals.plots.board import colour, write
from imbatch2soundvisu.visuals.text_drawing import text_width

PARTS = (Part("Melody: flute", 73), Part("Bass", 32), Part("Drums", 0, drums=True))
SHADES = [(210, 40, 40), (40, 170, 60), (50, 60, 200), (220, 200, 40)]
CLOSE = 6  # levels of a channel that a palette of 256 colours may be off


def sequence(folder: Path, count: int = 4, **columns: list[float]) -> ImageSequence:
    """Images of one colour each, in turn, ordered by luminance."""
    records = []
    for i, shade in enumerate(SHADES):
        Image.new("RGB", (90, 60), shade).save(folder / f"{i}.png")
    for i in range(count):
        records.append(ImageRecord(folder / f"{i % 4}.png", str(i), 90, 60, name=f"{i}.png"))
    values = {"luminance": np.linspace(0.1, 0.9, count)} | {k: np.array(v, np.float64) for k, v in columns.items()}
    table = FeatureTable(tuple(records), values, info={name: FeatureInfo(name) for name in values})
    return ImageSequence(
        "dark to bright", table, values["luminance"], FeatureInfo("luminance"), Criterion("look", 1, 1, 1, 1, 1)
    )


def score(count: int = 4, beats: int = 2, **changes: Any) -> Score:
    """A rising tune of one note an image over a held bass, and a drum on every cut."""
    grid = Timeline(30, 44_100, 15, (beats,) * count)
    notes = [Note(0, 60 + i, 40 + 20 * (i % 4), i * beats * TICKS_PER_BEAT, TICKS_PER_BEAT) for i in range(count)]
    notes += [Note(1, 40, 100, 0, count * beats * TICKS_PER_BEAT)]
    notes += [Note(2, 36, 90, i * beats * TICKS_PER_BEAT, 120) for i in range(count)]
    return replace(Score(grid, PARTS, tuple(notes)), **changes)


def drawn(folder: Path, music: Score, images: ImageSequence | None = None, audio: Audio | None = None) -> Any:
    """The geometry, and the file as (h, w, 3) int."""
    images = images or sequence(folder, len(music.timeline.beats))
    plan = draw(folder / "roll.png", images, music, audio)
    return plan, np.asarray(Image.open(folder / "roll.png").convert("RGB"), np.int64)


def is_ink(pixels: np.ndarray, ink: tuple[int, int, int] | str) -> np.ndarray:
    """Which pixels are of a colour."""
    wanted = colour(ink) if isinstance(ink, str) else ink
    return np.abs(pixels - np.array(wanted)).max(axis=-1) <= CLOSE


def test_a_note_has_the_colour_of_its_part_and_velocity_where_it_is(tmp_path: Path) -> None:
    music = score()
    plan, pixels = drawn(tmp_path, music)
    assert pixels.shape[:2] == (plan.height, plan.width)
    for note in music.notes:
        if not music.parts[note.part].drums:
            left, top, right, bottom = plan.box(note)
            assert is_ink(pixels[top : bottom + 1, left : right + 1], ink_of(PARTS, note.part, note.velocity)).all()
            ticks = plan.ticks
            assert left == pytest.approx(plan.left + (plan.right - plan.left) * note.start / ticks, abs=1)
            assert right == pytest.approx(
                plan.left + (plan.right - plan.left) * (note.start + note.length) / ticks, abs=3
            )
    tune = [plan.box(note)[1] for note in music.notes if note.part == 0]
    assert np.diff(tune).tolist() == [-plan.row] * 3


def test_louder_notes_are_stronger_and_parts_differ() -> None:
    paper = np.array(colour(PAPER))
    away = [np.abs(paper - ink_of(PARTS, 0, velocity)).sum() for velocity in (10, 60, 120)]
    assert away[0] < away[1] < away[2]
    many = (*PARTS, *(Part(f"Voice {i}", i) for i in range(5)), Part("Melody: oboe", 68))
    assert len(set(inks(many))) == len(many)
    assert is_ink(np.array([ink_of(PARTS, 0, 127)]), inks(PARTS)[0]).all()


def test_each_image_stands_above_its_span(tmp_path: Path) -> None:
    music = replace(score(), timeline=Timeline(30, 44_100, 15, (1, 4, 2, 1)))
    plan, pixels = drawn(tmp_path, music)
    strip = pixels[plan.images.top : plan.images.bottom]
    starts = [plan.x(tick) for tick in music.timeline.start_ticks]
    assert np.diff(starts).tolist() == pytest.approx([(plan.right - plan.left) / 8 * b for b in (1, 4, 2, 1)], abs=1)
    for shade, left, right in zip(SHADES, starts, starts[1:], strict=False):
        assert is_ink(strip[:, left + 1 : right - 2], shade).all()
    assert plan.images.bottom <= plan.notes.top


def test_images_too_narrow_to_be_seen_are_thinned(tmp_path: Path) -> None:
    plan = measure_out(score(400, 1), 1)
    assert plan.right - plan.left == WIDEST
    assert plan.step * WIDEST / 400 >= 28 > 20 > WIDEST / 400
    assert measure_out(score(4), 1).step == 1
    _, pixels = drawn(tmp_path, score(400, 1))
    second = (plan.x(plan.step * TICKS_PER_BEAT) + plan.x(2 * plan.step * TICKS_PER_BEAT)) // 2
    assert is_ink(pixels[plan.images.top + 5, second], SHADES[plan.step % 4])


def test_a_cropped_image_is_not_stretched(tmp_path: Path) -> None:
    images = sequence(tmp_path)
    halves = np.zeros((100, 400, 3), np.uint8)
    halves[:, 150:250] = 255
    Image.fromarray(halves).save(tmp_path / "0.png")
    plan, pixels = drawn(tmp_path, score(), images)
    row = pixels[(plan.images.top + plan.images.bottom) // 2, plan.left : plan.x(2 * TICKS_PER_BEAT) - 1, 0]
    scale = plan.images.height / 100
    if len(row) > 400 * scale:
        scale = len(row) / 400
    assert (row > 127).sum() == pytest.approx(100 * scale, abs=3)


def test_nothing_is_drawn_outside(tmp_path: Path) -> None:
    whole = score()
    late = Note(0, 64, 127, whole.timeline.total_beats * TICKS_PER_BEAT - 10, 90_000)
    early = Note(0, 127, 127, 0, 1), Note(0, 0, 127, 0, 1)
    music = replace(whole, notes=(*whole.notes, late, *early))
    plan, pixels = drawn(tmp_path, music)
    for note in music.notes:
        if note.part != 2:
            left, top, right, bottom = plan.box(note)
            assert plan.left <= left < right <= plan.right
            assert plan.notes.top <= top <= bottom < plan.notes.bottom
    assert is_ink(pixels[:, plan.right + 2 :], PAPER).all()
    assert is_ink(pixels[plan.notes.top : plan.notes.bottom, : plan.left - 40], PAPER).all()
    bands = [plan.ruler, plan.images, plan.numbers, plan.phrases, plan.chords, plan.notes, plan.drumming, *plan.lanes]
    assert all(a.bottom <= b.top for a, b in zip(bands, bands[1:], strict=False))
    assert bands[-1].bottom < plan.height


def test_lanes_follow_the_values_and_what_is_heard(tmp_path: Path) -> None:
    music, images = score(6), sequence(tmp_path, 6)
    plan, pixels = drawn(tmp_path, music, images)
    lane = lanes(images, music)[0]
    assert (lane.name, lane.parameter) == ("luminance", "pitch")
    assert lane.correlation == pytest.approx(1)
    band = plan.lanes[1]
    for i, (seen, heard) in enumerate(zip(shares_of(lane.values), shares_of(lane.heard), strict=True)):
        middle = (plan.x(2 * i * TICKS_PER_BEAT) + plan.x((2 * i + 2) * TICKS_PER_BEAT)) // 2
        column = pixels[band.top : band.bottom, middle]
        assert level(band, heard) - band.top in np.flatnonzero(is_ink(column, HEARD_INK))
        filled = ~is_ink(column, PAPER)
        assert filled[level(band, seen) - band.top :].all()
        assert not filled[: level(band, seen) - band.top - 2].any()


def test_lanes_are_what_the_music_says_it_follows(tmp_path: Path) -> None:
    def because(i: int) -> dict[str, Any]:
        rows = [{"feature": "warmth", "value": 3.0 - i, "parameter": "register"},
                {"feature": "-saturation", "value": float(i % 2), "parameter": "dynamics"},
                {"feature": "hue", "value": None, "parameter": "density"}]  # fmt: skip
        return {"because": rows}

    images = sequence(tmp_path, saturation=[0, 1, 2, 3])
    shown = lanes(images, score(decisions=tuple(because(i) for i in range(4))))
    assert [(lane.name, lane.parameter) for lane in shown] == [
        ("luminance", ""), ("warmth", "pitch"), ("saturation", "velocity"),
    ]  # fmt: skip
    assert shown[1].correlation == pytest.approx(-1)
    assert "against each other" in shown[1].relation
    usual = lanes(images, score())
    assert [(lane.name, lane.parameter) for lane in usual] == [("luminance", "pitch"), ("saturation", "velocity")]


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.95, "closely together"), (-0.5, "fall against each other"), (0.25, "loosely together"), (0.1, "own ways")],
)
def test_a_correlation_in_words(value: float, words: str) -> None:
    assert words in in_words(value)
    assert f"{abs(value):.2f}" in in_words(value)


def test_nothing_is_said_of_what_cannot_be_compared(tmp_path: Path) -> None:
    flat = replace(score(), notes=tuple(replace(n, pitch=60) for n in score().notes))
    assert math.isnan(lanes(sequence(tmp_path), flat)[0].correlation)
    assert in_words(math.nan) == ""


def test_tension_is_told_or_comes_from_the_notes() -> None:
    rising = tuple({"tension": i / 3} for i in range(4))
    values, told = tension(score(decisions=rising))
    assert told
    assert values.tolist() == [0, 1 / 3, 2 / 3, 1]
    tune = tuple(n for n in score().notes if n.part == 0)
    values, told = tension(score(notes=tune))
    assert not told
    assert np.all(np.diff(values) > 0)
    values, told = tension(score(notes=()))
    assert not told
    assert np.isnan(values).all()


def test_the_area_of_tension_rises_with_it(tmp_path: Path) -> None:
    plan, pixels = drawn(tmp_path, score(decisions=tuple({"tension": t} for t in (0.0, 1.0, 0.0, 0.5))))
    band = plan.lanes[0]

    def filled(i: int) -> int:
        middle = plan.x((2 * i + 1) * TICKS_PER_BEAT)
        return int((~is_ink(pixels[band.top : band.bottom, middle], PAPER)).sum())

    assert filled(0) < filled(3) < filled(1)


def test_chords_share_the_beats_of_their_image() -> None:
    told = ({"chords": ["C", "G"]}, {"chord": "G"}, {}, {"chord": "F"})
    assert chords(score(decisions=told)) == [(0, 1, "C"), (1, 4, "G"), (4, 6, ""), (6, 8, "F")]


def test_a_recording_is_shown_by_its_sound_and_its_own_beats(tmp_path: Path) -> None:
    told = tuple({"bar": 1 + i // 2, "beat": 1 + 2 * (i % 2)} for i in range(4))
    music = score(notes=(), decisions=told, tempo_bpm=97.0)
    rate, half = 44_100, 88_200
    sound = np.zeros((4 * rate, 2), np.float32)
    sound[half:] = np.where(np.arange(half) % 2, 0.5, -0.5)[:, None]
    plan, pixels = drawn(tmp_path, music, audio=Audio(sound, rate))
    assert plan.notes.height == plan.chords.height == 0
    band = pixels[plan.wave.top : plan.wave.bottom]
    quarter = (plan.right - plan.left) // 4
    inked = is_ink(band, HEARD_INK).sum(axis=0)
    assert inked[plan.left + quarter] <= 2
    assert inked[plan.left + 3 * quarter] >= plan.wave.height - 8
    assert told_beats(music)[:5] == [(k * TICKS_PER_BEAT, k % 4 == 0) for k in range(5)]


@pytest.mark.parametrize(
    "changes",
    [
        {"notes": ()},
        {"notes": (Note(2, 38, 90, 0, 10),)},
        {"tempo_bpm": 101.3},
        {"decisions": ({"because": "x", "chords": 3, "chord": None, "section": ["a"], "tension": "high"},)},
        {"decisions": ({"because": [3, {"parameter": "register"}], "bar": None, "beat": "x"},) * 9},
    ],
)
def test_odd_scores_are_drawn_too(tmp_path: Path, changes: dict[str, Any]) -> None:
    plan, pixels = drawn(tmp_path, score(**changes))
    assert plan.right - plan.left == NARROWEST
    assert is_ink(pixels[plan.images.top + 5, plan.left + 5], SHADES[0])


def test_a_broken_image_leaves_an_empty_place(tmp_path: Path) -> None:
    images = sequence(tmp_path)
    (tmp_path / "1.png").write_bytes(b"no image")
    plan, pixels = drawn(tmp_path, score(), images)
    middle = (plan.images.top + plan.images.bottom) // 2
    assert is_ink(pixels[middle, plan.x(TICKS_PER_BEAT)], SHADES[0])
    assert not is_ink(pixels[middle, plan.x(3 * TICKS_PER_BEAT)], SHADES[1])


def test_same_piece_same_bytes_and_a_score_of_other_length_is_refused(tmp_path: Path) -> None:
    drawn(tmp_path, score())
    first = (tmp_path / "roll.png").read_bytes()
    drawn(tmp_path, score())
    assert (tmp_path / "roll.png").read_bytes() == first
    with pytest.raises(ValueError, match="5 images for a sequence of 4"):
        draw(tmp_path / "other.png", sequence(tmp_path), score(5))
    assert not (tmp_path / "other.png").exists()


def test_the_account_of_a_piece_tells_where_time_runs_on_its_roll(tmp_path: Path) -> None:
    music, images = score(), sequence(tmp_path)
    work = ResultWriter(images, music.timeline, music, tmp_path, silent)
    assert work.run([("piano roll", lambda: work.piano_roll(None))]) == []
    told = work.account(None, [])
    plan = measure_out(music, 2)
    sides = {"left": plan.left, "right": plan.right, "top": plan.ruler.top}
    assert told["roll"] == {"width": plan.width, "height": plan.height} | sides
    assert Image.open(tmp_path / told["files"]["piano_roll"]).size == (plan.width, plan.height)
    assert [d["sample"] for d in told["decisions"]] == music.timeline.start_samples[:-1].tolist()


def test_marks_of_time_end_before_the_end() -> None:
    assert steps(4, 2) == [0, 2]
    assert steps(0.1 * 3, 0.1) == pytest.approx([0, 0.1, 0.2])


def test_the_line_of_a_moment_begins_below_title_and_legend() -> None:
    plan = measure_out(score(), 1)
    assert plan.account()["top"] == plan.ruler.top
    assert 99 < plan.account()["top"] < plan.images.top, "the legend's baseline is at 99"


def test_a_phrase_is_named_once_though_its_last_chord_is_of_the_next_key(tmp_path: Path) -> None:
    told = [
        {"phrase": "A", "phrase_key": "B minor", "key": key} for key in ("B minor", "B minor", "B minor", "B major")
    ]
    assert [len(runs(form(each) for each in told))] == [1]
    assert form(told[-1]) == (None, "A", "B minor")
    assert form({"key": "C major"}) == (None, None, "C major")
    same = [each | {"key": "B minor"} for each in told]
    assert (drawn(tmp_path, score(decisions=tuple(told)))[1] == drawn(tmp_path, score(decisions=tuple(same)))[1]).all()


@pytest.mark.parametrize("count", [26, 30, 40, 47, 48, 49, 60])
def test_captions_that_come_again_are_whole_and_not_at_the_edge(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[float, str, float]] = []

    def noted(board: Image.Image, xy: tuple[float, float], text: str, *args: Any, **options: Any) -> float:
        width = write(board, xy, text, *args, **options)
        written.append((xy[0] + width, text, width))
        return width

    monkeypatch.setattr(curves, "write", noted)
    plan, _ = drawn(tmp_path, score(count, 2, decisions=tuple({"tension": 0.5} for _ in range(count))))
    starts = [end - width for end, text, width in written if text == "Tension"]
    edges = [*starts, plan.right]
    assert starts[0] == plan.left
    assert all(REPEAT / 2 - 1 <= after - before <= REPEAT + 1 for before, after in zip(edges, edges[1:], strict=False))
    assert all(end <= plan.right for end, _, _ in written)
    assert all(width == text_width(text, 13, bold=True) for _, text, width in written if text == "Tension")
