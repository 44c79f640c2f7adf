"""Which files of a folder, list or video are images of the collection, and why the others are skipped."""

from __future__ import annotations

import csv
import os
import shutil
from datetime import datetime
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import CollectionError
from imbatch2soundvisu.datasets import date_in_name, discover, discovery
from imbatch2soundvisu.embeddings import Look
from imbatch2soundvisu.measurement import embed, measure, with_measurements
from imbatch2soundvisu.runtime.cache import Cache
from imbatch2soundvisu.runtime.ownership import RECORD
from tests.conftest import photo


def names(collection) -> list[str]:
    return [record.name for record in collection]


def test_images_are_identified_by_content_in_all_subfolders(folder):
    (folder / "deep/er").mkdir(parents=True)
    Image.fromarray(photo(50)).save(folder / "deep/er/ünï – 写真 🎵.png")
    Image.fromarray(photo(51)).save(folder / "no_extension", format="JPEG")
    (folder / "notes.txt").write_text("ignored")
    (folder / "lie.jpg").write_text("not an image at all")
    (folder / "folder.jpg").mkdir()
    for hidden in (".hidden.jpg", "Thumbs.db", ".DS_Store"):
        shutil.copy(folder / "image-00.jpg", folder / hidden)
    collection = discover(folder)
    assert len(collection) == 14
    assert "deep/er/ünï – 写真 🎵.png" in names(collection)
    assert "no_extension" in names(collection)
    assert [(each.name, each.reason[:11]) for each in collection.skipped] == [("lie.jpg", "its content")]
    assert collection.found == 15
    assert names(collection) == sorted(names(collection))


def test_symlink_loops_end(folder):
    os.symlink(folder, folder / "again")
    os.symlink(folder / "nowhere", folder / "dangling.jpg")
    collection = discover(folder)
    assert len(collection) == 12
    assert [each.name for each in collection.skipped] == ["dangling.jpg"]


def test_special_files_do_not_block(folder):
    os.mkfifo(folder / "pipe.jpg")
    assert discover(folder).skipped[0].reason == "not a regular file"


def test_names_that_are_not_unicode_become_text(folder):
    raw = os.fsencode(folder) + b"/caf\xe9.jpg"
    shutil.copy(folder / "image-00.jpg", raw)
    collection = discover(folder)
    assert len(collection) == 13
    for name in names(collection):
        name.encode("utf-8")


def test_unreadable_files_are_skipped(folder):
    blocked = folder / "image-03.jpg"
    blocked.chmod(0)
    if os.access(blocked, os.R_OK):
        pytest.skip("this user may read everything")
    assert discover(folder).skipped[0].name == "image-03.jpg"


def test_exact_and_near_duplicates(tmp_path):
    root = tmp_path / "images"
    root.mkdir()
    original = Image.fromarray(photo(1, 400, 300))
    original.save(root / "original.png")
    shutil.copy(root / "original.png", root / "copy.png")
    original.resize((200, 150)).save(root / "half.jpg", quality=90)
    original.save(root / "poor.jpg", quality=30)
    original.convert("L").save(root / "grey.jpg")
    original.crop((10, 8, 390, 292)).save(root / "cropped.jpg")
    Image.fromarray(np.clip(photo(1, 400, 300) * 1.15, 0, 255).astype(np.uint8)).save(root / "brighter.jpg")
    for seed in range(20, 40):
        Image.fromarray(photo(seed, 400, 300)).save(root / f"other-{seed}.jpg")
    for number, colour in enumerate(["red", "blue", "blue"]):
        Image.new("RGB", (50 + number, 50), colour).save(root / f"flat-{number}.png")
    collection = discover(root)
    assert collection.duplicates == (("copy.png", "original.png"),)
    found = with_measurements(collection, measure(collection)).near_duplicates
    copies = {"brighter.jpg", "copy.png", "cropped.jpg", "grey.jpg", "half.jpg", "poor.jpg"}
    assert {frozenset(names) - {"original.png", "copy.png"} for names in found} == {
        frozenset(copies - {"copy.png"}),
        frozenset({"flat-1.png", "flat-2.png"}),
    }


