"""What is found in a folder, what is passed over, and what is said of it."""

from __future__ import annotations

import csv
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
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
from imbatch2soundvisu.features import FEATURES
from imbatch2soundvisu.measurement import embed, measure, with_measurements
from imbatch2soundvisu.runtime.cache import Cache
from imbatch2soundvisu.runtime.ownership import RECORD
from tests.conftest import photo


def names(collection) -> list[str]:
    return [record.name for record in collection]


def test_images_are_found_by_content_wherever_they_are(folder):
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


def test_names_that_are_not_unicode(folder):
    raw = os.fsencode(folder) + b"/caf\xe9.jpg"
    shutil.copy(folder / "image-00.jpg", raw)
    collection = discover(folder)
    assert len(collection) == 13
    for name in names(collection):
        name.encode("utf-8")


def test_unreadable_files_are_named(folder):
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
    alike = with_measurements(collection, measure(collection)).near_duplicates
    family = {"brighter.jpg", "copy.png", "cropped.jpg", "grey.jpg", "half.jpg", "poor.jpg"}
    assert {frozenset(group) - {"original.png", "copy.png"} for group in alike} == {
        frozenset(family - {"copy.png"}),
        frozenset({"flat-1.png", "flat-2.png"}),
    }


def test_a_second_look_reads_no_file(folder, tmp_path, monkeypatch):
    with Cache(tmp_path / "cache") as store:
        first = discover(folder, store=store)
    monkeypatch.setattr(discovery, "digest_of", lambda path: pytest.fail(f"{path} was read again"))
    monkeypatch.setattr(discovery, "_header", lambda path: pytest.fail(f"{path} was opened again"))
    with Cache(tmp_path / "cache") as store:
        assert discover(folder, store=store).records == first.records


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
def test_dates_in_names(name, moment):
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
def test_nothing_to_work_on_is_one_clear_error(folder, tmp_path, case):
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
    listed.write_text("# two of them\npictures/image-04.jpg\n\npictures/image-01.jpg\npictures/missing.jpg\n")
    collection = discover(listed)
    assert names(collection) == ["images/image-04.jpg", "images/image-01.jpg"]
    assert collection.skipped[0].name == "images/missing.jpg"
    assert len(discover([folder / "image-01.jpg", folder / "image-02.jpg"])) == 2


