"""Images that a plan names: include=, exclude= and a list as the order."""

from __future__ import annotations

import shutil
import unicodedata
from datetime import datetime

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from tests.conftest import photo
from tests.small import small_plan, without_video

NFD = unicodedata.normalize("NFD", "Café.png")
NFC = unicodedata.normalize("NFC", NFD)


@pytest.fixture
def places(folder):
    """Twelve images at the top, two in drafts/, one of them also in drafts/old, one with a decomposed name."""
    (folder / "drafts/old").mkdir(parents=True)
    for seed, name in enumerate(["drafts/one.png", "drafts/old/one.png", NFD], 20):
        Image.fromarray(photo(seed)).save(folder / name)
    (folder / "broken.jpg").write_text("not an image")
    return folder


@pytest.fixture
def table(places):
    return i2s.measure(i2s.discover(places), features=["luminance"])


def left_out(table, **choices):
    kept = small_plan(limit=None, **choices).sequence(table)
    return sorted(set(table.names) - set(kept.names))


@pytest.mark.parametrize(
    ("exclude", "missing"),
    [
        ("image-03.jpg", ["image-03.jpg"]),
        ("image-03", ["image-03.jpg"]),
        (NFC, [NFD]),
        ("drafts/", ["drafts/old/one.png", "drafts/one.png"]),
        ("drafts", ["drafts/old/one.png", "drafts/one.png"]),
        ("old/", ["drafts/old/one.png"]),
        (["drafts/one.png", "image-11.jpg"], ["drafts/one.png", "image-11.jpg"]),
        ("image-0[1-3].JPG", ["image-01.jpg", "image-02.jpg", "image-03.jpg"]),
        ("drafts/*", ["drafts/old/one.png", "drafts/one.png"]),
        (lambda record: record.name.startswith("drafts"), ["drafts/old/one.png", "drafts/one.png"]),
        ("broken.jpg", []),  # a file that is not used anyway
        ("broken.*", []),
        ([], []),
    ],
)
def test_exclude_leaves_out_names_patterns_folders_and_what_a_function_says(table, exclude, missing):
    assert left_out(table, exclude=exclude) == sorted(missing)


def test_include_takes_only_these_and_exclude_takes_away_from_them(table):
    kept = small_plan(limit=None, include=["*.png", "image-00"], exclude="old/").sequence(table)
    assert sorted(kept.names) == sorted(["drafts/one.png", NFD, "image-00.jpg"])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"exclude": "image-3.jpg"}, r"exclude='image-3\.jpg' is not among the 15 images\. Did you mean 'image-"),
        ({"exclude": "*.tiff"}, r"exclude='\*\.tiff' matches none of the 15 images, such as '"),
        ({"include": "nowhere/"}, r"include='nowhere/' is not among"),
        ({"include": "one.png"}, r"'one\.png' names 2 images: .*Write the folder as well"),
        ({"include": "image-01.jpg"}, r"leave 1 of 15 images; a sequence needs 2"),
        ({"include": ["broken.jpg", "image-01"]}, r"leave 1 of 15 images; a sequence needs 2"),
        ({"exclude": lambda record: record.nothing}, r"images\.py:\d+: exclude= failed on .*AttributeError"),
        ({"exclude": lambda table: table["hue"] > 3}, r"a function of the table belongs in where=.*TypeError"),
        ({"order": ["image-01.jpg", "image-99.jpg", "one.png"]}, r"(?s)images: .image-99.*'one\.png' names 2"),
        ({"order": ["image-01.jpg", "image-01"]}, r"'image-01\.jpg' and 'image-01' are the same image"),
        ({"order": ["image-01.jpg"]}, r"your list names 1 of these 15 images; a sequence needs 2"),
        ({"order": ["image-01", "image-02"], "exclude": "image-01.jpg"}, r"your list names 1 of these 14 images"),
        ({"order": "listed"}, r"order=\"listed\" needs a list: set DATA_ROOT to a \.txt list"),
    ],
)  # fmt: skip
def test_what_means_no_image_is_refused_before_the_images_are_measured(places, choices, message, monkeypatch):
    monkeypatch.setattr("imbatch2soundvisu.pipeline.measure_for", None)
    with pytest.raises(ConfigError, match=message) as caught:
        i2s.run([small_plan(**choices)], root=places)
    assert caught.value.where


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"exclude": 3}, "exclude=3 must be a name"),
        ({"include": [""]}, "include="),
        ({"include": []}, "leaves no image"),
        ({"order": ["luminance", "hue"]}, r"for a mix write \{'luminance': 1, 'hue': 1\}"),
        ({"order": []}, "names no image"),
        ({"order": [1, 2]}, "a list of images has names such as 'a.jpg', not 1"),
        ({"order": ["a.jpg", "a.jpg"]}, "'a.jpg' more than once"),
    ],
)
def test_an_invalid_choice_is_refused_by_the_check(choices, message):
    with pytest.raises(ConfigError, match=message):
        small_plan(**choices).check()