def test_unchanged_files_are_not_read_again(folder, tmp_path, monkeypatch):
    with Cache(tmp_path / "cache") as store:
        first = discover(folder, cache=store)
    monkeypatch.setattr(discovery, "digest_of", lambda path: pytest.fail(f"{path} was read again"))
    monkeypatch.setattr(discovery, "_read_header", lambda path, *_: pytest.fail(f"{path} was opened again"))
    with Cache(tmp_path / "cache") as store:
        assert discover(folder, cache=store).records == first.records


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("IMG_20240131_235959.jpg", datetime(2024, 1, 31, 23, 59, 59)),
        ("2019-06-05 14.03.22.png", datetime(2019, 6, 5, 14, 3, 22)),
        ("IMG-20200229-WA0003.jpg", datetime(2020, 2, 29)),
        ("scan_1987.tif", None),
        ("2021-02-30.jpg", None),
        ("12345678901234.jpg", None),
    ],
)
def test_dates_in_file_names(name, moment):
    assert date_in_name(name) == moment


def test_exif_date_comes_before_the_name_and_the_name_before_the_file(folder):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2011:12:13 14:15:16"
    Image.fromarray(photo(1)).save(folder / "2001-01-01 with exif.jpg", exif=exif)
    Image.fromarray(photo(2)).save(folder / "2001-01-01 without.jpg")
    found = {record.name: record for record in discover(folder)}
    assert found["2001-01-01 with exif.jpg"].taken == datetime(2011, 12, 13, 14, 15, 16)
    assert found["2001-01-01 without.jpg"].taken_from == "name"
    assert found["image-00.jpg"].taken_from == "file"


@pytest.mark.parametrize("case", ["missing", "empty", "file", "one", "broken"])
def test_too_few_images_give_one_error_with_the_folder(folder, tmp_path, case):
    root = tmp_path / "other"
    if case != "missing":
        root.mkdir()
    if case == "file":
        root = folder / "image-00.jpg"
    if case == "one":
        shutil.copy(folder / "image-00.jpg", root)
    if case == "broken":
        (root / "a.jpg").write_bytes(b"")
    with pytest.raises(CollectionError) as error:
        discovery.usable(discover(root))
    assert str(root) in str(error.value)
    assert case != "broken" or "a.jpg: empty file" in str(error.value)


