"""Montages of faces, on made photos whose faces are known: what is chosen, in which order, and where the eyes are."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import FeatureInfo, Region
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.faces import MontageOptions, choosing, eye_places
from imbatch2soundvisu.faces import frames as montage_frames
from imbatch2soundvisu.features.faces import Face
from imbatch2soundvisu.plans import RunContext, film_text
from imbatch2soundvisu.visuals.video import yuv
from tests.faces.test_alignment import spot_near, with_spots

COUNT, SIZE = 6, (240, 180)
OUTPUTS = [i2s.AlignedFrames("png"), i2s.Tables()]


def eyes_of(number):
    """The eyes in a photo, in pixels."""
    return np.array([[90.5 + 3 * number, 70.0], [130.5 + 5 * number, 62.0 + 4 * number]])


def region_of(number, vector=(0.0,) * 128, **values):
    left, right = eyes_of(number)
    along = (right - left) / 8
    points = [left - along, left + along, right - along, right + along, (left + right) / 2 + (0, 25)]
    shares = tuple((float(x), float(y)) for x, y in np.array(points) / SIZE)
    values = {"yaw": 10.0 * (-1) ** number * number, "roll": 0.0, "sharpness": 20.0 + number} | values
    return Region(0.3, 0.2, 0.4, 0.5, label="face", points=shares, vector=tuple(vector), values=values)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(COUNT):
        photo = with_spots(SIZE, eyes_of(number), 3.0)
        photo[:, :, 2] = 40 + 25 * number
        photo[:40, : 20 * number] = 90
        Image.fromarray(photo).save(folder / f"2024-0{6 - number}-01 photo {number}.png")
    return folder


@pytest.fixture
def table(root):
    """The photos with one face each; the names are in the order of the dates, the reverse of the numbers."""
    table = i2s.measure(i2s.discover(root))
    regions = tuple((region_of(int(record.name[-5])),) for record in table.records)
    return with_regions(table, regions)


def with_regions(table, regions):
    names = sorted(choosing.FACE_FEATURES)
    columns = {name: np.zeros(len(table)) for name in names}
    info = {name: FeatureInfo(name) for name in names}
    return replace(table, columns={**table.columns, **columns}, info={**table.info, **info}, regions={"faces": regions})


def with_examples(monkeypatch, table, vectors):
    """Let photos with these identities, and one without a face, stand for a folder of examples."""
    faces = (*((region_of(0, vector),) for vector in vectors), ())
    examples = with_regions(table.select(np.arange(len(faces))), faces)
    monkeypatch.setattr(choosing, "measured_faces", lambda *_: examples)


def montage(**fields):
    defaults = {"outputs": OUTPUTS, "music": None, "output_size": 120, "closeness": 0.3, "border": "blur"}
    defaults["unique"] = None
    return i2s.FaceMontagePlan("a face", **{**defaults, **fields})


def made(table, tmp_path, **fields):
    plan = montage(**fields)
    plan.check()
    context = RunContext(i2s.config.resolve({"CACHE": tmp_path / "cache"}))
    return plan.make(table, tmp_path / "out", context)[0]


def frames(result):
    folder = result.folder / "aligned"
    return [np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*.png"))]


def test_the_eyes_of_all_frames_are_at_the_same_places(table, tmp_path):
    result = made(table, tmp_path)
    found = frames(result)
    assert result.problems == ()
    assert len(found) == COUNT
    for frame in found:
        assert frame.shape == (120, 120, 3)
        for place in eye_places((120, 120), 0.3):
            assert np.abs(spot_near(frame, place, 12) - place).max() < 0.25


def test_the_montage_comes_closer(table, tmp_path):
    found = frames(made(table, tmp_path, closeness=(0.2, 0.5)))
    apart = []
    for number, frame in enumerate(found):
        places = eye_places((120, 120), 0.2 * 2.5 ** (number / (COUNT - 1)))
        left, right = (spot_near(frame, place, 10) for place in places)
        apart.append(right[0] - left[0])
    assert apart == sorted(apart)
    assert apart[0] == pytest.approx(24, abs=0.5)
    assert apart[-1] == pytest.approx(60, abs=1.5)


def test_photos_are_in_the_order_of_their_age_and_say_which_they_are(table, tmp_path):
    result = made(table, tmp_path)
    assert [name[-5] for name in result.sequence.names] == list("543210")
    with open(result.folder / "aligned" / "frames.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "frame": "0001-2024-01-01-photo-5.png", "photo": "2024-01-01 photo 5.png", "taken": "2024-01-01 00:00",
        "date_from": "name",
    }  # fmt: skip
    assert result.entry["kind"] == "face-montage"
    assert result.entry["summary"].startswith("6 of 6 photos show a face, 6 frames by date")
    assert result.entry["face_montage"]["showing"] == COUNT


@pytest.mark.parametrize(("order", "numbers"), [
    ("yaw", "531024"), ("-yaw", "420135"), ("sharpness", "012345"), ("-date", "012345"), ("name", "543210"),
])  # fmt: skip
def test_other_orders(table, tmp_path, order, numbers):
    assert "".join(name[-5] for name in made(table, tmp_path, order=order).sequence.names) == numbers


def test_random_orders_are_those_of_the_seed(table, tmp_path):
    first, again, other = (made(table, tmp_path, order="random", seed=seed).sequence.names for seed in (1, 1, 2))
    assert first == again != other


def test_a_smooth_order_has_similar_faces_side_by_side(table, tmp_path):
    found = "".join(name[-5] for name in made(table, tmp_path, order="smooth").sequence.names)
    assert sorted(found) == list("012345")
    assert made(table, tmp_path, order="smooth").kept


def test_nothing_is_made_again_when_nothing_changed(table, tmp_path, monkeypatch):
    first = made(table, tmp_path)
    before = [path.stat().st_mtime_ns for path in sorted(first.folder.rglob("*.png"))]
    monkeypatch.setattr(montage_frames, "_write", None)
    second = made(table, tmp_path)
    assert second.kept
    assert [path.stat().st_mtime_ns for path in sorted(second.folder.rglob("*.png"))] == before
    third = made(table, tmp_path, outputs=[i2s.AlignedFrames("png"), i2s.ContactSheet()])  # frames are in the cache
    assert not third.kept
    assert third.problems == ()


def test_two_runs_give_the_same_bytes(table, tmp_path):
    outputs = [i2s.Film(), i2s.AverageFace(), i2s.AlignedFrames(), i2s.Gif(size=(96, 96))]
    fields = {"outputs": outputs, "equalise": True, "transition": i2s.Morph(0.2), "align": "procrustes"}
    first, second = (made(table, tmp_path / name, **fields) for name in "ab")
    assert first.problems == ()
    assert sorted(first.files) == ["aligned", "average_face", "gif", "mp4"]
    for name in ["average-face.jpg", "sequence.mp4", "sequence.gif"]:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


def test_the_face_of_a_person_is_chosen_among_others(table, tmp_path, monkeypatch):
    person, other = np.zeros(128), np.full(128, 0.2)
    regions = []
    for record in table.records:
        number = int(record.name[-5])
        here = replace(region_of(number, person + 0.001 * number), width=0.1)
        beside = replace(region_of(number + 1, other), width=0.5)
        regions.append((here, beside) if number % 2 else (beside,))
    with_examples(monkeypatch, table, [np.zeros(128)] * 2)
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "photo.jpg").touch()
    result = made(with_regions(table, tuple(regions)), tmp_path, target_faces=tmp_path / "examples")
    assert [name[-5] for name in result.sequence.names] == list("531")
    assert result.entry["summary"].startswith("3 of 6 photos show this person, 3 frames by date")
    for frame in frames(result):
        for place in eye_places((120, 120), 0.3):
            assert np.abs(spot_near(frame, place, 12) - place).max() < 0.25


def test_examples_are_described_as_the_photos_are(table, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(choosing, "measured_faces", lambda *given: asked.append(given[-1]) or table)
    made(table, tmp_path, target_faces=tmp_path, other_faces=tmp_path / "photos", passes=[i2s.Faces(input_size=800)])
    assert asked == [i2s.Faces(input_size=800)] * 2


def test_one_folder_for_the_person_and_for_others_is_refused(root):
    with pytest.raises(ConfigError, match="are the same folder"):
        montage(target_faces=root, other_faces=f"{root}/../photos").check()


def test_photos_that_are_examples_of_the_person_and_of_others_are_named(table, tmp_path, monkeypatch):
    monkeypatch.setattr(choosing, "measured_faces", lambda *given: table)
    said = made(table, tmp_path, target_faces=tmp_path, other_faces=tmp_path / "photos").entry["lines"]
    assert any(line.startswith("Among the photos of other people, too, are 2024-0") for line in said)


def test_uncertain_faces_are_reviewed_and_decided(table, tmp_path, monkeypatch):
    distances = [0.0, 0.1, 0.48, 0.52, 0.9, 0.1]  # from the only example, in a direction
    vectors = [np.eye(128)[0] * each for each in distances]
    regions = tuple((region_of(int(name[-5]), vectors[int(name[-5])]),) for name in table.names)
    with_examples(monkeypatch, table, [np.zeros(128)] * 3)
    fields = {"target_faces": tmp_path, "outputs": [i2s.AlignedFrames("png"), i2s.ReviewSheet()]}
    first = made(with_regions(table, regions), tmp_path, **fields)
    assert [name[-5] for name in first.sequence.names] == list("5210")
    assert first.entry["face_montage"]["person"]["examples"] == 3
    assert first.entry["face_montage"]["person"]["without_face"] == [table.names[3]]
    said = " ".join(first.entry["lines"])
    assert "Too few examples to say how sure it is" in said
    assert "3 examples of the person; 5 or more find more faces" in said
    assert f"No face is found in 1 example: {table.names[3]}" in said
    assert "2 faces may show the person or not: see review-sheet.jpg" in said
    with open(first.path("review"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["image"][-5], row["face"], row["score"], row["is_person"]) for row in rows] == [
        ("2", "1", "0.639", ""), ("3", "1", "0.361", ""),
    ]  # fmt: skip
    sheet = np.asarray(Image.open(first.path("review_sheet")))
    assert sheet.shape[1] == 1400
    copy = tmp_path / "mine.csv"
    text = first.path("review").read_text(encoding="utf-8").splitlines()
    copy.write_text("\n".join([text[0], text[1] + "no", text[2] + "Yes"]), encoding="utf-8")
    second = made(with_regions(table, regions), tmp_path, **fields, review=copy)
    assert not second.kept
    assert [name[-5] for name in second.sequence.names] == list("5310")
    assert (second.entry["face_montage"]["uncertain"], second.entry["face_montage"]["decided"]) == (0, 2)
    assert [line.rpartition(",")[2] for line in second.path("review").read_text("utf-8").splitlines()[1:]] == [
        "no", "yes",
    ]  # fmt: skip


def test_uncertain_faces_are_on_a_sheet_whatever_the_outputs_and_no_warning_is_lost(table, tmp_path, monkeypatch):
    regions = tuple((region_of(int(name[-5]), np.eye(128)[0] * 0.12 * int(name[-5])),) for name in table.names)
    with_examples(monkeypatch, table, [np.zeros(128)] * 3)
    monkeypatch.setattr(film_text, "warnings", lambda *_: ["film: some dates are not known"])
    film = i2s.Film(size=(128, 128), captions=i2s.Captions())
    result = made(with_regions(table, regions), tmp_path, target_faces=tmp_path, outputs=[film])
    said = " ".join(result.entry["lines"])
    assert "may show the person or not: see review-sheet.jpg" in said
    assert result.entry["lines"][-1].startswith("film: some")
    assert result.path("review").is_file()
    assert result.path("review_sheet").is_file()


@pytest.mark.parametrize(("fields", "said"), [
    ({"limit": 3}, "3 frames (limit=3) by date"), ({"order": "-date"}, "6 frames by -date"),
    ({"order": "-yaw", "reverse": True}, "6 frames by -yaw, reversed"), ({"limit": 6}, "6 frames by date"),
])  # fmt: skip
def test_the_summary_says_limit_and_direction(table, tmp_path, fields, said):
    assert said in made(table, tmp_path, **fields).entry["summary"]


@pytest.mark.parametrize(("text", "message"), [
    ("a,b\n1,2\n", "needs the columns 'image' and 'is_person'"), ("image,face,is_person\na.jpg,1,perhaps\n", "line 2"),
    ("image,face,is_person\na.jpg,x,yes\n", "line 2"),
])  # fmt: skip
def test_a_review_that_cannot_be_read_is_refused(text, message, tmp_path):
    file = tmp_path / "review.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        montage(target_faces=tmp_path, review=file).check()
    with pytest.raises(ConfigError, match="give target_faces="):
        montage(review=file).check()


def test_a_person_of_the_collection_needs_no_examples(table, tmp_path):
    vectors = [np.zeros(128), np.eye(128)[0]]
    regions = tuple((region_of(int(name[-5]), vectors[int(name[-5]) in (1, 4)]),) for name in table.names)
    table = with_regions(table, regions)
    first = made(table, tmp_path, person="person 1")
    assert [name[-5] for name in first.sequence.names] == list("5320")
    assert first.entry["summary"].startswith("4 of 6 photos show person 1, 4 frames by date")
    (tmp_path / "people.csv").write_text(f"image,person\n{table.names[1]},Will\n")
    named = made(table, tmp_path, person="Will", names=tmp_path / "people.csv")
    assert [name[-5] for name in named.sequence.names] == list("41")
    with pytest.raises(ConfigError, match="person 3"):
        made(table, tmp_path, person="person 3")


def test_blurred_and_equal_photos_are_left_out_and_counted(table, tmp_path):
    regions = list(table.regions["faces"])
    regions[2] = (region_of(3, sharpness=1.0),)
    records = list(table.records)
    records[4] = replace(records[4], digest=records[5].digest)
    table = replace(with_regions(table, tuple(regions)), records=tuple(records))
    result = made(table, tmp_path, unique="near")
    assert len(result.sequence) == 4
    assert result.entry["lines"][0] == "Left out: 1 blurred photo and 1 of nearly the same photos"


def test_equalised_faces_have_one_brightness(table, tmp_path):
    plain = np.ptp([frame[40:80, 30:90, 2].mean() for frame in frames(made(table, tmp_path))])
    equal = np.ptp([frame[40:80, 30:90, 2].mean() for frame in frames(made(table, tmp_path, equalise=True))])
    assert equal < 0.35 * plain


def test_photos_are_shown_as_long_as_the_time_between_them(table, tmp_path):
    dates = [datetime(2024, 1, 1) + timedelta(days=day) for day in (0, 1, 2, 12, 13, 14)]
    records = tuple(replace(record, taken=date) for record, date in zip(table.records, dates, strict=True))
    result = made(replace(table, records=records), tmp_path, spacing="time", seconds_per_image=1.0)
    lengths = np.diff(result.entry["starts_s"])
    assert lengths.argmax() == 2
    assert lengths[2] >= 2 * np.median(lengths)


def test_films_have_the_size_of_the_frames_and_the_transition_of_the_plan():
    plan = montage(outputs=[i2s.Film(), "gif"], output_size=(401, 300), transition="morph")
    assert (plan.written[0].size, plan.written[0].transition) == ((400, 300), "morph")
    own = montage(outputs=[i2s.Film("hd", transition=i2s.CrossFade(0.1))], transition="morph").written[0]
    assert (own.size, own.transition) == ((1920, 1080), i2s.CrossFade(0.1))


def test_a_mosaic_of_the_faces(table, tmp_path):
    result = made(table, tmp_path, outputs=[i2s.FaceMosaic(columns=8, tile_px=12)])
    assert result.problems == ()
    (kept,) = tmp_path.rglob("tiles")  # pictures of faces: in the folder that forget-faces removes
    assert kept.parent.name == "aligned-faces"
    assert Image.open(result.path("face_mosaic")).size == (96, 96)
    named = made(table, tmp_path, outputs=[i2s.FaceMosaic("2024-01-01 photo 5.png", columns=8, tile_px=12)])
    assert named.problems == ()


@pytest.mark.parametrize(("fields", "message"), [
    ({"closeness": 2}, "closeness=2 must be"), ({"closeness": (0.1, 0.2, 0.3)}, "closeness="),
    ({"output_size": 4}, "output_size"), ({"align": "nose"}, "align"), ({"border": "black"}, "border='black'"),
    ({"spacing": "odd"}, "spacing"), ({"equalise": 1}, "equalise"), ({"min_sharpness": 1}, "min_sharpness"),
    ({"target_faces": "nowhere"}, "target_faces='nowhere' does not exist"), ({"transition": "melt"}, "transition"),
    ({"person": "a", "target_faces": "."}, "give one of them"), ({"names": "a.csv"}, "give person="),
    ({"person": 1}, "person=1"), ({"other_faces": "."}, "give target_faces="), ({"clusters": "kmeans"}, "clusters="),
    ({"order": "hieght"}, "hieght"), ({"order": "-agee"}, "There are: date, yaw, similarity, smooth, random"),
    ({"unique": "burst"}, 'takes "near" or None'), ({"order": "-similarity"}, "needs target_faces= or person="),
    ({"outputs": [i2s.Film(), i2s.Film()]}, "stands twice"), ({"outputs": [i2s.MosaicImage()]}, "MosaicImage"),
    ({"spacing": "time", "cutting": "weight"}, "give one of them"),
    ({"outputs": [i2s.Film(motion="slow-zoom")], "transition": "morph"}, "stand still"),
    ({"outputs": [i2s.AlignedFrames("bmp")]}, "format"), ({"outputs": [i2s.FaceMosaic(columns=0)]}, "columns"),
])  # fmt: skip
def test_what_is_invalid_is_refused_before_any_work(fields, message):
    with pytest.raises(ConfigError, match=message):
        montage(**fields).check()


def test_a_folder_of_examples_without_images_is_refused_before_any_work(tmp_path):
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(ConfigError, match="target_faces=.* the folder has no images"):
        montage(target_faces=tmp_path).check()


def test_photos_without_faces_are_reported(table, tmp_path):
    with pytest.raises(ConfigError, match="0 of 6 photos show a face; a montage needs 2"):
        made(with_regions(table, ((),) * COUNT), tmp_path)


def test_a_montage_is_foreseen(table, tmp_path):
    plan, settings = montage(), i2s.config.resolve({"CACHE": tmp_path / "cache"})
    before = plan.foresee(None, COUNT, tmp_path / "out", settings)
    assert before.text == "montage of faces in up to 6 photos; aligned frames, tables"
    assert before.seconds > 0
    known = plan.foresee(table, COUNT, tmp_path / "out", settings)
    assert known.text.startswith("6 frames of 120 × 120 px from 6 photos")
    made(table, tmp_path)
    assert plan.foresee(table, COUNT, tmp_path / "out", settings).kept
    draft = montage(output_size=800, outputs=[i2s.Film(), i2s.FaceMosaic()]).draft(settings)
    assert (draft.output_size, draft.limit, [type(each).__name__ for each in draft.outputs]) == (
        (240, 240),
        12,
        ["Film"],
    )


def test_a_tilted_face_has_its_whole_box_in_the_frame(table):
    """In it the 68 landmarks are looked for; a box through two turned corners is too narrow."""
    (record,) = table.records[:1]
    tilted = np.array([[90.0, 60.0], [130.0, 100.0]])
    points = tuple((float(x), float(y)) for x, y in tilted.repeat(2, axis=0) / SIZE)
    face = Face(Region(0.3, 0.2, 0.4, 0.5, label="face", points=points))
    (frame,) = montage_frames.frames_of(MontageOptions(output_size=800, closeness=0.1, border="blur"), [record], [face])
    found = frame.region()
    wanted = np.multiply(SIZE, (0.4, 0.5)) * 80 / np.hypot(40, 40)
    assert np.allclose([found.width * 800, found.height * 800], wanted, atol=0.01)


def test_frames_have_the_size_that_the_film_says():
    assert montage(output_size=None, outputs=[i2s.Film("vertical"), "gif"]).size == (1080, 1920)
    assert montage(output_size=None, outputs=["film"]).size == (800, 800)
    assert montage(output_size=300, outputs=[i2s.Film("vertical")]).size == (300, 300)
    montage(output_size=None).check()


def test_covered_frames_never_come_closer_than_the_end_and_a_line_says_so(table, tmp_path):
    result = made(table, tmp_path, closeness=(0.2, 0.5), border="cover")
    (line,) = (each for each in result.entry["lines"] if "closer than asked" in each)
    assert "0.5) instead of (0.2, 0.5)" in line
    assert "border='blur' keeps what was asked" in line
    places = eye_places((120, 120), 0.5)
    left, right = (spot_near(frames(result)[-1], place, 10) for place in places)
    assert right[0] - left[0] == pytest.approx(60, abs=1.5)


def test_bars_beside_a_morph_stay_straight(table, tmp_path):
    from imbatch2soundvisu.visuals.video.canvases import Canvas, blended

    rng = np.random.default_rng(0)
    canvases = []
    for number in range(2):
        rgb = np.zeros((160, 96, 3), np.uint8)
        rgb[32:128] = 255
        points = rng.uniform((20, 50), (76, 110), (5, 2)) + 6 * number
        rows = slice(32, 128), slice(0, 96)
        canvases.append(Canvas(yuv.to_planar(rgb), (96, 160), 0, 10, face=(rgb, points, rows)))
    planar = blended(*canvases, 5, 0.5, i2s.Morph(0.5))[:160]
    assert planar[:32].max() == planar[128:].max() == planar[:32].min()
    assert planar[32:128].min() > 200


@pytest.mark.parametrize("transition", ["morph", i2s.Morph(0.3)])
def test_a_sequence_refuses_a_morph(transition):
    with pytest.raises(ConfigError, match="Morph works in a FaceMontagePlan; use CrossFade here"):
        i2s.SequencePlan("no faces", outputs=[i2s.Film(transition=transition)], music=None).check()