def test_a_list_of_names_is_an_order_without_the_default_limit(table):
    names = [NFC, "image-05", "drafts/one.png", "image-00.jpg"]
    given = [NFD, "image-05.jpg", "drafts/one.png", "image-00.jpg"]
    settings = i2s.config.resolve({"LIMIT": 3})
    sequence = small_plan(order=names).sequence(table, settings)
    assert list(sequence.names) == given
    assert "by your list" in repr(sequence)
    assert list(small_plan(order=names, reverse=True).sequence(table).names) == given[::-1]
    assert list(small_plan(order=names, exclude="image-05").sequence(table).names) == [given[0], *given[2:]]
    assert list(small_plan(order=names, limit=3).sequence(table).names) == [given[0], given[1], given[3]]
    everything = small_plan(order=i2s.Listed(names, others="last"), limit=None).sequence(table)
    assert list(everything.names[:4]) == given
    assert list(everything.names[4:]) == sorted(set(table.names) - set(given))


def test_the_names_of_a_data_frame_are_an_order(table):
    pytest.importorskip("pandas")
    frame = table.to_pandas().sort_values("luminance", ascending=False)
    assert small_plan(order=frame.index).sequence(table).names == tuple(frame.index)


def test_a_text_file_keeps_its_order(places, tmp_path):
    lines = ["images/image-07.jpg", "images/drafts/one.png", f"images/{NFC}", "images/image-02.jpg"]
    (tmp_path / "list.txt").write_text("# mine\n" + "\n".join(lines), encoding="utf-8")
    plan = small_plan(order="listed", outputs=without_video())
    run = i2s.run([plan, small_plan("reversed", order="listed", reverse=True, outputs=[])], root="list.txt")
    assert not run.problems
    assert not run.collection.skipped
    expected = [unicodedata.normalize("NFD", line) if "Caf" in line else line for line in lines]
    assert run.results[0].entry["images"] == expected
    assert run.results[1].entry["images"] == expected[::-1]
    assert run.results[0].entry["summary"].startswith("4 images by your list")


def test_dates_that_are_only_file_times_are_counted_and_can_be_last(folder):
    for name, day in (("a", "20240102"), ("b", "20240101")):
        shutil.move(folder / f"image-0{day[-1]}.jpg", folder / f"{name}_{day}.jpg")
    table = i2s.measure(i2s.discover(folder), features=["luminance"])
    sequence = small_plan(order="date").sequence(table)
    assert "by date (10 dates are only the time of the file)" in repr(sequence)
    last = small_plan(order=i2s.ByDate(undated="last")).sequence(table)
    assert list(last.names[:2]) == ["b_20240101.jpg", "a_20240102.jpg"]
    assert list(last.names[2:]) == sorted(last.names[2:])
    assert np.isnan(last.values[2:]).all()
    assert last.note == "10 images without a date last"
    with pytest.raises(ConfigError, match="unknown undated 'first'"):
        i2s.ByDate(undated="first")


