"""Cards are in time with the music and within the length of the plan; captions, subtitles and chapters are right."""

from __future__ import annotations

import csv
import json
from fractions import Fraction

import av
import mido
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import Timing
from imbatch2soundvisu.music.card_slots import slots
from imbatch2soundvisu.plans import film_text
from imbatch2soundvisu.plans.sequence_content import SequenceContent
from imbatch2soundvisu.visuals.pianoroll.geometry import geometry_of
from tests.small import FILM

SETTINGS = config.resolve({}, {})


@pytest.fixture
def table(folder):
    return i2s.measure(i2s.discover(folder))


def content(table, film, **fields):
    plan = i2s.SequencePlan("a", limit=None, outputs=[film], **fields)
    plan.check()
    return SequenceContent(plan, plan.sequence(table), SETTINGS)


def made(table, folder, *outputs, **fields):
    plan = i2s.SequencePlan("a", outputs=outputs, **fields)
    plan.check()
    (result,) = plan.make(table, folder)
    assert not result.problems
    return result


@pytest.mark.parametrize("music", [None, i2s.Composed(mood="calm"), i2s.Composed(mood="bright"), i2s.Sonified()])
@pytest.mark.parametrize("seconds", [12.0, 30.0, 60.0])
def test_the_total_is_exact_and_cards_last_about_as_long_as_asked(table, music, seconds):
    film = i2s.Film(title=i2s.TitleCard("Ten years", 3), end=i2s.EndCard("End", 2))
    found = content(table, film, music=music, total_seconds=seconds)
    bare = content(table, i2s.Film(), music=music, total_seconds=seconds)
    grid = found.timeline
    assert len(grid.beats) == len(table)
    assert float(grid.seconds) == pytest.approx(float(bare.timeline.seconds), abs=1 / 30)
    frames = grid.start_frames
    for card, asked in ((frames[0], 3), (grid.total_frames - frames[-1], 2)):
        shown = float(card / grid.fps)
        assert asked / 2 <= shown <= max(1.5 * asked, 60 / grid.tempo_bpm + 0.01)
    assert frames[0] == grid.frame_at(grid.title_beats)
    assert frames[-1] == grid.frame_at(sum(map(Fraction, grid.beats)) + grid.title_beats)
    if found.score is not None:
        assert found.score.timeline == grid
        assert len(found.score.decisions) == len(table)
        assert found.score.timeline.total_samples == grid.total_samples
        onsets = {note.start for note in found.score.notes}
        assert set(grid.start_ticks[1:-1].tolist()) <= onsets  # also the cut to the end card has its onset


def test_the_piano_roll_has_its_images_at_their_times(table, tmp_path):
    film = i2s.Film(size=FILM, title=i2s.TitleCard("a", 3), end="b")
    result = made(table, tmp_path, film, i2s.PianoRoll(), limit=6, total_seconds=17)
    assert result.path("piano_roll").is_file()
    score = content(table, film, total_seconds=17).score
    drawn = geometry_of(score, 0)
    at, end = (drawn.x(tick) - drawn.left for tick in (int(score.timeline.start_ticks[0]), score.timeline.total_ticks))
    assert at / end == pytest.approx(float(score.timeline.start_seconds[0] / score.timeline.seconds), abs=0.01)


def test_without_a_total_images_last_as_long_as_without_cards(table):
    film = i2s.Film(title=i2s.TitleCard("Ten years", 3))
    grid, bare = (content(table, each, seconds_per_image=1.0).timeline for each in (film, i2s.Film()))
    assert grid.tempo_bpm == bare.tempo_bpm
    assert grid.beats[:-1] == bare.beats[:-1]
    starts, of_bare = (each.start_frames[:-3] for each in (grid, bare))  # those before the ritardando
    assert len(set((starts - of_bare).tolist())) == 1
    assert float(grid.start_seconds[0]) == pytest.approx(3, abs=0.5)


def test_a_card_is_shorter_than_long_images(table):
    grid = content(table, i2s.Film(title=i2s.TitleCard("a", 2)), seconds_per_image=8).timeline
    assert float(grid.title_beats * grid.frames_per_beat / grid.fps) == pytest.approx(2, abs=0.8)
    assert grid.beats[0] > grid.beats[1]