def test_a_list_of_files(folder, tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text("# two of them\nimages/image-04.jpg\n\nimages/image-01.jpg\nimages/missing.jpg\n")
    collection = discover(listed)
    assert names(collection) == ["images/image-04.jpg", "images/image-01.jpg"]
    assert collection.skipped[0].name == "images/missing.jpg"
    assert len(discover([folder / "image-01.jpg", folder / "image-02.jpg"])) == 2


@pytest.fixture
def film(tmp_path) -> Path:
    """Three seconds at 10 frames a second, each second of a different grey."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(30):
            grey = np.full((48, 64, 3), 40 + 80 * (number // 10), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(("options", "count"), [({}, 3), ({"per_second": 2}, 6), ({"every": 5}, 6)])
def test_a_video_is_a_collection_of_frames(film, options, count):
    collection = discover(film, **options)
    assert collection.source == "video"
    assert len(collection) == count
    luminance = measure(collection, ["luminance"])["luminance"]
    assert (np.diff(luminance) >= -0.01).all()
    assert luminance[-1] > luminance[0] + 0.3


def test_a_file_that_is_not_a_video_is_refused(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"no film" * 100)
    with pytest.raises(CollectionError, match="cannot be read as a video"):
        discover(tmp_path / "film.mp4")


def test_frames_that_another_run_extracted_first_are_used(film, tmp_path, monkeypatch):
    from imbatch2soundvisu.datasets import videos

    extract = videos._extract

    def overtaken(path, partial, *options):
        monkeypatch.setattr(videos, "_extract", extract)
        videos.video_frames(path, tmp_path / "other")
        (theirs,) = (tmp_path / "other").glob("[!.]*")
        theirs.rename(partial.parent / theirs.name)
        return extract(path, partial, *options)

    monkeypatch.setattr(videos, "_extract", overtaken)
    folder = videos.video_frames(film, tmp_path / "cache")
    assert len(list(folder.glob("*.jpg"))) == 3
    assert list((tmp_path / "cache").glob("[!.]*")) == [folder]


def test_a_full_disk_is_named_when_frames_are_extracted(film, tmp_path, monkeypatch):
    from imbatch2soundvisu.datasets import videos

    monkeypatch.setattr(videos.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(CollectionError, match="No space left"):
        videos.video_frames(film, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [RECORD]


def test_the_sample_has_200_images_and_is_always_the_same(tmp_path):
    first, second = (discover(cache=Cache(tmp_path / name)) for name in "ab")
    assert len(first) >= 200
    assert first.source == "sample"
    assert [r.digest for r in first] == [r.digest for r in second]
    assert not first.skipped
    assert len({record.digest for record in first}) == len(first)


def again_index(table, name: str) -> int:
    return [record.name for record in table.records].index(name)


def test_images_over_the_limit_are_used_when_it_is_raised(folder, tmp_path, monkeypatch):
    Image.new("RGB", (300, 300)).save(folder / "large.png")
    with Cache(tmp_path / "cache") as store:
        monkeypatch.setattr(config, "PIXEL_LIMIT", 50_000)
        assert "over the limit" in discover(folder, cache=store).skipped[0].reason
        monkeypatch.setattr(config, "PIXEL_LIMIT", 200_000)
        collection = discover(folder, cache=store)
        assert not collection.skipped
        assert len(measure(collection, cache=store)) == 13


def test_a_file_that_is_missing_for_a_moment_is_measured_later(folder, tmp_path):
    with Cache(tmp_path / "cache") as store:
        collection = discover(folder, cache=store)
        hidden = folder / "image-03.jpg"
        hidden.rename(tmp_path / "elsewhere.jpg")
        assert len(measure(collection, cache=store)) == 11
        (tmp_path / "elsewhere.jpg").rename(hidden)
        assert len(measure(discover(folder, cache=store), cache=store)) == 12


def test_file_times_beyond_the_calendar_are_ignored(folder):
    os.utime(folder / "image-00.jpg", (4e11, 4e11))
    try:
        datetime.fromtimestamp((folder / "image-00.jpg").stat().st_mtime)
        pytest.skip("this file system does not keep such times")
    except (ValueError, OverflowError):
        pass
    assert discover(folder).records[0].taken is None


def test_names_that_are_not_unicode_are_distinct(folder):
    for number, raw in enumerate((b"\xfe.png", b"\xff.png")):
        Image.fromarray(photo(60 + number)).save(folder / "x.png")
        os.rename(folder / "x.png", os.fsencode(folder) + b"/" + raw)
    collection = discover(folder)
    assert len(set(names(collection))) == 14
    vectors = embed(collection, Look())
    assert np.unique(vectors, axis=0).shape[0] == 14


def test_the_odd_files_are_used_or_skipped_as_expected(shared_data):
    root = shared_data("F-odd")
    collection = discover(root)
    table = measure(collection)
    collection = with_measurements(collection, table)
    usable = {record.name for record in collection}
    skipped = {each.name for each in collection.skipped} | {each.name for each in collection.damaged}
    with open(root / "made" / "EXPECTED.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name, expected = "made/" + row["file"], row["expected"]
            if expected.startswith("decodes"):
                assert name in usable, name
            elif expected.startswith(("must be skipped", "skip")) and "or" not in expected:
                assert name in skipped - usable, name
            elif "skip" in expected or "refused" in expected:
                assert name in skipped, name
            elif expected.startswith("ignore"):
                assert name not in usable | skipped, name
    upright = [again_index(table, f"made/exif_orient_{k}.jpg") for k in range(1, 9)]
    for name, values in table.columns.items():
        if name != "date":
            spread = np.ptp(values[upright])
            assert spread <= 0.02 * max(1.0, abs(values[upright[0]])), (name, values[upright])
    similar = [set(names) for names in collection.near_duplicates if "made/duplicates/orig.jpg" in names]
    near = {
        f"made/duplicates/{n}"
        for n in ("resized_50.jpg", "q30.jpg", "as_png.png", "crop_95.jpg", "bright.jpg", "gray.jpg")
    }
    assert similar
    assert near <= similar[0]
    assert not similar[0] & {"made/duplicates/crop_60.jpg", "made/duplicates/rot90.jpg"}