def test_the_note_on_dates_is_in_the_result_line(folder):
    run = i2s.run([small_plan(order="date", outputs=[])], root=folder)
    assert run.results[0].entry["summary"].startswith("12 images by date (all 12 dates are only the time of the file)")


def test_a_data_frame_has_sizes_and_dates(folder):
    pytest.importorskip("pandas")
    shutil.move(folder / "image-03.jpg", folder / "IMG_20240131_235959.jpg")
    table = i2s.measure(i2s.discover(folder))
    frame = table.to_pandas()
    assert list(frame.columns[:6]) == ["path", "width", "height", "format", "date", "date_source"]
    row = frame.loc["IMG_20240131_235959.jpg"]
    assert (row["width"], row["height"], row["format"], row["date_source"]) == (120, 80, "JPEG", "name")
    assert row["date"] == datetime(2024, 1, 31, 23, 59, 59)
    assert frame["date"].dtype.kind == "M"
    assert set(frame["date_source"]) == {"name", "file"}
    ordered = small_plan(order="date").sequence(table).to_pandas()
    assert ordered["value"].dtype.kind == "M"
    assert ordered["value"].is_monotonic_increasing
    assert [path.name for path in table.paths] == list(table.names)


def test_an_order_by_equal_values_is_said_to_follow_them_exactly(folder):
    for seed in range(4):
        Image.fromarray(photo(seed, 80, 120)).save(folder / f"upright-{seed}.jpg")
    sequence = small_plan(order="-orientation").sequence(i2s.measure(i2s.discover(folder)))
    assert abs(sequence.criterion.spearman) < 0.99
    assert sequence.summary == "follows orientation exactly"
    run = i2s.run([small_plan(order="-luminance", outputs=[])], root=folder)
    assert run.results[0].entry["criterion_text"] == "follows luminance exactly"


def test_an_image_with_a_decomposed_name_is_found_wherever_a_plan_names_one(table):
    path = small_plan(order=i2s.SmoothPath(start=NFC), limit=None).sequence(table)
    assert path.names[0] == NFD
    nearest = small_plan(order=i2s.NearestTo(NFC), limit=None).sequence(table)
    assert nearest.names[0] == NFD
    labels = {name: "chosen" for name in (NFC, "image-00.jpg")}
    assert i2s.cluster(table, labels)["chosen"].names == tuple(sorted((NFD, "image-00.jpg"), key=table.names.index))


def test_a_list_goes_through_clusters_and_says_where_it_names_too_few(table):
    names = ["drafts/one.png", "image-05", "drafts/old/one.png", "image-00.jpg", "image-02.jpg"]
    album = small_plan(order=names, clusters="folder").album(table)
    assert sorted(each.names for each in album.sequences) == [
        ("drafts/one.png", "drafts/old/one.png"), ("image-05.jpg", "image-00.jpg", "image-02.jpg"),
    ]  # fmt: skip
    few = small_plan(order=names[:2] + names[3:], clusters="folder").album(table)
    assert few.problems == ("cluster 'drafts': your list names 1 of these 2 images; a sequence needs 2",)


def test_a_listed_image_that_cannot_be_decoded_is_reported_and_left_out(places):
    whole = (places / "image-04.jpg").read_bytes()
    (places / "image-04.jpg").write_bytes(whole[: len(whole) // 8])
    plan = small_plan(order=["image-03", "image-04.jpg", "image-05"], exclude="broken.jpg", outputs=[])
    run = i2s.run([plan], root=places)
    assert not run.problems
    assert run.results[0].entry["images"] == ["image-03.jpg", "image-05.jpg"]
    assert "2 of 14 images by your list (1 image of it cannot be used)" in run.results[0].entry["summary"]
    assert "image-04.jpg" in {each.name for each in run.collection.skipped}
