"""Outputs: the files they write, how the manifest lists them, and which fields they refuse."""

from __future__ import annotations

import csv
import dataclasses
import json
from fractions import Fraction

import av
import mido
import numpy as np
import pytest
import soundfile
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import Region
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.plans import DEFAULT_OUTPUTS, OUTPUT_KINDS, VIEWERS
from imbatch2soundvisu.plans.film_outputs import gif_size
from tests.small import FILM, GIF

SETTINGS = config.resolve({}, {})


@pytest.fixture
def table(folder):
    for path in sorted(folder.iterdir())[4:]:
        path.unlink()
    return i2s.measure(i2s.discover(folder))


@pytest.fixture
def write(table, tmp_path):
    """Write one sequence of four images as the given outputs."""

    def made(*outputs, **fields):
        plan = i2s.SequencePlan("a", outputs=outputs, **{"seconds_per_image": 0.5, **fields})
        plan.check()
        (result,) = plan.make(table, tmp_path / "a")
        assert not result.problems
        return result

    return made


@pytest.mark.parametrize(
    ("output", "files"),
    [
        (i2s.Film(size=FILM), {"mp4": ("sequence.mp4", "video", "Video")}),
        (i2s.Gif(size=GIF), {"gif": ("sequence.gif", "image", "Animated GIF")}),
        (i2s.Wav(), {"wav": ("sequence.wav", "audio", "Sound (WAV)")}),
        (i2s.Midi(), {"mid": ("sequence.mid", "download", "Score (MIDI)")}),
        (i2s.ContactSheet(), {"contact_sheet": ("contact-sheet.jpg", "image", "Contact sheet")}),
        (i2s.Storyboard(), {"storyboard": ("storyboard.jpg", "image", "Storyboard")}),
        (i2s.PianoRoll(), {"piano_roll": ("piano-roll.png", "image", "Piano roll")}),
        (
            i2s.Tables(),
            {
                "csv": ("sequence.csv", "table", "The order as a table"),
                "decisions": ("decisions.json", "text", "Musical decisions"),
            },
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_an_output_writes_its_files_and_is_listed_with_viewer_and_label(write, output, files):
    result = write(output)
    entry = result.entry
    listed = {kind: (name, entry["viewers"][kind], entry["labels"][kind]) for kind, name in result.files.items()}
    assert listed == files
    assert set(output.names(SETTINGS)) == {name for name, _, _ in files.values()}
    assert all(result.path(kind).stat().st_size > 0 for kind in files)


def test_stems_are_one_wav_for_each_part(write):
    result = write(i2s.Stems())
    assert len(result.files) >= 3
    assert set(result.entry["viewers"].values()) == {"audio"}
    lengths = {soundfile.info(result.path(kind)).frames for kind in result.files}
    assert len(lengths) == 1


def test_the_film_has_the_size_rate_and_length_of_its_fields(write):
    result = write(i2s.Film(size=(96, 128), fps=20))
    with av.open(str(result.path("mp4"))) as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (96, 128, 20)
        assert film.streams.audio
        assert sum(1 for _ in film.decode(video=0)) == result.entry["frames"]


def test_sizes_and_frame_rates_have_names():
    film = i2s.Film("vertical", fps="30000/1001")
    assert (film, i2s.Film((1080, 1920), fps=29.97)) == (i2s.Film((1080, 1920), fps=Fraction(30_000, 1001)),) * 2
    assert i2s.Gif("square").size == (1080, 1080)
    assert dataclasses.replace(film, fit="fill").size == (1080, 1920)
    for output in (i2s.Film, i2s.Gif):
        with pytest.raises(ConfigError, match="unknown size 'tall'.*vertical"):
            output("tall")


def test_a_film_at_29_97_frames_a_second_is_exact(write):
    result = write(i2s.Film(size=(96, 54), fps=29.97), i2s.Tables())
    with av.open(str(result.path("mp4"))) as film:
        stream = film.streams.video[0]
        assert stream.average_rate == stream.base_rate == Fraction(30_000, 1001)
        times = [frame.pts * stream.time_base for frame in film.decode(video=0)]
    assert times == [Fraction(1001 * i, 30_000) for i in range(result.entry["frames"])]
    assert (result.entry["fps"], result.entry["frame_rate"]) == (29.97003, "30000/1001")
    frames = [each["frame"] for each in result.entry["decisions"]]
    with open(result.path("csv"), newline="", encoding="utf-8") as file:
        starts = [float(row["start_s"]) for row in csv.DictReader(file)]
    assert starts == pytest.approx([float(times[each]) for each in frames], abs=1e-8)


def test_film_and_gif_are_cropped_around_the_faces_that_were_measured(table, tmp_path):
    """Of images whose left half is dark and whose right half is light, what is measured is shown."""
    for record in table.records:
        image = np.zeros((80, 160, 3), np.uint8)
        image[:, 80:] = 220
        Image.fromarray(image).save(record.path)
    for place, low, high in ((0.05, 0, 40), (0.7, 180, 255)):
        face = Region(place, 0.3, 0.2, 0.4, label="face")
        faces = dataclasses.replace(table, regions={"faces": ((face,),) * len(table)})
        plan = i2s.SequencePlan("a", outputs=[i2s.Film((64, 64), fit="smart"), i2s.Gif()], music=None)
        (result,) = plan.make(faces, tmp_path / str(place))
        with av.open(str(result.path("mp4"))) as film:
            shown = next(film.decode(video=0)).to_ndarray(format="rgb24")
        with Image.open(result.path("gif")) as gif:
            pixels = np.asarray(gif.convert("L"))
        assert low <= shown.mean() <= high
        assert low <= pixels.mean() <= high


def test_one_frame_per_still_makes_a_smaller_film(write):
    plain = write(i2s.Film(size=FILM)).path("mp4").stat().st_size
    result = write(i2s.Film(size=FILM, one_frame_per_still=True))
    with av.open(str(result.path("mp4"))) as film:
        assert sum(1 for _ in film.decode(video=0)) < result.entry["frames"] / 4
    assert result.path("mp4").stat().st_size < plain


@pytest.mark.parametrize(
    ("outputs", "size"),
    [
        ([i2s.Film(size=(90, 160)), i2s.Gif()], (54, 96)),
        ([i2s.Film(size=(160, 90)), i2s.Gif()], (96, 54)),
        ([i2s.Film(size=(100, 100)), i2s.Gif()], (96, 96)),
        ([i2s.Gif()], (96, 48)),
        ([i2s.Film("vertical"), i2s.Gif()], (54, 96)),
        ([i2s.Film("square"), i2s.Gif()], (96, 96)),
        ([i2s.Film("portrait"), i2s.Gif()], (77, 96)),
        ([i2s.Film(size=(90, 160)), i2s.Gif(size=(64, 32))], (64, 32)),
    ],
)
def test_the_gif_has_the_aspect_of_the_film_and_the_side_of_the_settings(table, tmp_path, outputs, size):
    settings = config.resolve({"GIF_SIDE": 96, "VIDEO_SIZE": (320, 160)})
    plan = i2s.SequencePlan("a", outputs=outputs, music=None, seconds_per_image=0.2)
    (result,) = plan.make(table, tmp_path / "a", i2s.RunContext(settings))
    with Image.open(result.path("gif")) as gif:
        assert gif.size == size
        assert gif.n_frames == 4


@pytest.mark.parametrize("aspect", [0.1, 9 / 16, 1, 16 / 9, 40])
def test_gif_size_keeps_the_long_side_and_at_least_16_pixels(aspect):
    width, height = gif_size(aspect, 480)
    assert max(width, height) == 480
    assert min(width, height) >= 16
    assert (width >= height) == (aspect >= 1)


def test_the_gif_is_cropped_or_padded_as_the_film_is(write):
    def corner(*outputs):
        with Image.open(write(*outputs, music=None).path("gif")) as gif:
            return gif.convert("RGB").getpixel((1, 1))

    background = SETTINGS.background
    padded = corner(i2s.Film(size=(160, 40)), i2s.Gif(size=(96, 24)))
    assert max(abs(a - b) for a, b in zip(padded, background, strict=True)) < 12
    for outputs in (
        [i2s.Film(size=(160, 40), fit="fill"), i2s.Gif(size=(96, 24))],
        [i2s.Film(size=(160, 40)), i2s.Gif(size=(96, 24), fit="fill")],
    ):
        assert max(abs(a - b) for a, b in zip(corner(*outputs), background, strict=True)) > 12


def test_the_gif_shows_images_for_its_seconds_and_stays_below_its_bytes(write):
    result = write(i2s.Gif(size=(192, 108), seconds_per_image=0.5))
    with Image.open(result.path("gif")) as gif:
        assert gif.info["duration"] == 500
    small = write(i2s.Gif(size=(192, 108), max_bytes=6000))
    assert small.path("gif").stat().st_size <= 6000


def test_a_silent_plan_has_no_files_of_music(write):
    result = write(*DEFAULT_OUTPUTS[2:], i2s.Stems(), music=None)
    assert set(result.files) == {"contact_sheet", "storyboard", "csv", "decisions"}


def test_a_silent_film_has_no_sound(write):
    with av.open(str(write(i2s.Film(size=FILM), music=None).path("mp4"))) as film:
        assert not film.streams.audio


def test_a_result_without_an_image_has_a_thumbnail_for_the_gallery(write):
    assert write(i2s.Midi(), i2s.PianoRoll()).entry["thumbnail"].startswith("data:image/jpeg;base64,")
    assert "thumbnail" not in write(i2s.Gif(size=(96, 54)), i2s.Midi()).entry


def test_the_line_of_a_result_names_mood_genre_and_metre(write):
    waltz = write(i2s.Midi(), music=i2s.Composed("bright", genre="waltz"), seconds_per_image=1.2).entry
    assert ", bright waltz in 3/4, 150 bpm, " in waltz["summary"]
    assert waltz["lines"] == []
    four = write(i2s.Midi(), music=i2s.Composed(genre="waltz", metre="4/4")).entry
    assert ", waltz in 4/4, " in four["summary"]
    assert four["lines"] == ["music: 4/4 was asked for and is kept; waltz is usually in 3/4"]
    own = i2s.Genre("a slow dance", metres=("3/4",))
    mixed = write(i2s.Midi(), music=i2s.Mix(i2s.Sonified("hue"), i2s.Composed("dark", genre=own), 0.5)).entry
    assert ", a slow dance (dark) in 3/4, " in mixed["summary"]


def test_midi_has_a_marker_for_each_image_in_the_order_of_the_table(write):
    result = write(i2s.Midi(), i2s.Tables())
    markers = [
        each.text for track in mido.MidiFile(result.path("mid")).tracks for each in track if each.type == "marker"
    ]
    with open(result.path("csv"), newline="", encoding="utf-8") as file:
        names = [row["path"] for row in csv.DictReader(file)]
    assert len(markers) == 4
    assert all(name in marker for name, marker in zip(names, markers, strict=True))
    decisions = json.loads(result.path("decisions").read_text(encoding="utf-8"))
    assert [each["path"] for each in decisions["images"]] == names


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (i2s.Film(size=(8, 90)), r"Film\(size=...\): \(8, 90\) must be \(width, height\), each from 16 to 8192 px"),
        (i2s.Film(size=(90,)), "16 to 8192"),
        (i2s.Film(size=1080), "16 to 8192"),
        (i2s.Film(fps=0), "fps=0 must be a whole number, at least 1"),
        (i2s.Film(fps=True), "whole number"),
        (i2s.Film(fps="fast"), "29.97"),
        (i2s.Film(fit="stretch"), "unknown fit 'stretch'.*blur, fill, fit"),
        (i2s.Film(fit=["fill"]), "unknown fit"),
        (i2s.Film(transition="wipe"), "cross-fade"),
        (i2s.Film(motion="spin"), "slow-zoom"),
        (i2s.Film(one_frame_per_still=1), "True or False"),
        (i2s.Gif(size=(4, 4)), r"Gif\(size=...\)"),
        (i2s.Gif(seconds_per_image=0.005), "0.02 to 655"),
        (i2s.Gif(seconds_per_image="a"), "number of seconds"),
        (i2s.Gif(max_bytes="5MB"), "whole number"),
        (i2s.Gif(fit="zoom"), "unknown fit"),
        (i2s.Gif(gifsicle="yes"), "True or False"),
    ],
)
def test_an_invalid_field_is_refused(output, message):
    with pytest.raises(ConfigError, match=message):
        output.check(SETTINGS)


def test_transitions_and_motions_are_accepted_by_name_class_and_instance():
    for transition in ("cut", "cross-fade", i2s.CrossFade, i2s.CrossFade(0.2)):
        i2s.Film(transition=transition, motion=i2s.SlowZoom()).check(SETTINGS)
    i2s.Film(motion="slow-zoom").check(SETTINGS)
    i2s.Film(motion="ken-burns", fit="smart").check(SETTINGS)
    i2s.Film(motion=i2s.KenBurns(0.4, speed=0.2)).check(SETTINGS)


def test_standard_outputs_replaces_adds_and_leaves_out():
    assert i2s.standard_outputs() == DEFAULT_OUTPUTS
    film, stems = i2s.Film(fit="blur"), i2s.Stems()
    changed = i2s.standard_outputs(film, stems, without=(i2s.Gif, i2s.Storyboard))
    assert changed[0] == film
    assert changed[-1] == stems
    assert {type(each) for each in changed} == {type(each) for each in DEFAULT_OUTPUTS} - {i2s.Gif, i2s.Storyboard} | {
        i2s.Stems
    }
    assert i2s.Stems not in {type(each) for each in DEFAULT_OUTPUTS}


def test_every_default_output_is_registered_under_a_name():
    assert {type(each) for each in DEFAULT_OUTPUTS} <= set(OUTPUT_KINDS.values())
    for name in ("film", "gif", "wav", "midi", "stems", "contact-sheet", "storyboard", "piano-roll", "tables"):
        assert callable(OUTPUT_KINDS.resolve(name).write)


def test_every_viewer_of_a_default_output_is_one_the_gallery_has(write):
    small = [i2s.Film(size=FILM), i2s.Gif(size=GIF), *DEFAULT_OUTPUTS[2:]]
    assert set(write(*small).entry["viewers"].values()) <= set(VIEWERS)