@pytest.mark.parametrize("rate", [25, 30, 29.97, 59.94])
@pytest.mark.parametrize("mood", ["calm", "bright"])
def test_cards_last_as_asked_where_beats_are_no_whole_number_of_frames(table, rate, mood):
    film = i2s.Film(fps=rate, title=i2s.TitleCard("Ten years", 3), end=i2s.EndCard("End", 2))
    found = content(table, film, music=i2s.Composed(mood=mood), total_seconds=20.0 * len(table))
    grid = found.timeline
    for beats, asked in ((grid.title_beats, 3), (grid.end_beats, 2)):
        assert float(beats * grid.frames_per_beat / grid.fps) == pytest.approx(asked, rel=0.35)
    assert grid.total_frames == found._grid.total_frames
    shown, slots = i2s.visuals.video.Dressing(film.title, film.end).slots(found.sequence.records, grid)
    assert len(shown) == len(slots.beats)
    assert slots.start_frames[1:-1].tolist() == [*grid.start_frames.tolist()]
    beat = grid.start_frames[0] / float(grid.frames_per_beat)
    assert abs(beat - round(beat)) * grid.frames_per_beat <= 0.5
    assert found.decision(0)["beat"] == round(beat) % grid.beats_per_bar + 1


def test_cards_count_as_images_of_mean_weight(table):
    weighted = content(table, i2s.Film(title="a", end="b"), cutting="weight", total_seconds=40)
    assert len(set(weighted.timeline.beats)) > 1
    assert float(weighted.timeline.seconds) == pytest.approx(40, abs=0.5)


def test_slots_are_no_longer_than_a_total_allows(table):
    with pytest.raises(i2s.ConfigError, match="take 9 of total_seconds=10"):
        content(table, i2s.Film(title=i2s.TitleCard("a", 5), end=i2s.EndCard("b", 4)), total_seconds=10)
    sequence = i2s.SequencePlan("a").sequence(table)
    assert slots(i2s.Silent(), sequence, 30, Timing(1.0), 3.0).title == 3
    assert slots(i2s.Silent(), sequence, 30, Timing(1.0)).title == 0