@pytest.fixture
def film(tmp_path) -> Path:
    """Three seconds at 10 frames a second, each second of another grey."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(30):
            grey = np.full((48, 64, 3), 40 + 80 * (number // 10), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(("wish", "count"), [({}, 3), ({"per_second": 2}, 6), ({"every": 5}, 6)])
def test_a_video_is_a_collection_of_frames(film, wish, count):
    collection = discover(film, **wish)
    assert collection.source == "video"
    assert len(collection) == count
    luminance = measure(collection, ["luminance"])["luminance"]
    assert (np.diff(luminance) >= -0.01).all()
    assert luminance[-1] > luminance[0] + 0.3


def test_a_video_that_is_none(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"no film" * 100)
    with pytest.raises(CollectionError, match="cannot be read as a video"):
        discover(tmp_path / "film.mp4")


def test_another_run_may_extract_the_same_film_first(film, tmp_path, monkeypatch):
    from imbatch2soundvisu.datasets import videos

    extract = videos._extract

    def overtaken(path, partial, *wishes):
        monkeypatch.setattr(videos, "_extract", extract)
        videos.video_frames(path, tmp_path / "other")
        (theirs,) = (tmp_path / "other").glob("[!.]*")
        theirs.rename(partial.parent / theirs.name)
        return extract(path, partial, *wishes)

    monkeypatch.setattr(videos, "_extract", overtaken)
    folder = videos.video_frames(film, tmp_path / "cache")
    assert len(list(folder.glob("*.jpg"))) == 3
    assert list((tmp_path / "cache").glob("[!.]*")) == [folder]


def test_a_cache_without_room_for_frames_is_told(film, tmp_path, monkeypatch):
    from imbatch2soundvisu.datasets import videos

    monkeypatch.setattr(videos.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(CollectionError, match="No space left"):
        videos.video_frames(film, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [RECORD]


def test_the_sample_is_large_and_always_the_same(tmp_path):
    first, second = discover(cache=tmp_path / "a"), discover(cache=tmp_path / "b")
    assert len(first) >= 200
    assert first.source == "sample"
    assert [r.digest for r in first] == [r.digest for r in second]
    assert not first.skipped
    assert len({record.digest for record in first}) == len(first)


def test_every_feature_from_one_decode_and_none_the_second_time(folder, tmp_path, monkeypatch):
    from imbatch2soundvisu.datasets import images
    from imbatch2soundvisu.measurement import measuring

    decoded = []
    original = images.decode
    monkeypatch.setattr(measuring.images, "decode", lambda path, side: decoded.append(path) or original(path, side))
    collection = discover(folder)
    with Cache(tmp_path / "cache") as store:
        table = measure(collection, store=store)
    assert len(decoded) == 12
    assert set(table.columns) == set(FEATURES)
    for name in ("renamed.jpg", "copied.jpg"):
        shutil.copy(folder / "image-00.jpg", folder / name)
    (folder / "image-00.jpg").unlink()
    with Cache(tmp_path / "cache") as store:
        again = measure(discover(folder), store=store)
    assert len(decoded) == 12
    assert len(again) == 13
    assert again["luminance"][again_index(again, "copied.jpg")] == table["luminance"][0]


def again_index(table, name: str) -> int:
    return [record.name for record in table.records].index(name)


def test_a_changed_file_and_a_changed_feature_are_measured_again(folder, tmp_path):
    from imbatch2soundvisu.features import feature

    before = dict(FEATURES)
    try:
        for factor in (1.0, 2.0):
            feature()(_scaled(factor))
            with Cache(tmp_path / "cache") as store:
                table = measure(discover(folder), ["mine"], store=store)
            assert table["mine"].tolist() == [factor] * 12
        Image.new("RGB", (9, 9), "white").save(folder / "image-05.jpg")
        with Cache(tmp_path / "cache") as store:
            assert measure(discover(folder), ["luminance"], store=store)["luminance"][5] > 0.99
    finally:
        FEATURES.clear()
        FEATURES.update(before)


def _scaled(factor: float):
    def mine(pixels):
        """One, times something."""
        return 1.0 * factor

    return mine


def test_a_feature_that_fails_costs_only_itself(folder):
    from imbatch2soundvisu.features import feature

    before = dict(FEATURES)
    try:

        @feature()
        def broken(pixels):
            raise ValueError("no idea")

        table = measure(discover(folder), ["broken", "luminance"])
        assert np.isnan(table["broken"]).all()
        assert np.isfinite(table["luminance"]).all()
        assert "'broken' failed on 12 of 12 images: ValueError: no idea (first on image-00.jpg)" in table.problems[0]
    finally:
        FEATURES.clear()
        FEATURES.update(before)


def test_a_image_that_cannot_be_decoded_leaves_the_collection(folder):
    path = folder / "image-02.jpg"
    path.write_bytes(path.read_bytes()[:700])
    collection = discover(folder)
    table = measure(collection)
    assert len(table) == 11
    assert with_measurements(collection, table).skipped[0].name == "image-02.jpg"
    assert np.isnan(embed(collection, Look())[2]).all()


def test_settings_that_change_measurements_measure_again(folder, tmp_path, monkeypatch):
    with Cache(tmp_path / "cache") as store:
        before = measure(discover(folder, store=store), store=store)
        monkeypatch.setattr(config, "MEASURE_SIZE", 32)
        after = measure(discover(folder, store=store), store=store)
    assert (before["sharpness"] != after["sharpness"]).all()


def test_a_limit_that_is_raised_lets_the_image_in(folder, tmp_path, monkeypatch):
    Image.new("RGB", (300, 300)).save(folder / "large.png")
    with Cache(tmp_path / "cache") as store:
        monkeypatch.setattr(config, "PIXEL_LIMIT", 50_000)
        assert "over the limit" in discover(folder, store=store).skipped[0].reason
        monkeypatch.setattr(config, "PIXEL_LIMIT", 200_000)
        collection = discover(folder, store=store)
        assert not collection.skipped
        assert len(measure(collection, store=store)) == 13


def test_what_is_gone_for_a_moment_comes_back(folder, tmp_path):
    with Cache(tmp_path / "cache") as store:
        collection = discover(folder, store=store)
        hidden = folder / "image-03.jpg"
        hidden.rename(tmp_path / "elsewhere.jpg")
        assert len(measure(collection, store=store)) == 11
        (tmp_path / "elsewhere.jpg").rename(hidden)
        assert len(measure(discover(folder, store=store), store=store)) == 12


def test_times_that_no_calendar_holds(folder):
    os.utime(folder / "image-00.jpg", (4e11, 4e11))
    try:
        datetime.fromtimestamp((folder / "image-00.jpg").stat().st_mtime)
        pytest.skip("this file system does not keep such times")
    except (ValueError, OverflowError):
        pass
    assert discover(folder).records[0].taken is None


def test_names_that_are_not_unicode_stay_apart(folder):
    for number, raw in enumerate((b"\xfe.png", b"\xff.png")):
        Image.fromarray(photo(60 + number)).save(folder / "x.png")
        os.rename(folder / "x.png", os.fsencode(folder) + b"/" + raw)
    collection = discover(folder)
    assert len(set(names(collection))) == 14
    vectors = embed(collection, Look())
    assert np.unique(vectors, axis=0).shape[0] == 14


def test_two_embeddings_do_not_take_each_others_place(folder):
    table = measure(discover(folder), ["luminance"], embeddings=(Look(), Look(colour=0.8)))
    assert not np.allclose(table.vectors["look"], table.vectors["look-0.8"])
    assert np.array_equal(table.vectors["look"], measure(discover(folder), ()).vectors["look"])


def test_two_passes_at_once_keep_apart(folder, tmp_path, monkeypatch):
    from imbatch2soundvisu.runtime import executors

    monkeypatch.setattr(executors, "_WORTH_FORKING", 2)
    other = tmp_path / "other"
    other.mkdir()
    for seed in range(20, 32):
        Image.fromarray(photo(seed)).save(other / f"{seed}.png")
    alone = [measure(discover(root))["luminance"].tolist() for root in (folder, other)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda root: measure(discover(root))["luminance"].tolist(), (folder, other)))
    assert together == alone


def test_forked_and_threaded_work_give_the_same(folder, monkeypatch):
    from imbatch2soundvisu.runtime import executors

    collection = discover(folder)
    threaded = measure(collection)
    monkeypatch.setattr(executors, "_WORTH_FORKING", 2)
    forked = measure(collection)
    for name, values in threaded.columns.items():
        np.testing.assert_array_equal(values, forked[name])
    np.testing.assert_array_equal(threaded.vectors["look"], forked.vectors["look"])


def test_the_odd_files_do_as_expected(shared_data):
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
    groups = [set(group) for group in collection.near_duplicates if "made/duplicates/orig.jpg" in group]
    near = {
        f"made/duplicates/{n}"
        for n in ("resized_50.jpg", "q30.jpg", "as_png.png", "crop_95.jpg", "bright.jpg", "gray.jpg")
    }
    assert groups
    assert near <= groups[0]
    assert not groups[0] & {"made/duplicates/crop_60.jpg", "made/duplicates/rot90.jpg"}
