"""A piano roll read again as pixels: notes, images, tracks and waveform are drawn at their time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import TICKS_PER_BEAT, Audio, Note, Part, Timeline
from imbatch2soundvisu.visuals.pianoroll import draw, geometry_of, note_colour
from imbatch2soundvisu.visuals.pianoroll.geometry import NARROWEST, WIDEST
from imbatch2soundvisu.visuals.pianoroll.part_colours import part_colours
from imbatch2soundvisu.visuals.pianoroll.score_data import declared_beats, form, relative, runs
from imbatch2soundvisu.visuals.pianoroll.style import BACKGROUND
from imbatch2soundvisu.visuals.pianoroll.track_drawing import MUSIC_COLOUR, level
from imbatch2soundvisu.visuals.pianoroll.tracks import feature_tracks
from imbatch2soundvisu.visuals.plots.canvas import rgb

from .samples import PARTS, SHADES, coloured_sequence, drawn, has_colour, score


def test_notes_have_the_colour_of_part_and_velocity_at_their_time_and_pitch(tmp_path: Path) -> None:
    music = score()
    geometry, pixels = drawn(tmp_path, music)
    assert pixels.shape[:2] == (geometry.height, geometry.width)
    for note in music.notes:
        if not music.parts[note.part].drums:
            left, top, right, bottom = geometry.box(note)
            assert has_colour(
                pixels[top : bottom + 1, left : right + 1], note_colour(PARTS, note.part, note.velocity)
            ).all()
            ticks = music.timeline.total_ticks
            assert left == pytest.approx(geometry.left + (geometry.right - geometry.left) * note.start / ticks, abs=1)
            assert right == pytest.approx(
                geometry.left + (geometry.right - geometry.left) * (note.start + note.length) / ticks, abs=3
            )
    tune = [geometry.box(note)[1] for note in music.notes if note.part == 0]
    assert np.diff(tune).tolist() == [-geometry.row] * 3


def test_louder_notes_have_stronger_colours_and_parts_differ() -> None:
    background = np.array(rgb(BACKGROUND))
    away = [np.abs(background - note_colour(PARTS, 0, velocity)).sum() for velocity in (10, 60, 120)]
    assert away[0] < away[1] < away[2]
    many = (*PARTS, *(Part(f"Voice {i}", i) for i in range(5)), Part("Melody: oboe", 68))
    assert len(set(part_colours(many))) == len(many)
    assert has_colour(np.array([note_colour(PARTS, 0, 127)]), part_colours(PARTS)[0]).all()


def test_images_stand_above_their_time(tmp_path: Path) -> None:
    music = replace(score(), timeline=Timeline(30, 44_100, 15, (1, 4, 2, 1)))
    geometry, pixels = drawn(tmp_path, music)
    strip = pixels[geometry.images.top : geometry.images.bottom]
    starts = [geometry.x(tick) for tick in music.timeline.start_ticks]
    assert np.diff(starts).tolist() == pytest.approx(
        [(geometry.right - geometry.left) / 8 * b for b in (1, 4, 2, 1)], abs=1
    )
    for shade, left, right in zip(SHADES, starts, starts[1:], strict=False):
        assert has_colour(strip[:, left + 1 : right - 2], shade).all()
    assert geometry.images.bottom <= geometry.notes.top


def test_only_some_of_many_images_are_shown(tmp_path: Path) -> None:
    geometry = geometry_of(score(400, 1), 1)
    assert geometry.right - geometry.left == WIDEST
    assert geometry.step * WIDEST / 400 >= 28 > 20 > WIDEST / 400
    assert geometry_of(score(4), 1).step == 1
    _, pixels = drawn(tmp_path, score(400, 1))
    second = (geometry.x(geometry.step * TICKS_PER_BEAT) + geometry.x(2 * geometry.step * TICKS_PER_BEAT)) // 2
    assert has_colour(pixels[geometry.images.top + 5, second], SHADES[geometry.step % 4])


def test_a_cropped_image_is_not_stretched(tmp_path: Path) -> None:
    images = coloured_sequence(tmp_path)
    halves = np.zeros((100, 400, 3), np.uint8)
    halves[:, 150:250] = 255
    Image.fromarray(halves).save(tmp_path / "0.png")
    geometry, pixels = drawn(tmp_path, score(), images)
    row = pixels[
        (geometry.images.top + geometry.images.bottom) // 2, geometry.left : geometry.x(2 * TICKS_PER_BEAT) - 1, 0
    ]
    scale = geometry.images.height / 100
    if len(row) > 400 * scale:
        scale = len(row) / 400
    assert (row > 127).sum() == pytest.approx(100 * scale, abs=3)


def test_nothing_is_drawn_outside_the_panels(tmp_path: Path) -> None:
    whole = score()
    late = Note(0, 64, 127, whole.timeline.total_beats * TICKS_PER_BEAT - 10, 90_000)
    early = Note(0, 127, 127, 0, 1), Note(0, 0, 127, 0, 1)
    music = replace(whole, notes=(*whole.notes, late, *early))
    geometry, pixels = drawn(tmp_path, music)
    for note in music.notes:
        if note.part != 2:
            left, top, right, bottom = geometry.box(note)
            assert geometry.left <= left < right <= geometry.right
            assert geometry.notes.top <= top <= bottom < geometry.notes.bottom
    assert has_colour(pixels[:, geometry.right + 2 :], BACKGROUND).all()
    assert has_colour(pixels[geometry.notes.top : geometry.notes.bottom, : geometry.left - 40], BACKGROUND).all()
    bands = [
        geometry.ruler,
        geometry.images,
        geometry.numbers,
        geometry.phrases,
        geometry.chords,
        geometry.notes,
        geometry.drum_hits,
        *geometry.tracks,
    ]
    assert all(a.bottom <= b.top for a, b in zip(bands, bands[1:], strict=False))
    assert bands[-1].bottom < geometry.height


def test_tracks_show_the_feature_and_its_counterpart(tmp_path: Path) -> None:
    music, images = score(6), coloured_sequence(tmp_path, 6)
    geometry, pixels = drawn(tmp_path, music, images)
    track = feature_tracks(images, music)[0]
    assert (track.name, track.parameter) == ("luminance", "pitch")
    assert track.correlation == pytest.approx(1)
    band = geometry.tracks[1]
    for i, (shown_level, counterpart) in enumerate(
        zip(relative(track.values), relative(track.counterpart), strict=True)
    ):
        middle = (geometry.x(2 * i * TICKS_PER_BEAT) + geometry.x((2 * i + 2) * TICKS_PER_BEAT)) // 2
        column = pixels[band.top : band.bottom, middle]
        assert level(band, counterpart) - band.top in np.flatnonzero(has_colour(column, MUSIC_COLOUR))
        filled = ~has_colour(column, BACKGROUND)
        assert filled[level(band, shown_level) - band.top :].all()
        assert not filled[: level(band, shown_level) - band.top - 2].any()


def test_area_is_higher_for_more_tension(tmp_path: Path) -> None:
    geometry, pixels = drawn(tmp_path, score(decisions=tuple({"tension": t} for t in (0.0, 1.0, 0.0, 0.5))))
    band = geometry.tracks[0]

    def filled(i: int) -> int:
        middle = geometry.x((2 * i + 1) * TICKS_PER_BEAT)
        return int((~has_colour(pixels[band.top : band.bottom, middle], BACKGROUND)).sum())

    assert filled(0) < filled(3) < filled(1)


def test_recordings_have_a_waveform_and_their_declared_beats(tmp_path: Path) -> None:
    declared = tuple({"bar": 1 + i // 2, "beat": 1 + 2 * (i % 2)} for i in range(4))
    music = score(notes=(), decisions=declared, tempo_bpm=97.0)
    rate, half = 44_100, 88_200
    sound = np.zeros((4 * rate, 2), np.float32)
    sound[half:] = np.where(np.arange(half) % 2, 0.5, -0.5)[:, None]
    geometry, pixels = drawn(tmp_path, music, audio=Audio(sound, rate))
    assert geometry.notes.height == geometry.chords.height == 0
    band = pixels[geometry.waveform.top : geometry.waveform.bottom]
    quarter = (geometry.right - geometry.left) // 4
    filled = has_colour(band, MUSIC_COLOUR).sum(axis=0)
    assert filled[geometry.left + quarter] <= 2
    assert filled[geometry.left + 3 * quarter] >= geometry.waveform.height - 8
    assert declared_beats(music)[:5] == [(k * TICKS_PER_BEAT, k % 4 == 0) for k in range(5)]


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
def test_scores_with_odd_decisions_are_drawn(tmp_path: Path, changes: dict[str, Any]) -> None:
    geometry, pixels = drawn(tmp_path, score(**changes))
    assert geometry.right - geometry.left == NARROWEST
    assert has_colour(pixels[geometry.images.top + 5, geometry.left + 5], SHADES[0])


def test_unreadable_image_is_an_empty_box(tmp_path: Path) -> None:
    images = coloured_sequence(tmp_path)
    (tmp_path / "1.png").write_bytes(b"no image")
    geometry, pixels = drawn(tmp_path, score(), images)
    middle = (geometry.images.top + geometry.images.bottom) // 2
    assert has_colour(pixels[middle, geometry.x(TICKS_PER_BEAT)], SHADES[0])
    assert not has_colour(pixels[middle, geometry.x(3 * TICKS_PER_BEAT)], SHADES[1])


def test_same_score_gives_same_bytes_and_other_lengths_are_refused(tmp_path: Path) -> None:
    drawn(tmp_path, score())
    first = (tmp_path / "roll.png").read_bytes()
    drawn(tmp_path, score())
    assert (tmp_path / "roll.png").read_bytes() == first
    with pytest.raises(ValueError, match="5 images for a sequence of 4"):
        draw(tmp_path / "other.png", coloured_sequence(tmp_path), score(5))
    assert not (tmp_path / "other.png").exists()


def test_a_phrase_is_named_once_though_its_last_chord_is_in_the_next_key(tmp_path: Path) -> None:
    declared = [
        {"phrase": "A", "phrase_key": "B minor", "key": key} for key in ("B minor", "B minor", "B minor", "B major")
    ]
    assert [len(runs(form(each) for each in declared))] == [1]
    assert form(declared[-1]) == (None, "A", "B minor")
    assert form({"key": "C major"}) == (None, None, "C major")
    same = [each | {"key": "B minor"} for each in declared]
    assert (
        drawn(tmp_path, score(decisions=tuple(declared)))[1] == drawn(tmp_path, score(decisions=tuple(same)))[1]
    ).all()