def test_tables_film_midi_and_subtitles_have_the_same_times(table, tmp_path):
    film = i2s.Film(size=FILM, title="Ten years", end="The end", captions="name", fade_out=0.3, fit="fill")
    result = made(table, tmp_path, film, i2s.Tables(), i2s.Midi(), limit=5, seconds_per_image=0.6)
    with open(result.path("csv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    starts = [float(row["start_s"]) for row in rows]
    assert starts == pytest.approx(result.entry["starts_s"])
    assert starts[0] > 2
    images = json.loads(result.path("decisions").read_text("utf-8"))["images"]
    assert [each["frame"] for each in images] == [round(start * 30) for start in starts]
    assert [each["position"] for each in images] == [1, 2, 3, 4, 5]
    with av.open(str(result.path("mp4"))) as container:
        frames = np.stack([each.to_ndarray(format="gray") for each in container.decode(video=0)]).astype(int)
    assert len(frames) == result.entry["frames"]
    steps = [i for i in range(1, len(frames) - 9) if np.abs(frames[i] - frames[i - 1]).max() > 40]
    assert steps[:5] == [each["frame"] for each in images]
    subtitles = result.path("srt").read_text("utf-8").split("\n\n")
    assert len(subtitles) == 5
    assert subtitles[0].split("\n")[2] == rows[0]["path"].removesuffix(".jpg")
    hours, minutes, seconds = subtitles[0].split("\n")[1].split(" --> ")[0].split(":")
    assert float(seconds.replace(",", ".")) == pytest.approx(starts[0], abs=0.001)
    markers = mido.MidiFile(result.path("mid")).tracks[0]
    at, clock = [], 0
    for message in markers:
        clock += message.time
        at += [clock] if message.type == "marker" else []
    assert at[0] > 0
    assert len(at) == 5


def test_captions_say_what_is_asked(table):
    sequence = i2s.SequencePlan("a", order="luminance", limit=3).sequence(table)
    said = film_text.caption_texts(
        i2s.Captions(("number", "name", "value", lambda record: record.width, lambda record: None)), sequence
    )
    first = sequence.records[0]
    assert said[0].split("\n")[:2] == ["1 / 3", first.label.removesuffix(".jpg")]
    assert said[0].split("\n")[2].startswith("luminance 0.")
    assert said[0].split("\n")[3:] == [str(first.width)]


def test_cards_name_the_cluster_the_number_and_the_years(folder):
    for name in ("IMG_20240131_101112.jpg", "IMG_20190131_101112.jpg"):
        Image.new("RGB", (64, 48), (90, 20, int(name[7]))).save(folder / name)
    sequence = i2s.SequencePlan("holiday", limit=None).sequence(i2s.measure(i2s.discover(folder)))
    card = i2s.TitleCard("{plan}", subtitle="{count} images, {years}")
    drawn = film_text.dressing(i2s.Film(title=card, end="{cluster}"), sequence)
    assert (drawn.title.text, drawn.title.subtitle) == ("holiday", f"{len(sequence)} images, 2019–2024")
    assert drawn.end.text == "holiday"


def test_dates_of_captions_are_those_of_the_camera(folder):
    Image.new("RGB", (64, 48), (90, 20, 20)).save(folder / "IMG_20240131_101112.jpg")
    table = i2s.measure(i2s.discover(folder))
    sequence = i2s.SequencePlan("a", order="name").sequence(table)
    said = dict(
        zip([r.label for r in sequence.records], film_text.caption_texts(i2s.Captions("date"), sequence), strict=True)
    )
    assert said["IMG_20240131_101112.jpg"] == "2024-01-31"
    assert set(said.values()) == {"", "2024-01-31"}
    (line,) = film_text.warnings(film_text.dressing(i2s.Film(captions="date"), sequence), sequence)
    assert f"{len(sequence) - 1} of {len(sequence)} images have no date" in line


def test_a_tour_has_a_chapter_for_each_cluster(table, tmp_path):
    film = i2s.Film(size=FILM, title="All", captions="cluster")
    plan = i2s.SequencePlan("a", clusters=i2s.KMeans(2), tour=True, outputs=[film], seconds_per_image=0.5, music=None)
    tour = next(each for each in plan.make(table, tmp_path) if each.entry.get("sections"))
    with av.open(str(tour.path("mp4"))) as container:
        chapters = container.chapters()
    assert len(chapters) == 2
    start = tour.entry["starts_s"][tour.entry["sections"][1]]
    assert float(chapters[1]["start"] * chapters[1]["time_base"]) == pytest.approx(start, abs=0.002)
    assert chapters[1]["metadata"]["title"] in tour.path("srt").read_text("utf-8")


def test_a_tour_is_made_again_when_a_cluster_has_another_name(table, tmp_path):
    others = table.names[-2:]

    def made_with(name):
        plan = i2s.SequencePlan(
            "a", clusters=lambda found: [name if each in others else "x" for each in found.names], tour=True,
            outputs=[i2s.Film(size=FILM, captions="cluster")], seconds_per_image=0.5, music=None,
        )  # fmt: skip
        return next(each for each in plan.make(table, tmp_path) if each.entry.get("sections"))

    assert not made_with("y").kept
    assert made_with("y").kept
    again = made_with("z")
    assert not again.kept
    assert "\nz\n" in again.path("srt").read_text("utf-8")


def test_films_of_images_shorter_than_a_beat_have_music(table, tmp_path):
    film = i2s.Film(size=FILM, title=i2s.TitleCard("a", 2))
    result = made(table, tmp_path, film, seconds_per_image=0.2, limit=None)
    with av.open(str(result.path("mp4"))) as container:
        assert container.streams.video[0].frames == result.entry["frames"]


def test_a_problem_of_a_film_names_the_film_and_not_its_title(table, tmp_path):
    def caption(record):
        raise KeyError(record.name)

    plan = i2s.SequencePlan("a", outputs=[i2s.Film(FILM, title="My title", captions=caption)], limit=3, music=None)
    (result,) = plan.make(table, tmp_path)
    (problem,) = result.problems
    assert problem.startswith("film: ")
    assert "captions= failed on " in problem


def test_a_function_for_captions_is_called_before_any_work(folder, monkeypatch):
    monkeypatch.setattr("imbatch2soundvisu.pipeline.measure_for", None)
    plan = i2s.SequencePlan("a", outputs=[i2s.Film(FILM, captions=lambda record: record.nothing)])
    with pytest.raises(i2s.ConfigError, match=r"test_film_text.py:\d+: captions= failed on .*AttributeError"):
        i2s.run([plan], root=folder)


def test_a_film_is_made_again_when_its_watermark_changes(table, tmp_path):
    mark = tmp_path / "mark.png"
    Image.new("RGBA", (20, 20), (255, 0, 0, 255)).save(mark)
    film = i2s.Film(size=FILM, watermark=mark)
    fields = {"limit": 3, "seconds_per_image": 0.5, "music": None}
    assert not made(table, tmp_path / "out", film, **fields).kept
    assert made(table, tmp_path / "out", film, **fields).kept
    Image.new("RGBA", (20, 20), (0, 255, 0, 255)).save(mark)
    assert not made(table, tmp_path / "out", film, **fields).kept


def test_characters_that_no_font_has_are_reported_with_the_result(table, tmp_path):
    result = made(
        table, tmp_path, i2s.Film(size=FILM, title="a \U000f0000"), limit=3, seconds_per_image=0.5, music=None
    )
    (line,) = result.entry["lines"]
    assert "U+F0000" in line
    assert "Install" in line


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": 3}, "title=3 must be a text or TitleCard"),
        ({"captions": 3}, "captions=3"),
        ({"captions": "filename"}, "unknown captions"),
        ({"watermark": 3}, "watermark=3"),
        ({"fade_in": "slow"}, "fade_in='slow'"),
        ({"fade_out": -1}, "0 to 60"),
    ],
)
def test_what_a_film_cannot_show_is_refused_before_any_work(fields, words):
    with pytest.raises(i2s.ConfigError, match=words):
        i2s.SequencePlan("a", outputs=[i2s.Film(**fields)]).check(SETTINGS)
